"""The commands that make tasks and hand them on: graph, sample, generate, export."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from envfactory.cli.attempts import attempts
from envfactory.cli.load import classes_for, read, verified
from envfactory.cli.options import Extra, Json, Seed, Walls
from envfactory.cli.output import emit, say, short, table, write_text
from envfactory.errors import UnknownName

Tasks = Annotated[Path, typer.Argument(help="Tasks as `envfactory generate` wrote them.")]
Drafts = Annotated[bool, typer.Option("--unverified", help="Use environments that are not verified, too.")]
Names = Annotated[list[str] | None, typer.Argument(help="Environments; all verified ones if none is named.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the app."""
    app.command()(graph)
    app.command()(sample)
    app.command()(generate)
    app.command()(export)


def graph(
    environments: Names = None,
    output: Annotated[Path, typer.Option(help="The graph as JSON; a drawing goes beside it.")] = Path("out/graph.json"),
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

    classes = verified(environments, library, unverified=unverified, sandbox=sandbox, reuse=True)
    linked = link(classes, confirm=confirm, seed=seed)
    linked.write(output)
    picture = output.with_suffix(".svg")
    write_text(picture, draw(linked))
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
    }
    if json_:
        emit(document)
    else:
        table("tool graph", ("what", "figure"), [(k.replace("_", " "), v) for k, v in document.items()])
    return 0


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


@contextmanager
def progress(total: int, what: str, *, quiet: bool) -> Generator[Callable[[int], None]]:
    """A bar on stderr for people; the context's value is called with how many are done."""
    if quiet:
        yield _ignore
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as drawn:
        bar = drawn.add_task(what, total=total)

        def advance(done: int) -> None:
            drawn.update(bar, completed=done)

        yield advance


def _ignore(_done: int) -> None:
    """No bar."""


def export(
    tasks: Tasks,
    output: Annotated[Path, typer.Option(help="The folder of rows.")] = Path("out/rows"),
    format_: Annotated[
        list[str] | None, typer.Option("--format", help="sft, sharegpt, rl, verl; all if not given.")
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option("--without", help="Leave out tasks of this environment; may be given again.")
    ] = None,
    without_near: Annotated[
        list[str] | None,
        typer.Option("--without-near", help="Leave out environments near a benchmark: bfcl, tau2, mcp_atlas, or all."),
    ] = None,
    library: Extra = None,
    sandbox: Walls = None,
    seed: Seed = 0,
    json_: Json = False,
) -> int:
    """Write training rows: whole conversations for SFT, tasks for RL; no environment in two splits."""
    from envfactory.rollout.reward import score
    from envfactory.training.export import FORMATS
    from envfactory.training.export import export as write

    chosen = read(tasks)
    classes = classes_for(chosen, library, sandbox)
    excluded = sorted({*(without or ()), *_near(classes, without_near or ())})
    played = attempts(chosen, "offline:oracle", classes, seed=seed, steps=40)
    exported = write(
        zip(chosen, played, strict=True),
        output,
        formats=format_ or FORMATS,  # type: ignore[arg-type]
        seed=seed,
        exclude_environments=excluded,
        passed=lambda task, trajectory: score(task, trajectory).passed,
    )
    document = exported.model_dump(mode="json")
    if json_:
        emit(document)
    else:
        table(f"rows in {output}", ("file", "split", "rows"), [(f.path, f.split, f.rows) for f in exported.files])
        for reason, count in exported.dropped.items():
            say(f"dropped {count}: {reason}")
        for remark in exported.notes:
            say(remark)
    return 0


def _near(classes: dict[str, Any], benchmarks: Iterable[str]) -> set[str]:
    """The environments near one of these benchmarks; raises UnknownName for one that is not known."""
    from envfactory.training.overlap import BENCHMARKS, near_benchmarks

    wanted = set(benchmarks)
    for name in sorted(wanted - {"all", *BENCHMARKS}):
        raise UnknownName("benchmark", name, [*BENCHMARKS, "all"])
    near = {name: {g.partition(":")[0] for g in near_benchmarks(cls.spec)} for name, cls in classes.items() if cls.spec}
    return {name for name, groups in near.items() if groups & wanted or (groups and "all" in wanted)}
