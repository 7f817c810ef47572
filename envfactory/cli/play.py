"""`envfactory play`: a model plays tasks, and what it did is scored."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from envfactory.cli.attempts import acted, attempts
from envfactory.cli.load import classes_for, endpoint_of, read
from envfactory.cli.options import Extra, Json, Seed, Tasks, Walls
from envfactory.cli.output import emit, note, progress, say, short, table, write_text
from envfactory.errors import UnknownName


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command()(play)


def play(
    tasks: Tasks,
    model: Annotated[
        str,
        typer.Option(
            help="openai:NAME, local:FILE.gguf, offline:tape=FILE, or a character: offline:oracle, idler, liar, "
            "scrambler, looper, over_caller, vandal, parrot."
        ),
    ],
    output: Annotated[Path, typer.Option(help="The trajectories as JSON Lines.")] = Path("out/trajectories.jsonl"),
    preset: Annotated[str, typer.Option(help="The reward: robust or paper.")] = "robust",
    limit: Annotated[int | None, typer.Option("-n", "--limit", help="Only the first tasks.", min=1)] = None,
    steps: Annotated[int, typer.Option(help="Calls allowed within one turn.", min=1)] = 20,
    why: Annotated[bool, typer.Option("--why", help="Explain every reward.")] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an interrupted run; no reply is paid twice.")
    ] = False,
    tokens: Annotated[int | None, typer.Option(help="Stop before more tokens than these are spent.", min=0)] = None,
    record: Annotated[Path | None, typer.Option(help="Keep the model's replies as a tape.")] = None,
    made_by: Annotated[str, typer.Option(help="Who answered, for the tape's first line.")] = "a served model",
    library: Extra = None,
    sandbox: Walls = None,
    seed: Seed = 0,
    json_: Json = False,
) -> int:
    """Let a model play tasks, and score what it did."""
    from envfactory.messages import canonical
    from envfactory.rollout.reward import score

    if preset not in {"robust", "paper"}:
        raise UnknownName("reward preset", preset, ["robust", "paper"])
    chosen = read(tasks)[:limit]
    classes = classes_for(chosen, library, sandbox)
    spent: dict[str, Any] = {}
    if acted(model):
        played = attempts(chosen, model, classes, seed=seed, steps=steps)
    else:
        played, spent = _asked(
            chosen, model, classes, steps=steps, output=output, resume=resume, tokens=tokens,
            record=record, made_by=made_by, quiet=json_,
        )  # fmt: skip
    rewards = [score(task, trajectory, preset=preset) for task, trajectory in zip(chosen, played, strict=True)]  # type: ignore[arg-type]
    lines = [
        canonical({"trajectory": t.model_dump(mode="json"), "reward": r.model_dump(mode="json")}) + "\n"
        for t, r in zip(played, rewards, strict=True)
    ]
    write_text(output, "".join(lines))
    counted = [reward for reward in rewards if not reward.masked]
    names = sorted({part for reward in counted for part in reward.parts})
    document = {
        "tasks": len(chosen),
        "pass_rate": _mean([float(reward.passed) for reward in counted]),
        "mean_reward": _mean([reward.total for reward in counted]),
        "parts": {name: _mean([r.parts[name] for r in counted if name in r.parts]) for name in names},
        "lowest": min((reward.total for reward in counted), default=0.0),
        "highest": max((reward.total for reward in counted), default=0.0),
        "masked": len(rewards) - len(counted),
        **spent,
        "output": str(output),
    }
    if json_:
        emit(document)
    else:
        if why:
            for task, reward in zip(chosen, rewards, strict=True):
                say(f"{task.id}: {task.turns[0].query}\n{reward.why()}\n")
        table(f"{model} on {tasks}", ("what", "figure"), [(k.replace("_", " "), short(v)) for k, v in document.items()])
    return 0


def _asked(
    tasks: list[Any],
    model: str,
    classes: dict[str, Any],
    *,
    steps: int,
    output: Path,
    resume: bool,
    tokens: int | None,
    record: Path | None,
    made_by: str,
    quiet: bool,
) -> tuple[list[Any], dict[str, Any]]:
    """The trajectories of a model that is asked, and what they cost.

    Requests and replies lie in a run store beside the output until every task was played; a model that failed in some
    leaves it there, so that `--resume` plays those again and pays for nothing else. Raises BudgetSpent.
    """
    from envfactory.models.kept import Kept
    from envfactory.models.recorded import write_tape
    from envfactory.runs import Budget, Run

    endpoint = endpoint_of(model)
    config = {"model": model, "tasks": [task.id for task in tasks], "steps": steps}
    with Run(output.with_name(f"{output.name}.run"), config, resume=resume, budget=Budget(tokens=tokens)) as run:
        kept = Kept(endpoint, run, "play")
        with progress(len(tasks), "tasks", quiet=quiet) as advance:
            played = attempts(tasks, model, classes, served=kept, steps=steps, progress=advance)
        if record is not None:
            write_tape(run, record, made=date.today().isoformat(), endpoint=model.split("@")[0], by=made_by)
        ledger = run.ledger()
        failed = sum(trajectory.ending == "model_failed" for trajectory in played)
        if failed:
            reasons = "; ".join(sorted({f"{letter.kind}: {letter.message}" for letter in run.dead_letters()})[:3])
            note(f"the model failed in {failed} of {len(tasks)} tasks ({reasons}); --resume plays those again")
        else:
            run.finish()
    return played, {"ledger": {stage: item.model_dump(mode="json") for stage, item in ledger.items()}}


def _mean(values: list[float]) -> float:
    return round(sum(values) / len(values), 6) if values else 0.0
