"""Laws that hold for any service, tried with the ids that each state really holds.

Readers do not write · a refusal leaves no trace · ids that do not exist, and arguments that are missing, unknown or of
the wrong type, are refused · what a write returned is what a read gives · what was deleted is gone · pages add up.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any, cast

from envfactory.envgen.checks.calls import Caller, Dice, MadeCall, rows_of
from envfactory.envgen.checks.subject import Notes, Subject, shown
from envfactory.environment.environment import CallResult, Environment
from envfactory.environment.library import Finding
from envfactory.environment.spec import Entity, Parameter, ToolSpec
from envfactory.messages import canonical

TRIES = 4
"""Calls made of each tool in each state, for each law."""
ROWS = 30
"""Rows of an entity that are read one by one."""
PAGES = 400
"""Pages walked before a list counts as endless."""
ENDLESS = "following its pages does not end or is refused"


def check_laws(subject: Subject) -> Finding:
    """Try every law in every state."""
    laws = _Laws(subject)
    for state in subject.states():
        laws.readable(state)
        for tool in subject.tools:
            laws.run(state, tool)
    laws.notes.figures["tools_accepted"] = len(laws.accepted)
    laws.notes.figures["tools"] = len(subject.tools)
    return laws.notes.finding()


class _Laws:
    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.spec = subject.spec
        self.notes = Notes("laws")
        self.caller = Caller(subject.spec, subject.cls)
        self.accepted: set[str] = set()

    def run(self, state: str, tool: ToolSpec) -> None:
        dice = self.subject.dice("laws", state, tool.name)
        by = Dice(dice)
        live = self.subject.open(state)
        try:
            for _ in range(TRIES):
                made = self.caller.call(live, by, tool)
                self._unfit(state, live, tool, made, dice)
                self._unknown(state, live, tool, made)
                called = self._made(state, live, tool, made)
                if called.outcome == "ok" and isinstance(called.result, (dict, list)):
                    self._read_after_write(state, live, tool, made, called)
            if tool.effect == "delete":
                self._deleted(state, tool, by)
            if tool.returns == "many" and any(p.role == "page_size" for p in tool.parameters):
                for _ in range(2):
                    self._paging(state, live, tool, self.caller.call(live, by, tool))
        finally:
            live.db.close()

    def readable(self, state: str) -> None:
        """The rows of a state hang together: each entity's can be read by the tool that reads one."""
        live = self.subject.open(state)
        for entity in self.spec.entities:
            rows = rows_of(live, entity)[:ROWS]
            refused = ""
            read = 0
            for row in rows:
                found = self._get_of(entity, self.caller.lineage(live, entity, row))
                if found is None:
                    break
                self.notes.tried("rows_read")
                called = live.call(found[0].name, found[1])
                read += called.outcome == "ok"
                if called.outcome != "ok" and not refused:
                    refused = f"{shown(found[0].name, found[1])}: {called.result}"
            if refused and read * 2 < len(rows):  # some may be hidden, as what was deleted is; not most of them
                self.notes.fail(f"{read} of {len(rows)} {entity.name} rows in {state} can be read: {refused}")
        live.db.close()

    # A call as it comes ----------------------------------------------------------------------------------------------

    def _made(self, state: str, live: Environment, tool: ToolSpec, made: MadeCall) -> CallResult:
        """Make a call; readers leave no trace, refusals neither, and nothing is a bug."""
        writer = self.subject.cls.tools[tool.name].writes
        before = live.db.fingerprint()
        called = live.call(made.tool, made.arguments)
        after = live.db.fingerprint()
        self.notes.tried("calls")
        call = shown(made.tool, made.arguments)
        if called.outcome == "bug":
            self.notes.fail(f"{call} in {state} is a bug: {called.bug}")
        elif called.outcome == "ok":
            self.accepted.add(tool.name)
            if not writer and (called.changes or after != before):
                self.notes.fail(f"{call} in {state} is a reader and changed rows")
        if called.outcome != "ok" and after != before:
            self.notes.fail(f"{call} in {state} was refused and left a trace")
        return called

    def _refused(self, state: str, live: Environment, tool: ToolSpec, arguments: dict[str, Any], law: str) -> None:
        self.notes.tried(law)
        # A call that should have been refused may have written: go back, so that the next law finds the rows it knows.
        copy = type(live)(live.db.fork())
        before = copy.db.fingerprint()
        called = copy.call(tool.name, arguments)
        call = shown(tool.name, arguments)
        if called.outcome == "ok":
            self.notes.fail(f"{call} in {state} was accepted, with {law.replace('_', ' ')}")
        elif called.outcome == "bug":
            self.notes.fail(f"{call} in {state}, with {law.replace('_', ' ')}, is a bug: {called.bug}")
        elif copy.db.fingerprint() != before:
            self.notes.fail(f"{call} in {state} was refused and left a trace")
        copy.db.close()

    def _unknown(self, state: str, live: Environment, tool: ToolSpec, made: MadeCall) -> None:
        for parameter in tool.parameters:
            if parameter.role not in {"key", "scope", "reference"} or parameter.type in {"array", "object"}:
                continue
            if parameter.enum or not (parameter.entity or parameter.role == "key"):
                continue
            arguments = {**made.arguments, parameter.name: self.caller.unknown(parameter)}
            self._refused(state, live, tool, arguments, "an_unknown_id")

    def _unfit(self, state: str, live: Environment, tool: ToolSpec, made: MadeCall, dice: random.Random) -> None:
        self._refused(state, live, tool, {**made.arguments, "no_such_argument": 1}, "an_unknown_argument")
        for parameter in tool.parameters:
            if parameter.required and parameter.name in made.arguments:
                rest = {name: value for name, value in made.arguments.items() if name != parameter.name}
                self._refused(state, live, tool, rest, "a_missing_argument")
        if tool.parameters:
            parameter = dice.choice(tool.parameters)
            wrong = {**made.arguments, parameter.name: _wrong(parameter)}
            self._refused(state, live, tool, wrong, "an_argument_of_the_wrong_type")

    # Reading back ----------------------------------------------------------------------------------------------------

    def _read_after_write(
        self, state: str, live: Environment, tool: ToolSpec, made: MadeCall, called: CallResult
    ) -> None:
        if tool.effect not in {"create", "update", "replace", "move", "action"} or tool.returns != "one":
            return
        if not isinstance(called.result, dict):
            return
        found = self._getter(live, tool, made, called.result)
        if found is None:
            return
        self.notes.tried("read_after_write")
        get, arguments = found
        read = live.call(get.name, arguments)
        call = shown(made.tool, made.arguments)
        if read.outcome != "ok":
            self.notes.fail(f"{call} in {state} succeeded, but {shown(get.name, arguments)} then fails: {read.result}")
        elif isinstance(read.result, dict):
            told = [
                f"{name} is {read.result.get(name)!r}, not {value!r}"
                for name, value in called.result.items()
                if canonical(read.result.get(name)) != canonical(value)
            ]
            if told:
                self.notes.fail(f"{get.name} does not give what {call} in {state} returned: {'; '.join(told[:3])}")

    def _getter(
        self, live: Environment, tool: ToolSpec, made: MadeCall, result: dict[str, Any]
    ) -> tuple[ToolSpec, dict[str, Any]] | None:
        """The tool that reads the entity, and its arguments for the row that a write returned."""
        entity = self.spec.entity(tool.entity)
        key = result.get(entity.key, made.arguments.get(entity.key))
        rows = live.db.find(entity.table, **{entity.key: key}) if key is not None else []
        if len(rows) > 1:
            inside = [*made.arguments.values(), *result.values()]
            rows = [row for row in rows if all(row[name] in inside for name in live.db.schema.tables[entity.table].key)]
        if len(rows) != 1:
            return None
        return self._get_of(entity, self.caller.lineage(live, entity, rows[0]))

    def _get_of(self, entity: Entity, keys: dict[str, Any]) -> tuple[ToolSpec, dict[str, Any]] | None:
        for get in self.subject.tools:
            if get.effect == "get" and get.entity == entity.name and get.returns == "one":
                needed = [p for p in get.parameters if p.role in {"key", "scope"}]
                names = {p.name: keys.get(p.entity or entity.name) for p in needed}
                if (
                    needed
                    and all(v is not None for v in names.values())
                    and all(p.role in {"key", "scope"} for p in get.parameters if p.required)
                ):
                    return get, names
        return None

    def _deleted(self, state: str, tool: ToolSpec, by: Dice) -> None:
        """What was deleted cannot be read, or reads as something else (services that only mark a row as deleted)."""
        entity = self.spec.entity(tool.entity)
        live = self.subject.open(state)
        try:
            for _ in range(TRIES):
                made = self.caller.call(live, by, tool)
                key = next((made.arguments.get(p.name) for p in tool.parameters if p.role == "key"), None)
                keys = self._keys(live, tool, entity, made)
                found = self._get_of(entity, keys) if keys else None
                before = live.call(found[0].name, found[1]) if found else None
                called = live.call(made.tool, made.arguments)
                if called.outcome != "ok" or key is None:
                    continue
                self.notes.tried("deleted_is_gone")
                call = shown(made.tool, made.arguments)
                if not called.changes:
                    self.notes.fail(f"{call} in {state} succeeded and changed no row")
                if found is None or before is None or before.outcome != "ok":
                    continue
                read = live.call(found[0].name, found[1])
                if read.outcome == "ok" and canonical(read.result) == canonical(before.result):
                    self.notes.fail(
                        f"{call} in {state} succeeded, but {shown(*_pair(found))} still gives the {entity.name}"
                    )
        finally:
            live.db.close()

    def _keys(self, live: Environment, tool: ToolSpec, entity: Entity, made: MadeCall) -> dict[str, Any]:
        """The keys of the row that a call is about, and of the rows above it, by entity."""
        named = {
            p.entity or tool.entity: made.arguments[p.name]
            for p in tool.parameters
            if p.role in {"key", "scope"} and p.name in made.arguments
        }
        if entity.name not in named:
            return {}
        for row in live.db.find(entity.table, **{entity.key: named[entity.name]}):
            keys = self.caller.lineage(live, entity, row)
            if all(keys.get(name) == value for name, value in named.items() if name in keys):
                return {**named, **keys}
        return named

    # Paging ----------------------------------------------------------------------------------------------------------

    def _paging(self, state: str, live: Environment, tool: ToolSpec, made: MadeCall) -> None:
        """Pages of any size hold the same items in the same order as the largest page."""
        size = next(p for p in tool.parameters if p.role == "page_size")
        token = next((p for p in tool.parameters if p.role == "page_token"), None)
        schema: dict[str, Any] = self.subject.cls.tools[tool.name].input_schema["properties"].get(size.name, {})
        largest = int(schema.get("maximum", 1000))
        smallest = int(schema.get("minimum", 1))
        base = {k: v for k, v in made.arguments.items() if token is None or k != token.name}
        whole_page = {**base, size.name: largest}
        if live.call(tool.name, whole_page).outcome != "ok":
            return  # the row it lists under is not there
        whole = self._walk(live, tool, whole_page, token)
        if whole is None:
            self.notes.fail(f"{shown(tool.name, whole_page)} in {state}: {ENDLESS}")
            return
        sizes = sorted({s for s in (1, 2, 3, 5, 7, len(whole) - 1, len(whole)) if smallest <= s <= largest})
        for number in sizes:
            if len(whole) / number > PAGES // 2:
                continue
            self.notes.tried("paging")
            arguments = {**base, size.name: number}
            call = f"{shown(tool.name, arguments)} in {state}"
            first = live.call(tool.name, arguments)
            if first.outcome == "ok" and (items := _items(tool, first.result)) is not None and len(items) > number:
                self.notes.fail(f"{call} gives {len(items)} items on one page of {number}")
            if token is None:
                continue
            walked = self._walk(live, tool, arguments, token)
            if walked is None:
                self.notes.fail(f"{call}: {ENDLESS}")
            elif walked != whole:
                self.notes.fail(
                    f"{call}: its pages hold {len(walked)} items, one large page holds {len(whole)}"
                    if len(walked) != len(whole)
                    else f"{call}: its pages hold other items, or in another order, than one large page"
                )

    def _walk(
        self, live: Environment, tool: ToolSpec, arguments: dict[str, Any], token: Parameter | None
    ) -> list[str] | None:
        """All items from page to page; None when a page is refused or there is no end."""
        found: list[str] = []
        following: Any = None
        for number in range(1, PAGES):
            page = {**arguments, token.name: following} if token and following is not None else arguments
            called = live.call(tool.name, page)
            items = _items(tool, called.result) if called.outcome == "ok" else None
            if items is None:
                return None
            found += map(canonical, items)
            if token is None:
                return found
            if tool.next_page:
                following = called.result.get(tool.next_page) if isinstance(called.result, dict) else None
                if not following:
                    return found
            elif token.type in {"integer", "number"} and items:
                following = number + 1  # pages counted from 1
            else:
                return found
        return None


def _items(tool: ToolSpec, result: Any) -> list[Any] | None:
    inside = cast("dict[str, Any]", result).get(tool.envelope, []) if isinstance(result, dict) else result
    return cast("list[Any]", inside) if isinstance(inside, list) else None


def _wrong(parameter: Parameter) -> Any:
    return [["no"]] if parameter.type in {"object", "array"} else {"no": "such type"}


def _pair(found: tuple[ToolSpec, dict[str, Any]]) -> Iterator[Any]:
    yield found[0].name
    yield found[1]
