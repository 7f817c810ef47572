"""Periods of recurring prices, and pages as the service gives them."""

from __future__ import annotations

import calendar
import json
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, Field

from envfactory.environment.store import Row

from .entities import Customer, Invoice, Invoiceitem, Price, Subscription

MORE = Field(description="Whether there are more after these.")


class Customers(BaseModel):
    """A page of customers."""

    data: list[Customer]
    has_more: bool = MORE


class Prices(BaseModel):
    """A page of prices."""

    data: list[Price]
    has_more: bool = MORE


class Invoices(BaseModel):
    """A page of invoices."""

    data: list[Invoice]
    has_more: bool = MORE


class InvoiceItems(BaseModel):
    """A page of invoice items."""

    data: list[Invoiceitem]
    has_more: bool = MORE


class Subscriptions(BaseModel):
    """A page of subscriptions."""

    data: list[Subscription]
    has_more: bool = MORE


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
