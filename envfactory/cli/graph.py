"""`envfactory graph`: link the tools, and draw what was found."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from envfactory.cli.load import endpoint_of, verified
from envfactory.cli.options import Drafts, Extra, Json, Names, Seed, Walls
from envfactory.cli.output import emit, note, table, write_text
from envfactory.errors import EnvFactoryError


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command()(graph)


def graph(
    environments: Names = None,
    output: Annotated[Path, typer.Option(help="The graph as JSON; a drawing and a page go beside it.")] = Path(
        "out/graph.json"
    ),
    confirm: Annotated[bool, typer.Option(help="Confirm edges by execution.")] = True,
    update: Annotated[
        Path | None, typer.Option("--from", metavar="GRAPH", help="Link only what is new or changed since this graph.")
    ] = None,
    embeddings: Annotated[
        str | None, typer.Option(metavar="NAME", help="Compare meanings by openai:NAME[@URL] or local:FILE.gguf, too.")
    ] = None,
    vectors: Annotated[Path, typer.Option(help="With --embeddings: the folder where vectors are kept.")] = Path(
        "out/vectors"
    ),
    model: Annotated[
        str | None, typer.Option(metavar="NAME", help="Let a model prune and extend: openai:NAME[@URL], …")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="With --model: go on with what was interrupted.")] = False,
    tokens: Annotated[int | None, typer.Option(help="With --model: tokens it may spend.")] = None,
    unverified: Drafts = False,
    library: Extra = None,
    sandbox: Walls = None,
    seed: Seed = 0,
    json_: Json = False,
) -> int:
    """Link the tools: which output of one can fill which input of another, and how we know."""
    from envfactory.graph.draw import draw
    from envfactory.graph.graph import read_graph
    from envfactory.graph.link import WORDS, link
    from envfactory.graph.page import page

    classes = verified(environments, library, unverified=unverified, sandbox=sandbox, reuse=True)
    known = read_graph(update) if update is not None else None
    meaning = _meaning(embeddings, vectors, classes) if embeddings is not None else WORDS
    linked = link(classes, confirm=confirm, seed=seed, known=known, meaning=meaning)
    review: dict[str, Any] = {}
    if model is not None:
        knobs: dict[str, Any] = {"confirm": confirm, "seed": seed}
        linked, review = _grown(linked, classes, model, knobs, output, resume=resume, tokens=tokens, quiet=json_)
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
        **review,
    }
    if json_:
        emit(document)
    else:
        table("tool graph", ("what", "figure"), [(k.replace("_", " "), v) for k, v in document.items()])
    return 0


def _meaning(name: str, folder: Path, classes: dict[str, Any]) -> Any:
    """How meanings are compared with an embedder; what was embedded before is read from the folder."""
    import asyncio

    from envfactory.graph.embed import embedded
    from envfactory.models.embeddings import KeptEmbedder, embedder_named
    from envfactory.models.model import ModelFailed
    from envfactory.settings import read_settings

    embedder = KeptEmbedder(embedder_named(name, read_settings().models), folder)
    try:
        return asyncio.run(embedded(embedder, classes))
    except ModelFailed as error:
        raise EnvFactoryError(f"{error}; run it again, or leave --embeddings out") from error


def _grown(
    linked: Any,
    classes: dict[str, Any],
    model: str,
    knobs: dict[str, Any],
    output: Path,
    *,
    resume: bool,
    tokens: int | None,
    quiet: bool,
) -> tuple[Any, dict[str, Any]]:
    """The graph after a model's review, and what came of it; requests and replies lie beside the output until then."""
    import asyncio

    from envfactory.graph.grow import grow
    from envfactory.models.kept import Kept
    from envfactory.models.model import ModelFailed
    from envfactory.runs import Budget, Run

    config = {"model": model, "recipe": linked.recipe, "marks": linked.marks}
    with Run(output.with_name(f"{output.name}.run"), config, resume=resume, budget=Budget(tokens=tokens)) as run:
        kept = Kept(endpoint_of(model), run, "graph")
        try:
            grown = asyncio.run(grow(linked, classes, kept, progress=None if quiet else note, **knobs))
        except ModelFailed as error:
            raise EnvFactoryError(f"{error}; go on with --resume, which pays for nothing twice") from error
        ledger = {stage: item.model_dump(mode="json") for stage, item in run.ledger().items()}
        run.finish()
    proposed = [edge for edge in grown.graph.dependencies if edge.proposed]
    return grown.graph, {
        "pruned": len(grown.graph.pruned),
        "proposed": len(proposed),
        "proposed_executed": sum(edge.executed for edge in proposed),
        "rejected_reviews": grown.rejected,
        "ledger": ledger,
    }
