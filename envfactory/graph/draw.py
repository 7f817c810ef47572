"""A picture of a tool graph: one SVG that needs nothing else and reads on light and dark pages."""

from __future__ import annotations

import colorsys
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from envfactory.graph.graph import Dependency, ToolGraph, ToolNode

_LABEL = 7.0  # pixels a letter takes, at the labels' size
_GAP = 24.0  # between nodes on a circle, at least
_MARGIN = 40.0
_LEGEND = 96.0
_STYLE = """
  svg { background: #fbfbfa; font: 12px ui-sans-serif, system-ui, sans-serif; }
  text { fill: #23262b; } .dim { fill: #5f6670; } .ring { fill: none; stroke: #c9cdd3; }
  .name { paint-order: stroke; stroke: #fbfbfa; stroke-width: 5; }
  .edge { fill: none; stroke-opacity: .3; } .edge:hover { stroke-opacity: 1; stroke-width: 3; }
  .executed { stroke-width: 1.4; } .untried { stroke-dasharray: 3 3; stroke-width: 1; }
  .across { stroke-opacity: .75; stroke-width: 1.8; } .weak { stroke-opacity: .25; stroke-width: 1; }
  @media (prefers-color-scheme: dark) {
    svg { background: #17191c; } .name { stroke: #17191c; } .ring { stroke: #3a3f46; }
    text { fill: #e6e8eb; } .dim { fill: #9aa2ad; }
  }
"""


@dataclass(frozen=True)
class Circle:
    """An environment's place: its tools stand on a circle, readers and writers apart, labels outside."""

    name: str
    tools: tuple[ToolNode, ...]
    radius: float
    label: float

    @property
    def size(self) -> float:
        """Width and height with the labels."""
        return 2 * (self.radius + self.label) + _MARGIN


def draw(graph: ToolGraph, *, columns: int = 0) -> str:
    """One standalone SVG: a circle of tools for each environment, an arrow for each dependency, evidence on hover.

    Parallel edges between two tools are drawn once and list their parameters. `columns` is how many circles stand in a
    row; 0 chooses. Equal graphs give equal text.
    """
    rings = circles(graph)
    columns = columns or max(1, math.ceil(math.sqrt(len(rings) * 1.3)))
    rows = [rings[place : place + columns] for place in range(0, len(rings), columns)]
    widths = [max((row[c].size for row in rows if c < len(row)), default=0.0) for c in range(columns)]
    heights = [max(circle.size for circle in row) for row in rows]
    width = max(sum(widths), 640.0)
    height = sum(heights) + _LEGEND
    spots: dict[str, tuple[float, float]] = {}
    centres: dict[str, tuple[float, float]] = {}
    hues = {circle.name: colour(number, len(rings)) for number, circle in enumerate(rings)}
    parts: list[str] = []
    top = _LEGEND
    for row, tall in zip(rows, heights, strict=True):
        left = (width - sum(widths)) / 2
        for circle, wide in zip(row, widths, strict=False):
            centre = (left + wide / 2, top + tall / 2)
            centres[circle.name] = centre
            parts += _ring(circle, centre, hues[circle.name], spots)
            left += wide
        top += tall
    edges = [line for pair in _paired(graph) for line in _edge(graph, pair, spots, centres, hues)]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img">'
    )
    title = f"<title>{len(graph.tools)} tools, {len(graph.dependencies)} dependencies</title>"
    return "\n".join([head, title, f"<style>{_STYLE}</style>", *_legend(graph, hues), *edges, *parts, "</svg>"]) + "\n"


def circles(graph: ToolGraph) -> list[Circle]:
    """The environments with their tools: readers first, those of one entity together."""
    found: list[Circle] = []
    for name in graph.environments:
        tools = [tool for tool in graph.tools if tool.environment == name]
        tools.sort(key=lambda tool: (tool.writes, tool.entity, tool.name))
        radius = max(60.0, len(tools) * _GAP / math.tau)
        label = 16 + _LABEL * max(len(tool.tool) for tool in tools)
        found.append(Circle(name, tuple(tools), radius, label))
    return found


def colour(number: int, count: int) -> str:
    """A colour for each environment, dark enough for white pages and light enough for black ones."""
    red, green, blue = colorsys.hls_to_rgb((0.58 + number / max(count, 1)) % 1.0, 0.48, 0.6)
    return f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"


def _ring(circle: Circle, centre: tuple[float, float], colour: str, spots: dict[str, tuple[float, float]]) -> list[str]:
    x, y = centre
    parts = [f'<circle class="ring" cx="{x:.1f}" cy="{y:.1f}" r="{circle.radius:.1f}"/>']
    for place, tool in enumerate(circle.tools):
        angle = math.tau * (place + 0.5) / len(circle.tools) - math.pi / 2
        across, down = math.cos(angle), math.sin(angle)
        px, py = x + circle.radius * across, y + circle.radius * down
        spots[tool.name] = (px, py)
        hover = f"<title>{escape(tool.name)}: {tool.effect} {escape(tool.entity)}, {_kind(tool)}</title>"
        if tool.writes:
            shape = f'<rect x="{px - 6:.1f}" y="{py - 6:.1f}" width="12" height="12" rx="2" fill="{colour}">'
            parts.append(f"{shape}{hover}</rect>")
        else:
            shape = f'<circle cx="{px:.1f}" cy="{py:.1f}" r="6" fill="#ffffff" stroke="{colour}" stroke-width="3">'
            parts.append(f"{shape}{hover}</circle>")
        degrees, anchor, out = math.degrees(angle), "start", 12.0
        if across < 0:  # keep the letters upright on the left side
            degrees, anchor, out = degrees + 180, "end", -12.0
        parts.append(
            f'<text x="{out:.0f}" y="4" text-anchor="{anchor}" '
            f'transform="translate({px:.1f} {py:.1f}) rotate({degrees:.1f})">{escape(tool.tool)}</text>'
        )
    words = circle.name.split("_")
    lines = [" ".join(words[: (len(words) + 1) // 2]), " ".join(words[(len(words) + 1) // 2 :])]
    shown = [line for line in lines if line]
    for number, line in enumerate(shown):
        down = y + 16 * (number - (len(shown) - 1) / 2) + 4
        parts.append(
            f'<text x="{x:.1f}" y="{down:.1f}" text-anchor="middle" font-weight="600" '
            f'class="name">{escape(line)}</text>'
        )
    return parts


def _kind(tool: ToolNode) -> str:
    return "writes" if tool.writes else "reads"


def _paired(graph: ToolGraph) -> list[tuple[Dependency, ...]]:
    """The edges to draw, those between the same two tools together; a tool that feeds itself is left out."""
    found: dict[tuple[str, str], list[Dependency]] = defaultdict(list)
    for edge in graph.dependencies:
        if edge.producer != edge.consumer and not graph.echoes(edge):
            found[edge.producer, edge.consumer].append(edge)
    return [tuple(edges) for _, edges in sorted(found.items())]


def _edge(
    graph: ToolGraph,
    edges: Sequence[Dependency],
    spots: dict[str, tuple[float, float]],
    centres: dict[str, tuple[float, float]],
    hues: dict[str, str],
) -> list[str]:
    first = edges[0]
    home, away = graph.nodes[first.producer].environment, graph.nodes[first.consumer].environment
    (x1, y1), (x2, y2) = spots[first.producer], spots[first.consumer]
    cx, cy = centres[home]
    if home == away:  # bend towards the centre, not through it
        mx, my = (x1 + x2) / 2 * 0.35 + cx * 0.65, (y1 + y2) / 2 * 0.35 + cy * 0.65
    else:
        mx, my = (x1 + x2) / 2 + (y1 - y2) * 0.08, (y1 + y2) / 2 + (x2 - x1) * 0.08
    executed = any(edge.executed for edge in edges)
    trusted = any(edge.trusted for edge in edges)
    marks = ["edge", "executed" if executed else "untried"]
    if home != away:
        marks.append("across" if trusted else "weak")
    # Stop short of the node, so that the arrow shows.
    length = math.hypot(x2 - mx, y2 - my) or 1.0
    ex, ey = x2 - (x2 - mx) / length * 9, y2 - (y2 - my) / length * 9
    said = [f"{first.producer} → {first.consumer}"]
    for edge in edges:
        said.append(f"{edge.path or 'result'} fills {edge.parameter} ({edge.entity})")
        said += [f"   {item.kind} {item.score:.2f}: {item.detail}" for item in edge.evidence]
    angle = math.atan2(ey - my, ex - mx)
    wings = [(ex - 7 * math.cos(angle + turn), ey - 7 * math.sin(angle + turn)) for turn in (0.4, -0.4)]
    arrow = f"M{wings[0][0]:.1f} {wings[0][1]:.1f}L{ex:.1f} {ey:.1f}L{wings[1][0]:.1f} {wings[1][1]:.1f}"
    hover = f"<title>{escape(chr(10).join(said))}</title>"
    return [
        f'<path class="{" ".join(marks)}" stroke="{hues[home]}" '
        f'd="M{x1:.1f} {y1:.1f}Q{mx:.1f} {my:.1f} {ex:.1f} {ey:.1f}{arrow}">{hover}</path>'
    ]


def _legend(graph: ToolGraph, hues: dict[str, str]) -> list[str]:
    executed = sum(edge.executed for edge in graph.dependencies)
    colour = next(iter(hues.values()), "#808080")
    return [
        f'<text x="24" y="30" font-size="16" font-weight="600">{len(graph.tools)} tools in '
        f"{len(graph.environments)} environments</text>",
        f'<text class="dim" x="24" y="50">{len(graph.dependencies)} dependencies, {executed} confirmed by execution; '
        f"{graph.connected:.0%} of the tools are connected. Point at a line to read its evidence.</text>",
        f'<circle cx="30" cy="72" r="6" fill="#ffffff" stroke="{colour}" stroke-width="3"/>'
        '<text x="44" y="76">reads</text>',
        f'<rect x="94" y="66" width="12" height="12" rx="2" fill="{colour}"/><text x="114" y="76">writes</text>',
        f'<path class="edge executed" style="stroke-opacity:1" stroke="{colour}" d="M176 72H216"/>'
        '<text x="224" y="76">executed</text>',
        f'<path class="edge untried" style="stroke-opacity:1" stroke="{colour}" d="M300 72H340"/>'
        '<text x="348" y="76">by type, name or meaning only</text>',
    ]
