"""Calls made up for a live environment: ids that exist, values that fit, and values at the edge of fitting."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, cast

from envfactory.environment.environment import Environment
from envfactory.environment.spec import Entity, EnvSpec, Parameter, ToolSpec
from envfactory.environment.store import Row

T = TypeVar("T")

WORDS = ("Plan", "Budget", "Berlin", "draft", "Weekly review", "a", "Ünï 名前 🙂", "O'Hara", "100 %_", "x" * 40)
"""Plain text, and text with what SQL and LIKE treat as special."""
EDGES = ("", "", " ", "'", "%", "\n", '"; DROP TABLE x; --', "x" * 300, "-1", "null")
TIMES = ("2026-03-02T09:00:00Z", "2026-03-05T17:30:00+02:00", "2025-12-31T23:59:59Z", "2026-02-28T00:00:00.000Z")
DATES = ("2026-03-02", "2026-02-28", "2025-12-31", "2028-02-29")
ODD_TIMES = (
    *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-02-30T09:00:00Z", "2026-03-02T09:00:00"),
    *("2026-03-02", "2028-02-29", "9999-12-31", "09:00", "yesterday", "P1D"),
)
"""Times at the ends of the calendar, without a zone, and not times at all."""
LARGE = 2**63 - 1
"""The largest integer that a column holds (https://www.sqlite.org/datatype3.html)."""


class Chooser(Protocol):
    """Whoever decides: dice, or hypothesis, which can shrink what it decided."""

    def pick(self, items: Sequence[T]) -> T:
        """One of `items` (never empty)."""
        ...

    def integer(self, low: int, high: int) -> int:
        """A number from `low` to `high`, both included."""
        ...

    def text(self) -> str:
        """Any text."""
        ...


class Dice:
    """A chooser that throws seeded dice."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice

    def pick(self, items: Sequence[T]) -> T:
        """One of `items`, each as likely."""
        return self._dice.choice(items)

    def integer(self, low: int, high: int) -> int:
        """A number from `low` to `high`."""
        return self._dice.randint(low, high)

    def text(self) -> str:
        """One of `WORDS`."""
        return self._dice.choice(WORDS)


@dataclass(frozen=True)
class MadeCall:
    """A call, ready to be made."""

    tool: str
    arguments: dict[str, Any]


@dataclass
class Caller:
    """Makes calls up for one environment, from its contract and the rows that are there."""

    spec: EnvSpec
    cls: type[Environment]
    edges: bool = False
    """Also values at the edge: empty text, ids that do not exist, the smallest and the largest numbers."""
    tokens: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """Page tokens that results have given, by tool."""

    def call(self, live: Environment, chooser: Chooser, tool: ToolSpec | None = None) -> MadeCall:
        """A call of `tool`, or of any tool, on the rows that `live` holds now."""
        chosen = tool or chooser.pick([t for t in self.spec.tools if t.name in self.cls.tools])
        properties: dict[str, Any] = self.cls.tools[chosen.name].input_schema.get("properties", {})
        keys = self.anchor(live, chosen, chooser)
        arguments: dict[str, Any] = {}
        for parameter in chosen.parameters:
            if parameter.name not in properties:
                continue
            if not parameter.required and chooser.integer(0, 2):
                continue
            value = self._argument(live, chosen, parameter, properties[parameter.name], keys, chooser)
            if value is not None:
                arguments[parameter.name] = value
        return MadeCall(chosen.name, arguments)

    def remember(self, made: MadeCall, result: Any) -> None:
        """Keep the page token of a result, for a later call."""
        tool = self.spec.tool(made.tool)
        if tool.next_page and isinstance(result, dict):
            token = cast("dict[str, Any]", result).get(tool.next_page)
            if isinstance(token, str):
                self.tokens.setdefault(made.tool, []).append(token)

    def anchor(self, live: Environment, tool: ToolSpec, chooser: Chooser) -> dict[str, Any]:
        """Keys that belong together, by entity: of one row that exists, and of the rows it lives in."""
        keyed = [p for p in tool.parameters if p.role == "key"] or [p for p in tool.parameters if p.role == "scope"]
        if not keyed:
            return {}
        entity = self._entity(keyed[-1].entity or tool.entity)
        rows = rows_of(live, entity)
        if entity is None or not rows:
            return {}
        return self.lineage(live, entity, chooser.pick(rows))

    def lineage(self, live: Environment, entity: Entity, row: Row) -> dict[str, Any]:
        """The key of `row`, and those of the rows above it."""
        keys: dict[str, Any] = {entity.name: row.get(entity.key)}
        while entity.scope:
            above = self._entity(entity.attribute(entity.scope).entity)
            if above is None or above.name in keys:
                break
            key = row.get(entity.scope)
            keys[above.name] = key
            table = live.db.schema.tables.get(above.table)
            if table is None:
                break
            # A key may be unique only within a scope (a repository's name): the row names that scope too.
            where = {name: row[name] for name in table.key if name != above.key and name in row}
            following = live.db.get(above.table, **where, **{above.key: key})
            if following is None:
                break
            entity, row = above, following
        return keys

    def unknown(self, parameter: Parameter) -> Any:
        """A value of the parameter's type that no row has as its key."""
        if parameter.type in {"integer", "number"}:
            return 987_654_321
        return "nobody@nowhere.example" if parameter.format == "email" else "zz-no-such-id"

    # One argument ----------------------------------------------------------------------------------------------------

    def _argument(
        self, live: Environment, tool: ToolSpec, parameter: Parameter, schema: Any, keys: Mapping[str, Any], by: Chooser
    ) -> Any:
        if parameter.role == "page_token":
            known = self.tokens.get(tool.name, [])
            if parameter.type == "integer":
                return by.integer(1, 3)
            return by.pick(known) if known else ("no token" if self.edges else None)
        if parameter.role in {"key", "scope"}:
            if self.edges and by.integer(0, 9) == 9:
                return self.unknown(parameter)
            # One row may appear in several roles, as a note and its parent: the entity tells them apart.
            return _around(parameter, keys.get(parameter.entity or tool.entity, self.unknown(parameter)))
        entity = self._entity(parameter.entity)
        if entity is not None and (rows := rows_of(live, entity)):
            beside = [row for row in rows if not entity.scope or row[entity.scope] in keys.values()] or rows
            pool = [row[entity.key] for row in beside if row.get(entity.key) is not None]
            if pool and not (self.edges and by.integer(0, 9) == 9):
                return _around(parameter, by.pick(pool))
        if by.integer(0, 2) == 0 and (shown := self._meant(live, tool, parameter, schema)):
            return by.pick(shown)
        return self.fit({"format": parameter.format, **schema} if parameter.format else schema, by)

    def _meant(self, live: Environment, tool: ToolSpec, parameter: Parameter, schema: Any) -> list[Any]:
        """Values that mean something: the contract's examples and what the rows hold."""
        entity = self._entity(tool.entity)
        if entity is None or parameter.type in {"array", "object"}:
            return []
        name = parameter.field or parameter.name
        attribute = next((a for a in entity.attributes if a.name == name), None)
        if attribute is None:
            return []
        held = [row[name] for row in rows_of(live, entity)[:20] if row.get(name) is not None]
        values = [*attribute.examples, *(bool(v) if parameter.type == "boolean" else v for v in held)]
        return [value for value in values if fits(value, schema)]

    def fit(self, schema: Any, by: Chooser, depth: int = 0) -> Any:
        """A value for a JSON Schema as pydantic writes them; with `edges`, sometimes one just outside."""
        for union in ("anyOf", "oneOf"):
            options = [option for option in schema.get(union, []) if option != {"type": "null"}]
            if options:
                return self.fit(by.pick(options), by, depth)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return "no such value" if self.edges and by.integer(0, 9) == 9 else by.pick(schema["enum"])
        kind = schema.get("type", "string")
        if kind == "boolean":
            return bool(by.integer(0, 1))
        if kind in {"integer", "number"}:
            return self._number(schema, by, whole=kind == "integer")
        if kind == "array":
            low = schema.get("minItems", 0)
            length = by.integer(low, max(low, min(schema.get("maxItems", 3), 3))) if depth < 4 else low
            return [self.fit(schema.get("items", {}), by, depth + 1) for _ in range(length)]
        if kind == "object":
            required = schema.get("required", [])
            inside: dict[str, Any] = schema.get("properties", {})
            chosen = [name for name in inside if name in required or (depth < 4 and by.integer(0, 1))]
            return {name: self.fit(inside[name], by, depth + 1) for name in chosen}
        return self._text(schema, by)

    def _number(self, schema: Any, by: Chooser, *, whole: bool) -> int | float:
        low = schema.get("minimum", schema.get("exclusiveMinimum", -1 if whole else -0.5) + 1)
        high = schema.get("maximum", schema.get("exclusiveMaximum", low + 101) - 1)
        if self.edges and by.integer(0, 4) == 4:
            far = [LARGE, -LARGE] if "maximum" not in schema else [high + 1, high]
            return by.pick([low, low - 1, 0, *far])
        number = by.integer(int(low), max(int(low), int(high)))
        return number if whole else number + by.pick([0.0, 0.5, 0.25])

    def _text(self, schema: Any, by: Chooser) -> str:
        shape = schema.get("format", "")
        if self.edges and by.integer(0, 2) == 2:
            return by.text() if by.integer(0, 1) else by.pick(EDGES)
        if shape in {"date-time", "google-datetime"}:
            return by.pick(TIMES)
        if shape == "date":
            return by.pick(DATES)
        if shape == "email":
            return by.pick(["ada@example.com", "li.wei@example.org"])
        if shape in {"uri", "url"}:
            return by.pick(["https://example.com/a", "https://example.org/b?c=1"])
        if shape == "uuid":
            return by.pick(["6f1f0a3c-7d2e-4c39-9f53-0e8a4f0b1c2d"])
        candidates = [word for word in (*WORDS, *TIMES, *DATES, "en", "09:30", "2026", "7") if fits(word, schema)]
        return by.pick(candidates) if candidates else "x" * schema.get("minLength", 1)

    def _entity(self, name: str) -> Entity | None:
        return next((entity for entity in self.spec.entities if entity.name == name), None)


def _around(parameter: Parameter, key: Any) -> Any:
    """The argument for a key: some take a list of keys, or of objects that hold one."""
    if parameter.type != "array":
        return key
    inside = next(iter((parameter.items or {}).get("properties", {})), "")
    return [{inside: key}] if inside else [key]


def edges(parameter: Parameter, schema: Any) -> list[Any]:
    """Values at the edge of a parameter's type, and just outside: any of them may be refused, none may be a bug."""
    if parameter.type == "boolean":
        return [True, False]
    if parameter.type in {"integer", "number"}:
        limits = [schema[name] + step for name in ("minimum", "maximum") if name in schema for step in (-1, 0, 1)]
        return [*limits, 0, -1, LARGE, -LARGE, 2**70, *([0.1, 1e300] if parameter.type == "number" else [])]
    if parameter.type == "array":
        inside = parameter.items or {}
        item = {"integer": LARGE, "number": 0.5, "boolean": True, "object": dict[str, Any]()}.get(
            inside.get("type", ""), ""
        )
        return [[], [item], [item, item]]
    if parameter.type == "object":
        return [{}, {"no such property": 1}]
    return [*dict.fromkeys(EDGES), "\x00", "\ud800", "İstanbul", *TIMES, *ODD_TIMES, *parameter.enum]


def rows_of(live: Environment, entity: Entity | None) -> list[Row]:
    """An entity's rows, in the order of their keys; none when its table is not there."""
    if entity is None or entity.table not in live.db.schema.tables:
        return []
    return live.db.find(entity.table)


def fits(value: Any, schema: Any) -> bool:
    """Whether text, a number or a truth fits a schema's own limits; unions and objects are not looked into."""
    types = {"string": str, "integer": int, "number": (int, float), "boolean": bool}
    kind = types.get(schema.get("type", ""))
    if kind is not None and (not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool)):
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if isinstance(value, str):
        if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", 10**6):
            return False
        return "pattern" not in schema or re.search(schema["pattern"], value) is not None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return schema.get("minimum", value) <= value <= schema.get("maximum", value)
    return True
