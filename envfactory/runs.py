"""The run store: what a long run has done so far, in one SQLite file (WAL), so that a kill at any moment loses nothing.

It holds records (candidates, versions, verdicts), each written once; the requests sent to models and their replies; a
ledger of what they cost, by stage; and the requests that no attempt could get answered. A request is written before it
is sent and its reply as soon as it is there, so that no reply is paid for twice: only those under way when the process
was killed are sent again. The configuration a run was begun with is kept beside it, and another one is refused. Exports
(JSON Lines, parquet) are written elsewhere when a run is over.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from pydantic import BaseModel, Field

from envfactory.errors import BudgetSpent, FileError
from envfactory.messages import canonical

_TABLES = """
CREATE TABLE IF NOT EXISTS run (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS records (
    kind TEXT NOT NULL, number INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, number)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS requests (
    number INTEGER NOT NULL PRIMARY KEY, key TEXT NOT NULL UNIQUE, stage TEXT NOT NULL, identity TEXT NOT NULL,
    body TEXT NOT NULL, under_way INTEGER NOT NULL, tokens INTEGER NOT NULL, cost REAL NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS replies (
    key TEXT NOT NULL PRIMARY KEY REFERENCES requests (key), body TEXT NOT NULL, tokens_in INTEGER NOT NULL,
    tokens_out INTEGER NOT NULL, cost REAL NOT NULL, seconds REAL NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS failures (
    number INTEGER NOT NULL PRIMARY KEY, key TEXT NOT NULL, stage TEXT NOT NULL, kind TEXT NOT NULL,
    last INTEGER NOT NULL, message TEXT NOT NULL, tokens INTEGER NOT NULL, cost REAL NOT NULL) STRICT;
"""
_SPENT = """
SELECT (SELECT coalesce(sum(tokens_in + tokens_out), 0) FROM replies) + (SELECT coalesce(sum(tokens), 0) FROM failures),
       (SELECT coalesce(sum(cost), 0) FROM replies) + (SELECT coalesce(sum(cost), 0) FROM failures),
       (SELECT coalesce(sum(tokens), 0) FROM requests WHERE under_way),
       (SELECT coalesce(sum(cost), 0) FROM requests WHERE under_way)
"""
PERHAPS_PAID = frozenset({"cut", "timeout", "killed"})
"""Failures after which a provider may send a bill all the same; they are charged with what was reserved."""


class Budget(BaseModel, frozen=True):
    """What a run may spend; None is no limit."""

    tokens: int | None = Field(default=None, ge=0)
    cost: float | None = Field(default=None, ge=0)
    """US dollars."""


class Purse:
    """One budget for several runs of this process: what one of them spends or sets aside, no other can.

    What a run has spent counts from when it is opened, so open those that are to be resumed before any goes on.
    """

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self._runs: list[Run] = []
        self._closed = (0, 0.0)

    def open(self, run: Run) -> None:
        """Count a run from now on."""
        self._runs.append(run)

    def close(self, run: Run) -> None:
        """The run is over; what it has spent stays spent."""
        if run in self._runs:
            tokens, cost = run.spent()
            self._closed = (self._closed[0] + tokens, self._closed[1] + cost)
            self._runs.remove(run)

    def sums(self) -> tuple[int, float, int, float]:
        """Tokens and US dollars spent by all runs, and set aside for their requests under way."""
        tokens, cost = self._closed
        held_tokens, held_cost = 0, 0.0
        for run in self._runs:
            one = run.sums()
            tokens, cost = tokens + one[0], cost + one[1]
            held_tokens, held_cost = held_tokens + one[2], held_cost + one[3]
        return tokens, cost, held_tokens, held_cost


class Spent(BaseModel, frozen=True):
    """What one stage of a run, or all of it, has spent."""

    replies: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float = 0.0
    seconds: float = 0.0
    failures: dict[str, int] = {}
    """Attempts that failed, by kind; `killed` are those under way when the process ended."""
    lost_tokens: int = 0
    """Reserved for attempts that may have been paid for although no reply came."""
    lost_cost: float = 0.0


class Asked(NamedTuple):
    """One answered request, as it was written."""

    key: str
    stage: str
    identity: str
    request: str
    reply: str


class DeadLetter(NamedTuple):
    """A request that no attempt could get answered."""

    key: str
    stage: str
    kind: str
    message: str


class Run:
    """A run's store so far. Use as a context manager; what a method has written survives a killed process.

    One process at a time: the file stays locked for as long as it is open.
    """

    def __init__(
        self,
        path: Path,
        config: Mapping[str, Any],
        *,
        resume: bool = False,
        budget: Budget | None = None,
        purse: Purse | None = None,
    ) -> None:
        """Open or begin a run; raises FileError when one is there already (unless `resume`) or was configured
        differently, is being worked on, or when the folder cannot be written. The configuration must be JSON and hold
        no secret; the budget is no part of it, so that it may be raised. A `purse` is a budget shared with others."""
        self.path = path
        self.budget = purse.budget if purse else budget or Budget()
        self._purse = purse
        if path.exists() and not resume:
            raise FileError(f"{path} holds an unfinished run; add --resume to go on, or delete the file to start anew")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, isolation_level=None, timeout=1.0)
        except (OSError, sqlite3.Error) as error:
            raise _unwritable(path, error) from error
        try:
            self._connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")
            self._connection.executescript(_TABLES)
            self._begin(dict(config))
        except sqlite3.Error as error:
            self._connection.close()
            if "locked" in str(error):
                raise FileError(f"another process is at work on {path}; wait for it or stop it") from error
            raise _unwritable(path, error) from error
        except FileError:
            self._connection.close()
            raise
        if purse:
            purse.open(self)

    # Records

    def add(self, number: int, body: str, *, kind: str = "") -> None:
        """Keep one record. The same one again is nothing new; another under its number is a bug, and ValueError."""
        done = self._connection.execute("INSERT OR IGNORE INTO records VALUES (?, ?, ?)", (kind, number, body))
        if not done.rowcount and self.record(number, kind=kind) != body:
            raise ValueError(f"record {number} of kind {kind!r} is there already, and differs")

    def record(self, number: int, *, kind: str = "") -> str | None:
        """One record; None when there is none."""
        row = self._one("SELECT body FROM records WHERE kind = ? AND number = ?", kind, number)
        return row[0] if row else None

    def records(self, *, kind: str = "") -> Iterator[tuple[int, str]]:
        """All records of a kind in the order of their numbers."""
        yield from self._connection.execute("SELECT number, body FROM records WHERE kind = ? ORDER BY number", (kind,))

    # Requests and replies

    def reply(self, key: str) -> str | None:
        """The reply to the request of that key; None when there is none yet."""
        row = self._one("SELECT body FROM replies WHERE key = ?", key)
        return row[0] if row else None

    def reserve(self, key: str, *, stage: str, identity: str, body: str, tokens: int = 0, cost: float = 0.0) -> bool:
        """Write down a request that is about to be sent, and set aside what it may cost at most.

        False when there is room in the budget only once requests under way are done. Raises BudgetSpent when there is
        none at all.
        """
        with self._transaction():
            if not self._room(tokens, cost):
                return False
            self._connection.execute(
                "INSERT INTO requests (key, stage, identity, body, under_way, tokens, cost)"
                " VALUES (?, ?, ?, ?, 1, ?, ?)"
                " ON CONFLICT (key) DO UPDATE SET under_way = 1, tokens = excluded.tokens, cost = excluded.cost",
                (key, stage, identity, body, tokens, cost),
            )
        return True

    def answer(
        self,
        key: str,
        body: str,
        *,
        tokens_in: int = 0,
        tokens_out: int = 0,
        cost: float = 0.0,
        seconds: float = 0.0,
        failures: Sequence[str] = (),
    ) -> None:
        """Write down a reply and what it cost, and the kinds of the attempts that failed before it."""
        with self._transaction():
            self._failed(key, failures, message="", last=False)
            self._connection.execute(
                "INSERT INTO replies VALUES (?, ?, ?, ?, ?, ?)", (key, body, tokens_in, tokens_out, cost, seconds)
            )
            self._connection.execute("UPDATE requests SET under_way = 0 WHERE key = ?", (key,))

    def fail(self, key: str, message: str, kinds: Sequence[str]) -> None:
        """Write down that no attempt at a request got an answer: a dead letter until one does."""
        with self._transaction():
            self._failed(key, kinds, message=message, last=True)
            self._connection.execute("UPDATE requests SET under_way = 0 WHERE key = ?", (key,))

    def answered(self) -> Iterator[Asked]:
        """All answered requests in the order in which they were first sent."""
        rows = self._connection.execute(
            "SELECT key, stage, identity, requests.body, replies.body FROM requests JOIN replies USING (key)"
            " ORDER BY requests.number"
        )
        yield from map(Asked._make, rows)

    def dead_letters(self) -> list[DeadLetter]:
        """The requests that failed for good and have no reply since, each with its last failure."""
        rows = self._connection.execute(
            "SELECT key, stage, kind, message FROM failures WHERE number IN"
            " (SELECT max(number) FROM failures WHERE last GROUP BY key)"
            " AND key NOT IN (SELECT key FROM replies) ORDER BY number"
        )
        return [DeadLetter(*row) for row in rows]

    # The ledger

    def ledger(self) -> dict[str, Spent]:
        """What each stage has spent, by its name; a reply counts for the stage that first asked for it."""
        found: dict[str, dict[str, Any]] = {}
        for stage, *figures in self._connection.execute(
            "SELECT stage, count(*), sum(tokens_in), sum(tokens_out), sum(replies.cost), sum(seconds)"
            " FROM requests JOIN replies USING (key) GROUP BY stage"
        ):
            found[stage] = dict(
                zip(("replies", "tokens_in", "tokens_out", "cost", "seconds"), figures, strict=True), failures={}
            )
        for stage, kind, count, tokens, cost in self._connection.execute(
            "SELECT stage, kind, count(*), sum(tokens), sum(cost) FROM failures GROUP BY stage, kind ORDER BY kind"
        ):
            entry = found.setdefault(stage, {"failures": {}})
            entry["failures"][kind] = count
            entry["lost_tokens"] = entry.get("lost_tokens", 0) + tokens
            entry["lost_cost"] = entry.get("lost_cost", 0.0) + cost
        return {stage: Spent.model_validate(found[stage]) for stage in sorted(found)}

    def spent(self) -> tuple[int, float]:
        """Tokens and US dollars spent so far, with those that may have been spent for nothing."""
        tokens, cost, _, _ = self.sums()
        return tokens, cost

    def sums(self) -> tuple[int, float, int, float]:
        """Tokens and US dollars spent, and those set aside for requests under way."""
        row = self._one(_SPENT)
        assert row is not None
        return row

    def finish(self) -> None:
        """The run is over and exported: remove the store."""
        self.close()
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self.path}{suffix}").unlink(missing_ok=True)

    def close(self) -> None:
        """Leave the store as it is, to be resumed."""
        if self._purse:
            self._purse.close(self)
            self._purse = None
        self._connection.close()

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _begin(self, config: dict[str, Any]) -> None:
        """Compare the configuration, and book what was under way when the last process ended."""
        text = canonical(config)
        held = self._one("SELECT value FROM run WHERE key = 'config'")
        if held is None:
            self._connection.execute("INSERT INTO run VALUES ('config', ?)", (text,))
        elif held[0] != text:
            raise FileError(
                f"{self.path} was begun with other arguments ({_difference(json.loads(held[0]), json.loads(text))}); "
                "use the same ones, or delete it to start anew"
            )
        with self._transaction():
            under_way = self._connection.execute("SELECT key FROM requests WHERE under_way").fetchall()
            for (key,) in under_way:
                self._failed(key, ["killed"], message="", last=False)
            self._connection.execute("UPDATE requests SET under_way = 0 WHERE under_way")

    def _room(self, tokens: int, cost: float) -> bool:
        """Whether so much may be set aside now; raises BudgetSpent when it never may."""
        if self.budget.tokens is None and self.budget.cost is None:
            return True
        spent_tokens, spent_cost, held_tokens, held_cost = self._purse.sums() if self._purse else self.sums()
        limits = (
            (self.budget.tokens, spent_tokens, held_tokens, tokens, "tokens"),
            (self.budget.cost, spent_cost, held_cost, cost, "US dollars"),
        )
        for limit, spent, _, more, unit in limits:
            if limit is not None and spent + more > limit:
                raise BudgetSpent(
                    f"the budget of {limit:g} {unit} does not allow the next request: {spent:.10g} are spent and it "
                    f"may take {more:.10g}; raise the budget and add --resume to go on"
                )
        return all(limit is None or spent + held + more <= limit for limit, spent, held, more, _ in limits)

    def _failed(self, key: str, kinds: Sequence[str], *, message: str, last: bool) -> None:
        """Book failed attempts; one that may have been paid for is charged with what was set aside."""
        for place, kind in enumerate(kinds, 1):
            final = last and place == len(kinds)
            charged = "tokens, cost" if kind in PERHAPS_PAID else "0, 0.0"
            self._connection.execute(
                "INSERT INTO failures (key, stage, kind, last, message, tokens, cost)"
                f" SELECT key, stage, ?, ?, ?, {charged} FROM requests WHERE key = ?",
                (kind, final, message if final else "", key),
            )

    def _one(self, sql: str, *values: str | int) -> Any | None:
        return self._connection.execute(sql, values).fetchone()

    @contextmanager
    def _transaction(self) -> Generator[None, None, None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


def _difference(held: dict[str, Any], given: dict[str, Any]) -> str:
    """The arguments that differ, in words."""
    names = [name for name in sorted({*held, *given}) if held.get(name) != given.get(name)]
    return ", ".join(f"{name} was {held.get(name)!r:.60}, is {given.get(name)!r:.60}" for name in names[:5])


def _unwritable(path: Path, error: OSError | sqlite3.Error) -> FileError:
    reason = error.strerror if isinstance(error, OSError) else error
    return FileError(f"cannot write {path}: {reason}; choose another --output")
