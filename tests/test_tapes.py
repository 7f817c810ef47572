"""Recorded runs of a language model, replayed: the same answers meet the same checks and end in the same verdict."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
TAPES = ROOT / "tests" / "tapes"
RUNS: dict[str, list[str]] = {
    "hotel": ["a hotel front desk: rooms, guests, bookings, check-in and check-out"],
    "traccar": ["tests/descriptions/traccar.json", "--name", "traccar", "--limit", "10"],
    "watson": ["tests/descriptions/watson.md", "--name", "watson"],
}


def build(name: str, output: Path) -> tuple[int, Any]:
    """Replay one tape; the exit status and the document."""
    tape = f"offline:tape={TAPES / f'{name}.jsonl'}"
    command = [sys.executable, "-m", "envfactory", "build", *RUNS[name], "--model", tape, "--output", str(output)]
    done = subprocess.run([*command, "--json"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=900)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_every_tape_is_replayed_and_says_how_it_was_made() -> None:
    assert {path.stem for path in TAPES.glob("*.jsonl")} == set(RUNS)
    for path in TAPES.glob("*.jsonl"):
        header = json.loads(path.read_text(encoding="utf-8").splitlines()[0])
        assert header["made"].startswith("2026-")
        assert "shown nothing but the requests" in header["by"]
        assert header["note"]


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(RUNS))
def test_a_tape_ends_where_it_ended(name: str, tmp_path: Path) -> None:
    status, document = build(name, tmp_path)
    assert document["verdict"] == "verified"
    assert status == 0
    assert document["sandbox"] == "sealed"
    assert all(counts["rejected"] == 0 for counts in document["roles"].values())
    assert (tmp_path / document["name"] / "certificate.json").exists()
