"""The run store: what a long run has done so far, in one SQLite file (WAL), so that a kill at any moment loses nothing.

Records are numbered and written once; the configuration they were made under is kept beside them, and another one is
refused. Exports (JSON Lines, parquet) are written elsewhere when a run is over.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from envfactory.errors import FileError
from envfactory.messages import canonical

_TABLES = """
CREATE TABLE IF NOT EXISTS run (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS records (number INTEGER NOT NULL PRIMARY KEY, body TEXT NOT NULL) STRICT;
"""


class Run:
    """A run's records so far. Use as a context manager; `add` is durable against a killed process once it returns."""

    def __init__(self, path: Path, config: Mapping[str, Any], *, resume: bool = False) -> None:
        """Open or begin a run; raises FileError when one is there already (unless `resume`) or was configured
        differently, or when the folder cannot be written."""
        self.path = path
        wanted = hashlib.sha256(canonical(dict(config)).encode()).hexdigest()
        if path.exists() and not resume:
            raise FileError(f"{path} holds an unfinished run; add --resume to go on, or delete the file to start anew")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, isolation_level=None)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")
            self._connection.executescript(_TABLES)
        except (OSError, sqlite3.Error) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise FileError(f"cannot write {path}: {reason}; choose another --output") from error
        held = self._connection.execute("SELECT value FROM run WHERE key = 'config'").fetchone()
        if held is None:
            self._connection.execute("INSERT INTO run VALUES ('config', ?)", (wanted,))
        elif held[0] != wanted:
            self._connection.close()
            raise FileError(f"{path} was begun with other arguments; use the same ones, or delete it to start anew")

    def add(self, number: int, body: str) -> None:
        """Keep one record."""
        self._connection.execute("INSERT INTO records VALUES (?, ?)", (number, body))

    def records(self) -> Iterator[tuple[int, str]]:
        """All records in the order of their numbers."""
        yield from self._connection.execute("SELECT number, body FROM records ORDER BY number")

    def finish(self) -> None:
        """The run is over and exported: remove the store."""
        self._connection.close()
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self.path}{suffix}").unlink(missing_ok=True)

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()
