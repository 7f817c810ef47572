"""What the tools show: records, which name their own key only, and pages of them.

A field that holds another record's key is plain text here. People do not find a customer by an invoice, so no such path
is offered to the tools' graph.
"""

from __future__ import annotations

from pydantic import BaseModel, Field

from .entities import Customer, Invoice, Invoiceitem, Price, Subscription

MORE = Field(description="Whether there are more after these.")


class ShownInvoice(Invoice):
    """One invoice."""

    customer: str = Field(description="Who is billed: the id of the customer.")
    subscription: str | None = Field(default=None, description="The id of its subscription; absent for a single one.")


class ShownItem(Invoiceitem):
    """One invoice item."""

    customer: str = Field(description="Who is billed: the id of the customer.")
    invoice: str | None = Field(default=None, description="The id of the invoice it is on; absent while it is pending.")
    subscription: str | None = Field(default=None, description="The id of the subscription it was billed for.")
    price: str | None = Field(default=None, description="The id of the price it is charged at.")


class ShownSubscription(Subscription):
    """One subscription."""

    customer: str = Field(description="Who is billed: the id of the customer.")
    price: str = Field(description="The id of the recurring price it is billed at.")
    latest_invoice: str | None = Field(default=None, description="The id of the last invoice that was made for it.")


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

    data: list[ShownInvoice]
    has_more: bool = MORE


class InvoiceItems(BaseModel):
    """A page of invoice items."""

    data: list[ShownItem]
    has_more: bool = MORE


class Subscriptions(BaseModel):
    """A page of subscriptions."""

    data: list[ShownSubscription]
    has_more: bool = MORE
