"""Ours: a client of a notebook service, as a stub."""

import datetime as dt
from collections.abc import Sequence
from enum import Enum
from typing import Literal, TypedDict

class Colour(Enum):
    RED = "red"
    BLUE = "blue"

class Note:
    id: str
    """What identifies it."""
    title: str
    colour: Colour
    archived: bool
    created_at: dt.datetime
    tags: list[str] | None

class Page(TypedDict):
    items: list[Note]
    next_cursor: str

class NotesClient:
    def __init__(self, key: str) -> None: ...
    def create(self, title: str, *, colour: Literal["red", "blue"] = "red", tags: Sequence[str] = ...) -> Note:
        """Make a note."""
    def get(self, note_id: str) -> Note: ...
    def list(self, colour: Colour | None = None, limit: int = 20, cursor: str | None = None) -> Page: ...
    async def update(self, note_id: str, title: str | None = None) -> Note: ...
    def delete(self, note_id: str) -> None: ...
    def archive(self, note_id: str) -> Note: ...
    def _secret(self) -> None: ...

def word_count(text: str) -> int: ...
