"""Credit by turn: each turn is judged by what it wanted itself."""

from __future__ import annotations

import pytest
from worlds import ERRANDS, LIBRARY, SHOPPING, attempt, fact, make_task

from envfactory.environment.store import RowChange
from envfactory.models.offline import Scripted, calling
from envfactory.rollout.characters import NAMES, character
from envfactory.rollout.credit import between
from envfactory.rollout.reward import score

STEPS = make_task(
    ("Make a list called Trip.", [("todo__create_list", {"title": "Trip"})], [], "Made."),
    ("Put a tent on it.", [("todo__create_task", {"title": "tent"}, {"list_id": "0.id"})], [], "It is on it."),
    ("Tick the tent off, and what is on Home?", [
        ("todo__complete_task", {}, {"task_id": "1.id"}),
        ("todo__list_tasks", {"list_id": "lst_home"}),
    ], [fact("lamp")], "Ticked off; on Home is the lamp."),
)  # fmt: skip
GOLD = [(call.tool, call.arguments) for call in STEPS.calls]


def played(*turns: list[object], seed: int = 7):
    return attempt(STEPS.model_copy(update={"seed": seed}), Scripted([reply for turn in turns for reply in turn]))  # type: ignore[misc]


def test_an_attempt_that_passes_has_full_credit_in_every_turn() -> None:
    for task in (STEPS, SHOPPING, ERRANDS):
        for name in ("oracle", "over_caller"):
            reward = score(task, attempt(task, character(name, task)))
            assert reward.passed
            assert reward.turns == (1.0,) * len(task.turns)


def test_a_mistake_costs_the_turn_it_was_made_in_and_no_other() -> None:
    wrong = played(
        [calling(GOLD[0]), "Made."],
        [calling(("todo__create_task", {**GOLD[1][1], "title": "stove"})), "Done."],
        [calling(GOLD[3]), "On Home is the lamp."],
    )
    reward = score(STEPS, wrong)
    assert not reward.passed
    first, second, third = reward.turns
    assert first == 1.0
    assert 0 < second < 1
    assert third == pytest.approx(1 / 3)  # the fact; the task and the log of ticking off are missing


def test_harm_in_one_turn_is_not_charged_to_the_next() -> None:
    spilt = played(
        [calling(GOLD[0], ("todo__delete_task", {"task_id": "tsk_tax"})), "Made."],
        [calling(GOLD[1]), "It is on it."],
        [calling(GOLD[2], GOLD[3]), "Ticked off; on Home is the lamp."],
    )
    assert score(STEPS, spilt).turns == (0.25, 1.0, 1.0)


def test_work_done_a_turn_early_is_harm_there_and_missing_where_it_was_due() -> None:
    early = played(
        [calling(GOLD[0], GOLD[1]), "Made."],
        ["It is on it."],
        [calling(GOLD[2], GOLD[3]), "Ticked off; on Home is the lamp."],
    )
    assert score(STEPS, early).turns == (0.25, 0.0, 1.0)


def test_rows_of_earlier_turns_are_known_by_the_attempts_own_ids() -> None:
    other = STEPS.model_copy(update={"seed": 99})
    fresh = attempt(other, character("oracle", STEPS))
    assert fresh.changes != STEPS.changes
    assert score(STEPS, fresh).turns == (1.0, 1.0, 1.0)
    with other.open(LIBRARY) as session:  # the oracle's ids in that world
        made = session.call("todo__create_list", {"title": "Trip"}).result["id"]  # type: ignore[index]
        tent = session.call("todo__create_task", {"list_id": made, "title": "tent"}).result["id"]  # type: ignore[index]
    wrong = attempt(
        other,
        Scripted([
            calling(GOLD[0]), "Made.", calling(("todo__create_task", {"list_id": made, "title": "tarp"})), "Done.",
            calling(("todo__complete_task", {"task_id": tent}), GOLD[3]), "Ticked off; on Home is the lamp.",
        ]),
    )  # fmt: skip
    assert score(STEPS, wrong).turns[0] == 1.0
    assert score(STEPS, wrong).turns[2] == 1.0  # it ticked off what it had made


def test_turns_not_reached_and_turns_that_want_nothing() -> None:
    stuck = played([calling(GOLD[0]), "Made."], [calling(*[GOLD[3]] * 30)])
    assert stuck.ending == "steps"
    assert score(STEPS, stuck).turns == (1.0, 0.0, 0.0)
    quiet = make_task(
        ("Hello!", [], [], "Hello!"),
        ("Make a list called Trip.", [("todo__create_list", {"title": "Trip"})], [], "Made."),
    )
    idle = attempt(quiet, Scripted(["Hello!", "Done."]))
    assert score(quiet, idle).turns == (1.0, 0.0)
    hasty = attempt(quiet, Scripted([calling(("todo__delete_task", {"task_id": "tsk_tax"})), "Hello!", "Done."]))
    assert score(quiet, hasty).turns == (0.0, 0.0)


@pytest.mark.parametrize("name", NAMES)
def test_full_credit_in_every_turn_and_passing_are_the_same_for_every_character(name: str) -> None:
    for task in (STEPS, SHOPPING, ERRANDS):
        reward = score(task, attempt(task, character(name, task)))
        assert len(reward.turns) == len(task.turns)
        assert reward.passed == (set(reward.turns) == {1.0})


def test_steps_between_two_moments() -> None:
    def row(op: str, before: dict[str, object], after: dict[str, object], key: str = "a") -> RowChange:
        return RowChange(table="t", op=op, key=(key,), before=before, after=after)  # type: ignore[arg-type]

    made = row("insert", {}, {"id": "a", "n": 1})
    made_and_changed = row("insert", {}, {"id": "a", "n": 2})
    changed, changed_more = row("update", {"n": 1}, {"n": 2}), row("update", {"n": 1, "m": 5}, {"n": 3, "m": 6})
    gone = row("delete", {"id": "a", "n": 1}, {})
    assert between({"w": (made,)}, {"w": (made,)}) == {}
    assert between({"w": (made,)}, {"w": (made_and_changed,)}) == {"w": (row("update", {"n": 1}, {"n": 2}),)}
    assert between({"w": (made,)}, {}) == {"w": (row("delete", {"id": "a", "n": 1}, {}),)}
    assert between({"w": (changed,)}, {"w": (changed_more,)}) == {
        "w": (row("update", {"n": 2, "m": 5}, {"n": 3, "m": 6}),)
    }
    assert between({"w": (changed,)}, {}) == {"w": (row("update", {"n": 2}, {"n": 1}),)}
    assert between({"w": (gone,)}, {}) == {"w": (row("insert", {}, {"id": "a", "n": 1}),)}
    assert between({}, {"w": (gone,)}) == {"w": (gone,)}
    assert between({"w": (gone,)}, {"w": (gone,)}) == {}
