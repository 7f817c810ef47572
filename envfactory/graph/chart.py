"""Distributions of chains drawn side by side: one HTML page with bars and lines that needs nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape

from envfactory.graph.spread import Covered, Spread

_WIDTH, _HEIGHT = 460.0, 250.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 46.0, 12.0, 34.0, 40.0
_HUES = ("#2f6fd6", "#d9822b", "#7d8590", "#3a9d6e")
_MOST_BARS = 12
_STYLE = """
  body { margin: 24px auto; max-width: 980px; padding: 0 16px; background: #fbfbfa; color: #23262b;
         font: 14px/1.45 ui-sans-serif, system-ui, sans-serif; }
  h1 { font-size: 20px; margin: 0 0 4px; } p { color: #5f6670; margin: 0 0 16px; max-width: 70ch; }
  .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(420px, 1fr)); gap: 16px; }
  svg { width: 100%; height: auto; font: 12px ui-sans-serif, system-ui, sans-serif; }
  text { fill: #23262b; } .dim { fill: #5f6670; } .axis { stroke: #c9cdd3; } .grid { stroke: #e6e8eb; }
  table { border-collapse: collapse; margin: 0 0 20px; } caption { text-align: left; }
  th, td { padding: 4px 14px 4px 0; text-align: right; border-bottom: 1px solid #e6e8eb; }
  th:first-child, td:first-child { text-align: left; } thead th { font-weight: 600; }
  .dot { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin-right: 6px; }
  @media (prefers-color-scheme: dark) {
    body { background: #17191c; color: #e6e8eb; } p { color: #9aa2ad; } text { fill: #e6e8eb; }
    .dim { fill: #9aa2ad; }
    .axis { stroke: #4a5059; } .grid { stroke: #2b2f35; } th, td { border-color: #2b2f35; }
  }
"""

_FIGURES: tuple[tuple[str, Callable[[Spread], str]], ...] = (
    ("chains", lambda s: f"{s.chains:,}"),
    ("valid", lambda s: f"{s.valid:.1%}"),
    ("no double of an earlier one", lambda s: f"{s.novel:.1%}"),
    ("the same call twice", lambda s: f"{s.again:.1%}"),
    ("three or more dependent steps", lambda s: f"{s.depth3:.1%}"),
    ("two or more calls at once", lambda s: f"{s.width2:.1%}"),
    ("tools called", lambda s: f"{s.tools:,}"),
    ("tools called in valid chains", lambda s: f"{s.covered.valid_tools:.1%}"),
    ("edges used in valid chains", lambda s: f"{s.covered.valid_edges:.1%}"),
)

_BARS: tuple[tuple[str, str, Callable[[Spread], Mapping[int, int]]], ...] = (
    ("Length", "steps", lambda s: s.steps),
    ("Turns", "turns", lambda s: s.turns),
    ("Depth", "dependent steps", lambda s: s.depths),
    ("Width", "calls at once", lambda s: s.widths),
    ("Environments", "environments", lambda s: s.environments),
)

_LINES: tuple[tuple[str, Callable[[Covered], float]], ...] = (
    ("Tools in valid chains", lambda c: c.valid_tools),
    ("Edges in valid chains", lambda c: c.valid_edges),
)


def page(spreads: Mapping[str, Spread], *, title: str, about: str = "") -> str:
    """One HTML page: the figures as a table, then a chart for each distribution and each curve of coverage.

    `spreads` go by the names they are shown under. Equal spreads give equal text.
    """
    hues = {name: _HUES[place % len(_HUES)] for place, name in enumerate(spreads)}
    head = "".join(
        f'<th><span class="dot" style="background:{hues[name]}"></span>{escape(name)}</th>' for name in spreads
    )
    rows = "\n".join(
        f"<tr><td>{escape(label)}</td>{''.join(f'<td>{figure(one)}</td>' for one in spreads.values())}</tr>"
        for label, figure in _FIGURES
    )
    charts = [bars(label, axis, {n: of(s) for n, s in spreads.items()}, hues) for label, axis, of in _BARS]
    for label, share in _LINES:
        series = {name: [(c.chains, share(c)) for c in s.coverage] for name, s in spreads.items()}
        charts.append(lines(label, "chains drawn", series, hues))
    return "\n".join(
        [
            '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"/>',
            f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>",
            f"<h1>{escape(title)}</h1><p>{escape(about)}</p>",
            f"<table><thead><tr><th></th>{head}</tr></thead><tbody>\n{rows}\n</tbody></table>",
            f'<div class="charts">\n{chr(10).join(charts)}\n</div>',
            "</body></html>\n",
        ]
    )


def bars(title: str, axis: str, series: Mapping[str, Mapping[int, int]], hues: Mapping[str, str]) -> str:
    """One SVG of grouped bars: for each value, the share of each series that has it. Large values share a bar."""
    values = sorted({value for counts in series.values() for value in counts})
    shown = values[:_MOST_BARS]
    labels = [str(value) for value in shown]
    if len(values) > len(shown):
        labels[-1] += "+"
    shares: dict[str, list[float]] = {}
    for name, counts in series.items():
        total = sum(counts.values()) or 1
        parts = [counts.get(value, 0) for value in shown]
        if shown:
            parts[-1] += sum(count for value, count in counts.items() if value > shown[-1])
        shares[name] = [part / total for part in parts]
    top = _ceiling(max((share for parts in shares.values() for share in parts), default=1.0))
    out = _frame(title, axis, top)
    slot = (_WIDTH - _LEFT - _RIGHT) / max(len(shown), 1)
    wide = slot * 0.78 / max(len(series), 1)
    for place, label in enumerate(labels):
        left = _LEFT + place * slot
        out.append(
            f'<text class="dim" x="{left + slot / 2:.1f}" y="{_HEIGHT - 24:.1f}" text-anchor="middle">{label}</text>'
        )
        for number, (name, parts) in enumerate(shares.items()):
            tall = (_HEIGHT - _TOP - _BOTTOM) * parts[place] / top
            x, y = left + slot * 0.11 + number * wide, _HEIGHT - _BOTTOM - tall
            hover = f"<title>{escape(name)}: {parts[place]:.1%} with {label} {escape(axis)}</title>"
            out.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(wide - 1, 1):.1f}" height="{tall:.1f}" rx="1" '
                f'fill="{hues[name]}">{hover}</rect>'
            )
    return "\n".join([*out, "</svg>"])


def lines(title: str, axis: str, series: Mapping[str, Sequence[tuple[int, float]]], hues: Mapping[str, str]) -> str:
    """One SVG of curves: a share from 0 to 1 over a count, which begins at 0."""
    most = max((points[-1][0] for points in series.values() if points), default=1)
    out = _frame(title, axis, 1.0)
    across, up = (_WIDTH - _LEFT - _RIGHT) / most, _HEIGHT - _TOP - _BOTTOM
    for part in (0.0, 0.25, 0.5, 0.75, 1.0):
        x = _LEFT + across * most * part
        anchor = "end" if part == 1 else "middle"
        out.append(
            f'<text class="dim" x="{x:.1f}" y="{_HEIGHT - 24:.1f}" text-anchor="{anchor}">{round(most * part):,}</text>'
        )
    for name, points in series.items():
        spots = [(_LEFT + n * across, _HEIGHT - _BOTTOM - up * share) for n, share in [(0, 0.0), *points]]
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in spots)
        last = points[-1] if points else (0, 0.0)
        hover = f"<title>{escape(name)}: {last[1]:.1%} after {last[0]:,}</title>"
        out.append(f'<path d="{path}" fill="none" stroke="{hues[name]}" stroke-width="2">{hover}</path>')
    ends = [(name, points[-1][1]) for name, points in series.items() if points]
    said = "  ".join(f'<tspan style="fill:{hues[name]}">{escape(name)} {share:.0%}</tspan>' for name, share in ends)
    out.append(f'<text x="{_WIDTH - _RIGHT:.1f}" y="16" text-anchor="end" xml:space="preserve">{said}</text>')
    return "\n".join([*out, "</svg>"])


def _frame(title: str, axis: str, top: float) -> list[str]:
    """The opening of a chart: its title, the lines across, the axis."""
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH:.0f} {_HEIGHT:.0f}" role="img">',
        f"<title>{escape(title)}</title>",
        f'<text x="0" y="16" font-size="14" font-weight="600">{escape(title)}</text>',
    ]
    for part in (0.25, 0.5, 0.75, 1.0):
        y = _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * part
        out.append(f'<path class="grid" d="M{_LEFT:.0f} {y:.1f}H{_WIDTH - _RIGHT:.0f}"/>')
        out.append(f'<text class="dim" x="{_LEFT - 6:.0f}" y="{y + 4:.1f}" text-anchor="end">{top * part:.0%}</text>')
    out.append(f'<path class="axis" d="M{_LEFT:.0f} {_HEIGHT - _BOTTOM:.1f}H{_WIDTH - _RIGHT:.0f}"/>')
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    out.append(f'<text class="dim" x="{middle:.1f}" y="{_HEIGHT - 6:.1f}" text-anchor="middle">{escape(axis)}</text>')
    return out


def _ceiling(most: float) -> float:
    """The top of an axis of shares: a fifth, two fifths, and so on, up to 1."""
    return next((top for top in (0.2, 0.4, 0.6, 0.8) if most <= top), 1.0)
