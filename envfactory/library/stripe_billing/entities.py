"""Ids, rows and pages of Stripe Billing: compiled from spec.json by EnvFactory."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from envfactory.environment.tool import FromJson, Key

CustomerId = Annotated[str, Key("customer", "The id of a customer.")]
PriceId = Annotated[str, Key("price", "The id of a price.")]
InvoiceId = Annotated[str, Key("invoice", "The id of an invoice.")]
InvoiceitemId = Annotated[str, Key("invoiceitem", "The id of an invoice item.")]
SubscriptionId = Annotated[str, Key("subscription", "The id of a subscription.")]
PriceType = Literal["one_time", "recurring"]
InvoiceBillingReason = Literal["manual", "subscription_create", "subscription_cycle"]
InvoiceStatus = Literal["draft", "open", "paid", "uncollectible", "void"]
InvoiceCollectionMethod = Literal["charge_automatically", "send_invoice"]
SubscriptionStatus = Literal[
    "active",
    "canceled",
    "incomplete",
    "incomplete_expired",
    "past_due",
    "paused",
    "trialing",
    "unpaid",
]
SubscriptionCollectionMethod = Literal["charge_automatically", "send_invoice"]
SubscriptionPauseCollection = Literal["keep_as_draft", "mark_uncollectible", "void", ""]


class Customer(BaseModel):
    """One customer."""

    id: CustomerId
    name: str | None = Field(default=None, description="What the company is called.")
    email: str | None = Field(
        default=None,
        description="Where invoices are sent to: the contact person's address.",
        json_schema_extra={"format": "email"},
    )
    phone: str | None = Field(default=None, description="Telephone number.")
    description: str | None = Field(
        default=None,
        description=(
            "A note about the customer that only the studio sees: who the contact person is, how they like to be "
            "billed."
        ),
    )
    balance: int = Field(
        description=(
            "What is owed (above zero) or held in credit (below zero), in the smallest unit of the currency; the next "
            "invoice that is finalized takes it up."
        ),
    )
    currency: str | None = Field(
        default=None,
        description="The currency the customer is billed in; absent until something is billed.",
    )
    default_source: str | None = Field(
        default=None,
        description="The card on file that automatic payments are taken from; absent when there is none.",
    )
    invoice_prefix: str = Field(description="What the numbers of the customer's invoices begin with.")
    next_invoice_sequence: int = Field(
        description="The running number of the next invoice that is finalized for the customer.",
    )
    created: str = Field(description="When the customer was added.", json_schema_extra={"format": "date-time"})


class Price(BaseModel):
    """One price."""

    id: PriceId
    nickname: str | None = Field(default=None, description="What the price is called: the product and the terms.")
    product: str = Field(description="The id of the product that is sold at this price.")
    type: PriceType = Field(description="`one_time` for single sales, `recurring` for subscriptions.")
    unit_amount: int = Field(description="What one unit costs, in the smallest unit of the currency.")
    currency: str = Field(description="Three letters in lower case, as ISO 4217 has them: `eur`.")
    recurring: Annotated[dict[str, Any] | None, FromJson] = Field(
        default=None,
        description="How often a recurring price is billed: every `interval_count` times the `interval`.",
    )
    active: bool = Field(description="Whether it can still be used for something new.")
    created: str = Field(description="When the price was made.", json_schema_extra={"format": "date-time"})


class Invoice(BaseModel):
    """One invoice."""

    id: InvoiceId
    number: str | None = Field(default=None, description="The number on the invoice; absent until it is finalized.")
    customer: CustomerId = Field(description="Who is billed.")
    customer_name: str | None = Field(
        default=None,
        description="The customer's name: the present one on a draft, the one of that day once it is final.",
    )
    customer_email: str | None = Field(
        default=None,
        description="The customer's address: the present one on a draft, the one of that day once it is final.",
    )
    subscription: SubscriptionId | None = Field(
        default=None,
        description="The subscription it belongs to; absent for a single one.",
    )
    billing_reason: InvoiceBillingReason = Field(description="Why it was made: `manual`, or for a subscription.")
    description: str | None = Field(default=None, description="What the invoice is about; it stands at the top of it.")
    status: InvoiceStatus = Field(
        description="`draft` until it is finalized, then `open`, and in the end `paid`, `uncollectible` or `void`.",
    )
    collection_method: InvoiceCollectionMethod = Field(
        description=(
            "`charge_automatically`: the card on file is charged; `send_invoice`: it is e-mailed, to be paid by its "
            "due date."
        ),
    )
    currency: str = Field(description="Three letters in lower case, as ISO 4217 has them: `eur`.")
    due_date: str | None = Field(
        default=None,
        description="By when it is to be paid; absent when the card on file is charged.",
        json_schema_extra={"format": "date-time"},
    )
    subtotal: int = Field(description="The sum of its items, in the smallest unit of the currency.")
    total: int = Field(description="The sum of its items after discounts and taxes, of which there are none here.")
    starting_balance: int = Field(
        description="The customer's balance before it was finalized; the present one on a draft.",
    )
    ending_balance: int | None = Field(
        default=None,
        description="The customer's balance after it was finalized; absent on a draft.",
    )
    amount_due: int = Field(description="What is to be paid: the total and the starting balance, never below zero.")
    amount_paid: int = Field(description="What was paid.")
    amount_remaining: int = Field(description="What is still to be paid.")
    paid_out_of_band: bool = Field(description="Whether it was paid in another way than through this service.")
    created: str = Field(description="When it was drafted.", json_schema_extra={"format": "date-time"})
    status_transitions: Annotated[dict[str, Any], FromJson] = Field(
        description="When it was finalized, paid, marked uncollectible or voided.",
    )


class Invoiceitem(BaseModel):
    """One invoice item."""

    id: InvoiceitemId
    customer: CustomerId = Field(description="Who is billed.")
    invoice: InvoiceId | None = Field(default=None, description="The invoice it is on; absent while it is pending.")
    subscription: SubscriptionId | None = Field(
        default=None,
        description="The subscription it was billed for; absent for a single charge.",
    )
    price: PriceId | None = Field(
        default=None,
        description="The price it is charged at; absent when the amount was given.",
    )
    description: str | None = Field(default=None, description="What is charged for.")
    quantity: int = Field(description="How many units.")
    unit_amount: int = Field(
        description="What one unit costs, in the smallest unit of the currency; below zero it takes something off.",
    )
    amount: int = Field(
        description="What it adds to the invoice, in the smallest unit of the currency; below zero it is taken off.",
    )
    currency: str = Field(description="Three letters in lower case, as ISO 4217 has them: `eur`.")
    date: str = Field(description="When it was added.", json_schema_extra={"format": "date-time"})


class Subscription(BaseModel):
    """One subscription."""

    id: SubscriptionId
    customer: CustomerId = Field(description="Who is billed.")
    description: str | None = Field(default=None, description="What the subscription is called.")
    price: PriceId = Field(description="The recurring price it is billed at.")
    quantity: int = Field(description="How many units are billed each time.")
    status: SubscriptionStatus = Field(
        description=(
            "Whether it runs (`active`), an invoice of it is overdue (`past_due`, `unpaid`), or it has ended "
            "(`canceled`)."
        ),
    )
    collection_method: SubscriptionCollectionMethod = Field(
        description="Whether the card on file is charged or invoices are e-mailed.",
    )
    days_until_due: int | None = Field(
        default=None,
        description="For invoices that are e-mailed: how many days there are to pay them.",
    )
    currency: str = Field(description="Three letters in lower case, as ISO 4217 has them: `eur`.")
    current_period_start: str = Field(
        description="When the period began that is billed.",
        json_schema_extra={"format": "date-time"},
    )
    current_period_end: str = Field(
        description="When the period ends that is billed; the next invoice comes then.",
        json_schema_extra={"format": "date-time"},
    )
    cancel_at_period_end: bool = Field(description="Whether it ends with the current period.")
    cancel_at: str | None = Field(
        default=None,
        description="When it will end; absent when no end is set.",
        json_schema_extra={"format": "date-time"},
    )
    canceled_at: str | None = Field(
        default=None,
        description="When its end was decided on.",
        json_schema_extra={"format": "date-time"},
    )
    ended_at: str | None = Field(default=None, description="When it ended.", json_schema_extra={"format": "date-time"})
    pause_collection: SubscriptionPauseCollection | None = Field(
        default=None,
        description="What becomes of new invoices while collection is paused; absent while it is not.",
    )
    latest_invoice: InvoiceId | None = Field(default=None, description="The last invoice that was made for it.")
    created: str = Field(description="When it was started.", json_schema_extra={"format": "date-time"})


class CustomerPage(BaseModel):
    """A page of a list, each item one customer."""

    data: list[Customer]
    has_more: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class PricePage(BaseModel):
    """A page of a list, each item one price."""

    data: list[Price]
    has_more: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class InvoicePage(BaseModel):
    """A page of a list, each item one invoice."""

    data: list[Invoice]
    has_more: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class InvoiceitemPage(BaseModel):
    """A page of a list, each item one invoice item."""

    data: list[Invoiceitem]
    has_more: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class SubscriptionPage(BaseModel):
    """A page of a list, each item one subscription."""

    data: list[Subscription]
    has_more: str | None = Field(default=None, description="The token of the next page; absent on the last.")
