"""Which steps and arguments of gold matter, found by execution, and what the reward makes of it."""

from __future__ import annotations

from typing import Any

import pytest
from worlds import attempt

from envfactory.environment.environment import Environment
from envfactory.environment.library import load
from envfactory.graph.link import link
from envfactory.models.offline import Scripted, calling
from envfactory.querygen.critical import sharpened
from envfactory.querygen.generate import candidates
from envfactory.rollout.calls import compare_calls
from envfactory.rollout.reward import score
from envfactory.rollout.task import Fact, GoldCall, Setting, Task, Turn

LIBRARY: dict[str, type[Environment]] = {name: load(name) for name in ("google_tasks", "mcp_memory")}
TASKS = "google_tasks__tasks_list"
LISTS = "google_tasks__tasklists_list"
INSERT = "google_tasks__tasks_insert"


def task_of(*turns: tuple[str, list[tuple[str, dict[str, Any], dict[str, str]]], list[Fact]]) -> Task:
    """A task in two environments whose gold calls were really executed; a turn is its words, calls, and facts."""
    settings = tuple(
        Setting(environment=name, hash="", state=sorted(LIBRARY[name].states)[0]) for name in sorted(LIBRARY)
    )
    bare = Task(id="", settings=settings, seed=3, turns=())
    made: list[Turn] = []
    results: dict[int, Any] = {}
    with bare.open(LIBRARY) as session:
        for query, calls, facts in turns:
            gold: list[GoldCall] = []
            for tool, arguments, uses in calls:
                call = GoldCall(tool=tool, arguments=arguments, uses=uses)
                entry = session.call(tool, call.live(results))
                assert entry.outcome == "ok", entry
                results[len(results)] = entry.result
                gold.append(call.model_copy(update={"arguments": entry.arguments, "writes": bool(entry.changes)}))
            rows = {name: found for name, found in session.changes().items() if found}
            made.append(Turn(query=query, calls=tuple(gold), facts=tuple(facts), changes=rows, answer="Done."))
    return bare.model_copy(update={"turns": tuple(made)}).named()


def first_list() -> tuple[str, str]:
    """Id and title of the first task list."""
    with task_of(("Which lists are there?", [(LISTS, {}, {})], [])).open(LIBRARY) as session:
        item = session.call(LISTS, {}).result["items"][0]  # type: ignore[index]
    return item["id"], item["title"]


def add(title: str = "Water the plants") -> tuple[str, list[tuple[str, dict[str, Any], dict[str, str]]], list[Fact]]:
    name = first_list()[1]
    return (
        f'Add "{title}" to the list "{name}".',
        [(LISTS, {}, {}), (INSERT, {"title": title}, {"tasklist": "0.items.0.id"})],
        [],
    )


def test_a_look_that_gives_an_id_nobody_said_is_critical() -> None:
    look, write = sharpened(task_of(add()), LIBRARY).calls
    assert look.critical
    assert write.critical


def test_a_look_that_gives_only_what_the_user_said_is_not() -> None:
    seen = task_of(("?", [("mcp_memory__read_graph", {}, {})], []))
    with seen.open(LIBRARY) as session:
        name = session.call("mcp_memory__read_graph", {}).result["entities"][0]["name"]  # type: ignore[index]
    delete = ("mcp_memory__delete_entities", {"entityNames": [name]}, {"entityNames.0": "0.entities.0.name"})
    said = task_of((f'Forget "{name}".', [("mcp_memory__read_graph", {}, {}), delete], []))
    assert [call.critical for call in sharpened(said, LIBRARY).calls] == [False, True]
    unsaid = task_of(("Forget the first thing you know.", [("mcp_memory__read_graph", {}, {}), delete], []))
    assert [call.critical for call in sharpened(unsaid, LIBRARY).calls] == [True, True]


def test_what_rests_on_a_step_falls_with_it() -> None:
    home = first_list()[0]
    chain = task_of(
        ("Look around.", [(LISTS, {}, {}), (TASKS, {}, {"tasklist": "0.items.0.id"})], []),
        (f"Add milk to {home}.", [(INSERT, {"tasklist": home, "title": "Milk"}, {})], []),
    )
    assert [call.critical for call in sharpened(chain, LIBRARY).calls] == [False, False, True]


def test_a_look_that_an_answer_rests_on_is_critical_also_where_another_shows_the_same_words() -> None:
    home, title = first_list()
    fact = Fact(name="title of the list", value=title, forms=(title,))
    asked = task_of(("?", [(LISTS, {}, {}), ("google_tasks__tasklists_get", {"tasklist": home}, {})], [fact]))
    assert [call.critical for call in sharpened(asked, LIBRARY).calls] == [False, True]
    number = Fact(name="number of lists", value=4, forms=("4", "four"))
    counted = task_of(("How many?", [(LISTS, {}, {})], [number]))
    assert sharpened(counted, LIBRARY).calls[0].critical


def test_the_size_of_a_page_is_masked_and_what_the_user_wishes_is_not() -> None:
    look, write = sharpened(task_of(add()), LIBRARY).calls
    assert "maxResults" in look.masked
    assert "maxResults" not in look.arguments
    assert not {"title", "tasklist"} & set(write.masked)


def test_an_option_is_masked_only_where_it_does_not_hide_what_was_looked_for() -> None:
    home = first_list()[0]
    with task_of(("?", [(LISTS, {}, {})], [])).open(LIBRARY) as session:
        shown = session.call(TASKS, {"tasklist": home, "maxResults": 100}).result["items"]  # type: ignore[index]
        still_open = session.call(TASKS, {"tasklist": home, "maxResults": 100, "showCompleted": False}).result["items"]  # type: ignore[index]
    waiting = {item["id"] for item in still_open}
    assert 0 < len(waiting) < len(shown)
    for place in (
        next(n for n, item in enumerate(shown) if item["id"] in waiting),
        next(n for n, item in enumerate(shown) if item["id"] not in waiting),
    ):
        delete = ("google_tasks__tasks_delete", {"tasklist": home}, {"task": f"0.items.{place}.id"})
        look = (TASKS, {"tasklist": home, "maxResults": 100}, {})
        masked = sharpened(task_of((f"Delete it from {home}.", [look, delete], [])), LIBRARY).calls[0].masked
        assert ("showCompleted" in masked) == (shown[place]["id"] in waiting)


def test_a_masked_argument_and_a_step_that_is_not_critical_cost_no_credit() -> None:
    task = sharpened(task_of(add()), LIBRARY)
    look, write = [(call.tool, call.arguments) for call in task.calls]
    wide = (LISTS, {"maxResults": 50})
    wrong = (INSERT, {**write[1], "title": "Water the cat"})

    def credit(task: Task, *calls: Any) -> float:
        played = attempt(task, Scripted([calling(*calls), "Done."]), library=LIBRARY)
        return compare_calls(task, played, {}).credit

    assert credit(task, wide, write) == 1.0
    assert credit(task, wide, wrong) == credit(task, look, wrong) < 1.0
    strict = task.model_copy(
        update={
            "turns": tuple(
                turn.model_copy(update={"calls": tuple(c.model_copy(update={"masked": ()}) for c in turn.calls)})
                for turn in task.turns
            )
        }
    )
    assert credit(strict, wide, write) == pytest.approx(0.75)  # the tool is right, one of one arguments is not
    free = task.model_copy(
        update={
            "turns": tuple(
                turn.model_copy(
                    update={"calls": tuple(c.model_copy(update={"critical": c.writes}) for c in turn.calls)}
                )
                for turn in task.turns
            )
        }
    )
    assert credit(free, write) == 1.0
    assert credit(task, write) == 0.5


def test_certified_tasks_are_sharpened_once_and_for_all_and_still_pass() -> None:
    drawn = (c.task for c in candidates(LIBRARY, link(LIBRARY), seed=4, environments=(1, 2)) if c.task)
    found = [next(drawn) for _ in range(12)]
    for task in found:
        assert sharpened(task, LIBRARY) == task  # the same by running it again
        assert task.proof is not None
        assert task.named().id == task.id
        assert all(call.critical for call in task.calls if call.writes)
    assert any(call.masked for task in found for call in task.calls)
    assert score(found[0], attempt(found[0], Scripted(["No."] * 9), library=LIBRARY)).total == 0.0
