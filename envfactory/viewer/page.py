"""The page: one HTML file that needs nothing else, for light and dark screens and for paper."""

from __future__ import annotations

from html import escape
from pathlib import Path
from string import Template

from envfactory.viewer.canvas import OWN
from envfactory.viewer.contents import Plot, Section, sections
from envfactory.viewer.report import Report, head

_PAGE = Path(__file__).with_name("page.html")
_HASH = 16
"""Letters of a hash that are shown; all of it is there on hover."""
_OPEN = 24
"""Lists up to this long stand open."""


def page(report: Report, *, title: str = "EnvFactory: a report on tasks") -> str:
    """The report as HTML with its plots inside; equal reports give equal bytes. Raises MissingExtra."""
    parts = sections(report)
    tiles = "\n".join(
        f'<div><dt>{escape(tile.label)}</dt><dd class="value">{escape(tile.shown)}</dd>'
        f'<dd class="meaning">{escape(tile.meaning)}</dd></div>'
        for tile in head(report)
    )
    links = [(section.name, section.title) for section in parts] + [("made-from", "What it was made from")]
    notes = "".join(f"<p>{escape(note)}</p>" for note in report.notes)
    return Template(_PAGE.read_text(encoding="utf-8")).substitute(
        title=escape(title),
        lead=f"{report.tasks.tasks:,} tasks in {len(report.tasks.environments)} environments, measured by "
        f"<code>envfactory report</code> with seed {report.seed}. Every figure is counted from the files named at the "
        "end, or played for this page.",
        notes=f'<div class="notes">{notes}</div>' if notes else "",
        tiles=tiles,
        contents="\n".join(f'<li><a href="#{name}">{escape(told)}</a></li>' for name, told in links),
        sections="\n".join(map(_section, parts)),
        environments=_environments(report),
        files="Files (sha256): "
        + "; ".join(f"{escape(name)} <code>{digest}</code>" for name, digest in report.files.items()),
    )


def _section(section: Section) -> str:
    drawn = "\n".join(map(_figure, section.plots))
    title = f"<h2>{escape(section.title)}</h2>"
    return f'<section id="{section.name}">\n{title}\n<div class="plots">\n{drawn}\n</div>\n</section>'


def _figure(plot: Plot) -> str:
    title, caption = escape(plot.title), escape(plot.caption)
    if not plot.svg:
        return f'<figure class="absent"><h3>{title}</h3><figcaption>{caption}</figcaption></figure>'
    svg = plot.svg.replace(OWN, f"{plot.name}-").replace("<svg ", f'<svg role="img" aria-label="{title}" ', 1)
    heading, names = plot.listed
    listed = ""
    if heading:
        items = "".join(f"<li>{escape(name)}</li>" for name in names)
        shown = " open" if len(names) <= _OPEN else ""
        listed = f"<details{shown}><summary>{escape(heading)}</summary><ul>{items}</ul></details>"
    wide = ' class="wide"' if plot.wide else ""
    return f"<figure{wide}><h3>{title}</h3>\n{svg}\n<figcaption>{caption}</figcaption>{listed}</figure>"


def _environments(report: Report) -> str:
    rows: list[str] = []
    for place in sorted(report.tasks.environments, key=lambda place: place.name):
        hashes = ", ".join(f'<code title="{digest}">{digest[:_HASH]}</code>' for digest in map(escape, place.hashes))
        used = f"{place.used} of {place.tools}" if place.tools else str(place.used)
        rows.append(
            f"<tr><td>{escape(place.name)}</td><td>{escape(place.domain)}</td><td class='n'>{place.tasks:,}</td>"
            f"<td class='n'>{place.calls:,}</td><td class='n'>{used}</td><td>{hashes}</td></tr>"
        )
    return "\n".join(rows)
