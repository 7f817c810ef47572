"""`envfactory search`: descriptions to build environments from, and what the library holds already."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from envfactory.cli.load import endpoint_of
from envfactory.cli.options import Extra, Json, known_domain
from envfactory.cli.output import emit, note, say, table, write_text
from envfactory.errors import EnvFactoryError

Answer = TypeVar("Answer")


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command()(search)


def search(
    words: Annotated[str, typer.Argument(help='What to look for: "hotel booking".')] = "",
    folder: Annotated[list[Path] | None, typer.Option("--from", help="Look in this folder too.")] = None,
    packages: Annotated[bool, typer.Option(help="Look in installed packages (Google, AWS, npm).")] = True,
    endpoint: Annotated[
        str | None,
        typer.Option(help="A web search: an address with {query}, answering JSON; else ENVFACTORY_SEARCH_URL."),
    ] = None,
    limit: Annotated[int, typer.Option("-n", "--limit", help="How many.", min=1, max=200)] = 10,
    model: Annotated[str | None, typer.Option(help="Let a model say what to look for, and choose.")] = None,
    propose: Annotated[int, typer.Option(help="Propose so many environments the library lacks.", min=0)] = 0,
    domain: Annotated[str | None, typer.Option(help="One of the paper's seven domains.")] = None,
    output: Annotated[Path, typer.Option(help="With --propose: what `build --list` takes, one a line.")] = Path(
        "out/proposals.txt"
    ),
    resume: Annotated[bool, typer.Option("--resume", help="With --propose: go on with an interrupted run.")] = False,
    tokens: Annotated[int | None, typer.Option(help="With --propose: tokens it may spend.")] = None,
    library: Extra = None,
    json_: Json = False,
) -> int:
    """Find API descriptions by words and meaning; those that only repeat a library environment are marked."""
    known_domain(domain)
    if not words and not propose:
        raise typer.BadParameter("say what to look for, or give --propose N")
    known = shelf(folders=folder or (), packages=packages, endpoint=endpoint, library=library or (), quiet=json_)
    knobs: dict[str, Any] = {"domain": domain, "json_": json_}
    if propose and model:
        return _proposed(words, known, propose, model, output, resume=resume, tokens=tokens, **knobs)
    if propose:
        return _described(words, known, propose, output, **knobs)
    if model:
        return _chosen(words, known, model, **knobs)
    return _found(words, known.find(words, limit=limit), json_=json_)


def shelf(
    *, folders: Sequence[Path], packages: bool, library: Sequence[Path], endpoint: str | None = None, quiet: bool = True
) -> Any:
    """Where searches look: a `Shelf`."""
    from envfactory.envgen.catalogue import ENDPOINT
    from envfactory.envgen.search import gather

    address = endpoint or os.environ.get(ENDPOINT, "")
    if not quiet:
        web = ["the web"] if address else []
        places = [*(["installed packages"] if packages else []), *map(str, folders), *web]
        note(f"looking in {', '.join(places) or 'nothing'}")
    return gather(folders=folders, packages=packages, endpoint=address, library=library)


def _found(words: str, found: Sequence[Any], *, json_: bool) -> int:
    if json_:
        emit({"query": words, "candidates": [_candidate(c) for c in found]})
        return 0 if found else 1
    if not found:
        say("nothing fits; try other words, --from FOLDER, or a web search with --endpoint")
        return 1
    _draw(f"descriptions for {words!r}", found)
    best = next((c for c in found if not c.refused), None)
    if best:
        verb = "a page to read; a model can: add --model" if best.entry.kind == "page" else "build it"
        say(f"\n{verb}: envfactory build {best.entry.reference!r}")
    return 0


def _draw(title: str, found: Sequence[Any]) -> None:
    rows = [
        (n, c.score, c.entry.title[:48], len(c.entry.operations) or "-", c.entry.licence[:20], c.entry.reference,
         f"no: the library holds {c.twin} ({c.similarity})" if c.refused else "yes")
        for n, c in enumerate(found, 1)
    ]  # fmt: skip
    table(title, ("", "score", "title", "operations", "licence", "source", "new"), rows)


def _candidate(c: Any) -> dict[str, Any]:
    return {
        "score": c.score,
        "title": c.entry.title,
        "source": c.entry.reference,
        "kind": c.entry.kind,
        "where": c.entry.where,
        "licence": c.entry.licence,
        "operations": len(c.entry.operations),
        "resembles": c.twin,
        "similarity": c.similarity,
        "refused": c.refused,
    }


# With a model ------------------------------------------------------------------------------------------------------


def sought(found: Any) -> dict[str, Any]:
    """What a search with a model came to, as JSON."""
    return {
        "query": found.wish,
        "queries": list(found.queries),
        "candidates": [_candidate(c) for c in (*found.candidates, *found.repeated)],
        "chosen": found.entry.reference if found.entry else None,
        "why": found.why,
        "useless": {found.candidates[n - 1].entry.reference: why for n, why in found.useless.items()},
    }


def _asked(asking: Callable[[], Coroutine[Any, Any, Answer]], cure: str) -> Answer:
    """What the model answers; raises EnvFactoryError when it fails."""
    from envfactory.models.model import ModelFailed

    try:
        return asyncio.run(asking())
    except ModelFailed as error:
        raise EnvFactoryError(f"the model failed ({error.kind}): {error}; {cure}") from error


def _chosen(words: str, known: Any, model: str, *, domain: Any, json_: bool) -> int:
    from envfactory.envgen.authors.author import Author
    from envfactory.envgen.seek import seek

    writer = Author(endpoint_of(model))
    found = _asked(lambda: seek(writer, words, known, domain=domain), "search again")
    if json_:
        emit(sought(found))
        return 0
    say(f"looked for: {', '.join(found.queries)}")
    if found.candidates:
        _draw("candidates", found.candidates)
    for candidate in found.repeated:
        say(f"left out: {candidate.entry.reference} repeats {candidate.twin} of the library ({candidate.similarity})")
    for number, why in found.useless.items():
        say(f"number {number} is of no use: {why}")
    say(f"chosen: {found.entry.reference if found.entry else 'none of them'}: {found.why}")
    if found.entry:
        say(f"\nbuild it: envfactory build {words!r} --search --model {model}")
    return 0


def _proposed(
    words: str, known: Any, count: int, model: str, output: Path, *, resume: bool, tokens: int | None, domain: Any,
    json_: bool,
) -> int:  # fmt: skip
    from envfactory.envgen.authors.author import Author
    from envfactory.envgen.seek import propose_more, wish_of
    from envfactory.models.kept import Kept
    from envfactory.runs import Budget, Run

    store = output.with_name(f"{output.name}.run")
    config = {"wish": words, "model": model, "domain": domain, "held": [held.name for held in known.held]}
    with Run(store, config, resume=resume, budget=Budget(tokens=tokens)) as run:
        writer = Author(Kept(endpoint_of(model), run, "propose"))
        made = _asked(
            lambda: propose_more(writer, known, count, wish=words, domain=domain), "run it again with --resume"
        )
        write_text(output, "".join(f"{wish_of(one)}\n" for one in made.proposals))
        run.finish()
    if json_:
        proposals = [one.model_dump(mode="json") for one in made.proposals]
        emit({"proposals": proposals, "refused": list(made.refused), "output": str(output)})
    else:
        table("proposals", ("name", "domain", "title", "what it keeps"),
              [(p.name, p.domain, p.title, ", ".join(p.things)) for p in made.proposals])  # fmt: skip
        for why in made.refused:
            say(f"refused: {why}")
        say(f"\nbuild them: envfactory build --list {output} --model {model}")
    return 0 if len(made.proposals) == count else 1


def _described(words: str, known: Any, count: int, output: Path, *, domain: Any, json_: bool) -> int:
    from envfactory.envgen.seek import described

    found = described(known, count, wish=words, domain=domain)
    write_text(output, "".join(f"{c.entry.reference}\n" for c in found))
    if json_:
        emit({"proposals": [_candidate(c) for c in found], "refused": [], "output": str(output)})
    else:
        _draw("proposals", found)
        say(f"\nbuild them: envfactory build --list {output}")
    return 0 if len(found) == count else 1
