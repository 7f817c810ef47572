"""Policies that several kinds play: agents who ask, decline, claim or meddle where another thing is right."""

from __future__ import annotations

from collections.abc import Sequence

from envfactory.messages import Message, ToolCall, ToolSchema
from envfactory.rollout.oracle import Oracle, Story
from envfactory.rollout.task import GoldCall, Task, Turn


def turns_that(task: Task, expects: str) -> list[int]:
    """The numbers of the turns that expect something."""
    return [number for number, turn in enumerate(task.turns) if turn.expects == expects]


def first_call(task: Task, turn: int) -> int:
    """The number of a turn's first gold call."""
    return sum(len(earlier.calls) for earlier in task.turns[:turn])


class Says(Oracle):
    """An oracle that closes some turns with words of its own, and makes no call in them."""

    def __init__(self, task: Task, words: str, turns: Sequence[int]) -> None:
        super().__init__("says", task, 0)
        self.words = words
        self.turns = frozenset(turns)

    def act(self, story: Story, turn: Turn, tools: Sequence[ToolSchema]) -> Message:
        if story.turn in self.turns:
            return Message(role="assistant", content=self.words)
        return super().act(story, turn, tools)


class Early(Oracle):
    """An oracle that makes calls of the turn after an asking turn already in that one, and closes it with `words`."""

    def __init__(self, task: Task, words: str, *, turn: int, writes: bool, wrong: GoldCall | None = None) -> None:
        super().__init__("early", task, 0)
        self.words = words
        self.turn = turn
        self.writes = writes
        self.wrong = wrong

    def act(self, story: Story, turn: Turn, tools: Sequence[ToolSchema]) -> Message:
        if story.turn != self.turn:
            return super().act(story, turn, tools)
        gold = story.gold()
        start = first_call(self.task, self.turn + 1)
        for number, call in enumerate(self.task.turns[self.turn + 1].calls, start):
            if number in gold or not all(int(source.partition(".")[0]) in gold for source in call.uses.values()):
                continue
            if not call.writes or (self.writes and self.wrong is None):
                return self.call(ToolCall(id=f"gold_{number}", name=call.tool, arguments=call.live(gold)))
            if self.wrong is not None and "guess" not in story.results:
                return self.call(ToolCall(id="guess", name=self.wrong.tool, arguments=self.wrong.live(gold)))
            break
        return Message(role="assistant", content=self.words)


class AlsoCalls(Oracle):
    """An oracle that makes more calls in a turn before it closes it, and may close it with words of its own."""

    def __init__(self, task: Task, calls: Sequence[GoldCall], *, turn: int, words: str = "") -> None:
        super().__init__("also calls", task, 0)
        self.more = tuple(calls)
        self.turn = turn
        self.words = words

    def act(self, story: Story, turn: Turn, tools: Sequence[ToolSchema]) -> Message:
        if story.turn != self.turn or self.waiting(story, turn):
            return super().act(story, turn, tools)
        done = sum(name.startswith("more_") for name in story.now)
        if done < len(self.more):
            call = self.more[done]
            return self.call(ToolCall(id=f"more_{done}", name=call.tool, arguments=call.live(story.gold())))
        if self.words:
            return Message(role="assistant", content=self.words)
        return super().act(story, turn, tools)


class Meddles(Oracle):
    """An oracle that makes one call more in a turn, or in the first turn after it in which that call takes effect."""

    def __init__(self, task: Task, call: GoldCall, *, turn: int) -> None:
        super().__init__("meddles", task, 0)
        self.more = call
        self.turn = turn

    def act(self, story: Story, turn: Turn, tools: Sequence[ToolSchema]) -> Message:
        if story.turn < self.turn or self.waiting(story, turn) or f"more_{story.turn}" in story.results:
            return super().act(story, turn, tools)
        before = [result for name, result in story.results.items() if name.startswith("more_")]
        if any(not (isinstance(result, dict) and "error" in result) for result in before):
            return super().act(story, turn, tools)
        arguments = self.more.live(story.gold())
        return self.call(ToolCall(id=f"more_{story.turn}", name=self.more.tool, arguments=arguments))
