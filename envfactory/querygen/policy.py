"""Policies: ways to play a task that its certificate tries, right and wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from envfactory.environment.environment import Environment
from envfactory.environment.session import Session
from envfactory.models.model import Model
from envfactory.rollout.play import play
from envfactory.rollout.reward import score
from envfactory.rollout.task import Task, Trial


@runtime_checkable
class Insider(Protocol):
    """A model of a policy that is shown the world it acts in: who picks a wrong row must know the others there are."""

    def enter(self, session: Session) -> None:
        """Take the session of the attempt that is about to begin."""
        ...


@dataclass(frozen=True)
class Policy:
    """A way to play one task, and whether it must pass."""

    name: str
    """What it does: `guesses what was not said`."""
    model: Callable[[Task], Model]
    passes: bool = False
    least: float = 0.0
    """The total it must earn at least."""
    most: float = 1.0
    """The total it may earn at most."""


def tried(task: Task, policies: Iterable[Policy], library: Mapping[str, type[Environment]]) -> tuple[Trial, ...]:
    """What each policy earns, played through the same door as every model."""
    found: list[Trial] = []
    for policy in policies:
        with task.open(library) as session:
            model = policy.model(task)
            if isinstance(model, Insider):
                model.enter(session)
            reward = score(task, asyncio.run(play(task, model, session)))
        found.append(Trial(policy=policy.name, total=reward.total, passed=reward.passed))
    return tuple(found)
