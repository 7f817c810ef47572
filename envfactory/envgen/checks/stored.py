"""Stored cases, executed: given these rows, when these calls, then these results and these row changes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from envfactory.envgen.case import Case, CaseFile, ExpectedChange, Step
from envfactory.envgen.checks.subject import Notes, Subject, shown
from envfactory.environment.entropy import Entropy, EntropyState
from envfactory.environment.environment import CallResult, Environment, State
from envfactory.environment.library import Finding
from envfactory.environment.schema import Schema
from envfactory.environment.store import Image, Row, RowChange, Store
from envfactory.errors import FileError, StateError, UnknownName

REFERENCE = re.compile(r"^\$(\d+)((?:\.[^.]+)*)$")
_GONE = object()
"""What a reference stands for when its path leads nowhere; equal to nothing."""


@dataclass(frozen=True)
class Prepared:
    """A case and the database it starts from."""

    case: Case
    file: str
    image: Image
    state: State

    @property
    def where(self) -> str:
        """The case, for a sentence."""
        return f"{self.file}: {self.case.name}"


def read_cases(folder: Path) -> list[tuple[str, Case]]:
    """The stored cases of a folder with the file each is in; raises FileError for a file that holds none."""
    found: list[tuple[str, Case]] = []
    for path in sorted((folder / "tests").glob("*.json")):
        try:
            cases = CaseFile.model_validate_json(path.read_bytes()).cases
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, first["loc"]))
            raise FileError(f"{path} is no file of cases: {where}: {first['msg']}") from error
        found += [(f"tests/{path.name}", case) for case in cases]
    return found


def prepare(cls: type[Environment], file: str, case: Case) -> Prepared:
    """Put a case's rows in place; raises StateError when they do not fit, UnknownName for an unknown state."""
    state = cls.state(case.state)
    if case.given:
        rows = {table: list(items) for table, items in state.rows.items()}
        for table, items in case.given.items():
            rows[table] = _with(cls, table, rows.get(table, []), items)
        state = State(now=state.now, rows=rows, note=f"with the rows that case {case.name!r} adds")
    return Prepared(case, file, cls.image(state), state)


def _with(cls: type[Environment], table: str, rows: Sequence[Row], given: Sequence[Row]) -> list[Row]:
    """Rows with those given: one whose key is there already changes that row, any other comes last."""
    known = Schema.parse(cls.schema).tables.get(table)
    keys = known.key if known is not None else ()
    made = [dict(row) for row in rows]
    places = {tuple(row.get(name) for name in keys): number for number, row in enumerate(made)}
    for row in given:
        number = places.get(tuple(row.get(name) for name in keys)) if keys else None
        if number is None:
            made.append(dict(row))
        else:
            made[number] |= row
    return made


def failure(cls: type[Environment], prepared: Prepared) -> str:
    """Play one case; what is not as it says, in a sentence, or nothing when all is."""
    entropy = Entropy(EntropyState(seed=f"{cls.name}/0", now=prepared.state.now))
    live = cls(Store(prepared.image, entropy))
    results: list[Any] = []
    try:
        for number, step in enumerate(prepared.case.steps):
            arguments = resolved(step.arguments, results)
            if arguments is _GONE:
                return f"step {number} ({step.tool}): an argument refers to a value that no earlier step gave"
            called = live.call(step.tool, arguments)
            results.append(called.result)
            wrong = _wrong(live, step, called, results)
            if wrong:
                return f"step {number}, {shown(step.tool, arguments)}: {wrong}"
        return ""
    finally:
        live.db.close()


def _wrong(live: Environment, step: Step, called: CallResult, results: Sequence[Any]) -> str:
    if called.outcome == "bug":
        return f"a bug: {called.bug}"
    if step.error or step.message:
        if called.outcome == "ok":
            return "it succeeded, and should have been refused"
        error: dict[str, Any] = called.result["error"]  # type: ignore[index,call-overload,assignment]
        if step.error and error["code"] != step.error:
            return f"refused with {error['code']!r} ({error['message']}), not {step.error!r}"
        if step.message not in error["message"]:
            return f"the refusal says {error['message']!r}, without {step.message!r}"
    elif called.outcome == "refused":
        return f"refused: {called.result['error']['message']}"  # type: ignore[index,call-overload]
    tool = live.tools.get(step.tool)
    if tool is not None and not tool.writes and called.changes:
        return "a reader changed rows"
    if "result" in step.model_fields_set and step.result is not None:
        told = different(resolved(step.result, results), called.result, "result")
        if told:
            return told
    if step.changes is None:
        return ""
    expected = [_resolved_change(change, results) for change in step.changes]
    return unmatched(expected, called.changes, live.db)


def resolved(value: Any, results: Sequence[Any]) -> Any:
    """`value` with each `$0.items.1.id` replaced by that value of an earlier result; `_GONE` when one leads nowhere."""
    if isinstance(value, str):
        match = REFERENCE.match(value)
        return _follow(results, int(match[1]), match[2].split(".")[1:]) if match else value
    if isinstance(value, dict):
        items: dict[str, Any] = {k: resolved(v, results) for k, v in value.items()}  # pyright: ignore
        return _GONE if any(v is _GONE for v in items.values()) else items
    if isinstance(value, list):
        parts: list[Any] = [resolved(v, results) for v in value]  # pyright: ignore[reportUnknownVariableType]
        return _GONE if any(v is _GONE for v in parts) else parts
    return value


def _follow(results: Sequence[Any], number: int, path: Iterable[str]) -> Any:
    value: Any = results[number] if number < len(results) else _GONE
    for name in path:
        if isinstance(value, list) and name.isdigit() and int(name) < len(value):  # pyright: ignore
            value = value[int(name)]  # pyright: ignore[reportUnknownVariableType]
        elif isinstance(value, dict) and name in value:
            value = value[name]  # pyright: ignore[reportUnknownVariableType]
        else:
            return _GONE
    return value  # pyright: ignore[reportUnknownVariableType]


def different(expected: Any, actual: Any, where: str) -> str:
    """How `actual` fails to include `expected`: objects may have more keys, lists the same length and order."""
    if expected == "$any":
        return ""
    if isinstance(expected, dict):
        wanted: dict[str, Any] = expected  # pyright: ignore[reportUnknownVariableType]
        if not isinstance(actual, dict):
            return f"{where} is {_brief(actual)}, not an object"
        for name, value in wanted.items():
            if value == "$absent":
                if name in actual:
                    return f"{where}.{name} is there, and should not be"
            elif name not in actual:
                return f"{where} has no {name!r}"
            elif told := different(value, actual[name], f"{where}.{name}"):
                return told
        return ""
    if isinstance(expected, list):
        items: list[Any] = expected  # pyright: ignore[reportUnknownVariableType]
        if not isinstance(actual, list):
            return f"{where} is {_brief(actual)}, not a list"
        found: list[Any] = actual  # pyright: ignore[reportUnknownVariableType]
        if len(items) != len(found):
            return f"{where} has {len(found)} items, not {len(items)}"
        for number, (left, right) in enumerate(zip(items, found, strict=True)):
            if told := different(left, right, f"{where}.{number}"):
                return told
        return ""
    if isinstance(expected, bool) is not isinstance(actual, bool) or expected != actual:
        return f"{where} is {_brief(actual)}, not {_brief(expected)}"
    return ""


def unmatched(expected: Sequence[ExpectedChange], actual: Sequence[RowChange], store: Store | None = None) -> str:
    """Why the row changes are not exactly the expected ones, in any order; nothing when they are.

    A column that is expected and did not change is held against the row as it is in `store`.
    """
    if len(expected) != len(actual):
        seen = ", ".join(f"{c.op} {c.table} {list(c.key)}" for c in actual[:6]) or "none"
        return f"{len(actual)} row changes ({seen}), not {len(expected)}"
    taken: dict[int, int] = {}
    rows = [_row(change, store) for change in actual]

    def place(number: int, tried: set[int]) -> bool:
        # Augmenting paths (Kuhn's algorithm): an expectation that fits two rows must not take another's only one.
        for other, change in enumerate(actual):
            if other not in tried and _holds(expected[number], change, rows[other]):
                tried.add(other)
                if other not in taken or place(taken[other], tried):
                    taken[other] = number
                    return True
        return False

    for number, wanted in enumerate(expected):
        if not place(number, set()):
            seen = "; ".join(f"{c.op} {c.table} {list(c.key)} {c.before} → {c.after}" for c in actual[:4])
            asked = f"{wanted.op} {wanted.table} {wanted.key or ''} {wanted.before} → {wanted.after}"
            return f"no row change is {_brief(asked)} (there are: {_brief(seen)})"
    return ""


def _row(change: RowChange, store: Store | None) -> Mapping[str, Any]:
    """The columns of a changed row that did not change; empty for a row that came or went."""
    if store is None or change.op != "update":
        return {}
    table = store.schema.tables[change.table]
    key = sorted(table.key, key=table.names.index)  # the order of a change's key
    row = store.get(change.table, **dict(zip(key, change.key, strict=True))) or {}
    return {name: value for name, value in row.items() if name not in change.after}


def _holds(expected: ExpectedChange, change: RowChange, kept: Mapping[str, Any]) -> bool:
    if (expected.table, expected.op) != (change.table, change.op):
        return False
    if expected.key is not None and (
        len(expected.key) != len(change.key) or not all(map(_same_cell, expected.key, change.key))
    ):
        return False
    sides = ((expected.before, {**kept, **change.before}), (expected.after, {**kept, **change.after}))
    return all(name in held and _same_cell(v, held[name]) for wanted, held in sides for name, v in wanted.items())


def _same_cell(expected: Any, held: Any) -> bool:
    """A column's value: truth is held as 0 or 1, lists and objects as JSON text."""
    if expected == "$any":
        return True
    if isinstance(expected, (dict, list)) and isinstance(held, str):
        try:
            return bool(json.loads(held) == expected)
        except ValueError:
            return False
    return bool(expected == held)


def _resolved_change(change: ExpectedChange, results: Sequence[Any]) -> ExpectedChange:
    parts: Mapping[str, Any] = {name: resolved(getattr(change, name), results) for name in ("key", "before", "after")}
    # A reference that leads nowhere can equal no column.
    update = {name: ({"": None} if value is _GONE else value) for name, value in parts.items() if name != "key"}
    return change.model_copy(update={**update, "key": [None] if parts["key"] is _GONE else parts["key"]})


def _brief(value: Any) -> str:
    text = value if isinstance(value, str) and len(value) > 60 else repr(value)
    return text if len(text) <= 300 else f"{text[:280]}…{text[-15:]}"


def check_stored(subject: Subject) -> tuple[Finding, list[Prepared]]:
    """Run every stored case; every tool needs a success and (when it takes arguments) a refusal.

    Gives also the cases that pass, for the mutants to be held against.
    """
    notes = Notes("stored")
    good: list[Prepared] = []
    try:
        cases = read_cases(subject.folder)
    except FileError as error:
        notes.fail(str(error))
        return notes.finding(), []
    seen: dict[tuple[str, bool], int] = {}
    for file, case in cases:
        notes.tried()
        try:
            prepared = prepare(subject.cls, file, case)
        except (StateError, UnknownName) as error:
            notes.fail(f"{file}: {case.name}: {error}")
            continue
        wrong = failure(subject.cls, prepared)
        if wrong:
            notes.fail(f"{prepared.where}: {wrong}")
            continue
        good.append(prepared)
        for step in case.steps:
            kind = (step.tool, bool(step.error or step.message))
            seen[kind] = seen.get(kind, 0) + 1
    for name, tool in sorted(subject.cls.tools.items()):
        if not seen.get((name, False)):
            notes.fail(f"no stored case has {name} succeed")
        if tool.input_schema.get("properties") and not seen.get((name, True)):
            notes.fail(f"no stored case has {name} refused")
    notes.figures["steps"] = sum(len(case.steps) for _, case in cases)
    given = {(step.tool, name) for prepared in good for step in prepared.case.steps for name in step.arguments}
    known = {(t, name) for t, tool in subject.cls.tools.items() for name in tool.input_schema.get("properties", {})}
    notes.figures["arguments"] = len(known)
    notes.figures["arguments_tested"] = len(known & given)
    sentences = {case.sentence for _, case in cases}
    notes.figures["rules"] = len(subject.spec.rules)
    notes.figures["rules_tested"] = sum(rule.text in sentences for rule in subject.spec.rules)
    return notes.finding(), good
