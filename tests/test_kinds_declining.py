"""Missing function, irrelevant and forbidden: what must be declined is, and everything else is done."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from envfactory.environment.environment import Environment
from envfactory.environment.library import load
from envfactory.environment.schema import Schema
from envfactory.graph.graph import ToolGraph
from envfactory.graph.link import link
from envfactory.querygen.generate import candidates
from envfactory.querygen.kinds.draft import Draft, Recipe
from envfactory.querygen.kinds.forbidden import Forbidden
from envfactory.querygen.kinds.irrelevant import Irrelevant
from envfactory.querygen.kinds.missing_function import MissingFunction
from envfactory.querygen.kinds.refusal import call_of, turned
from envfactory.rollout.answers import DECLINES, says
from envfactory.rollout.characters import character
from envfactory.rollout.play import play
from envfactory.rollout.reward import score
from envfactory.rollout.task import Fact, Task

Library = Mapping[str, type[Environment]]
RECIPES = (MissingFunction, Irrelevant, Forbidden)


@pytest.fixture(scope="module")
def library() -> Library:
    return {name: load(name) for name in ("google_tasks", "square_orders", "spotify")}


@pytest.fixture(scope="module")
def graph(library: Library) -> ToolGraph:
    return link(library)


def drawn(library: Library, graph: ToolGraph, recipe: Recipe, count: int, tries: int = 150) -> list[Task]:
    found: list[Task] = []
    for number, one in enumerate(candidates(library, graph, seed=3, recipe=recipe)):
        found += [one.task] if one.task is not None else []
        if len(found) == count or number >= tries:
            return found
    raise AssertionError


@pytest.fixture(scope="module")
def tasks(library: Library, graph: ToolGraph) -> dict[str, list[Task]]:
    found = {recipe.kind: drawn(library, graph, recipe(), 6) for recipe in RECIPES}
    assert all(len(kind) == 6 for kind in found.values())
    return found


@pytest.fixture(scope="module")
def forbidden(library: Library, graph: ToolGraph) -> list[Task]:
    return drawn(library, graph, Forbidden(), 18, tries=120)


def declining(task: Task) -> int:
    return next(number for number, turn in enumerate(task.turns) if turn.expects == "decline")


def test_each_kind_declines_once_and_does_the_rest(tasks: dict[str, list[Task]]) -> None:
    for kind, own in tasks.items():
        for task in own:
            turn = task.turns[declining(task)]
            assert task.kind == kind
            assert sum(one.expects == "decline" for one in task.turns) == 1
            assert not turn.calls
            assert says(turn.answer, Fact(name="", value="", forms=DECLINES))
            assert any(one.calls for one in task.turns)


def test_who_claims_meddles_or_declines_all_fails_and_other_words_pass(tasks: dict[str, list[Task]]) -> None:
    for task in [task for own in tasks.values() for task in own]:
        assert task.proof is not None
        trials = {trial.policy: trial for trial in task.proof.trials}
        assert trials["looks around and declines in other words"].passed
        assert not trials["claims to have done it"].passed
        assert trials["declines everything"].total == 0


def test_a_missing_tool_is_out_of_reach_until_it_is_given(tasks: dict[str, list[Task]]) -> None:
    ways = set[bool]()
    for task in tasks["missing_function"]:
        turn = declining(task)
        assert task.withheld
        assert set(task.withheld) <= task.hidden(turn)
        given = task.turns[turn + 1].gives if turn + 1 < len(task.turns) else ()
        ways.add(bool(given))
        if given:
            assert not task.hidden(turn + 1)
            assert any(call.tool in given for call in task.turns[turn + 1].calls)
        else:
            assert not {call.tool for call in task.calls} & set(task.withheld)
    assert ways == {True, False}


def test_calling_a_missing_tool_costs_a_little(tasks: dict[str, list[Task]]) -> None:
    for task in tasks["missing_function"]:
        assert task.proof is not None
        trial = next(t for t in task.proof.trials if t.policy == "calls what is not there, then declines")
        assert trial.passed
        assert trial.total == 0.95


def test_no_tool_with_the_same_effect_is_left(library: Library) -> None:
    alone = {"google_tasks": library["google_tasks"]}
    found = drawn(alone, link(alone), MissingFunction(), 8, tries=60)
    twins = [task for task in found if task.withheld[0].endswith(("tasklists_patch", "tasklists_update"))]
    assert twins
    for task in twins:
        assert {"google_tasks__tasklists_patch", "google_tasks__tasklists_update"} <= set(task.withheld)


def test_an_irrelevant_request_is_from_another_world(library: Library, tasks: dict[str, list[Task]]) -> None:
    for task in tasks["irrelevant"]:
        here = {library[s.environment].domain for s in task.settings}
        assert len(here) < len({cls.domain for cls in library.values()})
        assert task.turns[declining(task)].answer.partition("I have no tools for ")[2]


def test_rules_are_told_and_hold_for_the_rest(forbidden: list[Task]) -> None:
    told = [task.rules for task in forbidden]
    assert any(rules and "whose" in rules[0] for rules in told)  # rows in some state
    assert any(rules and "whose" not in rules[0] for rules in told)  # tools
    assert any(not rules for rules in told)  # the service itself


def test_a_rule_about_rows_bars_one_and_leaves_another(forbidden: list[Task]) -> None:
    found = [task for task in forbidden if "whose" in " ".join(task.rules)]
    for task in found:
        barred = call_of(task, declining(task))
        assert barred is not None
        done = [call for call in task.calls if call.tool == barred.tool]
        assert done
        assert all(call.arguments != barred.arguments for call in done)
        assert task.proof is not None
        trials = {trial.policy: trial.passed for trial in task.proof.trials}
        assert trials["does it anyway"] is False
        assert trials["does it and denies it"] is False


def test_what_the_service_refuses_may_be_tried(forbidden: list[Task]) -> None:
    found = [task for task in forbidden if not task.rules]
    for task in found:
        assert task.proof is not None
        trials = {trial.policy: trial for trial in task.proof.trials}
        assert trials["tries it and says that it was refused"].total == 0.95


def test_the_idler_and_the_liar_fail(library: Library, tasks: dict[str, list[Task]]) -> None:
    for own in tasks.values():
        for name in ("idler", "liar"):
            with own[0].open(library) as session:
                assert not score(own[0], asyncio.run(play(own[0], character(name, own[0]), session))).passed


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_same_seed_gives_the_same_bytes(
    library: Library, graph: ToolGraph, tasks: dict[str, list[Task]], recipe: type[Recipe]
) -> None:
    again = drawn(library, graph, recipe(), 2)
    assert [t.model_dump_json() for t in again] == [t.model_dump_json() for t in tasks[recipe.kind][:2]]


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_that_takes_a_claim_for_a_refusal_is_rejected(
    library: Library, graph: ToolGraph, recipe: type[Recipe]
) -> None:
    class Gullible(recipe):  # type: ignore[misc, valid-type]
        def recast(self, draft: Draft) -> Task:
            task = super().recast(draft)
            number = declining(task)
            fact = task.turns[number].facts[0].model_copy(update={"forms": (*DECLINES, "taken care of")})
            turn = task.turns[number].model_copy(update={"facts": (fact,)})
            return task.model_copy(update={"turns": (*task.turns[:number], turn, *task.turns[number + 1 :])}).named()

    reasons = [one.rejected for _, one in zip(range(14), candidates(library, graph, seed=3, recipe=Gullible()))]  # noqa: B905
    assert "" not in reasons
    assert "who claims to have done it passes" in reasons


def test_a_rule_whose_breach_no_one_sees_is_rejected(library: Library, graph: ToolGraph) -> None:
    class Blind(Forbidden):
        def recast(self, draft: Draft) -> Task:
            task = super().recast(draft)
            if not task.rules:
                return task
            call = call_of(task, declining(task))
            assert call is not None
            place = call.tool.partition("__")[0]
            tables = dict.fromkeys(Schema.parse(library[place].schema).tables, ("*",))
            return task.model_copy(update={"exempt": {**task.exempt, place: tables}}).named()

    for _, one in zip(range(14), candidates(library, graph, seed=3, recipe=Blind())):  # noqa: B905
        assert one.task is None or not one.task.rules


def test_what_the_user_calls_theirs_is_turned_round() -> None:
    assert turned('add it to my list called "my list"') == 'add it to your list called "my list"'
