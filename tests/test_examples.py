"""Every example runs offline, prints what it promises, and writes only into the folder for temporary files."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"
PROGRAMS = sorted(EXAMPLES.glob("[0-9]*.py"))


def run(name: str, folder: Path, *arguments: str) -> str:
    """What an example prints, run in an empty folder."""
    here, temporary = folder / "here", folder / "temporary"
    here.mkdir()
    temporary.mkdir()
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "PATH") if name in os.environ}
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / name), *arguments],
        cwd=here,
        env={**kept, "TMPDIR": str(temporary), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    left = [path.name for path in here.iterdir()]
    assert not left, f"it wrote where it was started: {left}"
    return done.stdout


def figures(line: str) -> list[float]:
    """The numbers of a line."""
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", line)]


def line(text: str, start: str) -> str:
    """The line that starts with some words."""
    return next(line for line in text.splitlines() if line.startswith(start))


def test_examples_are_short_and_listed() -> None:
    listed = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    for program in PROGRAMS:
        assert len(program.read_text(encoding="utf-8").splitlines()) < 60, program.name
        assert f"[{program.name}]({program.name})" in listed


def test_every_example_is_run_here() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    assert [p.name for p in PROGRAMS if f'run("{p.name}"' not in source] == []


@pytest.mark.slow
def test_an_environment_refuses_without_a_trace_and_a_fork_sees_nothing(tmp_path: Path) -> None:
    printed = run("01_environment.py", tmp_path)
    assert line(printed, "Ada: ok")
    assert "'Emma' is with Ada" in line(printed, "Jonas: refused")
    assert printed.count("invalid_arguments") == 3
    assert line(printed, "session: update book ('b1',)").endswith("{'borrower': None} -> {'borrower': 'Ada'}")
    assert "'title': 'Emma', 'borrower': None" in line(printed, "fork:    ()")


@pytest.mark.slow
@pytest.mark.parametrize("file", ["", "tests/descriptions/tasks.v1.json"])
def test_a_description_becomes_a_draft_that_a_changed_byte_voids(file: str, tmp_path: Path) -> None:
    printed = run("02_build.py", tmp_path, *([str(EXAMPLES.parent / file)] if file else []))
    assert line(printed, "static       passed")
    assert line(printed, "mutation     skipped")
    assert "FAILED" not in printed
    assert line(printed, "certificate:") == "certificate: draft"
    assert "'items': [{" in line(printed, "draft__tasklists_list")
    assert line(printed, "after a changed byte:") == "after a changed byte: unverified"


@pytest.mark.slow
def test_sampled_chains_are_valid_and_most_walks_are_not(tmp_path: Path) -> None:
    printed = run("03_graph.py", tmp_path)
    assert "executed 1.0" in printed
    assert figures(line(printed, "sampled:")) == [500, 500]
    assert figures(line(printed, "random walk:"))[0] < 250
    assert {path.name for path in (tmp_path / "temporary").glob("*/*")} == {"graph.json", "graph.svg"}


@pytest.mark.slow
def test_a_task_is_printed_with_its_proof(tmp_path: Path) -> None:
    printed = run("04_tasks.py", tmp_path)
    assert line(printed, "12 certified tasks")
    assert printed.count("user:  ") == printed.count("agent: ") >= 2
    mutants, killed = map(int, re.findall(r"mutants=(\d+) killed=(\d+)", printed)[0])
    assert mutants == killed > 0
    assert "proof: gold=1.0 idle=0.0" in printed


@pytest.mark.slow
def test_only_right_attempts_pass(tmp_path: Path) -> None:
    printed = run("05_reward.py", tmp_path)
    robust = {name: figures(line(printed, f"{name} ")) for name in ("oracle", "idler", "vandal", "parrot")}
    assert robust["oracle"] == [1, 1, 20, 20]
    assert robust["idler"][0] == robust["parrot"][0] == 0
    assert robust["parrot"][1] > 0, "the published rule pays for text that looks like calls"
    assert robust["vandal"][0] < robust["vandal"][1]
    assert [robust[name][2] for name in ("idler", "vandal", "parrot")] == [0, 0, 0]
    assert "nobody wanted" in printed


@pytest.mark.slow
def test_only_attempts_that_passed_are_exported(tmp_path: Path) -> None:
    printed = run("06_export.py", tmp_path)
    assert figures(line(printed, "sft/train.jsonl"))[0] == 10
    assert line(printed, "dropped 10: attempts that did not pass")
    whole, learnt = figures(line(printed, "as text:"))
    assert 0 < learnt < whole / 4


@pytest.mark.slow
def test_served_sessions_are_apart(tmp_path: Path) -> None:
    printed = run("07_serve.py", tmp_path)
    assert "'title': 'Garden'" in line(printed, "over MCP:")
    assert "title: is required; name: there is no such argument" in line(printed, "plain:")
    assert line(printed, "rows changed in the first session:").endswith("[('insert', 'task_lists')]")
    assert line(printed, "rows changed in the second session:").endswith("[]")


@pytest.mark.slow
def test_typed_functions_and_four_cases_become_a_verified_environment_with_tasks(tmp_path: Path) -> None:
    printed = run("08_own.py", tmp_path)
    assert line(printed, "plants: verified")
    assert len([text for text in printed.splitlines() if text.startswith("task: ")]) == 4


@pytest.mark.slow
def test_a_companys_file_becomes_a_verified_environment(tmp_path: Path) -> None:
    printed = run("09_company.py", tmp_path)
    assert line(printed, "draft: create_permit, get_permit, revoke_permit - draft")
    assert line(printed, "permits: verified")
    first, second = [text for text in printed.splitlines() if text.startswith("permits__revoke_permit:")]
    assert "'status': 'revoked'" in first
    assert "failed_precondition" in second
