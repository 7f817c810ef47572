"""`envfactory build`: environments from descriptions, pages or sentences, one or many at once."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from envfactory.cli.board import Board
from envfactory.cli.check import examined
from envfactory.cli.load import DEFAULT, loader
from envfactory.cli.options import Extra, Json, Seed, Walls, known_domain
from envfactory.cli.output import emit, note, say, table
from envfactory.cli.shelf import findings
from envfactory.errors import EnvFactoryError, FileError


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command()(build)


def build(
    sources: Annotated[
        list[str] | None,
        typer.Argument(help="Files, URLs, pypi:PACKAGE/FILE, npm:PACKAGE/FILE, mcp:COMMAND, folders, or sentences."),
    ] = None,
    list_: Annotated[Path | None, typer.Option("--list", help="A file with more of them, one a line.")] = None,
    output: Annotated[Path, typer.Option(help="Where the environments' folders go.")] = Path("environments"),
    workers: Annotated[int, typer.Option(help="How many are built at once.", min=1)] = 2,
    name: Annotated[str | None, typer.Option(help="The environment's name, when it is one.")] = None,
    operation: Annotated[list[str] | None, typer.Option(help="Use exactly these operations.")] = None,
    limit: Annotated[int, typer.Option(help="At most this many tools.", min=1, max=64)] = 16,
    domain: Annotated[str | None, typer.Option(help="One of the paper's seven domains.")] = None,
    search: Annotated[bool, typer.Option("--search", help="Search what to build a sentence from.")] = False,
    look: Annotated[list[Path] | None, typer.Option("--look-in", help="With --search: in this folder, too.")] = None,
    packages: Annotated[bool, typer.Option(help="With --search: in installed packages.")] = True,
    respec: Annotated[bool, typer.Option(help="Read the source again instead of the edited spec.json.")] = False,
    seed: Seed = 0,
    model: Annotated[str | None, typer.Option(help="Let a model design, code and test: openai:NAME@URL, …")] = None,
    pages: Annotated[Path | None, typer.Option("--from", help="With --model: a folder of documentation.")] = None,
    rounds: Annotated[int, typer.Option(help="With --model: versions at most.", min=1)] = 4,
    mutants: Annotated[int, typer.Option(help="With --model: faults put into its code.", min=10)] = 200,
    resume: Annotated[bool, typer.Option("--resume", help="With --model: go on with what was interrupted.")] = False,
    record: Annotated[
        Path | None, typer.Option(help="With --model: keep the replies as a tape; of several, tapes in this folder.")
    ] = None,
    made_by: Annotated[str, typer.Option(help="With --record: what wrote the replies.")] = "a language model",
    sandbox: Walls = None,
    tokens: Annotated[int | None, typer.Option(help="With --model: tokens all may spend together.")] = None,
    cost: Annotated[float | None, typer.Option(help="With --model: US dollars all may spend together.")] = None,
    library: Extra = None,
    json_: Json = False,
) -> int:
    """Make environments from API descriptions, or again from their edited spec.json; then check them.

    With --model, from documentation or a sentence, too: the model writes what the compiler cannot, tests included; its
    code runs only in confined workers, and what fails is written again.
    """
    wanted = [*(sources or ()), *(_listed(list_) if list_ else ())]
    if not wanted:
        raise typer.BadParameter("name what to build, or give --list FILE")
    twice = next((one for one in wanted if wanted.count(one) > 1), "")
    if twice:
        raise typer.BadParameter(f"{twice!r} is named twice")
    if len(wanted) > 1 and (name or operation):
        raise typer.BadParameter("--name and --operation are for one environment; build that one by itself")
    known_domain(domain)
    places: dict[str, Any] = {"folders": look or (), "packages": packages, "library": library or ()}
    if model is not None:
        from envfactory.cli.author import author
        from envfactory.envgen.many import Order

        orders = [
            Order(
                wanted=one,
                name=name,
                pages=pages,
                operations=tuple(operation or ()),
                limit=limit,
                domain=domain,  # type: ignore[arg-type]
                search=search,
                rounds=rounds,
                mutants=mutants,
            )
            for one in wanted
        ]
        return author(
            orders,
            model=model,
            output=output,
            workers=workers,
            resume=resume,
            record=record,
            made_by=made_by,
            sandbox=sandbox or DEFAULT,
            tokens=tokens,
            cost=cost,
            places=places,
            json_=json_,
        )
    knobs: dict[str, Any] = {"output": output, "name": name, "operations": operation or (), "limit": limit,
                             "domain": domain, "seed": seed, "respec": respec}  # fmt: skip
    chosen = _chosen(wanted, places, domain) if search else {}
    if len(wanted) == 1:
        return _one(*chosen.get(wanted[0], (wanted[0], "")), knobs, sandbox, json_=json_)
    return asyncio.run(_several(wanted, chosen, knobs, sandbox, workers=workers, json_=json_))


def _listed(path: Path) -> list[str]:
    """The lines of a file that are neither empty nor begin with `#`."""
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"cannot read {path}: {error}; name a text file with one source a line") from error
    return [line for line in lines if line and not line.startswith("#")]


def _chosen(wanted: list[str], places: dict[str, Any], domain: Any) -> dict[str, tuple[str, str]]:
    """For each sentence what to build it from, and why; raises EnvFactoryError when nothing is found for one."""
    from envfactory.cli.search import shelf
    from envfactory.envgen.contract import is_wish
    from envfactory.envgen.seek import seek

    wishes = [one for one in wanted if is_wish(one)]
    known = shelf(**places) if wishes else None
    found: dict[str, tuple[str, str]] = {}
    for wish in wishes:
        assert known is not None
        sought = asyncio.run(seek(None, wish, known, domain=domain))
        if sought.entry is None:
            raise EnvFactoryError(f"no source for {wish!r}: {sought.why}; try other words, --look-in, or --model")
        note(f"{wish}: {sought.entry.reference}")
        found[wish] = (sought.entry.reference, sought.provenance)
    return found


def _one(source: str, chosen: str, knobs: dict[str, Any], sandbox: str | None, *, json_: bool) -> int:
    from envfactory.envgen.build import build as make
    from envfactory.envgen.check import check as verify
    from envfactory.envgen.check import write_certificate

    built = make(source, chosen=chosen, **knobs)
    load = loader(sandbox, reuse=True)
    certificate = verify(built.folder, seed=knobs["seed"], progress=None if json_ else note, load=load)
    write_certificate(built.folder, certificate)
    if json_:
        emit(_document(built, certificate))
    else:
        left_out = {(o.what, o.why): None for o in (*built.spec.omitted, *built.omitted)}
        table(f"left out of {built.spec.name}", ("what", "why"), left_out)
        rows = [(t.name, t.effect, t.entity, "yes" if t.writes else "") for t in built.spec.tools]
        table(f"tools of {built.spec.name}", ("tool", "effect", "entity", "writes"), rows)
        findings(certificate)
        say(f"{built.folder}: {certificate.verdict}")
        if certificate.verdict == "draft":
            say("next: edit spec.json, add overrides.py, states/ and tests/, and build the folder again")
    return 0 if certificate.verdict != "failed" else 1


def _document(built: Any, certificate: Any) -> dict[str, Any]:
    return {
        "name": built.spec.name,
        "folder": str(built.folder),
        "verdict": certificate.verdict,
        "tools": [tool.name for tool in built.spec.tools],
        "overridden": list(built.overridden),
        "omitted": [{"what": o.what, "why": o.why} for o in (*built.spec.omitted, *built.omitted)],
        "failures": [f"{f.check}: {text}" for f in certificate.findings for text in f.failures],
    }


async def _several(
    wanted: list[str],
    chosen: dict[str, tuple[str, str]],
    knobs: dict[str, Any],
    sandbox: str | None,
    *,
    workers: int,
    json_: bool,
) -> int:
    """Write one after the other, which is quick; check several at once, each in a process of its own."""
    from envfactory.envgen.build import build as make

    places = asyncio.Semaphore(workers)
    documents: list[dict[str, Any]] = [{"wanted": one} for one in wanted]
    with Board(wanted, quiet=json_) as board:

        async def verified(place: int, built: Any) -> None:
            async with places:
                try:
                    certificate = await examined(
                        built.folder, partial(board.say, place), seed=knobs["seed"], sandbox=sandbox
                    )
                except EnvFactoryError as error:
                    documents[place]["error"] = str(error)
                    board.say(place, str(error), done=True)
                    return
            documents[place].update(_document(built, certificate))
            board.say(place, f"{built.folder}: {certificate.verdict}", done=True)

        checks: list[asyncio.Task[None]] = []
        taken: list[Path] = []
        for place, one in enumerate(wanted):
            source, why = chosen.get(one, (one, ""))
            try:
                built = await asyncio.to_thread(make, source, taken=tuple(taken), chosen=why, **knobs)
            except EnvFactoryError as error:
                documents[place]["error"] = str(error)
                board.say(place, str(error), done=True)
                continue
            taken.append(built.folder.resolve())
            checks.append(asyncio.create_task(verified(place, built)))
        await asyncio.gather(*checks)
    failed = [d for d in documents if d.get("verdict", "failed") == "failed"]
    if json_:
        emit({"builds": documents, "failed": len(failed)})
    else:
        rows = [
            (d["wanted"], d.get("name", "-"), d.get("verdict", "failed"), len(d.get("tools", ())), d.get("error", ""))
            for d in documents
        ]
        table("built", ("from", "name", "verdict", "tools", "error"), rows)
    return 1 if failed else 0
