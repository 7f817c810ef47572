"""Missing parameter: what goes unsaid must be asked for, nothing gives it away, and only asking passes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from envfactory.environment.environment import Environment
from envfactory.environment.library import load
from envfactory.graph.link import link
from envfactory.querygen.certify import Rejected
from envfactory.querygen.generate import candidates
from envfactory.querygen.kinds.draft import Draft
from envfactory.querygen.kinds.missing_parameter import MissingParameter
from envfactory.rollout.answers import says
from envfactory.rollout.characters import character
from envfactory.rollout.play import play
from envfactory.rollout.reward import score
from envfactory.rollout.task import Fact, Task

Library = Mapping[str, type[Environment]]


@pytest.fixture(scope="module")
def library() -> Library:
    return {name: load(name) for name in ("google_tasks", "google_calendar")}


def tasks_of(library: Library, recipe: MissingParameter, *, count: int, tries: int = 120) -> list[Task]:
    found: list[Task] = []
    for number, drawn in enumerate(candidates(library, link(library), seed=5, recipe=recipe)):
        if drawn.task is not None:
            found.append(drawn.task)
        if len(found) == count or number >= tries:
            break
    return found


def reasons_of(library: Library, recipe: MissingParameter, *, tries: int) -> list[str]:
    found: list[str] = []
    for number, drawn in enumerate(candidates(library, link(library), seed=5, recipe=recipe)):
        found.append("certified" if drawn.task is not None else drawn.rejected)
        if number >= tries:
            break
    return found


@pytest.fixture(scope="module")
def tasks(library: Library) -> list[Task]:
    found = tasks_of(library, MissingParameter(), count=8)
    assert len(found) == 8
    return found


def asking(task: Task) -> int:
    return next(number for number, turn in enumerate(task.turns) if turn.expects == "ask")


def test_a_question_comes_before_the_work_and_its_answer_in_the_turn_after(tasks: list[Task]) -> None:
    for task in tasks:
        turn = asking(task)
        assert task.kind == "missing_parameter"
        assert task.turns[turn].answer.endswith("?")
        assert not task.turns[turn].calls
        assert task.turns[turn + 1].act == "provide"
        assert any(call.writes for call in task.turns[turn + 1].calls)


def test_the_right_question_says_what_is_missing(tasks: list[Task]) -> None:
    for task in tasks:
        turn = task.turns[asking(task)]
        assert turn.facts
        assert all(says(turn.answer, fact) for fact in turn.facts)


def test_nothing_has_changed_while_the_agent_asks(tasks: list[Task]) -> None:
    for task in tasks:
        turn = asking(task)
        before = task.turns[turn - 1].changes if turn else {}
        assert task.turns[turn].changes == before


def test_values_and_rows_both_go_unsaid(library: Library) -> None:
    found = tasks_of(library, MissingParameter(), count=14)
    questions = {task.turns[asking(task)].answer.split()[0] for task in found}
    assert {"What", "Which"} <= questions


def test_guessers_fail_and_those_who_ask_in_other_words_pass(tasks: list[Task]) -> None:
    for task in tasks:
        assert task.proof is not None
        trials = {trial.policy: trial.passed for trial in task.proof.trials}
        assert trials.pop("looks around first and asks in other words")
        assert "acts on a lucky guess and asks afterwards" in trials
        assert not any(trials.values())


def test_a_lone_asker_and_an_idler_earn_nothing(library: Library, tasks: list[Task]) -> None:
    for task in tasks[:3]:
        with task.open(library) as session:
            assert score(task, asyncio.run(play(task, character("idler", task), session))).total == 0
        assert task.proof is not None
        always = next(trial for trial in task.proof.trials if trial.policy == "asks always")
        assert always.total == 0


def test_the_same_seed_gives_the_same_tasks(library: Library, tasks: list[Task]) -> None:
    again = tasks_of(library, MissingParameter(), count=3)
    assert [task.model_dump_json() for task in again] == [task.model_dump_json() for task in tasks[:3]]


def test_a_recipe_that_gives_the_value_away_is_rejected(library: Library) -> None:
    class Leaky(MissingParameter):
        def recast(self, draft: Draft) -> Task:
            task = super().recast(draft)
            turn = asking(task)
            said = task.turns[turn].model_copy(
                update={"query": f"{task.turns[turn].query} {task.turns[turn + 1].query}"}
            )
            return task.model_copy(update={"turns": (*task.turns[:turn], said, *task.turns[turn + 1 :])}).named()

    reasons = reasons_of(library, Leaky(), tries=12)
    assert "certified" not in reasons
    assert "what is missing was said" in reasons


def test_a_recipe_that_takes_any_question_is_rejected(library: Library) -> None:
    class Generous(MissingParameter):
        def recast(self, draft: Draft) -> Task:
            task = super().recast(draft)
            turn = asking(task)
            facts = (Fact(name="any question", value="", forms=("would", "what", "What", "which", "Which")),)
            said = task.turns[turn].model_copy(update={"facts": facts})
            return task.model_copy(update={"turns": (*task.turns[:turn], said, *task.turns[turn + 1 :])}).named()

    reasons = reasons_of(library, Generous(), tries=12)
    assert "certified" not in reasons
    assert "who asks for leave instead passes" in reasons


def test_a_story_that_only_reads_is_turned_down(library: Library) -> None:
    class ReadOnly(MissingParameter):
        def recast(self, draft: Draft) -> Task:
            if any(move.spec.writes for move in draft.story.moves):
                raise Rejected("writes")
            return super().recast(draft)

    reasons = reasons_of(library, ReadOnly(), tries=15)
    assert "certified" not in reasons
