"""What callers give, with the sentence that tells an agent what it means."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from envfactory.environment.tool import DateTime

from .entities import (
    CustomerId,
    InvoiceCollectionMethod,
    InvoiceId,
    InvoiceitemId,
    InvoiceStatus,
    PriceId,
    PriceType,
    SubscriptionCollectionMethod,
    SubscriptionId,
    SubscriptionPauseCollection,
)
from .ledger import LARGEST

Text = Annotated[str, Field(min_length=1, max_length=5000)]
Amount = Annotated[int, Field(ge=-LARGEST, le=LARGEST)]
Units = Annotated[int, Field(ge=1, le=10_000)]
Days = Annotated[int, Field(ge=0, le=730)]
Currency = Annotated[str, Field(pattern="^[a-z]{3}$")]
SubscriptionFilter = Literal[
    "active", "all", "canceled", "ended", "incomplete", "incomplete_expired", "past_due", "paused", "trialing", "unpaid"
]
Limit = Annotated[int, Field(ge=1, le=100, description="How many at most on one page.")]
PAGE_END = "Where to go on: the id of the last one of the page before."

WithEmail = Annotated[
    str, Field(description="Only customers with exactly this e-mail address.", json_schema_extra={"format": "email"})
]
AfterCustomer = Annotated[CustomerId, Field(description=PAGE_END)]

# Customers ------------------------------------------------------------------------------------------------------------

CompanyName = Annotated[Text, Field(description="What the company is called.")]
ContactEmail = Annotated[Text, Field(description="The contact person's e-mail address.")]
PhoneNumber = Annotated[Text, Field(description="Telephone number.")]
CustomerNote = Annotated[
    Text, Field(description="A note that only the studio sees, such as who the contact person is.")
]
Balance = Annotated[
    Amount, Field(description="The balance in the smallest unit of the currency; below zero it is a credit.")
]

# Prices ---------------------------------------------------------------------------------------------------------------

InUse = Annotated[bool, Field(description="Only prices that can (true) or can no longer (false) be used.")]
OfType = Annotated[PriceType, Field(description="Only one-time or only recurring prices.")]
AfterPrice = Annotated[PriceId, Field(description=PAGE_END)]

# Invoices -------------------------------------------------------------------------------------------------------------

InvoicesOf = Annotated[CustomerId, Field(description="Only invoices of this customer.")]
InvoicesFor = Annotated[SubscriptionId, Field(description="Only invoices of this subscription.")]
InState = Annotated[InvoiceStatus, Field(description="Only invoices in this state.")]
InvoicesBy = Annotated[
    InvoiceCollectionMethod,
    Field(description="Only invoices that are charged automatically, or only those that are sent."),
]
AfterInvoice = Annotated[InvoiceId, Field(description=PAGE_END)]
Memo = Annotated[Text, Field(description="What the invoice is about.")]
InvoiceMethod = Annotated[
    InvoiceCollectionMethod,
    Field(
        description="`charge_automatically` takes the money from the card on file; `send_invoice` needs a due "
        "date or days until due."
    ),
]
DaysFromNow = Annotated[Days, Field(description="For `send_invoice`: how many days from now it is due.")]
DueDate = Annotated[DateTime, Field(description="For `send_invoice`: when it is due; a time to come.")]
PendingItems = Annotated[
    Literal["include", "exclude", "include_and_require"],
    Field(
        description="Whether the customer's pending items go on it (`include`) or stay pending (`exclude`); "
        "`include_and_require` refuses when there are none."
    ),
]
InvoiceCurrency = Annotated[Currency, Field(description="The currency; without it the customer's, else `eur`.")]
PaidElsewhere = Annotated[bool, Field(description="Whether it was paid in another way; no card is charged then.")]

# Invoice items --------------------------------------------------------------------------------------------------------

ItemsOf = Annotated[CustomerId, Field(description="Only items of this customer.")]
ItemsOn = Annotated[InvoiceId, Field(description="Only items on this invoice.")]
Pending = Annotated[
    bool, Field(description="Only items that are on no invoice yet (true), or only those that are on one (false).")
]
AfterItem = Annotated[InvoiceitemId, Field(description=PAGE_END)]
Draft = Annotated[InvoiceId, Field(description="The draft it goes on; without it the item is pending.")]
OneTimePrice = Annotated[PriceId, Field(description="A one-time price to charge it at, instead of an amount.")]
Charge = Annotated[Text, Field(description="What is charged for; without it a price's own name.")]
WholeAmount = Annotated[Amount, Field(description="What is charged in all, in the smallest unit of the currency.")]
UnitAmount = Annotated[Amount, Field(description="What one unit costs, in the smallest unit of the currency.")]
ItemQuantity = Annotated[int, Field(ge=0, le=10000, description="How many units, of a price or a unit amount.")]
ItemCurrency = Annotated[
    Currency, Field(description="The currency; without it the invoice's, else the customer's, else `eur`.")
]

# Subscriptions --------------------------------------------------------------------------------------------------------

SubscriptionsOf = Annotated[CustomerId, Field(description="Only subscriptions of this customer.")]
SubscriptionsAt = Annotated[PriceId, Field(description="Only subscriptions at this price.")]
SubscriptionState = Annotated[
    SubscriptionFilter,
    Field(
        description="Only subscriptions in this state; `ended` for all that are over, `all` for every one. "
        "Without it: all that are not cancelled."
    ),
]
SubscriptionsBy = Annotated[
    SubscriptionCollectionMethod,
    Field(description="Only those that are charged automatically, or only those whose invoices are sent."),
]
AfterSubscription = Annotated[SubscriptionId, Field(description=PAGE_END)]
SubscriptionName = Annotated[Text, Field(description="What the subscription is called.")]
Quantity = Annotated[Units, Field(description="How many units are billed each time.")]
SubscriptionMethod = Annotated[
    SubscriptionCollectionMethod,
    Field(description="`charge_automatically` needs a card on file; `send_invoice` needs days until due."),
]
DaysToPay = Annotated[Days, Field(description="For `send_invoice`: how many days there are to pay each invoice.")]
AnotherPrice = Annotated[PriceId, Field(description="Another recurring price.")]
AtPeriodEnd = Annotated[bool, Field(description="Whether it ends with the current period.")]
Pause = Annotated[
    SubscriptionPauseCollection,
    Field(
        description="Pause the collection of payments, and what becomes of new invoices meanwhile; an empty "
        "text resumes it."
    ),
]
