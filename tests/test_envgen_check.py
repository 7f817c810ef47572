"""The checks of an environment: a good one is verified, and each planted fault is caught by the check it is for."""

from __future__ import annotations

import ast
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from notebook_world import CODE, SCHEMA, SMALL, write

from envfactory.envgen.audit import audit
from envfactory.envgen.case import ExpectedChange
from envfactory.envgen.check import CHECKS, check, write_certificate
from envfactory.envgen.checks import limit, mutate
from envfactory.envgen.checks.mutate import check_mutation
from envfactory.envgen.checks.static import check_static
from envfactory.envgen.checks.stored import check_stored, different, unmatched
from envfactory.envgen.checks.subject import Subject
from envfactory.environment import library
from envfactory.environment.entropy import Entropy, EntropyState
from envfactory.environment.environment import DEFAULT_NOW
from envfactory.environment.library import Certificate, find
from envfactory.environment.schema import Schema
from envfactory.environment.store import Image, Store
from envfactory.errors import FileError, UnknownName


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "notebook")


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Certificate]:
    folder = write(tmp_path_factory.mktemp("good") / "notebook")
    return folder, check(folder, fuzz=20)


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
    assert check(good[0], fuzz=20) == good[1]


# Faults ----------------------------------------------------------------------------------------------------------

IGNORES_ITS_FILTER = ('self.db.update("notes", values, id=row["id"])', 'self.db.update("notes", values)')
READER_WRITES = (
    '        """Read a note."""\n',
    '        """Read a note."""\n        self.db.update("notes", {"done": 1}, id=note)\n',
)
HIDDEN_WRITE = (
    '        """The row of a note."""\n',
    '        """The row of a note."""\n        self.db.rows("UPDATE notes SET done = 1 WHERE id = ?", [note])\n',
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
    '        self.db.update("notes", values, id=row["id"])\n        return {**self.note(notebook, note), "title": "x"}',
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

SET_WALK = ('"tags": tags or []}', '"tags": [tag for tag in set(tags or [])]}')
LOCAL_TIME = ('"created": self.timestamp', '"created": self.now.astimezone().isoformat()')

FAULTS = [
    ("static", SET_ORDER, "walks over a set, whose order differs between processes; sort it"),
    ("static", SET_WALK, "walks over a set"),
    ("static", LOCAL_TIME, "astimezone without a time zone takes the machine's; name one"),
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
    certificate = check(folder, only={name}, fuzz=40)
    finding = certificate.finding(name)
    assert not finding.passed
    assert any(told in failure for failure in finding.failures), finding.failures
    assert certificate.verdict == "failed"


NEEDS_TWO_CALLS = (
    '        self.db.delete("notes", id=row["id"])\n',
    '        if len(self.db.find("notes", notebook=notebook, done=1)) > 1:\n            raise KeyError("boom")\n'
    '        self.db.delete("notes", id=row["id"])\n',
)


def test_a_bug_that_needs_several_calls_is_told_with_no_more_than_it_needs(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    plant(folder, NEEDS_TWO_CALLS)
    finding = check(folder, only={"fuzz"}).finding("fuzz")
    (told,) = finding.failures
    assert told.startswith("in small: update_note(")
    assert told.count(", then ") == 1
    assert "then delete_note(" in told
    assert told.endswith("a bug: delete_note: KeyError: 'boom'")
    assert check(folder, only={"fuzz"}).finding("fuzz") == finding
    assert list((tmp_path / "here").iterdir()) == []


def test_a_refusal_after_a_write_leaves_no_trace(folder: Path) -> None:
    # It cannot: the transaction is the framework's. The law is tried all the same, and holds.
    plant(folder, ('        return self.note(notebook, row["id"])', '        raise ToolError("no", code="limit")'))
    finding = check(folder, only={"laws"}).finding("laws")
    assert not any("trace" in failure for failure in finding.failures)


# Rows, contract and cases ----------------------------------------------------------------------------------------


def edit(path: Path, change: Callable[[Any], None]) -> None:
    value = json.loads(path.read_text())
    change(value)
    path.write_text(json.dumps(value))


def test_a_table_without_a_key_is_caught(folder: Path) -> None:
    (folder / "schema.sql").write_text(SCHEMA.replace("id TEXT NOT NULL PRIMARY KEY, name", "id TEXT, name"))
    certificate = check(folder, only={"schema", "laws"})
    assert "table notebooks has no PRIMARY KEY" in certificate.finding("schema").failures[0]


def test_a_schema_that_does_not_run_is_named_and_nothing_else_runs(folder: Path) -> None:
    (folder / "schema.sql").write_text(SCHEMA.replace("STRICT", "STRIKT"))
    certificate = check(folder, fuzz=5)
    assert "schema.sql: the schema does not run" in certificate.finding("schema").failures[0]
    assert "no tool can be called" in certificate.finding("fuzz").skipped
    assert certificate.verdict == "failed"


def test_a_state_that_does_not_fit_is_named(folder: Path) -> None:
    edit(folder / "states" / "small.json", lambda s: s["rows"]["notes"][0].update(notebook="nowhere"))
    assert "states/small.json" in check(folder, only={"schema"}).finding("schema").failures[0]


def test_rows_that_no_tool_can_read_are_caught(folder: Path) -> None:
    plant(
        folder, ('need("notes", "note", notebook=notebook, id=note)', 'need("notes", "note", notebook=note, id=note)')
    )
    failures = check(folder, only={"laws"}).finding("laws").failures
    assert any(told.startswith("0 of 5 note rows in small can be read") for told in failures)


def test_code_that_does_not_load_is_a_finding_not_a_crash(folder: Path) -> None:
    plant(folder, ('        """Read a note."""\n', ""))
    certificate = check(folder)
    assert "get_note needs a return type and a docstring" in certificate.finding("contract").failures[0]
    assert certificate.finding("laws").skipped == "the environment does not load"
    assert certificate.verdict == "failed"


def test_a_damaged_state_is_a_finding(folder: Path) -> None:
    (folder / "states" / "small.json").write_text("{")
    certificate = check(folder)
    assert "small.json is no state" in certificate.finding("contract").failures[0]
    assert certificate.verdict == "failed"


def test_a_folder_without_a_contract_is_an_error(folder: Path) -> None:
    (folder / "spec.json").unlink()
    with pytest.raises(FileError, match=r"cannot read .*spec\.json"):
        check(folder)


def test_a_tool_that_never_comes_back_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limit, "SECONDS", 0.5)
    plant(
        folder, ('        """Read a note."""\n', '        """Read a note."""\n        while note:\n            pass\n')
    )
    failures = check(folder, only={"laws"}).finding("laws").failures
    line = 1 + CODE[: CODE.index('"""Read a note."""')].count("\n")
    assert [told.split(": a tool")[0] for told in failures] in (
        [f"the check was stopped after 0.5 seconds, in environment.py:{at} (get_note)"] for at in (line + 1, line + 2)
    )


def test_code_that_reaches_out_is_not_run(folder: Path, tmp_path: Path) -> None:
    plant(folder, ("from typing import Annotated, Any\n", f"import os\nos.mkdir({str(tmp_path / 'proof')!r})\n"))
    certificate = check(folder)
    assert "imports os" in certificate.finding("static").failures[0]
    assert certificate.finding("laws").skipped == "the static rules forbid running this code"
    assert not (tmp_path / "proof").exists()


def test_without_stored_cases_it_is_a_draft(folder: Path) -> None:
    shutil.rmtree(folder / "tests")
    certificate = check(folder, fuzz=20)
    assert certificate.verdict == "draft"
    assert {f.check for f in certificate.findings if f.skipped} == {"stored", "mutation"}
    write_certificate(folder, certificate)
    assert library.status(folder) == "draft"


def test_a_part_of_the_checks_never_verifies(folder: Path) -> None:
    certificate = check(folder, only={"static"})
    assert certificate.verdict == "draft"
    assert [finding.check for finding in certificate.findings] == list(CHECKS)
    with pytest.raises(UnknownName, match=r"there is no check 'statics'; did you mean 'static'\?"):
        check(folder, only={"statics"})


def stored(folder: Path) -> tuple[str, ...]:
    return check(folder, only={"stored"}).finding("stored").failures


def first_step(folder: Path, case: int, change: dict[str, Any]) -> None:
    edit(folder / "tests" / "notes.json", lambda file: file["cases"][case]["steps"][0].update(change))


@pytest.mark.parametrize(
    ("case", "change", "told"),
    [
        (0, {"result": {"title": "$absent"}}, "result.title is there, and should not be"),
        (0, {"result": {"tags": []}}, "result.tags has 1 items, not 0"),
        (0, {"result": {"done": 0}}, "result.done is False, not 0"),
        (0, {"result": {"colour": "$any"}}, "result has no 'colour'"),
        (0, {"changes": []}, "1 row changes (insert notes"),
        (0, {"changes": [{"table": "notes", "op": "insert", "after": {"tags": ["other"]}}]}, "no row change is"),
        (0, {"arguments": {"notebook": "$0.id", "title": "x"}}, "refers to a value that no earlier step gave"),
        (0, {"state": 1}, ""),
        (1, {"error": "forbidden"}, "refused with 'not_found' (there is no notebook 'x'), not 'forbidden'"),
        (1, {"message": "elsewhere"}, "without 'elsewhere'"),
        (2, {"result": {"items": [{"id": "n6"}, {"id": "n2"}, {"id": "n3"}]}}, "result.items.0.id is 'n2', not 'n6'"),
        (3, {"error": "not_found"}, "it succeeded, and should have been refused"),
        (4, {"changes": [{"table": "notes", "op": "delete", "key": ["n2"]}]}, "no row change is"),
    ],
)
def test_a_case_that_does_not_hold_says_what_differs(
    folder: Path, case: int, change: dict[str, Any], told: str
) -> None:
    first_step(folder, case, change)
    assert any(told in failure for failure in stored(folder)), stored(folder)


def test_a_tool_without_a_refusal_or_a_success_is_named(folder: Path) -> None:
    edit(folder / "tests" / "notes.json", lambda file: file["cases"].pop())
    assert stored(folder) == ("no stored case has delete_note succeed", "no stored case has delete_note refused")


def test_numbers_are_equal_by_value_and_truth_is_no_number() -> None:
    assert different({"a": 1}, {"a": 1.0, "b": 2}, "result") == ""
    assert different({"a": 1}, {"a": True}, "result") == "result.a is True, not 1"
    assert different([1], [1, 2], "result") == "result has 2 items, not 1"


def test_sql_chosen_from_constants_is_not_taken_for_sql_made_of_arguments(folder: Path) -> None:
    plant(
        folder,
        (
            '        rows = self.db.rows(\n            "SELECT * FROM notes WHERE notebook = :notebook AND',
            '        order = {"up": "ASC", "down": "DESC"}["up" if done else "down"]\n'
            '        way = "ASC" if page == "x" else order\n'
            '        rows = self.db.rows(\n            f"SELECT {way!r}, * FROM notes WHERE notebook = :notebook AND',
        ),
    )
    finding, safe = check_static(folder)
    assert finding.passed, finding.failures
    assert safe


# Mutants ---------------------------------------------------------------------------------------------------------


def subject(folder: Path) -> Subject:
    cls = library.load(folder)
    assert cls.spec is not None
    return Subject(folder, cls, cls.spec, 0)


def test_weak_cases_fall_below_the_threshold_and_the_survivors_are_named(folder: Path) -> None:
    def weaken(file: Any) -> None:
        for case in file["cases"]:
            for step in case["steps"]:
                for part in ("result", "changes", "message"):
                    step.pop(part, None)
        file["cases"][2]["steps"] = [{"tool": "list_notes", "arguments": {"notebook": "home"}}]

    edit(folder / "tests" / "notes.json", weaken)
    certificate = check(folder, only={"mutation"})
    finding = certificate.finding("mutation")
    assert certificate.verdict == "failed"
    assert finding.figures["score"] < 0.8
    assert "less than 80%" in finding.failures[0]
    line = 1 + CODE[: CODE.index("SELECT * FROM notes")].count("\n")
    assert any(
        f"environment.py:{line} (Notebook.list_notes): in SQL" in failure
        and "'ORDER BY title, id' becomes ''" in failure
        for failure in finding.failures
    )


def test_a_function_that_no_case_runs_is_said_to_be_so(folder: Path) -> None:
    edit(folder / "tests" / "notes.json", lambda file: file["cases"].pop())
    finding = check(folder, only={"mutation"}, mutants=400).finding("mutation")
    assert finding.figures["survived"] > 1


def test_fewer_mutants_are_a_seeded_sample(folder: Path) -> None:
    one, two = (check(folder, only={"mutation"}, mutants=10).finding("mutation") for _ in range(2))
    assert one == two
    assert one.count == 10


def test_the_code_is_as_it_was_after_the_mutants(folder: Path) -> None:
    checked = subject(folder)
    cases = check_stored(checked)[1]
    check_mutation(checked, cases)
    assert check_stored(checked)[0].passed


LOOP = (
    '        row = {"id": self.new_id("note"), "notebook": notebook, "title": title,',
    "        count = 0\n        while count < 3:\n            count += 1\n"
    '        row = {"id": self.new_id("note"), "notebook": notebook, "title": title,',
)


def test_a_mutant_that_never_ends_counts_as_noticed(folder: Path) -> None:
    plant(folder, LOOP)
    finding = check(folder, only={"mutation"}).finding("mutation")
    assert finding.figures["out_of_time"] == 1
    assert finding.passed


def test_a_mutant_that_ends_its_process_counts_as_noticed(folder: Path) -> None:
    plant(
        folder,
        (
            "from typing import Annotated, Any\n",
            "import os\nfrom typing import Annotated, Any\n",
            '        """Read a note."""\n',
            '        """Read a note."""\n        if note == "no such note":\n            os._exit(3)\n',
        ),
    )
    checked = subject(folder)
    told = play_all(checked)
    assert [one.how for one in told if "note == 'no such note' is negated" in one.where] == ["crash"]
    assert len([one for one in told if one.fate == "killed"]) > 30


def test_a_mutant_that_will_not_be_stopped_is_killed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutate, "SILENCE", 1.5)
    plant(
        folder,
        (
            '        row = {"id": self.new_id("note"), "notebook": notebook, "title": title,',
            "        count = 0\n        while count < 3:\n            try:\n                count += 1\n"
            "            except BaseException:\n                pass\n"
            '        row = {"id": self.new_id("note"), "notebook": notebook, "title": title,',
        ),
    )
    told = play_all(subject(folder), only="count += 1 is dropped")
    assert [(one.fate, one.how) for one in told] == [("killed", "time")]


def play_all(checked: Subject, only: str = "") -> list[mutate.Played]:
    cases = check_stored(checked)[1]
    trees = {"environment.py": ast.parse((checked.folder / "environment.py").read_text())}
    chosen = [site for site in mutate.sites("environment.py", trees["environment.py"]) if only in site.what]
    return mutate.play(checked, trees, chosen, cases)


def test_a_column_that_did_not_change_may_be_expected_and_is_held_against_the_row() -> None:
    ddl = "CREATE TABLE note (id TEXT NOT NULL PRIMARY KEY, text TEXT NOT NULL, kind TEXT NOT NULL) STRICT;"
    rows = {"note": [{"id": "n1", "text": "old", "kind": "memo"}]}
    store = Store(Image.load(Schema.parse(ddl), rows), Entropy(EntropyState(seed="0", now=DEFAULT_NOW)))
    with store.transaction() as written:
        store.update("note", {"text": "new"}, id="n1")

    def told(after: dict[str, Any]) -> str:
        expected = ExpectedChange(table="note", op="update", key=["n1"], after=after)
        return unmatched([expected], written.changes(), store)

    assert told({"text": "new", "kind": "memo"}) == ""
    assert "no row change" in told({"text": "new", "kind": "letter"})
    assert "no row change" in told({"text": "new", "colour": "red"})


def test_an_audit_shows_calls_that_were_made_and_what_they_did() -> None:
    folder = find("google_tasks")
    samples = audit({"google_tasks": folder}, count=60, seed=1)
    assert len(samples) == 14  # all there are, none twice
    assert len({sample.tool for sample in samples}) == 14
    assert all(bool(sample.changes) == sample.writes for sample in samples)
    assert [s.model_dump() for s in audit({"google_tasks": folder}, count=60, seed=1)] == [
        s.model_dump() for s in samples
    ]
    some = audit({"google_tasks": folder}, count=3, seed=1)
    assert [s.tool for s in some] != [s.tool for s in audit({"google_tasks": folder}, count=3, seed=2)]
