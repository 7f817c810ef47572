"""What the commands print: one JSON document, or tables for people; progress and errors on stderr."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from envfactory.errors import FileError


def say_error(message: str) -> None:
    """One sentence on stderr."""
    print(f"envfactory: {' '.join(message.split())}", file=sys.stderr)


def note(message: str) -> None:
    """One line of progress on stderr, for people."""
    print(message, file=sys.stderr, flush=True)


def emit(document: Any) -> None:
    """The one JSON document of `--json`."""
    print(json.dumps(document, indent=1, ensure_ascii=False))


def say(text: str = "") -> None:
    """A line for people on stdout."""
    print(text)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table for people; numbers stand to the right."""
    from rich.console import Console
    from rich.table import Table

    listed = [[str(cell) for cell in row] for row in rows]
    drawn = Table(title=title, title_justify="left", title_style="bold", header_style="bold", box=None, pad_edge=False)
    for place, column in enumerate(columns):
        numeric = bool(listed) and all(_is_number(row[place]) for row in listed)
        drawn.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in listed:
        drawn.add_row(*row)
    wide = None if sys.stdout.isatty() else 140
    Console(highlight=False, width=wide, markup=False).print(drawn)


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).replace(",", "").removeprefix("-").rstrip("%").isdigit() or text in {"", "-"}


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all; raises FileError in one sentence."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except OSError as error:
        raise FileError(f"cannot write {path}: {error.strerror}; choose another --output") from error


def short(value: object) -> str:
    """A cell: an object as its names and figures in one line."""
    if isinstance(value, dict):
        items: dict[str, Any] = value  # pyright: ignore[reportUnknownVariableType]
        return ", ".join(f"{name} {figure}" for name, figure in items.items())
    return str(value)


@contextmanager
def progress(total: int, what: str, *, quiet: bool) -> Generator[Callable[[int], None]]:
    """A bar on stderr for people; the context's value is called with how many are done."""
    if quiet:
        yield _ignore
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as drawn:
        bar = drawn.add_task(what, total=total)

        def advance(done: int) -> None:
            drawn.update(bar, completed=done)

        yield advance


def _ignore(_done: int) -> None:
    """No bar."""
