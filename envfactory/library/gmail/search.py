"""The search language of `q`: terms that must all hold of a message."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from envfactory.environment.entropy import rfc3339
from envfactory.environment.store import Row
from envfactory.errors import ToolError

TRASH, SPAM, UNREAD, DRAFT = "TRASH", "SPAM", "UNREAD", "DRAFT"
_TERM = re.compile(r'(-?)(?:([A-Za-z_]+):)?("[^"]*"|[^\s"]+)')
_WORD = re.compile(r"\w+")
_DAY = re.compile(r"(\d{4})[/-](\d{1,2})[/-](\d{1,2})")
_AGE = re.compile(r"(\d{1,4})d")
_STATES = {"unread": UNREAD, "starred": "STARRED", "important": "IMPORTANT"}
_FIELDS = ("from", "to", "cc", "subject", "filename")
_PLACES = ("inbox", "sent", "trash", "spam", "anywhere")
_OPERATORS = (*_FIELDS, "label", "in", "is", "has", "before", "after", "newer_than", "older_than")


@dataclass(frozen=True)
class Term:
    """One condition: an operator (empty for plain words) and its value; `excluded` by a hyphen."""

    operator: str
    value: str
    excluded: bool


@dataclass(frozen=True)
class Mailbox:
    """What a search must know besides the messages."""

    owner: str
    """The address that `me` stands for."""
    labels: Mapping[str, str]
    """The ids of labels by what `label:` calls them."""
    now: datetime


def parse(q: str) -> list[Term]:
    """The terms of a search; raises ToolError for what it cannot understand."""
    rest = _TERM.sub("", q).strip()
    if rest:
        raise ToolError(f"q: {rest!r} cannot be understood; does a quotation mark lack its partner?", code=_INVALID)
    found = [Term(m[2].casefold() if m[2] else "", m[3].strip('"'), bool(m[1])) for m in _TERM.finditer(q)]
    for term in found:
        _check(term)
    return found


_INVALID = "invalid_arguments"


def _check(term: Term) -> None:
    """Raise ToolError unless the term has an operator and a value that are known."""
    value = term.value.casefold()
    if term.operator and term.operator not in _OPERATORS:
        raise ToolError(f"q: there is no operator {term.operator}:; known: {', '.join(_OPERATORS)}", code=_INVALID)
    if term.value == "OR" or any(sign in term.value for sign in "(){}"):
        raise ToolError("q: OR, braces and parentheses are not understood; search twice instead", code=_INVALID)
    if term.operator == "is" and value not in (*_STATES, "read"):
        raise ToolError(f"q: is: takes {', '.join(_STATES)} or read, not {term.value!r}", code=_INVALID)
    if term.operator == "in" and value not in (*_PLACES, "draft", "drafts"):
        raise ToolError(f"q: in: takes {', '.join(_PLACES)}, not {term.value!r}", code=_INVALID)
    if term.operator == "has" and value != "attachment":
        raise ToolError(f"q: has: takes attachment, not {term.value!r}", code=_INVALID)
    if term.operator in ("in", "label") and value in ("draft", "drafts"):
        raise ToolError("q: drafts are no messages here; list them with drafts_list", code=_INVALID)
    if term.operator in ("before", "after"):
        _day(term.value)
    if term.operator in ("newer_than", "older_than") and not _AGE.fullmatch(value):
        raise ToolError(f"q: {term.operator}: takes a number of days such as 7d, not {term.value!r}", code=_INVALID)


def hidden_wanted(terms: list[Term]) -> bool:
    """Whether a search asks for what lies in spam or trash."""
    wanted = {"in": ("trash", "spam", "anywhere"), "label": ("trash", "spam")}
    return any(not t.excluded and t.value.casefold() in wanted.get(t.operator, ()) for t in terms)


def fits(message: Row, terms: list[Term], mailbox: Mailbox) -> bool:
    """Whether all terms hold of a message."""
    return all(_holds(message, term, mailbox) != term.excluded for term in terms)


def label_name(name: str) -> str:
    """A label's name as `label:` takes it: `Clients/Harbour Books` is `clients-harbour-books`."""
    return re.sub(r"[\s/]", "-", name.casefold())


def _holds(message: Row, term: Term, mailbox: Mailbox) -> bool:
    value = term.value.casefold()
    labels: list[str] = json.loads(message["labelIds"])
    files: list[Row] = json.loads(message["attachments"])
    match term.operator:
        case "from" | "to" | "cc":
            return _mentions(message[term.operator], mailbox.owner if value == "me" else value)
        case "subject":
            return _mentions(message["subject"], value)
        case "filename":
            return any(_mentions(file["filename"], value) for file in files)
        case "has":
            return bool(files)
        case "is":
            return UNREAD not in labels if value == "read" else _STATES[value] in labels
        case "in":
            return value == "anywhere" or value.upper() in labels
        case "label":
            return mailbox.labels.get(label_name(value)) in labels
        case "before" | "older_than":
            return message["internalDate"] < _since(term, mailbox.now)
        case "after" | "newer_than":
            return message["internalDate"] >= _since(term, mailbox.now)
        case _:
            texts = [message["from"], message["to"], message["cc"], message["subject"], message["body"]]
            return any(_mentions(text, value) for text in (*texts, *(file["filename"] for file in files)))


def _since(term: Term, now: datetime) -> str:
    """The time that a date or an age stands for."""
    if term.operator in ("before", "after"):
        return f"{_day(term.value).isoformat()}T00:00:00.000Z"
    return rfc3339(now - timedelta(days=int(term.value[:-1])))


def _day(text: str) -> date:
    found = _DAY.fullmatch(text)
    try:
        if found:
            return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        pass
    raise ToolError(f"q: {text!r} is no day such as 2026/03/02", code=_INVALID)


def _mentions(text: str | None, phrase: str) -> bool:
    """Whether the words of a phrase stand in a text, one after the other; a phrase without words is nowhere."""
    held, wanted = _WORD.findall((text or "").casefold()), _WORD.findall(phrase)
    width = len(wanted)
    return width > 0 and any(held[place : place + width] == wanted for place in range(len(held)))
