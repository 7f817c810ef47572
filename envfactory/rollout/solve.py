"""What several attempts at one task say together: pass@k, agreement, and how hard the task is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import comb

from envfactory.rollout.answers import heard
from envfactory.rollout.match import compare
from envfactory.rollout.origin import attempt_origin
from envfactory.rollout.reward import Reward
from envfactory.rollout.task import Difficulty, Task
from envfactory.rollout.trajectory import Trajectory


def pass_at(k: int, samples: int, passed: int) -> float:
    """The chance that one of `k` attempts passes, from `samples` attempts of which `passed` did, without bias.

    1 − C(n − c, k) / C(n, k), as in arXiv:2107.03374, equation 1. Raises ValueError when there are fewer samples than
    `k`: nothing can be said then.
    """
    if not 1 <= k <= samples:
        raise ValueError(f"pass@{k} cannot be told from {samples} samples")
    return 1.0 - comb(samples - passed, k) / comb(samples, k)


def difficulty(model: str, rewards: Iterable[Reward]) -> Difficulty | None:
    """How often a model passed; masked attempts say nothing and are left out, and nothing is left when all are."""
    counted = [reward.passed for reward in rewards if not reward.masked]
    return Difficulty(model=model, samples=len(counted), passed=sum(counted)) if counted else None


def same_outcome(task: Task, one: Trajectory, other: Trajectory) -> bool:
    """Whether two attempts came to the same: equal row changes in the end, whatever ids new rows got, and the same of
    the task's facts said in each turn."""
    if _said(task, one) != _said(task, other):
        return False
    made, remade = attempt_origin(one), attempt_origin(other)
    return compare(one.changes, other.changes, task.exempt, gold_made=made, attempt_made=remade).exact


def classes(task: Task, attempts: Sequence[Trajectory]) -> list[list[int]]:
    """The attempts, by number, in classes of the same outcome, the largest first (then the one that came first)."""
    found: list[list[int]] = []
    for number, attempt in enumerate(attempts):
        home = next((group for group in found if same_outcome(task, attempts[group[0]], attempt)), None)
        if home is None:
            found.append([number])
        else:
            home.append(number)
    return sorted(found, key=lambda group: (-len(group), group[0]))


def agreement(task: Task, attempts: Sequence[Trajectory]) -> float:
    """The share of the attempts in the largest class of the same outcome; 1 when all came to the same."""
    groups = classes(task, attempts)
    return len(groups[0]) / len(attempts) if groups else 0.0


def _said(task: Task, attempt: Trajectory) -> tuple[tuple[bool, ...], ...]:
    texts = attempt.answers
    return tuple(
        tuple(number < len(texts) and heard(texts[number], fact, turn.expects) for fact in turn.facts)
        for number, turn in enumerate(task.turns)
    )
