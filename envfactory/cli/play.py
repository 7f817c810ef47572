"""`envfactory play`: a model plays tasks, several times if wanted; what it did is scored, and what failed is judged."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from envfactory.cli.attempts import acted, sampled, users_of
from envfactory.cli.load import classes_for, endpoint_of, read
from envfactory.cli.options import Extra, Json, Seed, Tasks, Walls
from envfactory.cli.output import emit, note, progress, say, short, table, write_text
from envfactory.errors import FileError, UnknownName

if TYPE_CHECKING:
    from envfactory.environment.environment import Environment
    from envfactory.rollout.blame import Blame
    from envfactory.rollout.reward import Reward
    from envfactory.rollout.task import Task
    from envfactory.rollout.trajectory import Trajectory


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command()(play)


def play(
    tasks: Tasks,
    model: Annotated[
        str,
        typer.Option(
            help="openai:NAME, local:FILE.gguf, offline:tape=FILE, or a character: offline:oracle, idler, liar, "
            "scrambler, looper, over_caller, vandal, parrot, refuser, asker, quitter, double, learner."
        ),
    ],
    user: Annotated[
        str,
        typer.Option(
            help="Who speaks to it: scripted (the task's words), reactive (answers questions, too), or a model: "
            "openai:NAME, local:FILE.gguf, offline:tape=FILE."
        ),
    ] = "scripted",
    output: Annotated[Path, typer.Option(help="The trajectories as JSON Lines.")] = Path("out/trajectories.jsonl"),
    preset: Annotated[str, typer.Option(help="The reward: robust or paper.")] = "robust",
    limit: Annotated[int | None, typer.Option("-n", "--limit", help="Only the first tasks.", min=1)] = None,
    samples: Annotated[
        int, typer.Option(help="Attempts at each task, all from the same moment: pass@1, pass@K.", min=1, max=1024)
    ] = 1,
    steps: Annotated[int, typer.Option(help="Calls allowed within one turn.", min=1)] = 20,
    why: Annotated[
        bool, typer.Option("--why", help="Explain every reward, and who is to blame where one did not pass.")
    ] = False,
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
    if acted(model) and ":" not in user:
        played = sampled(chosen, model, classes, samples, seed=seed, steps=steps, users=users_of(user))
    else:
        played, spent = _asked(
            chosen, model, classes, user=user, seed=seed, samples=samples, steps=steps, output=output, resume=resume,
            tokens=tokens, record=record, made_by=made_by, quiet=json_,
        )  # fmt: skip
    rewards = [[score(task, t, preset=preset) for t in group] for task, group in zip(chosen, played, strict=True)]  # type: ignore[arg-type]
    blames = [_blames(task, group, classes) for task, group in zip(chosen, played, strict=True)]
    lines = [
        canonical({"trajectory": t.model_dump(mode="json"), "reward": r.model_dump(mode="json")}) + "\n"
        for group, paid in zip(played, rewards, strict=True)
        for t, r in zip(group, paid, strict=True)
    ]
    write_text(output, "".join(lines))
    counted = [reward for group in rewards for reward in group if not reward.masked]
    names = sorted({part for reward in counted for part in reward.parts})
    document: dict[str, Any] = {
        "tasks": len(chosen),
        "pass_rate": _mean([float(reward.passed) for reward in counted]),
        "mean_reward": _mean([reward.total for reward in counted]),
        "parts": {name: _mean([r.parts[name] for r in counted if name in r.parts]) for name in names},
        "lowest": min((reward.total for reward in counted), default=0.0),
        "highest": max((reward.total for reward in counted), default=0.0),
        "masked": sum(map(len, rewards)) - len(counted),
        "blamed": _counted([found.who for group in blames for found in group if found.who != "nobody"]),
        "quarantined": _quarantine(output, chosen, blames),
        **(_together(chosen, played, rewards, samples) if samples > 1 else {}),
        **spent,
        "output": str(output),
    }
    if json_:
        emit(document)
        return 0
    if why:
        for task, paid, found in zip(chosen, rewards, blames, strict=True):
            for reward, one in zip(paid, found, strict=True):
                shown = "; ".join(line for line in one.evidence if line not in reward.reasons)
                said = "" if one.who == "nobody" else f"\n- blame: {one.who}" + (f" ({shown})" if shown else "")
                say(f"{task.id}: {task.turns[0].query}\n{reward.why()}{said}\n")
    hard: list[dict[str, Any]] = document.pop("difficulty", [])
    table(f"{model} on {tasks}", ("what", "figure"), [(k.replace("_", " "), short(v)) for k, v in document.items()])
    if hard:
        columns = ("task", "passed", "samples", "rate", "from", "to", "agreement")
        table("how often each task was passed, with its 95 % interval", columns, [[*item.values()] for item in hard])
    return 0


def _blames(task: Task, played: list[Trajectory], classes: dict[str, type[Environment]]) -> list[Blame]:
    """Who made each attempt fail, by the robust reward, whatever the preset."""
    from envfactory.rollout.blame import blame

    return [blame(task, trajectory, classes) for trajectory in played]


def _quarantine(output: Path, tasks: list[Task], blames: list[list[Blame]]) -> int:
    """Write down the tasks whose failures are the task's or an environment's, with the reason; how many there are.

    They lie in `quarantine.jsonl` beside the trajectories, those of other runs there among them; a task that was played
    again stands there by what came of it now.
    """
    from envfactory.messages import as_object, canonical
    from envfactory.rollout.blame import FAULTY

    path = output.with_name("quarantine.jsonl")
    played = {task.id for task in tasks}
    try:
        held = [as_object(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except FileNotFoundError:
        held = []
    except (OSError, ValueError) as error:
        raise FileError(f"{path} is no list of quarantined tasks ({error}); take it away or mend it") from error
    kept = [canonical(entry) for entry in held if entry.get("task") not in played]
    fresh: list[str] = []
    for task, found in zip(tasks, blames, strict=True):
        faulty = next((one for one in found if one.who in FAULTY), None)
        if faulty is not None:
            fresh.append(canonical({"task": task.id, **faulty.model_dump(mode="json")}))
    if kept or fresh:
        write_text(path, "".join(f"{line}\n" for line in (*kept, *fresh)))
    else:
        path.unlink(missing_ok=True)
    if fresh:
        note(f"{len(fresh)} of {len(tasks)} tasks are in quarantine: see {path}")
    return len(fresh)


def _together(
    tasks: list[Task], played: list[list[Trajectory]], rewards: list[list[Reward]], samples: int
) -> dict[str, Any]:
    """What several attempts at each task say together."""
    from envfactory.rollout.solve import agreement, difficulty, pass_at

    at: dict[int, list[float]] = {1: [], samples: []}
    hard: list[dict[str, Any]] = []
    agreed: list[float] = []
    for task, group, paid in zip(tasks, played, rewards, strict=True):
        counted = [t for t, reward in zip(group, paid, strict=True) if not reward.masked]
        measured = difficulty(group[0].model, paid)
        if measured is None:
            continue
        for k, chances in at.items():
            if k <= measured.samples:
                chances.append(pass_at(k, measured.samples, measured.passed))
        agreed.append(agreement(task, counted))
        low, high = measured.interval
        hard.append(
            {"task": task.id, "passed": measured.passed, "samples": measured.samples, "rate": round(measured.rate, 4),
             "low": round(low, 4), "high": round(high, 4), "agreement": round(agreed[-1], 4)}
        )  # fmt: skip
    return {
        "samples": samples,
        **{f"pass@{k}": _mean(chances) for k, chances in at.items() if chances},
        "agreement": _mean(agreed),
        "difficulty": hard,
    }


def _counted(items: list[str]) -> dict[str, int]:
    return {item: items.count(item) for item in sorted(set(items))}


def _asked(
    tasks: list[Task],
    model: str,
    classes: dict[str, Any],
    *,
    user: str,
    seed: int,
    samples: int,
    steps: int,
    output: Path,
    resume: bool,
    tokens: int | None,
    record: Path | None,
    made_by: str,
    quiet: bool,
) -> tuple[list[list[Trajectory]], dict[str, Any]]:
    """The trajectories where a model is asked, as the agent, the user or both, and what they cost.

    Requests and replies lie in a run store beside the output until every task was played; a model that failed in some
    leaves it there, so that `--resume` plays those again and pays for nothing else. Raises BudgetSpent.
    """
    from envfactory.models.kept import Kept
    from envfactory.models.recorded import write_tape
    from envfactory.runs import Budget, Run

    endpoint = None if acted(model) else endpoint_of(model)
    speaker = endpoint_of(user) if ":" in user else None
    config: dict[str, Any] = {"model": model, "tasks": [task.id for task in tasks], "steps": steps, "samples": samples}
    config |= {} if user == "scripted" else {"user": user}
    with Run(output.with_name(f"{output.name}.run"), config, resume=resume, budget=Budget(tokens=tokens)) as run:
        kept = None if endpoint is None else Kept(endpoint, run, "play")
        users = users_of(user, None if speaker is None else Kept(speaker, run, "user"))
        with progress(len(tasks), "tasks", quiet=quiet) as advance:
            played = sampled(
                tasks, model, classes, samples, kept, seed=seed, steps=steps, progress=advance, users=users
            )
        if record is not None:
            write_tape(
                run,
                record,
                made=date.today().isoformat(),
                endpoint=(user if acted(model) else model).split("@")[0],
                by=made_by,
            )
        ledger = run.ledger()
        failed = sum(trajectory.ending == "model_failed" for group in played for trajectory in group)
        if failed:
            reasons = "; ".join(sorted({f"{letter.kind}: {letter.message}" for letter in run.dead_letters()})[:3])
            every = len(tasks) * samples
            note(f"the model failed in {failed} of {every} attempts ({reasons}); --resume plays those again")
        else:
            run.finish()
    return played, {"ledger": {stage: item.model_dump(mode="json") for stage, item in ledger.items()}}


def _mean(values: list[float]) -> float:
    return round(sum(values) / len(values), 6) if values else 0.0
