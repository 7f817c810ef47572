"""What answers show, and how lists are ordered: due moments, lateness, `orderBy`."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime

from pydantic import BaseModel, Field

from envfactory.environment.entropy import utc
from envfactory.environment.store import Row
from envfactory.errors import ToolError

from .arguments import DateParts, TimeParts
from .entities import StudentSubmission

_ADDRESS = re.compile(r"https?://|www\.", re.IGNORECASE)


class ShownSubmission(StudentSubmission):
    """One submission, and whether it is late."""

    late: bool = Field(description="Whether it was turned in, or is still not, after the work was due.")


class ShownSubmissions(BaseModel):
    """A page of submissions."""

    studentSubmissions: list[ShownSubmission]
    nextPageToken: str | None = Field(default=None, description="The token of the next page; absent on the last.")


def check_name(name: str) -> None:
    """Refuse a course's name with an address of the web in it; raises ToolError."""
    if _ADDRESS.search(name):
        raise ToolError("the name of a course cannot contain a web address")


def whole_points(most: float | None) -> float | None:
    """The most points as they are kept: none for 0; raises ToolError for what is not whole."""
    if most is not None and most != int(most):
        raise ToolError("maxPoints: a whole number is wanted", code="invalid_arguments")
    return most or None


def due_fields(day: DateParts | None, time: TimeParts | None) -> Row:
    """A due date and time as they are kept, those that are given; raises ToolError for a day that no calendar has."""
    found: Row = {}
    if day is not None:
        try:
            date(day["year"], day["month"], day["day"])
        except ValueError:
            raise ToolError(f"dueDate: there is no such day as {dict(day)}", code="invalid_arguments") from None
        found["dueDate"] = dict(day)
    if time is not None:
        found["dueTime"] = {"hours": time["hours"], "minutes": time.get("minutes", 0)}
    return found


def check_due(work: Row) -> None:
    """Refuse course work that has a due date or a due time without the other; raises ToolError."""
    if (work.get("dueDate") is None) != (work.get("dueTime") is None):
        raise ToolError("a due date and a due time go together", code="invalid_arguments")


def due_moment(work: Row) -> datetime | None:
    """When a row of course work is due; None when it never is."""
    if work["dueDate"] is None or work["dueTime"] is None:
        return None
    day, time = json.loads(work["dueDate"]), json.loads(work["dueTime"])
    return datetime(day["year"], day["month"], day["day"], time["hours"], time["minutes"], tzinfo=UTC)


def is_late(submission: Row, work: Row, now: datetime) -> bool:
    """Whether a submission was turned in after its work was due, or is not turned in although it was due."""
    due = due_moment(work)
    if due is None:
        return False
    turned_in = submission["turnedInTime"]
    return (utc(turned_in) if turned_in else now) > due


def ordered(rows: Sequence[Row], order: str, fields: Sequence[str]) -> list[Row]:
    """Rows as `updateTime desc, dueDate` says; raises ToolError for what it cannot say.

    Rows without a due date come last, whichever way the others go.
    """
    found = list(rows)
    for part in reversed(order.split(",")):
        words = part.split()
        if not 1 <= len(words) <= 2 or words[0] not in fields or words[1:] not in ([], ["asc"], ["desc"]):
            raise ToolError(
                f"orderBy: {part.strip()!r} is not one of {', '.join(fields)}, with asc or desc behind it",
                code="invalid_arguments",
            )
        backward = words[1:] == ["desc"]
        keyed = [(_measure(row, words[0]), row) for row in found]
        known = [(key, row) for key, row in keyed if key is not None]
        known.sort(key=lambda item: item[0], reverse=backward)
        found = [row for _, row in known] + [row for key, row in keyed if key is None]
    return found


def _measure(row: Row, field: str) -> datetime | None:
    return due_moment(row) if field == "dueDate" else utc(row["updateTime"])
