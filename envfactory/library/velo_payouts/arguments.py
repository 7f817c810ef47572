"""What callers give, with the sentence that tells an agent what it means."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired

from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict

from envfactory.environment.tool import Date, DateTime

from .entities import PayoutId, SourceAccountId

LARGEST = 10_000_000_000
"""A hundred million in the currency's main unit: no payment, transfer or limit is above it."""

GIVEN = ConfigDict(extra="forbid", strict=True)
"""What callers give is taken as it is, and nothing besides."""

Text = Annotated[str, Field(min_length=1, max_length=255)]
Email = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", json_schema_extra={"format": "email"})]
Currency = Literal["DKK", "EUR", "SEK"]
Language = Literal["EN", "DA", "SV", "DE", "FR"]
Onboarding = Literal["CREATED", "INVITED", "REGISTERED", "ONBOARDED"]

Page = Annotated[int, Field(ge=1, description="Which page; 1 is the first.")]
PageSize = Annotated[int, Field(ge=1, le=100, description="How many at most on one page.")]

# Payees ---------------------------------------------------------------------------------------------------------------


@with_config(GIVEN)
class PersonName(TypedDict):
    """A person's name."""

    firstName: Text
    lastName: Text


@with_config(GIVEN)
class Individual(TypedDict):
    """A person."""

    name: PersonName


@with_config(GIVEN)
class Company(TypedDict):
    """A company."""

    name: Text


@with_config(GIVEN)
class Address(TypedDict):
    """Where a payee is."""

    line1: Text
    city: Text
    zipOrPostcode: Text
    country: Annotated[str, Field(pattern="^[A-Z]{2}$", description="Two capital letters, as ISO 3166-1 has them.")]


InOnboarding = Annotated[Onboarding, Field(description="Only payees who have come so far.")]
Disabled = Annotated[bool, Field(description="Only payees who are disabled (true) or are not (false).")]
WithEmail = Annotated[
    str, Field(description="Only the payee with this e-mail address.", json_schema_extra={"format": "email"})
]
NamedLike = Annotated[str, Field(description="Only payees whose name contains this, in capitals or not.")]
WithReference = Annotated[str, Field(description="Only the payee with this reference.")]
OfType = Annotated[Literal["Individual", "Company"], Field(description="Only individuals or only companies.")]
InCountry = Annotated[str, Field(description="Only payees of this country, by its two capital letters.")]
Reference = Annotated[Text, Field(description="The studio's own reference for the payee; a new one.")]
PayeeKind = Annotated[
    Literal["Individual", "Company"],
    Field(description="`Individual` (then `individual` is needed) or `Company` (then `company`)."),
]
InviteTo = Annotated[Email, Field(description="Where the invitation goes.")]
At = Annotated[
    Address, Field(description="Where the payee is: `line1`, `city`, `zipOrPostcode` and a two-letter `country`.")
]
Person = Annotated[
    Individual, Field(description='The person\'s name: `{"name": {"firstName": ..., "lastName": ...}}`.')
]
Firm = Annotated[Company, Field(description='The company\'s name: `{"name": ...}`.')]
WrittenIn = Annotated[Language, Field(description="The language to write to them in.")]
NewEmail = Annotated[Email, Field(description="Where invitations and notices go.")]
NewAddress = Annotated[
    Address, Field(description="The whole new address: `line1`, `city`, `zipOrPostcode` and a two-letter `country`.")
]
NewPerson = Annotated[Individual, Field(description="The person's new name; not for a company.")]
NewFirm = Annotated[Company, Field(description="The company's new name; not for an individual.")]

# Payouts --------------------------------------------------------------------------------------------------------------


@with_config(GIVEN)
class PaymentLine(TypedDict):
    """One payment of a payout that is submitted."""

    remoteId: Annotated[str, Field(min_length=1, description="The payee, by the studio's reference.")]
    amount: Annotated[
        int,
        Field(ge=1, le=LARGEST, description="How much, in the smallest unit of the currency: 450000 is 4500 kroner."),
    ]
    currency: Annotated[Currency, Field(description="What the payee is paid in.")]
    sourceAccountName: Annotated[str, Field(min_length=1, description="The source account to pay from, by name.")]
    paymentMemo: NotRequired[Annotated[Text, Field(description="What it is for.")]]


MemoLike = Annotated[str, Field(description="Only payouts whose memo contains this, in capitals or not.")]
InState = Annotated[
    Literal["ACCEPTED", "REJECTED", "QUOTED", "INSTRUCTED", "CONFIRMED", "WITHDRAWN"],
    Field(description="Only payouts in this state."),
]
SubmittedFrom = Annotated[Date, Field(description="Only payouts submitted on this day or later.")]
SubmittedTo = Annotated[Date, Field(description="Only payouts submitted on this day or earlier.")]
InSchedule = Annotated[
    Literal["ANY", "SCHEDULED", "EXECUTED", "FAILED"],
    Field(description="Only payouts whose schedule is in this state; `ANY` for all that have one."),
]
Lines = Annotated[list[PaymentLine], Field(min_length=1, max_length=2000, description="The payments, at least one.")]
Memo = Annotated[Text, Field(description="What the payout is for.")]
When = Annotated[DateTime, Field(description="When; a time to come.")]
Notified = Annotated[bool, Field(description="Whether it is reported by e-mail.")]
PaymentsOf = Annotated[PayoutId, Field(description="Whose payments: the id of the payout.")]
PaymentState = Annotated[
    Literal["ACCEPTED", "REJECTED", "WITHDRAWN", "WITHDRAWABLE"],
    Field(
        description="`ACCEPTED`: accepted when submitted, even if withdrawn since; `REJECTED`; `WITHDRAWN`; "
        "`WITHDRAWABLE`: those that can still be withdrawn."
    ),
]
PaidTo = Annotated[str, Field(description="Only payments to the payee with this reference.")]
PaidFrom = Annotated[str, Field(description="Only payments from this source account, by its name.")]
Why = Annotated[Text, Field(description="Why.")]

# Source accounts ------------------------------------------------------------------------------------------------------

Credited = Annotated[SourceAccountId, Field(description="The account that is credited: its id.")]
Sum = Annotated[int, Field(ge=1, le=LARGEST, description="How much, in the smallest unit of the currency.")]
SumCurrency = Annotated[Currency, Field(description="The currency of both accounts.")]
Limit = Annotated[int, Field(ge=0, le=LARGEST, description="The balance, in the smallest unit of the currency.")]
