"""`envfactory select`: tasks of a wanted difficulty, and the best attempt at each, without needless steps."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from envfactory.cli.attempts import acted
from envfactory.cli.load import classes_for, endpoint_of, read
from envfactory.cli.options import Extra, Json, Walls
from envfactory.cli.output import emit, short, table, write_text
from envfactory.errors import EnvFactoryError, UnknownName


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command()(select)


def select(
    trajectories: Annotated[list[Path], typer.Argument(help="Attempts as `envfactory play --samples K` wrote them.")],
    tasks: Annotated[Path, typer.Option(help="The tasks that were played.")],
    band: Annotated[tuple[float, float], typer.Option(help="Least and greatest pass rate, from 0 to 1.")] = (0.2, 0.8),
    by: Annotated[
        str,
        typer.Option(help="What must lie in the band: the rate, or any part of its 95 % interval (rate, interval)."),
    ] = "rate",
    output: Annotated[Path, typer.Option(help="The best attempts as JSON Lines; the rest goes beside it.")] = Path(
        "out/kept.jsonl"
    ),
    model: Annotated[
        str | None, typer.Option(help="Let a model choose among the attempts that passed: openai:NAME, local:FILE.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an interrupted run; no reply is paid twice.")
    ] = False,
    tokens: Annotated[int | None, typer.Option(help="Stop before more tokens than these are spent.", min=0)] = None,
    library: Extra = None,
    sandbox: Walls = None,
    json_: Json = False,
) -> int:
    """Keep tasks whose pass rate lies in a band, and of each the best attempt, cut down by replay."""
    from envfactory.messages import canonical
    from envfactory.querygen.select import Selection, read_attempts
    from envfactory.querygen.select import select as choose
    from envfactory.rollout.task import task_lines

    if not 0 <= band[0] <= band[1] <= 1:
        raise EnvFactoryError(f"a band of {band[0]} to {band[1]} is none; give two shares, as in --band 0.2 0.8")
    if by not in {"rate", "interval"}:
        raise UnknownName("way to hold tasks against the band", by, ["rate", "interval"])
    if model is not None and acted(model):
        raise EnvFactoryError(f"{model} is a character and cannot choose; give a model that is asked, or none")
    chosen = read(tasks)
    attempts = list(read_attempts(trajectories))
    classes = classes_for(chosen, library, sandbox)

    def run(ranker: Any = None) -> Selection:
        return choose(
            chosen, attempts, classes, band=band, by="interval" if by == "interval" else "rate", ranker=ranker
        )

    spent: dict[str, Any] = {}
    if model is None:
        found = run()
    else:
        found, spent = _asked(run, model, chosen, output=output, resume=resume, tokens=tokens)
    beside = {name: output.with_name(f"{output.stem}.{name}.jsonl") for name in ("tasks", "dropped")}
    kept = [{"trajectory": t.model_dump(mode="json"), "reward": r.model_dump(mode="json")} for t, r in found.kept]
    write_text(beside["tasks"], "".join(task_lines(found.tasks)))
    write_text(beside["dropped"], "".join(canonical(item.model_dump(mode="json")) + "\n" for item in found.dropped))
    write_text(output, "".join(canonical(line) + "\n" for line in kept))
    whys: dict[str, int] = {}
    for item in found.dropped:
        why = f"{item.what}: {item.why.partition(':')[0] if item.what == 'task' else item.why}"
        whys[why] = whys.get(why, 0) + 1
    document: dict[str, Any] = {
        "given": {"tasks": len(chosen), "attempts": len(attempts)},
        "tasks": len(found.tasks),
        "kept": len(found.kept),
        "steps_dropped": sum(item.what == "step" for item in found.dropped),
        "ranked": found.ranked,
        "dropped": dict(sorted(whys.items())),
        **spent,
        "output": {"attempts": str(output), **{name: str(path) for name, path in beside.items()}},
    }
    if json_:
        emit(document)
    else:
        rows = [(name.replace("_", " "), short(value)) for name, value in document.items() if name != "dropped"]
        table(f"selected by {by}, {band[0]} to {band[1]}", ("what", "figure"), rows)
        table("left out", ("why", "how many"), sorted(whys.items()))
    return 0


def _asked(
    run: Any, model: str, tasks: list[Any], *, output: Path, resume: bool, tokens: int | None
) -> tuple[Any, dict[str, Any]]:
    """The selection with a model that chooses, its replies kept in a run store beside the output until all is done."""
    from envfactory.models.kept import Kept
    from envfactory.models.model import ModelFailed
    from envfactory.runs import Budget, Run

    config = {"model": model, "tasks": [task.id for task in tasks]}
    path = output.with_name(f"{output.name}.run")
    with Run(path, config, resume=resume, budget=Budget(tokens=tokens)) as store:
        try:
            found = run(Kept(endpoint_of(model), store, "select"))
        except ModelFailed as error:
            raise EnvFactoryError(f"the model that chooses failed ({error}); --resume goes on") from error
        ledger = store.ledger()
        store.finish()
    return found, {"ledger": {stage: item.model_dump(mode="json") for stage, item in ledger.items()}}
