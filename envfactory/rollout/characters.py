"""Characters: models that know the task and act a part, to show what a reward is worth. `offline:NAME` plays one.

They are oracles by construction: they hold the task. What they do in the world they do through tools and the results
they are given, like any model. Each reads the conversation anew at every reply and keeps nothing, so that one character
may play many attempts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import Any

from pydantic import JsonValue

from envfactory.errors import UnknownName
from envfactory.messages import Message, ToolCall, ToolSchema, canonical
from envfactory.models.model import Model
from envfactory.rollout.failings import Asker, Double, Learner, Quitter, Refuser
from envfactory.rollout.oracle import Oracle, Story, numbered
from envfactory.rollout.task import GoldCall, Task, Turn
from envfactory.rollout.vandal import Vandal, is_reader


class Idler(Oracle):
    """Says that it is done."""

    def act(self, story: Story, turn: Turn, tools: Sequence[ToolSchema]) -> Message:
        return Message(role="assistant", content="Done.")


class Liar(Oracle):
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


class Parrot(Oracle):
    """Writes the right calls as text and makes none."""

    def act(self, story: Story, turn: Turn, tools: Sequence[ToolSchema]) -> Message:
        lines = [
            f"<tool_call>\n{canonical({'name': call.tool, 'arguments': call.arguments})}\n</tool_call>"
            for call in turn.calls
        ]
        return Message(role="assistant", content="\n".join([*lines, "Done."]))


class Scrambler(Oracle):
    """Makes the right calls with their values in the wrong places, and says nothing but that it is done."""

    def waiting(self, story: Story, turn: Turn) -> list[ToolCall]:
        """The oracle's next calls, their arguments mixed up."""
        return [
            call.model_copy(update={"arguments": self.mixed(numbered(call.id), call.arguments)})
            for call in super().waiting(story, turn)
        ]

    def mixed(self, number: int, arguments: dict[str, JsonValue] | str) -> dict[str, JsonValue]:
        """Values of one kind change places within the call, or come from another call, or are made wrong."""
        assert isinstance(arguments, dict)
        if not arguments:
            return {"value": self.seed}  # an argument that the tool does not have
        names = sorted(arguments)
        Random(f"{self.seed}/{number}").shuffle(names)
        for name in names:
            for other in names:
                if type(arguments[name]) is type(arguments[other]) and arguments[name] != arguments[other]:
                    return {**arguments, name: arguments[other], other: arguments[name]}
        tool = self.task.calls[number].tool
        own = [call.arguments for call in self.task.calls if call.tool == tool]
        foreign = [call.arguments for call in self.task.calls if call.tool != tool]
        name = names[0]
        held = [values.get(name) for values in own]
        for value in (value for values in foreign for value in values.values()):
            if type(value) is type(arguments[name]) and value not in held:
                return {**arguments, name: value}
        return {**arguments, name: _spoiled(arguments[name])}

    def close(self, turn: Turn) -> Message:
        """No facts: it looked in the wrong places."""
        return Message(role="assistant", content="That is done.")


def _spoiled(value: JsonValue) -> JsonValue:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    if isinstance(value, str):
        return f"{value[::-1]}x"
    if isinstance(value, list):
        return [*map(_spoiled, value)] if value else ["x"]
    if isinstance(value, dict):
        return {key: _spoiled(item) for key, item in value.items()}
    return "x"


class Looper(Oracle):
    """Makes the first right call again and again and never closes the turn."""

    def act(self, story: Story, turn: Turn, tools: Sequence[ToolSchema]) -> Message:
        again = f"again_{len(story.results)}"
        own = [call for call in self.task.calls if call.by == "agent"]
        if own:
            first = own[0]
            return self.call(ToolCall(id=again, name=first.tool, arguments=first.arguments))
        name = tools[0].name if tools else "look"
        return self.call(ToolCall(id=again, name=name, arguments={}))


class OverCaller(Oracle):
    """Does the work right and makes calls that nobody needs: each read a second time, and in the end one thing more.

    That is the first tool without required arguments that only looks, twice, or a call that is refused.
    """

    def act(self, story: Story, turn: Turn, tools: Sequence[ToolSchema]) -> Message:
        waiting = self.waiting(story, turn)
        last = story.now[-1] if story.now else ""
        if last.startswith("gold_"):
            number = numbered(last)
            made: GoldCall = self.task.calls[number]
            if not made.writes:
                more = f"more_{len(story.results)}"  # what a fault struck is made again, and has its number twice
                return self.call(ToolCall(id=more, name=made.tool, arguments=made.live(story.gold())))
        if waiting:
            return self.call(*waiting)
        extra = self.extra(tools)
        done = sum(name.startswith("extra_") for name in story.now)
        if story.turn == len(self.task.turns) - 1 and done < len(extra):
            name, arguments = extra[done]
            return self.call(ToolCall(id=f"extra_{done}", name=name, arguments=arguments))
        return self.close(turn)

    def extra(self, tools: Iterable[ToolSchema]) -> list[tuple[str, dict[str, Any]]]:
        """Calls that change nothing and help nobody."""
        for schema in tools:
            if is_reader(schema) and not schema.parameters.get("required"):
                return [(schema.name, {}), (schema.name, {})]
        refused = self.task.calls[0].tool if self.task.calls else "look"
        return [(refused, {"no_such_argument": True})]


_CHARACTERS: dict[str, Callable[[str, Task, int], Model]] = {
    "oracle": Oracle,
    "idler": Idler,
    "liar": Liar,
    "scrambler": Scrambler,
    "looper": Looper,
    "over_caller": OverCaller,
    "vandal": Vandal,
    "parrot": Parrot,
    "refuser": Refuser,
    "asker": Asker,
    "quitter": Quitter,
    "double": Double,
    "learner": Learner,
}
NAMES = tuple(_CHARACTERS)
"""The characters there are."""


def character(name: str, task: Task, *, seed: int = 0, sample: int = 0) -> Model:
    """The character of that name for a task; those that roll dice roll others for another seed or sample. Raises
    UnknownName."""
    if name not in _CHARACTERS:
        raise UnknownName("character", name, _CHARACTERS)
    return _CHARACTERS[name](name, task, Random(f"{seed}/{sample}").getrandbits(31) if sample else seed)
