"""`envfactory export`: tasks become training rows."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from envfactory.cli.attempts import attempts
from envfactory.cli.load import classes_for, read
from envfactory.cli.options import Extra, Json, Seed, Tasks, Walls
from envfactory.cli.output import emit, say, table
from envfactory.errors import UnknownName


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command()(export)


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
