"""An interactive picture of a tool graph: one HTML file that needs nothing else."""

from __future__ import annotations

import json
import math
from functools import cache
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from envfactory.graph.draw import Circle, circles, colour
from envfactory.graph.graph import Dependency, ToolGraph

_GAP = 80.0  # between two environments' circles


def page(graph: ToolGraph) -> str:
    """The graph as a page: to move and zoom in, to search, to filter by environment, evidence and trust.

    A click on a tool shows its edges and why they are there, and so does the tool's name behind a `#` in the address.
    Places are computed here, so that equal graphs give equal text.
    """
    data = json.dumps(content(graph), ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return Template(_file("page.html")).substitute(
        title=f"{len(graph.tools)} tools, {len(graph.dependencies)} dependencies",
        heading=escape(f"{len(graph.tools)} tools in {len(graph.environments)} environments"),
        data=data.replace("</", "<\\/").replace("<!--", "<\\!--"),  # nothing a tool says ends the script
        script=_file("page.js"),
    )


def content(graph: ToolGraph) -> dict[str, Any]:
    """What the page holds: tools with their places, edges with their evidence, each service's middle and colour."""
    rings = circles(graph)
    middles, width, height = _placed(rings)
    spots: dict[str, tuple[float, float, float]] = {}
    for ring in rings:
        x, y = middles[ring.name]
        for place, tool in enumerate(ring.tools):
            angle = math.tau * (place + 0.5) / len(ring.tools) - math.pi / 2
            spots[tool.name] = (x + ring.radius * math.cos(angle), y + ring.radius * math.sin(angle), angle)
    numbers = {tool.name: number for number, tool in enumerate(graph.tools)}
    kinds = {item.kind for edge in graph.dependencies for item in edge.evidence}
    return {
        "box": {"width": round(width, 1), "height": round(height, 1)},
        "environments": {
            ring.name: {
                "x": round(middles[ring.name][0], 1),
                "y": round(middles[ring.name][1], 1),
                "radius": round(ring.radius, 1),
                "colour": colour(number, len(rings)),
            }
            for number, ring in enumerate(rings)
        },
        "kinds": sorted(kinds),
        "tools": [
            {
                "name": tool.name,
                "tool": tool.tool,
                "environment": tool.environment,
                "effect": tool.effect,
                "entity": tool.entity,
                "writes": tool.writes,
                "x": round(spots[tool.name][0], 1),
                "y": round(spots[tool.name][1], 1),
                "angle": round(spots[tool.name][2], 4),
            }
            for tool in graph.tools
        ],
        "edges": [_edge(edge, numbers) for edge in graph.dependencies],
    }


def _edge(edge: Dependency, numbers: dict[str, int]) -> dict[str, Any]:
    return {
        "producer": numbers[edge.producer],
        "consumer": numbers[edge.consumer],
        "path": edge.path,
        "parameter": edge.parameter,
        "entity": edge.entity,
        "executed": edge.executed,
        "trusted": edge.trusted,
        "evidence": [item.model_dump() for item in edge.evidence],
    }


def _placed(rings: list[Circle]) -> tuple[dict[str, tuple[float, float]], float, float]:
    """The middles of the circles, in rows of about equal width, and the size of it all."""
    wanted = math.sqrt(sum(ring.size**2 for ring in rings) * 1.6)
    middles: dict[str, tuple[float, float]] = {}
    left = top = tall = width = 0.0
    for ring in rings:
        if left and left + ring.size > wanted:
            left, top, tall = 0.0, top + tall + _GAP, 0.0
        middles[ring.name] = (left + ring.size / 2, top + ring.size / 2)
        left += ring.size + _GAP
        width, tall = max(width, left - _GAP), max(tall, ring.size)
    return middles, max(width, 1.0), max(top + tall, 1.0)


@cache
def _file(name: str) -> str:
    return files("envfactory.graph").joinpath(name).read_text(encoding="utf-8")
