"""The rows of one environment in an in-memory SQLite database: `Image` (rows, frozen) and `Store` (a live copy)."""

# APSW's type stubs leave the buffer type unknown, and so every method that takes one.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

from __future__ import annotations

import hashlib
import json
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, Self

import apsw
from pydantic import BaseModel

from envfactory.environment.entropy import Entropy
from envfactory.environment.schema import Schema, Table, connect, set_clock
from envfactory.errors import StateError
from envfactory.messages import canonical

Scalar = str | int | float | bytes | None
Row = dict[str, Any]

FUEL = 20_000_000
"""SQLite virtual-machine steps one statement may take before it is stopped (about a second)."""
_TICK = 20_000

_DENIED_FUNCTIONS = frozenset({"load_extension", "randomblob", "readfile", "writefile", "fts3_tokenizer"})
_HARMLESS_PRAGMAS = frozenset({"table_info", "table_xinfo"})  # the session extension itself asks them
_DENIED_ACTIONS = frozenset(
    {
        apsw.SQLITE_ATTACH,
        apsw.SQLITE_DETACH,
        apsw.SQLITE_ALTER_TABLE,
        apsw.SQLITE_CREATE_TABLE,
        apsw.SQLITE_CREATE_TEMP_TABLE,
        apsw.SQLITE_CREATE_TRIGGER,
        apsw.SQLITE_CREATE_TEMP_TRIGGER,
        apsw.SQLITE_CREATE_VIEW,
        apsw.SQLITE_CREATE_TEMP_VIEW,
        apsw.SQLITE_CREATE_INDEX,
        apsw.SQLITE_CREATE_TEMP_INDEX,
        apsw.SQLITE_CREATE_VTABLE,
        apsw.SQLITE_DROP_TABLE,
        apsw.SQLITE_DROP_TRIGGER,
        apsw.SQLITE_DROP_VIEW,
        apsw.SQLITE_DROP_INDEX,
    }
)


class RefusedByDatabase(Exception):
    """A trigger said `RAISE(ABORT, message)`: a rule of the service, kept by the database."""


class BrokenConstraint(Exception):
    """A key, reference or CHECK refused a row: a bug of the tool that tried to write it."""


class Runaway(Exception):
    """A statement took more than `FUEL` steps and was stopped."""


class RowChange(BaseModel, frozen=True):
    """One row that differs; for an update `before` and `after` hold only the columns that differ."""

    table: str
    op: Literal["insert", "update", "delete"]
    key: tuple[Scalar, ...]
    before: dict[str, Scalar]
    after: dict[str, Scalar]
    indirect: bool = False
    """Written by a trigger or a cascade, not by the tool itself."""


class _Slot:
    """A connection made ready once and used by one store after another: opening costs ten times a reset."""

    def __init__(self) -> None:
        self.entropy: Entropy | None = None
        self.fuel = FUEL
        self.connection = connect()
        self.connection.row_trace = _as_dict
        self.connection.create_scalar_function("random", self._random, 0)
        self.connection.set_progress_handler(self._tick, _TICK)

    def _random(self, *_: Any) -> int:
        assert self.entropy is not None
        return self.entropy.random.getrandbits(64) - (1 << 63)

    def _tick(self) -> bool:
        self.fuel -= _TICK
        return self.fuel < 0


_idle: list[_Slot] = []
_IDLE = 256
"""Connections kept for the next store; each holds about 60 KB."""


@dataclass(frozen=True)
class Image:
    """The rows of an environment at one moment, frozen; equal rows loaded in the same way give equal bytes."""

    schema: Schema
    data: bytes
    hash: str

    @staticmethod
    def of(schema: Schema, data: bytes) -> Image:
        """The image with these bytes."""
        return Image(schema, data, hashlib.sha256(data).hexdigest())

    @staticmethod
    def load(schema: Schema, rows: Mapping[str, Sequence[Row]]) -> Image:
        """Put `rows` (by table) into an empty database; raises StateError naming the first row that does not fit."""
        connection = connect()
        try:
            connection.execute(schema.ddl)
            connection.config(apsw.SQLITE_DBCONFIG_ENABLE_FKEY, 0)
            connection.config(apsw.SQLITE_DBCONFIG_ENABLE_TRIGGER, 0)
            connection.execute("BEGIN")
            for name, items in rows.items():
                table = schema.tables.get(name)
                if table is None:
                    raise StateError(f"the state has rows for {name!r}, which is no table of the schema")
                for number, item in enumerate(items):
                    _load_row(connection, table, item, number)
            connection.execute("COMMIT")
            broken = connection.execute('SELECT "table", rowid, parent FROM pragma_foreign_key_check').fetchone()
            if broken:
                raise StateError(f"a row of {broken[0]} refers to a row of {broken[2]} that does not exist")
            return Image.of(schema, connection.serialize("main"))
        except apsw.SQLError as error:  # "foreign key mismatch": a reference to what is no key
            raise StateError(f"the rows cannot be checked against the schema: {error}") from error
        finally:
            connection.close()


def _load_row(connection: apsw.Connection, table: Table, item: Row, number: int) -> None:
    unknown = set(item) - set(table.names)
    if unknown:
        raise StateError(f"row {number} of {table.name} has columns that the table lacks: {', '.join(sorted(unknown))}")
    try:
        connection.execute(_insert_sql(table.name, tuple(item)), tuple(_plain(value) for value in item.values()))
    except (apsw.ConstraintError, apsw.MismatchError) as error:
        raise StateError(f"row {number} of {table.name} does not fit the schema: {error}") from error


def _plain(value: Any) -> Scalar:
    """A value as a column holds it: truth as 0 or 1, lists and objects as canonical JSON text."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (dict, list, tuple)):
        return canonical(value)
    return value


@lru_cache(maxsize=4096)
def _insert_sql(table: str, columns: tuple[str, ...]) -> str:
    if not columns:
        return f'INSERT INTO "{table}" DEFAULT VALUES'
    names = ", ".join(f'"{name}"' for name in columns)
    return f'INSERT INTO "{table}" ({names}) VALUES ({", ".join("?" * len(columns))})'


@lru_cache(maxsize=4096)
def _where_sql(columns: tuple[str, ...]) -> str:
    return " AND ".join(f'"{name}" IS ?' for name in columns) or "TRUE"


class Store:
    """A live database: reads at any time, writes inside `transaction`, exact row changes since its image."""

    def __init__(self, image: Image, entropy: Entropy, *, journal: bytes = b"", base: Image | None = None) -> None:
        self.base = base or image
        self.schema = image.schema
        self.entropy = entropy
        self._journal = [journal] if journal else []
        self.last = b""
        self._slot = _idle.pop() if _idle else _Slot()
        self._slot.entropy = entropy
        self._slot.fuel = FUEL
        self._open = True
        self._connection = self._slot.connection
        self._connection.authorizer = None  # deserialize is an ATTACH inside
        self._connection.deserialize("main", image.data)
        self._connection.authorizer = _authorize

    # Reading and writing rows ------------------------------------------------------------------------------------

    def rows(self, sql: str, values: Mapping[str, Any] | Sequence[Any] = ()) -> list[Row]:
        """Run one SQL statement; its rows as dicts."""
        set_clock(self.entropy.now)
        self._slot.fuel = FUEL
        bound = {k: _plain(v) for k, v in values.items()} if isinstance(values, Mapping) else tuple(map(_plain, values))
        try:
            found: list[Any] = self._connection.execute(sql, bound).fetchall()
            return found  # dicts: `_as_dict` is the connection's row trace
        except apsw.ConstraintError as error:
            if getattr(error, "extendedresult", 0) == apsw.SQLITE_CONSTRAINT_TRIGGER:
                raise RefusedByDatabase(str(error)) from error
            raise BrokenConstraint(str(error)) from error
        except apsw.InterruptError as error:
            raise Runaway("the statement was stopped: it took too many steps") from error
        except (OverflowError, UnicodeEncodeError) as error:  # beyond 64 bits; half of a surrogate pair
            raise RefusedByDatabase("a value is too large, or is text with a broken character") from error

    def row(self, sql: str, values: Mapping[str, Any] | Sequence[Any] = ()) -> Row | None:
        """The first row, if there is one."""
        found = self.rows(sql, values)
        return found[0] if found else None

    def value(self, sql: str, values: Mapping[str, Any] | Sequence[Any] = ()) -> Any:
        """The first column of the first row; None when there is no row."""
        found = self.row(sql, values)
        return next(iter(found.values())) if found else None

    def get(self, table: str, **where: Any) -> Row | None:
        """The first row of `table` whose columns equal `where`."""
        return self.row(f'SELECT * FROM "{table}" WHERE {_where_sql(tuple(where))} LIMIT 1', tuple(where.values()))

    def find(self, table: str, **where: Any) -> list[Row]:
        """The rows of `table` whose columns equal `where`, in the order of their key."""
        key = ", ".join(f'"{name}"' for name in self.schema.tables[table].key)
        sql = f'SELECT * FROM "{table}" WHERE {_where_sql(tuple(where))} ORDER BY {key}'
        return self.rows(sql, tuple(where.values()))

    def insert(self, table: str, row: Mapping[str, Any]) -> None:
        """Add one row; columns not given take their default."""
        self.rows(_insert_sql(table, tuple(row)), tuple(row.values()))

    def update(self, table: str, values: Mapping[str, Any], **where: Any) -> int:
        """Set `values` in the rows that equal `where`; how many there were."""
        if not values:
            return 0
        sets = ", ".join(f'"{name}" = ?' for name in values)
        sql = f'UPDATE "{table}" SET {sets} WHERE {_where_sql(tuple(where))}'
        self.rows(sql, (*values.values(), *where.values()))
        return self._connection.changes()

    def delete(self, table: str, **where: Any) -> int:
        """Delete the rows that equal `where`; how many there were, without those that cascade."""
        self.rows(f'DELETE FROM "{table}" WHERE {_where_sql(tuple(where))}', tuple(where.values()))
        return self._connection.changes()

    def next_number(self, table: str, column: str, **where: Any) -> int:
        """One more than the largest `column` among the rows that equal `where`; 1 when there is none."""
        sql = f'SELECT COALESCE(MAX("{column}"), 0) + 1 FROM "{table}" WHERE {_where_sql(tuple(where))}'
        return self.value(sql, tuple(where.values()))

    # Transactions and changes ------------------------------------------------------------------------------------

    @contextmanager
    def transaction(self) -> Generator[Written]:
        """Writes inside are kept together, or, when anything is raised, leave no trace — in ids and dice neither."""
        before = self.entropy.state
        session = apsw.Session(self._connection, "main")
        session.attach()
        written = Written(self.schema)
        self._connection.execute("BEGIN")
        try:
            yield written
            self._connection.execute("COMMIT")
        except BaseException:
            self._connection.execute("ROLLBACK")
            self.entropy.__init__(before)
            raise
        else:
            data = session.changeset()
            if data:
                written.data = self.last = data
                self._journal.append(data)
        finally:
            session.close()

    @contextmanager
    def reading(self) -> Generator[None]:
        """Nothing inside may write; raises WroteInReader, and undoes it, when something did."""
        before = self._connection.total_changes()
        drawn = self.entropy.state
        self._connection.execute("BEGIN")
        try:
            yield
            if self._connection.total_changes() != before or self.entropy.state != drawn:
                raise WroteInReader("a tool that is declared to read has written rows or drawn an id")
        finally:
            self._connection.execute("ROLLBACK")
            if self.entropy.state != drawn:
                self.entropy.__init__(drawn)

    @property
    def changeset(self) -> bytes:
        """All changes since the base image in SQLite's changeset format; empty when the rows are equal to its."""
        if len(self._journal) > 1:
            builder = apsw.ChangesetBuilder()
            for data in self._journal:
                builder.add(data)
            merged = builder.output()
            builder.close()
            self._journal = [merged] if merged else []
        return self._journal[0] if self._journal else b""

    def changes(self) -> tuple[RowChange, ...]:
        """Net row changes since the base image: what was undone does not show, equal states give equal tuples."""
        return _decode(self.changeset, self.schema)

    def image(self) -> Image:
        """The rows as they are now."""
        return Image.of(self.schema, self._connection.serialize("main"))

    def state(self) -> dict[str, list[Row]]:
        """All rows by table, in the order of their keys: equal content gives equal values."""
        return {name: self.find(name) for name in self.schema.tables}

    def fingerprint(self) -> str:
        """A hash of `state` and of what ids and dice will give next."""
        return hashlib.sha256((canonical(self.state()) + self.entropy.state.model_dump_json()).encode()).hexdigest()

    def fork(self) -> Store:
        """An independent copy, with the same future ids and dice and the same changes so far."""
        image = Image(self.schema, self._connection.serialize("main"), "")
        return Store(image, Entropy(self.entropy.state), journal=self.changeset, base=self.base)

    @classmethod
    def replay(cls, base: Image, changeset: bytes, entropy: Entropy) -> Self:
        """The store that had `changeset` since `base`, without its history in memory."""
        store = cls(base, entropy)
        if changeset:
            connection = store._connection
            connection.authorizer = None
            connection.config(apsw.SQLITE_DBCONFIG_ENABLE_TRIGGER, 0)
            connection.config(apsw.SQLITE_DBCONFIG_ENABLE_FKEY, 0)
            apsw.Changeset.apply(changeset, connection)
            connection.config(apsw.SQLITE_DBCONFIG_ENABLE_FKEY, 1)
            connection.config(apsw.SQLITE_DBCONFIG_ENABLE_TRIGGER, 1)
            connection.authorizer = _authorize
            store._journal = [changeset]
        return store

    def close(self) -> None:
        """Give the connection back; closing twice is no error."""
        if not self._open:
            return
        self._open = False
        del self._connection  # the next store will own it: a late use of this one must crash, not read its rows
        if len(_idle) < _IDLE:
            _idle.append(self._slot)
        else:
            self._slot.connection.close()


class WroteInReader(Exception):
    """A tool declared without `writes=True` changed a row."""


class Written:
    """What one transaction changed, once it is over."""

    def __init__(self, schema: Schema) -> None:
        self.data = b""
        self._schema = schema

    def changes(self) -> tuple[RowChange, ...]:
        """The rows it changed."""
        return _decode(self.data, self._schema)


def merged(changesets: Sequence[bytes]) -> bytes:
    """Several changesets, one after the other, as one: what was undone is gone. Only for those `decoded` has read."""
    builder = apsw.ChangesetBuilder()
    try:
        for data in changesets:
            builder.add(data)
        return builder.output()
    finally:
        builder.close()


def _decode(changeset: bytes, schema: Schema) -> tuple[RowChange, ...]:
    if not changeset:
        return ()
    found: list[RowChange] = []
    for item in apsw.Changeset.iter(changeset):
        table = schema.tables[item.name]
        names = table.names
        old: tuple[Any, ...] = item.old or ()
        new: tuple[Any, ...] = item.new or ()
        places = item.pk_columns
        source = old or new
        key = tuple(source[place] for place in sorted(places))
        if item.op == "UPDATE":
            before = {n: v for n, v, w in zip(names, old, new, strict=True) if w is not apsw.no_change}
            after = {n: w for n, w in zip(names, new, strict=True) if w is not apsw.no_change}
        else:
            before = dict(zip(names, old, strict=False))
            after = dict(zip(names, new, strict=False))
        found.append(
            RowChange.model_construct(
                table=item.name,
                op=item.op.lower(),
                key=key,
                before=before,
                after=after,
                indirect=item.indirect,
            )
        )
    found.sort(key=lambda change: (change.table, json.dumps(change.key, default=str), change.op))
    return tuple(found)


def _as_dict(cursor: apsw.Cursor, row: tuple[Any, ...]) -> Row:
    return {column[0]: value for column, value in zip(cursor.get_description(), row, strict=True)}


def _authorize(action: int, first: str | None, second: str | None, _db: str | None, _trigger: str | None) -> int:
    if action in _DENIED_ACTIONS or (action == apsw.SQLITE_PRAGMA and first not in _HARMLESS_PRAGMAS):
        return apsw.SQLITE_DENY
    if action == apsw.SQLITE_FUNCTION and second in _DENIED_FUNCTIONS:
        return apsw.SQLITE_DENY
    return apsw.SQLITE_OK
