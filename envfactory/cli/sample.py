"""`envfactory sample`: chains from a graph."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from envfactory.cli.load import verified
from envfactory.cli.options import Extra, Json, Seed, Walls
from envfactory.cli.output import emit, say, table


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command()(sample)


def sample(
    graph: Annotated[Path, typer.Argument(help="A graph as `envfactory graph` wrote it.")] = Path("out/graph.json"),
    count: Annotated[int, typer.Option("-n", "--limit", help="How many chains.", min=1)] = 20,
    walk: Annotated[bool, typer.Option("--random-walk", help="The baseline instead.")] = False,
    steps: Annotated[tuple[int, int], typer.Option(help="Fewest and most calls.")] = (1, 6),
    turns: Annotated[tuple[int, int], typer.Option(help="Fewest and most turns.")] = (1, 3),
    spanning: Annotated[tuple[int, int], typer.Option(help="Fewest and most environments.")] = (1, 2),
    library: Extra = None,
    sandbox: Walls = None,
    seed: Seed = 0,
    json_: Json = False,
) -> int:
    """Draw tool chains from a graph; every one is held against an independent validator."""
    from envfactory.graph.graph import read_graph
    from envfactory.graph.sample import DEEP, random_walk, validate
    from envfactory.graph.sample import sample as draw_chains

    read = read_graph(graph)
    classes = verified(list(read.environments), library, unverified=True, sandbox=sandbox, reuse=True)
    draw = random_walk if walk else draw_chains
    bounds: dict[str, Any] = {"length": steps, "turns": turns, "environments": spanning}
    chains = list(draw(read, classes, count=count, seed=seed, **bounds))
    valid = [not validate(chain, read) for chain in chains]
    document = {
        "chains": len(chains),
        "valid": round(sum(valid) / len(chains), 4) if chains else 0.0,
        "depth3": round(sum(chain.depth >= DEEP for chain in chains) / len(chains), 4) if chains else 0.0,
        "tools": len({tool for chain in chains for tool in chain.tools}),
    }
    if json_:
        emit(document | {"drawn": [[[chain.tools[p] for p in turn] for turn in chain.turns] for chain in chains]})
    else:
        rows = [
            (n, c.depth, " | ".join(" > ".join(c.tools[p] for p in turn) for turn in c.turns))
            for n, c in enumerate(chains)
        ]
        table("chains (turns apart by |)", ("", "depth", "tools"), rows)
        say(f"{len(chains)} chains, {document['valid']:.1%} valid, {document['depth3']:.1%} of depth {DEEP} or more")
    return 0
