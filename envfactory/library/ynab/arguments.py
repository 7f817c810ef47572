"""What callers give, with the sentence that tells an agent what it means."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from envfactory.environment.tool import Date

from .entities import (
    AccountId,
    CategoryId,
    PayeeId,
    ScheduledTransactionFrequency,
    TransactionCleared,
    TransactionFlagColor,
    TransactionId,
)

LARGEST = 10**15
"""Milliunits no amount exceeds: sums of many of them still fit in 64 bits."""
Milliunits = Annotated[int, Field(ge=-LARGEST, le=LARGEST)]
NamedPayee = Annotated[
    str,
    Field(
        min_length=1,
        max_length=50,
        description="The payee by name, when no `payee_id` is given: one of that name, or a new one.",
    ),
]

Month = Annotated[
    str,
    Field(
        pattern=r"^(current|\d{4}-\d{2}-01)$",
        description="Which month, as its first day (2026-03-01), or `current`.",
    ),
]
Budgeted = Annotated[
    Milliunits, Field(description="The new amount in milliunits: 12500 is 12.50. It replaces the old one.")
]
CategoryKey = Annotated[CategoryId, Field(description="Which category: its id.")]

# Accounts and payees --------------------------------------------------------------------------------------------------

AccountName = Annotated[str, Field(min_length=1, description="What it is to be called.")]
NewAccountType = Annotated[
    Literal["checking", "savings", "cash", "creditCard", "otherAsset", "otherLiability"],
    Field(description="What kind of account: the last two are only tracked, not budgeted."),
]
OpeningBalance = Annotated[Milliunits, Field(description="What is in it now, in milliunits: 12500 is 12.50.")]
PayeeKey = Annotated[PayeeId, Field(description="Which payee: its id.")]
PayeeName = Annotated[
    str, Field(min_length=1, max_length=500, description="The new name; no other payee of the budget has it.")
]

# Which transactions ---------------------------------------------------------------------------------------------------

SinceDate = Annotated[Date, Field(description="Only transactions on or after this day.")]
Lacking = Annotated[
    Literal["uncategorized", "unapproved"],
    Field(description="Only those without a category where one is due, or only those not yet approved."),
]
InAccount = Annotated[AccountId, Field(description="Only transactions in this account.")]
InCategory = Annotated[CategoryId, Field(description="Only transactions in this category.")]
WithPayee = Annotated[PayeeId, Field(description="Only transactions with this payee.")]
TransactionKey = Annotated[TransactionId, Field(description="Which transaction: its id.")]

# A new transaction ----------------------------------------------------------------------------------------------------

OpenAccount = Annotated[AccountId, Field(description="The account it is in; it must be open.")]
Amount = Annotated[Milliunits, Field(description="In milliunits: 12500 is 12.50; below zero for an outflow.")]
ItsDate = Annotated[Date, Field(description="Its day; not in the future.")]
FirstDate = Annotated[Date, Field(description="Its first day: after today, within five years.")]
ItsPayee = Annotated[
    PayeeId, Field(description="The payee; an account's transfer payee makes it a transfer to that account.")
]
ItsCategory = Annotated[
    CategoryId, Field(description="Its category; none for a tracking account, nor between two budget accounts.")
]
Memo = Annotated[str, Field(max_length=200, description="A remark, at most 200 characters.")]
Cleared = Annotated[TransactionCleared, Field(description="Whether the bank has it.")]
ApprovedAtOnce = Annotated[bool, Field(description="Whether it is approved at once.")]
ItsFlag = Annotated[TransactionFlagColor, Field(description="The colour of its flag.")]
Frequency = Annotated[ScheduledTransactionFrequency, Field(description="How often it comes; `never` means once only.")]

# A changed transaction ------------------------------------------------------------------------------------------------

MoveTo = Annotated[AccountId, Field(description="The account to move it to; it must be open.")]
NewDate = Annotated[Date, Field(description="The new day; not in the future.")]
NewAmount = Annotated[Milliunits, Field(description="The new amount in milliunits; below zero for an outflow.")]
NewPayee = Annotated[
    PayeeId, Field(description="The new payee; an account's transfer payee makes it a transfer to that account.")
]
NewCategory = Annotated[CategoryId, Field(description="The new category.")]
NewMemo = Annotated[str, Field(max_length=200, description="The new remark, at most 200 characters.")]
NewCleared = Annotated[
    TransactionCleared,
    Field(description="Whether the bank has it; a reconciled one can be changed only once it no longer is."),
]
Approved = Annotated[bool, Field(description="Whether it is approved.")]
NewFlag = Annotated[TransactionFlagColor, Field(description="The colour of its new flag.")]
