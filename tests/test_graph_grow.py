"""A model at the graph: good answers, wrong ones shown back, and what it may not do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest
from graph_worlds import LIBRARY

from envfactory.graph.graph import ToolGraph
from envfactory.graph.grow import Grown, grow
from envfactory.graph.link import link
from envfactory.messages import Message, ToolSchema
from envfactory.models.model import ModelFailed


class Reviewer:
    """Answers about some consumers with a list of replies each, about the others with nothing to change."""

    name = "reviewer"

    def __init__(self, **replies: list[str | dict[str, Any]]) -> None:
        self.replies = replies
        self.seen: list[str] = []

    async def reply(self, messages: Sequence[Message], tools: Sequence[ToolSchema]) -> Message:
        consumer = messages[1].content.split()[1].rstrip(":")
        self.seen.append(messages[-1].content)
        left = self.replies.get(consumer.partition("__")[2], [])
        answer = left.pop(0) if len(left) > 1 else left[0] if left else {}
        if isinstance(answer, str) and answer == "down":
            raise ModelFailed("no connection")
        return Message(role="assistant", content=answer if isinstance(answer, str) else json.dumps(answer))


@pytest.fixture(scope="module")
def graph() -> ToolGraph:
    return link(LIBRARY)


def grown(graph: ToolGraph, reviewer: Reviewer, **knobs: Any) -> Grown:
    return asyncio.run(grow(graph, LIBRARY, reviewer, **knobs))


def test_nothing_to_change_changes_nothing(graph: ToolGraph) -> None:
    found = grown(graph, Reviewer())
    assert found.graph.to_json() == graph.to_json()
    assert {one.outcome for one in found.asked} == {"accepted"}


def test_a_pruned_edge_is_kept_aside_with_its_reason(graph: ToolGraph) -> None:
    found = grown(graph, Reviewer(send_mail=[{"prune": [{"edge": 1, "reason": "a title is no subject"}]}]))
    (gone,) = found.graph.pruned
    assert (gone.dependency.consumer, gone.reason) == ("post__send_mail", "a title is no subject")
    assert gone.dependency in graph.dependencies
    assert set(graph.dependencies) - set(found.graph.dependencies) == {gone.dependency}
    assert ToolGraph.model_validate_json(found.graph.to_json()).bare().to_json() == graph.to_json()


def test_edges_that_execution_or_types_speak_for_are_never_shown(graph: ToolGraph) -> None:
    reviewer = Reviewer()
    grown(graph, reviewer)
    shown = {line for text in reviewer.seen for line in text.splitlines() if " -> " in line}
    assert shown
    for edge in graph.dependencies:
        listed = any(f". {edge.producer} {edge.path or 'result'} -> {edge.parameter} " in line for line in shown)
        if edge.executed or edge.typed:
            mine = [t for t in reviewer.seen if t.startswith(f"Consumer {edge.consumer}:")]
            assert not any(f". {edge.producer} {edge.path or 'result'} -> {edge.parameter} " in t for t in mine)
        else:
            assert listed


def test_a_proposed_edge_is_tried_and_trusted_only_when_it_was_executed(graph: ToolGraph) -> None:
    useful = {"producer": "post__list_mails", "path": "*.recipient", "parameter": "recipient", "reason": "write again"}
    useless = {"producer": "post__search_contacts", "path": "*.nickname", "parameter": "query", "reason": "look up"}
    bare = graph.replaced(
        d for d in graph.dependencies if (d.producer, d.consumer) != ("post__list_mails", "post__send_mail")
    )
    found = grown(bare, Reviewer(send_mail=[{"propose": [useful]}], search_tasks=[{"propose": [useless]}])).graph
    (good,) = [
        d for d in found.producers("post__send_mail", "recipient") if d.proposed and d.producer == "post__list_mails"
    ]
    assert [item.kind for item in good.evidence] == ["model", "executed"]
    assert good.trusted
    (bad,) = [d for d in found.producers("todo__search_tasks", "query") if d.path == "*.nickname"]
    assert [item.kind for item in bad.evidence] == ["model"]
    assert not bad.trusted
    held = {(d.producer, d.path, d.consumer, d.parameter): d for d in found.dependencies}
    assert all(held[d.producer, d.path, d.consumer, d.parameter] == d for d in bare.dependencies)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"prune": [{"edge": 999, "reason": "no such"}]}, "there is no edge 999"),
        ({"prune": [{"edge": 1, "reason": "twice"}, {"edge": 1, "reason": "twice"}]}, "pruned twice"),
        (
            {"propose": [{"producer": "post__fly", "path": "id", "parameter": "subject", "reason": "why not"}]},
            "no tool",
        ),
        (
            {"propose": [{"producer": "post__list_mails", "path": "*.x", "parameter": "subject", "reason": "why not"}]},
            "gives nothing at '*.x'; it gives *.id",
        ),
        (
            {"propose": [{"producer": "post__list_mails", "path": "*.id", "parameter": "x", "reason": "why not"}]},
            "takes no 'x'; it takes recipient, subject",
        ),
        (
            {"propose": [{"producer": "post__send_mail", "path": "id", "parameter": "subject", "reason": "why"}]},
            "itself",
        ),
        ("That is all fine with me.", "JSON"),
    ],
)
def test_a_wrong_answer_is_shown_back_and_mended(wrong: dict[str, Any] | str, said: str, graph: ToolGraph) -> None:
    reviewer = Reviewer(send_mail=[wrong, {"prune": [{"edge": 1, "reason": "mended now"}]}])
    found = grown(graph, reviewer)
    assert [item.reason for item in found.graph.pruned] == ["mended now"]
    assert sum(said in text for text in reviewer.seen) == 1
    assert sorted(one.outcome for one in found.asked).count("repaired") == 1


def test_an_answer_that_is_never_right_leaves_its_edges_alone(graph: ToolGraph) -> None:
    found = grown(graph, Reviewer(send_mail=[{"prune": [{"edge": 999, "reason": "no such"}]}]), repairs=1)
    assert found.rejected == 1
    assert found.graph.to_json() == graph.to_json()


def test_a_model_that_is_down_is_no_opinion(graph: ToolGraph) -> None:
    with pytest.raises(ModelFailed):
        grown(graph, Reviewer(send_mail=["down"]))


def test_linking_again_undoes_what_a_model_changed(graph: ToolGraph) -> None:
    proposal = {"producer": "post__list_mails", "path": "*.id", "parameter": "query", "reason": "look up"}
    review = {"prune": [{"edge": 1, "reason": "not useful"}], "propose": [proposal]}
    changed = grown(graph, Reviewer(search_contacts=[review])).graph
    assert changed.to_json() != graph.to_json()
    assert link(LIBRARY, known=changed).to_json() == graph.to_json()
