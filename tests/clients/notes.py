"""A tiny world for the server's tests: notes that can be added, listed, found and removed."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from envfactory.environment.environment import Environment, State
from envfactory.environment.session import Session, World
from envfactory.environment.tool import Key, tool
from envfactory.errors import ToolError

NoteId = Annotated[str, Key("note")]


class Note(BaseModel):
    id: NoteId
    title: str
    due: str | None


class Notes(Environment):
    """Notes with titles."""

    schema = """
        CREATE TABLE notes (id TEXT NOT NULL PRIMARY KEY, title TEXT NOT NULL, due TEXT) STRICT;
    """

    @tool(writes=True)
    def add_note(self, title: Annotated[str, Field(description="What it says.", min_length=1)]) -> Note:
        """Add a note."""
        note = {"id": self.new_id("note"), "title": title, "due": None}
        self.db.insert("notes", note)
        return Note.model_validate(note)

    @tool()
    def list_notes(self) -> list[Note]:
        """All notes."""
        return [Note.model_validate(row) for row in self.db.find("notes")]

    @tool()
    def find_note(self, title: str) -> Note | None:
        """The note of that title, or nothing."""
        row = self.db.get("notes", title=title)
        return Note.model_validate(row) if row else None

    @tool(writes=True)
    def remove_note(self, note_id: NoteId) -> None:
        """Remove a note."""
        if not self.db.delete("notes", id=note_id):
            raise ToolError(f"there is no note {note_id!r}", code="not_found")

    @tool()
    def break_down(self) -> str:
        """Fail as a bug in an environment does."""
        raise RuntimeError("the secret reason")


MILK = State(rows={"notes": [{"id": "note_1", "title": "milk", "due": None}]})


def open_notes() -> Session:
    """A session with one note."""
    return Session([World(Notes, MILK)], seed=1)
