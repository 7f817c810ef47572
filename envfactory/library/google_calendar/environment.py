"""Google Calendar: compiled from spec.json by EnvFactory; change that, or overrides.py."""

from __future__ import annotations

from .overrides import Overrides


class GoogleCalendar(Overrides):
    """Calendars of one user, as that user sees them: events with guests, sharing rules, and busy times. A calendar and
    its entry in the user's list are one row.
    """
