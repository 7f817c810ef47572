"""What attempts say: how often each model passes, how hard the tasks are for it, and what every character earns.

Attempts come from the lines `envfactory play` writes. A masked attempt (infrastructure failed) is counted and left out
of every mean.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import comb
from pathlib import Path
from statistics import mean
from typing import Any

from pydantic import BaseModel, ValidationError

from envfactory.errors import FileError
from envfactory.messages import as_object
from envfactory.rollout.reward import Preset, Reward
from envfactory.rollout.task import Task
from envfactory.viewer.measure import interval, ratio

BANDS = ("never", "up to half the time", "more than half the time", "always")
"""How often a task is solved, the hardest first."""


class Attempt(BaseModel, frozen=True):
    """One attempt and what it was worth."""

    task: str
    """The task's id."""
    model: str
    reward: Reward


class Estimate(BaseModel, frozen=True):
    """A mean between 0 and 1 over tasks, with its 95 % interval."""

    value: float
    low: float
    high: float
    tasks: int


class Solver(BaseModel, frozen=True):
    """What one model's attempts amount to."""

    model: str
    attempts: int
    """Those that count."""
    masked: int
    reward: float | None
    """Mean over tasks of a task's mean reward; None where only passes are known."""
    passed: Estimate
    """The share of attempts that pass: the mean over tasks of each task's share."""
    by_kind: dict[str, Estimate]
    pass_at: dict[int, Estimate]
    """pass@k by k (unbiased estimator of Chen et al. 2021, arXiv:2107.03374), over the tasks that have k attempts or
    more; a k that fewer than half of the tasks reach is left out."""
    bands: dict[str, int]
    """Tasks by how often they are solved."""

    @property
    def samples(self) -> int:
        """The largest k of `pass_at`: how often each task was tried."""
        return max(self.pass_at, default=0)


class Part(BaseModel, frozen=True):
    """What a character earns on tasks of one kind."""

    character: str
    kind: str
    preset: Preset
    tasks: int
    """Attempts that count."""
    masked: int
    reward: float
    """Mean total, from 0 to 1."""
    passed: int


def read_attempts(path: Path) -> Iterator[Attempt]:
    """The attempts of a file that `envfactory play` wrote; raises FileError naming the line that is damaged."""
    cure = "make the file again with: envfactory play"
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                try:
                    document = as_object(json.loads(line))
                    trajectory: dict[str, Any] = as_object(document.get("trajectory"))
                    yield Attempt(
                        task=str(trajectory["task"]),
                        model=str(trajectory["model"]),
                        reward=Reward.model_validate(document.get("reward")),
                    )
                except (KeyError, ValueError) as error:
                    told = error.errors(include_url=False)[0]["msg"] if isinstance(error, ValidationError) else error
                    raise FileError(f"{path}, line {number} is no scored attempt ({told}); {cure}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"cannot read {path}: {error}") from error


def solvers(tasks: Sequence[Task], attempts: Iterable[Attempt]) -> tuple[Solver, ...]:
    """Each model's figures, the one that passes most first.

    Where a model has no attempts here, what the tasks themselves say of it (`Task.difficulty`) stands in; attempts at
    other tasks are left out.
    """
    kinds: dict[str, str] = {task.id: task.kind for task in tasks}
    held: dict[str, dict[str, list[Reward]]] = defaultdict(lambda: defaultdict(list))
    for attempt in attempts:
        if attempt.task in kinds:
            held[attempt.model][attempt.task].append(attempt.reward)
    found: list[Solver] = []
    for model, rewards in sorted(held.items()):
        counted = {task: [r for r in listed if not r.masked] for task, listed in sorted(rewards.items())}
        counted = {task: listed for task, listed in counted.items() if listed}
        tries = {task: (len(listed), sum(r.passed for r in listed)) for task, listed in counted.items()}
        masked = sum(reward.masked for listed in rewards.values() for reward in listed)
        totals = [mean(r.total for r in listed) for listed in counted.values()]
        found.append(_solver(model, tries, kinds, masked=masked, reward=round(mean(totals), 4) if totals else 0.0))
    told: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
    for task in tasks:
        for measured in task.difficulty:
            if measured.samples and measured.model not in held:
                told[measured.model][task.id] = (measured.samples, measured.passed)
    found += [_solver(model, tries, kinds) for model, tries in told.items()]
    return tuple(sorted(found, key=lambda solver: (-solver.passed.value, solver.model)))


def _solver(
    model: str,
    tries: Mapping[str, tuple[int, int]],
    kinds: Mapping[str, str],
    *,
    masked: int = 0,
    reward: float | None = None,
) -> Solver:
    """`tries` are attempts and how many of them passed, by task."""
    shares = {task: passes / tried for task, (tried, passes) in tries.items()}
    by_kind: dict[str, list[float]] = defaultdict(list)
    for task, share in shares.items():
        by_kind[kinds[task]].append(share)
    pass_at: dict[int, Estimate] = {}
    for k in range(1, max((tried for tried, _ in tries.values()), default=0) + 1):
        chances = [pass_at_k(tried, passes, k) for tried, passes in tries.values() if tried >= k]
        if 2 * len(chances) >= len(tries):
            pass_at[k] = estimate(chances)
    bands = Counter(_band(share) for share in shares.values())
    return Solver(
        model=model,
        attempts=sum(tried for tried, _ in tries.values()),
        masked=masked,
        reward=reward,
        passed=estimate(list(shares.values())),
        by_kind={kind: estimate(listed) for kind, listed in sorted(by_kind.items())},
        pass_at=pass_at,
        bands={band: bands[band] for band in BANDS},
    )


def pass_at_k(tries: int, passes: int, k: int) -> float:
    """The chance that at least one of k attempts, drawn from `tries` without putting back, is among the `passes`."""
    return 1.0 - comb(tries - passes, k) / comb(tries, k)


def estimate(values: Sequence[float]) -> Estimate:
    """The mean of values between 0 and 1, with its interval."""
    value = mean(values) if values else 0.0
    low, high = interval(value, len(values))
    return Estimate(value=round(value, 4), low=low, high=high, tasks=len(values))


def part(character: str, kind: str, preset: Preset, rewards: Sequence[Reward]) -> Part:
    """What these attempts of a character amount to."""
    counted = [reward for reward in rewards if not reward.masked]
    return Part(
        character=character,
        kind=kind,
        preset=preset,
        tasks=len(counted),
        masked=len(rewards) - len(counted),
        reward=ratio(sum(reward.total for reward in counted), len(counted)),
        passed=sum(reward.passed for reward in counted),
    )


def _band(share: float) -> str:
    if share in (0.0, 1.0):
        return BANDS[0] if share == 0.0 else BANDS[-1]
    return BANDS[1] if share <= 0.5 else BANDS[2]
