"""Who is in an event, who may see it, and whom a sharing rule is for."""

from __future__ import annotations

import json
import re
from typing import Any

from envfactory.environment.store import Row
from envfactory.errors import ToolError

from .entities import AclRuleScope, EventAttendees

DETAILS = ("summary", "description", "location", "attendees")
"""What is hidden of an event from those who may only know when it is."""
_NESTED = ("start", "end", "attendees", "creator", "organizer")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_DOMAIN = re.compile(r"[^@\s.]+(\.[^@\s.]+)+")


def same(one: str, other: str) -> bool:
    """Whether two e-mail addresses are one: capitals do not count."""
    return one.casefold() == other.casefold()


def decoded(row: Row) -> Row:
    """An event's row with its lists and objects as values."""
    return row | {name: json.loads(row[name]) for name in _NESTED if isinstance(row[name], str)}


def guests(given: list[EventAttendees], organizer: str) -> list[dict[str, Any]]:
    """The guests as they are kept, each with an answer; raises ToolError for a wrong address or one given twice."""
    kept: list[dict[str, Any]] = []
    for guest in given:
        address = guest["email"]
        if not _ADDRESS.fullmatch(address):
            raise ToolError(f"{address!r} is no e-mail address", code="invalid_arguments")
        if any(same(address, other["email"]) for other in kept):
            raise ToolError(f"{address} is invited twice", code="invalid_arguments")
        answer = "accepted" if same(address, organizer) else "needsAction"
        kept.append({"responseStatus": answer, **guest})
    return kept


def declined(event: Row, address: str) -> bool:
    """Whether the guest with this address has declined the event."""
    return any(same(g["email"], address) and g["responseStatus"] == "declined" for g in event["attendees"] or ())


def concealed(event: Row, calendar: Row, user: str) -> bool:
    """Whether the user may know of the event only when it is: a private one is shown to those who may see private
    events, who created it or who are invited."""
    if calendar["accessRole"] == "freeBusyReader":
        return True
    if calendar["accessRole"] in ("writer", "owner") or event["visibility"] not in ("private", "confidential"):
        return False
    insiders = [event["creator"]["email"], *(guest["email"] for guest in event["attendees"] or ())]
    return not any(same(insider, user) for insider in insiders)


def shown(event: Row, calendar: Row, user: str) -> Row:
    """An event as the user sees it in a calendar."""
    home = calendar["id"]
    found = event | {name: _marked(event[name], home) for name in ("creator", "organizer")}
    if concealed(event, calendar, user):
        return found | dict.fromkeys(DETAILS)
    if event["attendees"] is not None:
        found["attendees"] = [_marked(g, home, event["organizer"]["email"]) for g in event["attendees"]]
    return found


def _marked(person: dict[str, Any], home: str, organizer: str = "") -> dict[str, Any]:
    """A person, with the marks that tell the calendar's own and the organizer."""
    marks = {"self": same(person["email"], home), "organizer": same(person["email"], organizer)}
    return person | {name: True for name, holds in marks.items() if holds}


def mentions(event: Row, q: str) -> bool:
    """Whether every word of `q` occurs in what is shown of the event's texts, guests and organizer."""
    people = [event["organizer"], *(event["attendees"] or ())]
    texts = [event["summary"], event["description"], event["location"]]
    texts += [person.get(name) for person in people for name in ("displayName", "email")]
    held = "\n".join(text for text in texts if text).casefold()
    return all(word in held for word in q.casefold().split())


def scope_of(given: AclRuleScope) -> AclRuleScope:
    """The scope of a sharing rule as it is kept; raises ToolError when its value does not fit its type."""
    kind, value = given["type"], given.get("value", "")
    if kind == "default":
        if value:
            raise ToolError("the scope default is everybody and has no value", code="invalid_arguments")
        return {"type": kind}
    if not (_DOMAIN if kind == "domain" else _ADDRESS).fullmatch(value):
        wanted = "the name of a domain" if kind == "domain" else "an e-mail address"
        raise ToolError(f"a scope of type {kind} needs {wanted}, not {value!r}", code="invalid_arguments")
    return {"type": kind, "value": value.casefold()}


def rule_id(scope: AclRuleScope) -> str:
    """The id of the rule for a scope: `user:mei.tanaka@example.com`, or `default`."""
    return f"{scope['type']}:{scope['value']}" if "value" in scope else scope["type"]
