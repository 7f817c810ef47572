"""Select from attempts: tasks of a wanted difficulty, and of each the best attempt, cut down to the steps that matter.

Execution decides: an attempt that did not pass, or cannot be replayed, is never kept. Of those left the one with the
fewest needless calls is best; a model may be asked to choose among them, and among nothing else.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from envfactory.environment.environment import Environment
from envfactory.errors import FileError
from envfactory.messages import as_object, canonical
from envfactory.models.ask import ask
from envfactory.models.model import Model
from envfactory.rollout.reward import Reward, score
from envfactory.rollout.solve import difficulty
from envfactory.rollout.task import Difficulty, Task
from envfactory.rollout.trajectory import Trajectory
from envfactory.rollout.trim import replays, trimmed

By = Literal["rate", "interval"]
"""What is held against the band: the share of attempts that passed · its 95 % interval, which drops a task only when it
lies wholly outside."""

_AT_ONCE = 16
_PROMPT = "select-1"
_INSTRUCTIONS = """You choose training material for an agent that acts for people through tools. You see one task and
several attempts at it. All of them did exactly what was wanted; that has been checked by execution and is not your
question. Choose the one a careful person would most like to learn from: it looks things up before it acts, takes no
detours, and its closing words are clear, complete and friendly without being long."""


class Choice(BaseModel):
    """A model's choice."""

    best: int
    """The number of the best attempt."""


class Dropped(BaseModel, frozen=True):
    """What was left out, and why."""

    what: Literal["task", "attempt", "step"]
    task: str
    why: str
    model: str = ""
    sample: int = 0
    step: int = -1
    tool: str = ""


@dataclass
class Selection:
    """What was kept, and what was not."""

    tasks: list[Task] = field(default_factory=list[Task])
    """Those in the band, with their difficulty."""
    kept: list[tuple[Trajectory, Reward]] = field(default_factory=list[tuple[Trajectory, Reward]])
    """The best attempt of each task that has one."""
    dropped: list[Dropped] = field(default_factory=list[Dropped])
    ranked: int = 0
    """Tasks for which a model chose."""


def read_attempts(paths: Iterable[Path]) -> Iterator[Trajectory]:
    """The attempts in files that `envfactory play` wrote, one that stands there twice only once; raises FileError."""
    known: set[tuple[str, str, int, str]] = set()
    for path in paths:
        try:
            with path.open(encoding="utf-8") as lines:
                for number, line in enumerate(lines, 1):
                    if not line.strip():
                        continue
                    try:
                        attempt = Trajectory.model_validate(as_object(json.loads(line)).get("trajectory"))
                    except ValueError as error:
                        told = (
                            error.errors(include_url=False)[0]["msg"] if isinstance(error, ValidationError) else error
                        )
                        cure = "make the file again with: envfactory play"
                        raise FileError(f"{path}, line {number} is no attempt ({told}); {cure}") from error
                    key = (attempt.task, attempt.model, attempt.sample, canonical(attempt.answers))
                    if key not in known:
                        known.add(key)
                        yield attempt
        except (OSError, UnicodeDecodeError) as error:
            raise FileError(f"cannot read {path}: {error}") from error


def select(
    tasks: Sequence[Task],
    attempts: Iterable[Trajectory],
    library: Mapping[str, type[Environment]],
    *,
    band: tuple[float, float] = (0.2, 0.8),
    by: By = "rate",
    ranker: Model | None = None,
) -> Selection:
    """Keep the tasks whose pass rate lies in the band, and the best attempt at each, without needless steps.

    Every attempt is scored anew by the robust reward. The rate is that of all attempts at the task that were given,
    whoever made them; `Task.difficulty` gets one entry for each model. Raises ModelFailed and BudgetSpent of `ranker`.
    """
    held: dict[str, list[tuple[Trajectory, Reward]]] = {task.id: [] for task in tasks}
    known = {task.id: task for task in tasks}
    found = Selection()
    strangers: dict[str, int] = {}
    for attempt in attempts:
        if attempt.task in held:
            held[attempt.task].append((attempt, score(known[attempt.task], attempt)))
        else:
            strangers[attempt.task] = strangers.get(attempt.task, 0) + 1
    for name, count in strangers.items():
        why = f"{count} attempts at a task that is not among those given"
        found.dropped.append(Dropped(what="task", task=name, why=why))
    ready: list[tuple[Task, list[tuple[Trajectory, Reward]]]] = []
    for task in tasks:
        measured = _measured(task, held[task.id])
        reason = _outside([item for item in measured.difficulty if _given(item, held[task.id])], band, by)
        if reason:
            found.dropped.append(Dropped(what="task", task=task.id, why=reason))
            continue
        found.tasks.append(measured)
        ready.append((measured, list(_sound(measured, held[task.id], library, found))))
    chosen = asyncio.run(_chosen(ready, ranker)) if ranker else [0] * len(ready)
    found.ranked = sum(len(passed) > 1 for _, passed in ready) if ranker else 0
    for (task, passed), best in zip(ready, chosen, strict=True):
        for place, (attempt, _) in enumerate(passed):
            if place != best:
                found.dropped.append(_attempt(attempt, "another attempt at the task is better"))
        if passed:
            found.kept.append(_cut(task, passed[best][0], library, found))
    return found


def _measured(task: Task, held: Sequence[tuple[Trajectory, Reward]]) -> Task:
    """The task with how often each model passed."""
    rewards: dict[str, list[Reward]] = {}
    for attempt, reward in held:
        rewards.setdefault(attempt.model, []).append(reward)
    fresh = {model: item for model, paid in sorted(rewards.items()) if (item := difficulty(model, paid))}
    older = {item.model: item for item in task.difficulty}
    return task.model_copy(update={"difficulty": tuple(item for _, item in sorted({**older, **fresh}.items()))})


def _given(item: Difficulty, held: Sequence[tuple[Trajectory, Reward]]) -> bool:
    return any(attempt.model == item.model for attempt, _ in held)


def _outside(measured: Sequence[Difficulty], band: tuple[float, float], by: By) -> str:
    """Why a task is not in the band; empty when it is."""
    samples = sum(item.samples for item in measured)
    if not samples:
        return "no attempt that counts"
    whole = Difficulty(model="", samples=samples, passed=sum(item.passed for item in measured))
    low, high = whole.interval if by == "interval" else (whole.rate, whole.rate)
    told = f"{whole.passed} of {samples} attempts passed"
    if high < band[0]:
        return f"too hard: {told}"
    if low > band[1]:
        return f"too easy: {told}"
    return ""


def _sound(
    task: Task,
    held: Sequence[tuple[Trajectory, Reward]],
    library: Mapping[str, type[Environment]],
    found: Selection,
) -> Iterator[tuple[Trajectory, Reward]]:
    """The attempts that passed, the one with the fewest needless calls first."""
    ranked = sorted(held, key=lambda one: (-one[1].total, len(one[0].calls), one[0].model, one[0].sample))
    passed = 0
    for attempt, reward in ranked:
        if not reward.passed:
            why = "masked: it says nothing about the agent" if reward.masked else "it did not pass"
            found.dropped.append(_attempt(attempt, why))
        elif not replays(task, attempt, library):
            found.dropped.append(_attempt(attempt, "its calls give something else when they are made again"))
        else:
            passed += 1
            yield attempt, reward
    if not passed:
        found.dropped.append(
            Dropped(what="attempt", task=task.id, why="no attempt passed: the task is kept for RL only")
        )


def _cut(
    task: Task, attempt: Trajectory, library: Mapping[str, type[Environment]], found: Selection
) -> tuple[Trajectory, Reward]:
    """The attempt without needless steps, and its reward."""
    done = trimmed(task, attempt, library)
    assert done is not None
    shorter, cuts = done
    for cut in cuts:
        found.dropped.append(
            Dropped(
                what="step",
                task=task.id,
                model=attempt.model,
                sample=attempt.sample,
                step=cut.step,
                tool=cut.tool,
                why=cut.why,
            )
        )
    return shorter, score(task, shorter)


def _attempt(attempt: Trajectory, why: str) -> Dropped:
    return Dropped(what="attempt", task=attempt.task, model=attempt.model, sample=attempt.sample, why=why)


async def _chosen(ready: Sequence[tuple[Task, list[tuple[Trajectory, Reward]]]], ranker: Model) -> list[int]:
    """The number of the attempt that the model finds best, for each task; the first where it gives no clear answer."""
    places = asyncio.Semaphore(_AT_ONCE)

    async def one(task: Task, passed: list[tuple[Trajectory, Reward]]) -> int:
        if len(passed) < 2:
            return 0

        def clear(choice: Choice) -> list[str]:
            right = 0 <= choice.best < len(passed)
            return [] if right else [f"best: must be the number of an attempt, 0 to {len(passed) - 1}"]

        shown = canonical({
            "task": [turn.query for turn in task.turns],
            "attempts": [_shown(number, attempt) for number, (attempt, _) in enumerate(passed)],
        })  # fmt: skip
        async with places:
            asked = await ask(ranker, _INSTRUCTIONS, Choice, context=shown, role="ranker", prompt=_PROMPT, check=clear)
        return asked.answer.best if asked.answer else 0

    return await asyncio.gather(*(one(task, passed) for task, passed in ready))


def _shown(number: int, attempt: Trajectory) -> dict[str, Any]:
    """An attempt as a model is shown it: its calls and its closing words, by turn."""
    turns = [
        {
            "calls": [
                [made.call.tool, made.call.arguments, made.call.outcome] for made in attempt.calls if made.turn == turn
            ],
            "answer": answer,
        }
        for turn, answer in enumerate(attempt.answers)
    ]
    return {"number": number, "turns": turns}
