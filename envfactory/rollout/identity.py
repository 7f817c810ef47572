"""Which of an attempt's new rows stand for which of the wanted ones, and so which created ids are equal.

Ids are matched by colour refinement (Weisfeiler and Leman 1968): a new row's colour is its content, then its content
and the colours of the rows it refers to and that refer to it, and so on; ties, which are rows nothing tells apart, are
broken one at a time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from envfactory.environment.store import RowChange, Scalar

Generated = Callable[[str, str, Scalar], bool]
"""Whether the key of a row that was inserted (environment, table, key) was made by the environment; a key that the
agent chose is content like any other."""

LONG = 6
"""Created ids of at least this many characters are recognised inside longer texts."""
_ABSENT = object()


class Item:
    """One row change that counts: its place, and the columns to compare."""

    __slots__ = ("change", "columns", "environment", "group", "indirect", "key_column", "op", "place")

    def __init__(self, environment: str, change: RowChange, columns: Mapping[str, Scalar]) -> None:
        self.environment = environment
        self.change = change
        self.columns = columns
        self.op = change.op
        self.indirect = change.indirect
        self.group = (environment, change.table)
        self.place = (environment, change.table, change.op, change.key)
        self.key_column = ""
        """For an insert with a key of one column that the environment made: that column."""

    def __str__(self) -> str:
        key = ", ".join(map(str, self.change.key))
        return f"the {self.op} of {self.environment}.{self.change.table} {key}"


@dataclass(frozen=True, slots=True)
class NewId:
    """The id of a row that was inserted."""

    environment: str
    table: str
    column: str
    value: Scalar


class Ids:
    """The ids that one side created, found wherever they are used."""

    def __init__(self, items: Sequence[Item], generated: Generated) -> None:
        self.all: list[NewId] = []
        self.own: list[Item] = []
        self._texts: dict[str, int] = {}
        self._numbers: dict[tuple[str, int], list[int]] = {}
        for item in items:
            change = item.change
            if item.op != "insert" or len(change.key) != 1 or not isinstance(change.key[0], (str, int)):
                continue
            value = change.key[0]
            column = next((name for name, held in change.after.items() if held == value), "")
            if not column or not generated(item.environment, change.table, value):
                continue
            item.key_column = column
            number = len(self.all)
            self.all.append(NewId(item.environment, change.table, column, value))
            self.own.append(item)
            if isinstance(value, str):
                self._texts[value] = number
            else:
                self._numbers.setdefault((item.environment, value), []).append(number)
        inside = sorted((re.escape(text) for text in self._texts if len(text) >= LONG), key=len, reverse=True)
        self._inside = re.compile("|".join(inside)) if inside else None

    def find(self, environment: str, table: str, column: str, value: object) -> int | None:
        """The id a column's value is; a number only where the column's name says that it refers to the id's table."""
        if isinstance(value, str):
            return self._texts.get(value)
        if isinstance(value, int) and self._numbers:
            for number in self._numbers.get((environment, value), ()):
                found = self.all[number]
                if (table == found.table and column == found.column) or _refers(column, found.table, found.column):
                    return number
        return None

    def replace(self, text: str, name: Callable[[int], str]) -> str:
        """The text with `name` of each id in place of the id."""
        if self._inside is None:
            return text
        return self._inside.sub(lambda match: name(self._texts[match[0]]), text)


@lru_cache(maxsize=4096)
def _refers(column: str, table: str, key: str) -> bool:
    """`order_id` refers to `orders`, whose key is `id` or `order_id`."""
    if column == key:
        return key.lower() not in {"id", "rowid", "number", "position"}
    stem = re.sub(r"_?id$", "", column, flags=re.IGNORECASE).lower()
    return stem != column.lower() and len(stem) > 2 and table.lower().startswith(stem[:-1])


@dataclass(slots=True)
class Pairs:
    """Created ids of the two sides that stand for each other."""

    gold: Ids
    mine: Ids
    to: dict[int, int] = field(default_factory=dict[int, int])

    @property
    def values(self) -> dict[Scalar, Scalar]:
        """The wanted ids, and the attempt's for them."""
        return {self.gold.all[g].value: self.mine.all[m].value for g, m in self.to.items()}

    def same(self, item: Item, column: str, other: Item) -> bool:
        """Whether a column holds the same in both rows."""
        if column not in other.columns:
            return False
        wanted, got = item.columns[column], other.columns[column]
        g = self.gold.find(item.environment, item.change.table, column, wanted)
        m = self.mine.find(other.environment, other.change.table, column, got)
        if g is not None or m is not None:
            return g is not None and self.to.get(g, -1) == m
        if not isinstance(wanted, str) or not isinstance(got, str):
            return wanted == got
        expected = self.gold.replace(wanted, self._name)
        if expected == got or same_day(expected, got):
            return True
        loose = item.op == "insert" or item.change.before.get(column) in (None, "", "[]")
        return same_json(expected, got, loose=loose)

    def _name(self, number: int) -> str:
        return str(self.mine.all[self.to[number]].value) if number in self.to else "\0"


def pair_ids(gold: Sequence[Item], gold_ids: Ids, mine: Sequence[Item], mine_ids: Ids) -> Pairs:
    """The created ids of both sides, matched."""
    pairs = Pairs(gold_ids, mine_ids)
    if not gold_ids.all or not mine_ids.all:
        return pairs
    held = {item.place: item.columns for item in mine}
    if all(held.get(item.place) == item.columns for item in gold):  # all is there, ids and all, and perhaps more
        own = {item.place: number for number, item in enumerate(mine_ids.own)}
        pairs.to = {number: own[item.place] for number, item in enumerate(gold_ids.own) if item.place in own}
        return pairs
    while True:
        before = len(pairs.to)
        for colours in reversed(_rounds(gold, mine, pairs)):
            _join(colours, pairs)
            if len(pairs.to) > before:
                break
        else:
            return pairs


def _join(colours: tuple[list[int], list[int]], pairs: Pairs) -> None:
    """Pair the ids whose colour only one of each side has; when there are none, one pair of those of one colour."""
    used = set(pairs.to.values())
    groups: dict[int, tuple[list[int], list[int]]] = {}
    for g, colour in enumerate(colours[0]):
        if g not in pairs.to:
            groups.setdefault(colour, ([], []))[0].append(g)
    for m, colour in enumerate(colours[1]):
        if m not in used and colour in groups:
            groups[colour][1].append(m)
    shared = [group for group in groups.values() if group[1]]
    single = [group for group in shared if len(group[0]) == len(group[1]) == 1]
    for left, right in single or shared[:1]:
        pairs.to[left[0]] = right[0]


def _rounds(gold: Sequence[Item], mine: Sequence[Item], pairs: Pairs) -> list[tuple[list[int], list[int]]]:
    """The ids' colours after each round, until no round tells more of them apart."""
    known: dict[Any, int] = {}

    def colour(thing: Any) -> int:
        return known.setdefault(thing, len(known))

    left = [colour((new.environment, new.table)) for new in pairs.gold.all]
    right = [colour((new.environment, new.table)) for new in pairs.mine.all]
    for number, (g, m) in enumerate(pairs.to.items()):
        left[g] = right[m] = colour(("pair", number))
    found: list[tuple[list[int], list[int]]] = []
    classes = len({*left, *right})
    while True:
        left = _next(gold, pairs.gold, left, colour)
        right = _next(mine, pairs.mine, right, colour)
        found.append((left, right))
        now = len({*left, *right})
        if now <= classes and len(found) > 1:
            return found
        classes = now


def _next(items: Sequence[Item], ids: Ids, colours: list[int], colour: Callable[[Any], int]) -> list[int]:
    seen: list[list[int]] = [[] for _ in ids.all]
    for item in items:
        used: list[tuple[int, str]] = []
        parts: list[tuple[str, str]] = []
        for column in sorted(item.columns):
            value = item.columns[column]
            number = ids.find(item.environment, item.change.table, column, value)
            if number is not None:
                used.append((number, column))
                parts.append((column, f"#{colours[number]}"))
            elif isinstance(value, str):

                def name(inner: int, column: str = column, used: list[tuple[int, str]] = used) -> str:
                    used.append((inner, column))
                    return f"#{colours[inner]}"

                parts.append((column, "=" + ids.replace(value, name)))
            else:
                parts.append((column, f"{value!r}"))
        if used:
            key = () if item.op == "insert" else item.change.key
            look = colour((item.environment, item.change.table, item.op, key, tuple(parts)))
            for number, column in used:
                # More of a log is no difference: what a trigger wrote must not tell the rows apart that it speaks of.
                if not item.indirect or column == item.key_column:
                    seen[number].append(colour((look, column)))
    return [colour((old, tuple(sorted(place)))) for old, place in zip(colours, seen, strict=True)]


def same_day(wanted: str, got: str) -> bool:
    """Whether a day that was wanted is meant: people who say a day and no time mean any time of it, and what is kept
    for it begins at midnight."""
    return wanted[10:19] == "T00:00:00" and wanted[:10] == got[:10] and got[10:11] in {"", "T"}


def same_json(wanted: str, got: str, *, loose: bool) -> bool:
    """Whether two texts are the same JSON list or object; with `loose` the order in lists of plain values is free."""
    if wanted[:1] not in ("[", "{") or got[:1] != wanted[:1]:
        return False
    try:
        left, right = json.loads(wanted), json.loads(got)
    except ValueError:
        return False
    return left == right or (loose and ordered(left) == ordered(right))


def ordered(value: Any) -> Any:
    """A JSON value with every list of plain values sorted."""
    if isinstance(value, list):
        inner: list[Any] = [ordered(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
        return inner if any(isinstance(item, (dict, list)) for item in inner) else sorted(inner, key=repr)
    if isinstance(value, dict):
        return {key: ordered(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
    return value
