"""Characters: models that know the task and act a part, to show what a reward is worth. `offline:NAME` plays one.

They are oracles by construction: they hold the task. What they do in the world they do through tools and the results
they are given, like any model. Each reads the conversation anew at every reply and keeps nothing, so that one character
may play many attempts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from pydantic import JsonValue

from envfactory.errors import UnknownName
from envfactory.messages import Message, ToolCall, ToolSchema, canonical
from envfactory.models.model import Model
from envfactory.rollout.task import GoldCall, Task, Turn


class Story:
    """What a conversation has come to: whose turn it is, and what the calls gave."""

    def __init__(self, messages: Sequence[Message]) -> None:
        self.turn = sum(message.role == "user" for message in messages) - 1
        """The turn's number, from 0."""
        self.results: dict[str, Any] = {}
        """Results by call id, in order."""
        self.now: list[str] = []
        """Ids of this turn's calls, in order."""
        for message in messages:
            if message.role == "user":
                self.now = []
            elif message.role == "tool" and message.tool_call_id is not None:
                self.results[message.tool_call_id] = json.loads(message.content)
                self.now.append(message.tool_call_id)

    def gold(self) -> dict[int, JsonValue]:
        """Results of gold calls by their number."""
        return {int(name[5:]): result for name, result in self.results.items() if name.startswith("gold_")}


class Character:
    """Plays the right calls one after the other and closes each turn; the other characters change parts of that."""

    def __init__(self, name: str, task: Task, seed: int) -> None:
        self.name = f"offline:{name}"
        self.task = task
        self.seed = seed

    async def reply(self, messages: Sequence[Message], tools: Sequence[ToolSchema]) -> Message:
        """The next message of this character."""
        story = Story(messages)
        if not 0 <= story.turn < len(self.task.turns):
            return Message(role="assistant", content="Goodbye.")
        return self.act(story, self.task.turns[story.turn], tools)

    def act(self, story: Story, turn: Turn, tools: Sequence[ToolSchema]) -> Message:
        """The next message in this turn."""
        waiting = self.waiting(story, turn)
        return self.call(*waiting) if waiting else self.close(turn)

    def waiting(self, story: Story, turn: Turn) -> list[ToolCall]:
        """The next gold calls of the turn, with values from live results; one, or all that can be made at once."""
        first = sum(len(earlier.calls) for earlier in self.task.turns[: story.turn])
        gold = story.gold()
        calls: list[ToolCall] = []
        for number, call in enumerate(turn.calls, first):
            if number in gold:
                continue
            if calls and (self.task.kind != "parallel" or not _ready(call, gold)):
                break
            calls.append(ToolCall(id=f"gold_{number}", name=call.tool, arguments=call.live(gold)))
        return calls

    def call(self, *calls: ToolCall) -> Message:
        """A message that makes calls."""
        return Message(role="assistant", tool_calls=calls)

    def close(self, turn: Turn) -> Message:
        """The right closing message of the turn."""
        answer = turn.answer or " ".join(["Done.", *(fact.forms[0] for fact in turn.facts if fact.forms)])
        return Message(role="assistant", content=answer)


def _ready(call: GoldCall, results: dict[int, JsonValue]) -> bool:
    return all(int(source.partition(".")[0]) in results for source in call.uses.values())


class Idler(Character):
    """Says that it is done."""

    def act(self, story: Story, turn: Turn, tools: Sequence[ToolSchema]) -> Message:
        return Message(role="assistant", content="Done.")


class Liar(Character):
    """Claims that all is done and makes up what it was asked, without a call."""

    def act(self, story: Story, turn: Turn, tools: Sequence[ToolSchema]) -> Message:
        dice = Random(f"{self.seed}/{self.task.id}/{story.turn}")
        invented = ", ".join(str(_invented(fact.value, dice)) for fact in turn.facts)
        found = f" What you wanted to know: {invented}." if invented else ""
        return Message(role="assistant", content=f"I have done everything you asked for, and checked it.{found}")


def _invented(value: JsonValue, dice: Random) -> JsonValue:
    """Something of the same kind that might be true."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)) or (isinstance(value, str) and value.isdecimal()):
        return int(float(value)) + dice.randint(1, 9)
    return dice.choice(["Blue Harbour", "Quarterly review", "Maple Street 12", "Thursday afternoon", "Jordan Reyes"])


class Parrot(Character):
    """Writes the right calls as text and makes none."""

    def act(self, story: Story, turn: Turn, tools: Sequence[ToolSchema]) -> Message:
        lines = [
            f"<tool_call>\n{canonical({'name': call.tool, 'arguments': call.arguments})}\n</tool_call>"
            for call in turn.calls
        ]
        return Message(role="assistant", content="\n".join([*lines, "Done."]))


_CHARACTERS: dict[str, Callable[[str, Task, int], Model]] = {
    "oracle": Character,
    "idler": Idler,
    "liar": Liar,
    "parrot": Parrot,
}


def character(name: str, task: Task, *, seed: int = 0) -> Model:
    """The character of that name for a task; raises UnknownName."""
    if name not in _CHARACTERS:
        raise UnknownName("character", name, _CHARACTERS)
    return _CHARACTERS[name](name, task, seed)
