"""Names and their meaning without a model: words, synonyms, kinds of values, and vectors to compare them by."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

DIMENSIONS = 512

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
_USUAL = frozenset(
    [
        "id",
        "name",
        "title",
        "date",
        "time",
        "note",
        "type",
        "value",
        "number",
        "string",
        "list",
        "default",
        "optional",
        "unique",
        "response",
        "given",
        "one",
        "all",
        "return",
        "returned",
        "used",
        "format",
        "data",
        "url",
        "status",
        "query",
        "object",
        "specific",
    ]
)
"""Words (canonical ones) that most descriptions of values hold."""

HANDLES = frozenset({"id", "identifier", "key", "uid", "uuid", "ref", "reference", "slug", "token", "handle"})
"""Last words of the names of values that only a tool can have given."""

_MONEY = frozenset(
    [
        "payment",
        "salary",
        "wage",
        "income",
        "revenue",
        "profit",
        "expense",
        "tax",
        "bill",
        "principal",
        "discount",
        "tip",
        "budget",
        "sale",
        "earning",
        "earned",
        "allowance",
        "interest",
        "loan",
        "invoice",
        "emi",
    ]
)
"""Words of sums of money that are no synonyms of each other, besides those of `price`."""
_RATES = frozenset(
    [
        "rate",
        "percentage",
        "percent",
        "term",
        "period",
        "count",
        "day",
        "rating",
        "quantity",
        "number",
        "month",
        "year",
        "range",
    ]
)
_NUMBERS = frozenset(["num", "number", "x", "y", "n", "figure", "operand", "1", "2", "3"])
"""Names of parameters that take any number."""

KINDS = (
    *("", "email", "phone", "url", "currency", "timezone", "country", "language", "person", "place", "date", "time"),
    *("title", "text", "amount", "query", "company", "number", "latitude", "longitude"),
)
"""What a value is, beyond its type; the empty kind is unknown."""

_LIKENESS = (
    "email .8, phone .8, person .65, place .65, company .6, date .55, time .5, country .5, currency .5, timezone .5, "
    "language .45, url .45, title .4, amount .4, text .3, number .35, latitude .7, longitude .7"
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
    ("amount", "number"): 0.32,
    ("country", "place"): 0.35,
}


@lru_cache(maxsize=524288)
def split(name: str) -> tuple[str, ...]:
    """The words of a name, in lower case and singular: `dueDates` gives `due`, `date`."""
    words = [part.lower() for part in _SPLIT.findall(name)]
    return tuple(w[:-1] if len(w) > 3 and w.endswith("s") and not w.endswith("ss") else w for w in words) or (name,)


@lru_cache(maxsize=524288)
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
        if plain <= _NUMBERS:
            return "number"
        return "amount" if ("price" in words or plain & _MONEY) and not plain & _RATES else _coordinate(plain)
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


_SAID = (
    (
        "place",
        frozenset(
            [
                "location",
                "locations",
                "city",
                "cities",
                "address",
                "place",
                "places",
                "airport",
                "airports",
                "station",
                "town",
            ]
        ),
    ),
    ("person", frozenset(["person", "people", "user", "artist", "author", "contact", "guest", "customer"])),
    ("country", frozenset(["country", "countries", "iso"])),
    ("email", frozenset(["email", "e-mail"])),
)


def said_kind(name: str, description: str) -> str:
    """What sort of value a search takes, by its description; empty for what is no search, or says nothing."""
    if "query" not in canonical_words(name) and not {"place"} & set(canonical_words(name)):
        return ""
    said = _WORD.findall(description.lower())
    return next((found for found, words in _SAID if any(word in words for word in said)), "")


def _coordinate(plain: set[str]) -> str:
    for found, words in (("latitude", {"lat", "latitude"}), ("longitude", {"lng", "lon", "long", "longitude"})):
        if plain & words:
            return found
    return ""


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
    """Unit vectors of hashed features; shape: items × `DIMENSIONS`.

    Features are hashed to places as in arXiv:0902.2206, without its signs. How much a feature weighs is fixed and not
    counted over the items, so that a vector never depends on what stands beside it.
    """
    found = np.zeros((len(items), DIMENSIONS), dtype=np.float32)
    rows = [row for row, item in enumerate(items) for _ in item]
    places = [_place(feature) for item in items for feature in item]
    weights = [count * _weight(feature) for item in items for feature, count in item.items()]
    np.add.at(found, (rows, places), np.asarray(weights, dtype=np.float32))
    return whole(found)


def whole(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows of length 1, rounded to whole 512ths.

    Sums of products of such numbers are exact in float32, so that equal rows give equal scores however they are laid
    into blocks, on any machine.
    """
    lengths = np.linalg.norm(rows.astype(np.float64), axis=1, keepdims=True)
    return (np.rint(rows / np.where(lengths == 0, 1, lengths) * 512) / 512).astype(np.float32)


@lru_cache(maxsize=262144)
def _weight(feature: str) -> float:
    """How much a feature counts: words that most descriptions hold count half."""
    return 0.5 if feature.removeprefix("w ") in _USUAL else 1.0
