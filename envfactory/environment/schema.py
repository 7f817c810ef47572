"""The tables of an environment, from their DDL, and the connections they live on.

This file and `store.py` are the only ones that know the database library: APSW, used rather than the standard library's
sqlite3 for SQLite's session extension, which tells exactly which rows changed
(https://www.sqlite.org/sessionintro.html), and for `sqlite3_deserialize`, which resets a database in microseconds.
"""

# APSW's type stubs leave the buffer type unknown, and so every method that takes one.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import apsw

from envfactory.errors import StateError

_JULIAN_UNIX_EPOCH_MS = 210_866_760_000_000

_clock = threading.local()

_FOREIGN = frozenset({apsw.SQLITE_ATTACH, apsw.SQLITE_DETACH, apsw.SQLITE_CREATE_VTABLE, apsw.SQLITE_DROP_VTABLE})
_FOREIGN_FUNCTIONS = frozenset({"load_extension", "readfile", "writefile", "edit", "fts3_tokenizer"})
_LONGEST = 32 * 2**20
"""Bytes of one value while a schema is read."""
_STEPS = 2_000_000
"""SQLite virtual-machine steps a schema may take."""


class _FrozenClock(apsw.VFS):
    """A virtual file system whose only change is the time: that of the store whose statement runs."""

    def __init__(self) -> None:
        super().__init__("envfactory", "")

    def xCurrentTimeInt64(self) -> int:
        return getattr(_clock, "milliseconds", _JULIAN_UNIX_EPOCH_MS)

    def xCurrentTime(self) -> float:
        return self.xCurrentTimeInt64() / 86_400_000


_VFS = _FrozenClock()  # kept alive for as long as connections may use it


@dataclass(frozen=True)
class Column:
    """One column as the schema declares it."""

    name: str
    type: str
    required: bool
    default: str | None


@dataclass(frozen=True)
class Reference:
    """A foreign key: `columns` of this table name `target_columns` of `target`."""

    columns: tuple[str, ...]
    target: str
    target_columns: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """One table: its columns in order, its primary key and its references."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    references: tuple[Reference, ...]
    sql: str

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in order."""
        return tuple(column.name for column in self.columns)


@dataclass(frozen=True)
class Schema:
    """The tables of an environment, from its DDL."""

    ddl: str
    tables: Mapping[str, Table]

    @staticmethod
    def parse(ddl: str) -> Schema:
        """Run `ddl` in an empty database and read back what it made; raises StateError when it does not run."""
        return _parse(ddl)

    def problems(self) -> list[str]:
        """What would make rows invisible to `changes`, or let a wrong row in; empty when the schema is sound."""
        found: list[str] = []
        for table in self.tables.values():
            sql = " ".join(table.sql.upper().split())
            if not table.key:
                found.append(f"table {table.name} has no PRIMARY KEY: the session extension would not see its rows")
            found += [
                f"{table.name}.{column.name} is part of the key and may be NULL: such rows would not be seen"
                for column in table.columns
                if column.name in table.key and not column.required
            ]
            if "STRICT" not in sql.rpartition(")")[2]:
                found.append(f"table {table.name} is not STRICT: a column would take any type")
            if "AUTOINCREMENT" in sql:
                found.append(f"table {table.name} uses AUTOINCREMENT, whose counter lives outside the rows")
            for reference in table.references:
                target = self.tables.get(reference.target)
                if target is None:
                    found.append(f"table {table.name} refers to {reference.target}, which does not exist")
        return found


def set_clock(now: datetime) -> None:
    """What time it is for the statements that this thread runs next."""
    moment = now if now.tzinfo else now.replace(tzinfo=UTC)
    _clock.milliseconds = int(moment.timestamp() * 1000) + _JULIAN_UNIX_EPOCH_MS


def connect() -> apsw.Connection:
    """An empty in-memory database whose clock is `set_clock`'s, with foreign keys enforced."""
    connection = apsw.Connection(":memory:", vfs="envfactory", statementcachesize=64)
    connection.config(apsw.SQLITE_DBCONFIG_ENABLE_FKEY, 1)
    connection.config(apsw.SQLITE_DBCONFIG_DQS_DML, 0)
    return connection


@lru_cache(maxsize=256)
def _parse(ddl: str) -> Schema:
    connection = connect()
    try:
        with _guarded(connection):
            connection.execute(ddl)
        names = _read(
            connection,
            "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
        )
        tables = {name: _table(connection, name, sql) for name, sql in names}
    except apsw.Error as error:
        raise StateError(f"the schema does not run: {error}") from error
    finally:
        connection.close()
    return Schema(ddl, tables)


@contextmanager
def _guarded(connection: apsw.Connection) -> Generator[None]:
    """Schemas come from models and the web and are read in the host: no file, no extension, no endless query."""
    connection.limit(apsw.SQLITE_LIMIT_LENGTH, _LONGEST)
    connection.authorizer = _forbid
    connection.set_progress_handler(lambda: True, _STEPS)
    try:
        yield
    finally:
        connection.authorizer = None
        connection.set_progress_handler(None)


def _forbid(action: int, first: str | None, second: str | None, _db: str | None, _trigger: str | None) -> int:
    wrong = action in _FOREIGN or (action == apsw.SQLITE_FUNCTION and second in _FOREIGN_FUNCTIONS)
    return apsw.SQLITE_DENY if wrong or (action == apsw.SQLITE_PRAGMA and first != "foreign_keys") else apsw.SQLITE_OK


def _table(connection: apsw.Connection, name: str, sql: str) -> Table:
    rows = _read(connection, 'SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_info(?)', name)
    references: dict[int, list[tuple[str, str, str | None]]] = {}
    for number, target, source, to in _read(
        connection, 'SELECT id, "table", "from", "to" FROM pragma_foreign_key_list(?) ORDER BY id, seq', name
    ):
        references.setdefault(number, []).append((target, source, to))
    return Table(
        name,
        columns=tuple(Column(column, kind, bool(required), default) for column, kind, required, default, _ in rows),
        key=tuple(column for column, *_, place in sorted(rows, key=_place) if place),
        references=tuple(
            Reference(tuple(s for _, s, _ in r), r[0][0], tuple(t or "" for *_, t in r)) for r in references.values()
        ),
        sql=sql,
    )


def _place(row: tuple[Any, ...]) -> int:
    return row[-1]


def _read(connection: apsw.Connection, sql: str, *values: str) -> list[tuple[Any, ...]]:
    found: list[Any] = connection.execute(sql, values).fetchall()
    return found
