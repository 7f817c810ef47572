"""`envfactory generate`: certified tasks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from envfactory.cli.load import verified
from envfactory.cli.options import Drafts, Extra, Json, Names, Seed, Walls
from envfactory.cli.output import emit, progress, short, table


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command()(generate)


def generate(
    environments: Names = None,
    count: Annotated[int, typer.Option("-n", "--limit", help="How many certified tasks.", min=1)] = 100,
    output: Annotated[Path, typer.Option(help="The tasks as JSON Lines.")] = Path("out/tasks.jsonl"),
    graph: Annotated[Path | None, typer.Option(help="A graph; linked anew if not given.")] = None,
    steps: Annotated[tuple[int, int], typer.Option(help="Fewest and most calls.")] = (1, 8),
    turns: Annotated[tuple[int, int], typer.Option(help="Fewest and most turns.")] = (1, 3),
    spanning: Annotated[tuple[int, int], typer.Option(help="Fewest and most environments.")] = (1, 2),
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an interrupted run.")] = False,
    unverified: Drafts = False,
    library: Extra = None,
    sandbox: Walls = None,
    seed: Seed = 0,
    json_: Json = False,
) -> int:
    """Turn chains into certified multi-turn tasks; the same seed gives the same bytes."""
    from envfactory.graph.graph import read_graph
    from envfactory.graph.link import link
    from envfactory.querygen.generate import generate as make

    classes = verified(environments, library, unverified=unverified, sandbox=sandbox, reuse=True)
    linked = read_graph(graph) if graph else link(classes, seed=seed)
    with progress(count, "tasks", quiet=json_) as advance:
        tally = make(
            classes,
            linked,
            output,
            count=count,
            resume=resume,
            progress=lambda t: advance(t.tasks),
            seed=seed,
            length=steps,
            turns=turns,
            environments=spanning,
        )
    document = tally.document() | {"output": str(output)}
    if json_:
        emit(document)
    else:
        table("tasks", ("what", "figure"), [(k.replace("_", " "), short(v)) for k, v in document.items()])
    return 0
