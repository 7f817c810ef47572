"""A model: anything that answers a conversation with one message."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from envfactory.messages import Message, ToolSchema


class ModelFailed(Exception):
    """A model could not answer for a reason that is not its doing: no connection, no budget, no reply left.

    It is infrastructure: an attempt that meets it is masked, never scored 0.
    """


class Model(Protocol):
    """Anything that answers a conversation with one message."""

    @property
    def name(self) -> str:
        """What reports and trajectories call it."""
        ...

    async def reply(self, messages: Sequence[Message], tools: Sequence[ToolSchema]) -> Message:
        """The assistant's next message; a call whose arguments are no JSON object keeps their text as it came.

        Raises ModelFailed when no answer can be had.
        """
        ...
