"""Tasks over tools that take keys in lists, on the library's own environments: what is bound, said and answered."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import pytest

from envfactory.environment.environment import Environment
from envfactory.environment.library import load
from envfactory.graph.link import link
from envfactory.messages import as_list, as_object
from envfactory.querygen.generate import candidates
from envfactory.rollout.task import GoldCall, Task

S = "spotify__"


@pytest.fixture(scope="module")
def tasks() -> list[Task]:
    """Sixty certified tasks of one listener."""
    library: Mapping[str, type[Environment]] = {"spotify": load("spotify")}
    found: list[Task] = []
    for drawn in candidates(library, link(library), seed=3):
        if drawn.task is not None:
            found.append(drawn.task)
        if len(found) == 60:
            return found
    raise AssertionError


def calls(tasks: list[Task], tool: str) -> list[tuple[Task, GoldCall]]:
    return [(task, call) for task in tasks for call in task.calls if call.tool == S + tool]


def test_a_key_stands_in_the_object_that_a_list_holds(tasks: list[Task]) -> None:
    removed = calls(tasks, "remove_tracks_from_playlist")
    assert removed
    for _, call in removed:
        assert as_object(as_list(call.arguments["tracks"])[0]).keys() == {"uri"}
        assert "tracks.0.uri" in call.uses


def test_a_key_stands_in_the_list_that_takes_it(tasks: list[Task]) -> None:
    saved = calls(tasks, "save_tracks")
    assert saved
    assert all(len(as_list(call.arguments["ids"])) == 1 and "ids.0" in call.uses for _, call in saved)


def test_a_track_is_not_compared_with_others_of_a_place_nobody_named(tasks: list[Task]) -> None:
    # saved tracks are all there are of their kind; those of an album or playlist are not
    for task, _ in calls(tasks, "save_tracks"):
        for turn in task.turns:
            assert "the track with the" not in turn.query


def test_a_playlist_stays_said_when_its_track_may_be_on_others(tasks: list[Task]) -> None:
    for task, call in calls(tasks, "remove_tracks_from_playlist"):
        rows = load("spotify").state(task.settings[0].state).rows["playlists"]
        name = next(row["name"] for row in rows if row["id"] == call.arguments["playlist_id"])
        assert name in " ".join(turn.query for turn in task.turns)


def test_one_page_of_a_search_can_be_asked_about(tasks: list[Task]) -> None:
    searched = calls(tasks, "search")
    assert searched
    assert all(call.arguments["type"] == ["artist"] for _, call in searched)
    assert all(any("artist" in turn.query and turn.facts for turn in task.turns) for task, _ in searched)


def test_what_follows_a_preposition_in_a_tool_is_no_object_of_what_was_done(tasks: list[Task]) -> None:
    for tool, said in (("add_tracks_to_playlist", "added the song"), ("add_to_queue", "added the song")):
        assert calls(tasks, tool)
        for task, _ in calls(tasks, tool):
            assert said in " ".join(turn.answer for turn in task.turns)


def test_an_order_is_not_compared_with_others_of_a_customer_nobody_named() -> None:
    library: Mapping[str, type[Environment]] = {"square_orders": load("square_orders")}
    tasks = [d.task for d, _ in zip(candidates(library, link(library, confirm=False), seed=5), range(60), strict=False)]
    narrowed = [t for t in tasks if t and any("customer_ids" in c.arguments and not c.writes for c in t.calls)]
    assert narrowed
    for task in narrowed:
        whole = [c for c in task.calls if c.tool.endswith("search_orders") and "customer_ids" not in c.arguments]
        assert whole or not any("the order with the" in turn.query for turn in task.turns)


def test_an_action_is_asked_of_a_row_that_is_in_the_state_for_it() -> None:
    cls = load("stripe_billing")
    assert cls.spec is not None
    free = tuple(tool.model_copy(update={"requires": {}}) for tool in cls.spec.tools)
    blind = type("StripeBilling", (cls,), {"spec": cls.spec.model_copy(update={"tools": free})})
    refused = dict.fromkeys(("blind", "seeing"), 0)
    for name, one in (("blind", blind), ("seeing", cls)):
        stripe = {"stripe_billing": one}
        drawn = itertools.islice(candidates(stripe, link(stripe), seed=2), 80)
        refused[name] = sum(d.rejected.endswith(("pay_invoice is refused", "void_invoice is refused")) for d in drawn)
    assert refused["blind"] >= 5
    assert refused["seeing"] <= refused["blind"] / 2
