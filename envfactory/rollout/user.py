"""The user of a conversation: who speaks at the start of each turn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from envfactory.messages import Message
from envfactory.rollout.task import Task


class User(Protocol):
    """Whoever speaks to the agent."""

    async def say(self, turn_index: int, conversation: Sequence[Message]) -> str | None:
        """The words that open turn `turn_index` (from 0), or None when there is nothing more to say.

        Raises ModelFailed when a model speaks for the user and cannot answer.
        """
        ...


class ScriptedUser:
    """Says a task's turns in order, whatever the agent answers."""

    def __init__(self, task: Task) -> None:
        self._queries = tuple(turn.query for turn in task.turns)

    async def say(self, turn_index: int, conversation: Sequence[Message]) -> str | None:
        """The task's own words for that turn; None after the last."""
        return self._queries[turn_index] if turn_index < len(self._queries) else None
