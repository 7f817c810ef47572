"""What happens between turns: corrections, changes of mind, reactions; and that they cannot be ignored."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from random import Random

import pytest

from envfactory.environment.environment import Environment
from envfactory.environment.library import load
from envfactory.graph.chain import Binding, Chain, ChainStep, validate
from envfactory.graph.link import link
from envfactory.messages import Message
from envfactory.querygen import acts
from envfactory.querygen.acts import Acted, Doubler, Stubborn, with_acts
from envfactory.querygen.certify import Rejected
from envfactory.querygen.generate import candidates
from envfactory.querygen.kinds.draft import Recipe
from envfactory.rollout.oracle import Oracle
from envfactory.rollout.reward import score
from envfactory.rollout.task import Fact, Setting, Task, Turn
from envfactory.rollout.trajectory import Trajectory

LIBRARY = {"google_tasks": load("google_tasks")}


class Always(Recipe):
    """Every chain gets a turn that mends or takes back something."""

    def prepare(self, chain: Chain, library: Mapping[str, type[Environment]], random: Random) -> Chain:
        longer = with_acts(chain, library, random)
        if longer is chain:
            raise Rejected("nothing to mend")
        return longer


@pytest.fixture(scope="module")
def tasks() -> list[Task]:
    drawn = candidates(
        LIBRARY, link(LIBRARY), seed=5, length=(2, 5), turns=(1, 3), environments=(1, 1), recipe=Always()
    )
    return [one.task for one in islice(drawn, 150) if one.task]


def test_users_correct_themselves_and_take_things_back(tasks: list[Task]) -> None:
    assert len(tasks) >= 10
    assert {"correct", "retract"} <= {turn.act for task in tasks for turn in task.turns}


def test_who_ignores_it_fails_and_so_does_who_makes_a_second_one(tasks: list[Task]) -> None:
    names: set[str] = set()
    for task in tasks:
        assert task.proof is not None
        for trial in task.proof.trials:
            names.add(trial.policy)
            assert not trial.passed
    assert len(names) == 2


def test_what_was_made_and_taken_back_leaves_no_row_behind(tasks: list[Task]) -> None:
    seen = 0
    for task in tasks:
        for turn, before in zip(task.turns[1:], task.turns, strict=False):
            if turn.act == "retract" and turn.calls[-1].tool.endswith("_delete"):
                left = turn.changes.get("google_tasks", ())
                assert any(change not in left for change in before.changes["google_tasks"])
                seen += 1
    assert seen


def test_a_correction_says_the_new_value_and_the_old_one(tasks: list[Task]) -> None:
    corrections = [turn for task in tasks for turn in task.turns if turn.act == "correct"]
    assert corrections
    for turn in corrections:
        assert " not " in turn.query or "instead of" in turn.query


@pytest.mark.parametrize("policy", [Stubborn, Doubler])
def test_a_certificate_that_cannot_tell_rejects_the_task(policy: type[Oracle], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy, "act", Oracle.act)
    monkeypatch.setattr(policy, "waiting", Oracle.waiting)
    drawn = candidates(
        LIBRARY, link(LIBRARY), seed=5, length=(2, 4), turns=(1, 2), environments=(1, 1), recipe=Always()
    )
    tried = list(islice(drawn, 60))
    certified = [one.task for one in tried if one.task]
    if policy is Stubborn:
        assert certified == []
    assert any(one.rejected.endswith(" passes") for one in tried)


def test_a_longer_chain_is_still_one_that_the_graph_allows() -> None:
    graph = link(LIBRARY)
    lists = ChainStep(tool="google_tasks__tasklists_list", bindings={})
    found = Binding(step=0, path="items.*.id")
    add = ChainStep(tool="google_tasks__tasks_insert", bindings={"tasklist": found})
    rename = ChainStep(tool="google_tasks__tasklists_patch", bindings={"tasklist": found})
    chain = Chain(steps=(lists, add, rename), turns=((0, 1), (2,)), environments=("google_tasks",), depth=2)
    assert validate(chain, graph) == []
    kinds: set[str] = set()
    for seed in range(12):
        longer = with_acts(chain, LIBRARY, Random(seed))
        assert isinstance(longer, Acted)
        (place,) = longer.revisions
        kinds.add(longer.revisions[place].how)
        assert (place,) in longer.turns
        assert len(longer.turns) == 3
        assert validate(Chain.model_validate(longer.model_dump(exclude={"revisions"})), graph) == []
    assert {"remove", "rewrite"} <= kinds


def test_a_row_that_is_used_later_is_not_taken_back() -> None:
    made = ChainStep(tool="google_tasks__tasklists_insert", bindings={})
    add = ChainStep(tool="google_tasks__tasks_insert", bindings={"tasklist": Binding(step=0, path="id")})
    chain = Chain(steps=(made, add), turns=((0,), (1,)), environments=("google_tasks",), depth=2)
    for seed in range(12):
        longer = with_acts(chain, LIBRARY, Random(seed))
        assert isinstance(longer, Acted)
        assert all(revision.of == 1 or revision.how != "remove" for revision in longer.revisions.values())


def test_the_user_reacts_to_what_came_of_the_turn_before() -> None:
    drawn = candidates(LIBRARY, link(LIBRARY), seed=9, length=(2, 5), turns=(2, 3), environments=(1, 1))
    queries = [turn.query for one in islice(drawn, 80) if one.task for turn in one.task.turns[1:]]
    openings = (*acts._THANKS, *acts._HEARD)  # pyright: ignore[reportPrivateUsage]
    assert 0 < sum(query.startswith(openings) for query in queries) < len(queries) / 2


def test_a_fact_that_the_user_said_meanwhile_is_no_answer() -> None:
    fact = Fact(name="number of lists", value=4, forms=("4", "four"))
    turns = (
        Turn(query="How many lists are there?", facts=(fact,), answer="There are 4."),
        Turn(query="Four? That's more than I thought.", answer="Yes."),
    )
    setting = Setting(environment="google_tasks", hash="", state="small")
    task = Task(id="t", settings=(setting,), seed=0, turns=turns)

    def attempt(*answers: str) -> Trajectory:
        talk: list[Message] = []
        for turn, answer in zip(turns, answers, strict=True):
            talk += [Message(role="user", content=turn.query), Message(role="assistant", content=answer)]
        return Trajectory(
            task="t", model="m", seed=0, messages=tuple(talk), tools=(), calls=(), turn_changes=({}, {}),
            answers=answers, malformed=0, ending="done",
        )  # fmt: skip

    assert score(task, attempt("There are four.", "Yes.")).passed
    assert not score(task, attempt("Let me see.", "Yes, four.")).passed
