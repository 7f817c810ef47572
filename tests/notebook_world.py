"""A tiny environment that passes every check: notes in notebooks, written to a folder as an author would."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE notebooks (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL) STRICT;
CREATE TABLE notes (
  id TEXT NOT NULL PRIMARY KEY,
  notebook TEXT NOT NULL REFERENCES notebooks(id),
  title TEXT NOT NULL CHECK (title <> ''),
  done INTEGER NOT NULL DEFAULT 0 CHECK (done IN (0, 1)),
  tags TEXT NOT NULL DEFAULT '[]',
  created TEXT NOT NULL
) STRICT;
"""

CODE = '''
"""Notes in notebooks."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field

from envfactory.environment.environment import Environment
from envfactory.environment.tool import FromJson, Key, tool
from envfactory.errors import ToolError

NotebookId = Annotated[str, Key("notebook", "The notebook.")]
NoteId = Annotated[str, Key("note", "The note.")]
Title = Annotated[str, Field(min_length=1, description="The note's title.")]


class Note(BaseModel):
    """A note."""

    id: NoteId
    notebook: NotebookId
    title: str
    done: bool
    tags: Annotated[list[str], FromJson]
    created: str


class Notes(BaseModel):
    """A page of notes."""

    items: list[Note]
    next: str | None = None


class Nothing(BaseModel):
    """Nothing."""


class Notebook(Environment):
    """Notes in notebooks."""

    def note(self, notebook: str, note: str) -> dict[str, Any]:
        """The row of a note."""
        self.need("notebooks", "notebook", id=notebook)
        return self.need("notes", "note", notebook=notebook, id=note)

    @tool(writes=True)
    def create_note(self, notebook: NotebookId, title: Title, tags: list[str] | None = None) -> Note:
        """Write a new note into a notebook."""
        self.need("notebooks", "notebook", id=notebook)
        row = {"id": self.new_id("note"), "notebook": notebook, "title": title, "tags": tags or []}
        self.db.insert("notes", {**row, "created": self.timestamp})
        return self.note(notebook, row["id"])

    @tool()
    def get_note(self, notebook: NotebookId, note: NoteId) -> Note:
        """Read a note."""
        return self.note(notebook, note)

    @tool()
    def list_notes(
        self,
        notebook: NotebookId,
        done: bool | None = None,
        limit: Annotated[int, Field(ge=1, le=50, description="Notes on a page.")] = 20,
        page: str | None = None,
    ) -> Notes:
        """List the notes of a notebook, by title."""
        self.need("notebooks", "notebook", id=notebook)
        rows = self.db.rows(
            "SELECT * FROM notes WHERE notebook = :notebook AND (:done IS NULL OR done = :done) ORDER BY title, id",
            {"notebook": notebook, "done": done},
        )
        items, following = self.page(rows, limit, page)
        return Notes(items=items, next=following)

    @tool(writes=True)
    def update_note(
        self, notebook: NotebookId, note: NoteId, title: Title | None = None, done: bool | None = None
    ) -> Note:
        """Change a note's title, or whether it is done."""
        row = self.note(notebook, note)
        if title is None and done is None:
            raise ToolError("say what to change", code="invalid_arguments")
        given = {"title": title, "done": done}
        values = {name: value for name, value in given.items() if value is not None}
        self.db.update("notes", values, id=row["id"])
        return self.note(notebook, note)

    @tool(writes=True)
    def delete_note(self, notebook: NotebookId, note: NoteId) -> Nothing:
        """Delete a note."""
        row = self.note(notebook, note)
        self.db.delete("notes", id=row["id"])
        return Nothing()
'''


def parameter(name: str, kind: str, role: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, "role": role, **more}


IN = parameter("notebook", "string", "scope", entity="notebook", required=True)
KEY = parameter("note", "string", "key", entity="note", required=True)
TITLE = parameter("title", "string", "value", field="title")
DONE = parameter("done", "boolean", "value", field="done")
SPEC: dict[str, Any] = {
    "name": "notebook",
    "title": "Notebook",
    "domain": "office",
    "description": "Notes in notebooks.",
    "sources": [{"kind": "prose", "title": "a test", "sha256": "0" * 64, "licence": "none"}],
    "entities": [
        {
            "name": "notebook",
            "table": "notebooks",
            "key": "id",
            "label": "name",
            "attributes": [{"name": "id", "type": "string"}, {"name": "name", "type": "string"}],
        },
        {
            "name": "note",
            "table": "notes",
            "key": "id",
            "label": "title",
            "scope": "notebook",
            "attributes": [
                {"name": "id", "type": "string", "read_only": True},
                {"name": "notebook", "type": "string", "entity": "notebook"},
                {"name": "title", "type": "string", "required": True},
                {"name": "done", "type": "boolean"},
                {"name": "tags", "type": "array", "items": {"type": "string"}},
                {"name": "created", "type": "string", "format": "date-time", "read_only": True},
            ],
        },
    ],
    "tools": [
        {
            "name": "create_note",
            "operation": "notes.create",
            "description": "Write a new note into a notebook.",
            "effect": "create",
            "entity": "note",
            "parameters": [IN, {**TITLE, "required": True}, parameter("tags", "array", "value", field="tags")],
        },
        {
            "name": "get_note",
            "operation": "notes.get",
            "description": "Read a note.",
            "effect": "get",
            "entity": "note",
            "parameters": [IN, KEY],
        },
        {
            "name": "list_notes",
            "operation": "notes.list",
            "description": "List the notes of a notebook.",
            "effect": "list",
            "entity": "note",
            "returns": "many",
            "envelope": "items",
            "next_page": "next",
            "parameters": [
                IN,
                parameter("done", "boolean", "filter", field="done", operator="equals"),
                parameter("limit", "integer", "page_size", minimum=1, maximum=50, default=20),
                parameter("page", "string", "page_token"),
            ],
        },
        {
            "name": "update_note",
            "operation": "notes.update",
            "description": "Change a note.",
            "effect": "update",
            "entity": "note",
            "parameters": [IN, KEY, TITLE, DONE],
        },
        {
            "name": "delete_note",
            "operation": "notes.delete",
            "description": "Delete a note.",
            "effect": "delete",
            "entity": "note",
            "returns": "nothing",
            "parameters": [IN, KEY],
        },
    ],
}


def row(number: int, notebook: str, title: str, **more: Any) -> dict[str, Any]:
    created = f"2026-02-{number:02d}T08:00:00.000Z"
    return {"id": f"n{number}", "notebook": notebook, "title": title, "created": created, **more}


SMALL: dict[str, Any] = {
    "note": "two notebooks",
    "rows": {
        "notebooks": [{"id": "home", "name": "Home"}, {"id": "work", "name": "Work"}],
        "notes": [
            row(1, "home", "Milk", tags=["shop"]),
            row(2, "home", "Apples", done=True),
            row(3, "home", "Bread"),
            row(4, "work", "Report", tags=["q1", "team"]),
            row(5, "work", "Call Ada", done=True),
        ],
    },
}

CASES: list[dict[str, Any]] = [
    {
        "name": "a new note",
        "sentence": "A note is written into its notebook, not done.",
        "steps": [
            {
                "tool": "create_note",
                "arguments": {"notebook": "home", "title": "Eggs", "tags": ["shop"]},
                "result": {"id": "$any", "notebook": "home", "title": "Eggs", "done": False, "tags": ["shop"]},
                "changes": [
                    {
                        "table": "notes",
                        "op": "insert",
                        "key": ["$0.id"],
                        "after": {"title": "Eggs", "done": False, "tags": ["shop"], "created": "$0.created"},
                    }
                ],
            },
            {"tool": "get_note", "arguments": {"notebook": "home", "note": "$0.id"}, "result": {"title": "Eggs"}},
            {"tool": "create_note", "arguments": {"notebook": "home", "title": "Tea"}, "result": {"tags": []}},
        ],
    },
    {
        "name": "no such notebook",
        "sentence": "A notebook that does not exist is refused.",
        "steps": [
            {
                "tool": "create_note",
                "arguments": {"notebook": "x", "title": "Eggs"},
                "error": "not_found",
                "message": "x",
            },
            {"tool": "list_notes", "arguments": {"notebook": "x"}, "error": "not_found", "message": "notebook 'x'"},
            {"tool": "get_note", "arguments": {"notebook": "x", "note": "n1"}, "message": "no notebook 'x'"},
            {"tool": "get_note", "arguments": {"notebook": "work", "note": "n1"}, "message": "no note 'n1'"},
        ],
    },
    {
        "name": "a list",
        "sentence": "Notes are listed by title, page by page.",
        "given": {"notes": [row(6, "home", "Apples")]},
        "steps": [
            {
                "tool": "list_notes",
                "arguments": {"notebook": "home", "limit": 3},
                "result": {"items": [{"id": "n2"}, {"id": "n6"}, {"id": "n3"}], "next": "$any"},
                "changes": [],
            },
            {
                "tool": "list_notes",
                "arguments": {"notebook": "home", "limit": 3, "page": "$0.next"},
                "result": {"items": [{"id": "n1"}], "next": "$absent"},
            },
            {
                "tool": "list_notes",
                "arguments": {"notebook": "home", "done": True},
                "result": {"items": [{"id": "n2", "done": True}]},
            },
            {
                "tool": "list_notes",
                "arguments": {"notebook": "work", "done": False},
                "result": {"items": [{"id": "n4"}]},
            },
        ],
    },
    {
        "name": "an update",
        "sentence": "Only what is given changes.",
        "steps": [
            {
                "tool": "update_note",
                "arguments": {"notebook": "home", "note": "n1", "done": True},
                "result": {"done": True, "title": "Milk"},
                "changes": [
                    {"table": "notes", "op": "update", "key": ["n1"], "before": {"done": 0}, "after": {"done": 1}}
                ],
            },
            {
                "tool": "update_note",
                "arguments": {"notebook": "home", "note": "n1", "title": "Oat milk"},
                "result": {"done": True, "title": "Oat milk"},
            },
            {
                "tool": "update_note",
                "arguments": {"notebook": "home", "note": "n1"},
                "error": "invalid_arguments",
                "message": "say what",
            },
            {
                "tool": "update_note",
                "arguments": {"notebook": "home", "note": "n4", "done": True},
                "error": "not_found",
            },
        ],
    },
    {
        "name": "a deletion",
        "sentence": "A deleted note is gone.",
        "steps": [
            {
                "tool": "delete_note",
                "arguments": {"notebook": "home", "note": "n1"},
                "result": {},
                "changes": [{"table": "notes", "op": "delete", "key": ["n1"], "before": {"tags": ["shop"]}}],
            },
            {"tool": "delete_note", "arguments": {"notebook": "home", "note": "n1"}, "error": "not_found"},
        ],
    },
]


def write(folder: Path) -> Path:
    (folder / "states").mkdir(parents=True)
    (folder / "tests").mkdir()
    (folder / "schema.sql").write_text(SCHEMA)
    (folder / "environment.py").write_text(CODE)
    (folder / "spec.json").write_text(json.dumps(SPEC))
    (folder / "states" / "small.json").write_text(json.dumps(SMALL))
    (folder / "tests" / "notes.json").write_text(json.dumps({"cases": CASES}))
    return folder
