"""What no default can know of Google Calendar: who may do what, guests and organizers, bounds in time, busy times."""

from __future__ import annotations

from envfactory.environment.store import Row
from envfactory.environment.tool import tool
from envfactory.errors import ToolError

from .access import ROLES, Access, person, texts
from .arguments import (
    Asked,
    CalendarKey,
    CalendarTitle,
    Destination,
    End,
    EventKey,
    EventsPage,
    FirstStatus,
    From,
    Guests,
    Hidden,
    LeastRole,
    NewRole,
    Notes,
    OrderBy,
    OwnTitle,
    Page,
    PageToken,
    Place,
    Purpose,
    Region,
    Role,
    RuleKey,
    Scope,
    Selected,
    ShowDeleted,
    ShowHidden,
    ShowWithdrawn,
    Start,
    Status,
    TimeMax,
    TimeMin,
    TimeZone,
    Title,
    Transparency,
    Until,
    Visibility,
    Words,
)
from .entities import AclRule, AclRulePage, Calendar, CalendarPage, Event, EventPage
from .moments import FreeBusy, check_span
from .people import decoded, guests, mentions, rule_id, same, scope_of, shown


class Overrides(Access):
    """Tools written by hand."""

    # Calendars -------------------------------------------------------------------------------------------------------

    @tool()
    def calendar_list_list(
        self,
        minAccessRole: LeastRole | None = None,
        showHidden: ShowHidden = False,
        maxResults: Page = 100,
        pageToken: PageToken | None = None,
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
        return Calendar.model_validate(self.calendar(calendarId))

    @tool(writes=True)
    def calendar_list_patch(
        self,
        calendarId: CalendarKey,
        summaryOverride: OwnTitle | None = None,
        hidden: Hidden | None = None,
        selected: Selected | None = None,
    ) -> Calendar:
        """Change how a calendar appears to the user: its title in the list, hidden or not, in the view or not. Others
        see nothing of it."""
        row = self.calendar(calendarId)
        changes = self.given({"hidden": hidden, "selected": selected}) | texts(summaryOverride=summaryOverride)
        self.db.update("calendars", changes, id=row["id"])
        return Calendar.model_validate(row | changes)

    @tool(writes=True)
    def calendars_insert(
        self,
        summary: CalendarTitle,
        description: Purpose | None = None,
        location: Region | None = None,
        timeZone: TimeZone = "UTC",
    ) -> Calendar:
        """Create a calendar; the user owns it."""
        user = self.user()
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
            **texts(description=description, location=location),
        }
        self.db.insert("calendars", row)
        self.share(row["id"], {"type": "user", "value": user["id"]}, "owner")
        return Calendar.model_validate(row)

    @tool(writes=True)
    def calendars_patch(
        self,
        calendarId: CalendarKey,
        summary: CalendarTitle | None = None,
        description: Purpose | None = None,
        location: Region | None = None,
        timeZone: TimeZone | None = None,
    ) -> Calendar:
        """Change what is given of a calendar, for everybody who sees it."""
        row = self.calendar(calendarId, "owner")
        changes = self.given({"summary": summary, "timeZone": timeZone})
        changes |= texts(description=description, location=location)
        self.db.update("calendars", changes, id=row["id"])
        return Calendar.model_validate(row | changes)

    @tool(writes=True)
    def calendars_delete(self, calendarId: CalendarKey) -> None:
        """Delete a calendar with all its events and sharing rules; a primary calendar cannot be deleted."""
        row = self.calendar(calendarId, "owner")
        if row["primary"]:
            raise ToolError("the primary calendar cannot be deleted; its events can be cleared")
        self.db.delete("calendars", id=row["id"])

    @tool(writes=True)
    def calendars_clear(self, calendarId: CalendarKey) -> None:
        """Delete all events of the user's primary calendar."""
        row = self.calendar(calendarId, "owner")
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
        timeMin: TimeMin | None = None,
        timeMax: TimeMax | None = None,
        q: Words | None = None,
        orderBy: OrderBy | None = None,
        showDeleted: ShowDeleted = False,
        maxResults: EventsPage = 250,
        pageToken: PageToken | None = None,
    ) -> EventPage:
        """List the events of a calendar. Deleted ones are left out unless asked for."""
        calendar = self.calendar(calendarId)
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
        user = self.user()["id"]
        events = [shown(decoded(row), calendar, user) for row in rows]
        if q is not None:
            events = [event for event in events if mentions(event, q)]
        events, following = self.page(events, maxResults, pageToken)
        return EventPage.model_validate({"items": events, "nextPageToken": following})

    @tool()
    def events_get(self, calendarId: CalendarKey, eventId: EventKey) -> Event:
        """Get one event of a calendar, also one that was deleted."""
        calendar = self.calendar(calendarId)
        return self.view(self.event(calendar, eventId), calendar)

    @tool(writes=True)
    def events_insert(
        self,
        calendarId: CalendarKey,
        start: Start,
        end: End,
        summary: Title | None = None,
        location: Place | None = None,
        description: Notes | None = None,
        attendees: Guests | None = None,
        transparency: Transparency = "opaque",
        visibility: Visibility = "default",
        status: FirstStatus = "confirmed",
    ) -> Event:
        """Create an event in a calendar."""
        calendar = self.calendar(calendarId, "writerWithoutPrivateAccess")
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
            "creator": person(self.user()),
            "organizer": person(calendar),
            "created": self.timestamp,
            "updated": self.timestamp,
            "seq": self.db.next_number("events", "seq"),
            **texts(summary=summary, location=location, description=description),
        }
        self.db.insert("events", row)
        return self.view(self.event(calendar, row["id"]), calendar)

    @tool(writes=True)
    def events_patch(
        self,
        calendarId: CalendarKey,
        eventId: EventKey,
        summary: Title | None = None,
        start: Start | None = None,
        end: End | None = None,
        location: Place | None = None,
        description: Notes | None = None,
        attendees: Guests | None = None,
        transparency: Transparency | None = None,
        visibility: Visibility | None = None,
        status: Status | None = None,
    ) -> Event:
        """Change what is given of an event; the list of guests is replaced as a whole."""
        calendar, event = self.own(calendarId, eventId)
        if start is not None or end is not None:
            check_span(start or event["start"], end or event["end"])
        changes = self.given(
            {"start": start, "end": end, "transparency": transparency, "visibility": visibility, "status": status}
        )
        changes |= texts(summary=summary, location=location, description=description)
        if attendees is not None:
            changes["attendees"] = guests(attendees, event["organizer"]["email"]) or None
        if changes:
            changes["updated"] = self.timestamp
        self.db.update("events", changes, id=eventId)
        return self.view(event | changes, calendar)

    @tool(writes=True)
    def events_delete(self, calendarId: CalendarKey, eventId: EventKey) -> None:
        """Delete an event: it stays readable as cancelled."""
        _, event = self.own(calendarId, eventId)
        if event["status"] == "cancelled":
            raise ToolError("the event has already been deleted")
        self.db.update("events", {"status": "cancelled", "updated": self.timestamp}, id=eventId)

    @tool(writes=True)
    def events_move(
        self,
        calendarId: CalendarKey,
        eventId: EventKey,
        destination: Destination,
    ) -> Event:
        """Move an event to another calendar, which becomes its organizer."""
        source, event = self.own(calendarId, eventId)
        target = self.calendar(destination, "writerWithoutPrivateAccess")
        if target["id"] == source["id"]:
            raise ToolError(f"the event is in the calendar {source['summary']!r} already", code="invalid_arguments")
        if event["status"] == "cancelled":
            raise ToolError("an event that was deleted cannot be moved")
        if not same(event["organizer"]["email"], source["id"]):
            raise ToolError("only the organizer can move an event to another calendar", code="forbidden")
        changes: Row = {"calendarId": target["id"], "organizer": person(target), "updated": self.timestamp}
        self.db.update("events", changes, id=eventId)
        return self.view(event | changes, target)

    # Sharing ---------------------------------------------------------------------------------------------------------

    @tool()
    def acl_list(
        self,
        calendarId: CalendarKey,
        showDeleted: ShowWithdrawn = False,
        maxResults: Page = 100,
        pageToken: PageToken | None = None,
    ) -> AclRulePage:
        """List the sharing rules of a calendar: who may do what with it."""
        rows = self.db.rows(
            """
            SELECT * FROM acl_rules WHERE calendarId = :calendarId AND (:showDeleted OR role <> 'none')
            ORDER BY seq, id
            """,
            {"calendarId": self.calendar(calendarId, "writer")["id"], "showDeleted": showDeleted},
        )
        rows, following = self.page(rows, maxResults, pageToken)
        return AclRulePage.model_validate({"items": rows, "nextPageToken": following})

    @tool(writes=True)
    def acl_insert(
        self,
        calendarId: CalendarKey,
        scope: Scope,
        role: Role,
    ) -> AclRule:
        """Share a calendar. Whoever has a rule already gets the new role instead."""
        calendar = self.calendar(calendarId, "owner")
        kept = scope_of(scope)
        self.check_shared(calendar, rule_id(kept))
        return self.share(calendar["id"], kept, role)

    @tool(writes=True)
    def acl_patch(
        self,
        calendarId: CalendarKey,
        ruleId: RuleKey,
        role: NewRole | None = None,
    ) -> AclRule:
        """Change the role that a sharing rule gives."""
        calendar, rule = self.rule(calendarId, ruleId)
        changes = self.given({"role": role})
        self.db.update("acl_rules", changes, calendarId=calendar["id"], id=ruleId)
        return AclRule.model_validate(rule | changes)

    @tool(writes=True)
    def acl_delete(self, calendarId: CalendarKey, ruleId: RuleKey) -> None:
        """Take a sharing rule away: its role becomes `none`."""
        calendar, _ = self.rule(calendarId, ruleId)
        self.db.update("acl_rules", {"role": "none"}, calendarId=calendar["id"], id=ruleId)

    # Busy times ------------------------------------------------------------------------------------------------------

    @tool()
    def freebusy_query(
        self,
        timeMin: From,
        timeMax: Until,
        items: Asked,
    ) -> FreeBusy:
        """Tell when calendars are busy between two times."""
        if timeMax <= timeMin:
            raise ToolError("timeMax must be after timeMin", code="invalid_arguments")
        calendars = {item["id"]: self.busy(item["id"], timeMin, timeMax) for item in items}
        return FreeBusy(timeMin=timeMin, timeMax=timeMax, calendars=calendars)
