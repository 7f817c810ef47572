"""`envfactory check`: environments are run through every check, and their certificates are written."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from envfactory.cli.board import Board
from envfactory.cli.load import loader, tier_for
from envfactory.cli.options import Extra, Json, Seed, Walls
from envfactory.cli.output import emit, say
from envfactory.cli.shelf import findings, overview, report
from envfactory.errors import EnvFactoryError

_ROWS = 5
"""Row changes of one call that an audit prints; the rest are counted."""


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command()(check)


def check(
    environments: Annotated[list[str] | None, typer.Argument(help="Names or folders.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Every environment of the library.")] = False,
    only: Annotated[list[str] | None, typer.Option(help="Run these checks only; no certificate is written.")] = None,
    write: Annotated[bool, typer.Option(help="Write certificate.json.")] = True,
    workers: Annotated[
        int | None, typer.Option(help="Environments checked at once; as many as there are cores.", min=1)
    ] = None,
    audit: Annotated[
        bool, typer.Option("--audit", help="Instead, print a random sample of tools with a call each, for a judge.")
    ] = False,
    limit: Annotated[int, typer.Option("-n", "--limit", help="Tools of the audit.", min=1)] = 60,
    library: Extra = None,
    sandbox: Walls = None,
    seed: Seed = 0,
    json_: Json = False,
) -> int:
    """Run every check on environments and write their certificates."""
    from envfactory.environment.library import find, folders

    if not environments and not all_:
        raise typer.BadParameter("name an environment, or give --all")
    paths = (
        list(folders(library or ()).values()) if all_ else [find(name, library or ()) for name in environments or ()]
    )
    loader(sandbox, reuse=True)  # what this machine lacks is said here, not by each of many processes
    if audit:
        return _audit(paths, limit=limit, seed=seed, sandbox=sandbox, json_=json_)
    kept = write and not only
    found = asyncio.run(
        _checked(paths, workers or os.cpu_count() or 1, seed, tuple(only or ()), sandbox, write=kept, quiet=json_)
    )
    errors = {path: one for path, one in found.items() if isinstance(one, EnvFactoryError)}
    if len(paths) == len(errors) == 1:
        raise errors[paths[0]]
    certificates = {path: one for path, one in found.items() if not isinstance(one, EnvFactoryError)}
    reports = [report(path, certificate) for path, certificate in certificates.items()]
    if json_:
        unchecked = [{"name": path.name, "passed": False, "failures": [str(error)]} for path, error in errors.items()]
        emit({"environments": [*reports, *unchecked]})
    else:
        for certificate in certificates.values():
            findings(certificate)
        overview("checked", reports)
        for path, error in errors.items():
            say(f"{path.name} was not checked: {error}")
    wanted = {"verified", "draft"} if only else {"verified"}
    return 0 if reports and not errors and all(r["verdict"] in wanted for r in reports) else 1


async def _checked(
    paths: list[Path], workers: int, seed: int, only: tuple[str, ...], sandbox: str | None, *, write: bool, quiet: bool
) -> dict[Path, Any]:
    """What each environment's checks came to: a certificate, or an EnvFactoryError; `workers` of them at a time."""
    places = asyncio.Semaphore(workers)
    with Board([path.name for path in paths], quiet=quiet) as board:

        async def one(place: int, path: Path) -> Any:
            async with places:
                try:
                    certificate = await examined(
                        path, partial(board.say, place), seed=seed, only=only, sandbox=sandbox, write=write
                    )
                except EnvFactoryError as error:
                    if len(paths) > 1:
                        board.say(place, str(error), done=True)
                    return error
            board.say(place, certificate.verdict, done=True)
            return certificate

        ended = await asyncio.gather(*(one(place, path) for place, path in enumerate(paths)))
    return dict(zip(paths, ended, strict=True))


async def examined(
    folder: Path,
    progress: Callable[[str], None],
    *,
    seed: int,
    only: tuple[str, ...] = (),
    sandbox: str | None = None,
    write: bool = True,
) -> Any:
    """A folder's certificate, made in a process of its own behind the walls it needs, and written as soon as it is
    there; raises EnvFactoryError."""
    from envfactory.envgen.check import write_certificate
    from envfactory.envgen.examine import examine

    tier = tier_for(folder, sandbox)
    certificate = await examine(folder, seed=seed, only=only, sandbox=tier, progress=progress)
    if write:
        write_certificate(folder, certificate)
    return certificate


def _audit(paths: list[Path], *, limit: int, seed: int, sandbox: str | None, json_: bool) -> int:
    """The sample, as text that a person reads from top to bottom; the judgement is theirs."""
    from envfactory.envgen.audit import audit

    samples = audit({path.name: path for path in paths}, count=limit, seed=seed, load=loader(sandbox, reuse=True))
    if json_:
        emit({"tools": [sample.model_dump(mode="json", exclude_defaults=True) for sample in samples]})
        return 0
    for number, sample in enumerate(samples, 1):
        say(f"{number}. {sample.environment}__{sample.tool}{' (writes)' if sample.writes else ''}")
        say(f"   says:    {sample.description}")
        say(f"   call:    {_short(sample.arguments)}  [{sample.origin}]")
        say(f"   result:  {_short(sample.result)}")
        for change in sample.changes[:_ROWS]:
            sides = _short(change.before), _short(change.after)
            say(f"   row:     {change.op} {change.table} {list(change.key)}: {sides[0]} -> {sides[1]}")
        if len(sample.changes) > _ROWS:
            say(f"            and {len(sample.changes) - _ROWS} more rows")
        say()
    return 0


def _short(value: Any, most: int = 320) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= most else f"{text[: most - 1]}…"
