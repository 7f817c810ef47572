"""When events are: their two ends as times, and the times in which a calendar is busy."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from envfactory.errors import ToolError

from .entities import EventStart

DAY = "T00:00:00.000Z"
"""What makes a time of a day: it begins at midnight UTC."""

Span = tuple[str, str]
"""Two times, the second exclusive; their alphabetical order is that of time."""


class BusyItem(TypedDict):
    """One calendar that is asked about."""

    id: str


class BusyTime(BaseModel):
    """A time in which a calendar is busy."""

    start: str = Field(json_schema_extra={"format": "date-time"})
    end: str = Field(json_schema_extra={"format": "date-time"})


class BusyError(BaseModel):
    """Why a calendar could not be looked at."""

    domain: str
    reason: str


class Busy(BaseModel):
    """When one calendar is busy."""

    busy: list[BusyTime]
    errors: list[BusyError] | None = None


class FreeBusy(BaseModel):
    """When calendars are busy between two times."""

    timeMin: str = Field(json_schema_extra={"format": "date-time"})
    timeMax: str = Field(json_schema_extra={"format": "date-time"})
    calendars: dict[str, Busy] = Field(description="By the id that was asked about.")


def check_span(start: EventStart, end: EventStart) -> None:
    """Raise ToolError unless both are times or both are days, and the end comes after the start."""
    for name, moment in (("start", start), ("end", end)):
        if ("date" in moment) == ("dateTime" in moment):
            raise ToolError(f"{name} needs either a dateTime or a date", code="invalid_arguments")
    if ("date" in start) != ("date" in end):
        raise ToolError("start and end must both be times or both be days", code="invalid_arguments")
    if moment_of(end) <= moment_of(start):
        raise ToolError("the event must end after it starts", code="invalid_arguments")


def moment_of(given: EventStart) -> str:
    """The time that one end of an event stands for."""
    return given["dateTime"] if "dateTime" in given else f"{given.get('date', '')}{DAY}"


def joined(spans: Iterable[Span], low: str, high: str) -> Busy:
    """The spans within two times, in order; those that overlap or touch become one."""
    found: list[Span] = []
    for start, end in sorted((max(start, low), min(end, high)) for start, end in spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return Busy(busy=[BusyTime(start=start, end=end) for start, end in found])


def unseen() -> Busy:
    """The answer for a calendar that the user cannot see."""
    return Busy(busy=[], errors=[BusyError(domain="global", reason="notFound")])
