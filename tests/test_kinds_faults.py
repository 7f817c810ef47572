"""Tasks with faults: certified by who gives up, claims, repeats or believes, and by who looks before trying again."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import cache

import pytest

from envfactory.environment.environment import Environment
from envfactory.environment.faults import Fault
from envfactory.environment.library import load
from envfactory.graph.graph import ToolGraph
from envfactory.graph.link import link
from envfactory.graph.sample import sample
from envfactory.querygen.certify import Rejected
from envfactory.querygen.generate import make
from envfactory.querygen.kinds import faults as kind
from envfactory.querygen.kinds.faults import Faults
from envfactory.querygen.kinds.recovery import CallsAgain, Looker, arrived, makes
from envfactory.rollout.characters import character
from envfactory.rollout.play import play
from envfactory.rollout.reward import Reward, score
from envfactory.rollout.task import GoldCall, Task, task_lines

Library = Mapping[str, type[Environment]]
HASHES = {"google_tasks": "", "ynab": ""}


@pytest.fixture(scope="module")
def library() -> Library:
    return {name: load(name) for name in HASHES}


@cache
def graph() -> ToolGraph:
    return link({name: load(name) for name in HASHES})


def made(library: Library, recipe: Faults, count: int) -> list[Task]:
    chains = sample(graph(), library, count=count, seed=5, length=(1, 6), turns=(1, 3), environments=(1, 1))
    found: list[Task] = []
    for candidate, chain in enumerate(chains):
        try:
            found.append(make(chain, library, HASHES, seed=5, candidate=candidate, recipe=recipe))
        except Rejected:
            continue
    return found


@pytest.fixture(scope="module")
def tasks(library: Library) -> list[Task]:
    found = made(library, Faults(), 50)
    assert len(found) >= 10
    return found


def earned(task: Task, library: Library, model: CallsAgain | Looker) -> Reward:
    with task.open(library) as session:
        return score(task, asyncio.run(play(task, model, session)))


def test_every_task_has_one_to_three_faults_that_strike_calls_of_gold(tasks: list[Task], library: Library) -> None:
    for task in tasks:
        assert task.kind == "faults"
        assert 1 <= len(task.faults) <= 3
        with task.open(library) as session:
            trajectory = asyncio.run(play(task, character("oracle", task), session))
        assert score(task, trajectory).total == 1.0
        struck = sum(made.call.outcome == "fault" for made in trajectory.calls)
        assert struck == sum(fault.times for fault in task.faults if fault.kind != "stale_read")


def test_the_trials_are_those_of_the_faults(tasks: list[Task]) -> None:
    seen: set[str] = set()
    for task in tasks:
        assert task.proof is not None
        trials = {trial.policy: trial.passed for trial in task.proof.trials}
        kinds = {fault.kind for fault in task.faults}
        assert ("calls again after every fault" in trials) == ("lost_answer" in kinds)
        assert ("believes a stale read" in trials) == ("stale_read" in kinds)
        for name in (
            "gives up at the first fault",
            "says that what a fault struck was done",
            "calls again after every fault",
            "believes a stale read",
        ):
            assert not trials.get(name, False), name
        assert trials.get("looks whether a write arrived before trying again", True)
        assert trials.get("goes on elsewhere before trying again", True)
        seen |= kinds
    assert {"lost_answer", "stale_read", "timeout"} <= seen, "of each hard kind at least one"


def test_who_calls_again_where_an_answer_was_lost_writes_twice_and_who_looks_pays_nothing(
    tasks: list[Task], library: Library
) -> None:
    lost = [task for task in tasks if any(fault.kind == "lost_answer" for fault in task.faults)]
    assert lost
    for task in lost:
        again = earned(task, library, CallsAgain("repeater", task, 0))
        assert not again.passed
        assert again.parts["harm"] < 1.0
        assert earned(task, library, Looker("looker", task, 0)).total == 1.0


def test_two_runs_give_the_same_bytes(library: Library) -> None:
    assert "".join(task_lines(made(library, Faults(), 6))) == "".join(task_lines(made(library, Faults(), 6)))


def test_a_fault_that_nobody_meets_certifies_nothing(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> tuple[Fault, ...]:
        return (Fault(kind="timeout", at="google_tasks__tasklists_list", first=90),)

    monkeypatch.setattr(kind, "_faults", never)
    assert made(library, Faults(), 15) == [], "who gives up at the first fault passes"


def test_a_lost_answer_that_can_be_asked_for_again_is_no_trap(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:

    def always(*_: object) -> bool:
        return True

    monkeypatch.setattr(kind, "_can_be_lost", always)
    for task in made(library, Faults(), 15):
        for fault in task.faults:
            assert fault.kind != "lost_answer" or makes(fault.at), "an update made twice is made once"


def test_what_arrived_is_known_by_most_of_its_texts() -> None:
    call = GoldCall(
        tool="notes__create", arguments={"book": "b_1", "title": "Tea", "text": "Green"}, uses={"book": "0.id"}
    )
    assert arrived(call, [{"items": [{"id": "n_1", "title": "Tea", "text": "Green", "pinned": False}]}])
    assert not arrived(call, [{"items": [{"id": "n_1", "title": "Tea", "text": "Black"}]}])
    assert not arrived(call, [{"id": "n_2", "title": "b_1"}])
