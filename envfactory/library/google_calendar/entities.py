"""Ids, rows and pages of Google Calendar: compiled from spec.json by EnvFactory."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from envfactory.environment.tool import Date, DateTime, FromJson, Key

CalendarId = Annotated[str, Key("calendar", "The id of a calendar; `primary` stands for the user's own main calendar.")]
EventId = Annotated[str, Key("event", "The id of an event.")]
AclRuleId = Annotated[
    str,
    Key("acl_rule", "The id of a sharing rule within its calendar: for whom it is, as `user:` and an e-mail address."),
]
CalendarAccessRole = Literal["none", "freeBusyReader", "reader", "writerWithoutPrivateAccess", "writer", "owner"]
EventStatus = Literal["confirmed", "tentative", "cancelled"]
EventTransparency = Literal["opaque", "transparent"]
EventVisibility = Literal["default", "public", "private", "confidential"]
AclRuleRole = Literal["none", "freeBusyReader", "reader", "writerWithoutPrivateAccess", "writer", "owner"]


class EventStart(TypedDict, total=False):
    """Start of one event, as a caller gives it."""

    date: Annotated[Date, Field(description="The day, for an event that takes whole days.")]
    dateTime: Annotated[
        DateTime,
        Field(description="The time with its offset (RFC 3339), for an event at a time of day."),
    ]


class EventAttendees(TypedDict):
    """Attendees of one event, as a caller gives it."""

    email: Annotated[str, Field(description="The e-mail address of the guest.")]
    displayName: NotRequired[Annotated[str, Field(description="The name of the guest.")]]
    optional: NotRequired[Annotated[bool, Field(description="Whether the guest may stay away.")]]
    responseStatus: NotRequired[Literal["needsAction", "declined", "tentative", "accepted"]]
    comment: NotRequired[Annotated[str, Field(description="What the guest wrote.")]]


class AclRuleScope(TypedDict):
    """Scope of one sharing rule, as a caller gives it."""

    type: Annotated[
        Literal["default", "user", "group", "domain"],
        Field(description="Whether the rule is for everybody (default), one person, a group or a domain."),
    ]
    value: NotRequired[Annotated[str, Field(description="An address, or the name of a domain.")]]


class Calendar(BaseModel):
    """One calendar."""

    id: CalendarId
    summary: str = Field(description="The title of the calendar.")
    description: str | None = Field(default=None, description="What the calendar is for.")
    location: str | None = Field(default=None, description="Where the calendar's events mostly are, as free text.")
    timeZone: str = Field(description="The time zone of the calendar, as an IANA name such as `Europe/Zurich`.")
    dataOwner: str | None = Field(
        default=None,
        description="The e-mail address of the person whose calendar it is; not for primary ones.",
        json_schema_extra={"format": "email"},
    )
    accessRole: CalendarAccessRole = Field(description="What the user may do with the calendar.")
    primary: bool = Field(description="Whether it is the user's own main calendar.")
    summaryOverride: str | None = Field(
        default=None,
        description="The title that the user gave the calendar for themselves.",
    )
    hidden: bool = Field(description="Whether the user has hidden the calendar from the list.")
    selected: bool = Field(description="Whether the events of the calendar show in the user's view.")


class Event(BaseModel):
    """One event."""

    id: EventId
    status: EventStatus = Field(
        description="Whether the event is certain (confirmed), likely (tentative) or deleted (cancelled).",
    )
    summary: str | None = Field(default=None, description="The title of the event.")
    description: str | None = Field(default=None, description="Notes about the event.")
    location: str | None = Field(default=None, description="Where it takes place, as free text.")
    start: Annotated[dict[str, Any], FromJson] = Field(
        description="When it begins: `{dateTime}` for a time of day, `{date}` for whole days.",
    )
    end: Annotated[dict[str, Any], FromJson] = Field(
        description="When it is over: `{dateTime}`, or `{date}`, the day after the last one.",
    )
    attendees: Annotated[list[dict[str, Any]] | None, FromJson] = Field(
        default=None,
        description="Who is invited, each with an answer.",
    )
    transparency: EventTransparency = Field(
        description="Whether the event keeps its time busy (opaque) or leaves it free (transparent).",
    )
    visibility: EventVisibility = Field(
        description=(
            "Who may see the details: as the calendar says (default), everybody who reads it (public), or only those "
            "who may write (private, confidential)."
        ),
    )
    creator: Annotated[dict[str, Any], FromJson] = Field(description="Who created the event.")
    organizer: Annotated[dict[str, Any], FromJson] = Field(
        description="Whose event it is: the calendar in which it was created or to which it was moved.",
    )
    created: str = Field(description="When it was created (RFC 3339, UTC).", json_schema_extra={"format": "date-time"})
    updated: str = Field(
        description="When it was last changed (RFC 3339, UTC).",
        json_schema_extra={"format": "date-time"},
    )


class AclRule(BaseModel):
    """One sharing rule."""

    id: AclRuleId
    scope: Annotated[dict[str, Any], FromJson] = Field(description="For whom the rule is.")
    role: AclRuleRole = Field(description="What they may do: nothing, see busy times, read, write, or manage.")


class CalendarPage(BaseModel):
    """A page of a list, each item one calendar."""

    items: list[Calendar]
    nextPageToken: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class EventPage(BaseModel):
    """A page of a list, each item one event."""

    items: list[Event]
    nextPageToken: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class AclRulePage(BaseModel):
    """A page of a list, each item one sharing rule."""

    items: list[AclRule]
    nextPageToken: str | None = Field(default=None, description="The token of the next page; absent on the last.")
