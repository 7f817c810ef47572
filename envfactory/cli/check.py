"""`envfactory check`: environments are run through every check, and their certificates are written."""

from __future__ import annotations

import json
import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Annotated, Any

import typer

from envfactory.cli.load import loader
from envfactory.cli.options import Extra, Json, Seed, Walls
from envfactory.cli.output import emit, note, say
from envfactory.cli.shelf import findings, overview, report

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
    loader(sandbox, reuse=True)  # what this machine lacks is said here, not in a process of many
    if audit:
        return _audit(paths, limit=limit, seed=seed, sandbox=sandbox, json_=json_)
    reports: list[dict[str, Any]] = []
    for path, certificate in _checked(
        paths, workers or os.cpu_count() or 1, seed, tuple(only or ()), sandbox, quiet=json_
    ):
        if write and not only:
            from envfactory.envgen.check import write_certificate

            write_certificate(path, certificate)
        reports.append(report(path, certificate))
        if not json_:
            findings(certificate)
    if json_:
        emit({"environments": reports})
    else:
        overview("checked", reports)
    wanted = {"verified", "draft"} if only else {"verified"}
    return 0 if reports and all(r["verdict"] in wanted for r in reports) else 1


def _checked(
    paths: list[Path], workers: int, seed: int, only: tuple[str, ...], sandbox: str | None, *, quiet: bool
) -> Iterator[tuple[Path, Any]]:
    """Each environment and its certificate, in the order of the paths; several are under check at once."""
    if min(workers, len(paths)) == 1:
        for path in paths:
            yield path, _verify(path, seed, only, sandbox, quiet)
        return
    # Spawned, not forked: a check measures what a fresh process does, and must not inherit another's imports.
    with ProcessPoolExecutor(min(workers, len(paths)), mp_context=multiprocessing.get_context("spawn")) as pool:
        started = [pool.submit(_verify, path, seed, only, sandbox, True) for path in paths]
        try:
            for number, (path, future) in enumerate(zip(paths, started, strict=True), 1):
                certificate = future.result()
                if not quiet:
                    note(f"{number} of {len(paths)}: {path.name}, {certificate.verdict}")
                yield path, certificate
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _verify(path: Path, seed: int, only: tuple[str, ...], sandbox: str | None, quiet: bool) -> Any:
    from envfactory.envgen.check import check as verify

    return verify(path, seed=seed, only=only, progress=None if quiet else note, load=loader(sandbox, reuse=True))


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
