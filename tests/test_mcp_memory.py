"""The memory environment beside the real MCP server it models: recorded answers, a live server where one is, and the
tasks written over its lists of objects."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from envfactory.environment.environment import Environment, State, open_environment
from envfactory.environment.library import find, load
from envfactory.environment.spec import Parameter
from envfactory.graph.link import link
from envfactory.messages import canonical
from envfactory.querygen.generate import candidates
from envfactory.querygen.query import said
from envfactory.querygen.story import Value
from envfactory.querygen.values import sought
from envfactory.rollout.task import Task

sys.path.insert(0, str(Path(__file__).parent.parent / "benchmarks"))
import fidelity
from memory_talk import Talk, digest, graph_of, lines_of, rows_of

TRANSCRIPT = Path(__file__).parent / "fixtures/mcp_memory_transcript.json"
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def kept() -> dict[str, Any]:
    return json.loads(TRANSCRIPT.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def memory() -> type[Environment]:
    return load("mcp_memory")


# Against the real server's answers -----------------------------------------------------------------------------------


def test_what_the_real_server_answered_is_what_the_environment_answers(kept: dict[str, Any]) -> None:
    tally = fidelity.replay(kept)
    assert "server-memory 2026.8.31" in kept["made"]
    assert tally.calls.total() >= 200
    assert min(tally.calls.values()) >= 15
    assert tally.changed >= 60
    # The one known difference: the server drops an argument that it does not know, the environment refuses it.
    assert tally.differences
    assert all('({"limit": 5' in told and "the environment alone refuses" in told for told in tally.differences)
    assert tally.share >= 0.98


def test_an_answer_or_a_state_that_differs_is_seen(kept: dict[str, Any]) -> None:
    calls = [list(call) for call in kept["calls"][:40]]
    before = len(fidelity.replay({**kept, "calls": calls}).differences)
    reader = next(n for n, call in enumerate(calls) if call[1] == "search_nodes" and call[3] != fidelity.REFUSED)
    calls[reader][3] = {"entities": [], "relations": [], "more": 1}
    assert len(fidelity.replay({**kept, "calls": calls}).differences) == before + 1
    calls[5][4] = "0" * 16
    told = fidelity.replay({**kept, "calls": calls}).differences
    assert len(told) == before + 2
    assert any("the states differ" in line for line in told)


def test_below_95_percent_the_exit_status_is_1(kept: dict[str, Any], tmp_path: Path, monkeypatch: Any) -> None:
    def status(calls: list[Any]) -> int:
        path = tmp_path / "kept.json"
        path.write_text(json.dumps({**kept, "calls": calls}))
        monkeypatch.setattr(sys, "argv", ["fidelity.py", "--replay", str(path), "--json"])
        with pytest.raises(SystemExit) as ended:
            fidelity.main()
        return int(ended.value.code or 0)

    right = [call for call in kept["calls"][:15] if "limit" not in call[2]]
    assert status(right) == 0
    assert status([[*call[:3], "something else", call[4]] for call in right]) == 1


def test_tools_have_the_names_and_shapes_that_the_server_lists() -> None:
    listed = json.loads((find("mcp_memory") / "source.json").read_text(encoding="utf-8"))["tools"]
    assert len(listed) == 9
    assert fidelity.misshapen(listed) == []
    del listed[0]["inputSchema"]["properties"]["entities"]["items"]["properties"]["entityType"]
    assert fidelity.misshapen(listed[:8]) == [
        f"{listed[8]['name']} is a tool on one side only",
        f"{listed[0]['name']} takes other arguments",
    ]


def test_the_real_server_agrees() -> None:
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    server = fidelity.command()
    if not server:
        pytest.skip(f"{fidelity.PACKAGE} lies neither in node_modules nor in $ENVFACTORY_NODE_MODULES")
    tally, played = asyncio.run(fidelity.play(server, ["small", "large"], 90, 3))
    assert tally.share >= fidelity.ENOUGH, tally.differences
    assert Counter(one.state for one in played) == {"small": 45, "large": 45}


# Worlds on both sides ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["small", "large"])
def test_rows_and_graph_say_the_same(memory: type[Environment], name: str) -> None:
    graph = graph_of(memory.state(name).rows)
    assert digest(graph_of(rows_of(graph))) == digest(graph)
    lines = [json.loads(line) for line in lines_of(graph).split("\n")]
    assert Counter(line["type"] for line in lines) == {
        "entity": len(graph["entities"]),
        "relation": len(graph["relations"]),
    }
    live = open_environment(memory, memory.state(name))
    assert live.call("read_graph", {}).result == graph


def test_twins_and_their_observations_stay_apart(memory: type[Environment]) -> None:
    twins = [{"name": "Leo", "entityType": kind, "observations": [kind, kind]} for kind in ("person", "cat")]
    graph = {"entities": twins, "relations": []}
    live = open_environment(memory, State(rows=rows_of(graph)))
    assert live.call("read_graph", {}).result == graph
    assert graph_of(live.db.state()) == graph


def test_observations_of_nobody_show(memory: type[Environment]) -> None:
    rows = {**rows_of({"entities": [], "relations": []})}
    rows["observations"] = [{"content": "lost", "entityName": "X", "copy": 0, "seq": 1}]
    assert graph_of(rows)["observations of nobody"] == [["X", 0]]


def test_the_same_seed_makes_the_same_calls(memory: type[Environment]) -> None:
    graph = graph_of(memory.state("small").rows)

    def calls(seed: int) -> list[Any]:
        return list(fidelity.made_up(fidelity.Twin(graph), 30, Random(seed)))

    assert calls(1) == calls(1)
    assert calls(1) != calls(2)
    assert {tool for tool, _ in calls(1)} == set(memory.tools)
    talk = Talk(Random(4))
    searches = {canonical(talk.call("search_nodes", graph)) for _ in range(40)}
    assert len(searches) > 15


# Tasks over it -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tasks(memory: type[Environment]) -> list[Task]:
    """Forty certified tasks."""
    library: Mapping[str, type[Environment]] = {"mcp_memory": memory}
    found: list[Task] = []
    for drawn in candidates(library, link(library), seed=3):
        if drawn.task is not None:
            found.append(drawn.task)
        if len(found) == 40:
            return found
    raise AssertionError


def test_a_list_of_objects_is_said_in_the_contracts_words() -> None:
    made = [{"name": "Glass House", "entityType": "place", "observations": []}]
    parameter = Parameter(name="entities", type="array", says={canonical(made): "an entry for the Glass House"})
    assert said(Value(parameter, None, made), NOW) == "an entry for the Glass House"
    assert said(Value(parameter, None, [*made, *made]), NOW) == "Glass House and Glass House"


def test_harm_reaches_rows_that_are_named_in_lists(tasks: list[Task]) -> None:
    harms = [task.proof.harm for task in tasks if task.proof is not None and task.proof.harm is not None]
    named = [harm for harm in harms if harm.tool in {"mcp_memory__delete_entities", "mcp_memory__delete_relations"}]
    assert named
    for harm in named:
        value = next(iter(harm.arguments.values()))
        assert isinstance(value, list)
        whole = harm.tool == "mcp_memory__delete_entities" or set(value[0]) == {"from", "to", "relationType"}
        assert whole, harm.arguments


def test_a_search_that_serves_a_later_call_looks_for_a_row_by_its_name(memory: type[Environment]) -> None:
    spec = memory.spec
    assert spec is not None
    rows: list[dict[str, Any]] = [{"name": "Old Mill"}, {"name": " "}]
    tool = spec.tool("search_nodes")
    assert sought(spec, tool, {}, rows, random=Random(1)) == {"query": "Old Mill"}
    assert sought(spec, tool, {"query": "choir"}, rows, random=Random(1)) == {}
    assert sought(spec, tool, {}, [], random=Random(1)) == {}
    assert sought(spec, spec.tool("open_nodes"), {}, rows, random=Random(1)) == {}


def test_a_task_looks_a_link_up_before_it_is_forgotten(tasks: list[Task]) -> None:
    forgotten = [
        call for task in tasks for turn in task.turns for call in turn.calls if call.tool.endswith("delete_relations")
    ]
    assert forgotten
    for call in forgotten:
        assert {"relations.0.from", "relations.0.to", "relations.0.relationType"} <= set(call.uses)
