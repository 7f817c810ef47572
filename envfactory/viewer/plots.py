"""Drawings as SVG text: bars, columns, ranks, curves, heat maps, in one manner."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from envfactory.viewer.canvas import (
    INK,
    NARROW,
    ON,
    ONE,
    SERIES,
    TWO,
    WIDE,
    FuncFormatter,
    MaxNLocator,
    Rectangle,
    drawing,
)
from envfactory.viewer.measure import Spread

_BAR = 0.235
"""Inches a horizontal bar takes with the gap to the next."""
_FULL = 0.62
"""Where a colour is so full that letters on it are inverted."""
_SLOTS = 6
"""Columns a plot has room for, at least: two are no walls."""
_LABELLED = 14
"""Columns up to which each says its number."""


def bars(
    counts: Mapping[str, float],
    *,
    label: str,
    show: Callable[[float], str] | None = None,
    limits: Mapping[str, tuple[float, float]] | None = None,
    top: float | None = None,
    shares: bool = False,
    width: float = NARROW,
) -> str:
    """A horizontal bar for each name, in the given order, with its figure; `limits` are intervals to be drawn.

    `top` is where the axis ends; `shares` are told in per cent.
    """
    told = show or ("{:.1%}".format if shares else "{:,.0f}".format)
    height = 0.62 + _BAR * len(counts)
    with drawing(width, height) as (figure, done):
        axes: Any = figure.add_subplot()
        names, values = list(counts), list(counts.values())
        axes.barh(range(len(names)), values, height=0.68, color=ONE, alpha=0.45 if limits else 1)
        end = top or max(values, default=0) or 1
        for place, (name, value) in enumerate(counts.items()):
            right = value
            if limits and name in limits:
                low, high = limits[name]
                axes.plot([low, high], [place, place], color=INK, linewidth=1.1, solid_capstyle="butt")
                right = max(right, high)
            axes.text(right + 0.012 * end, place, told(value), va="center", ha="left", fontsize=8, color=INK)
        axes.set_yticks(range(len(names)), names)
        axes.tick_params(axis="y", labelcolor=INK)
        axes.set_ylim(len(names) - 0.45, -0.55)
        axes.set_xlim(0, end * (1.12 if not limits else 1.16))
        axes.set_xlabel(label)
        if shares:
            axes.xaxis.set_major_locator(MaxNLocator(5))
            axes.xaxis.set_major_formatter(FuncFormatter(_percent))
        elif top is None:
            _whole(axes.xaxis, values)
        axes.grid(axis="x")
        axes.spines["left"].set_visible(False)
    return done()


def columns(spread: Spread, *, label: str, unit: str = "tasks", most: int = 24) -> str:
    """A column for each whole number from the smallest to the largest; those beyond `most` columns share the last."""
    counts = spread.counts
    low = min(counts, default=0)
    high = min(max(counts, default=0), low + most - 1)
    values = [sum(n for v, n in counts.items() if v == at or (at == high and v > high)) for at in range(low, high + 1)]
    with drawing(NARROW, 2.35) as (figure, done):
        axes: Any = figure.add_subplot()
        axes.bar(range(low, high + 1), values, width=0.72, color=ONE)
        spare = max(0.0, (_SLOTS - len(values)) / 2)
        if len(values) <= _LABELLED:
            for at, value in enumerate(values):
                if value:
                    axes.text(low + at, value, f"{value:,}", ha="center", va="bottom", fontsize=8, color=INK)
        axes.set_xlim(low - 0.7 - spare, high + 0.7 + spare)
        step = 1 if len(values) <= _LABELLED else 2 if len(values) <= 2 * _LABELLED else 5
        ticks = list(range(low, high + 1, step))
        axes.set_xticks(ticks, [f"{at}+" if at == high and spread.highest > high else str(at) for at in ticks])
        _upright(axes, values, label, unit)
    return done()


def histogram(spread: Spread, *, label: str, unit: str = "turns", size: int = 5, last: int = 100) -> str:
    """Columns over classes of `size` numbers, what is beyond `last` in the last one, and the median as a line."""
    high = min(spread.highest, last)
    starts = list(range(0, high + 1, size))
    values = [
        sum(n for v, n in spread.counts.items() if start <= v < start + size or (start == starts[-1] and v >= start))
        for start in starts
    ]
    with drawing(NARROW, 2.35) as (figure, done):
        axes: Any = figure.add_subplot()
        axes.bar([start + size / 2 for start in starts], values, width=size * 0.86, color=ONE)
        axes.axvline(spread.median + 0.5, color=TWO, linewidth=1.2)
        top = max(values, default=0) or 1
        axes.text(
            spread.median + 0.5 + 0.01 * (high + size), top * 1.14, f"median {spread.median:g}",
            color=TWO, fontsize=8, ha="left", va="top",
        )  # fmt: skip
        axes.set_xlim(0, starts[-1] + size)
        if spread.highest >= starts[-1] + size:
            kept = [start for start in starts if start % (4 * size) == 0 and start < starts[-1] - size]
            axes.set_xticks([*kept, starts[-1] + size / 2], [*map(str, kept), f"{starts[-1]}+"])
        _upright(axes, values, label, unit)
    return done()


def ranks(counts: Mapping[str, int], *, label: str, unit: str, never: int = 0) -> str:
    """Thin columns side by side, the highest first, each with its name on hover; `never` is how many have none."""
    tips = [f"{name}: {count:,}" for name, count in counts.items()]
    with drawing(WIDE, 2.5, tips) as (figure, done):
        axes: Any = figure.add_subplot()
        drawn = axes.bar(
            range(1, len(counts) + 1),
            list(counts.values()),
            width=0.82 if len(counts) <= 120 else 1,
            color=ONE,
            linewidth=0,
        )
        for place, bar in enumerate(drawn):
            bar.set_gid(f"tip{place}")
        total = len(counts) + never
        if never:
            axes.axvspan(len(counts) + 0.5, total + 0.5, color=TWO, alpha=0.16, linewidth=0)
            right = never < 0.25 * total
            axes.text(
                len(counts) + 0.5 + (0 if right else 0.01 * total), max(counts.values(), default=1) * 0.92,
                f"{never:,} never used ", color=TWO, fontsize=8, ha="right" if right else "left", va="center",
            )  # fmt: skip
        axes.set_xlim(0.2, max(total, 1) + 0.8)
        axes.xaxis.set_major_locator(MaxNLocator(12, integer=True))
        _upright(axes, list(counts.values()), label, unit)
    return done()


def upright(counts: Mapping[str, int], *, unit: str, tips: Mapping[str, str] | None = None) -> str:
    """Columns under which names stand upright: for many names."""
    told = [(tips or {}).get(name, f"{name}: {count:,}") for name, count in counts.items()]
    longest = max(map(len, counts), default=0)
    with drawing(WIDE, 2.1 + 0.062 * longest, told) as (figure, done):
        axes: Any = figure.add_subplot()
        drawn = axes.bar(range(len(counts)), list(counts.values()), width=0.7, color=ONE)
        for place, bar in enumerate(drawn):
            bar.set_gid(f"tip{place}")
        if len(counts) <= 40:
            for at, value in enumerate(counts.values()):
                axes.text(at, value, f"{value:,}", ha="center", va="bottom", fontsize=7.5, color=INK)
        slant = {"rotation": 40, "ha": "right", "rotation_mode": "anchor"} if len(counts) <= 40 else {"rotation": 90}
        axes.set_xticks(range(len(counts)), list(counts), fontsize=8, color=INK, **slant)
        axes.set_xlim(-0.7, len(counts) - 0.3)
        axes.tick_params(axis="x", length=0, labelcolor=INK)
        _upright(axes, list(counts.values()), "", unit)
    return done()


def curves(
    lines: Mapping[str, Mapping[int, float]],
    *,
    label: str,
    unit: str,
    bands: Mapping[str, Mapping[int, tuple[float, float]]] | None = None,
) -> str:
    """Lines of shares over whole numbers, with bands for their intervals; several are named in a legend."""
    shown = list(lines.items())[: len(SERIES)]
    several = len(shown) > 1
    with drawing(NARROW, 2.35 + 0.18 * len(shown) if several else 2.7) as (figure, done):
        axes: Any = figure.add_subplot()
        for (name, line), colour in zip(shown, SERIES, strict=False):
            places = list(line)
            axes.plot(
                places,
                list(line.values()),
                color=colour,
                linewidth=1.6,
                marker="o",
                markersize=3.6,
                label=name,
                clip_on=False,
            )
            if bands and name in bands:
                lows, highs = zip(*bands[name].values(), strict=True)
                axes.fill_between(places, lows, highs, color=colour, alpha=0.16, linewidth=0)
            if not several:
                for place, value in line.items():
                    axes.annotate(
                        _share(value), (place, value), (4, 4), textcoords="offset points",
                        ha="left", fontsize=8, color=INK,
                    )  # fmt: skip
        every = sorted({place for _, line in shown for place in line})
        axes.set_xticks(every)
        if every:
            axes.set_xlim(every[0] - 0.5, every[-1] + 0.5)
        axes.set_ylim(0, 1.12)
        axes.set_yticks([0, 0.25, 0.5, 0.75, 1])
        axes.yaxis.set_major_formatter(FuncFormatter(_percent))
        axes.set_xlabel(label)
        axes.set_ylabel(unit)
        axes.grid(axis="y")
        axes.spines["left"].set_visible(False)
        if several:
            figure.legend(loc="outside lower left", fontsize=8, handlelength=1.4)
    return done()


def heat(
    panels: Mapping[str, Mapping[tuple[str, str], float]],
    *,
    rows: Sequence[str],
    across: Sequence[str],
    width: float = WIDE,
    show: Callable[[float], str] = "{:.2f}".format,
    tips: Mapping[tuple[str, str, str], str] | None = None,
    framed: Collection[tuple[str, str]] = (),
) -> str:
    """A square for each pair of row and column with its figure, from 0 (empty) to 1 (full); panels stand side by side.

    A pair that a panel lacks stays blank. `tips` are shown on hover, by panel, row and column; pairs in `framed` have a
    frame.
    """
    longest = max(map(len, across), default=0)
    slanted = longest * len(across) * len(panels) > 9 * width
    told = [
        (tips or {}).get((panel, row, column), f"{row}, {column}: {show(values[row, column])}")
        for panel, values in panels.items() for row in rows for column in across if (row, column) in values
    ]  # fmt: skip
    with drawing(width, 0.55 + 0.27 * len(rows) + 0.05 * longest * slanted, told) as (figure, done):
        grid: Any = figure.subplots(1, len(panels), sharey=True, squeeze=False)
        number = 0
        for axes, (title, values) in zip(grid[0], panels.items(), strict=True):
            for y, row in enumerate(rows):
                for x, column in enumerate(across):
                    if (row, column) not in values:
                        continue
                    value = min(1.0, max(0.0, values[row, column]))
                    full = 0.06 + 0.86 * value
                    cell = Rectangle(
                        (x - 0.48, y - 0.46), 0.96, 0.92, facecolor=ONE, alpha=full, linewidth=0, gid=f"tip{number}"
                    )
                    axes.add_patch(cell)
                    if (row, column) in framed:
                        frame = Rectangle((x - 0.45, y - 0.43), 0.9, 0.86, fill=False, edgecolor=TWO, linewidth=1.4)
                        axes.add_patch(frame)
                    number += 1
                    axes.text(
                        x, y, show(values[row, column]), ha="center", va="center",
                        fontsize=7.5, color=ON if full > _FULL else INK,
                    )  # fmt: skip
            axes.set_xlim(-0.5, len(across) - 0.5)
            axes.set_ylim(len(rows) - 0.5, -0.5)
            slant = {"rotation": 40, "ha": "right", "rotation_mode": "anchor"} if slanted else {}
            axes.set_xticks(range(len(across)), across, fontsize=8, **slant)
            axes.set_yticks(range(len(rows)), rows)
            axes.tick_params(length=0, labelcolor=INK)
            axes.set_title(title, pad=6)
            for spine in axes.spines.values():
                spine.set_visible(False)
    return done()


def strips(parts: Mapping[str, Mapping[str, int]]) -> str:
    """A strip for each name, divided into its parts from the lightest to the fullest, each with its share."""
    classes = list(next(iter(parts.values()), ()))
    with drawing(NARROW, 0.85 + 0.3 * len(parts)) as (figure, done):
        axes: Any = figure.add_subplot()
        for place, counts in enumerate(parts.values()):
            whole, left = sum(counts.values()) or 1, 0.0
            for level, count in enumerate(counts.values()):
                share, full = count / whole, 0.12 + 0.8 * level / max(1, len(classes) - 1)
                axes.barh(
                    place, share, left=left, height=0.7, color=ONE, alpha=full,
                    label=classes[level] if place == 0 else None,
                )  # fmt: skip
                if share >= 0.07:
                    colour = ON if full > _FULL else INK
                    told = _share(share)
                    axes.text(left + share / 2, place, told, ha="center", va="center", fontsize=7.5, color=colour)
                left += share
        axes.set_yticks(range(len(parts)), list(parts))
        axes.tick_params(axis="y", labelcolor=INK)
        axes.set_ylim(len(parts) - 0.4, -0.6)
        axes.set_xlim(0, 1)
        axes.xaxis.set_major_formatter(FuncFormatter(_percent))
        axes.set_xlabel("tasks")
        axes.spines["left"].set_visible(False)
        figure.legend(loc="outside upper left", ncols=2, fontsize=8, handlelength=1.1, handleheight=1.0)
    return done()


def _share(value: float) -> str:
    return "<1%" if 0 < value < 0.005 else f"{value:.0%}"


def _percent(value: float, _place: object) -> str:
    return f"{value:.0%}"


def _thousands(value: float, _place: object) -> str:
    return f"{value:,.0f}"


def _upright(axes: Any, values: Sequence[float], label: str, unit: str) -> None:
    """What all plots of columns have."""
    axes.set_ylim(0, (max(values, default=0) or 1) * 1.16)
    axes.set_xlabel(label)
    axes.set_ylabel(unit)
    _whole(axes.yaxis, values)
    axes.grid(axis="y")
    axes.spines["left"].set_visible(False)


def _whole(axis: Any, values: Sequence[float]) -> None:
    """Marks at whole numbers, few of them."""
    axis.set_major_locator(MaxNLocator(min(5, max(1, int(max(values, default=1)))), integer=True))
    axis.set_major_formatter(FuncFormatter(_thousands))
