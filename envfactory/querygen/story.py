"""A story: a chain of tools bound to live rows, and what came of running it. Queries are written about it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pydantic import JsonValue

from envfactory.environment.session import SEPARATOR, Session
from envfactory.environment.spec import Attribute, Entity, Parameter, ToolSpec
from envfactory.messages import as_object, canonical
from envfactory.rollout.task import Act, Changes, Fact, GoldCall, Setting

_HOLE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Persona:
    """Who asks, and how they write."""

    name: str
    style: str
    """`plain`, `polite`, `brief` or `chatty`."""


@dataclass(frozen=True)
class Scenario:
    """A story's beginning: who asks, in which states."""

    persona: Persona
    settings: tuple[Setting, ...]
    seed: int


@dataclass(frozen=True)
class Referent:
    """A row the user speaks of: found in an earlier call's result, never known by its id."""

    environment: str
    entity: Entity
    item: Mapping[str, Any]
    """The row as the API showed it."""
    key: JsonValue
    peers: tuple[Mapping[str, Any], ...] = ()
    """The other rows that stood in the same list."""
    created: bool = False
    """Made by an earlier call of this story."""
    home: JsonValue = None
    """The key of the row it lives in, where its own is unique only there."""

    @property
    def label(self) -> str:
        """What people name it by; empty when it has no name."""
        value = self.item.get(self.entity.label) if self.entity.label else None
        return value if isinstance(value, str) else ""

    @property
    def same(self) -> tuple[str, str, str]:
        """Equal for referents of one row."""
        if self.entity.local:  # its key alone is not its own: two links may start at one entry
            own = self.home if self.home is not None else canonical([self.item.get(name) for name in self._said])
            return (self.environment, self.entity.name, f"{own}/{self.key}")
        return (self.environment, self.entity.name, str(self.key))

    @property
    def _said(self) -> list[str]:
        """The attributes that people say of it."""
        return [*_HOLE.findall(self.entity.called), self.entity.label]


@dataclass(frozen=True)
class Value:
    """Something the user says that goes into an argument."""

    parameter: Parameter
    attribute: Attribute | None
    value: JsonValue


@dataclass(frozen=True)
class Move:
    """A call the user asks for, as against the look-ups that serve it."""

    place: int
    """Which of the story's gold calls it is."""
    turn: int
    environment: str
    spec: ToolSpec
    entity: Entity
    referents: Mapping[str, Referent]
    """By parameter."""
    values: tuple[Value, ...]
    result: Any
    facts: tuple[Fact, ...] = ()
    question: str = ""
    """For a read: what the user wants to know of it."""
    act: Act = "request"
    """`correct` or `retract` for what mends or takes back an earlier move."""
    instead: Value | None = None
    """What was said before, where the move writes something else in its place."""

    @property
    def target(self) -> Referent | None:
        """The row acted on."""
        for parameter in self.spec.parameters:
            if parameter.role == "key" and parameter.name in self.referents:
                return self.referents[parameter.name]
        return None

    @property
    def scope(self) -> Referent | None:
        """The innermost row the target lives in."""
        found = None
        for parameter in self.spec.parameters:
            if parameter.role == "scope" and parameter.name in self.referents:
                found = self.referents[parameter.name]
        return found

    @property
    def created(self) -> Referent | None:
        """The row it made, for a create."""
        item = as_object(self.result)
        if self.spec.effect != "create" or not item:
            return None
        home = self.scope.key if self.entity.local and self.scope is not None else None
        return Referent(self.environment, self.entity, item, item.get(self.entity.key), created=True, home=home)


@dataclass
class Story:
    """A chain that ran: gold calls, what the user asks for in each turn, and the rows that changed."""

    scenario: Scenario
    now: datetime
    calls: list[GoldCall] = field(default_factory=list[GoldCall])
    turns: list[int] = field(default_factory=list[int])
    """The turn of each call."""
    moves: list[Move] = field(default_factory=list[Move])
    changes: list[Changes] = field(default_factory=list[Changes])
    """After each turn, net since the start."""
    moments: list[Session] = field(default_factory=list[Session])
    """Forks of the session before each turn, to resolve references on; `close` them."""

    def close(self) -> None:
        """Give the forks back."""
        for moment in self.moments:
            moment.close()

    def known_as(self, number: int, referent: Referent) -> Referent:
        """A row as it is called when a move is asked for: by what the moves before it wrote."""
        written = {
            value.parameter.field or value.parameter.name: value.value
            for move in self.moves[: max(number, 0)]
            if move.spec.writes and move.target is not None and move.target.same == referent.same
            for value in move.values
        }
        fresh = {name: value for name, value in written.items() if name in referent.item}
        return replace(referent, item={**referent.item, **fresh}) if fresh else referent

    def in_turn(self, turn: int) -> list[Move]:
        """What the user asks for in one turn."""
        return [move for move in self.moves if move.turn == turn]

    @property
    def count(self) -> int:
        """How many turns."""
        return max(self.turns) + 1 if self.turns else 0


def parts(tool: str) -> tuple[str, str]:
    """`google_tasks__tasks_insert` as environment and tool."""
    environment, _, name = tool.partition(SEPARATOR)
    return environment, name


def prune(story: Story) -> None:
    """Leave out look-ups that nothing uses in the end: wishes may have taken the place of what they gave."""
    while True:
        asked = {move.place for move in story.moves}
        used = {int(source.split(".")[0]) for call in story.calls for source in call.uses.values()}
        idle = [n for n, call in enumerate(story.calls) if not call.writes and n not in asked | used]
        if not idle:
            return
        gone = idle[-1]
        del story.calls[gone], story.turns[gone]
        for number, call in enumerate(story.calls):
            uses = {name: _shifted(source, gone) for name, source in call.uses.items()}
            story.calls[number] = call.model_copy(update={"uses": uses})
        story.moves = [replace(move, place=move.place - (move.place > gone)) for move in story.moves]


def _shifted(source: str, gone: int) -> str:
    head, dot, rest = source.partition(".")
    return f"{int(head) - (int(head) > gone)}{dot}{rest}"
