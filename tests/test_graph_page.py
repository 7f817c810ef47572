"""The page of the graph: what it holds, and what its script does, run in node where there is one."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from graph_worlds import LIBRARY

from envfactory.graph import page as place
from envfactory.graph.graph import Dependency, Evidence, ToolGraph
from envfactory.graph.link import link
from envfactory.graph.page import content, page

SCRIPT = Path(place.__file__).with_name("page.js")


@pytest.fixture(scope="module")
def graph() -> ToolGraph:
    return link(LIBRARY, confirm=False)


def held(text: str) -> Any:
    (found,) = re.findall(r'<script type="application/json" id="graph">(.*?)</script>', text, re.DOTALL)
    return json.loads(found)


def test_the_page_holds_the_whole_graph_and_needs_nothing_from_elsewhere(graph: ToolGraph) -> None:
    text = page(graph)
    data = held(text)
    assert [tool["name"] for tool in data["tools"]] == [tool.name for tool in graph.tools]
    assert len(data["edges"]) == len(graph.dependencies)
    assert data["edges"][0]["evidence"] == [item.model_dump() for item in graph.dependencies[0].evidence]
    assert not re.search(r"""(?:src|href)\s*=|@import|url\(|fetch\(|https?://""", text.replace(json.dumps(data), ""))
    assert text == page(graph)


def test_what_a_tool_says_never_ends_the_script(graph: ToolGraph) -> None:
    evil = Evidence(kind="meaning", detail="</script><script>alert(1)</script><!--", score=0.5)
    first = graph.dependencies[0]
    text = page(graph.replaced([first.model_copy(update={"evidence": (evil,)})]))
    assert "alert(1)</script>" not in text
    assert text.count("</script>") == page(graph).count("</script>")
    assert held(text.replace("<\\!--", "<!--"))["edges"][0]["evidence"][0]["detail"] == evil.detail


def test_no_two_tools_stand_in_one_place_and_all_are_in_the_box(graph: ToolGraph) -> None:
    data = content(graph)
    spots = {(tool["x"], tool["y"]) for tool in data["tools"]}
    assert len(spots) == len(graph.tools)
    assert all(0 <= x <= data["box"]["width"] and 0 <= y <= data["box"]["height"] for x, y in spots)


def test_a_graph_without_tools_has_a_page() -> None:
    assert held(page(ToolGraph(tools=(), dependencies=())))["edges"] == []


def ran(graph: ToolGraph, code: str) -> Any:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    text = f"const page = require({json.dumps(str(SCRIPT))}); const graph = {json.dumps(content(graph))};"
    done = subprocess.run(
        [node, "-e", f"{text} console.log(JSON.stringify({code}))"], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_search_finds_tools_by_any_of_their_words_best_first(graph: ToolGraph) -> None:
    names = ran(graph, "page.foundTools(graph, 'list ta').map((place) => graph.tools[place].name)")
    assert names[0] == "todo__list_tasks"
    assert set(names) == {tool.name for tool in graph.tools if "list" in tool.name and "ta" in tool.name}
    assert ran(graph, "[page.foundTools(graph, ' '), page.foundTools(graph, 'nothing like it')]") == [[], []]


def test_filters_keep_the_edges_they_name(graph: ToolGraph) -> None:
    def kept(**filters: object) -> set[tuple[str, str, str, str]]:
        edges = ran(graph, f"page.shownEdges(graph, {json.dumps(filters)})")
        name = [tool.name for tool in graph.tools]
        return {(name[e["producer"]], e["path"], name[e["consumer"]], e["parameter"]) for e in edges}

    def wanted(keep: Any) -> set[tuple[str, str, str, str]]:
        return {(d.producer, d.path, d.consumer, d.parameter) for d in graph.dependencies if keep(d)}

    def at_post(edge: Dependency) -> bool:
        return "post" in {graph.home(edge.producer), graph.home(edge.consumer)}

    assert kept() == wanted(lambda d: True)
    assert kept(environment="post") == wanted(at_post) != wanted(lambda d: True)
    assert kept(kind="name") == wanted(lambda d: any(e.kind == "name" for e in d.evidence))
    assert kept(trusted=True, environment="post") == wanted(lambda d: d.trusted and at_post(d))


def test_a_click_finds_the_nearest_tool_within_reach_and_zooming_keeps_the_point(graph: ToolGraph) -> None:
    tool = content(graph)["tools"][3]
    assert ran(graph, f"page.toolAt(graph, {tool['x'] + 2}, {tool['y'] - 2}, 10)") == 3
    assert ran(graph, "page.toolAt(graph, -500, -500, 10)") == -1
    view = ran(graph, "page.zoomed({scale: 0.5, x: 10, y: 20}, 100, 50, 2)")
    assert ((100 - view["x"]) / view["scale"], (50 - view["y"]) / view["scale"]) == ((100 - 10) / 0.5, (50 - 20) / 0.5)
    assert ran(graph, "page.zoomed({scale: 7, x: 0, y: 0}, 0, 0, 100)")["scale"] == 8
