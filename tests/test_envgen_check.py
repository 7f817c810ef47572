"""The checks of an environment: a good one is verified, and each planted fault is caught by the check it is for."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from envfactory.envgen.check import check, write_certificate
from envfactory.environment import library
from envfactory.environment.library import Certificate

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


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "notebook")


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Certificate]:
    folder = write(tmp_path_factory.mktemp("good") / "notebook")
    return folder, check(folder, fuzz=60)


def test_a_good_environment_is_verified(good: tuple[Path, Certificate]) -> None:
    _, certificate = good
    assert [f.failures for f in certificate.findings if not f.passed] == []
    assert certificate.verdict == "verified"
    assert all(finding.count for finding in certificate.findings)


def test_what_was_checked_is_written_and_one_changed_byte_voids_it(
    good: tuple[Path, Certificate], tmp_path: Path
) -> None:
    folder = tmp_path / "notebook"
    shutil.copytree(good[0], folder)
    assert library.status(folder) == "unverified"
    write_certificate(folder, good[1])
    assert library.certificate(folder) == good[1]
    assert library.status(folder) == "verified"
    assert [path.name for path in folder.iterdir() if path.suffix == ".tmp"] == []
    (folder / "states" / "small.json").write_text(json.dumps(SMALL).replace("Milk", "Malk"))
    assert library.status(folder) == "unverified"


def test_the_same_content_gets_the_same_certificate(good: tuple[Path, Certificate]) -> None:
    assert check(good[0], fuzz=60) == good[1]


# Faults ----------------------------------------------------------------------------------------------------------

IGNORES_ITS_FILTER = ('self.db.update("notes", values, id=row["id"])', 'self.db.update("notes", values)')
READER_WRITES = (
    '        """Read a note."""\n',
    '        """Read a note."""\n        self.db.update("notes", {"done": 1}, id=note)\n',
)
HIDDEN_WRITE = (
    '        """The row of a note."""\n',
    '        """The row of a note."""\n        self.db.rows("UPDATE notes SET done = 1 WHERE id = :id", {"id": note})\n',
)
UUID = (
    '"id": self.new_id("note"), "notebook"',
    '"id": str(uuid.uuid4()), "notebook"',
    "from typing import Annotated, Any\n",
    "import uuid\nfrom typing import Annotated, Any\n",
)
SWALLOWED = ('{"notebook": notebook, "done": done},', '{"notebook": notebook, "done": None},')
WRONG_TYPE = ('return self.note(notebook, row["id"])', 'return {**self.note(notebook, row["id"]), "done": "perhaps"}')
SHARED = (
    '    """Notes in notebooks."""\n\n    def note',
    '    """Notes in notebooks."""\n\n    seen: list[str] = []\n\n    def note',
    '        row = {"id": self.new_id("note"), "notebook": notebook, "title": title,',
    '        self.seen.append(title)\n        title = f"{title} {len(self.seen)}"\n'
    '        row = {"id": self.new_id("note"), "notebook": notebook, "title": title,',
)
OWN_ATTRIBUTE = (
    '        row = {"id": self.new_id("note"), "notebook": notebook, "title": title,',
    '        self.last = getattr(self, "last", 0) + 1\n        title = f"{title} {self.last}"\n'
    '        row = {"id": self.new_id("note"), "notebook": notebook, "title": title,',
)
SET_ORDER = ('"tags": tags or []}', '"tags": list({"red", "green", "blue", *(tags or [])})}')
WALL_CLOCK = (
    '"created": self.timestamp',
    '"created": datetime.now().isoformat()',
    "from typing import Annotated, Any\n",
    "from datetime import datetime\nfrom typing import Annotated, Any\n",
)
PAGE_DROPS_ONE = (
    "        items, following = self.page(rows, limit, page)\n",
    "        items, following = self.page(rows, limit, page)\n        items = items[1:] if page else items\n",
)
DELETE_LEAVES_ROW = ('        self.db.delete("notes", id=row["id"])\n', '        row.pop("id")\n')
UNKNOWN_ACCEPTED = (
    '        row = self.note(notebook, note)\n        self.db.delete("notes", id=row["id"])',
    '        self.db.delete("notes", notebook=notebook, id=note)',
)
ENDLESS_PAGES = ("return Notes(items=items, next=following)", 'return Notes(items=items, next=following or "ZnJvbSAx")')
RETURNS_OTHER = (
    '        self.db.update("notes", values, id=row["id"])\n        return self.note(notebook, note)',
    '        self.db.update("notes", values, id=row["id"])\n        return {**self.note(notebook, note), **{"title": "x"}}',
)
ROW_ORDER = ("done = :done) ORDER BY title, id", "done = :done) ORDER BY rowid")
BROKEN_CHECK = ("title: Title | None = None, done", "title: str | None = None, done")
MISSING_TOOL = ("    @tool()\n    def get_note", "    def get_note")
EXTRA_PARAMETER = ("limit: Annotated[int", "colour: str | None = None, limit: Annotated[int")
OTHER_TYPE = ("tags: list[str] | None = None) -> Note", "tags: str | None = None) -> Note")
UNMARKED = ("    @tool(writes=True)\n    def delete_note", "    @tool()\n    def delete_note")
INJECTED = (
    '"SELECT * FROM notes WHERE notebook = :notebook AND',
    "f\"SELECT * FROM notes WHERE '{notebook}' = :notebook AND",
)
FILES = (
    "        return self.note(notebook, note)\n\n    @tool()\n    def list",
    '        open("/tmp/x")\n        return self.note(notebook, note)\n\n    @tool()\n    def list',
)

FAULTS = [
    ("static", READER_WRITES, "get_note writes (self.db.update) but is not marked writes=True"),
    ("static", HIDDEN_WRITE, "get_note writes through note (UPDATE) but is not marked writes=True"),
    ("static", UUID, "uuid4 differs each time; use self.new_id"),
    ("static", UUID, "imports uuid"),
    ("static", SWALLOWED, "list_notes takes done and never uses it"),
    ("static", SHARED, "create_note keeps state outside the database (self.seen.append)"),
    ("static", OWN_ATTRIBUTE, "create_note keeps state outside the database (self.last)"),
    ("static", WALL_CLOCK, "datetime.now reads the wall clock; use self.now"),
    ("static", INJECTED, "SQL is made of an argument"),
    ("static", FILES, "calls open(), which reads or writes files"),
    ("contract", MISSING_TOOL, "get_note is in spec.json, but no method in the code is that tool"),
    ("contract", EXTRA_PARAMETER, "list_notes takes colour, which spec.json does not name"),
    ("contract", OTHER_TYPE, "create_note: tags is string in the code, array in spec.json"),
    ("contract", UNMARKED, "delete_note only reads by its @tool mark"),
    ("stored", IGNORES_ITS_FILTER, "update_note(notebook='home', note='n1', done=True): 3 row changes"),
    ("stored", SWALLOWED, "result.items has 4 items, not 1"),
    ("stored", ROW_ORDER, "result.items.0.id is 'n1', not 'n2'"),
    ("laws", READER_WRITES, "WroteInReader"),
    ("laws", UNKNOWN_ACCEPTED, "was accepted, with an unknown id"),
    ("laws", RETURNS_OTHER, "get_note does not give what update_note("),
    ("laws", DELETE_LEAVES_ROW, "succeeded, but get_note("),
    ("laws", DELETE_LEAVES_ROW, "succeeded and changed no row"),
    ("laws", PAGE_DROPS_ONE, "items, one large page holds"),
    ("laws", ENDLESS_PAGES, "following its pages does not end or is refused"),
    ("roundtrip", WRONG_TYPE, "is a bug: create_note: ValidationError"),
    ("roundtrip", ROW_ORDER, "comes out differently once the rows were dumped and loaded again"),
    ("determinism", SET_ORDER, "another process gives another result for the same seed"),
    ("determinism", UUID, "another process gives another result for the same seed"),
    ("determinism", WALL_CLOCK, "another process gives another result for the same seed"),
    ("isolation", SHARED, "comes out differently in a session beside it"),
    ("isolation", OWN_ATTRIBUTE, "comes out differently in a fork"),
    ("isolation", UUID, "comes out differently in a fork"),
    ("fuzz", BROKEN_CHECK, "CHECK constraint failed"),
    ("fuzz", WRONG_TYPE, "a bug: create_note: ValidationError"),
]


def plant(folder: Path, fault: tuple[str, ...]) -> None:
    """Replace text of the code: pairs of what is there and what takes its place."""
    code = (folder / "environment.py").read_text()
    for before, after in zip(fault[::2], fault[1::2], strict=True):
        assert code.count(before) == 1, before
        code = code.replace(before, after)
    (folder / "environment.py").write_text(code)


@pytest.mark.parametrize(("name", "fault", "told"), FAULTS, ids=[f"{n}: {t}" for n, _, t in FAULTS])
def test_a_planted_fault_is_caught_and_named(folder: Path, name: str, fault: tuple[str, ...], told: str) -> None:
    plant(folder, fault)
    certificate = check(folder, only={name}, fuzz=200)
    finding = certificate.finding(name)
    assert not finding.passed
    assert any(told in failure for failure in finding.failures), finding.failures
    assert certificate.verdict == "failed"
