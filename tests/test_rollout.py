"""Playing: what is written down of an attempt, good or bad."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

import pytest
from worlds import ERRANDS, LIBRARY, QUESTION, SHOPPING, Todo, attempt, fact, make_task

from envfactory.environment.session import Session, World
from envfactory.errors import UnknownName
from envfactory.messages import Message
from envfactory.models.model import ModelFailed
from envfactory.models.offline import Scripted, calling
from envfactory.rollout.characters import NAMES, character
from envfactory.rollout.play import instructions
from envfactory.rollout.reward import score
from envfactory.rollout.task import Setting, state_of
from envfactory.rollout.user import Hands


def test_the_oracle_plays_every_turn_and_its_calls_are_those_of_the_log():
    played = attempt(ERRANDS, character("oracle", ERRANDS))
    assert played.ending == "done"
    assert [(made.turn, made.call.tool) for made in played.calls] == [
        (0, "todo__list_tasks"),
        (0, "todo__complete_task"),
        (1, "bank__log_in"),
        (1, "bank__pay"),
    ]
    assert played.answers == ("The taxes are ticked off.", "Done; Ada has 380 left.")
    assert played.turn_changes == tuple(turn.changes for turn in ERRANDS.turns)
    assert sorted(played.turn_changes[0]) == ["todo"]
    roles = [message.role for message in played.messages]
    assert roles == ["system", *["user", *["assistant", "tool"] * 2, "assistant"] * 2]
    assert json.loads(played.messages[3].content) == played.calls[0].call.result


def test_two_attempts_give_the_same_bytes():
    first, second = (attempt(SHOPPING, character("oracle", SHOPPING)) for _ in range(2))
    assert first.model_dump_json() == second.model_dump_json()


def test_the_oracle_takes_ids_from_the_live_results():
    played = attempt(SHOPPING.model_copy(update={"seed": 99}), character("oracle", SHOPPING))
    gold = [call.arguments.get("list_id") for call in SHOPPING.calls]
    made = [played_call.call.arguments.get("list_id") for played_call in played.calls]
    assert made[1] == played.calls[0].call.result["id"] != gold[1]


def test_parallel_tasks_are_played_with_calls_at_once():
    wanted = make_task(
        (
            "How many tasks are at home and at work?",
            [("todo__list_tasks", {"list_id": "lst_home"}), ("todo__list_tasks", {"list_id": "lst_work"})],
            [fact("1"), fact("2")],
            "1 at home and 2 at work.",
        ),
        kind="parallel",
    )
    played = attempt(wanted, character("oracle", wanted))
    assert [len(m.tool_calls) for m in played.messages if m.role == "assistant"] == [2, 0]
    assert score(wanted, played).passed


def test_the_system_message_tells_the_time_of_the_worlds():
    words = instructions(SHOPPING.open(LIBRARY))
    assert "Monday 2 March 2026, 09:00 UTC" in words
    assert "never show internal ids" in words
    state = Todo.state("small")
    later = state.model_copy(update={"now": state.now.replace(day=5)})
    other = Session([World(Todo, later), World(LIBRARY["bank"], LIBRARY["bank"].state("small"))])
    assert "In bank it is Monday 2 March" in instructions(other)
    assert "In todo it is Thursday 5 March" in instructions(other)


def test_calls_that_cannot_be_read_are_answered_and_counted():
    model = Scripted(
        [calling(("todo__list_lists", "{not json")), calling(("todo__list_lists", {})), "You have two lists."]
    )
    played = attempt(QUESTION, model)
    assert played.malformed == 1
    assert played.ending == "done"
    assert len(played.calls) == 1
    error = json.loads(played.messages[3].content)["error"]
    assert error["code"] == "invalid_arguments"
    assert "not a JSON object" in error["message"]
    assert score(QUESTION, played).parts["format"] == 0.05


def test_unreadable_calls_to_the_end_end_the_attempt():
    played = attempt(QUESTION, Scripted([calling(("todo__list_lists", "]"))] * 9), steps=3)
    assert played.ending == "malformed"
    assert played.malformed == 4
    assert played.calls == ()
    assert score(QUESTION, played).total == 0.0
    assert not score(QUESTION, played).masked


def test_a_turn_has_no_more_calls_than_steps():
    played = attempt(QUESTION, character("looper", QUESTION), steps=5)
    assert played.ending == "steps"
    assert len(played.calls) == 5
    assert played.answers == ("",)
    three = calling(*[("todo__list_lists", {})] * 3)
    played = attempt(QUESTION, Scripted([three]), steps=2)
    assert [made.call.outcome for made in played.calls] == ["ok", "ok"]
    assert [message.role for message in played.messages[-3:]] == ["tool"] * 3
    assert "no more than 2 calls" in played.messages[-1].content


def test_the_last_step_may_be_followed_by_an_answer():
    played = attempt(QUESTION, character("oracle", QUESTION), steps=2)
    assert played.ending == "done"
    assert score(QUESTION, played).passed


def test_a_model_that_fails_ends_the_attempt_and_is_masked():
    played = attempt(ERRANDS, Scripted([calling(("todo__list_lists", {}))]))
    assert played.ending == "model_failed"
    assert len(played.turn_changes) == len(played.answers) == 1
    assert score(ERRANDS, played).masked
    played = attempt(ERRANDS, Scripted([ModelFailed("no connection")]))
    assert played.ending == "model_failed"


def test_an_exhausted_script_says_so():
    model = Scripted(["Hello."], name="short")
    assert asyncio.run(model.reply([], [])).content == "Hello."
    with pytest.raises(ModelFailed, match="'short' holds 1 replies and one more was asked for"):
        asyncio.run(model.reply([], []))


def test_a_bug_of_the_environment_ends_the_attempt_and_is_masked():
    model = Scripted([calling(("todo__crash", {}), ("todo__list_lists", {})), "Never said."])
    played = attempt(QUESTION, model)
    assert played.ending == "environment_bug"
    assert len(played.calls) == 1
    assert "RuntimeError" in played.calls[0].call.bug
    assert "RuntimeError" not in "".join(message.content for message in played.messages)
    reward = score(QUESTION, played)
    assert reward.masked
    assert not reward.passed
    assert "says nothing about the agent" in reward.why()


def test_withheld_tools_are_not_shown_and_refused():
    task = QUESTION.model_copy(update={"withheld": ("todo__list_tasks",)})
    played = attempt(task, Scripted([calling(("todo__list_tasks", {"list_id": "lst_work"})), "I cannot look."]))
    assert "todo__list_tasks" not in {schema.name for schema in played.tools}
    assert "todo__list_lists" in {schema.name for schema in played.tools}
    assert played.calls[0].call.outcome == "refused"
    assert played.calls[0].call.result["error"]["code"] == "unknown_tool"


def test_tools_that_do_not_exist_and_wrong_arguments_are_data():
    wrong = calling(("nowhere__at_all", {}), ("todo__nothing", {}), ("todo__list_tasks", {"list": 3}))
    played = attempt(QUESTION, Scripted([wrong, "I give up."]))
    assert [made.call.outcome for made in played.calls] == ["refused"] * 3
    assert played.ending == "done"


def test_another_user_may_speak():
    class Terse:
        async def say(self, turn_index: int, conversation: Sequence[Message], hands: Hands) -> str | None:
            return ["Hi.", "Bye."][turn_index] if turn_index < 2 else None

    played = attempt(QUESTION, Scripted(["Hello!", "Bye!"]), user=Terse())
    assert [m.content for m in played.messages if m.role == "user"] == ["Hi.", "Bye."]
    assert played.answers == ("Hello!", "Bye!")


def test_gold_arguments_follow_live_results_also_when_nested():
    task = make_task(("x", [("todo__list_lists", {})], [fact("Home")], "Home"))
    call = task.calls[0].model_copy(
        update={"arguments": {"a": {"b": ["old"]}, "c": 1}, "uses": {"a.b.0": "0.items.1.id", "c": "4.id"}}
    )
    assert call.live({0: {"items": [{"id": "x"}, {"id": "y"}]}}) == {"a": {"b": ["y"]}, "c": 1}
    assert call.arguments == {"a": {"b": ["old"]}, "c": 1}
    assert call.live({0: {"items": []}}) == call.arguments


def test_an_unknown_character_is_named_with_a_cure():
    with pytest.raises(UnknownName, match="did you mean 'oracle'"):
        character("orcale", QUESTION)


@pytest.mark.parametrize("name", NAMES)
def test_a_character_keeps_nothing_between_attempts(name: str):
    model = character(name, ERRANDS)
    assert attempt(ERRANDS, model) == attempt(ERRANDS, model)


def test_rows_added_for_a_story_are_in_its_world_even_when_the_state_was_opened_before() -> None:
    with Session([World.of(Todo, "small")], seed=1) as before:  # keeps the image of the state
        held = len(before.environments["todo"].db.find("tasks"))
    row = {**Todo.state("small").rows["tasks"][0], "id": "task_more", "title": "Water the plants"}
    setting = Setting(environment="todo", hash="", state="small", added={"tasks": [row]})
    with Session([World(Todo, state_of(Todo, setting))], seed=1) as session:
        assert len(session.environments["todo"].db.find("tasks")) == held + 1
