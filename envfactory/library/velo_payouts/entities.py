"""Ids, rows and pages of Velo Payments: compiled from spec.json by EnvFactory."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from envfactory.environment.tool import FromJson, Key

PayeeId = Annotated[str, Key("payee", "The id of a payee.")]
PayoutId = Annotated[str, Key("payout", "The id of a payout.")]
PaymentId = Annotated[str, Key("payment", "The id of a payment.")]
SourceAccountId = Annotated[str, Key("source_account", "The id of a source account.")]
PayeePayeeType = Literal["Individual", "Company"]
PayeeLanguage = Literal["EN", "DA", "SV", "DE", "FR"]
PayeeOnboardedStatus = Literal["CREATED", "INVITED", "REGISTERED", "ONBOARDED"]
PayeeInvitationStatus = Literal["ACCEPTED", "PENDING", "DECLINED"]
PayoutStatus = Literal["ACCEPTED", "REJECTED", "QUOTED", "INSTRUCTED", "CONFIRMED", "WITHDRAWN"]
PayoutScheduleStatus = Literal["SCHEDULED", "EXECUTED", "FAILED"]
PaymentCurrency = Literal["DKK", "EUR", "SEK"]
PaymentStatus = Literal["ACCEPTED", "REJECTED", "WITHDRAWN"]
SourceAccountCurrency = Literal["DKK", "EUR", "SEK"]


class PayoutPayments(TypedDict):
    """Payments of one payout, as a caller gives it."""

    remoteId: Annotated[str, Field(description="The payee, by the studio's reference.")]
    amount: Annotated[int, Field(description="How much, in the smallest unit of the currency: 450000 is 4500 kroner.")]
    currency: Annotated[Literal["DKK", "EUR", "SEK"], Field(description="What the payee is paid in.")]
    sourceAccountName: Annotated[str, Field(description="The source account to pay from, by name.")]
    paymentMemo: NotRequired[Annotated[str, Field(description="What it is for.")]]


class Payee(BaseModel):
    """One payee."""

    payeeId: PayeeId = Field(json_schema_extra={"format": "uuid"})
    remoteId: str = Field(
        description="The studio's own reference for the payee, such as `FS-014`; no two payees share one.",
    )
    displayName: str = Field(description="What the payee is called: first and last name, or the company's name.")
    payeeType: PayeePayeeType = Field(description="`Individual` or `Company`.")
    email: str = Field(
        description="Where invitations and notices go; no two payees share one.",
        json_schema_extra={"format": "email"},
    )
    individual: Annotated[dict[str, Any] | None, FromJson] = Field(
        default=None,
        description='A person\'s name, as `{"name": {"firstName": ..., "lastName": ...}}`; absent for a company.',
    )
    company: Annotated[dict[str, Any] | None, FromJson] = Field(
        default=None,
        description='A company\'s name, as `{"name": ...}`; absent for an individual.',
    )
    address: Annotated[dict[str, Any], FromJson] = Field(
        description="Where the payee is: `line1`, `city`, `zipOrPostcode` and `country`.",
    )
    country: str = Field(description="The country of the address: two capital letters, as ISO 3166-1 has them.")
    language: PayeeLanguage = Field(
        description="The language that the payee is written to in: `EN`, `DA`, `SV`, `DE` or `FR`.",
    )
    onboardedStatus: PayeeOnboardedStatus = Field(
        description=(
            "How far the payee has come: `CREATED`, `INVITED`, `REGISTERED`, then `ONBOARDED`; only then can they be "
            "paid."
        ),
    )
    invitationStatus: PayeeInvitationStatus | None = Field(
        default=None,
        description="The studio's invitation: `PENDING`, `ACCEPTED` or `DECLINED`; absent before there is one.",
    )
    invitationStatusTimestamp: str | None = Field(
        default=None,
        description="When the invitation was last sent, accepted or declined.",
        json_schema_extra={"format": "date-time"},
    )
    disabled: bool = Field(description="Whether payments to the payee are stopped.")
    disabledComment: str | None = Field(default=None, description="Why payments to the payee are stopped.")
    gracePeriodEndDate: str | None = Field(
        default=None,
        description="For a payee who may be paid while papers are checked: the last day of that time.",
        json_schema_extra={"format": "date"},
    )
    created: str = Field(description="When the payee was added.", json_schema_extra={"format": "date-time"})


class Payout(BaseModel):
    """One payout."""

    payoutId: PayoutId = Field(json_schema_extra={"format": "uuid"})
    payoutMemo: str = Field(description="What the payout is for.")
    status: PayoutStatus = Field(
        description=(
            "`ACCEPTED` once submitted, `REJECTED` if no payment of it could be taken; then `QUOTED`, `INSTRUCTED` and "
            "at last `CONFIRMED`, or `WITHDRAWN`."
        ),
    )
    submittedDateTime: str = Field(description="When it was submitted.", json_schema_extra={"format": "date-time"})
    quotedDateTime: str | None = Field(
        default=None,
        description="When it was last quoted.",
        json_schema_extra={"format": "date-time"},
    )
    quoteExpiryTime: str | None = Field(
        default=None,
        description="Until when its last quote holds.",
        json_schema_extra={"format": "date-time"},
    )
    instructedDateTime: str | None = Field(
        default=None,
        description="When it was instructed.",
        json_schema_extra={"format": "date-time"},
    )
    withdrawnDateTime: str | None = Field(
        default=None,
        description="When it was withdrawn.",
        json_schema_extra={"format": "date-time"},
    )
    scheduleStatus: PayoutScheduleStatus | None = Field(
        default=None,
        description=(
            "`SCHEDULED` while it waits to be instructed by itself, `EXECUTED` or `FAILED` afterwards; absent without "
            "a schedule."
        ),
    )
    scheduledFor: str | None = Field(
        default=None,
        description="When it is instructed by itself.",
        json_schema_extra={"format": "date-time"},
    )
    scheduledAt: str | None = Field(
        default=None,
        description="When the schedule was made.",
        json_schema_extra={"format": "date-time"},
    )
    notificationsEnabled: bool | None = Field(
        default=None,
        description="Whether the scheduled instruction is reported by e-mail.",
    )


class Payment(BaseModel):
    """One payment."""

    paymentId: PaymentId = Field(json_schema_extra={"format": "uuid"})
    payoutId: PayoutId = Field(description="The payout it belongs to.")
    payeeId: PayeeId | None = Field(
        default=None,
        description="Who is paid; absent when there is no payee with the reference.",
    )
    remoteId: str = Field(description="The studio's reference for the payee.")
    sourceAccountName: str = Field(description="The source account it is paid from, by name.")
    amount: int = Field(
        description="How much the payee gets, in the smallest unit of the currency: 450000 is 4500 kroner.",
        json_schema_extra={"format": "minor-units"},
    )
    currency: PaymentCurrency = Field(description="What the payee is paid in.")
    paymentMemo: str | None = Field(default=None, description="What it is for.")
    status: PaymentStatus = Field(
        description="`ACCEPTED` or `REJECTED` when the payout was submitted; `WITHDRAWN` once taken out.",
    )
    reason: str | None = Field(default=None, description="Why it was rejected or withdrawn.")


class SourceAccount(BaseModel):
    """One source account."""

    id: SourceAccountId = Field(json_schema_extra={"format": "uuid"})
    name: str = Field(description="What the account is called.")
    currency: SourceAccountCurrency = Field(description="What is held on it.")
    balance: int = Field(
        description="What is on it, in the smallest unit of the currency.",
        json_schema_extra={"format": "minor-units"},
    )
    minimumBalance: int | None = Field(
        default=None,
        description="Below this balance, in the smallest unit, a warning is sent by e-mail; absent if none is.",
        json_schema_extra={"format": "minor-units"},
    )
    fundingRef: str = Field(description="The reference to give when money is sent to it from a bank.")


class PayeePage(BaseModel):
    """A page of a list, each item one payee."""

    content: list[Payee]


class PayoutPage(BaseModel):
    """A page of a list, each item one payout."""

    content: list[Payout]


class PaymentPage(BaseModel):
    """A page of a list, each item one payment."""

    content: list[Payment]


class SourceAccountPage(BaseModel):
    """A page of a list, each item one source account."""

    content: list[SourceAccount]
