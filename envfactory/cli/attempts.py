"""Attempts of a model at tasks: characters at once and for nothing, served models through a run store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from envfactory.errors import UnknownName

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


def attempts(
    tasks: list[Any],
    model: str,
    classes: dict[str, Any],
    *,
    served: Any = None,
    seed: int = 0,
    steps: int = 20,
    progress: Callable[[int], None] | None = None,
) -> list[Any]:
    """A trajectory of each task, in order, a few played at once.

    `served` plays all of them; without it each has a character of its own, by the name of `model`. `progress` is called
    with how many are done.
    """
    from envfactory.rollout.characters import character
    from envfactory.rollout.play import play as play_task

    async def run() -> list[Any]:
        places, done = asyncio.Semaphore(_AT_ONCE), 0

        async def one(task: Any) -> Any:
            nonlocal done
            async with places:
                with task.open(classes) as session:
                    player = served or character(model.partition(":")[2], task, seed=seed)
                    played = await play_task(task, player, session, steps=steps)
            done += 1
            if progress is not None:
                progress(done)
            return played

        return await asyncio.gather(*map(one, tasks))

    return asyncio.run(run())
