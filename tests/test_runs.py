"""The run store: a killed run loses nothing, and one configured otherwise is refused."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from envfactory.errors import FileError
from envfactory.runs import Run

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
    with pytest.raises(FileError, match="other arguments"):
        Run(path, {"n": 2}, resume=True)
    with Run(path, {"n": 1}, resume=True) as run:
        assert list(run.records()) == [(0, "kept")]


def test_a_folder_that_cannot_be_written_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="cannot write"):
        Run(tmp_path / "file" / "run", {})
    (tmp_path / "garbage").write_text("this is no database, but long enough to be taken for one by a careless reader")
    with pytest.raises(FileError, match="cannot write"):
        Run(tmp_path / "garbage", {}, resume=True)
