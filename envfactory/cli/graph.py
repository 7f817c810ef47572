"""`envfactory graph`: link the tools, and draw what was found."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from envfactory.cli.load import verified
from envfactory.cli.options import Drafts, Extra, Json, Names, Seed, Walls
from envfactory.cli.output import emit, table, write_text


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command()(graph)


def graph(
    environments: Names = None,
    output: Annotated[Path, typer.Option(help="The graph as JSON; a drawing and a page go beside it.")] = Path(
        "out/graph.json"
    ),
    confirm: Annotated[bool, typer.Option(help="Confirm edges by execution.")] = True,
    unverified: Drafts = False,
    library: Extra = None,
    sandbox: Walls = None,
    seed: Seed = 0,
    json_: Json = False,
) -> int:
    """Link the tools: which output of one can fill which input of another, and how we know."""
    from envfactory.graph.draw import draw
    from envfactory.graph.link import link
    from envfactory.graph.page import page

    classes = verified(environments, library, unverified=unverified, sandbox=sandbox, reuse=True)
    linked = link(classes, confirm=confirm, seed=seed)
    linked.write(output)
    picture = output.with_suffix(".svg")
    write_text(picture, draw(linked))
    shown = output.with_suffix(".html")
    write_text(shown, page(linked))
    kinds = Counter(kind for edge in linked.dependencies for kind in {e.kind for e in edge.evidence})
    document = {
        "tools": len(linked.tools),
        "edges": len(linked.dependencies),
        "connected": round(linked.connected, 4),
        "evidence": dict(sorted(kinds.items())),
        "cross_environment": sum(
            linked.nodes[e.producer].environment != linked.nodes[e.consumer].environment for e in linked.dependencies
        ),
        "output": str(output),
        "picture": str(picture),
        "page": str(shown),
    }
    if json_:
        emit(document)
    else:
        table("tool graph", ("what", "figure"), [(k.replace("_", " "), v) for k, v in document.items()])
    return 0
