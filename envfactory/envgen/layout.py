"""Python text from parts: names and literals that cannot break out, and lines laid out as the formatter would.

Whatever a document says reaches generated code through `literal`, `docstring` or a checked identifier, and nowhere
else. The layout follows ruff's style (https://docs.astral.sh/ruff/formatter/): what fits on one line stays on one,
what does not has one item a line and a comma after the last.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

WIDTH = 120


def plain(text: str) -> str:
    """`text` on one line, without characters that cannot be seen."""
    return "".join(c for c in " ".join(text.split()) if c.isprintable())


def literal(value: object) -> str:
    """A Python expression equal to `value` (None, truth, numbers, text, lists and objects of them)."""
    if isinstance(value, str):
        quote = "'" if value.count('"') > value.count("'") else '"'
        return quote + "".join(_escaped(c, quote) for c in value) + quote
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(literal, cast("list[Any]", value))) + "]"
    if isinstance(value, dict):
        pairs = cast("dict[str, Any]", value).items()
        return "{" + ", ".join(f"{literal(k)}: {literal(v)}" for k, v in pairs) + "}"
    if value is None or isinstance(value, bool | int | float):
        return repr(value)
    raise TypeError(f"no literal for {type(value).__name__}")


def _escaped(character: str, quote: str) -> str:
    if character in (quote, "\\"):
        return "\\" + character
    return character if character.isprintable() else repr(character)[1:-1]


def docstring(text: str, indent: str) -> list[str]:
    """The lines of a docstring that says `text`."""
    safe = plain(text).replace("\\", "\\\\").replace('"', '\\"')
    # Quotation marks need no escape unless three meet, or one ends the text.
    safe = safe.replace('\\"', '"') if '\\"\\"\\"' not in safe and not safe.endswith('"') else safe
    room = WIDTH - len(indent)
    if len(safe) + 6 <= room:
        return [f'{indent}"""{safe}"""']
    lines = textwrap.wrap('"""' + safe, room, break_long_words=False, break_on_hyphens=False)
    return [indent + line for line in lines] + [f'{indent}"""']


@dataclass(frozen=True)
class Text:
    """A string literal, which may be written as several when it is long."""

    value: str


@dataclass(frozen=True)
class Group:
    """Brackets with items in them, on one line or one item a line."""

    open: str
    items: tuple[Code, ...]
    close: str
    single: bool = False
    """It takes exactly one item: a comma behind that would make a tuple of it."""


@dataclass(frozen=True)
class Row:
    """Parts one after another."""

    parts: tuple[Code, ...]


Code: TypeAlias = "str | Text | Group | Row"


def row(*parts: Code) -> Row:
    """Parts one after another."""
    return Row(parts)


def group(opening: str, items: Sequence[Code], closing: str, *, single: bool = False) -> Group:
    """Brackets with items in them."""
    return Group(opening, tuple(items), closing, single)


def flat(code: Code) -> str:
    """`code` on one line, however long."""
    match code:
        case str():
            return code
        case Text():
            return literal(code.value)
        case Group():
            return code.open + ", ".join(map(flat, code.items)) + code.close
        case Row():
            return "".join(map(flat, code.parts))


def lay(code: Code, indent: str, tail: str = "") -> list[str]:
    """The lines of `code`, the first behind `indent` and the last before `tail`."""
    line = indent + flat(code) + tail
    if len(line) <= WIDTH:
        return [line]
    return _opened((code,), indent, tail) or [line]


def exploded(code: Group, indent: str, tail: str = "") -> list[str]:
    """The lines of `code` with one item a line, even if they would fit on one."""
    inner = indent + "    "
    lines = [line for item in code.items for line in lay(item, inner, "" if code.single else ",")]
    return [indent + code.open, *lines, indent + code.close + tail]


def _opened(parts: tuple[Code, ...], indent: str, tail: str) -> list[str]:
    """Open the last part that has something to open."""
    for place in range(len(parts) - 1, -1, -1):
        part = parts[place]
        before = "".join(map(flat, parts[:place]))
        after = "".join(map(flat, parts[place + 1 :])) + tail
        if isinstance(part, Row):
            opened = _opened(tuple(p for p in (before, *part.parts) if p != ""), indent, after)
            if opened:
                return opened
        if isinstance(part, Group) and part.items:
            lines = exploded(part, indent, after)
            return [indent + before + part.open, *lines[1:]]
        if isinstance(part, Text):
            return _several(part.value, before, indent, after)
    return []


def _several(text: str, before: str, indent: str, after: str) -> list[str]:
    inner = indent + "    "
    pieces: list[str] = []
    piece = ""
    for word in text.split(" "):
        longer = f"{piece} {word}" if piece else word
        if piece and len(inner + literal(longer + " ")) > WIDTH:
            pieces.append(piece + " ")
            longer = word
        piece = longer
    pieces.append(piece)
    if len(pieces) == 1:
        return [indent + before + literal(text) + after]
    return [f"{indent}{before}(", *(inner + literal(item) for item in pieces), f"{indent}){after}"]
