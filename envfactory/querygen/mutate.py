"""Single edits of gold: each is something a careless agent might do instead, and must not pass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Literal

from pydantic import JsonValue

from envfactory.environment.session import SEPARATOR, Session
from envfactory.environment.spec import Entity, EnvSpec, Parameter, ToolSpec
from envfactory.environment.store import Row
from envfactory.messages import as_list, as_object
from envfactory.rollout.answers import says
from envfactory.rollout.task import Fact, GoldCall, Task

Turns = list[list[GoldCall]]

_FEW = 3
"""Rows of one tool that are tried, where another tool will do as well."""


Edit = Literal["left out", "without", "altered", "added", "answer"]
"""A call left out; an argument left out; an argument or the row altered; a write too many; other closing words."""


@dataclass(frozen=True)
class Mutant:
    """Gold with one edit."""

    name: str
    """What was edited, in words."""
    edit: Edit
    turns: Turns
    first: int
    """The number of the first call that is not gold's."""
    answers: tuple[str, ...] | None = None
    """Other closing messages than gold's, when those are what was edited."""
    extra: GoldCall | None = None
    """The write that was added."""


def mutants(task: Task, specs: Mapping[str, EnvSpec], session: Session, *, random: Random) -> Iterator[Mutant]:
    """Every single edit: a call left out, an argument altered, another row acted on, a write too many, a fact untold
    or told wrong. `session` is at the task's start; other rows are taken from it."""
    for turn, calls in enumerate(task.turns):
        for place, call in enumerate(calls.calls):
            name = call.tool.partition(SEPARATOR)[2]
            if not call.writes:
                continue
            yield Mutant(
                f"turn {turn}: {name} left out", "left out", _edit(task, turn, place, []), _number(task, turn, place)
            )
            yield from _altered(task, turn, place, specs, session, random)
    yield from _extra(task, specs, session, random)
    for turn, calls in enumerate(task.turns):
        for number, fact in enumerate(calls.facts):
            untold, wrong = _silent(task, turn, fact)
            yield Mutant(f"turn {turn}: {fact.name} untold", "answer", _copy(task), len(task.calls), untold)
            yield Mutant(f"turn {turn}: fact {number} wrong", "answer", _copy(task), len(task.calls), wrong)


def _altered(
    task: Task, turn: int, place: int, specs: Mapping[str, EnvSpec], session: Session, random: Random
) -> Iterator[Mutant]:
    call = task.turns[turn].calls[place]
    first = _number(task, turn, place)
    environment, _, name = call.tool.partition(SEPARATOR)
    spec = specs[environment]
    tool = spec.tool(name)
    for parameter in tool.parameters:
        if parameter.name not in call.arguments:
            continue
        value = call.arguments[parameter.name]
        if parameter.entity and parameter.role in {"key", "scope", "reference"}:
            entity = spec.entity(parameter.entity)
            table = session.environments[environment].db
            keys = table.rows(f'SELECT "{entity.key}" AS k FROM "{entity.table}" ORDER BY 1')
            said = [held for item in as_list(value) for held in (as_object(item).values() or [item])]
            others = [row["k"] for row in keys if row["k"] != value and row["k"] not in said]
            wrong: JsonValue = random.choice(others) if others else None
            if isinstance(value, list) and wrong is not None:
                inside = next(iter((parameter.items or {}).get("properties", {})), "")
                wrong = [{**as_object(value[0]), inside: wrong} if inside else wrong]
                for name, other in _beside(value, inside):
                    arguments = {**call.arguments, parameter.name: other}
                    uses = {use: source for use, source in call.uses.items() if use != f"{parameter.name}.0.{name}"}
                    edited = call.model_copy(update={"arguments": arguments, "uses": uses})
                    one = f"turn {turn}: {call.tool.partition(SEPARATOR)[2]} with altered {parameter.name}.{name}"
                    yield Mutant(one, "altered", _edit(task, turn, place, [edited]), first)
            what = "another"
        else:
            wrong = _other(value, parameter.enum)
            what = "altered"
        if wrong is not None:
            uses = {k: v for k, v in call.uses.items() if k.partition(".")[0] != parameter.name}
            edited = call.model_copy(update={"arguments": {**call.arguments, parameter.name: wrong}, "uses": uses})
            yield Mutant(
                f"turn {turn}: {name} with {what} {parameter.name}",
                "altered",
                _edit(task, turn, place, [edited]),
                first,
            )
        repeated = bool(parameter.along) and parameter.name in call.uses  # it may be what the service takes anyway
        if not parameter.required and parameter.role in {"value", "reference"} and not repeated:
            arguments = {k: v for k, v in call.arguments.items() if k != parameter.name}
            uses = {k: v for k, v in call.uses.items() if k.partition(".")[0] != parameter.name}
            edited = call.model_copy(update={"arguments": arguments, "uses": uses})
            yield Mutant(
                f"turn {turn}: {name} without {parameter.name}", "without", _edit(task, turn, place, [edited]), first
            )


def _beside(value: list[Any], inside: str) -> Iterator[tuple[str, JsonValue]]:
    """Lists of objects with a wrong number or text beside the key, and the property it stands in."""
    first = as_object(value[0])
    for name, held in first.items():
        other = _other(held, ()) if name != inside else None
        if other is not None:
            yield name, [{**first, name: other}, *value[1:]]


def _other(value: JsonValue, options: tuple[str, ...]) -> JsonValue:
    """A wrong value of the same kind."""
    if options:
        return next((option for option in options if option != value), None)
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    if isinstance(value, str):
        if len(value) >= 10 and value[:4].isdigit() and value[4] == "-":
            return f"{int(value[:4]) + 1}{value[4:]}"  # the same day a year later
        return f"{value} (copy)"
    if isinstance(value, list) and value:
        return value[:-1] or None
    return None


def _extra(task: Task, specs: Mapping[str, EnvSpec], session: Session, random: Random) -> Iterator[Mutant]:
    """One write too many at the end, by a tool that the agent has then: each write once more, and a row deleted or
    changed that nobody spoke of."""
    hidden = task.hidden(len(task.turns) - 1)
    for call in task.calls:
        if call.writes and call.tool not in hidden:
            yield _added(task, call, f"{call.tool.partition(SEPARATOR)[2]} done twice")
    touched = {change.key for rows in task.changes.values() for change in rows}
    for setting in task.settings:
        spec = specs[setting.environment]
        for effect in ("delete", "update"):
            tools = [tool for tool in spec.tools if tool.effect == effect]
            random.shuffle(tools)
            for tool in tools:
                name = f"{setting.environment}{SEPARATOR}{tool.name}"
                if name in hidden:
                    continue
                victims = _victims(tool, spec, session, setting.environment, touched, random)
                if call := _harmful([GoldCall(tool=name, arguments=v, writes=True) for v in victims], session):
                    yield _added(task, call, f"{tool.name} on a row nobody spoke of")


def _added(task: Task, call: GoldCall, name: str) -> Mutant:
    turns = _copy(task)
    turns[-1].append(call)
    return Mutant(name, "added", turns, len(task.calls), extra=call)


def harm(environment: str, spec: EnvSpec, session: Session, random: Random) -> GoldCall | None:
    """A write that deletes or changes a row of an environment, tried on a fork of `session`; None where none does."""
    for effect in ("delete", "update"):
        for tool in [tool for tool in spec.tools if tool.effect == effect]:
            name = f"{environment}{SEPARATOR}{tool.name}"
            calls = [
                GoldCall(tool=name, arguments=victim, writes=True)
                for victim in _victims(tool, spec, session, environment, set(), random)
            ]
            call = _harmful(calls[:_FEW], session)
            if call is not None:
                with session.fork() as fork:
                    if fork.call(call.tool, call.arguments).changes:
                        return call
    return None


def _harmful(calls: list[GoldCall], session: Session) -> GoldCall | None:
    """The first call that takes effect at the task's start; the very first where none does. A ride that is over cannot
    be canceled, which harms nobody: another can."""
    with session.fork() as fork:
        for call in calls:
            entry = fork.call(call.tool, call.arguments)
            if entry.outcome == "ok" and entry.changes:
                return call
    return calls[0] if calls else None


def _victims(
    tool: ToolSpec, spec: EnvSpec, session: Session, environment: str, touched: set[Any], random: Random
) -> list[dict[str, JsonValue]]:
    """Arguments that make a tool hit a row gold leaves alone, any one first."""
    entity = spec.entity(tool.entity)
    store = session.environments[environment].db
    key = store.schema.tables[entity.table].key
    rows = [row for row in store.find(entity.table) if tuple(row[column] for column in key) not in touched]
    if not rows:
        return []
    row = random.choice(rows)
    found = [_against(tool, entity, one) for one in (row, *(other for other in rows if other is not row))]
    return [arguments for arguments in found if arguments]


def _against(tool: ToolSpec, entity: Entity, row: Row) -> dict[str, JsonValue]:
    """Arguments that make a tool hit this row; empty when a required one is not known."""
    arguments: dict[str, JsonValue] = {}
    for parameter in tool.parameters:
        if parameter.role == "key":
            arguments[parameter.name] = _as_taken(parameter, row, entity)
        elif parameter.role == "scope":
            arguments[parameter.name] = row.get(parameter.field or entity.scope or parameter.name)
        elif parameter.role == "value" and row.get(parameter.field) is not None:
            changed = len(arguments) > sum(p.role in {"key", "scope"} for p in tool.parameters)
            other = None if changed else _other(row[parameter.field], parameter.enum)
            if other is not None:
                arguments[parameter.name] = other
        if parameter.required and arguments.get(parameter.name) is None:
            return {}
    return arguments


def _as_taken(parameter: Parameter, row: Row, entity: Entity) -> JsonValue:
    """A row's key as the parameter takes it: some take a list of keys, or of objects that name the row by all that is
    required."""
    key = row.get(entity.key)
    if parameter.type != "array" or key is None:
        return key
    items = parameter.items or {}
    inside = next(iter(items.get("properties", {})), "")
    needed = {name: row[name] for name in items.get("required", ()) if row.get(name) is not None}
    return [{**needed, inside: key}] if inside else [key]


def _copy(task: Task) -> Turns:
    return [list(turn.calls) for turn in task.turns]


def _number(task: Task, turn: int, place: int) -> int:
    """A call's number over all turns."""
    return sum(len(earlier.calls) for earlier in task.turns[:turn]) + place


def _edit(task: Task, turn: int, place: int, instead: list[GoldCall]) -> Turns:
    """Gold with one call replaced; places that `uses` count on stay, as the empty name of a call not made."""
    turns = _copy(task)
    turns[turn][place : place + 1] = instead or [turns[turn][place].model_copy(update={"tool": ""})]
    return turns


def _silent(task: Task, turn: int, fact: Fact) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The closing messages without a fact of a turn, and with something else in its place: in that turn, and in the
    later ones that would say it as well, when they speak of the same thing."""
    untold = [t.answer for t in task.turns]
    wrong = list(untold)
    for place in range(turn, len(task.turns)):
        if place == turn or says(untold[place], fact):
            for form in fact.forms:
                wrong[place] = wrong[place].replace(form, "something else")
            untold[place] = "Done."
    return tuple(untold), tuple(wrong)
