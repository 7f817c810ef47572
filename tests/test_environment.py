"""Stores, tools, sessions and the library: what the floor everything stands on promises."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import BaseModel

from envfactory.environment import library
from envfactory.environment.entropy import Entropy, EntropyState, rfc3339, utc
from envfactory.environment.environment import DEFAULT_NOW, Environment, State, open_environment
from envfactory.environment.schema import Schema
from envfactory.environment.session import Session, World
from envfactory.environment.spec import EnvSpec, read_spec
from envfactory.environment.store import BrokenConstraint, Image, RefusedByDatabase, Runaway, Store
from envfactory.environment.tool import FromJson, Key, Tool, tool
from envfactory.errors import FileError, SpecError, StateError, ToolError, UnknownName

DDL = """
CREATE TABLE shelf (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT, WITHOUT ROWID;
CREATE TABLE book (
  id TEXT NOT NULL PRIMARY KEY,
  shelf_id TEXT NOT NULL REFERENCES shelf (id) ON DELETE CASCADE,
  title TEXT NOT NULL,
  lent INTEGER NOT NULL DEFAULT 0 CHECK (lent IN (0, 1)),
  tags TEXT CHECK (json_valid(tags))
) STRICT, WITHOUT ROWID;
CREATE TABLE history (number INTEGER NOT NULL PRIMARY KEY, book_id TEXT NOT NULL) STRICT;
CREATE TRIGGER remember AFTER UPDATE OF lent ON book BEGIN INSERT INTO history (book_id) VALUES (new.id); END;
CREATE TRIGGER lent_books_stay BEFORE DELETE ON book WHEN old.lent = 1 BEGIN
  SELECT RAISE(ABORT, 'a lent book cannot be removed');
END;
"""
ROWS = {
    "shelf": [{"id": "s1", "name": "Novels"}, {"id": "s2", "name": "Maps"}],
    "book": [
        {"id": "b1", "shelf_id": "s1", "title": "Emma", "tags": ["old", "loved"]},
        {"id": "b2", "shelf_id": "s1", "title": "Ulysses", "lent": True},
    ],
}


class Book(BaseModel):
    """A book."""

    id: Annotated[str, Key("book")]
    title: str
    lent: bool
    tags: Annotated[list[str] | None, FromJson] = None


class Shelves(Environment):
    """Books on shelves."""

    schema = DDL

    @tool(writes=True)
    def add_book(self, shelf_id: Annotated[str, Key("shelf")], title: str, tags: list[str] | None = None) -> Book:
        """Put a book on a shelf."""
        self.need("shelf", "shelf", id=shelf_id)
        book = self.new_id("book")
        self.db.insert("book", {"id": book, "shelf_id": shelf_id, "title": title, "tags": tags})
        return Book.model_validate(self.db.get("book", id=book))

    @tool(writes=True)
    def lend(self, book: Annotated[str, Key("book")]) -> Book:
        """Lend a book."""
        self.db.update("book", {"lent": True}, id=book)
        if self.need("book", "book", id=book)["title"] == "Emma":
            raise ToolError("Emma stays here", code="forbidden")
        return Book.model_validate(self.db.get("book", id=book))

    @tool(writes=True)
    def remove(self, book: Annotated[str, Key("book")]) -> None:
        """Remove a book."""
        self.db.delete("book", id=book)

    @tool()
    def find(self, from_: int = 0, word: str = "") -> list[Book]:
        """Find books by a word of their title."""
        rows = self.db.rows("SELECT * FROM book WHERE title LIKE ? ORDER BY id", (f"%{word}%",))
        return [Book.model_validate(row) for row in rows[from_:]]

    @tool()
    def peek(self) -> str:
        """Claims to read, and writes."""
        self.db.update("book", {"lent": 1}, id="b1")
        return "ok"

    @tool(writes=True)
    def break_down(self) -> str:
        """Has a bug."""
        self.db.insert("book", {"id": "b9", "shelf_id": "nowhere", "title": "?"})
        return "ok"


STATE = State(rows=ROWS)


def entropy(seed: str = "7") -> Entropy:
    return Entropy(EntropyState(seed=seed, now=DEFAULT_NOW))


@pytest.fixture
def store() -> Store:
    return Store(Image.load(Schema.parse(DDL), ROWS), entropy())


@pytest.fixture
def session() -> Session:
    return Session([World(Shelves, STATE)], seed=7)


# Store -----------------------------------------------------------------------------------------------------------


def test_changes_are_net_and_tell_triggers_apart(store: Store) -> None:
    with store.transaction():
        store.update("book", {"lent": 1}, id="b1")
        store.insert("shelf", {"id": "s3", "name": "New"})
        store.update("shelf", {"name": "Charts"}, id="s2")
    with store.transaction():
        store.delete("shelf", id="s3")
        store.update("shelf", {"name": "Maps"}, id="s2")
    told = [(c.table, c.op, c.key, c.before, c.after, c.indirect) for c in store.changes()]
    assert told == [
        ("book", "update", ("b1",), {"lent": 0}, {"lent": 1}, False),
        ("history", "insert", (1,), {}, {"number": 1, "book_id": "b1"}, True),
    ]


def test_a_cascade_shows_every_row_it_took(store: Store) -> None:
    with store.transaction():
        store.update("book", {"lent": 0}, id="b2")
        store.delete("shelf", id="s1")
    assert {(c.table, c.op) for c in store.changes()} >= {("shelf", "delete"), ("book", "delete")}


def test_what_is_raised_inside_a_transaction_leaves_no_trace_in_rows_ids_and_dice(store: Store) -> None:
    before = store.fingerprint()

    def change_and_fail() -> None:
        with store.transaction():
            store.insert("shelf", {"id": store.entropy.new_id("s"), "name": "X"})
            store.entropy.random.random()
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        change_and_fail()
    assert store.fingerprint() == before
    assert store.changes() == ()


def test_a_fork_and_its_origin_go_separate_ways_and_draw_the_same_ids(store: Store) -> None:
    with store.transaction():
        store.update("shelf", {"name": "A"}, id="s1")
    fork = store.fork()
    assert fork.changes() == store.changes()
    with fork.transaction():
        fork.update("shelf", {"name": "B"}, id="s2")
    assert len(store.changes()) == 1
    assert len(fork.changes()) == 2
    assert fork.entropy.new_id("x") == store.entropy.new_id("x")


def test_a_closed_store_crashes_instead_of_reading_its_successors_rows(store: Store) -> None:
    store.close()
    store.close()
    successor = Store(Image.load(Schema.parse(DDL), {}), entropy())
    with pytest.raises(AttributeError):
        store.rows("SELECT * FROM shelf")
    assert successor.rows("SELECT * FROM shelf") == []


def test_the_clock_stands_still_and_dice_follow_the_seed(store: Store) -> None:
    assert store.value("SELECT datetime('now')") == "2026-03-02 09:00:00"
    assert store.value("SELECT CURRENT_DATE") == "2026-03-02"
    again = Store(store.base, entropy())
    assert store.value("SELECT random()") == again.value("SELECT random()")
    assert store.value("SELECT random()") != Store(store.base, entropy("8")).value("SELECT random()")


@pytest.mark.parametrize(
    "sql",
    [
        "PRAGMA foreign_keys = OFF",
        "ATTACH 'x.db' AS other",
        "CREATE TABLE t (a)",
        "DROP TABLE book",
        "SELECT randomblob(8)",
        "SELECT load_extension('x')",
    ],
)
def test_sql_that_leaves_the_rows_alone_or_escapes_is_refused(store: Store, sql: str) -> None:
    with pytest.raises(Exception, match="not authorized"):
        store.rows(sql)


def test_runaway_sql_is_stopped(store: Store) -> None:
    with pytest.raises(Runaway):
        store.rows("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n")


def test_constraints_are_bugs_and_triggers_are_refusals(store: Store) -> None:
    with pytest.raises(BrokenConstraint):
        store.insert("book", {"id": "b1", "shelf_id": "s1", "title": "Twice"})
    with pytest.raises(RefusedByDatabase, match="a lent book cannot be removed"):
        store.delete("book", id="b2")


def test_the_lint_names_what_the_session_extension_would_not_see() -> None:
    problems = Schema.parse("CREATE TABLE a (x TEXT); CREATE TABLE b (k TEXT PRIMARY KEY);").problems()
    assert any("a has no PRIMARY KEY" in p for p in problems)
    assert any("a is not STRICT" in p for p in problems)
    assert any("b.k is part of the key and may be NULL" in p for p in problems)
    assert Schema.parse(DDL).problems() == []


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ({"boks": []}, "no table of the schema"),
        ({"shelf": [{"id": "s", "name": "n", "colour": "red"}]}, "columns that the table lacks: colour"),
        ({"shelf": [{"id": "s"}]}, "row 0 of shelf does not fit"),
        ({"book": [{"id": "b", "shelf_id": "none", "title": "t"}]}, "refers to a row of shelf that does not exist"),
    ],
)
def test_rows_that_do_not_fit_are_refused_in_one_sentence(rows: dict[str, list[dict[str, str]]], sentence: str) -> None:
    with pytest.raises(StateError, match=sentence):
        Shelves.image(State(rows=rows))


# Tools -----------------------------------------------------------------------------------------------------------


def test_the_signature_is_the_schema_and_the_docstring_what_the_agent_reads() -> None:
    add = Shelves.tools["add_book"]
    assert add.description == "Put a book on a shelf."
    assert add.writes
    assert add.input_schema["required"] == ["shelf_id", "title"]
    assert add.input_schema["additionalProperties"] is False
    assert add.input_schema["properties"]["tags"] == {"type": "array", "items": {"type": "string"}}
    assert add.input_schema["properties"]["shelf_id"]["x-entity"] == "shelf"
    assert Shelves.tools["find"].input_schema["properties"].keys() == {"from", "word"}


def test_a_tool_without_types_or_docstring_is_refused_when_the_class_is_made() -> None:
    def naked(self: Environment, x) -> str:  # type: ignore[no-untyped-def]
        return ""

    with pytest.raises(TypeError, match="parameter x has no type"):
        Tool.of(tool()(naked))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"title": "T"}, "shelf_id: is required"),
        ({"shelf_id": 1, "title": "T"}, "shelf_id: Input should be a valid string"),
        ({"shelf_id": "s1", "title": "T", "colour": "red"}, "colour: there is no such argument"),
        ([], "the arguments"),
    ],
)
def test_wrong_arguments_are_refused_by_name(session: Session, arguments: object, sentence: str) -> None:
    entry = session.call("shelves__add_book", arguments)
    assert entry.outcome == "refused"
    assert entry.result["error"]["code"] == "invalid_arguments"  # type: ignore[index, call-overload]
    assert sentence in json.dumps(entry.result)
    assert session.changes() == {"shelves": ()}


def test_results_are_json_without_empty_fields(session: Session) -> None:
    entry = session.call("shelves__find", {"word": "mm"})
    assert entry.result == [{"id": "b1", "title": "Emma", "lent": False, "tags": ["old", "loved"]}]
    assert session.call("shelves__find", {"from": 1}).result == [{"id": "b2", "title": "Ulysses", "lent": True}]


def test_a_refusal_leaves_no_trace(session: Session) -> None:
    before = session.fingerprint()
    for name, arguments in [
        ("lend", {"book": "b1"}),
        ("remove", {"book": "b2"}),
        ("add_book", {"shelf_id": "no", "title": "T"}),
    ]:
        assert session.call(f"shelves__{name}", arguments).outcome == "refused"
    assert session.fingerprint() == before


def test_a_bug_is_recorded_hidden_from_the_agent_and_undone(session: Session) -> None:
    before = session.fingerprint()
    entry = session.call("shelves__break_down", {})
    assert entry.outcome == "bug"
    assert "FOREIGN KEY" in entry.bug
    assert "FOREIGN" not in json.dumps(entry.result)
    liar = session.call("shelves__peek", {})
    assert liar.outcome == "bug"
    assert "declared to read" in liar.bug
    assert session.fingerprint() == before


def test_unknown_tools_and_environments_are_refused_not_raised(session: Session) -> None:
    for name in ("shelves__nothing", "nowhere__find", "find", ""):
        assert session.call(name, {}).result["error"]["code"] == "unknown_tool"  # type: ignore[index, call-overload]


# Sessions --------------------------------------------------------------------------------------------------------


def test_two_sessions_never_see_each_other_and_repeat_each_other(session: Session) -> None:
    other = Session([World(Shelves, STATE)], seed=7)
    first = session.call("shelves__add_book", {"shelf_id": "s1", "title": "Dune"})
    assert other.changes() == {"shelves": ()}
    assert other.call("shelves__add_book", {"shelf_id": "s1", "title": "Dune"}) == first
    third = Session([World(Shelves, STATE)], seed=8).call("shelves__add_book", {"shelf_id": "s1", "title": "Dune"})
    assert third.result != first.result


def test_a_checkpoint_is_small_and_brings_back_rows_ids_clock_and_log(session: Session) -> None:
    session.call("shelves__add_book", {"shelf_id": "s1", "title": "Dune"})
    moment = session.checkpoint()
    assert sum(len(mark.changeset) for mark in moment.marks.values()) < 400
    fork = session.fork()
    expected = fork.call("shelves__add_book", {"shelf_id": "s2", "title": "Atlas"})
    session.call("shelves__remove", {"book": "b1"})
    session.advance(timedelta(hours=2))
    session.restore(moment)
    assert len(session.log) == 1
    assert session.call("shelves__add_book", {"shelf_id": "s2", "title": "Atlas"}) == expected
    assert session.fingerprint() == fork.fingerprint()
    elsewhere = Session([World(Shelves, State(rows={}))])
    with pytest.raises(UnknownName):
        elsewhere.restore(moment)


def test_a_failing_call_in_one_environment_does_not_touch_another() -> None:
    class Mail(Environment):
        """Letters."""

        schema = "CREATE TABLE letter (id TEXT NOT NULL PRIMARY KEY, text TEXT NOT NULL) STRICT;"

        @tool(writes=True)
        def write(self, text: str) -> str:
            """Write a letter."""
            letter = self.new_id()
            self.db.insert("letter", {"id": letter, "text": text})
            return letter

    session = Session([World(Shelves, STATE), World(Mail, State())])
    assert [s.name for s in session.schemas()] == sorted(session.tools)
    session.call("mail__write", {"text": "hello"})
    session.call("shelves__break_down", {})
    changed = session.changes()
    assert [c.op for c in changed["mail"]] == ["insert"]
    assert changed["shelves"] == ()


def test_times_are_text_that_sorts_and_need_a_zone() -> None:
    assert rfc3339(utc("2026-03-02T10:00:00+01:00")) == "2026-03-02T09:00:00.000Z"
    with pytest.raises(ValueError, match="no time zone"):
        utc("2026-03-02T10:00:00")


def test_pages_cover_every_row_once_and_bad_tokens_are_refused() -> None:
    environment = open_environment(Shelves, STATE)
    rows = [{"n": n} for n in range(7)]
    seen: list[dict[str, int]] = []
    token = None
    while True:
        page, token = environment.page(rows, 3, token)
        seen += page
        if token is None:
            break
    assert seen == rows
    for bad in ("", "x", "ZnJvbSA5OQ=="):
        with pytest.raises(ToolError):
            environment.page(rows, 3, bad)


# Library and contract ----------------------------------------------------------------------------------------------


def write_environment(folder: Path) -> Path:
    folder.mkdir(parents=True)
    spec = {
        "name": "pens",
        "title": "Pens",
        "domain": "office",
        "description": "Pens.",
        "sources": [{"kind": "prose", "title": "a note", "sha256": "0" * 64, "licence": "Apache-2.0"}],
        "entities": [{"name": "pen", "table": "pen", "key": "id", "attributes": [{"name": "id", "type": "string"}]}],
        "tools": [
            {"name": "list_pens", "operation": "pens.list", "description": "List.", "effect": "list", "entity": "pen"}
        ],
    }
    (folder / "spec.json").write_text(json.dumps(spec))
    (folder / "schema.sql").write_text("CREATE TABLE pen (id TEXT NOT NULL PRIMARY KEY) STRICT;")
    (folder / "environment.py").write_text(
        "from envfactory.environment.environment import Environment\n"
        "from envfactory.environment.tool import tool\n\n\n"
        'class Pens(Environment):\n    """Pens."""\n\n    @tool()\n    def list_pens(self) -> list[str]:\n'
        '        """List."""\n        return [row["id"] for row in self.db.find("pen")]\n'
    )
    (folder / "states").mkdir()
    (folder / "states" / "small.json").write_text('{"rows": {"pen": [{"id": "p1"}]}}')
    return folder


def test_a_folder_is_found_loaded_and_leaves_no_module_behind(tmp_path: Path) -> None:
    import sys

    folder = write_environment(tmp_path / "pens")
    before = set(sys.modules)
    cls = library.load("pens", [tmp_path])
    assert set(sys.modules) == before
    with Session([World.of(cls, "small")]) as session:
        assert session.call("pens__list_pens", {}).result == ["p1"]
    text = (folder / "environment.py").read_text().replace('"pen")]', '"pen")] + ["p2"]')
    mutant = library.load(folder, replace={"environment.py": text})
    with Session([World.of(mutant, "small")]) as session:
        assert session.call("pens__list_pens", {}).result == ["p1", "p2"]
    with pytest.raises(UnknownName, match="did you mean 'pens'"):
        library.load("pen", [tmp_path])


def test_one_changed_byte_voids_the_certificate(tmp_path: Path) -> None:
    folder = write_environment(tmp_path / "pens")
    held = library.Certificate(
        name="pens", hash=library.content_hash(folder), verdict="verified", version="0", findings=()
    )
    (folder / "certificate.json").write_text(held.model_dump_json())
    assert library.status(folder) == "verified"
    copy = shutil.copytree(folder, tmp_path / "copy")
    (copy / "states" / "small.json").write_text('{"rows": {"pen": [{"id": "p1"}] }}')
    assert library.status(copy) == "unverified"
    (folder / "certificate.json").write_text("{")
    assert library.status(folder) == "unverified"


def test_a_contract_that_contradicts_itself_is_refused_by_name(tmp_path: Path) -> None:
    folder = write_environment(tmp_path / "pens")
    spec = read_spec(folder / "spec.json")
    assert EnvSpec.model_validate_json(spec.to_json()) == spec
    (folder / "spec.json").write_text(spec.to_json().replace('"entity": "pen"', '"entity": "pencil"'))
    with pytest.raises(SpecError, match="unknown entity 'pencil'"):
        read_spec(folder / "spec.json")
    with pytest.raises(FileError, match="cannot read"):
        read_spec(folder / "none.json")
