"""What the tools show: pages of records, and payouts with what is worked out from their payments."""

from __future__ import annotations

from pydantic import BaseModel, Field

from .entities import Payee, Payment, Payout, SourceAccount


class PageFacts(BaseModel):
    """Which page this is, of how many."""

    numberOfElements: int = Field(description="How many there are on this page.")
    page: int = Field(description="Which page this is; 1 is the first.")
    pageSize: int = Field(description="How many a page holds at most.")
    totalElements: int = Field(description="How many there are on all pages.")
    totalPages: int = Field(description="How many pages there are.")


class ShownPayment(Payment):
    """One payment."""

    payeeId: str | None = Field(default=None, description="Who is paid; absent when nobody has the reference.")
    payeeName: str | None = Field(default=None, description="What the payee is called.")
    withdrawable: bool = Field(description="Whether it can still be withdrawn.")


class AccountCost(BaseModel):
    """What a payout takes from one source account."""

    sourceAccountId: str = Field(description="The id of the account.")
    sourceAccountName: str = Field(description="What the account is called.")
    currency: str = Field(description="What is held on it.")
    totalPayoutCost: int = Field(description="What the payout takes from it, in the smallest unit.")


class FxSummary(BaseModel):
    """What payments in one currency cost accounts in one currency, as quoted."""

    sourceCurrency: str = Field(description="What the accounts hold.")
    paymentCurrency: str = Field(description="What the payees get.")
    rate: float = Field(description="How much of the payment currency one unit of the source currency buys.")
    totalPaymentAmount: int = Field(description="What the payees get, in the smallest unit.")
    totalSourceAmount: int = Field(description="What it takes from the accounts, in the smallest unit.")
    fundingStatus: str = Field(
        description="`FUNDED` if every account in the source currency has enough, else `UNFUNDED`."
    )
    creationTime: str = Field(description="When it was quoted.")
    expiryTime: str = Field(description="Until when the quote holds.")


class Quote(BaseModel):
    """A quote for a payout."""

    fxSummaries: list[FxSummary]


class PayoutSummary(Payout):
    """One payout, summed up."""

    paymentsSubmitted: int = Field(description="How many payments were submitted.")
    paymentsAccepted: int = Field(description="How many of them were accepted.")
    paymentsRejected: int = Field(description="How many of them were rejected.")
    paymentsWithdrawn: int = Field(description="How many of those accepted were withdrawn.")
    accounts: list[AccountCost] = Field(description="What it takes from each source account.")
    fxSummaries: list[FxSummary] = Field(description="Its quote; empty before there is one.")


class Payees(BaseModel):
    """A page of payees."""

    content: list[Payee]
    page: PageFacts


class Payouts(BaseModel):
    """A page of payouts."""

    content: list[Payout]
    page: PageFacts


class Payments(BaseModel):
    """A page of payments."""

    content: list[ShownPayment]
    page: PageFacts


class SourceAccounts(BaseModel):
    """A page of source accounts."""

    content: list[SourceAccount]
    page: PageFacts
