"""Which times go with which states, as far as a contract says: `closed_at` with closed, and none of it with open.

Tools that write a state and the time of it (`sets`) are the edges of a graph of states. Walking it from where rows
begin tells, for each state, which times every row has that came there, and which no row can have. Where no tool says
so, names do: `stop` goes with stopped.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from envfactory.envgen.plan import attribute_of, stamped
from envfactory.envgen.words import stem, words_of
from envfactory.environment.entropy import rfc3339, utc
from envfactory.environment.environment import State
from envfactory.environment.spec import Attribute, Entity, EnvSpec, ToolSpec

_TIMES = frozenset({"date", "date-time"})


@dataclass(frozen=True)
class Agreement:
    """What holds of the rows of one entity that are in one state."""

    entity: Entity
    state: str
    """The attribute that holds the state."""
    value: str | bool
    has: tuple[str, ...]
    """Times that such a row has."""
    lacks: tuple[str, ...]
    """Times that such a row cannot have."""

    def holds_of(self, row: Mapping[str, Any]) -> bool:
        """Whether a row is in this state."""
        held = row.get(self.state)
        return bool(held) is self.value if isinstance(self.value, bool) else held == self.value

    def __str__(self) -> str:
        value = str(self.value).lower() if isinstance(self.value, bool) else self.value
        has = [f"it has {', '.join(self.has)}"] if self.has else []
        lacks = [f"it has no {', no '.join(self.lacks)}"] if self.lacks else []
        return f"{self.entity.table}: where {self.state} is {value}, {' and '.join([*has, *lacks])}"


def agreements(spec: EnvSpec) -> list[Agreement]:
    """What the contract says about states and their times; nothing for a state that callers may set as they like."""
    found: list[Agreement] = []
    for entity in spec.entities:
        tools = [tool for tool in spec.tools if tool.entity == entity.name]
        for attribute in entity.attributes:
            values: tuple[str | bool, ...] = (False, True) if attribute.type == "boolean" else attribute.enum
            if attribute.type not in {"boolean", "string"} or not any(attribute.name in t.sets for t in tools):
                continue
            if values and not _settable(attribute.name, entity, tools):
                found += _walk(entity, attribute, values, tools)
        told = {name for one in found if one.entity is entity for name in (*one.has, *one.lacks)}
        found += _named(entity, tools, told)
    return found


def _named(entity: Entity, tools: Sequence[ToolSpec], told: Collection[str]) -> list[Agreement]:
    """Optional times called after a state, of which no tool says anything: the state has it, and where rows begin they
    lack it, unless a tool leads back there."""
    found: list[Agreement] = []
    for state in entity.attributes:
        if state.type != "string" or not state.enum:
            continue
        first = state.default if state.default in state.enum else state.enum[0]
        back = any(t.sets.get(state.name) == first for t in tools if t.effect != "create")
        lacks: list[str] = []
        for time in entity.attributes:
            if time.format not in _TIMES or time.type != "string" or time.required or stamped(time):
                continue
            value = next((v for v in state.enum if _after(time.name, v)), None)
            if value is not None and time.name not in told:
                found.append(Agreement(entity, state.name, value, (time.name,), ()))
                lacks += [time.name] if value != first and not back else []
        if lacks:
            found.append(Agreement(entity, state.name, str(first), (), tuple(lacks)))
    return found


def _after(time: str, state: str) -> bool:
    """Whether a time is called after a state: `closed_at` and `stop` after closed and stopped; `cancel_at` is none."""
    words, value = list(words_of(time)), words_of(state)
    if words[-1] in {"at", "on", "time", "date"}:
        return tuple(words[:-1]) == value
    return [_root(word) for word in words] == [_root(word) for word in value]


def _root(word: str) -> str:
    return re.sub(r"(.)\1$", r"\1", stem(word))


def _walk(
    entity: Entity, state: Attribute, values: tuple[str | bool, ...], tools: Sequence[ToolSpec]
) -> list[Agreement]:
    times = [
        a.name
        for a in entity.attributes
        if a.format in _TIMES and not stamped(a) and any(t.sets.get(a.name) == "$now" for t in tools)
    ]
    free = {name for name in times if _settable(name, entity, tools)}
    emptied = {n for n in times if any(t.effect == "replace" and _settable(n, entity, [t]) for t in tools)}
    first = _one_of(values, state.default, values[0])
    has: dict[str | bool, frozenset[str]] = {}
    may: dict[str | bool, frozenset[str]] = {}
    edges: list[tuple[str | bool | None, str | bool, ToolSpec]] = []
    creators = [tool for tool in tools if tool.effect == "create"]
    for tool in tools:
        before = [v for v in values if v in tool.requires.get(state.name, values)]
        after = tool.sets.get(state.name)
        if tool.effect == "create":
            edges.append((None, _one_of(values, after, first), tool))
        elif tool.sets:
            edges += [(value, _one_of(values, after, value), tool) for value in before]
    if not creators:
        has[first] = may[first] = frozenset[str]()
    for _ in range(len(values) * (len(times) + 1) + 1):  # sets only shrink and grow: this many rounds reach the end
        for before_, after_, tool in edges:
            if before_ is not None and before_ not in has:
                continue
            came = has[before_] if before_ is not None else frozenset[str]()
            might = may[before_] if before_ is not None else frozenset[str]()
            written = {name for name in times if tool.sets.get(name) == "$now"}
            lost = {name for name in times if name in tool.sets and tool.sets[name] is None}
            came, might = (came | written) - lost, (might | written) - lost
            has[after_] = has[after_] & came if after_ in has else came
            may[after_] = may.get(after_, frozenset[str]()) | might
    found: list[Agreement] = []
    for value in values:
        if value in has:
            sure = tuple(n for n in times if n in has[value] and n not in emptied)
            never = tuple(n for n in times if n not in may[value] and n not in free)
            if sure or never:
                found.append(Agreement(entity, state.name, value, sure, never))
    return found


def _one_of(values: tuple[str | bool, ...], wanted: object, otherwise: Any) -> str | bool:
    return next((v for v in values if v == wanted and isinstance(v, bool) is isinstance(wanted, bool)), otherwise)


def _settable(name: str, entity: Entity, tools: Sequence[ToolSpec]) -> bool:
    return any(
        p.role in {"value", "option"} and attribute_of(p, entity) == name
        for t in tools
        if t.writes
        for p in t.parameters
    )


def disagreements(spec: EnvSpec, rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[str]:
    """The rows that no service with this contract could have written: times that are not as it keeps them, states
    without their times, times without their state. One sentence each."""
    found: list[str] = []
    for entity in spec.entities:
        for number, row in enumerate(rows.get(entity.table, ())):
            where = f"{entity.table}, row {number} ({row.get(entity.key)!r})"
            for attribute in entity.attributes:
                wrong = _malformed(attribute, row.get(attribute.name))
                if wrong:
                    found.append(f"{where}: {wrong}")
    for agreement in agreements(spec):
        for number, row in enumerate(rows.get(agreement.entity.table, ())):
            if not agreement.holds_of(row):
                continue
            where = f"{agreement.entity.table}, row {number} ({row.get(agreement.entity.key)!r})"
            state = f"{agreement.state} is {row.get(agreement.state)!r}"
            found += [f"{where}: {state}, so it has {name}" for name in agreement.has if row.get(name) is None]
            found += [f"{where}: {state}, so it has no {name}" for name in agreement.lacks if row.get(name) is not None]
    return found


def _malformed(attribute: Attribute, value: object) -> str:
    if attribute.type != "string" or attribute.format not in _TIMES or value is None:
        return ""
    if attribute.format == "date":
        right = _day(value)
        return "" if right == value else f"{attribute.name} {value!r} is no day like 2026-03-04"
    try:
        right = rfc3339(utc(str(value)))
    except ValueError:
        right = ""
    if right == value:
        return ""
    return f"{attribute.name} {value!r} is " + (f"to be written {right!r}" if right else "no time with a zone")


def _day(value: object) -> str:
    try:
        return datetime.strptime(str(value), "%Y-%m-%d").strftime("%Y-%m-%d")
    except ValueError:
        return ""


def settled(spec: EnvSpec, state: State) -> State:
    """A drafted state whose rows agree: each has the times of its state, after what came before, and no others."""
    told = agreements(spec)
    rows: dict[str, list[dict[str, Any]]] = {}
    for table, items in state.rows.items():
        mine = [a for a in told if a.entity.table == table]
        rows[table] = [_settle(mine, row, state.now, number) for number, row in enumerate(items)] if mine else items
    return state.model_copy(update={"rows": rows})


def _settle(told: Sequence[Agreement], row: dict[str, Any], now: datetime, number: int) -> dict[str, Any]:
    """One row: times that are due are put minutes to hours after the latest time before now that the row tells of."""
    made = dict(row)
    entity = told[0].entity
    apply = [agreement for agreement in told if agreement.holds_of(row)]
    due = {name for agreement in apply for name in agreement.has}
    for name in {name for agreement in apply for name in agreement.lacks}:
        made.pop(name, None)
    known = {a.name: a for a in entity.attributes if a.format in _TIMES and a.type == "string"}
    past = [
        moment
        for name, attribute in known.items()
        if name not in due and stamped(attribute) != "updated" and (moment := _moment(made.get(name))) and moment < now
    ]
    at = max(past, default=now - timedelta(days=1 + number % 20, hours=number % 7))
    for place, name in enumerate([n for n in known if n in due]):
        at = min(now, at + timedelta(minutes=10 + (number * 37 + place * 53) % 470))
        made[name] = rfc3339(at)[:10] if known[name].format == "date" else rfc3339(at)
    for name, attribute in known.items():
        changed = _moment(made.get(name))
        if due and stamped(attribute) == "updated" and changed is not None and changed < at:
            made[name] = rfc3339(at)[:10] if attribute.format == "date" else rfc3339(at)
    return {name: made[name] for name in [*(n for n in row if n in made), *(n for n in made if n not in row)]}


def _moment(value: object) -> datetime | None:
    try:
        text = str(value)
        return utc(f"{text}T00:00:00Z" if len(text) == 10 else text)
    except ValueError:
        return None
