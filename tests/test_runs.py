"""The run store: a killed run loses nothing, one configured otherwise is refused, what it spends is counted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from envfactory.errors import BudgetSpent, FileError
from envfactory.runs import Budget, Run, Spent

ROOT = Path(__file__).parent.parent

WRITER = """
import sys
from pathlib import Path
from envfactory.runs import Run
with Run(Path(sys.argv[1]), {"n": 1}) as run:
    number = 0
    while True:
        run.add(number, "x" * 500)
        print(number, flush=True)
        number += 1
"""


def test_records_come_back_in_order_and_a_finished_run_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "tasks.run"
    with Run(path, {"n": 1}) as run:
        for number in (2, 0, 1):
            run.add(number, f"body {number}")
    with Run(path, {"n": 1}, resume=True) as run:
        assert list(run.records()) == [(0, "body 0"), (1, "body 1"), (2, "body 2")]
        run.finish()
    assert list(path.parent.iterdir()) == []


def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "run"
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    last = -1
    for line in writer.stdout:
        last = int(line)
        if last >= 200:
            os.kill(writer.pid, signal.SIGKILL)
            break
    writer.wait()
    writer.stdout.close()
    with Run(path, {"n": 1}, resume=True) as run:
        numbers = [number for number, _ in run.records()]
    assert numbers == list(range(len(numbers)))
    assert len(numbers) > last


def test_an_unfinished_run_is_not_overwritten_and_another_configuration_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run"
    with Run(path, {"n": 1}) as run:
        run.add(0, "kept")
    with pytest.raises(FileError, match="--resume"):
        Run(path, {"n": 1})
    with pytest.raises(FileError, match=r"other arguments \(m was None, is 3, n was 1, is 2\)"):
        Run(path, {"n": 2, "m": 3}, resume=True)
    with Run(path, {"n": 1}, resume=True) as run:
        assert list(run.records()) == [(0, "kept")]


def test_a_folder_that_cannot_be_written_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="cannot write"):
        Run(tmp_path / "file" / "run", {})
    (tmp_path / "garbage").write_text("this is no database, but long enough to be taken for one by a careless reader")
    with pytest.raises(FileError, match="cannot write"):
        Run(tmp_path / "garbage", {}, resume=True)


def test_records_of_several_kinds_are_written_once(tmp_path: Path) -> None:
    with Run(tmp_path / "run", {}) as run:
        run.add(1, "first version", kind="version")
        run.add(1, "passed", kind="verdict")
        run.add(1, "first version", kind="version")  # a step done again after a kill
        assert run.record(1, kind="version") == "first version"
        assert run.record(2, kind="version") is None
        assert list(run.records()) == []
        with pytest.raises(ValueError, match="differs"):
            run.add(1, "another version", kind="version")
        assert list(run.records(kind="version")) == [(1, "first version")]


def test_one_process_at_a_time_works_on_a_run(tmp_path: Path) -> None:
    path = tmp_path / "run"
    opener = f"from pathlib import Path\nfrom envfactory.runs import Run\nRun(Path({str(path)!r}), {{}}, resume=True)"
    with Run(path, {}) as run:
        run.add(0, "kept")
        done = subprocess.run([sys.executable, "-c", opener], capture_output=True, text=True, check=False)
        assert "another process is at work on" in done.stderr
    assert subprocess.run([sys.executable, "-c", opener], check=False).returncode == 0


def test_requests_under_way_at_a_kill_are_booked_and_may_be_sent_again(tmp_path: Path) -> None:
    path = tmp_path / "run"
    with Run(path, {}) as run:
        for key in ("a", "b", "c"):
            assert run.reserve(key, stage="code", identity="m", body=key, tokens=100, cost=0.5)
        run.answer("a", "reply", tokens_in=10, tokens_out=20, cost=0.1, seconds=2.0, failures=("rate_limited",))
        run.fail("b", "it was cut", ("server", "cut"))
    with Run(path, {}, resume=True) as run:
        assert run.reply("a") == "reply"
        assert run.reply("c") is None
        assert [(letter.key, letter.kind, letter.message) for letter in run.dead_letters()] == [
            ("b", "cut", "it was cut")
        ]
        assert run.ledger() == {
            "code": Spent(
                replies=1,
                tokens_in=10,
                tokens_out=20,
                cost=0.1,
                seconds=2.0,
                failures={"cut": 1, "killed": 1, "rate_limited": 1, "server": 1},
                lost_tokens=200,  # the cut one and the killed one may have been billed
                lost_cost=1.0,
            )
        }
        assert run.spent() == (230, pytest.approx(1.1))
        assert run.reserve("c", stage="code", identity="m", body="c", tokens=100, cost=0.5)
        run.answer("c", "late", tokens_in=1, tokens_out=1)
        assert [(one.key, one.request, one.reply) for one in run.answered()] == [
            ("a", "a", "reply"),
            ("c", "c", "late"),
        ]


def test_nothing_is_set_aside_beyond_the_budget(tmp_path: Path) -> None:
    path = tmp_path / "run"
    with Run(path, {}, budget=Budget(tokens=250)) as run:
        assert run.reserve("a", stage="s", identity="m", body="", tokens=100)
        assert run.reserve("b", stage="s", identity="m", body="", tokens=150)
        assert not run.reserve("c", stage="s", identity="m", body="", tokens=1)  # once others are done, perhaps
        with pytest.raises(BudgetSpent, match="251"):
            run.reserve("d", stage="s", identity="m", body="", tokens=251)
        run.answer("a", "", tokens_in=1, tokens_out=1)
        assert run.reserve("c", stage="s", identity="m", body="", tokens=98)
        run.answer("b", "", tokens_in=100, tokens_out=50)
        with pytest.raises(BudgetSpent, match="152 are spent and it may take 99"):
            run.reserve("e", stage="s", identity="m", body="", tokens=99)
    with Run(path, {}, resume=True, budget=Budget(tokens=350)) as run:  # c was under way: 98 may be lost
        assert run.spent()[0] == 250
        assert run.reserve("e", stage="s", identity="m", body="", tokens=99)


@pytest.mark.slow
def test_a_run_that_is_killed_a_dozen_times_leaves_what_an_undisturbed_one_does() -> None:
    command = [sys.executable, str(ROOT / "benchmarks/kill.py"), "--items", "80", "--kills", "12", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.stdout, done.stderr
    found = json.loads(done.stdout)
    assert found["problems"] == []
    assert (found["items"], found["kills"], found["identical"]) == (80, 12, True)
    assert (found["lost"], found["repeated"], found["dead_letters"]) == (0, 0, 0)
    assert found["stops_by_budget"] >= 1
    assert found["billed"] <= found["booked"] <= found["budget"]
    assert {kind for stage in found["failures"].values() for kind in stage} >= {"killed", "rate_limited", "cut"}
