"""How well one value fits where another is wanted, when nobody declared it: names, identifiers, kinds, main results."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from envfactory.graph.shape import Leaf
from envfactory.graph.words import HANDLES, canonical_words, fits, kind, said_kind, split

EQUAL = 0.8
"""Both have the same name, and the name says something."""

SAID = 0.75
"""The parameter's description names the tool that gives the value."""

_COMMON = frozenset(
    ["name", "title", "type", "note", "status", "count", "number", "date", "time", "query", "place", "code", "email"]
)
"""Names that say next to nothing by themselves: two values called `name` are names of whatever."""
_VAGUE = frozenset({"city", "country", "location", "address", "data", "result", "region", "state", "text", "value"})
_WORD = re.compile(r"[A-Za-z]+")
_RARE = frozenset({"slug", "token", "handle", "uuid"})
"""Identifiers of a sort that few tools give, so that the word alone tells something."""
_ANY = 0.34
"""What the main result of another tool gets where any text, number or sum of money goes in."""
_SPOKEN = frozenset({"text", "sentence", "content", "body", "paragraph"})
"""Names of parameters that take what people write."""
_DATA = frozenset({"data", "message", "input", "payload"})
"""Names of parameters that take anything at all."""


@dataclass(frozen=True)
class Read:
    """A leaf as words."""

    words: frozenset[str]
    head: str
    modifiers: frozenset[str]
    about: frozenset[str]
    handle: bool
    """An identifier: only a tool can have given it."""
    kind: str
    number: bool


def read(leaf: Leaf) -> Read:
    """A leaf as words."""
    return _read(leaf.name, leaf.about, leaf.type, leaf.format, leaf.description)


@lru_cache(maxsize=262144)
def _read(name: str, about: str, type: str, format: str, description: str) -> Read:
    words = canonical_words(name)
    spoken = type if type in {"string", "integer", "number"} else "string"
    return Read(
        words=frozenset(words),
        head=words[-1],
        modifiers=frozenset(words[:-1]),
        about=frozenset(canonical_words(about)),
        handle=words[-1] in HANDLES,
        kind=kind(name, type=spoken, format=format, about=about, description=description),
        number=type in {"number", "integer"},
    )


def sink(wanted: Leaf) -> str:
    """`text`, `data`, `number` or `amount` for a parameter that takes anything of the sort; else empty."""
    known = read(wanted)
    if known.handle or wanted.choices:
        return ""
    if known.kind in {"number", "amount"} and known.number:
        return known.kind
    name = set(split(wanted.name))
    return "data" if name <= _DATA else "text" if name <= _SPOKEN else ""


def _into(given: Leaf, one: Read, what: str) -> bool:
    """Whether a tool's main result is something that a parameter of that sort takes."""
    if what == "amount":
        return one.kind == "amount"
    if what == "number":
        return one.number
    return what == "data" or (what == "text" and not one.number and given.type != "boolean")


def fit(given: Leaf, one: Read, wanted: Leaf, other: Read, near: float) -> tuple[float, str]:
    """How well the output `given` fits the parameter `wanted`, from 0 to 1, and why in a few words.

    `one` and `other` are the two as words, `near` is how near their descriptions are. An identifier has to be one of
    the same thing, a name that says something is believed, and what takes any text or any number gets what other tools
    are called for, at a low score.
    """
    if other.number and not one.number and given.type not in {"", "string"}:
        return 0.0, ""
    if other.handle or one.handle:
        score, why = _handles(one, other)
        if not score and not other.modifiers and _mentioned(given, wanted):
            score, why = 0.5, f"the description speaks of {' '.join(split(given.name))}"
    else:
        score, why = _plain(given, one, wanted, other, near)
    return (score * 0.6 if given.echo else score), why


def said_score(given: Leaf, wanted: Leaf, score: float, near: float) -> float:
    """How well a value fits when the parameter's description names its tool: best the one that fits anyhow."""
    one, other = read(given), read(wanted)
    alike = bool(one.words & other.words) or (one.handle and other.handle)
    return SAID + 0.2 * max(score, near) if score or alike else 0.0


def _handles(one: Read, other: Read) -> tuple[float, str]:
    """Identifiers fit when they are of the same thing; whose a bare `id` is, the tool or the object around it says."""
    if one.head != other.head or not (one.handle and other.handle):
        return 0.0, ""
    if one.modifiers and other.modifiers:
        if one.modifiers == other.modifiers:
            return EQUAL + 0.05, "the same name of an identifier"
        if one.modifiers < other.modifiers or other.modifiers < one.modifiers:
            return 0.65, "an identifier of the same thing"
        return 0.0, ""
    shared = (one.modifiers or one.about) & (other.modifiers or other.about)
    if shared:
        said = f"an identifier of the same {' '.join(sorted(shared))}"
        return (0.7 if one.modifiers or other.modifiers else 0.6), said
    return (0.45, "the same sort of identifier") if one.head in _RARE else (0.0, "")


def _plain(given: Leaf, one: Read, wanted: Leaf, other: Read, near: float) -> tuple[float, str]:
    if one.words == other.words and not one.words <= _COMMON:
        return EQUAL - 0.1, "the same name"
    said = said_kind(wanted.name, wanted.description)
    likeness = max(fits(one.kind, other.kind), fits(one.kind, said) if said else 0.0)
    if one.head == other.head and not one.words <= _COMMON and one.modifiers != other.modifiers:
        nested = one.modifiers < other.modifiers or other.modifiers < one.modifiers
        likeness = max(likeness, 0.5 if nested else 0.0)
    score = likeness * (0.8 + 0.4 * near)
    if score < 0.5 and other.kind in {"query", "", "place"} and _mentioned(given, wanted):
        return 0.5, f"the description speaks of {' '.join(split(given.name))}"
    into = sink(wanted)
    if given.main and score < _ANY and _into(given, one, into):
        return _ANY, f"what the tool is called for, into any {into}"
    return score, said or other.kind or "near words"


def _mentioned(given: Leaf, wanted: Leaf) -> bool:
    """Whether the parameter's name or description says the value's name, and the name says something."""
    name = set(split(given.name))
    if name <= _COMMON | HANDLES | _VAGUE or not wanted.name:
        return False
    return name <= _spoken(wanted.name, wanted.description)


@lru_cache(maxsize=65536)
def _spoken(*texts: str) -> frozenset[str]:
    return frozenset(word for text in texts for part in _WORD.findall(text) for word in split(part))
