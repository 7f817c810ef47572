"""The factory's run: quotas, processes, resuming; and always the same bytes."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from envfactory.environment.library import load
from envfactory.errors import FileError
from envfactory.graph.graph import ToolGraph
from envfactory.graph.link import link
from envfactory.querygen import batch
from envfactory.querygen.batch import generate
from envfactory.querygen.certify import Rejected
from envfactory.querygen.kinds.draft import Draft, Recipe
from envfactory.querygen.kinds.recipes import RECIPES
from envfactory.querygen.quota import PATIENCE, SHARES, Quota, split
from envfactory.rollout.task import KINDS, Kind, Task, read_tasks

LIBRARY = {"google_tasks": load("google_tasks")}


def reopened(*names: str) -> dict[str, type]:
    return {name: load(name) for name in names}


@pytest.fixture(scope="module")
def graph() -> ToolGraph:
    return link(LIBRARY)


# Quotas ---------------------------------------------------------------------------------------------------------------


def test_a_count_is_split_by_largest_remainder() -> None:
    assert split(10, {"base": 0.5, "faults": 0.3, "parallel": 0.2}) == {"base": 5, "faults": 3, "parallel": 2}
    assert split(2, {"base": 1.0, "faults": 1.0, "parallel": 1.0}) == {"base": 1, "faults": 1, "parallel": 0}
    assert sum(split(97, SHARES).values()) == 97


def test_every_kind_has_a_share_and_a_recipe() -> None:
    assert set(SHARES) == set(KINDS) == set(RECIPES)
    assert all(recipe.kind == kind for kind, recipe in RECIPES.items())


def test_a_block_holds_what_is_missing_and_no_more_than_is_probably_needed() -> None:
    quota = Quota({"base": 10, "faults": 5})
    planned = quota.block(512)
    assert 15 <= len(planned) <= 40
    assert set(planned[:3]) == {"base", "faults"}, "well mixed"
    for kind in planned:
        quota.add(kind, True)
    assert quota.block(512) == []
    assert Quota({"base": 10_000}).block(512) == ["base"] * 512


def test_a_kind_that_does_not_come_is_given_up_and_the_others_make_up_for_it() -> None:
    quota = Quota({"base": 6, "parallel": 2, "faults": 4})
    for _ in range(PATIENCE):
        quota.add("faults", False)
    quota.settle()
    assert quota.given_up == {"faults": 4}
    assert quota.wanted == {"base": 9, "parallel": 3, "faults": 0}
    assert "faults" not in quota.block(512)


# Runs -----------------------------------------------------------------------------------------------------------------


class Never(Recipe):
    """A kind that no story yields."""

    kind: Kind = "faults"

    def recast(self, draft: Draft) -> Task:
        raise Rejected("never")


def test_a_run_says_which_kinds_it_gave_up(graph: ToolGraph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "RECIPES", {"base": Recipe(), "faults": Never()})
    monkeypatch.setattr("envfactory.querygen.quota.PATIENCE", 12)
    tally = generate(LIBRARY, graph, tmp_path / "t.jsonl", count=6, kinds={"base": 1, "faults": 1})
    assert tally.kinds == {"base": 6}
    assert tally.document()["given_up"] == {"faults": 3}


def test_a_run_that_comes_to_nothing_says_so(graph: ToolGraph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "RECIPES", {"faults": Never()})
    monkeypatch.setattr("envfactory.querygen.quota.PATIENCE", 12)
    with pytest.raises(FileError, match="only 0 tasks came"):
        generate(LIBRARY, graph, tmp_path / "t.jsonl", count=6, kinds={"faults": 1})
    assert not (tmp_path / "t.jsonl").exists()


def test_kinds_come_in_their_shares_and_no_two_tasks_are_the_same(graph: ToolGraph, tmp_path: Path) -> None:
    tally = generate(LIBRARY, graph, tmp_path / "t.jsonl", count=20, seed=3, kinds={"base": 3, "missing_parameter": 1})
    tasks = list(read_tasks(tmp_path / "t.jsonl"))
    assert Counter(task.kind for task in tasks) == tally.kinds == {"base": 15, "missing_parameter": 5}
    assert len({repr([(t.query, t.calls) for t in task.turns]) for task in tasks}) == 20
    assert all(task.proof for task in tasks)


def test_processes_change_nothing(graph: ToolGraph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "FEW", 0)
    knobs = {"count": 10, "seed": 4, "kinds": {"base": 1.0}}
    generate(LIBRARY, graph, tmp_path / "one.jsonl", **knobs)
    generate(LIBRARY, graph, tmp_path / "two.jsonl", workers=2, reopen=partial(reopened, "google_tasks"), **knobs)
    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()


KILLED = """
import os, signal, sys
from pathlib import Path
from envfactory.environment.library import load
from envfactory.graph.link import link
from envfactory.querygen.batch import generate

def killing(tally):
    if tally.tasks == 7:
        os.kill(os.getpid(), signal.SIGKILL)

library = {"google_tasks": load("google_tasks")}
generate(library, link(library), Path("t.jsonl"), count=16, seed=6, kinds={"base": 1.0}, progress=killing)
"""


def test_a_killed_run_goes_on_to_the_same_bytes(graph: ToolGraph, tmp_path: Path) -> None:
    knobs = {"count": 16, "seed": 6, "kinds": {"base": 1.0}}
    killed = subprocess.run([sys.executable, "-c", KILLED], cwd=tmp_path)
    assert killed.returncode == -signal.SIGKILL
    assert not (tmp_path / "t.jsonl").exists()
    with closing(sqlite3.connect(tmp_path / "t.jsonl.run")) as store:
        assert store.execute("SELECT count(*) FROM records").fetchone()[0] >= 7
    with pytest.raises(FileError, match="--resume"):
        generate(LIBRARY, graph, tmp_path / "t.jsonl", **knobs)
    with pytest.raises(FileError, match="seed"):
        generate(LIBRARY, graph, tmp_path / "t.jsonl", resume=True, **(knobs | {"seed": 7}))
    generate(LIBRARY, graph, tmp_path / "t.jsonl", resume=True, **knobs)
    generate(LIBRARY, graph, tmp_path / "whole.jsonl", **knobs)
    assert (tmp_path / "t.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
    assert not (tmp_path / "t.jsonl.run").exists()
