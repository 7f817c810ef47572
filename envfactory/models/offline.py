"""Models that need no network: answers from a list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from envfactory.messages import Message, ToolCall, ToolSchema
from envfactory.models.model import ModelFailed


class Scripted:
    """Gives the replies of a list in order, whatever is said to it: one attempt uses one of these.

    A reply that is an exception is raised, so that failing endpoints can be acted out too.
    """

    def __init__(self, replies: Iterable[Message | str | ModelFailed], *, name: str = "scripted") -> None:
        self.name = name
        self._replies = [Message(role="assistant", content=r) if isinstance(r, str) else r for r in replies]
        self._given = 0

    async def reply(self, messages: Sequence[Message], tools: Sequence[ToolSchema]) -> Message:
        """The next reply; raises ModelFailed when the list is used up."""
        if self._given == len(self._replies):
            raise ModelFailed(f"the script of {self.name!r} holds {self._given} replies and one more was asked for")
        answer = self._replies[self._given]
        self._given += 1
        if isinstance(answer, ModelFailed):
            raise answer
        return answer


def calling(*calls: tuple[str, dict[str, object] | str], content: str = "") -> Message:
    """An assistant message that makes these calls at once: `calling(("todo__list_tasks", {}))`."""
    made = tuple(
        ToolCall.model_validate({"id": f"call_{number}", "name": name, "arguments": arguments})
        for number, (name, arguments) in enumerate(calls)
    )
    return Message(role="assistant", content=content, tool_calls=made)
