"""How far several builds are: one line each on a terminal, else a line for each thing that happens."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import TracebackType
from typing import Any

from envfactory.cli.output import note

_WIDTH = 28
"""Characters of a build's name."""


class Board:
    """Progress of builds, on stderr, for people. Use as a context manager."""

    def __init__(self, names: Sequence[str], *, quiet: bool = False) -> None:
        last = [name if " " in name else name.rstrip("/").rsplit("/", 1)[-1] for name in names]
        self.names = [name if len(name) <= _WIDTH else f"{name[: _WIDTH - 1]}…" for name in last]
        self.quiet = quiet
        self._drawn: Any = None
        self._lines: list[Any] = []
        if not quiet and len(names) > 1 and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

            columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn(),
                       TextColumn("{task.fields[told]}", markup=False))  # fmt: skip
            self._drawn = Progress(*columns, console=Console(stderr=True))
            self._lines = [self._drawn.add_task(name, total=1, told="waits", start=False) for name in self.names]

    def say(self, place: int, text: str, done: bool = False) -> None:
        """What a build has come to; `done` stops its clock."""
        if self.quiet:
            return
        if self._drawn is not None:
            line = self._lines[place]
            self._drawn.start_task(line)
            self._drawn.update(line, told=text, completed=int(done))
        else:
            note(f"{self.names[place]}: {text}" if len(self.names) > 1 else text)

    def __enter__(self) -> Board:
        if self._drawn is not None:
            self._drawn.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._drawn is not None:
            self._drawn.stop()
