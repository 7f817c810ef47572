"""The sheet that plots are drawn on: sizes, colours and letters, and how a drawing becomes part of a page.

matplotlib lays out, the page colours: every colour here stands for one of the page's (`COLOURS`), so that a drawing
follows the reader's light or dark page and prints well. Letters stay text. Equal figures give equal bytes: ids come
from a fixed salt, there is no date, letters are measured with the font that matplotlib brings along, and what the
user's own matplotlibrc says does not count.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from html import escape
from typing import Any

from envfactory.errors import MissingExtra

try:
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle
    from matplotlib.ticker import FuncFormatter, MaxNLocator
except ImportError:
    raise MissingExtra("drawing a report", "report") from None

__all__ = ["FuncFormatter", "MaxNLocator", "Rectangle", "drawing"]

NARROW, WIDE = 5.2, 10.8
"""Widths in inches: half of the page, and all of it."""

COLOURS = {
    "#1f2831": "ink",
    "#66717c": "dim",
    "#d8dde2": "rule",
    "#2f6c9e": "one",
    "#c4623a": "two",
    "#5a8f5c": "three",
    "#8a6bb0": "four",
    "#a98424": "five",
    "#fdfefe": "on",
}
"""Each colour, and the page's variable that takes its place; `on` is for letters on a full colour."""

INK, DIM, RULE, ONE, TWO, THREE, FOUR, FIVE, ON = COLOURS
SERIES = (ONE, TWO, THREE, FOUR, FIVE)
"""Colours of the lines of a plot, in order."""

OWN = "drawing-"
"""What every id of a drawing begins with; the page puts the drawing's name in its place."""

_STYLE: dict[str, Any] = {
    "svg.hashsalt": "envfactory",
    "svg.fonttype": "none",
    "font.family": ["DejaVu Sans"],
    "font.size": 8.5,
    "text.color": INK,
    "axes.edgecolor": RULE,
    "axes.labelcolor": DIM,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.titlecolor": INK,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "xtick.color": RULE,
    "ytick.color": RULE,
    "xtick.labelcolor": DIM,
    "ytick.labelcolor": DIM,
    "xtick.major.size": 3,
    "ytick.major.size": 0,
    "grid.color": RULE,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.labelcolor": INK,
}
_NO_DATE: dict[str, Any] = {"Date": None, "Creator": None, "Format": None, "Type": None}


@contextmanager
def drawing(
    width: float, height: float, tips: Sequence[str] = ()
) -> Generator[tuple[Any, Callable[[], str]], None, None]:
    """A figure of that size in inches to draw on, and what gives its SVG element once the block is left.

    What bears the gid `tip0`, `tip1`, … shows that entry of `tips` on hover.
    """
    text = ""
    library: Any = matplotlib
    with library.rc_context():
        library.rcdefaults()
        library.rcParams.update(_STYLE)
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure, lambda: text
        written = io.StringIO()
        canvas: Any = FigureCanvasSVG(figure)
        canvas.print_svg(written, metadata=_NO_DATE)
        text = _inlined(written.getvalue(), tips)


_HEAD = re.compile(r".*?(?=<svg )", re.DOTALL)
_LEFT_OUT = re.compile(r"\s*<metadata>.*?</metadata>|<style .*?</style>", re.DOTALL)
_SIZE = re.compile(r' (?:width|height)="[\d.]+pt"')
_ID = re.compile(r'( id="|href="#|url\(#)')
_TIP = re.compile(r'<g id="tip(\d+)">')
_COLOUR = re.compile("|".join(COLOURS))


def _inlined(text: str, tips: Sequence[str]) -> str:
    """The SVG element as it stands in a page: no prologue, colours of the page, ids of its own."""
    text = _LEFT_OUT.sub("", _HEAD.sub("", text, count=1))
    text = _SIZE.sub("", text, count=2)
    text = _COLOUR.sub(lambda found: f"var(--{COLOURS[found[0]]})", text)
    text = _TIP.sub(lambda found: f"<g><title>{escape(tips[int(found[1])], quote=False)}</title>", text)
    return _ID.sub(rf"\g<1>{OWN}", text).rstrip()
