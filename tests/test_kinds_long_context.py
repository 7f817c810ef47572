"""Tasks with much to read: long by measure, and lost on who forgets their beginning."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import cache

import pytest

from envfactory.environment.environment import Environment
from envfactory.environment.library import load
from envfactory.graph.graph import ToolGraph
from envfactory.graph.link import link
from envfactory.graph.sample import sample
from envfactory.messages import Message
from envfactory.querygen.certify import Rejected
from envfactory.querygen.generate import make
from envfactory.querygen.kinds import long_context as kind
from envfactory.querygen.kinds.long_context import FAR, LONG, WINDOW, Forgetful, LongContext, read
from envfactory.querygen.scenario import largest
from envfactory.rollout.characters import character
from envfactory.rollout.play import play
from envfactory.rollout.reward import Reward, score
from envfactory.rollout.task import Task, task_lines
from envfactory.rollout.trajectory import Trajectory

Library = Mapping[str, type[Environment]]
HASHES = {"google_drive": "", "spotify": ""}
SHAPE = LongContext.shape


@pytest.fixture(scope="module")
def library() -> Library:
    return {name: load(name) for name in HASHES}


@cache
def graph() -> ToolGraph:
    return link({name: load(name) for name in HASHES})


def made(library: Library, count: int) -> tuple[list[Task], list[str]]:
    assert SHAPE.length is not None
    assert SHAPE.turns is not None
    chains = sample(graph(), library, count=count, seed=1, length=SHAPE.length, turns=SHAPE.turns, environments=(1, 2))
    found: list[Task] = []
    why: list[str] = []
    for candidate, chain in enumerate(chains):
        try:
            found.append(make(chain, library, HASHES, seed=1, candidate=candidate, recipe=LongContext()))
        except Rejected as reason:
            why.append(str(reason))
    return found, why


@pytest.fixture(scope="module")
def tasks(library: Library) -> list[Task]:
    found, why = made(library, 50)
    assert len(found) >= 3, why
    return found


def played(task: Task, library: Library, model: Forgetful | None = None) -> tuple[Trajectory, Reward]:
    with task.open(library) as session:
        trajectory = asyncio.run(play(task, model or character("oracle", task), session))
    return trajectory, score(task, trajectory)


def test_the_right_conversation_is_long_and_has_many_turns(tasks: list[Task], library: Library) -> None:
    for task in tasks:
        assert task.kind == "long_context"
        assert 5 <= len(task.turns) <= 12
        assert {setting.state for setting in task.settings} == {"large"}
        trajectory, reward = played(task, library)
        assert reward.total == 1.0
        assert sum(len(message.content) for message in trajectory.messages) >= 0.95 * LONG
        assert read(trajectory.messages) >= LONG


def test_a_late_call_needs_what_only_a_turn_long_before_gave(tasks: list[Task]) -> None:
    for task in tasks:
        turns = [number for number, turn in enumerate(task.turns) for _ in turn.calls]
        gaps = [
            turns[number] - turns[int(source.partition(".")[0])]
            for number, call in enumerate(task.calls)
            for source in call.uses.values()
        ]
        assert max(gaps) >= FAR


def test_who_forgets_the_beginning_fails_and_with_a_longer_memory_passes(
    tasks: list[Task], library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    for task in tasks:
        assert not played(task, library, Forgetful("forgetful", task, 0))[1].passed
    monkeypatch.setattr(kind, "WINDOW", 100 * WINDOW)
    for task in tasks:
        assert played(task, library, Forgetful("forgetful", task, 0))[1].passed


def test_the_trials_say_so(tasks: list[Task]) -> None:
    for task in tasks:
        assert task.proof is not None
        trials = {trial.policy: trial.passed for trial in task.proof.trials}
        assert trials["forgets all but the last 6,000 characters"] is False
        assert trials.get("looks up again what it forgot", True)


def test_a_short_conversation_is_rejected(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kind, "LONG", 400_000)
    found, why = made(library, 12)
    assert found == []
    assert "too little to read" in why


def test_a_task_that_needs_no_memory_is_rejected(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kind, "WINDOW", 10_000_000)
    found, why = made(library, 25)
    assert found == []
    assert "who forgets all but the last 6,000 characters passes" in why


def test_two_runs_give_the_same_bytes(library: Library) -> None:
    first, second = made(library, 12), made(library, 12)
    assert "".join(task_lines(first[0])) == "".join(task_lines(second[0]))
    assert first[1] == second[1]


def test_the_largest_world_has_the_most_rows(library: Library) -> None:
    assert largest(library["spotify"]) == "large"


def test_reading_counts_contents_and_calls() -> None:
    assert read([Message(role="user", content="four"), Message(role="assistant", content="")]) == 4
