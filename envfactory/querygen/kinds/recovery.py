"""Ways to deal with faults, right and wrong: the policies that certify tasks with faults.

They hold the task, as every oracle does, but of a fault they see what any agent sees.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import JsonValue

from envfactory.environment.faults import Fault, faulty
from envfactory.environment.session import SEPARATOR
from envfactory.messages import Message, ToolCall, ToolSchema, as_list, as_object, canonical
from envfactory.rollout.answers import says
from envfactory.rollout.oracle import Oracle, Story, numbered
from envfactory.rollout.task import Fact, GoldCall, Turn
from envfactory.rollout.vandal import is_reader

_MAKING = frozenset(
    [
        "create",
        "add",
        "insert",
        "make",
        "new",
        "post",
        "send",
        "import",
        "book",
        "reserve",
        "upload",
        "request",
        "invite",
    ]
)
_MOST = 2
"""Reads by which it is looked whether one write arrived."""
_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def _words(tool: str) -> list[str]:
    """The words of a tool's own name, without plurals."""
    return [word.lower().removesuffix("s") for word in _PARTS.findall(tool.partition(SEPARATOR)[2])]


def makes(tool: str) -> bool:
    """Whether a tool makes something new, by its name: twice is once too often."""
    return not _MAKING.isdisjoint(word.lower() for word in _PARTS.findall(tool.partition(SEPARATOR)[2]))


def inquiries(tools: Sequence[ToolSchema], call: GoldCall) -> list[tuple[str, dict[str, JsonValue]]]:
    """Reads that may show whether a write arrived: those of its environment that need nothing beyond its arguments,
    narrowed by the ids they share, and ordered by the words that their names share with its own."""
    own = set(_words(call.tool))
    found: list[tuple[int, str, dict[str, JsonValue]]] = []
    for schema in tools:
        required: list[str] = schema.parameters.get("required", [])
        near = schema.name.partition(SEPARATOR)[0] == call.tool.partition(SEPARATOR)[0] and is_reader(schema)
        if near and all(name in call.arguments for name in required):
            offered: dict[str, Any] = schema.parameters.get("properties", {})
            given = [*required, *(name for name in offered if name in call.uses and name not in required)]
            shared = len(own.intersection(_words(schema.name)))
            found.append((-shared, schema.name, {name: call.arguments[name] for name in given}))
    return [(name, arguments) for _, name, arguments in sorted(found, key=lambda one: one[:2])[:_MOST]]


def arrived(call: GoldCall, results: Sequence[object]) -> bool:
    """Whether one of the results holds a record with most of the texts that the write was given."""
    used = {name.partition(".")[0] for name in call.uses}
    texts = [text for name, value in call.arguments.items() if name not in used for text in _texts(value)]
    return any(
        2 * sum(text in held for text in texts) > len(texts)
        for result in results
        for record in _records(result)
        if (held := set(_texts(record)))
    )


def shown(fact: Fact, result: object) -> bool:
    """Whether whoever reads a result can tell a fact from it."""
    counted = counting(fact, result)
    return counted == fact.value if counted is not None else says(canonical(result), fact)


def counting(fact: Fact, result: object) -> int | None:
    """For a number of things: how many a result lists; None for other facts."""
    if not fact.name.startswith("number of "):
        return None
    lists = [as_list(result), *(as_list(value) for value in as_object(result).values())]
    return max(map(len, lists))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for item in [*as_list(value), *as_object(value).values()]:
        yield from _texts(item)


def _records(value: object) -> Iterator[Any]:
    record = as_object(value)
    if record:
        yield record
    for item in [*as_list(value), *record.values()]:
        yield from _records(item)


class Recovering(Oracle):
    """Plays gold, and makes again at once what was not carried out; knows of what is lost or stale, as nobody does."""

    def settled(self, story: Story, name: str, fault: Fault | None) -> bool:
        """Whether a gold call, by the id of its message, need not be made again; `fault` struck it."""
        return fault is None or fault.kind == "lost_answer"

    def done(self, story: Story) -> dict[int, JsonValue]:
        """The results of gold calls that are settled, by their number."""
        found: dict[int, JsonValue] = {}
        for name, fault in struck(story):
            if name.startswith("gold_") and self.settled(story, name, fault):
                found[numbered(name)] = story.results[name]
        return found

    def waiting(self, story: Story, turn: Turn) -> list[ToolCall]:
        """The next gold call of the turn that is not settled."""
        return [self.again(story, number) for number in self.left(story, turn)[:1]]

    def left(self, story: Story, turn: Turn) -> list[int]:
        """The numbers of the turn's gold calls that are still to be made."""
        first = sum(len(earlier.calls) for earlier in self.task.turns[: story.turn])
        done = self.done(story)
        return [number for number in range(first, first + len(turn.calls)) if number not in done]

    def again(self, story: Story, number: int) -> ToolCall:
        """A gold call with live values, under an id that tells how often it was made before."""
        call = self.task.calls[number]
        return ToolCall(
            id=f"gold_{number}_{story.tries(number)}", name=call.tool, arguments=call.live(self.done(story))
        )


def struck(story: Story) -> Iterator[tuple[str, Fault | None]]:
    """The ids of all calls in order, and the fault that struck each."""
    before: list[str] = []
    for name in story.results:
        tool = story.made[name].name
        yield name, next((fault for fault in story.faults if fault.strikes(tool, before)), None)
        before.append(tool)


class GivesUp(Recovering):
    """Says sorry at the first fault of a turn."""

    def act(self, story: Story, turn: Turn, tools: Sequence[ToolSchema]) -> Message:
        if any(faulty(story.results[name]) for name in story.now):
            return Message(role="assistant", content="I am sorry, the service does not answer. Please try again later.")
        return super().act(story, turn, tools)


class ClaimsDone(Recovering):
    """Takes every write for done, whatever came back, and says so."""

    def settled(self, story: Story, name: str, fault: Fault | None) -> bool:
        writes = self.task.calls[numbered(name)].writes
        return super().settled(story, name, fault) or (writes and faulty(story.results[name]))


class CallsAgain(Recovering):
    """Makes every call again that came back with a fault, without a look."""

    def settled(self, story: Story, name: str, fault: Fault | None) -> bool:
        return not faulty(story.results[name]) and super().settled(story, name, fault)


class Patient(Recovering):
    """Goes on with what waits for nothing, and comes back to what a fault struck."""

    def waiting(self, story: Story, turn: Turn) -> list[ToolCall]:
        left, done = self.left(story, turn), self.done(story)
        tried = [number for number in left if story.tries(number)]
        others = [
            number
            for number in left
            if number not in tried
            and all(int(source.partition(".")[0]) in done for source in self.task.calls[number].uses.values())
        ]
        chosen = others[:1] if tried and left[0] in tried else left[:1]
        return [self.again(story, number) for number in chosen or left[:1]]


class Looker(Recovering):
    """Looks whether what timed out was made, and makes it again only when it is not there."""

    def settled(self, story: Story, name: str, fault: Fault | None) -> bool:
        if not faulty(story.results[name]):
            return super().settled(story, name, fault)
        call = self.task.calls[numbered(name)]
        if not self.doubtful(story, name):
            return False
        looked = [result for other, result in story.results.items() if other.startswith(f"look_{name}_")]
        return arrived(call, [result for result in looked if not faulty(result)])

    def doubtful(self, story: Story, name: str) -> bool:
        """Whether a call may have been carried out, and would be once too often if it were made again."""
        error = as_object(as_object(story.results[name]).get("error"))
        return error.get("code") == "timeout" and makes(self.task.calls[numbered(name)].tool)

    def act(self, story: Story, turn: Turn, tools: Sequence[ToolSchema]) -> Message:
        left = self.left(story, turn)
        last = next((name for name in reversed(story.now) if name.startswith("gold_")), "")
        if left and last and numbered(last) == left[0] and faulty(story.results[last]) and self.doubtful(story, last):
            for place, (tool, arguments) in enumerate(inquiries(tools, self.task.calls[left[0]])):
                made = [name for name in story.now if name.startswith(f"look_{last}_{place}_")]
                if all(faulty(story.results[name]) for name in made):
                    return self.call(ToolCall(id=f"look_{last}_{place}_{len(made)}", name=tool, arguments=arguments))
        return super().act(story, turn, tools)


class Believer(Recovering):
    """Takes a stale read for true, and answers with what it shows."""

    def settled(self, story: Story, name: str, fault: Fault | None) -> bool:
        return super().settled(story, name, fault) or (fault is not None and fault.kind == "stale_read")

    def act(self, story: Story, turn: Turn, tools: Sequence[ToolSchema]) -> Message:
        message = super().act(story, turn, tools)
        stale = [name for name, fault in struck(story) if name in story.now and fault and fault.kind == "stale_read"]
        if message.tool_calls or not stale:
            return message
        read = [story.results[name] for name in story.now]
        told = ["This is what I found."]
        for fact in turn.facts:
            counted = counting(fact, story.results[stale[0]])
            if counted is not None:
                told.append(f"There are {counted}.")
            elif any(shown(fact, result) for result in read):
                told.append(fact.forms[0])
        return Message(role="assistant", content=" ".join(told))
