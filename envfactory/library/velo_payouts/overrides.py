"""What no default can know of payouts: who may be paid, quotes and funds, what can still be changed."""

from __future__ import annotations

from envfactory.environment.store import Row
from envfactory.environment.tool import tool
from envfactory.errors import ToolError

from .arguments import (
    At,
    Credited,
    Disabled,
    Firm,
    InCountry,
    InOnboarding,
    InSchedule,
    InState,
    InviteTo,
    Limit,
    Lines,
    Memo,
    MemoLike,
    NamedLike,
    NewAddress,
    NewEmail,
    NewFirm,
    NewPerson,
    Notified,
    OfType,
    Page,
    PageSize,
    PaidFrom,
    PaidTo,
    PayeeKind,
    PaymentsOf,
    PaymentState,
    Person,
    Reference,
    SubmittedFrom,
    SubmittedTo,
    Sum,
    SumCurrency,
    When,
    Why,
    WithEmail,
    WithReference,
    WrittenIn,
)
from .entities import Payee, PayeeId, PaymentId, PayoutId, SourceAccount, SourceAccountId
from .ledger import OPEN, UNSCHEDULED, Ledger
from .shown import Payees, Payments, Payouts, PayoutSummary, Quote, SourceAccounts


class Overrides(Ledger):
    """Tools written by hand."""

    # Payees ----------------------------------------------------------------------------------------------------------

    @tool()
    def list_payees(
        self,
        onboardedStatus: InOnboarding | None = None,
        disabled: Disabled | None = None,
        email: WithEmail | None = None,
        displayName: NamedLike | None = None,
        remoteId: WithReference | None = None,
        payeeType: OfType | None = None,
        payeeCountry: InCountry | None = None,
        page: Page = 1,
        pageSize: PageSize = 25,
    ) -> Payees:
        """List the payees by name."""
        wanted = self.given(
            {
                "onboardedStatus": onboardedStatus,
                "disabled": disabled,
                "email": email,
                "remoteId": remoteId,
                "payeeType": payeeType,
                "country": payeeCountry,
            }
        )
        part = (displayName or "").lower()
        rows = [row for row in self.db.find("payees", **wanted) if part in row["displayName"].lower()]
        rows.sort(key=lambda row: (row["displayName"].lower(), row["seq"]))
        return Payees.model_validate(self.paged(rows, page, pageSize))

    @tool()
    def get_payee(self, payeeId: PayeeId) -> Payee:
        """Show one payee."""
        return Payee.model_validate(self.payee(payeeId))

    @tool(writes=True)
    def create_payee(
        self,
        remoteId: Reference,
        type: PayeeKind,
        email: InviteTo,
        address: At,
        individual: Person | None = None,
        company: Firm | None = None,
        language: WrittenIn = "EN",
    ) -> Payee:
        """Add a payee and send them an invitation."""
        name = self.named(type, individual, company)
        self.unshared("remoteId", remoteId)
        self.unshared("email", email)
        row: Row = {
            "payeeId": self.uuid(),
            "remoteId": remoteId,
            "displayName": name,
            "payeeType": type,
            "email": email,
            "individual": individual,
            "company": company,
            "address": address,
            "country": address["country"],
            "language": language,
            "onboardedStatus": "INVITED",
            "invitationStatus": "PENDING",
            "invitationStatusTimestamp": self.timestamp,
            "created": self.timestamp,
        }
        self.stored("payees", row)
        return Payee.model_validate(self.payee(row["payeeId"]))

    @tool(writes=True)
    def update_payee_details(
        self,
        payeeId: PayeeId,
        email: NewEmail | None = None,
        address: NewAddress | None = None,
        individual: NewPerson | None = None,
        company: NewFirm | None = None,
        language: WrittenIn | None = None,
    ) -> None:
        """Change what is given of a payee who has not onboarded yet."""
        row = self.payee(payeeId)
        if row["onboardedStatus"] == "ONBOARDED":
            raise ToolError(f"{row['displayName']} has onboarded and keeps the details up to date in person")
        self.unshared("email", email, but=payeeId)
        changes = self.given({"email": email, "language": language})
        if address is not None:
            changes |= {"address": address, "country": address["country"]}
        if individual is not None or company is not None:
            changes["displayName"] = self.named(row["payeeType"], individual, company)
            changes |= self.given({"individual": individual, "company": company})
        self.db.update("payees", changes, payeeId=payeeId)

    @tool(writes=True)
    def delete_payee(self, payeeId: PayeeId) -> None:
        """Delete an onboarded payee who has no payments."""
        row = self.payee(payeeId)
        if row["onboardedStatus"] != "ONBOARDED":
            raise ToolError(f"{row['displayName']} has not onboarded and cannot be deleted")
        if row["gracePeriodEndDate"] is not None and row["gracePeriodEndDate"] >= self.timestamp[:10]:
            raise ToolError(f"{row['displayName']} is in a grace period until {row['gracePeriodEndDate']}")
        if self.db.get("payments", payeeId=payeeId) is not None:
            raise ToolError(f"{row['displayName']} has payments and cannot be deleted")
        self.db.delete("payees", payeeId=payeeId)

    @tool(writes=True)
    def resend_payee_invite(self, payeeId: PayeeId) -> None:
        """Send the invitation again to a payee who has neither accepted nor declined it."""
        row = self.payee(payeeId)
        if row["invitationStatus"] != "PENDING":
            told = "was never invited" if row["invitationStatus"] is None else f"has {row['invitationStatus'].lower()}"
            raise ToolError(f"{row['displayName']} {told}; only a pending invitation is sent again")
        self.db.update("payees", {"invitationStatusTimestamp": self.timestamp}, payeeId=payeeId)

    # Payouts ---------------------------------------------------------------------------------------------------------

    @tool()
    def list_payouts(
        self,
        payoutMemo: MemoLike | None = None,
        status: InState | None = None,
        submittedDateFrom: SubmittedFrom | None = None,
        submittedDateTo: SubmittedTo | None = None,
        scheduleStatus: InSchedule | None = None,
        page: Page = 1,
        pageSize: PageSize = 25,
    ) -> Payouts:
        """List the payouts, the first submitted first."""
        part = (payoutMemo or "").lower()
        rows = [
            row
            for row in self.db.find("payouts", **self.given({"status": status}))
            if part in row["payoutMemo"].lower()
            and (submittedDateFrom or "") <= row["submittedDateTime"][:10] <= (submittedDateTo or "9999-12-31")
            and (scheduleStatus is None or row["scheduleStatus"] is not None)
            and scheduleStatus in (None, "ANY", row["scheduleStatus"])
        ]
        rows.sort(key=lambda row: (row["submittedDateTime"], row["seq"]))
        return Payouts.model_validate(self.paged(rows, page, pageSize))

    @tool()
    def get_payout(self, payoutId: PayoutId) -> PayoutSummary:
        """Sum a payout up: its state, its payments, what it costs each source account, and its quote."""
        return PayoutSummary.model_validate(self.summary(payoutId))

    @tool(writes=True)
    def submit_payout(self, payments: Lines, payoutMemo: Memo) -> PayoutSummary:
        """Submit a payout with its payments; each is accepted or rejected on its own, and no money moves yet."""
        payout = self.uuid()
        row: Row = {"payoutId": payout, "payoutMemo": payoutMemo, "submittedDateTime": self.timestamp}
        self.stored("payouts", row)
        accepted = [self.taken(payout, line) for line in payments]
        if not any(accepted):
            self.db.update("payouts", {"status": "REJECTED"}, payoutId=payout)
        return PayoutSummary.model_validate(self.summary(payout))

    @tool(writes=True)
    def quote_payout(self, payoutId: PayoutId) -> Quote:
        """Quote a payout: what it will cost at today's rates, and whether there are funds for it."""
        row = self.payout(payoutId)
        self.require_open(row, "quoted")
        self.require_payments(row, "quoted")
        changes: Row = {"status": "QUOTED", "quotedDateTime": self.timestamp, "quoteExpiryTime": self.expiry()}
        self.db.update("payouts", changes, payoutId=payoutId)
        return Quote.model_validate({"fxSummaries": self.quoted({**row, **changes})})

    @tool(writes=True)
    def instruct_payout(self, payoutId: PayoutId) -> None:
        """Pay a quoted payout out: the source accounts are debited."""
        row = self.payout(payoutId)
        self.require_open(row, "instructed")
        self.require_payments(row, "instructed")
        if row["status"] != "QUOTED":
            raise ToolError(f"the payout {row['payoutMemo']!r} has no quote yet; quote it first")
        if row["quoteExpiryTime"] < self.timestamp:
            raise ToolError(f"the quote of the payout {row['payoutMemo']!r} has expired; quote it again")
        short = self.short(row)
        if short:
            raise ToolError(f"there are not enough funds on {', '.join(short)}")
        for name, amount in self.costs(self.due(row)).items():
            self.db.update("source_accounts", {"balance": self.account_named(name)["balance"] - amount}, name=name)
        changes: Row = {"status": "INSTRUCTED", "instructedDateTime": self.timestamp, **UNSCHEDULED}
        self.db.update("payouts", changes, payoutId=payoutId)

    @tool(writes=True)
    def withdraw_payout(self, payoutId: PayoutId) -> None:
        """Withdraw a payout that has not been instructed, with all its payments."""
        self.require_open(self.payout(payoutId), "withdrawn")
        changes: Row = {"status": "WITHDRAWN", "withdrawnDateTime": self.timestamp, **UNSCHEDULED}
        self.db.update("payouts", changes, payoutId=payoutId)
        self.db.update("payments", {"status": "WITHDRAWN"}, payoutId=payoutId, status="ACCEPTED")

    @tool(writes=True)
    def schedule_payout(self, payoutId: PayoutId, scheduledFor: When, notificationsEnabled: Notified) -> None:
        """Schedule a payout to be instructed by itself at a time to come, or move its schedule."""
        row = self.payout(payoutId)
        self.require_open(row, "scheduled")
        self.require_payments(row, "scheduled")
        if scheduledFor <= self.timestamp:
            raise ToolError("a payout is scheduled for a time to come", code="invalid_arguments")
        changes: Row = {
            "scheduleStatus": "SCHEDULED",
            "scheduledFor": scheduledFor,
            "scheduledAt": self.timestamp,
            "notificationsEnabled": notificationsEnabled,
        }
        self.db.update("payouts", changes, payoutId=payoutId)

    @tool(writes=True)
    def deschedule_payout(self, payoutId: PayoutId) -> None:
        """Take a payout off its schedule; it stays as it is otherwise."""
        row = self.payout(payoutId)
        if row["scheduleStatus"] != "SCHEDULED":
            raise ToolError(f"the payout {row['payoutMemo']!r} is not scheduled")
        self.db.update("payouts", UNSCHEDULED, payoutId=payoutId)

    # Payments --------------------------------------------------------------------------------------------------------

    @tool()
    def list_payout_payments(
        self,
        payoutId: PaymentsOf,
        status: PaymentState | None = None,
        remoteId: PaidTo | None = None,
        sourceAccountName: PaidFrom | None = None,
        page: Page = 1,
        pageSize: PageSize = 25,
    ) -> Payments:
        """List the payments of a payout in the order they were submitted."""
        is_open = self.payout(payoutId)["status"] in OPEN
        wanted = self.given({"remoteId": remoteId, "sourceAccountName": sourceAccountName})
        rows: list[Row] = []
        for row in sorted(self.db.find("payments", payoutId=payoutId, **wanted), key=lambda row: row["seq"]):
            withdrawable = is_open and row["status"] == "ACCEPTED"
            states = {row["status"], "REJECTED" if row["status"] == "REJECTED" else "ACCEPTED"}
            if withdrawable:
                states.add("WITHDRAWABLE")
            if status is None or status in states:
                payee = self.db.get("payees", payeeId=row["payeeId"])
                name = None if payee is None else payee["displayName"]
                rows.append({**row, "payeeName": name, "withdrawable": withdrawable})
        return Payments.model_validate(self.paged(rows, page, pageSize))

    @tool(writes=True)
    def withdraw_payment(self, paymentId: PaymentId, reason: Why) -> None:
        """Take one payment out of a payout that has not been instructed."""
        row = self.need("payments", "payment", paymentId=paymentId)
        if row["status"] != "ACCEPTED":
            raise ToolError(f"the payment is {row['status']} and cannot be withdrawn")
        self.require_open(self.payout(row["payoutId"]), "relieved of a payment")
        self.db.update("payments", {"status": "WITHDRAWN", "reason": reason}, paymentId=paymentId)

    # Source accounts -------------------------------------------------------------------------------------------------

    @tool()
    def list_source_accounts(self, page: Page = 1, pageSize: PageSize = 25) -> SourceAccounts:
        """List the source accounts by name."""
        rows = sorted(self.db.find("source_accounts"), key=lambda row: row["name"])
        return SourceAccounts.model_validate(self.paged(rows, page, pageSize))

    @tool()
    def get_source_account(self, sourceAccountId: SourceAccountId) -> SourceAccount:
        """Show one source account with its balance."""
        return SourceAccount.model_validate(self.account(sourceAccountId))

    @tool(writes=True)
    def transfer_funds(
        self, sourceAccountId: SourceAccountId, toSourceAccountId: Credited, amount: Sum, currency: SumCurrency
    ) -> None:
        """Move money from one source account to another in the same currency."""
        debited, credited = self.account(sourceAccountId), self.account(toSourceAccountId)
        if sourceAccountId == toSourceAccountId:
            raise ToolError("money is moved between two different accounts", code="invalid_arguments")
        for row in (debited, credited):
            if row["currency"] != currency:
                raise ToolError(f"{row['name']!r} is held in {row['currency']}, not in {currency}")
        if debited["balance"] < amount:
            raise ToolError(f"there are not enough funds on {debited['name']!r}")
        self.db.update("source_accounts", {"balance": debited["balance"] - amount}, id=sourceAccountId)
        self.db.update("source_accounts", {"balance": credited["balance"] + amount}, id=toSourceAccountId)

    @tool(writes=True)
    def set_source_account_notifications(self, sourceAccountId: SourceAccountId, minimumBalance: Limit) -> None:
        """Set below which balance of a source account a warning is sent by e-mail."""
        self.account(sourceAccountId)
        self.db.update("source_accounts", {"minimumBalance": minimumBalance}, id=sourceAccountId)
