"""What callers give, with the sentence that tells an agent what it means."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from envfactory.environment.tool import DateTime

from .entities import (
    AclRuleId,
    AclRuleScope,
    CalendarId,
    EventAttendees,
    EventId,
    EventStart,
    EventTransparency,
    EventVisibility,
)
from .moments import BusyItem

Granted = Literal["freeBusyReader", "reader", "writer", "owner"]
"""The roles that callers name."""

CalendarKey = Annotated[CalendarId, Field(description="The calendar: its id, or `primary`.")]
EventKey = Annotated[EventId, Field(description="The event.")]
RuleKey = Annotated[AclRuleId, Field(description="The sharing rule.")]
Destination = Annotated[CalendarId, Field(description="The calendar it is to go to: its id, or `primary`.")]

# Lists ---------------------------------------------------------------------------------------------------------------

Page = Annotated[int, Field(ge=1, le=250, description="How many at most on one page.")]
EventsPage = Annotated[int, Field(ge=1, le=2500, description="How many at most on one page.")]
PageToken = Annotated[str, Field(description="Where to go on: the token that the page before gave.")]
LeastRole = Annotated[Granted, Field(description="Only calendars in which the user may do at least this.")]
ShowHidden = Annotated[bool, Field(description="Whether hidden calendars are among them.")]
ShowDeleted = Annotated[bool, Field(description="Whether deleted events are among them.")]
ShowWithdrawn = Annotated[bool, Field(description="Whether rules that were taken away (role `none`) are among them.")]
TimeMin = Annotated[DateTime, Field(description="Only events that end after this time.")]
TimeMax = Annotated[DateTime, Field(description="Only events that begin before this time.")]
Words = Annotated[
    str,
    Field(
        description=(
            "Only events in which each of these words occurs: in the title, description, location, or the name or "
            "e-mail address of a guest or the organizer."
        )
    ),
]
OrderBy = Annotated[
    Literal["startTime", "updated"],
    Field(description="By start time, or by when they were last changed; without it: as they were created."),
]

# Calendars -----------------------------------------------------------------------------------------------------------

CalendarTitle = Annotated[str, Field(min_length=1, description="The title.")]
OwnTitle = Annotated[str, Field(description="The title for the user alone; an empty one takes it away.")]
Purpose = Annotated[str, Field(description="What the calendar is for.")]
Region = Annotated[str, Field(description="Where its events mostly are.")]
TimeZone = Annotated[
    str,
    Field(
        pattern=r"^(UTC|[A-Z][A-Za-z]+(/[A-Z][A-Za-z_-]+){1,2})$",
        description="Its time zone, as an IANA name such as `Europe/Zurich`.",
    ),
]
Hidden = Annotated[bool, Field(description="Whether it is hidden from the list.")]
Selected = Annotated[bool, Field(description="Whether its events show in the view.")]

# Events --------------------------------------------------------------------------------------------------------------

Title = Annotated[str, Field(description="The title.")]
Place = Annotated[str, Field(description="Where it takes place.")]
Notes = Annotated[str, Field(description="Notes about it.")]
Start = Annotated[
    EventStart,
    Field(description="When it begins: `{dateTime}` with an offset, or `{date}` for whole days."),
]
End = Annotated[
    EventStart,
    Field(description="When it is over: like `start`, and after it; the day after the last one for whole days."),
]
Guests = Annotated[list[EventAttendees], Field(description="Who is invited: the whole list, each with an `email`.")]
Transparency = Annotated[
    EventTransparency,
    Field(description="Whether it keeps the time busy (opaque) or leaves it free (transparent)."),
]
Visibility = Annotated[EventVisibility, Field(description="Who may see the details.")]
FirstStatus = Annotated[Literal["confirmed", "tentative"], Field(description="Whether it is certain.")]
Status = Annotated[
    Literal["confirmed", "tentative", "cancelled"],
    Field(description="Whether it is certain; `cancelled` deletes it, anything else brings it back."),
]

# Sharing and busy times ----------------------------------------------------------------------------------------------

Scope = Annotated[AclRuleScope, Field(description="For whom: `{type, value}`.")]
Role = Annotated[Granted, Field(description="What they may do: see busy times, read, write, or manage.")]
NewRole = Annotated[Granted, Field(description="What they may do from now on.")]
From = Annotated[DateTime, Field(description="The beginning of the time that is asked about.")]
Until = Annotated[DateTime, Field(description="Its end.")]
Asked = Annotated[list[BusyItem], Field(description="The calendars, each as `{id}`.")]
