"""What stands for one another and what a whole replacement repeats: the grammar over links and devices of a fleet."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from envfactory.environment.environment import Environment
from envfactory.environment.library import load
from envfactory.environment.spec import EnvSpec
from envfactory.graph.chain import validate
from envfactory.graph.link import link
from envfactory.graph.sample import sample
from envfactory.querygen.repeat import repeated
from envfactory.rollout.task import GoldCall

T = "traccar_fleet__"
VEHICLE, OTHER = {"deviceId", "groupId"}, {"userId", "geofenceId", "driverId"}


@pytest.fixture(scope="module")
def library() -> Mapping[str, type[Environment]]:
    return {"traccar_fleet": load("traccar_fleet")}


@pytest.fixture(scope="module")
def spec(library: Mapping[str, type[Environment]]) -> EnvSpec:
    found = library["traccar_fleet"].spec
    assert found is not None
    return found


def test_of_references_that_stand_for_one_another_a_chain_gives_exactly_one(
    library: Mapping[str, type[Environment]],
) -> None:
    graph = link(library, confirm=False)
    links: list[frozenset[str]] = []
    for chain in sample(graph, library, count=300, seed=3):
        assert validate(chain, graph) == []
        links += [frozenset(step.bindings) for step in chain.steps if step.tool == f"{T}link_objects"]
    assert len(links) >= 10
    assert all(len(one & VEHICLE) == len(one & OTHER) == 1 for one in links)
    assert len(set(links)) >= 5


def test_a_replacement_repeats_what_nobody_wishes_to_change(spec: EnvSpec) -> None:
    tool = spec.tool("update_device")
    calls = [GoldCall(tool=f"{T}list_devices", arguments={})]
    rows = [{"id": 11, "name": "Blue van", "uniqueId": "1", "groupId": 41, "disabled": False}, {"id": 12, "name": "B"}]
    found = repeated(spec, tool, {"id": 11, "phone": "2", "groupId": 42}, calls, [rows])
    assert found == {
        "name": ("Blue van", "0.0.name"),
        "uniqueId": ("1", "0.0.uniqueId"),
        "disabled": (False, "0.0.disabled"),
    }
    assert repeated(spec, tool, {"id": 12, "name": "C"}, calls, [rows]) == {}
    assert repeated(spec, spec.tool("create_device"), {"name": "C"}, calls, [rows]) == {}
