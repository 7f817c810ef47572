"""Ways to go astray among tools that look alike: the policies that certify tasks with distractors."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from random import Random
from typing import Any

from pydantic import JsonValue

from envfactory.environment.session import SEPARATOR, Session
from envfactory.messages import Message, ToolCall, ToolSchema
from envfactory.querygen.kinds.recovery import shown
from envfactory.querygen.mutate import harm
from envfactory.rollout.oracle import Oracle, Story, numbered
from envfactory.rollout.task import GoldCall, Task, Turn
from envfactory.rollout.vandal import is_reader

_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_LOOKS = 3
"""Other services that are looked into, a read each: looking around is free as far as that."""


@lru_cache(maxsize=4096)
def _words(tool: str) -> frozenset[str]:
    return frozenset(word.lower().removesuffix("s") for word in _PARTS.findall(tool.partition(SEPARATOR)[2]))


def likeness(tool: str, other: str) -> float:
    """How alike the own names of two tools are: the share of their words that both have, from 0 to 1 (Jaccard 1901)."""
    mine, theirs = _words(tool), _words(other)
    return len(mine & theirs) / len(mine | theirs) if mine | theirs else 0.0


def elsewhere(task: Task, tools: Sequence[ToolSchema]) -> list[ToolSchema]:
    """The tools of services that have nothing to do with the task, the most alike to a right one first."""
    own = {setting.environment for setting in task.settings}
    gold = list(dict.fromkeys(call.tool for call in task.calls))
    found = [schema for schema in tools if schema.name.partition(SEPARATOR)[0] not in own]
    return sorted(found, key=lambda schema: (-max(likeness(tool, schema.name) for tool in gold), schema.name))


class LookAlike(Oracle):
    """Makes the first right write, or the last right read where nothing is written, with another service's tool."""

    def act(self, story: Story, turn: Turn, tools: Sequence[ToolSchema]) -> Message:
        calls = self.task.calls
        wrong = next((n for n, call in enumerate(calls) if call.writes), len(calls) - 1)
        waiting = self.waiting(story, turn)
        options = elsewhere(self.task, tools)
        if options and waiting and numbered(waiting[0].id) == wrong:
            schema = self.taken(calls[wrong], options)
            arguments = _mapped(waiting[0].arguments, schema)
            return self.call(ToolCall(id=waiting[0].id, name=schema.name, arguments=arguments))
        if waiting or calls[wrong].writes or f"gold_{wrong}" not in story.now:
            return self.call(*waiting) if waiting else self.close(turn)
        told = [fact.forms[0] for fact in turn.facts if any(shown(fact, story.results[name]) for name in story.now)]
        return Message(role="assistant", content=" ".join(["I looked it up.", *told]))

    def taken(self, call: GoldCall, options: Sequence[ToolSchema]) -> ToolSchema:
        """What it takes for the tool of a right call: the most alike of those that read, or write, as that does."""
        fitting = [schema for schema in options if is_reader(schema) != call.writes] or list(options)
        return max(fitting, key=lambda schema: likeness(call.tool, schema.name))


def _mapped(arguments: dict[str, JsonValue] | str, schema: ToolSchema) -> dict[str, JsonValue]:
    """Arguments of one tool for another: by name where it has that name, else any that is left of the right type."""
    left = dict(arguments) if isinstance(arguments, dict) else {}
    offered: dict[str, Any] = schema.parameters.get("properties", {})
    found: dict[str, JsonValue] = {name: left.pop(name) for name in offered if name in left}
    for name in schema.parameters.get("required", ()):
        if name not in found:
            kind = offered.get(name, {}).get("type", "string")
            alike = next((other for other, value in left.items() if _type(value) == kind), None)
            found[name] = left.pop(alike) if alike is not None else _filler(offered.get(name, {}))
    return found


def _type(value: JsonValue) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "integer" if isinstance(value, int) else "number"
    return "array" if isinstance(value, list) else "object" if isinstance(value, dict) else "string"


def _filler(kind: dict[str, Any]) -> JsonValue:
    if kind.get("enum"):
        return kind["enum"][0]
    known: dict[str, JsonValue] = {"integer": 1, "number": 1.0, "boolean": True, "array": [], "object": {}}
    return known.get(str(kind.get("type")), "Something else")


class LooksAround(Oracle):
    """Reads in three other services before it begins."""

    def act(self, story: Story, turn: Turn, tools: Sequence[ToolSchema]) -> Message:
        free = [s for s in elsewhere(self.task, tools) if is_reader(s) and not s.parameters.get("required")]
        looked = sum(name.startswith("look_") for name in story.results)
        if looked < min(_LOOKS, len(free)):
            return self.call(ToolCall(id=f"look_{looked}", name=free[looked].name, arguments={}))
        return super().act(story, turn, tools)


class Meddler(Oracle):
    """Does the work, and then deletes or changes something in a service that nobody spoke of."""

    harm: GoldCall | None = None

    def enter(self, session: Session) -> None:
        """Find something that can be changed: who meddles knows the world."""
        random = Random(f"{self.seed}/{self.task.id}")
        for setting in self.task.others:
            spec = session.environments[setting.environment].spec
            self.harm = harm(setting.environment, spec, session, random) if spec is not None else None
            if self.harm is not None and self.harm.tool not in self.task.withheld:
                return

    def act(self, story: Story, turn: Turn, tools: Sequence[ToolSchema]) -> Message:
        last = story.turn == len(self.task.turns) - 1
        if last and self.harm is not None and "harm" not in story.made and not self.waiting(story, turn):
            return self.call(ToolCall(id="harm", name=self.harm.tool, arguments=self.harm.arguments))
        return super().act(story, turn, tools)
