"""Who made an attempt fail, found by replaying gold and the attempt itself."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from worlds import ERRANDS, LIBRARY, QUESTION, SHOPPING, Todo, attempt, fact, make_task

from envfactory.environment.library import BUILT_IN, content_hash, load
from envfactory.environment.tool import tool
from envfactory.messages import Message
from envfactory.models.model import ModelFailed
from envfactory.models.offline import Scripted, calling
from envfactory.rollout.blame import FAULTY, blame, unsound
from envfactory.rollout.characters import NAMES, character
from envfactory.rollout.reward import score
from envfactory.rollout.task import GoldCall, Setting, Task, Turn
from envfactory.rollout.user import Hands


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("task", [SHOPPING, QUESTION, ERRANDS], ids=["shopping", "question", "errands"])
def test_the_agent_is_to_blame_for_what_a_character_does(name: str, task: Task) -> None:
    played = attempt(task, character(name, task))
    found = blame(task, played, LIBRARY)
    assert found.who == ("nobody" if score(task, played).passed else "agent")
    assert bool(found.evidence) == (found.who == "agent")


def test_what_the_agent_did_is_told_by_turn_and_part() -> None:
    found = blame(ERRANDS, attempt(ERRANDS, character("idler", ERRANDS)), LIBRARY)
    assert "turn 1 reached 0% of its own" in found.evidence
    assert any(line.startswith("state: 0%") for line in found.evidence)


def test_a_task_whose_gold_no_longer_passes_is_to_blame() -> None:
    wrong = SHOPPING.turns[0].model_copy(update={"changes": ERRANDS.changes})
    task = SHOPPING.model_copy(update={"turns": (wrong,)})
    found = blame(task, attempt(task, character("oracle", task)), LIBRARY)
    assert found.who == "task"
    assert "gold no longer passes" in found.evidence
    assert unsound(SHOPPING, LIBRARY) is None
    assert {"task", "environment"} == FAULTY


class Fragile(Todo):
    """To-do lists that break on one title."""

    name = "todo"

    @tool(writes=True)
    def create_list(self, title: str) -> dict[str, str]:
        """Create a list."""
        if title == "Groceries":
            raise ZeroDivisionError
        return {"id": self.new_id("lst")}


class Moody(Todo):
    """To-do lists that answer something else every time."""

    name = "todo"
    asked = 0

    @tool()
    def list_lists(self) -> dict[str, int]:
        """List the lists."""
        Moody.asked += 1
        return {"asked": Moody.asked}


def test_an_environment_that_breaks_is_to_blame() -> None:
    library = {**LIBRARY, "todo": Fragile}
    broken = attempt(SHOPPING, character("oracle", SHOPPING), library=library)
    assert broken.ending == "environment_bug"
    found = blame(SHOPPING, broken, library)
    assert found.who == "environment"
    assert "a call broke it: todo__create_list" in str(found)
    assert "ZeroDivisionError" in str(found)
    other = blame(SHOPPING, attempt(SHOPPING, character("idler", SHOPPING)), library)  # who never made the call
    assert other.who == "environment"
    assert "gold's own call breaks it" in str(other)


def test_an_environment_that_answers_otherwise_the_second_time_is_to_blame() -> None:
    library = {**LIBRARY, "todo": Moody}
    look = attempt(SHOPPING, Scripted([calling(("todo__list_lists", {})), "Done."]), library=library)
    found = blame(SHOPPING, look, library)
    assert found.who == "environment"
    assert "something else when it is made again" in str(found)


def test_an_environment_that_changed_under_its_task_is_to_blame(tmp_path: Path) -> None:
    folder = tmp_path / "google_tasks"
    shutil.copytree(BUILT_IN / "google_tasks", folder)
    library = {"google_tasks": load(folder)}
    state = sorted(library["google_tasks"].states)[0]
    setting = Setting(environment="google_tasks", hash=content_hash(folder), state=state)
    call = GoldCall(tool="google_tasks__tasklists_insert", arguments={"title": "Trip"}, writes=True)
    bare = Task(id="", settings=(setting,), seed=3, turns=())
    with bare.open(library) as session:
        assert session.call(call.tool, call.arguments).outcome == "ok"
        rows = {name: found for name, found in session.changes().items() if found}
    turn = Turn(query="Make a list called Trip.", calls=(call,), changes=rows, answer="Made.")
    task = bare.model_copy(update={"turns": (turn,)}).named()
    assert unsound(task, library) is None
    lost = task.model_copy(update={"turns": (turn.model_copy(update={"changes": {}}),)})
    assert unsound(lost, library).who == "task"  # type: ignore[union-attr]
    with (folder / "spec.json").open("a") as spec:
        spec.write("\n")
    found = unsound(lost, library)
    assert found is not None
    assert found.who == "environment"
    assert found.evidence[0] == "google_tasks has changed since the task was certified"


class Says:
    """A user who says these words."""

    def __init__(self, *words: str) -> None:
        self.words = words

    async def say(self, turn_index: int, conversation: Sequence[Message], hands: Hands) -> str | None:
        return self.words[turn_index] if turn_index < len(self.words) else None


def test_a_user_who_does_not_say_what_they_want_is_to_blame() -> None:
    lazy = Scripted(["What shall I put on it?"] * 3)
    found = blame(SHOPPING, attempt(SHOPPING, lazy, user=Says("Make a list called Groceries with milk.")), LIBRARY)
    assert found.who == "user"
    assert found.evidence == ("the user never said 'bread', the title of todo__create_task",)
    other = Says("I want bread and milk on a new list. Call it Groceries!")
    assert blame(SHOPPING, attempt(SHOPPING, lazy, user=other), LIBRARY).who == "agent"


def test_a_user_who_falls_silent_is_to_blame() -> None:
    found = blame(ERRANDS, attempt(ERRANDS, Scripted(["Yes?"] * 3), user=Says(ERRANDS.turns[0].query)), LIBRARY)
    assert found.who == "user"
    assert "fell silent after 1 of 2 turns" in str(found)


def test_an_endpoint_that_fails_is_nobodys_fault() -> None:
    class Dead:
        name = "dead"

        async def reply(self, messages: Any, tools: Any) -> Message:
            raise ModelFailed("no connection")

    assert blame(QUESTION, attempt(QUESTION, Dead()), LIBRARY).who == "endpoint"


def test_tools_that_an_agent_does_not_have_are_no_trouble_of_the_environment() -> None:
    task = make_task(
        ("Which lists are there?", [("todo__list_lists", {})], [fact("Home")], "Home and Work."),
        withheld=("todo__list_tasks",),
    )
    hidden = Scripted([calling(("todo__list_tasks", {"list_id": "lst_home"})), "I do not know."])
    assert blame(task, attempt(task, hidden), LIBRARY).who == "agent"
