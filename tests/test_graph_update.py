"""Linking what is new: the same graph as linking everything, byte for byte, with less work."""

from __future__ import annotations

from typing import Any

import pytest
from graph_worlds import LIBRARY, Post, Todo

from envfactory.environment.environment import Environment
from envfactory.environment.session import Session
from envfactory.graph.graph import ToolGraph
from envfactory.graph.link import WORDS as BY_WORDS
from envfactory.graph.link import Meaning, link


class Calls(Post):
    """The same address book under another name."""


WORLDS: dict[str, type[Environment]] = {**LIBRARY, "calls": Calls}


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the tools that are called."""
    made: list[str] = []
    call = Session.call

    def counted(self: Session, name: str, *rest: Any, **more: Any) -> Any:
        made.append(name)
        return call(self, name, *rest, **more)

    monkeypatch.setattr(Session, "call", counted)
    return made


@pytest.mark.parametrize("order", [("todo", "post", "calls"), ("calls", "post", "todo"), ("post", "calls", "todo")])
def test_one_at_a_time_gives_the_graph_that_all_at_once_give(order: tuple[str, ...]) -> None:
    graph: ToolGraph | None = None
    for count in range(1, 4):
        part = {name: WORLDS[name] for name in order[:count]}
        graph = link(part, known=graph)
        assert graph.to_json() == link(part).to_json()
    assert graph is not None
    assert any(graph.home(d.producer) != graph.home(d.consumer) for d in graph.dependencies)


def test_what_is_gone_leaves_the_graph_of_the_rest() -> None:
    whole = link(WORLDS)
    for name in WORLDS:
        rest = {other: WORLDS[other] for other in WORLDS if other != name}
        assert link(rest, known=whole).to_json() == link(rest).to_json()


def test_nothing_new_calls_nothing(calls: list[str]) -> None:
    whole = link(WORLDS)
    assert calls
    calls.clear()
    assert link(WORLDS, known=whole).to_json() == whole.to_json()
    assert calls == []


def test_environments_that_share_no_edge_with_what_is_new_are_not_called(calls: list[str]) -> None:
    class Alone(Todo):
        """Task lists that nobody else's values fit."""

    for tool in Alone.tools.values():
        tool.input_schema["properties"] = {
            name: {**schema, "x-entity": schema.get("x-entity", "thing")}
            for name, schema in tool.input_schema["properties"].items()
        }
        tool.output_schema.clear()
    before = link({"post": Post})
    calls.clear()
    link({"post": Post, "alone": Alone}, known=before)
    assert not [name for name in calls if name.startswith("post__")]


def test_a_changed_environment_is_linked_again() -> None:
    class Book(Post):
        """An address book."""

    before = link({"book": Book, "todo": Todo})
    Book.tools["list_mails"].output_schema["items"]["properties"]["id"]["x-entity"] = "contact"
    after = link({"book": Book, "todo": Todo}, known=before)
    assert after.to_json() == link({"book": Book, "todo": Todo}).to_json() != before.to_json()
    assert after.marks["todo"] == before.marks["todo"]
    assert after.marks["book"] != before.marks["book"]


def test_a_graph_linked_in_another_way_is_not_used() -> None:
    known = link(LIBRARY, seed=1)
    assert link(LIBRARY, known=known).to_json() == link(LIBRARY).to_json()
    other = Meaning("letters", BY_WORDS.vectorise)
    assert link(LIBRARY, known=known, seed=1, meaning=other).recipe == "letters, confirmed with seed 1"
    assert not any(d.executed for d in link(LIBRARY, known=known, confirm=False).dependencies)
