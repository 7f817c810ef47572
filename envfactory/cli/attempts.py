"""Attempts of a model at tasks: characters at once and for nothing, served models through a run store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from envfactory.errors import UnknownName

if TYPE_CHECKING:
    from envfactory.environment.environment import Environment
    from envfactory.models.kept import Kept
    from envfactory.rollout.task import Task
    from envfactory.rollout.trajectory import Trajectory
    from envfactory.rollout.user import User

_AT_ONCE = 16
"""Tasks played at once; how many requests are under way is the endpoint's own affair."""


def acted(model: str) -> bool:
    """Whether a character of ours plays, rather than a model that is asked; raises UnknownName for neither."""
    from envfactory.rollout.characters import NAMES

    provider, _, name = model.partition(":")
    character = provider == "offline" and not name.startswith("tape=")
    if provider not in {"offline", "openai", "local"} or (character and name not in NAMES):
        raise UnknownName("model", model, [*(f"offline:{known}" for known in NAMES), "openai:NAME", "local:FILE"])
    return character


def users_of(user: str, served: Kept | None = None) -> Callable[[Task, int], User] | None:
    """Who speaks to the agent, by the name of `--user`: None for the script, else a fresh user for each attempt.

    `served` plays the user where the name is a model's. Raises UnknownName.
    """
    from envfactory.rollout.knowledge import knowledge
    from envfactory.rollout.model_user import ModelUser
    from envfactory.rollout.reactive import ReactiveUser

    if served is not None:
        return lambda task, sample: ModelUser(served, knowledge(task), sample=sample)
    if user not in {"scripted", "reactive"}:
        raise UnknownName("user", user, ["scripted", "reactive", "openai:NAME", "local:FILE", "offline:tape=FILE"])
    return None if user == "scripted" else lambda task, sample: ReactiveUser(knowledge(task))


def attempts(
    tasks: Sequence[Task],
    model: str,
    classes: Mapping[str, type[Environment]],
    *,
    served: Kept | None = None,
    seed: int = 0,
    steps: int = 20,
    progress: Callable[[int], None] | None = None,
) -> list[Trajectory]:
    """A trajectory of each task, in order, a few played at once.

    `served` plays all of them; without it each has a character of its own, by the name of `model`. `progress` is called
    with how many are done.
    """
    return [group[0] for group in sampled(tasks, model, classes, 1, served, seed=seed, steps=steps, progress=progress)]


def sampled(
    tasks: Sequence[Task],
    model: str,
    classes: Mapping[str, type[Environment]],
    samples: int,
    served: Kept | None = None,
    *,
    seed: int = 0,
    steps: int = 20,
    progress: Callable[[int], None] | None = None,
    users: Callable[[Task, int], User] | None = None,
) -> list[list[Trajectory]]:
    """`samples` trajectories of each task, in order, each from a fork of the same moment; see `attempts`.

    `progress` is called with how many tasks are done; `users` gives the user of a task's attempt by its number, where
    the task's own words are not enough.
    """
    from envfactory.rollout.characters import character
    from envfactory.rollout.play import play as play_task

    async def run() -> list[list[Trajectory]]:
        places, done = asyncio.Semaphore(_AT_ONCE), 0

        async def once(task: Task, start: Any, sample: int) -> Trajectory:
            player: Any = (
                served.at(served.stage, sample=sample)
                if served
                else character(model.partition(":")[2], task, seed=seed, sample=sample)
            )
            user = users(task, sample) if users else None
            if samples == 1:
                return await play_task(task, player, start, user=user, steps=steps)
            with start.fork() as session:
                played = await play_task(task, player, session, user=user, steps=steps)
            return played.model_copy(update={"sample": sample}) if sample else played

        async def one(task: Task) -> list[Trajectory]:
            nonlocal done
            async with places:
                with task.open(classes) as start:
                    played = await asyncio.gather(*(once(task, start, sample) for sample in range(samples)))
            done += 1
            if progress is not None:
                progress(done)
            return list(played)

        return await asyncio.gather(*map(one, tasks))

    return asyncio.run(run())
