"""A strong model at the answer desk, recorded with tasks: it tells them anew, plays their users, and solves them.

Each tape is replayed by the command that made it; `outcomes.json` holds what came of it then. A changed prompt, screen,
tool description or environment voids a tape: then record it again, as docs/querygen.md says.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent / "tapes" / "tasks"
TAPES = sorted(path.name.removesuffix(".tape.jsonl.gz") for path in HERE.glob("*.tape.jsonl.gz"))
OUTCOMES: dict[str, Any] = json.loads((HERE / "outcomes.json").read_text())


def replayed(name: str, folder: Path) -> tuple[Any, Path]:
    """What the command that made a tape prints when the tape answers, and what it wrote."""
    tape, tasks, output = f"offline:tape={HERE / name}.tape.jsonl.gz", HERE / f"{name}.jsonl", folder / "out.jsonl"
    kind = name.partition("_")[0]
    arguments = {
        "solved": ["play", tasks, "--samples", "4", "--steps", "12"],
        "talks": ["play", tasks, "--user", tape, "--steps", "12"],
        "written": ["rewrite", tasks, "-n", "20"],
    }[kind]
    command = [sys.executable, "-m", "envfactory", *map(str, arguments), "--model", tape, "--output", str(output)]
    done = subprocess.run([*command, "--json"], capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), output


def test_every_tape_says_how_it_was_made_and_has_an_outcome() -> None:
    assert set(TAPES) == set(OUTCOMES)
    for name in TAPES:
        with gzip.open(HERE / f"{name}.tape.jsonl.gz", "rt", encoding="utf-8") as lines:
            header = json.loads(next(lines))
        assert header["made"].startswith("2026-")
        assert "answer desk" in header["by"]
        assert "the request" in header["by"]


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in TAPES if not name.startswith("written")])
def test_recorded_attempts_earn_what_they_earned(name: str, tmp_path: Path) -> None:
    _, output = replayed(name, tmp_path)
    passed: dict[str, list[bool]] = {}
    for line in output.read_text().splitlines():
        attempt = json.loads(line)
        passed.setdefault(attempt["trajectory"]["task"], []).append(attempt["reward"]["passed"])
    assert {task: sum(ones) for task, ones in passed.items()} == OUTCOMES[name]["passed"]


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in TAPES if name.startswith("written")])
def test_recorded_words_are_kept_again(name: str, tmp_path: Path) -> None:
    document, output = replayed(name, tmp_path)
    assert document["written"] == OUTCOMES[name]["written"]
    assert hashlib.sha256(output.read_bytes()).hexdigest() == OUTCOMES[name]["sha256"]
