"""Tasks with calls that can be made at once: any order passes, one message a level is enough, and guessing fails."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping
from functools import cache

import pytest

from envfactory.environment.environment import Environment
from envfactory.environment.library import load
from envfactory.graph.graph import ToolGraph
from envfactory.graph.link import link
from envfactory.graph.sample import sample
from envfactory.querygen.certify import Rejected
from envfactory.querygen.generate import make
from envfactory.querygen.kinds import parallel as kind
from envfactory.querygen.kinds.parallel import LEAST, OneByOne, Parallel, Rash
from envfactory.querygen.orders import breadth, levels, permutations
from envfactory.rollout.characters import character
from envfactory.rollout.play import play
from envfactory.rollout.replay import Replay
from envfactory.rollout.reward import Reward, score
from envfactory.rollout.task import GoldCall, Task, Turn, task_lines
from envfactory.rollout.trajectory import Trajectory

Library = Mapping[str, type[Environment]]
HASHES = {"google_tasks": "", "google_classroom": ""}


@pytest.fixture(scope="module")
def library() -> Library:
    return {name: load(name) for name in HASHES}


@cache
def graph() -> ToolGraph:
    return link({name: load(name) for name in HASHES})


def made(library: Library, count: int) -> list[Task]:
    chains = sample(graph(), library, count=count, seed=2, length=(1, 5), turns=(1, 2), environments=(1, 1))
    found: list[Task] = []
    for candidate, chain in enumerate(chains):
        try:
            found.append(make(chain, library, HASHES, seed=2, candidate=candidate, recipe=Parallel()))
        except Rejected:
            continue
    return found


@pytest.fixture(scope="module")
def tasks(library: Library) -> list[Task]:
    found = made(library, 60)
    assert len(found) >= 8
    return found


def played(task: Task, library: Library, model: object = None) -> tuple[Trajectory, Reward]:
    with task.open(library) as session:
        chosen = model or character("oracle", task)
        trajectory = asyncio.run(play(task, chosen, session))  # type: ignore[arg-type]
    return trajectory, score(task, trajectory)


def widths(trajectory: Trajectory) -> list[int]:
    return [len(message.tool_calls) for message in trajectory.messages if message.tool_calls]


def test_the_oracle_makes_them_in_one_message_a_level_and_pays_nothing(tasks: list[Task], library: Library) -> None:
    for task in tasks:
        trajectory, reward = played(task, library)
        assert reward.total == 1.0
        assert max(widths(trajectory)) >= LEAST
        first = needed = 0
        for turn in task.turns:
            needed += max(levels(turn.calls, first), default=-1) + 1
            first += len(turn.calls)
        assert len(widths(trajectory)) == needed


def test_who_makes_them_one_by_one_passes_and_pays_for_each_message(tasks: list[Task], library: Library) -> None:
    for task in tasks:
        quick = len(widths(played(task, library)[0]))
        trajectory, reward = played(task, library, OneByOne("one_by_one", task, 0))
        assert reward.passed
        assert max(widths(trajectory)) == 1
        assert reward.total == pytest.approx(1 - min(0.3, 0.02 * (len(task.calls) - quick)))


def test_every_order_of_the_calls_that_wait_for_nothing_passes(tasks: list[Task], library: Library) -> None:
    tried = 0
    for task in tasks:
        with task.open(library) as session:
            replay = Replay(task, session)
            for first, order in itertools.islice(permutations(task), 30):
                assert sorted(map(len, order)) == sorted(len(turn.calls) for turn in task.turns)
                assert score(task, replay.edited(order, [turn.answer for turn in task.turns], first=first)).passed
                tried += 1
            replay.close()
        assert task.proof is not None
        assert task.proof.permutations >= 5, "three calls have five other orders"
    assert tried > 50


def test_who_guesses_what_a_call_would_have_told_fails(tasks: list[Task], library: Library) -> None:
    dependent = [task for task in tasks if any(call.uses for call in task.turns[0].calls)]
    assert dependent
    for task in dependent:
        assert not played(task, library, Rash("rash", task, 0))[1].passed


def test_the_trials_say_so(tasks: list[Task]) -> None:
    for task in tasks:
        assert task.kind == "parallel"
        assert task.proof is not None
        trials = {trial.policy: trial for trial in task.proof.trials}
        assert trials["makes one call after the other"].passed
        assert trials["makes one call after the other"].total < 1.0
        assert not trials["makes only the first of several calls"].passed


def test_several_things_are_asked_for_in_one_clause(tasks: list[Task]) -> None:
    text = " ".join(turn.query for task in tasks for turn in task.turns)
    assert '", "' in text
    assert '" and "' in text
    assert "tasks " in text or "lists " in text or "courses " in text


def test_two_runs_give_the_same_bytes(library: Library) -> None:
    assert "".join(task_lines(made(library, 12))) == "".join(task_lines(made(library, 12)))


def test_a_task_whose_calls_come_alone_is_rejected(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    def alone(chain: object, place: int, copies: int) -> object:
        return chain

    monkeypatch.setattr(kind, "_repeated", alone)
    for task in made(library, 15):
        assert (
            max(breadth(turn, sum(len(t.calls) for t in task.turns[:n])) for n, turn in enumerate(task.turns)) >= LEAST
        )


def test_orders_of_more_than_four_calls_are_sampled_and_dependents_stay_behind() -> None:
    calls = [GoldCall(tool="a__list", arguments={})] + [
        GoldCall(tool="a__drop", arguments={"id": str(n)}, uses={"id": f"0.{n}.id"}, writes=True) for n in range(6)
    ]
    task = Task(id="t", settings=(), seed=0, turns=(Turn(query="Drop all six.", calls=tuple(calls)),))
    orders = list(permutations(task))
    assert 10 < len(orders) <= 24
    assert all(order[0][0].tool == "a__list" for _, order in orders)
    assert levels(calls, 0) == [0, 1, 1, 1, 1, 1, 1]
    assert orders == list(permutations(task))
