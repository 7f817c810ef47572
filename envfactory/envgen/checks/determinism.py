"""The same seeded runs in two fresh processes with different hash seeds: every result and state must be equal.

`python -s -m envfactory.envgen.checks.determinism FOLDER SEED` plays the runs of one process and writes one JSON line.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import envfactory
from envfactory.envgen.checks.calls import Caller, Dice
from envfactory.envgen.checks.subject import Notes, Subject, shown
from envfactory.environment.confined import Confined, confined
from envfactory.environment.environment import Environment, open_environment
from envfactory.environment.library import Finding, load
from envfactory.environment.pool import Pool
from envfactory.messages import canonical

CALLS = 60
"""Calls of each run; there is one run a state."""
LIMIT = 120.0
"""Seconds a process may take."""


def fingerprints(folder: Path, seed: int, cls: type[Environment] | None = None) -> dict[str, list[list[str]]]:
    """Play the runs here: for each state and call its words, the hash of its result, and that of the rows."""
    cls = cls or load(folder)
    assert cls.spec is not None
    subject = Subject(folder, cls, cls.spec, seed)
    found: dict[str, list[list[str]]] = {}
    for state in subject.states():
        live = open_environment(cls, cls.state(state), seed=seed)
        caller = Caller(cls.spec, cls)
        by = Dice(subject.dice("determinism", state))
        lines: list[list[str]] = []
        for _ in range(CALLS):
            made = caller.call(live, by)
            called = live.call(made.tool, made.arguments)
            caller.remember(made, called.result)
            result = hashlib.sha256(canonical([called.outcome, called.result]).encode()).hexdigest()[:16]
            lines.append([shown(made.tool, made.arguments), result, live.db.fingerprint()[:16]])
        live.db.close()
        found[state] = lines
    return found


def check_determinism(subject: Subject) -> Finding:
    """Run `fingerprints` in two processes with PYTHONHASHSEED 0 and 1, and compare."""
    notes = Notes("determinism")
    if issubclass(subject.cls, Confined):
        return _in_workers(notes, subject, subject.cls.pool)
    package = str(Path(envfactory.__file__).parent.parent)
    paths = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH", "")]))
    command = [sys.executable, "-s", "-m", __name__, str(subject.folder.resolve()), str(subject.seed)]
    running = [
        subprocess.Popen(
            command,
            env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": paths, "PYTHONHASHSEED": number},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in ("0", "1")
    ]
    told: list[dict[str, Any]] = []
    for process in running:
        try:
            out, err = process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            notes.fail(f"a run of {CALLS} calls a state did not end within {LIMIT:g} seconds")
            continue
        if process.returncode:
            notes.fail(f"a fresh process could not play the run: {(err.strip().splitlines() or ['no words'])[-1]}")
        else:
            told.append(json.loads(out))
    notes.figures["processes"] = len(running)
    if len(told) == 2:
        for state, lines in told[0].items():
            _compare(notes, state, lines, told[1][state])
    return notes.finding()


def _in_workers(notes: Notes, subject: Subject, pool: Pool) -> Finding:
    """The same for code that may run in confined workers only: two pools, two hash seeds."""
    told: list[dict[str, list[list[str]]]] = []
    for number in (0, 1):
        with Pool(pool.sandbox, limits=pool.limits, hash_seed=number) as own:
            told.append(fingerprints(subject.folder, subject.seed, confined(subject.folder, own)))
    notes.figures["processes"] = len(told)
    for state, lines in told[0].items():
        _compare(notes, state, lines, told[1][state])
    return notes.finding()


def _compare(notes: Notes, state: str, first: list[list[str]], second: list[list[str]]) -> None:
    for number, (left, right) in enumerate(zip(first, second, strict=True)):
        notes.tried()
        if left != right:
            what = "result" if left[1] != right[1] else "rows"
            notes.fail(f"call {number} in {state}, {left[0]}: another process gives another {what} for the same seed")
            return


if __name__ == "__main__":
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as line:
        os.dup2(2, 1)  # what the environment's own code prints is not part of the line
        line.write(json.dumps(fingerprints(Path(sys.argv[1]), int(sys.argv[2]))))
