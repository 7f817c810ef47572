"""Rows without a name of their own, places said as objects, tokens in objects, and harm where most rows are over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import islice
from random import Random
from typing import Any

import pytest

from envfactory.environment.environment import Environment
from envfactory.environment.library import load
from envfactory.environment.spec import EnvSpec
from envfactory.graph.chain import Binding, Chain, ChainStep
from envfactory.graph.link import link
from envfactory.querygen.ask import ask
from envfactory.querygen.generate import candidates
from envfactory.querygen.ground import ground
from envfactory.querygen.query import NAMED, refer, spoken
from envfactory.querygen.repeat import repeated
from envfactory.querygen.scenario import PERSONAS
from envfactory.querygen.story import Move, Referent, Scenario, Value
from envfactory.rollout.task import GoldCall, Setting, Task

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
L = "lyft_rides__"
TOKEN = "cancel_confirmation_token"


@pytest.fixture(scope="module")
def library() -> Mapping[str, type[Environment]]:
    return {"lyft_rides": load("lyft_rides")}


@pytest.fixture(scope="module")
def spec(library: Mapping[str, type[Environment]]) -> EnvSpec:
    found = library["lyft_rides"].spec
    assert found is not None
    return found


@pytest.fixture(scope="module")
def tasks(library: Mapping[str, type[Environment]]) -> list[Task]:
    """The tasks among the first candidates."""
    drawn = islice(candidates(library, link(library), seed=5), 150)
    return [one.task for one in drawn if one.task is not None]


def move(spec: EnvSpec, tool: str, result: Any) -> Move:
    found = spec.tool(tool)
    return Move(0, 0, "lyft_rides", found, spec.entity(found.entity), {}, (), result)


def test_a_row_without_a_name_is_called_by_what_it_shows(spec: EnvSpec) -> None:
    ride = {"ride_id": "7", "requested_at": "2026-03-05T06:35:00.000Z", "destination": {"address": "Cafe Lumen"}}
    known = Referent("lyft_rides", spec.entity("ride"), ride, "7")
    assert refer(known, NAMED, now=NOW) == "my ride to Cafe Lumen on March 5 at 6:35 AM"
    del ride["destination"]
    assert refer(known, NAMED, now=NOW) == "my ride on March 5 at 6:35 AM"
    ride["requested_at"] = "2025-03-05T06:35:00.000Z"
    assert refer(known, NAMED, now=NOW) == "my ride on March 5, 2025 at 6:35 AM"


def test_answers_call_it_so_too(tasks: list[Task]) -> None:
    told = [turn.answer for task in tasks for turn in task.turns if f"{L}cancel_ride" in [c.tool for c in turn.calls]]
    assert told
    assert all(("your ride to " in answer or "that ride" in answer) and "my ride" not in answer for answer in told)
    assert any("your ride to " in answer for answer in told)


def test_an_object_is_said_in_the_words_of_the_contract(spec: EnvSpec) -> None:
    origin = spec.tool("new_ride").parameter("origin")
    assert spoken(Value(origin, None, {"address": "Nørrebrogade 52"}), NOW) == "the studio at Nørrebrogade 52"
    assert spoken(Value(origin, None, {"address": "Jagtvej 155"}), NOW) == "Jagtvej 155"


def test_a_token_is_repeated_from_inside_an_object_where_the_row_shows_one(spec: EnvSpec) -> None:
    tool = spec.tool("cancel_ride")
    calls = [GoldCall(tool=f"{L}get_rides", arguments={})]
    shown = {"ride_history": [{"ride_id": "A", "cancellation_price": {"amount": 5000, "token": "T"}}, {"ride_id": "B"}]}
    found = repeated(spec, tool, {"id": "A"}, calls, [shown])
    assert found == {TOKEN: ("T", "0.ride_history.0.cancellation_price.token")}
    assert repeated(spec, tool, {"id": "B"}, calls, [shown]) == {}


def test_what_an_answer_works_out_for_each_row_is_asked_about(spec: EnvSpec) -> None:
    costs = [
        ("Lyft Line", 18100),
        ("Lyft Standard", 30200),
        ("Lyft Plus", 40600),
        ("Lyft Lux", 58600),
        ("Lyft SUV", 61000),
    ]
    items = [{"display_name": name, "estimated_cost_cents_min": cost} for name, cost in costs]
    asked = [ask(move(spec, "get_cost", {"cost_estimates": items}), now=NOW, random=Random(n)) for n in range(20)]
    questions = {one.question: one.facts[0].value for one in asked if one is not None}
    assert questions["first:estimated_cost_cents_min"] == "Lyft Line"
    assert questions["last:estimated_cost_cents_min"] == "Lyft SUV"


@pytest.mark.parametrize(("count", "complete"), [(9, True), (10, False)])
def test_a_full_page_in_an_envelope_is_not_counted(spec: EnvSpec, count: int, complete: bool) -> None:
    items = [{"ride_id": str(n), "requested_at": f"2026-02-{n + 1:02d}T08:00:00.000Z"} for n in range(count)]
    asked = ask(move(spec, "get_rides", {"ride_history": items}), now=NOW, random=Random(0))
    assert (asked is not None) is complete


def test_harm_is_found_where_most_rows_are_over(tasks: list[Task]) -> None:
    assert any(task.settings[0].state == "large" for task in tasks)
    for task in tasks:
        assert task.proof is not None
        assert task.proof.harm is not None


def test_a_row_that_is_looked_at_first_is_in_the_state_that_the_write_after_wants(
    library: Mapping[str, type[Environment]],
) -> None:
    steps = (
        ChainStep(tool=f"{L}get_rides", bindings={}),
        ChainStep(tool=f"{L}get_ride", bindings={"id": Binding(step=0, path="ride_history.*.ride_id")}),
        ChainStep(tool=f"{L}cancel_ride", bindings={"id": Binding(step=1, path="ride_id")}),
    )
    chain = Chain(steps=steps, turns=((0, 1, 2),), environments=("lyft_rides",), depth=3)
    setting = Setting(environment="lyft_rides", hash="", state="large")
    for number in range(8):  # half of the ten latest rides are over
        story = ground(chain, library, Scenario(PERSONAS[0], (setting,), 5), random=Random(number))
        story.close()
        assert story.calls[-1].tool == f"{L}cancel_ride"
