"""What users often name though no service requires it, lists of keys, and a parameter's own examples and words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from random import Random

import pytest
from pydantic import JsonValue

from envfactory.environment.environment import Environment
from envfactory.environment.library import content_hash, load
from envfactory.environment.spec import Attribute, Parameter
from envfactory.graph.chain import Binding, Chain, ChainStep, validate
from envfactory.graph.graph import ToolGraph
from envfactory.graph.link import link
from envfactory.graph.sample import sample
from envfactory.querygen.ground import ground
from envfactory.querygen.mutate import mutants
from envfactory.querygen.query import Wording, said, spoken, write
from envfactory.querygen.scenario import PERSONAS
from envfactory.querygen.story import Scenario, Story, Value
from envfactory.querygen.told import told
from envfactory.querygen.values import invent
from envfactory.rollout.task import Setting

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
G = "gmail__"
Library = Mapping[str, type[Environment]]


@pytest.fixture(scope="module")
def library() -> Library:
    return {"gmail": load("gmail")}


@pytest.fixture(scope="module")
def graph(library: Library) -> ToolGraph:
    return link(library, confirm=False)


def _filed(library: Library) -> Story:
    """A message that is put under a label."""
    steps = (
        ChainStep(tool=f"{G}messages_list", bindings={}),
        ChainStep(tool=f"{G}labels_list", bindings={}),
        ChainStep(
            tool=f"{G}messages_modify",
            bindings={
                "id": Binding(step=0, path="messages.*.id"),
                "addLabelIds": Binding(step=1, path="labels.*.id"),
            },
        ),
    )
    chain = Chain(steps=steps, turns=((0, 1, 2),), environments=("gmail",), depth=2)
    folder = library["gmail"].folder
    assert folder is not None
    setting = Setting(environment="gmail", hash=content_hash(folder), state="small")
    scenario = Scenario(PERSONAS[0], (setting,), 3)
    return ground(chain, library, scenario, random=Random(4))


def test_a_list_of_keys_is_filled_with_the_key_that_was_looked_up(library: Library) -> None:
    story = _filed(library)
    try:
        call = story.calls[-1]
        number, _, path = call.uses["addLabelIds.0"].partition(".")
        assert isinstance(call.arguments["addLabelIds"], list)
        assert len(call.arguments["addLabelIds"]) == 1
        other: dict[int, JsonValue] = {int(number): {"labels": [{"id": "Label_other"} for _ in range(40)]}}
        assert path.startswith("labels.")
        assert call.live(other)["addLabelIds"] == ["Label_other"]
        label = story.moves[-1].referents["addLabelIds"].label
        assert f'the label "{label}"' in write(story, Wording(), random=Random(0))[0]
    finally:
        story.close()


def test_another_row_in_a_list_of_keys_is_a_list_too(library: Library) -> None:
    story = _filed(library)
    try:
        task = told(story, Wording(), (), library, random=Random(0))
        spec = library["gmail"].spec
        assert spec is not None
        with task.open(library) as session:
            found = [m for m in mutants(task, {"gmail": spec}, session, random=Random(1)) if "addLabelIds" in m.name]
        assert {m.edit for m in found} == {"altered", "without"}
        right = task.calls[-1].arguments["addLabelIds"]
        for mutant in found:
            edited = mutant.turns[0][-1]
            assert "addLabelIds.0" not in edited.uses
            wrong = edited.arguments.get("addLabelIds")
            assert wrong is None if mutant.edit == "without" else isinstance(wrong, list) and wrong != right
    finally:
        story.close()


def test_chains_look_up_a_usual_reference_as_often_as_not(library: Library, graph: ToolGraph) -> None:
    named = [0, 0]
    for chain in sample(graph, library, count=300, seed=2):
        assert validate(chain, graph) == []
        for step in chain.steps:
            if step.tool == f"{G}messages_modify":
                named["addLabelIds" in step.bindings] += 1
            assert "threadId" not in step.bindings or step.tool == f"{G}messages_send"
    assert min(named) >= 10


def test_a_parameter_says_its_own_examples_before_those_of_its_field() -> None:
    field = Attribute(name="subject", type="string", examples=("Lunch",), says={"is:unread": "wrong"})
    q = Parameter(name="q", type="string", examples=("is:unread",), says={"is:unread": "that I have not read"})
    assert invent(q, field, now=NOW, random=Random(0)) == "is:unread"
    assert said(Value(q, field, "is:unread"), NOW) == "that I have not read"
    assert said(Value(q, field, "Lisbon"), NOW) == '"Lisbon"'


def test_a_list_is_said_by_what_is_said_for_its_elements() -> None:
    labels = Parameter(name="removeLabelIds", type="array", says={"INBOX": "the inbox label", "UNREAD": "the mark"})
    assert spoken(Value(labels, None, ["INBOX", "UNREAD"]), NOW) == "the inbox label and the mark"
    assert spoken(Value(labels, None, ["INBOX", "Label_1"]), NOW) == "INBOX and Label_1"


def test_a_usual_wish_is_always_made(library: Library) -> None:
    for seed in range(6):
        steps = (ChainStep(tool=f"{G}drafts_create", bindings={}),)
        chain = Chain(steps=steps, turns=((0,),), environments=("gmail",), depth=1)
        folder = library["gmail"].folder
        assert folder is not None
        setting = Setting(environment="gmail", hash=content_hash(folder), state="small")
        story = ground(chain, library, Scenario(PERSONAS[0], (setting,), seed), random=Random(seed))
        assert {"to", "subject", "body"} <= set(story.calls[0].arguments)
        story.close()
