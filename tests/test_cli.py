"""The command: what it prints, and one sentence with the right status for every kind of wrong input."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from envfactory.cli import main

ROOT = Path(__file__).parent.parent
TASKS = str(ROOT / "tests" / "descriptions" / "tasks.v1.json")


class Ran:
    """One run of the command."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status = status
        self.out = out
        self.err = err

    @property
    def document(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["envfactory", *map(str, arguments)])
        with pytest.raises(SystemExit) as stopped:
            main()
        said = capsys.readouterr()
        assert isinstance(stopped.value.code, int)
        return Ran(stopped.value.code, said.out, said.err)

    return call


def one_sentence(ran: Ran, status: int, *words: str) -> None:
    assert ran.status == status, ran.err
    assert len(ran.err.strip().splitlines()) == 1, ran.err
    assert "Traceback" not in ran.err
    for word in words:
        assert word in ran.err, ran.err


@pytest.fixture(scope="module")
def tasks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty certified tasks."""
    path = tmp_path_factory.mktemp("tasks") / "tasks.jsonl"
    command = [
        sys.executable,
        "-m",
        "envfactory",
        "generate",
        "-n",
        "20",
        "--seed",
        "7",
        "--output",
        str(path),
        "--json",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["tasks"] == document["certified"] == 20
    return path


def test_the_library_is_listed_verified_with_its_figures(run: Any) -> None:
    listed = run("list", "--json").document["environments"]
    assert {item["name"] for item in listed} >= {"google_tasks", "google_calendar", "github_issues"}
    for item in listed:
        assert item["passed"], item
        assert 8 <= item["tools"] <= 20
        assert item["writers"] >= 0.4 * item["tools"]
        assert item["mutation_score"] >= 0.8


def test_a_tool_is_shown_with_its_schemas_and_called_on_a_fresh_session(run: Any) -> None:
    shown = run("show", "google_tasks__tasklists_insert").document
    assert shown["writes"]
    assert shown["input"]["required"] == ["title"]
    made = run("call", "google_tasks__tasklists_insert", '{"title": "Errands"}', "--json")
    assert made.status == 0
    assert made.document["result"]["title"] == "Errands"
    assert [change["op"] for change in made.document["changes"]] == ["insert"]
    again = run("call", "google_tasks__tasklists_insert", '{"title": "Errands"}', "--json")
    assert again.out == made.out


def test_a_refused_call_prints_the_refusal_and_ends_with_1(run: Any) -> None:
    ran = run("call", "google_tasks__tasklists_insert", '{"title": 5}', "--json")
    assert ran.status == 1
    assert ran.document["result"]["error"]["code"] == "invalid_arguments"


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("show", "google_task"), 1, ("did you mean 'google_tasks'",)),
        (("check", "nowhere"), 1, ("there is no environment 'nowhere'",)),
        (("check",), 2, ("--all",)),
        (("call", "google_tasks__nothing"), 1, ("there is no tool",)),
        (("call", "google_tasks__tasks_list", "{tasklist: 1}"), 2, ("no JSON",)),
        (("play", "none.jsonl", "--model", "offline:oracle"), 1, ("cannot read",)),
        (("graph", "nowhere"), 1, ("there is no environment",)),
        (("sample", "none.json"), 1, ("envfactory graph",)),
        (("build", "none.json"), 1, ("none.json",)),
        (("generate", "-n", "0"), 2, ("'-n'",)),
        (("generate", "--nonsense"), 2, ("--nonsense",)),
        (("nonsense",), 2, ("nonsense",)),
        (("bench", "--only", "nonsense"), 1, ("there is no figure",)),
    ],
)
def test_wrong_input_gives_one_sentence(
    run: Any, arguments: tuple[str, ...], status: int, words: tuple[str, ...]
) -> None:
    one_sentence(run(*arguments), status, *words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("this is no description", "not valid JSON"),
        ('{"swagger": "2.0"}', ";"),
        ('{"hello": 1}', "Google Discovery"),
        ('{"openapi": "3.0.0", "info": {"title": "T", "version": "1"}, "paths": {}}', "operation"),
        ("", "not valid JSON"),
    ],
)
def test_a_description_that_is_none_is_refused_and_nothing_is_written(
    run: Any, tmp_path: Path, text: str, words: str
) -> None:
    (tmp_path / "api.json").write_text(text)
    one_sentence(run("build", "api.json"), 1, words)
    assert [path.name for path in tmp_path.iterdir()] == ["api.json"]


def test_build_makes_a_draft_keeps_edits_and_says_what_it_left_out(run: Any, tmp_path: Path) -> None:
    built = run("build", TASKS, "--name", "mine", "--json")
    assert built.status == 0, built.err
    assert built.document["verdict"] == "draft"
    assert built.document["failures"] == []
    assert any("tasks_move" in item["what"] for item in built.document["omitted"])
    folder = tmp_path / "environments" / "mine"
    spec = (folder / "spec.json").read_text()
    (folder / "spec.json").write_text(spec.replace("Create a task list.", "Start a new list."))
    override = (
        "from envfactory.environment.environment import Environment\n"
        "from envfactory.environment.tool import tool\nfrom envfactory.errors import ToolError\n"
        "from .entities import TaskListId\n\n\n"
        'class Overrides(Environment):\n    """By hand."""\n\n    @tool(writes=True)\n'
        "    def tasklists_delete(self, tasklist: TaskListId) -> None:\n"
        '        """Refuse to delete a list."""\n'
        '        raise ToolError(f"{tasklist} stays", code="forbidden")\n'
    )
    (folder / "overrides.py").write_text(override)
    again = run("build", folder, "--json")
    assert again.document["overridden"] == ["tasklists_delete"]
    assert (folder / "overrides.py").read_text() == override
    assert "Start a new list." in (folder / "environment.py").read_text()
    assert "def tasklists_delete" not in (folder / "environment.py").read_text()


def test_a_changed_byte_makes_list_and_check_say_unverified(run: Any, tmp_path: Path) -> None:
    import shutil

    from envfactory.environment.library import BUILT_IN

    shutil.copytree(BUILT_IN / "google_tasks", tmp_path / "mine" / "google_tasks")
    spec = tmp_path / "mine" / "google_tasks" / "spec.json"
    ours = [
        i for i in run("list", "--library", "mine", "--json").document["environments"] if i["name"] == "google_tasks"
    ]
    assert ours[0]["passed"]
    spec.write_text(spec.read_text() + "\n")
    ours = [
        i for i in run("list", "--library", "mine", "--json").document["environments"] if i["name"] == "google_tasks"
    ]
    assert not ours[0]["passed"]
    assert ours[0]["verdict"] == "unverified"
    one_sentence(run("graph", "google_tasks", "--library", "mine"), 1, "unverified", "envfactory check google_tasks")


def test_graph_sample_play_and_export_hand_on_what_the_one_before_wrote(run: Any, tmp_path: Path, tasks: Path) -> None:
    linked = run("graph", "--output", "g.json", "--json").document
    assert linked["tools"] > 40
    assert linked["connected"] > 0.6
    assert (tmp_path / "g.svg").read_text().startswith("<")
    drawn = run("sample", "g.json", "-n", "50", "--json").document
    assert drawn["chains"] == 50
    assert drawn["valid"] == 1.0
    walked = run("sample", "g.json", "-n", "50", "--baseline", "random-walk", "--json").document
    assert walked["valid"] < 0.5
    played = run("play", tasks, "--model", "offline:oracle", "--output", "t.jsonl", "--json").document
    assert (played["tasks"], played["pass_rate"], played["lowest"]) == (20, 1.0, 1.0)
    assert len((tmp_path / "t.jsonl").read_text().splitlines()) == 20
    rows = run("export", tasks, "--output", "rows", "--json").document
    assert sum(file["rows"] for file in rows["files"] if file["format"] == "sft") > 0
    assert (tmp_path / "rows" / "manifest.json").exists()


@pytest.mark.parametrize(("name", "highest"), [("idler", 0.0), ("liar", 0.0), ("parrot", 0.0), ("vandal", 0.4999)])
def test_a_bad_character_earns_nothing_much(run: Any, tasks: Path, name: str, highest: float) -> None:
    played = run("play", tasks, "--model", f"offline:{name}", "--output", "t.jsonl", "--json").document
    assert played["highest"] <= highest
    assert played["pass_rate"] == 0.0


def test_damaged_and_outdated_tasks_are_refused_by_line_and_by_name(run: Any, tmp_path: Path, tasks: Path) -> None:
    text = tasks.read_text()
    (tmp_path / "cut.jsonl").write_text(text[: len(text) // 2])
    one_sentence(run("play", "cut.jsonl", "--model", "offline:oracle"), 1, "cut.jsonl, line", "envfactory generate")
    (tmp_path / "empty.jsonl").write_text("")
    one_sentence(run("play", "empty.jsonl", "--model", "offline:oracle"), 1, "no tasks")
    first = json.loads(text.splitlines()[0])
    first["settings"][0]["hash"] = "0" * 64
    (tmp_path / "old.jsonl").write_text(json.dumps(first) + "\n")
    one_sentence(run("play", "old.jsonl", "--model", "offline:oracle"), 1, "changed since")
    one_sentence(run("play", tasks, "--model", "offline:orakel"), 1, "did you mean 'offline:oracle'")
    one_sentence(run("play", tasks, "--model", "offline:oracle", "--preset", "fair"), 1, "reward preset")
    one_sentence(run("export", tasks, "--format", "xml"), 1, "xml")


def test_a_place_that_cannot_be_written_is_said_in_one_sentence(run: Any, tmp_path: Path, tasks: Path) -> None:
    (tmp_path / "file").write_text("")
    one_sentence(run("generate", "-n", "1", "--output", "file/tasks.jsonl"), 1, "cannot write")
    one_sentence(run("play", tasks, "--model", "offline:idler", "--output", "file/t.jsonl"), 1, "cannot write")
    one_sentence(run("export", tasks, "--output", "file/rows"), 1, "cannot write")
    one_sentence(run("build", TASKS, "--output", "file/here"), 1, "file")
    assert (tmp_path / "file").read_text() == ""


@pytest.mark.slow
def test_an_interrupted_run_goes_on_with_resume_and_gives_the_same_bytes(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "envfactory", "generate", "-n", "60", "--seed", "3", "--json", "--output"]
    whole = subprocess.run([*command, str(tmp_path / "whole.jsonl")], capture_output=True, text=True, check=True)
    cut = tmp_path / "cut.jsonl"
    for stop in (signal.SIGINT, signal.SIGKILL):
        resumed = ["--resume"] if Path(f"{cut}.run").exists() else []
        started = subprocess.Popen(
            [*command, str(cut), *resumed], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        wait_for_records(Path(f"{cut}.run"), started)
        os.kill(started.pid, stop)
        _, said = started.communicate()
        if stop == signal.SIGINT:
            assert started.returncode == 130
            assert "--resume" in said
            assert len(said.strip().splitlines()) == 1
        assert not cut.exists()
    refused = subprocess.run([*command, str(cut)], capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert "--resume" in refused.stderr
    done = subprocess.run([*command, str(cut), "--resume"], capture_output=True, text=True, check=True)
    assert cut.read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
    first, second = json.loads(whole.stdout), json.loads(done.stdout)
    assert first | {"output": ""} == second | {"output": ""}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cut.jsonl", "whole.jsonl"]


def wait_for_records(path: Path, started: subprocess.Popen[str]) -> None:
    """Until the run has written some more, and is still running."""
    log = Path(f"{path}-wal")  # the store itself is locked by its process

    def size() -> int:
        return log.stat().st_size if log.exists() else 0

    before = size()
    while size() < before + 60_000:
        assert started.poll() is None, "it ended before it could be stopped"
        time.sleep(0.005)


def test_the_docs_pages_of_the_library_are_what_the_command_writes(run: Any, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "library.md").write_text((ROOT / "docs" / "library.md").read_text())
    assert run("list", "--pages", "docs").status == 0
    written = {p.relative_to(tmp_path / "docs"): p.read_text() for p in (tmp_path / "docs").rglob("*.md")}
    held = {p: (ROOT / "docs" / p).read_text() for p in written if (ROOT / "docs" / p).exists()}
    assert written == held, "write them again: envfactory list --pages docs"
    assert len(written) == len(list((ROOT / "docs" / "library").glob("*.md"))) + 1


def test_an_environment_that_cannot_be_checked_stands_in_nobodys_way(run: Any, tmp_path: Path) -> None:
    library = ROOT / "envfactory" / "library"
    for name in ("spoilt", "mcp_memory"):
        shutil.copytree(library / "mcp_memory", tmp_path / "mine" / name)
    (tmp_path / "mine" / "spoilt" / "spec.json").write_text("{")
    (tmp_path / "mine" / "mcp_memory" / "certificate.json").unlink()
    ran = run("check", "mine/spoilt", "mine/mcp_memory", "--sandbox=none", "--json")
    assert ran.status == 1
    checked = {item["name"]: item for item in ran.document["environments"]}
    assert checked["mcp_memory"]["verdict"] == "verified"
    assert (tmp_path / "mine" / "mcp_memory" / "certificate.json").exists()
    assert not checked["spoilt"]["passed"]
    assert "spec.json" in checked["spoilt"]["failures"][0]
    one_sentence(run("check", "mine/spoilt", "--sandbox=none"), 1, "spec.json")
