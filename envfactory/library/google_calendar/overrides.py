"""What no default can know of Google Calendar: who may do what, guests and organizers, bounds in time, busy times."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from envfactory.environment.environment import Environment
from envfactory.environment.store import Row
from envfactory.environment.tool import DateTime, tool
from envfactory.errors import ToolError

from .entities import (
    AclRule,
    AclRuleId,
    AclRulePage,
    AclRuleRole,
    AclRuleScope,
    Calendar,
    CalendarId,
    CalendarPage,
    Event,
    EventAttendees,
    EventId,
    EventPage,
    EventStart,
    EventTransparency,
    EventVisibility,
)
from .moments import Busy, BusyItem, FreeBusy, check_span, joined, moment_of, unseen
from .people import concealed, declined, decoded, guests, mentions, rule_id, same, scope_of, shown

ROLES = ("none", "freeBusyReader", "reader", "writerWithoutPrivateAccess", "writer", "owner")
"""What one may do with a calendar, each with all that those before it allow."""
PRIMARY = "primary"
"""What callers may write for the id of the user's own main calendar."""

CalendarKey = Annotated[CalendarId, Field(description="The calendar: its id, or `primary`.")]
EventKey = Annotated[EventId, Field(description="The event.")]
RuleKey = Annotated[AclRuleId, Field(description="The sharing rule.")]
PageToken = Annotated[str | None, Field(description="Where to go on: the token that the page before gave.")]
Start = Annotated[
    EventStart, Field(description="When it begins: `{dateTime}` with an offset, or `{date}` for whole days.")
]
End = Annotated[
    EventStart, Field(description="When it is over: like `start`, and after it; the day after the last for whole days.")
]
Guests = Annotated[list[EventAttendees], Field(description="Who is invited: the whole list, each with an `email`.")]
Busyness = Annotated[
    EventTransparency, Field(description="Whether it keeps the time busy (opaque) or leaves it free (transparent).")
]
Visibility = Annotated[EventVisibility, Field(description="Who may see the details.")]
TimeZone = Annotated[
    str,
    Field(
        pattern=r"^(UTC|[A-Z][A-Za-z]+(/[A-Z][A-Za-z_-]+){1,2})$",
        description="Its time zone, as an IANA name such as `Europe/Zurich`.",
    ),
]


class Overrides(Environment):
    """Tools written by hand."""

    # Calendars -------------------------------------------------------------------------------------------------------

    @tool()
    def calendar_list_list(
        self,
        minAccessRole: Annotated[
            Literal["freeBusyReader", "reader", "writer", "owner"] | None,
            Field(description="Only calendars in which the user may do at least this."),
        ] = None,
        showHidden: Annotated[bool, Field(description="Whether hidden calendars are among them.")] = False,
        maxResults: Annotated[int, Field(ge=1, le=250, description="How many at most on one page.")] = 100,
        pageToken: PageToken = None,
    ) -> CalendarPage:
        """List the calendars that the user can see, with what the user may do in each."""
        least = ROLES.index(minAccessRole or "freeBusyReader")
        rows = self.db.rows(
            """
            SELECT * FROM calendars
            WHERE accessRole IN (SELECT value FROM json_each(:roles)) AND (:showHidden OR NOT hidden)
            ORDER BY seq, id
            """,
            {"roles": ROLES[least:], "showHidden": showHidden},
        )
        rows, following = self.page(rows, maxResults, pageToken)
        return CalendarPage.model_validate({"items": rows, "nextPageToken": following})

    @tool()
    def calendar_list_get(self, calendarId: CalendarKey) -> Calendar:
        """Get one of the calendars that the user can see."""
        return Calendar.model_validate(self._calendar(calendarId))

    @tool(writes=True)
    def calendar_list_patch(
        self,
        calendarId: CalendarKey,
        summaryOverride: Annotated[str | None, Field(description="The title for the user alone.")] = None,
        hidden: Annotated[bool | None, Field(description="Whether it is hidden from the list.")] = None,
        selected: Annotated[bool | None, Field(description="Whether its events show in the view.")] = None,
    ) -> Calendar:
        """Change how a calendar appears to the user: its title in the list, hidden or not, in the view or not. Others
        see nothing of it."""
        row = self._calendar(calendarId)
        changes = self.given({"hidden": hidden, "selected": selected}) | _texts(summaryOverride=summaryOverride)
        self.db.update("calendars", changes, id=row["id"])
        return Calendar.model_validate(row | changes)

    @tool(writes=True)
    def calendars_insert(
        self,
        summary: Annotated[str, Field(min_length=1, description="The title.")],
        description: Annotated[str | None, Field(description="What the calendar is for.")] = None,
        location: Annotated[str | None, Field(description="Where its events mostly are.")] = None,
        timeZone: TimeZone = "UTC",
    ) -> Calendar:
        """Create a calendar; the user owns it."""
        user = self._user()
        row: Row = {
            "id": f"c_{self.new_id(length=26)}@group.calendar.google.com",
            "summary": summary,
            "timeZone": timeZone,
            "dataOwner": user["id"],
            "accessRole": "owner",
            "primary": False,
            "hidden": False,
            "selected": True,
            "seq": self.db.next_number("calendars", "seq"),
            **_texts(description=description, location=location),
        }
        self.db.insert("calendars", row)
        self._share(row["id"], {"type": "user", "value": user["id"]}, "owner")
        return Calendar.model_validate(row)

    @tool(writes=True)
    def calendars_patch(
        self,
        calendarId: CalendarKey,
        summary: Annotated[str | None, Field(min_length=1, description="The title.")] = None,
        description: Annotated[str | None, Field(description="What the calendar is for.")] = None,
        location: Annotated[str | None, Field(description="Where its events mostly are.")] = None,
        timeZone: TimeZone | None = None,
    ) -> Calendar:
        """Change what is given of a calendar, for everybody who sees it."""
        row = self._calendar(calendarId, "owner")
        changes = self.given({"summary": summary, "timeZone": timeZone})
        changes |= _texts(description=description, location=location)
        self.db.update("calendars", changes, id=row["id"])
        return Calendar.model_validate(row | changes)

    @tool(writes=True)
    def calendars_delete(self, calendarId: CalendarKey) -> None:
        """Delete a calendar with all its events and sharing rules; a primary calendar cannot be deleted."""
        row = self._calendar(calendarId, "owner")
        if row["primary"]:
            raise ToolError("the primary calendar cannot be deleted; its events can be cleared")
        self.db.delete("calendars", id=row["id"])

    @tool(writes=True)
    def calendars_clear(self, calendarId: CalendarKey) -> None:
        """Delete all events of the user's primary calendar."""
        row = self._calendar(calendarId, "owner")
        if not row["primary"]:
            raise ToolError("only the primary calendar can be cleared; delete this one, or its events one by one")
        self.db.rows(
            """
            UPDATE events SET status = 'cancelled', updated = :now
            WHERE calendarId = :calendarId AND status <> 'cancelled'
            """,
            {"calendarId": row["id"], "now": self.timestamp},
        )

    # Events ----------------------------------------------------------------------------------------------------------

    @tool()
    def events_list(
        self,
        calendarId: CalendarKey,
        timeMin: Annotated[DateTime | None, Field(description="Only events that end after this time.")] = None,
        timeMax: Annotated[DateTime | None, Field(description="Only events that begin before this time.")] = None,
        q: Annotated[
            str | None,
            Field(
                description=(
                    "Only events in which each of these words occurs: in the title, description, location, or the "
                    "name or e-mail address of a guest or the organizer."
                )
            ),
        ] = None,
        orderBy: Annotated[
            Literal["startTime", "updated"] | None,
            Field(description="By start time, or by when they were last changed; without it: as they were created."),
        ] = None,
        showDeleted: Annotated[bool, Field(description="Whether deleted events are among them.")] = False,
        maxResults: Annotated[int, Field(ge=1, le=2500, description="How many at most on one page.")] = 250,
        pageToken: PageToken = None,
    ) -> EventPage:
        """List the events of a calendar. Deleted ones are left out unless asked for."""
        calendar = self._calendar(calendarId)
        if timeMin is not None and timeMax is not None and timeMax <= timeMin:
            raise ToolError("timeMax must be after timeMin", code="invalid_arguments")
        rows = self.db.rows(
            """
            SELECT * FROM events
            WHERE calendarId = :calendarId
              AND (:showDeleted OR status <> 'cancelled')
              AND (:timeMin IS NULL OR coalesce("end" ->> 'dateTime', "end" ->> 'date' || 'T00:00:00.000Z') > :timeMin)
              AND (:timeMax IS NULL OR coalesce(start ->> 'dateTime', start ->> 'date' || 'T00:00:00.000Z') < :timeMax)
            ORDER BY CASE :orderBy
                WHEN 'startTime' THEN coalesce(start ->> 'dateTime', start ->> 'date' || 'T00:00:00.000Z')
                WHEN 'updated' THEN updated
            END, seq, id
            """,
            {
                "calendarId": calendar["id"],
                "showDeleted": showDeleted,
                "timeMin": timeMin,
                "timeMax": timeMax,
                "orderBy": orderBy,
            },
        )
        user = self._user()["id"]
        events = [shown(decoded(row), calendar, user) for row in rows]
        if q is not None:
            events = [event for event in events if mentions(event, q)]
        events, following = self.page(events, maxResults, pageToken)
        return EventPage.model_validate({"items": events, "nextPageToken": following})

    @tool()
    def events_get(self, calendarId: CalendarKey, eventId: EventKey) -> Event:
        """Get one event of a calendar, also one that was deleted."""
        calendar = self._calendar(calendarId)
        return self._shown(self._event(calendar, eventId), calendar)

    @tool(writes=True)
    def events_insert(
        self,
        calendarId: CalendarKey,
        start: Start,
        end: End,
        summary: Annotated[str | None, Field(description="The title.")] = None,
        location: Annotated[str | None, Field(description="Where it takes place.")] = None,
        description: Annotated[str | None, Field(description="Notes about it.")] = None,
        attendees: Guests | None = None,
        transparency: Busyness = "opaque",
        visibility: Visibility = "default",
        status: Annotated[Literal["confirmed", "tentative"], Field(description="Whether it is certain.")] = "confirmed",
    ) -> Event:
        """Create an event in a calendar."""
        calendar = self._calendar(calendarId, "writerWithoutPrivateAccess")
        check_span(start, end)
        row: Row = {
            "id": self.new_id(length=26),
            "calendarId": calendar["id"],
            "status": status,
            "start": start,
            "end": end,
            "attendees": guests(attendees, calendar["id"]) if attendees else None,
            "transparency": transparency,
            "visibility": visibility,
            "creator": _person(self._user()),
            "organizer": _person(calendar),
            "created": self.timestamp,
            "updated": self.timestamp,
            "seq": self.db.next_number("events", "seq"),
            **_texts(summary=summary, location=location, description=description),
        }
        self.db.insert("events", row)
        return self._shown(self._event(calendar, row["id"]), calendar)

    @tool(writes=True)
    def events_patch(
        self,
        calendarId: CalendarKey,
        eventId: EventKey,
        summary: Annotated[str | None, Field(description="The title.")] = None,
        start: Start | None = None,
        end: End | None = None,
        location: Annotated[str | None, Field(description="Where it takes place.")] = None,
        description: Annotated[str | None, Field(description="Notes about it.")] = None,
        attendees: Guests | None = None,
        transparency: Busyness | None = None,
        visibility: Visibility | None = None,
        status: Annotated[
            Literal["confirmed", "tentative", "cancelled"] | None,
            Field(description="Whether it is certain; `cancelled` deletes it, anything else brings it back."),
        ] = None,
    ) -> Event:
        """Change what is given of an event; the list of guests is replaced as a whole."""
        calendar, event = self._own(calendarId, eventId)
        if start is not None or end is not None:
            check_span(start or event["start"], end or event["end"])
        changes = self.given(
            {"start": start, "end": end, "transparency": transparency, "visibility": visibility, "status": status}
        )
        changes |= _texts(summary=summary, location=location, description=description)
        if attendees is not None:
            changes["attendees"] = guests(attendees, event["organizer"]["email"]) or None
        if changes:
            changes["updated"] = self.timestamp
        self.db.update("events", changes, id=eventId)
        return self._shown(event | changes, calendar)

    @tool(writes=True)
    def events_delete(self, calendarId: CalendarKey, eventId: EventKey) -> None:
        """Delete an event: it stays readable as cancelled."""
        _, event = self._own(calendarId, eventId)
        if event["status"] == "cancelled":
            raise ToolError("the event has already been deleted")
        self.db.update("events", {"status": "cancelled", "updated": self.timestamp}, id=eventId)

    @tool(writes=True)
    def events_move(
        self,
        calendarId: CalendarKey,
        eventId: EventKey,
        destination: Annotated[CalendarId, Field(description="The calendar it is to go to: its id, or `primary`.")],
    ) -> Event:
        """Move an event to another calendar, which becomes its organizer."""
        source, event = self._own(calendarId, eventId)
        target = self._calendar(destination, "writerWithoutPrivateAccess")
        if target["id"] == source["id"]:
            raise ToolError(f"the event is in the calendar {source['summary']!r} already", code="invalid_arguments")
        if event["status"] == "cancelled":
            raise ToolError("an event that was deleted cannot be moved")
        if not same(event["organizer"]["email"], source["id"]):
            raise ToolError("only the organizer can move an event to another calendar", code="forbidden")
        changes: Row = {"calendarId": target["id"], "organizer": _person(target), "updated": self.timestamp}
        self.db.update("events", changes, id=eventId)
        return self._shown(event | changes, target)

    # Sharing ---------------------------------------------------------------------------------------------------------

    @tool()
    def acl_list(
        self,
        calendarId: CalendarKey,
        showDeleted: Annotated[
            bool, Field(description="Whether rules that were taken away (role `none`) are among them.")
        ] = False,
        maxResults: Annotated[int, Field(ge=1, le=250, description="How many at most on one page.")] = 100,
        pageToken: PageToken = None,
    ) -> AclRulePage:
        """List the sharing rules of a calendar: who may do what with it."""
        rows = self.db.rows(
            """
            SELECT * FROM acl_rules WHERE calendarId = :calendarId AND (:showDeleted OR role <> 'none')
            ORDER BY seq, id
            """,
            {"calendarId": self._calendar(calendarId, "writer")["id"], "showDeleted": showDeleted},
        )
        rows, following = self.page(rows, maxResults, pageToken)
        return AclRulePage.model_validate({"items": rows, "nextPageToken": following})

    @tool(writes=True)
    def acl_insert(
        self,
        calendarId: CalendarKey,
        scope: Annotated[AclRuleScope, Field(description="For whom: `{type, value}`.")],
        role: Annotated[AclRuleRole, Field(description="What they may do.")],
    ) -> AclRule:
        """Share a calendar. Whoever has a rule already gets the new role instead."""
        calendar = self._calendar(calendarId, "owner")
        kept = scope_of(scope)
        self._check_shared(calendar, rule_id(kept))
        return self._share(calendar["id"], kept, role)

    @tool(writes=True)
    def acl_patch(
        self,
        calendarId: CalendarKey,
        ruleId: RuleKey,
        role: Annotated[AclRuleRole | None, Field(description="What they may do from now on.")] = None,
    ) -> AclRule:
        """Change the role that a sharing rule gives."""
        calendar, rule = self._rule(calendarId, ruleId)
        changes = self.given({"role": role})
        self.db.update("acl_rules", changes, calendarId=calendar["id"], id=ruleId)
        return AclRule.model_validate(rule | changes)

    @tool(writes=True)
    def acl_delete(self, calendarId: CalendarKey, ruleId: RuleKey) -> None:
        """Take a sharing rule away: its role becomes `none`."""
        calendar, _ = self._rule(calendarId, ruleId)
        self.db.update("acl_rules", {"role": "none"}, calendarId=calendar["id"], id=ruleId)

    # Busy times ------------------------------------------------------------------------------------------------------

    @tool()
    def freebusy_query(
        self,
        timeMin: Annotated[DateTime, Field(description="The beginning of the time that is asked about.")],
        timeMax: Annotated[DateTime, Field(description="Its end.")],
        items: Annotated[list[BusyItem], Field(description="The calendars, each as `{id}`.")],
    ) -> FreeBusy:
        """Tell when calendars are busy between two times."""
        if timeMax <= timeMin:
            raise ToolError("timeMax must be after timeMin", code="invalid_arguments")
        calendars = {item["id"]: self._busy(item["id"], timeMin, timeMax) for item in items}
        return FreeBusy(timeMin=timeMin, timeMax=timeMax, calendars=calendars)

    # What they share -------------------------------------------------------------------------------------------------

    def _user(self) -> Row:
        """The user's primary calendar, whose id is the user's e-mail address."""
        return self.need("calendars", "primary calendar", primary=True)

    def _found(self, calendar: str) -> Row | None:
        """A calendar that the user can see, by its id or as `primary`; None when there is none."""
        row = self._user() if calendar == PRIMARY else self.db.get("calendars", id=calendar)
        return row if row is not None and row["accessRole"] != "none" else None

    def _calendar(self, calendar: str, least: AclRuleRole = "freeBusyReader") -> Row:
        """A calendar in which the user may do at least this; raises ToolError."""
        row = self._found(calendar)
        if row is None:
            raise ToolError(f"there is no calendar {calendar!r}", code="not_found")
        if ROLES.index(row["accessRole"]) < ROLES.index(least):
            role = row["accessRole"]
            raise ToolError(f"this needs the role {least} on {row['summary']!r}; yours is {role}", code="forbidden")
        return row

    def _event(self, calendar: Row, event: str) -> Row:
        """An event of a calendar; raises ToolError."""
        what = f"event in the calendar {calendar['summary']!r} with the id"
        return decoded(self.need("events", what, calendarId=calendar["id"], id=event))

    def _own(self, calendar: str, event: str) -> tuple[Row, Row]:
        """A calendar and an event in it that the user may change; raises ToolError."""
        home = self._calendar(calendar, "writerWithoutPrivateAccess")
        found = self._event(home, event)
        if concealed(found, home, self._user()["id"]):
            raise ToolError("the event is private, and its details are hidden from you", code="forbidden")
        return home, found

    def _shown(self, event: Row, calendar: Row) -> Event:
        return Event.model_validate(shown(event, calendar, self._user()["id"]))

    def _rule(self, calendar: str, rule: str) -> tuple[Row, Row]:
        """A calendar and a sharing rule of it that the user may change; raises ToolError."""
        home = self._calendar(calendar, "owner")
        what = f"sharing rule of the calendar {home['summary']!r} with the id"
        found = self.need("acl_rules", what, calendarId=home["id"], id=rule)
        if found["role"] == "none":
            raise ToolError(f"the sharing rule {rule!r} has been taken away", code="not_found")
        self._check_shared(home, rule)
        return home, found

    def _check_shared(self, calendar: Row, rule: str) -> None:
        """Raise ToolError when a rule is the user's own, or that of the calendar's data owner."""
        if rule in {f"user:{address}" for address in (self._user()["id"], calendar["dataOwner"])}:
            raise ToolError("your own access, and that of the calendar's owner, cannot be changed", code="forbidden")

    def _share(self, calendar: str, scope: AclRuleScope, role: AclRuleRole) -> AclRule:
        """Write the rule for a scope, in place of the one it has."""
        key = {"calendarId": calendar, "id": rule_id(scope)}
        row: Row = {**key, "scope": scope, "role": role}
        if self.db.update("acl_rules", {"role": role}, **key) == 0:
            self.db.insert("acl_rules", {**row, "seq": self.db.next_number("acl_rules", "seq")})
        return AclRule.model_validate(row)

    def _busy(self, calendar: str, low: str, high: str) -> Busy:
        """When a calendar is busy between two times."""
        row = self._found(calendar)
        if row is None:
            return unseen()
        rows = self.db.rows(
            """
            SELECT * FROM events
            WHERE calendarId = :calendarId AND status <> 'cancelled' AND transparency = 'opaque'
              AND coalesce("end" ->> 'dateTime', "end" ->> 'date' || 'T00:00:00.000Z') > :low
              AND coalesce(start ->> 'dateTime', start ->> 'date' || 'T00:00:00.000Z') < :high
            """,
            {"calendarId": row["id"], "low": low, "high": high},
        )
        events = [event for event in map(decoded, rows) if not declined(event, row["id"])]
        return joined([(moment_of(event["start"]), moment_of(event["end"])) for event in events], low, high)


def _person(calendar: Row) -> Row:
    """A calendar as the organizer or creator of an event."""
    return {"email": calendar["id"], "displayName": calendar["summary"]}


def _texts(**given: str | None) -> Row:
    """The texts that were given; an empty one removes what was there."""
    return {name: text or None for name, text in given.items() if text is not None}
