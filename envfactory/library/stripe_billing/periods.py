"""Periods of recurring prices."""

from __future__ import annotations

import calendar
import json
from datetime import UTC, datetime, timedelta

from envfactory.environment.store import Row


def period_end(start: datetime, price: Row) -> datetime:
    """When a period of a recurring price ends that begins at `start`; a month without that day ends on its last."""
    terms = json.loads(price["recurring"])
    count: int = terms["interval_count"]
    if terms["interval"] == "week":
        return start + timedelta(weeks=count)
    months = start.month - 1 + count * (12 if terms["interval"] == "year" else 1)
    year, month = start.year + months // 12, months % 12 + 1
    day = min(start.day, calendar.monthrange(year, month)[1])
    return start.astimezone(UTC).replace(year=year, month=month, day=day)
