"""The user of a conversation: who speaks at the start of each turn, and acts with tools of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from envfactory.environment.session import LoggedCall
from envfactory.messages import Message, ToolSchema
from envfactory.rollout.answers import says
from envfactory.rollout.task import Task


class Hands(Protocol):
    """What a user can do in the world: the task's `user_tools`, and no others."""

    @property
    def schemas(self) -> tuple[ToolSchema, ...]:
        """The user's tools."""
        ...

    def __call__(self, tool: str, arguments: Mapping[str, Any]) -> LoggedCall:
        """Make a call; another tool than the user's is refused."""
        ...


class User(Protocol):
    """Whoever speaks to the agent."""

    async def say(self, turn_index: int, conversation: Sequence[Message], hands: Hands) -> str | None:
        """The words that open turn `turn_index` (from 0), or None when there is nothing more to say.

        What the user does with their own tools is done before they speak. Raises ModelFailed when a model speaks for
        the user and cannot answer.
        """
        ...


UNGUIDED = "I have not done anything yet: you did not tell me what exactly I should do."


class ScriptedUser:
    """Says a task's turns in order, whatever the agent answers; acts only when the agent told them what to do."""

    def __init__(self, task: Task) -> None:
        self._task = task

    async def say(self, turn_index: int, conversation: Sequence[Message], hands: Hands) -> str | None:
        """The task's own words for that turn; None after the last."""
        turns = self._task.turns
        if turn_index >= len(turns):
            return None
        own = [call for call in turns[turn_index].calls if call.by == "user"]
        if own:
            told = conversation[-1].content if conversation and conversation[-1].role == "assistant" else ""
            if not all(says(told, fact) for fact in turns[turn_index - 1].facts):
                return UNGUIDED
            for call in own:
                hands(call.tool, call.arguments)
        return turns[turn_index].query
