"""Read a changeset that somebody else wrote, byte by byte in Python: SQLite's own reader is for changesets we trust.

The format is told in the comment "CHANGESET FORMAT" of ext/session/sqlite3session.c: per table `T`, the number of
columns, one byte a column that is not 0 for the key, and the name; per row the operation, a flag, and the old and new
values. A value is one byte of type and its content, integers with the highest byte first.
"""

from __future__ import annotations

import json
import struct
from typing import Any

from envfactory.environment.schema import Schema
from envfactory.environment.store import RowChange

_INSERT, _UPDATE, _DELETE = 18, 23, 9
_OPERATIONS = {_INSERT: "insert", _UPDATE: "update", _DELETE: "delete"}
_ABSENT = object()
"""A column that an update leaves as it is."""


class BadChangeset(Exception):
    """Bytes that are no changeset of this schema."""


def decoded(data: bytes, schema: Schema, *, most: int | None = None) -> tuple[RowChange, ...]:
    """The row changes, `most` of them at most, in the order `Store.changes` gives them; raises BadChangeset."""
    reader = _Reader(data)
    found: list[RowChange] = []
    try:
        while reader.place < len(data):
            found += reader.table(schema, most - len(found) if most is not None else None)
    except (IndexError, struct.error, UnicodeDecodeError) as error:
        raise BadChangeset(f"cut off or broken: {type(error).__name__}") from None
    found.sort(key=lambda change: (change.table, json.dumps(change.key, default=str), change.op))
    return tuple(found)


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.place = 0

    def byte(self) -> int:
        value = self.data[self.place]
        self.place += 1
        return value

    def take(self, count: int) -> bytes:
        part = self.data[self.place : self.place + count]
        if len(part) != count:
            raise BadChangeset("cut off")
        self.place += count
        return part

    def varint(self) -> int:
        """SQLite's variable-length integer: seven bits a byte, all eight in the ninth."""
        value = 0
        for _ in range(8):
            byte = self.byte()
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                return value
        return value << 8 | self.byte()

    def table(self, schema: Schema, most: int | None) -> list[RowChange]:
        if self.byte() != 0x54:  # "T"
            raise BadChangeset("no table where one should begin")
        count = self.varint()
        if not 0 < count <= 2000:
            raise BadChangeset(f"{count} columns")
        keys = self.take(count)
        end = self.data.index(0, self.place) if 0 in self.data[self.place : self.place + 512] else -1
        if end < 0:
            raise BadChangeset("a table's name has no end")
        name = self.take(end - self.place).decode()
        self.place += 1
        table = schema.tables.get(name)
        if table is None or len(table.columns) != count:
            raise BadChangeset(f"no table {name!r} with {count} columns")
        names = table.names
        places = [number for number, flag in enumerate(keys) if flag]
        if {names[number] for number in places} != set(table.key):
            raise BadChangeset(f"another key of {name!r}")
        found: list[RowChange] = []
        while self.place < len(self.data) and self.data[self.place] != 0x54:
            if len(found) == most:
                raise BadChangeset("too many rows")
            found.append(self.row(name, names, places))
        return found

    def row(self, table: str, names: tuple[str, ...], places: list[int]) -> RowChange:
        operation, indirect = self.byte(), self.byte()
        if operation not in _OPERATIONS or indirect > 1:
            raise BadChangeset(f"operation {operation}")
        old = self.values(len(names)) if operation != _INSERT else []
        new = self.values(len(names)) if operation != _DELETE else []
        source = old or new
        key = tuple(source[place] for place in places)
        if operation == _UPDATE:
            before = {n: v for n, v, w in zip(names, old, new, strict=True) if w is not _ABSENT and v is not _ABSENT}
            after = {n: w for n, w in zip(names, new, strict=True) if w is not _ABSENT}
            whole = before.keys() == after.keys()
        else:
            before = dict(zip(names, old, strict=False))
            after = dict(zip(names, new, strict=False))
            whole = _ABSENT not in source
        if not whole or any(part is _ABSENT or part is None for part in key):
            raise BadChangeset(f"a row of {table!r} lacks values")
        return RowChange.model_construct(
            table=table, op=_OPERATIONS[operation], key=key, before=before, after=after, indirect=bool(indirect)
        )

    def values(self, count: int) -> list[Any]:
        return [self.value() for _ in range(count)]

    def value(self) -> Any:
        kind = self.byte()
        if kind == 0:
            return _ABSENT
        if kind == 1:
            return struct.unpack(">q", self.take(8))[0]
        if kind == 2:
            return struct.unpack(">d", self.take(8))[0]
        if kind == 3:
            return self.take(self.varint()).decode()
        if kind == 4:
            return self.take(self.varint())
        if kind == 5:
            return None
        raise BadChangeset(f"type {kind}")
