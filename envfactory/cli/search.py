"""`envfactory search`: descriptions to build environments from, and what the library holds already."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from envfactory.cli.options import Extra, Json
from envfactory.cli.output import emit, note, say, table


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command()(search)


def search(
    words: Annotated[str, typer.Argument(help='What to look for: "hotel booking".')],
    folder: Annotated[list[Path] | None, typer.Option("--from", help="Look in this folder too.")] = None,
    packages: Annotated[bool, typer.Option(help="Look in installed packages (Google, AWS, npm).")] = True,
    endpoint: Annotated[
        str | None,
        typer.Option(help="A web search: an address with {query}, answering JSON; else ENVFACTORY_SEARCH_URL."),
    ] = None,
    limit: Annotated[int, typer.Option("-n", "--limit", help="How many.", min=1, max=200)] = 10,
    library: Extra = None,
    json_: Json = False,
) -> int:
    """Find API descriptions by words and meaning; those that only repeat a library environment are marked."""
    from envfactory.envgen.catalogue import ENDPOINT
    from envfactory.envgen.search import search as find

    address = endpoint or os.environ.get(ENDPOINT, "")
    if not json_:
        places = [
            *(["installed packages"] if packages else []),
            *map(str, folder or ()),
            *(["the web"] if address else []),
        ]
        note(f"looking in {', '.join(places) or 'nothing'}")
    found = find(words, folders=folder or (), packages=packages, endpoint=address, limit=limit, library=library or ())
    if json_:
        emit(
            {
                "query": words,
                "candidates": [
                    {
                        "score": c.score,
                        "title": c.entry.title,
                        "source": c.entry.reference,
                        "kind": c.entry.kind,
                        "where": c.entry.where,
                        "operations": len(c.entry.operations),
                        "resembles": c.twin,
                        "similarity": c.similarity,
                        "refused": c.refused,
                    }
                    for c in found
                ],
            }
        )
        return 0 if found else 1
    if not found:
        say("nothing fits; try other words, --from FOLDER, or a web search with --endpoint")
        return 1
    rows = [
        (c.score, c.entry.title[:48], len(c.entry.operations) or "-", c.entry.reference,
         f"no: the library holds {c.twin} ({c.similarity})" if c.refused else "yes")
        for c in found
    ]  # fmt: skip
    table(f"descriptions for {words!r}", ("score", "title", "operations", "source", "new"), rows)
    best = next((c for c in found if not c.refused), None)
    if best:
        verb = "a page to read; a model can: add --model" if best.entry.kind == "page" else "build it"
        say(f"\n{verb}: envfactory build {best.entry.reference!r}")
    return 0
