"""Whose calendars these are and what the user may do: what the tools share."""

from __future__ import annotations

from envfactory.environment.environment import Environment
from envfactory.environment.store import Row
from envfactory.errors import ToolError

from .entities import AclRule, AclRuleRole, AclRuleScope, Event
from .moments import Busy, joined, moment_of, unseen
from .people import concealed, declined, decoded, rule_id, shown

ROLES = ("none", "freeBusyReader", "reader", "writerWithoutPrivateAccess", "writer", "owner")
"""What one may do with a calendar, each with all that those before it allow."""
PRIMARY = "primary"
"""What callers may write for the id of the user's own main calendar."""


class Access(Environment):
    """Calendars, events and sharing rules as far as the user may see or change them."""

    def user(self) -> Row:
        """The user's primary calendar, whose id is the user's e-mail address."""
        return self.need("calendars", "primary calendar", primary=True)

    def found(self, calendar: str) -> Row | None:
        """A calendar that the user can see, by its id or as `primary`; None when there is none."""
        row = self.user() if calendar == PRIMARY else self.db.get("calendars", id=calendar)
        return row if row is not None and row["accessRole"] != "none" else None

    def calendar(self, calendar: str, least: AclRuleRole = "freeBusyReader") -> Row:
        """A calendar in which the user may do at least this; raises ToolError."""
        row = self.found(calendar)
        if row is None:
            raise ToolError(f"there is no calendar {calendar!r}", code="not_found")
        if ROLES.index(row["accessRole"]) < ROLES.index(least):
            role = row["accessRole"]
            raise ToolError(f"this needs the role {least} on {row['summary']!r}; yours is {role}", code="forbidden")
        return row

    def event(self, calendar: Row, event: str) -> Row:
        """An event of a calendar; raises ToolError."""
        what = f"event in the calendar {calendar['summary']!r} with the id"
        return decoded(self.need("events", what, calendarId=calendar["id"], id=event))

    def own(self, calendar: str, event: str) -> tuple[Row, Row]:
        """A calendar and an event in it that the user may change; raises ToolError."""
        home = self.calendar(calendar, "writerWithoutPrivateAccess")
        found = self.event(home, event)
        if concealed(found, home, self.user()["id"]):
            raise ToolError("the event is private, and its details are hidden from you", code="forbidden")
        return home, found

    def view(self, event: Row, calendar: Row) -> Event:
        """An event as the user sees it in a calendar."""
        return Event.model_validate(shown(event, calendar, self.user()["id"]))

    def rule(self, calendar: str, rule: str) -> tuple[Row, Row]:
        """A calendar and a sharing rule of it that the user may change; raises ToolError."""
        home = self.calendar(calendar, "owner")
        what = f"sharing rule of the calendar {home['summary']!r} with the id"
        found = self.need("acl_rules", what, calendarId=home["id"], id=rule)
        if found["role"] == "none":
            raise ToolError(f"the sharing rule {rule!r} has been taken away", code="not_found")
        self.check_shared(home, rule)
        return home, found

    def check_shared(self, calendar: Row, rule: str) -> None:
        """Raise ToolError when a rule is the user's own, or that of the calendar's data owner."""
        if rule in {f"user:{address}" for address in (self.user()["id"], calendar["dataOwner"])}:
            raise ToolError("your own access, and that of the calendar's owner, cannot be changed", code="forbidden")

    def share(self, calendar: str, scope: AclRuleScope, role: AclRuleRole) -> AclRule:
        """Write the rule for a scope, in place of the one it has."""
        key = {"calendarId": calendar, "id": rule_id(scope)}
        row: Row = {**key, "scope": scope, "role": role}
        if self.db.update("acl_rules", {"role": role}, **key) == 0:
            self.db.insert("acl_rules", {**row, "seq": self.db.next_number("acl_rules", "seq")})
        return AclRule.model_validate(row)

    def busy(self, calendar: str, low: str, high: str) -> Busy:
        """When a calendar is busy between two times."""
        row = self.found(calendar)
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


def person(calendar: Row) -> Row:
    """A calendar as the organizer or creator of an event."""
    return {"email": calendar["id"], "displayName": calendar["summary"]}


def texts(**given: str | None) -> Row:
    """The texts that were given; an empty one removes what was there."""
    return {name: text or None for name, text in given.items() if text is not None}
