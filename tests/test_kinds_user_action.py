"""What only the user can do: the agent must guide them to the right row, and go on afterwards."""

from __future__ import annotations

import asyncio
from itertools import islice

import pytest

from envfactory.environment.library import load
from envfactory.graph.link import link
from envfactory.querygen.generate import candidates
from envfactory.querygen.kinds.user_action import Claimer, Misguider, UserAction
from envfactory.rollout.oracle import Oracle
from envfactory.rollout.play import play
from envfactory.rollout.task import Task

LIBRARY = {name: load(name) for name in ("google_tasks",)}


def made(count: int) -> list[Task]:
    drawn = candidates(
        LIBRARY, link(LIBRARY), seed=3, length=(2, 6), turns=(1, 3), environments=(1, 1), recipe=UserAction()
    )
    return [one.task for one in islice(drawn, count) if one.task]


@pytest.fixture(scope="module")
def tasks() -> list[Task]:
    return made(70)


def test_they_come_out_certified_with_each_way_of_failing_played(tasks: list[Task]) -> None:
    assert len(tasks) >= 4
    for task in tasks:
        assert task.kind == "user_action"
        assert task.proof is not None
        passed = {trial.policy: trial.passed for trial in task.proof.trials}
        assert passed == {
            "says that it did it itself": False,
            "names the wrong row": False,
            "guides and then stops": False,
            "guides in other words": True,
        }


def test_the_agent_lacks_the_tool_and_the_user_makes_the_call(tasks: list[Task]) -> None:
    for task in tasks:
        (own,) = [call for call in task.calls if call.by == "user"]
        assert task.user_tools == (own.tool,)
        assert own.uses == {}
        assert task.rules
        turn = next(turn for turn in task.turns if own in turn.calls)
        assert turn.act == "confirm"
        assert turn.calls[0] == own
        assert len(turn.calls) > 1  # something is left to do
        with task.open(LIBRARY) as session:
            trajectory = asyncio.run(play(task, Oracle("oracle", task, 0), session))
        assert own.tool not in {schema.name for schema in trajectory.tools}
        assert [made.call.tool for made in trajectory.calls if made.by == "user"] == [own.tool]


@pytest.mark.parametrize("policy", [Claimer, Misguider])
def test_a_user_who_was_not_guided_to_the_right_row_does_nothing(tasks: list[Task], policy: type[Claimer]) -> None:
    for task in tasks[:3]:
        model = policy.of(task)
        with task.open(LIBRARY) as session:
            if isinstance(model, Misguider):
                model.enter(session)
            trajectory = asyncio.run(play(task, model, session))
        assert not [made for made in trajectory.calls if made.by == "user"]


def test_two_runs_give_the_same_bytes(tasks: list[Task]) -> None:
    again = made(25)
    assert [task.model_dump_json() for task in again] == [task.model_dump_json() for task in tasks[: len(again)]]


def test_a_certificate_whose_liar_speaks_the_truth_rejects_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Claimer, "act", Oracle.act)
    assert made(25) == []
