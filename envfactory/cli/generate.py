"""`envfactory generate`: certified tasks."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from envfactory.cli.load import verified
from envfactory.cli.options import Drafts, Extra, Json, Names, Seed, Walls
from envfactory.cli.output import emit, progress, say, short, table
from envfactory.errors import UnknownName

if TYPE_CHECKING:
    from envfactory.rollout.task import Kind


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command()(generate)


def generate(
    environments: Names = None,
    count: Annotated[int, typer.Option("-n", "--limit", help="How many certified tasks.", min=1)] = 100,
    output: Annotated[Path, typer.Option(help="The tasks as JSON Lines.")] = Path("out/tasks.jsonl"),
    graph: Annotated[Path | None, typer.Option(help="A graph; linked anew if not given.")] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option("--kind", help="Only this kind; may be given again, with a weight if you like: faults=2."),
    ] = None,
    steps: Annotated[tuple[int, int], typer.Option(help="Fewest and most calls.")] = (1, 8),
    turns: Annotated[tuple[int, int], typer.Option(help="Fewest and most turns.")] = (1, 3),
    spanning: Annotated[
        tuple[int, int] | None,
        typer.Option(help="Fewest and most environments; mostly one, at most three if not given."),
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Processes; as many as there are cores if not given.")] = None,
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
    from envfactory.graph.sample import SPREAD
    from envfactory.querygen.batch import generate as make

    kinds = _weights(kind)
    reopen = partial(verified, environments, library, unverified=unverified, sandbox=sandbox, reuse=True)
    classes = reopen()
    linked = read_graph(graph) if graph else link(classes, seed=seed)
    with progress(count, "tasks", quiet=json_) as advance:
        tally = make(
            classes,
            linked,
            output,
            count=count,
            seed=seed,
            kinds=kinds,
            length=steps,
            turns=turns,
            environments=spanning or SPREAD,
            workers=workers or os.cpu_count() or 1,
            reopen=reopen,
            resume=resume,
            progress=lambda t: advance(t.tasks),
        )
    document = tally.document() | {"output": str(output)}
    if json_:
        emit(document)
    else:
        table("tasks", ("what", "figure"), [(k.replace("_", " "), short(v)) for k, v in document.items()])
        for name, short_of in tally.given_up.items():
            say(f"{short_of} fewer of kind {name}: these environments do not yield it; other kinds made up for it")
    return 0


def _weights(given: list[str] | None) -> dict[Kind, float] | None:
    """`faults` and `faults=2` as weights by kind; raises UnknownName."""
    from envfactory.querygen.kinds.recipes import RECIPES

    weights: dict[Kind, float] = {}
    for one in given or ():
        said, _, weight = one.partition("=")
        name: Kind | None = next((kind for kind in RECIPES if kind == said), None)
        if name is None:
            raise UnknownName("kind of task", said, RECIPES)
        try:
            weights[name] = float(weight or 1)
        except ValueError:
            raise typer.BadParameter(f"{weight!r} is no weight; give a number, as in --kind {name}=2") from None
        if weights[name] <= 0:
            raise typer.BadParameter(f"the weight of {name} must be above 0")
    return weights or None
