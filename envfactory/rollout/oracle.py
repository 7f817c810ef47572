"""The oracle: a model that holds the task, makes its gold calls and says its answers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from pydantic import JsonValue

from envfactory.environment.faults import Fault
from envfactory.messages import Message, ToolCall, ToolSchema
from envfactory.rollout.task import GoldCall, Task, Turn


class Story:
    """What a conversation has come to: whose turn it is, and what the calls gave."""

    def __init__(self, messages: Sequence[Message], faults: Sequence[Fault] = ()) -> None:
        self.faults = tuple(faults)
        self.turn = sum(message.role == "user" for message in messages) - 1
        """The turn's number, from 0."""
        self.results: dict[str, Any] = {}
        """Results by call id, in order."""
        self.made: dict[str, ToolCall] = {}
        """The calls by their id."""
        self.now: list[str] = []
        """Ids of this turn's calls, in order."""
        for message in messages:
            if message.role == "user":
                self.now = []
            elif message.role == "assistant":
                self.made.update((call.id, call) for call in message.tool_calls)
            elif message.role == "tool" and message.tool_call_id is not None:
                self.results[message.tool_call_id] = json.loads(message.content)
                self.now.append(message.tool_call_id)

    def gold(self) -> dict[int, JsonValue]:
        """Results of gold calls by their number; one that a fault struck is not made yet, but where only its answer was
        lost."""
        found: dict[int, JsonValue] = {}
        before: list[str] = []
        for name, result in self.results.items():
            tool = self.made[name].name
            fault = next((fault for fault in self.faults if fault.strikes(tool, before)), None)
            before.append(tool)
            if name.startswith("gold_") and (fault is None or fault.kind == "lost_answer"):
                found[numbered(name)] = result
        return found

    def tries(self, number: int) -> int:
        """How often a gold call was made."""
        return sum(name.startswith("gold_") and numbered(name) == number for name in self.results)


def numbered(name: str) -> int:
    """Which gold call the id of a call stands for: `gold_3`, and `gold_3_1` when it is made again."""
    return int(name.split("_")[1])


class Oracle:
    """Plays the right calls one after the other and closes each turn; the other characters change parts of that."""

    def __init__(self, name: str, task: Task, seed: int) -> None:
        self.name = f"offline:{name}"
        self.task = task
        self.seed = seed

    async def reply(self, messages: Sequence[Message], tools: Sequence[ToolSchema]) -> Message:
        """The next message of this character."""
        story = Story(messages, self.task.faults)
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
            if number in gold or call.by == "user":
                continue
            if calls and self.task.kind != "parallel":
                break
            if calls and not _ready(call, gold):
                continue
            again = story.tries(number) if story.faults else 0
            name = f"gold_{number}_{again}" if again else f"gold_{number}"
            calls.append(ToolCall(id=name, name=call.tool, arguments=call.live(gold)))
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
