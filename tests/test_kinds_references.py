"""Tasks that refer across turns: what they point at, and that an agent without memory fails them."""

from __future__ import annotations

from itertools import islice

import pytest

from envfactory.environment.library import load
from envfactory.graph.chain import Binding, Chain, ChainStep
from envfactory.graph.link import link
from envfactory.querygen.generate import candidates
from envfactory.querygen.kinds.references import Forgetful, References, recut
from envfactory.querygen.policy import Policy, tried
from envfactory.querygen.query import EARLIER, NTH, OTHER, Wording, refer
from envfactory.querygen.refine import resolves
from envfactory.querygen.story import Move, Persona, Referent, Scenario, Story
from envfactory.rollout.oracle import Oracle
from envfactory.rollout.task import Fact, Task

LIBRARY = {"google_tasks": load("google_tasks")}


def made(count: int, recipe: References) -> list[Task]:
    drawn = candidates(LIBRARY, link(LIBRARY), seed=3, length=(2, 6), turns=(2, 3), environments=(1, 1), recipe=recipe)
    return [one.task for one in islice(drawn, count) if one.task]


@pytest.fixture(scope="module")
def tasks() -> list[Task]:
    return made(60, References())


def test_they_come_out_certified_and_say_so(tasks: list[Task]) -> None:
    assert len(tasks) >= 5
    for task in tasks:
        assert task.kind == "references"
        assert task.proof is not None
        assert {"forgets earlier turns"} <= {trial.policy for trial in task.proof.trials}
        assert all(trial.passed is (trial.policy != "forgets earlier turns") for trial in task.proof.trials if
                   trial.policy in {"forgets earlier turns", "looks the rows up again"})  # fmt: skip


def test_who_forgets_takes_another_row_and_does_not_pass(tasks: list[Task]) -> None:
    for task in tasks:
        policy = Forgetful.of(task)
        with task.open(LIBRARY) as session:
            policy.enter(session)
        assert policy.wrong  # it does act on another row; failing by doing nothing would prove nothing
        (trial,) = tried(task, [Policy("forgets", Forgetful.of)], LIBRARY)
        assert not trial.passed


def test_two_runs_give_the_same_bytes(tasks: list[Task]) -> None:
    assert [task.model_dump_json() for task in made(20, References())] == [
        task.model_dump_json() for task in tasks[: len(made(20, References()))]
    ]


def test_a_certificate_whose_forgetful_agent_knows_everything_rejects_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Forgetful, "waiting", Oracle.waiting)  # it acts on the right row after all
    assert made(20, References()) == []


def test_a_turn_ends_between_steps_that_share_a_row() -> None:
    lists = ChainStep(tool="google_tasks__tasklists_list", bindings={})
    found = Binding(step=0, path="items.*.id")
    add = ChainStep(tool="google_tasks__tasks_insert", bindings={"tasklist": found})
    chain = Chain(steps=(lists, add, add), turns=((0, 1, 2),), environments=("google_tasks",), depth=2)
    assert recut(chain, [2]).turns == ((0, 1), (2,))


def _asked(*labels: str) -> tuple[Story, list[Referent]]:
    """A story in which an answer named rows, and a later move acts on one of them."""
    spec = LIBRARY["google_tasks"].spec
    assert spec is not None
    entity, tool = spec.entity("task_list"), spec.tool("tasklists_list")
    rows = [{"id": f"l{number}", "title": label} for number, label in enumerate(labels)]
    facts = tuple(Fact(name="a list", value=label, forms=(label,)) for label in labels)
    question = Move(0, 0, "google_tasks", tool, entity, {}, (), {"items": rows}, facts, "names")
    story = Story(Scenario(Persona("Mei", "plain"), (), 0), now=__import__("datetime").datetime(2026, 3, 2))
    story.moves.append(question)
    return story, [Referent("google_tasks", entity, row, row["id"]) for row in rows]


def _acting(story: Story, referent: Referent) -> None:
    spec = LIBRARY["google_tasks"].spec
    assert spec is not None
    tool = spec.tool("tasklists_delete")
    story.moves.append(Move(len(story.moves), 1, "google_tasks", tool, referent.entity, {"tasklist": referent}, (), {}))


def test_the_second_of_those_is_the_second_that_the_answer_named() -> None:
    story, (home, work, trip) = _asked("Home", "Work", "Trip")
    _acting(story, work)
    assert resolves(story, Wording(), 1, "tasklist", f"{NTH}2")
    assert not resolves(story, Wording(), 1, "tasklist", f"{NTH}1")
    assert not resolves(story, Wording(), 1, "tasklist", f"{NTH}last")
    assert not resolves(story, Wording(), 1, "tasklist", EARLIER)  # three were spoken of
    assert refer(trip, f"{NTH}last") == "the last of those lists"
    assert refer(home, f"{NTH}1") == "the first of those lists"


def test_the_other_one_is_what_is_left_of_two() -> None:
    story, (home, work) = _asked("Home", "Work")
    _acting(story, home)
    assert not resolves(story, Wording(), 1, "tasklist", OTHER)  # neither was taken yet
    _acting(story, work)
    assert resolves(story, Wording(), 2, "tasklist", OTHER)
    assert refer(work, OTHER) == "the other list"
