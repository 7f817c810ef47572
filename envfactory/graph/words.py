"""Names and their meaning without a model: words, synonyms, kinds of values, and vectors to compare them by."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

DIMENSIONS = 1024

_SPLIT = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
_WORD = re.compile(r"[a-z]+")
_GROUPS = (
    "email mail emails mails emailaddress gmail",
    "phone telephone mobile tel phonenumber",
    "person contact people user customer client member attendee participant guest employee passenger",
    "title subject summary headline heading caption",
    "note description body text content comment message details memo remark",
    "start begin from since after earliest min",
    "end finish until to before latest max",
    "due deadline",
    "place location address venue city town destination origin where",
    "price amount cost total fee fare sum balance value",
    "query q search keyword term",
    "url uri link href website",
    "date day",
    "time datetime timestamp moment",
    "id identifier key uid ref reference",
    "file document attachment",
    "repository repo",
    "company organization organisation org business employer",
)
_CANONICAL = {word: group.split()[0] for group in _GROUPS for word in group.split()}
_STOP_WORDS = "a an and are as at be by for if in is it of on or that the this to with which who whose its"
_STOP = frozenset(_STOP_WORDS.split())

KINDS = (
    *("", "email", "phone", "url", "currency", "timezone", "country", "language", "person", "place", "date", "time"),
    *("title", "text", "amount", "query", "company"),
)
"""What a value is, beyond its type; the empty kind is unknown."""

_LIKENESS = (
    "email .8, phone .8, person .65, place .65, company .6, date .55, time .5, country .5, currency .5, timezone .5, "
    "language .45, url .45, title .4, amount .4, text .3"
)
BASE: dict[str, float] = {name: float(share) for name, share in (pair.split() for pair in _LIKENESS.split(", "))}
"""How far two values of one kind can stand in for each other: chosen by us, pinned by tests. A mail address is a mail
address anywhere; a title is the title of something."""

_MIXED: dict[tuple[str, str], float] = {
    ("person", "query"): 0.5,
    ("title", "query"): 0.5,
    ("company", "query"): 0.5,
    ("place", "query"): 0.4,
    ("date", "time"): 0.35,
    ("time", "date"): 0.35,
}


@lru_cache(maxsize=65536)
def split(name: str) -> tuple[str, ...]:
    """The words of a name, in lower case and singular: `dueDates` gives `due`, `date`."""
    words = [part.lower() for part in _SPLIT.findall(name)]
    return tuple(w[:-1] if len(w) > 3 and w.endswith("s") and not w.endswith("ss") else w for w in words) or (name,)


def canonical_words(name: str) -> tuple[str, ...]:
    """The words of a name with synonyms made equal."""
    return tuple(_CANONICAL.get(word, word) for word in split(name))


def kind(name: str, *, type: str, format: str = "", about: str = "", description: str = "") -> str:
    """What sort of value a field holds, from its format, its name, the entity it describes and its description."""
    plain = set(split(name))
    words = set(canonical_words(name))
    said = set(_WORD.findall(description.lower()))
    if format == "email" or "email" in words:
        return "email" if type == "string" else ""
    if format in {"uri", "url"} or "url" in words:
        return "url"
    if plain & {"id", "uid", "type", "kind", "status", "state", "count", "token", "hash"}:
        return ""
    if type in {"integer", "number"}:
        return "amount" if "price" in words and "number" not in plain else ""
    if format == "date" or (not format and "date" in words):
        return "date"
    if format in {"date-time", "time"} or {"time", "due"} & words:
        return "timezone" if "zone" in plain else "time"
    if plain & {"to", "cc", "bcc", "recipient", "attendee", "sender", "invitee"} and "email" in said | {"mail"} & said:
        return "email"
    for word, found in (("phone", "phone"), ("currency", "currency"), ("timezone", "timezone"), ("country", "country")):
        if word in words:
            return found
    if "language" in plain or "locale" in plain:
        return "language"
    if "company" in words:
        return "company"
    if "query" in words:
        return "query"
    people = {"person"} & {*canonical_words(about), *canonical_words(name)}
    if "name" in plain and (people or plain & {"first", "last", "full", "given", "family"}):
        return "person"
    if "place" in words and "email" not in said:
        return "place"
    if "title" in words or "name" in plain:
        return "title"
    return "text" if "note" in words else ""


def fits(given: str, wanted: str) -> float:
    """How far a value of one kind can stand where another is wanted, from 0 to 1."""
    return _MIXED.get((given, wanted), BASE.get(given, 0.0) if given == wanted else 0.0)


FIT: NDArray[np.float32] = np.array([[fits(given, wanted) for given in KINDS] for wanted in KINDS], dtype=np.float32)
"""`fits` as a table: wanted × given, in the order of `KINDS`."""


def features(name: str, about: str, description: str) -> Counter[str]:
    """What two fields are compared by: words of the name, letters of the name, the entity, words of the description."""
    found: Counter[str] = Counter()
    for word in canonical_words(name):
        found[f"w {word}"] += 4
        padded = f"^{word}$"
        for place in range(len(padded) - 2):
            found[f"g {padded[place : place + 3]}"] += 1
    for word in canonical_words(about):
        found[f"w {word}"] += 2
    for word in _WORD.findall(description.lower()[:160]):
        if word not in _STOP:
            found[f"w {_CANONICAL.get(word, word)}"] += 1
    return found


@lru_cache(maxsize=262144)
def _place(feature: str) -> int:
    return zlib.crc32(feature.encode()) % DIMENSIONS


def vectors(items: Sequence[Counter[str]]) -> NDArray[np.float32]:
    """Unit vectors of hashed features, weighted by how rare each is; shape: items × `DIMENSIONS`.

    Features are hashed to places as in arXiv:0902.2206, without its signs.
    """
    seen: Counter[str] = Counter(feature for item in items for feature in item)
    rare = {feature: float(np.log((1 + len(items)) / (1 + count)) + 1) for feature, count in seen.items()}
    rows = [row for row, item in enumerate(items) for _ in item]
    places = [_place(feature) for item in items for feature in item]
    weights = [count * rare[feature] for item in items for feature, count in item.items()]
    found = np.zeros((len(items), DIMENSIONS), dtype=np.float32)
    np.add.at(found, (rows, places), np.asarray(weights, dtype=np.float32))
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    return (found / np.where(lengths == 0, 1, lengths)).astype(np.float32)
