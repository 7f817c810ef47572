"""Pages of documentation as sections of plain text, each with the place it came from.

HTML becomes Markdown by markdownify (https://github.com/matthewwithanm/python-markdownify) after what surrounds the
text — menus, headers, scripts — is taken away; Markdown is split where it has headings. A section's `where` goes into
the rule or the omission that a sentence of it gave rise to.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import re
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from envfactory.envgen.texts import Text, decoded, obtain
from envfactory.environment.spec import Source
from envfactory.errors import MissingExtra, SourceError

PAGE_CAP = 8 * 1024 * 1024
"""Bytes of one page at most."""

PAGES_CAP = 200
"""Pages of one folder at most."""

_HTML, _PLAIN = (".html", ".htm", ".xhtml"), (".md", ".markdown", ".mdx", ".txt", ".rst")
_AROUND = ("script", "style", "noscript", "template", "nav", "aside", "footer", "form", "svg", "iframe", "button",
           "header", "[role=navigation]", "[role=search]", "[aria-hidden=true]", "a.headerlink",
           "a.anchor-link")  # fmt: skip
_INNER = ("main", "[role=main]", "article", "body")
_FENCE = re.compile(r"^\s{0,3}(```+|~~~+)")
_ATX = re.compile(r"^\s{0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_UNDERLINE = re.compile(r"^\s{0,3}(=+|-{3,})\s*$")
_ANCHOR = re.compile(r"\s*\{#([\w.:%-]+)[^}]*\}\s*$")


class Section(BaseModel, frozen=True):
    """The text below one heading, up to the next."""

    heading: str
    """Empty for what stands before the first heading."""
    above: tuple[str, ...] = ()
    """The headings it lies under, outermost first."""
    anchor: str = ""
    """What follows `#` in an address that leads to it."""
    text: str
    """Markdown without the heading itself; code and tables as they are."""
    where: str
    """The page and the heading: `https://…/orders#cancel`, `docs/orders.md#cancel`."""


class Page(BaseModel, frozen=True):
    """A page of documentation."""

    source: Source
    sections: tuple[Section, ...]

    @property
    def text(self) -> str:
        """All of it, headings included."""
        parts: list[str] = []
        for s in self.sections:
            head = f"{'#' * (len(s.above) + 1)} {s.heading}\n\n" if s.heading else ""
            parts.append(f"{head}{s.text}".strip())
        return "\n\n".join(p for p in parts if p) + "\n"

    def section(self, anchor: str) -> Section:
        """The section of that anchor; raises KeyError."""
        for section in self.sections:
            if section.anchor == anchor:
                return section
        raise KeyError(anchor)


def is_page(reference: str) -> bool:
    """Whether a file's name or an address looks like a page to read rather than a description to parse."""
    name = reference.split("#")[0].split("?")[0].lower()
    if reference.startswith(("http://", "https://")):
        last = name.split("://", 1)[1].partition("/")[2].rsplit("/", 1)[-1]
        return "." not in last or last.endswith((*_HTML, *_PLAIN))
    return name.endswith((*_HTML, *_PLAIN))


def read_page(reference: str) -> Page:
    """The page that a file's name or an http(s) address names; with `#anchor` only that section and those under it.

    Raises SourceError when there is none, when it is too large, when robots.txt forbids it or when it holds no text;
    MissingExtra for HTML without the extra `prose`.
    """
    place, _, anchor = reference.partition("#")
    text = obtain(place, cap=PAGE_CAP)
    page = page_of(text, text.url or (place if place.startswith(("pypi:", "npm:")) else text.file))
    if not anchor:
        return page
    kept = _below(page.sections, anchor)
    if not kept:
        known = ", ".join(s.anchor for s in page.sections[:12] if s.anchor) or "none"
        raise SourceError(f"{place} has no section {anchor!r}; its first are: {known}")
    return page.model_copy(update={"sections": kept})


def read_pages(folder: Path) -> list[Page]:
    """Every page in a folder and those below it, by name. Raises SourceError when there are none, or too many."""
    paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in (*_HTML, *_PLAIN) and p.is_file())
    paths = [p for p in paths if not any(part.startswith(".") for part in p.relative_to(folder).parts)]
    if not paths:
        raise SourceError(f"{folder} holds no .md, .html, .txt or .rst page; name another folder")
    if len(paths) > PAGES_CAP:
        raise SourceError(f"{folder} holds {len(paths)} pages, more than {PAGES_CAP}; name a folder inside it")
    return [page_of(obtain(str(path), cap=PAGE_CAP), path.relative_to(folder).as_posix()) for path in paths]


def page_of(text: Text, place: str) -> Page:
    """The sections of a text that was obtained; `place` is how they are referred to."""
    content = decoded(text, place)
    is_html = text.media_type in {"text/html", "application/xhtml+xml"} or text.file.lower().endswith(_HTML)
    title, licence = "", ""
    if is_html or (not text.media_type and re.match(r"\s*<(!doctype html|html)\b", content, re.IGNORECASE)):
        content, title, licence = _markdown(content)
    sections = split(content, place)
    if not sections:
        raise SourceError(f"{place} holds no text; it may be drawn by a script: save the page from a browser")
    heading = next((s.heading for s in sections if s.heading), "")
    source = Source(
        kind="prose",
        title=title or heading or text.file or place,
        url=text.url,
        package=text.package,
        version=text.version,
        file=text.file,
        sha256=hashlib.sha256(text.content).hexdigest(),
        licence=licence or "not stated",
    )
    return Page(source=source, sections=sections)


# HTML --------------------------------------------------------------------------------------------------------------


def _markdown(html: str) -> tuple[str, str, str]:
    """A page's text as Markdown with `{#anchor}` behind its headings, its title, and the licence it links to."""
    if importlib.util.find_spec("markdownify") is None or importlib.util.find_spec("bs4") is None:
        raise MissingExtra("reading HTML pages", "prose")
    soup_of: Any = importlib.import_module("bs4").BeautifulSoup
    converter: Any = importlib.import_module("markdownify").MarkdownConverter
    soup = soup_of(html, "html.parser")
    title = " ".join(soup.title.get_text().split()) if soup.title else ""
    named = soup.select_one("link[rel~=license][href], a[rel~=license][href]")
    inner = next((found for name in _INNER if (found := soup.select_one(name))), soup)
    for name in _AROUND:
        for node in inner.select(name):
            # A page's header goes, with its menu; the header of an article holds its first heading.
            if name != "header" or not node.find(re.compile("^h[1-6]$")):
                node.decompose()
    for heading in inner.find_all(re.compile("^h[1-6]$")):
        anchor = _anchor(heading)
        words = " ".join(heading.get_text(" ").split()).strip("¶# ")
        heading.clear()
        heading.append(f"{words} {{#{anchor}}}" if anchor else words)
    text = str(converter(heading_style="ATX", strip=["img"], escape_misc=False, escape_asterisks=False,
                         escape_underscores=False, autolinks=False).convert_soup(inner))  # fmt: skip
    # Links lead nowhere from a contract: their words stay.
    text = re.sub(r"(?<!!)\[([^\]\n]*)\]\([^)\s]*(?:\s+\"[^\"]*\")?\)", r"\1", text)
    return text, title, str(named["href"]) if named else ""


def _anchor(heading: Any) -> str:
    """The id that leads to a heading: its own, that of a link in it, or that of the section it opens."""
    if heading.get("id"):
        return str(heading["id"])
    inside = heading.find(attrs={"id": True}) or heading.find("a", attrs={"name": True})
    if inside is not None:
        return str(inside.get("id") or inside.get("name"))
    around = heading.parent
    if around is not None and around.name in {"section", "div"} and around.get("id"):
        first = around.find(re.compile("^h[1-6]$"))
        if first is heading:
            return str(around["id"])
    return ""


# Markdown ----------------------------------------------------------------------------------------------------------


def split(markdown: str, place: str) -> tuple[Section, ...]:
    """The sections of a Markdown text, in order; headings without text of their own are kept where others lie below.

    Anchors are those written as `{#anchor}`, else made as GitHub makes them: lower case, spaces as hyphens, without
    punctuation, numbered when they repeat.
    """
    lines = _without_front_matter(markdown.replace("\r\n", "\n").split("\n"))
    found: list[tuple[int, str, list[str]]] = [(0, "", [])]
    fence = ""
    for line in lines:
        mark = _FENCE.match(line)
        if mark and (not fence or mark.group(1).startswith(fence)):
            fence = "" if fence else mark.group(1)
        heading = None if fence or mark else _ATX.match(line)
        under = None if fence or mark else _UNDERLINE.match(line)
        before = found[-1][2][-1].strip() if found[-1][2] else ""
        alone = (
            bool(before)
            and not before.startswith(("-", "*", "|", ">", "#"))
            and (len(found[-1][2]) < 2 or not found[-1][2][-2].strip())
        )
        if heading:
            found.append((len(heading.group(1)), heading.group(2), []))
        elif under and alone:
            found[-1][2].pop()
            found.append((1 if under.group(1)[0] == "=" else 2, before, []))
        else:
            found[-1][2].append(line)
    return _placed(found, place)


def _placed(found: list[tuple[int, str, list[str]]], place: str) -> tuple[Section, ...]:
    sections: list[Section] = []
    taken: dict[str, int] = {}
    trail: list[tuple[int, str]] = []
    for level, raw, lines in found:
        text = re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines)).strip()
        if not raw and not text:
            continue
        marked = _ANCHOR.search(raw)
        heading = re.sub(r"[*_`]+(?=\w)|(?<=[\w)])[*_`]+", "", _ANCHOR.sub("", raw)).strip()
        anchor = marked.group(1) if marked else _slug(heading)
        if anchor in taken and not marked:
            taken[anchor] += 1
            anchor = f"{anchor}-{taken[anchor]}"
        taken.setdefault(anchor, 0)
        while trail and trail[-1][0] >= level:
            trail.pop()
        where = f"{place}#{anchor}" if heading and anchor else place
        above = tuple(name for _, name in trail)
        sections.append(Section(heading=heading, above=above, anchor=anchor if heading else "", text=text, where=where))
        if heading:
            trail.append((level, heading))
    return tuple(sections) if any(s.text for s in sections) else ()


def _below(sections: tuple[Section, ...], anchor: str) -> tuple[Section, ...]:
    for place, section in enumerate(sections):
        if section.anchor == anchor and section.heading:
            deeper = [section]
            for later in sections[place + 1 :]:
                if len(later.above) <= len(section.above) or later.above[len(section.above)] != section.heading:
                    break
                deeper.append(later)
            return tuple(deeper)
    return ()


def _slug(heading: str) -> str:
    kept = re.sub(r"[^\w\- ]", "", heading.lower())
    return kept.strip().replace(" ", "-")


def _without_front_matter(lines: list[str]) -> list[str]:
    if lines and lines[0].strip() == "---":
        for place, line in enumerate(lines[1:60], start=1):
            if line.strip() in {"---", "..."}:
                return lines[place + 1 :]
    return lines
