"""What the payout tools share: records, pages, what a payout costs and whether there are funds for it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from envfactory.environment.entropy import rfc3339
from envfactory.environment.environment import Environment
from envfactory.environment.store import Row
from envfactory.errors import ToolError

from .arguments import Company, Individual, PaymentLine
from .rates import cost, rate

OPEN = ("ACCEPTED", "QUOTED")
"""States of a payout that can still be changed."""
HOLDS = timedelta(minutes=30)
"""How long a quote holds."""
UNSCHEDULED: Row = {"scheduleStatus": None, "scheduledFor": None, "scheduledAt": None, "notificationsEnabled": None}


class Ledger(Environment):
    """Payees, payouts with their payments, and the accounts that pay them."""

    # Records ---------------------------------------------------------------------------------------------------------

    def payee(self, payee: str) -> Row:
        """A payee by its id; raises ToolError."""
        return self.need("payees", "payee", payeeId=payee)

    def payout(self, payout: str) -> Row:
        """A payout by its id; raises ToolError."""
        return self.need("payouts", "payout", payoutId=payout)

    def account(self, account: str) -> Row:
        """A source account by its id; raises ToolError."""
        return self.need("source_accounts", "source account", id=account)

    def account_named(self, name: str) -> Row:
        """A source account by its name; raises ToolError."""
        return self.need("source_accounts", "source account", name=name)

    def uuid(self) -> str:
        """A fresh id of the form that the service uses."""
        digits = f"{self.random.getrandbits(128):032x}"
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))

    def stored(self, table: str, row: Row) -> None:
        """Add a row after all others of its table."""
        self.db.insert(table, {**row, "seq": self.db.next_number(table, "seq")})

    @staticmethod
    def paged(rows: list[Row], page: int, size: int) -> Row:
        """One page of rows, and which it is."""
        start = (page - 1) * size
        content = rows[start : start + size]
        facts = {
            "numberOfElements": len(content),
            "page": page,
            "pageSize": size,
            "totalElements": len(rows),
            "totalPages": -(-len(rows) // size),
        }
        return {"content": content, "page": facts}

    # Payees ----------------------------------------------------------------------------------------------------------

    def unshared(self, column: str, value: str | None, *, but: str = "") -> None:
        """Raise ToolError when another payee than `but` has this reference or e-mail address."""
        other = None if value is None else self.db.get("payees", **{column: value})
        if other is not None and other["payeeId"] != but:
            raise ToolError(f"{value!r} is taken: it is {other['displayName']}'s", code="conflict")

    @staticmethod
    def named(kind: str, individual: Individual | None, company: Company | None) -> str:
        """What a payee of this kind is called; raises ToolError for a name of the other kind, or none."""
        if kind == "Individual" and individual is not None and company is None:
            return f"{individual['name']['firstName']} {individual['name']['lastName']}"
        if kind == "Company" and company is not None and individual is None:
            return company["name"]
        raise ToolError(f"a payee of type {kind} is named by `{kind.lower()}` alone", code="invalid_arguments")

    # Payouts ---------------------------------------------------------------------------------------------------------

    def require_open(self, payout: Row, done: str) -> None:
        """Raise ToolError unless a payout can still be changed."""
        if payout["status"] not in OPEN:
            raise ToolError(f"the payout {payout['payoutMemo']!r} is {payout['status']} and cannot be {done}")

    def require_payments(self, payout: Row, done: str) -> None:
        """Raise ToolError when nobody is left to be paid."""
        if not self.due(payout):
            raise ToolError(f"no payment is left in the payout {payout['payoutMemo']!r}; it cannot be {done}")

    def due(self, payout: Row) -> list[Row]:
        """The payments of a payout that are made when it is instructed."""
        return self.db.find("payments", payoutId=payout["payoutId"], status="ACCEPTED")

    def objection(self, line: PaymentLine, payee: Row | None) -> str | None:
        """Why a payment is rejected; None when it is accepted."""
        if payee is None:
            return f"no payee has the reference {line['remoteId']}"
        if payee["disabled"]:
            return f"{payee['displayName']} is disabled"
        if payee["onboardedStatus"] != "ONBOARDED":
            return f"{payee['displayName']} has not onboarded"
        if self.db.get("source_accounts", name=line["sourceAccountName"]) is None:
            return f"no source account is called {line['sourceAccountName']!r}"
        return None

    def taken(self, payout: str, line: PaymentLine) -> bool:
        """Store one payment of a payout; whether it was accepted."""
        payee = self.db.get("payees", remoteId=line["remoteId"])
        objection = self.objection(line, payee)
        row: Row = {
            **line,
            "paymentId": self.uuid(),
            "payoutId": payout,
            "payeeId": None if payee is None else payee["payeeId"],
            "status": "ACCEPTED" if objection is None else "REJECTED",
            "reason": objection,
        }
        self.stored("payments", row)
        return objection is None

    def costs(self, payments: Iterable[Row]) -> dict[str, int]:
        """What payments take from each source account, by its name in the order of names."""
        found: dict[str, int] = {}
        for payment in payments:
            account = self.account_named(payment["sourceAccountName"])
            found[account["name"]] = found.get(account["name"], 0) + self.cost_of(payment, account)
        return dict(sorted(found.items()))

    @staticmethod
    def cost_of(payment: Row, account: Row) -> int:
        """What a payment takes from its account."""
        return cost(payment["amount"], payment["currency"], account["currency"])

    def quoted(self, payout: Row) -> list[Row]:
        """The quote of a payout: one record for each pair of currencies, in the order of their names."""
        if payout["quotedDateTime"] is None:
            return []
        short = {self.account_named(name)["currency"] for name in self.short(payout)}
        found: dict[tuple[str, str], Row] = {}
        for payment in self.due(payout):
            account = self.account_named(payment["sourceAccountName"])
            held, paid = account["currency"], payment["currency"]
            pair = found.setdefault(
                (held, paid),
                {
                    "sourceCurrency": held,
                    "paymentCurrency": paid,
                    "rate": rate(paid, held),
                    "totalPaymentAmount": 0,
                    "totalSourceAmount": 0,
                    "fundingStatus": "UNFUNDED" if held in short else "FUNDED",
                    "creationTime": payout["quotedDateTime"],
                    "expiryTime": payout["quoteExpiryTime"],
                },
            )
            pair["totalPaymentAmount"] += payment["amount"]
            pair["totalSourceAmount"] += self.cost_of(payment, account)
        return [found[pair] for pair in sorted(found)]

    def short(self, payout: Row) -> list[str]:
        """The accounts, by name, whose balance does not cover an open payout; none once it was paid."""
        if payout["status"] not in OPEN:
            return []
        return [
            name
            for name, amount in self.costs(self.due(payout)).items()
            if self.account_named(name)["balance"] < amount
        ]

    def summary(self, payout: str) -> Row:
        """A payout with counts, costs and its quote."""
        row = self.payout(payout)
        states = [payment["status"] for payment in self.db.find("payments", payoutId=payout)]
        accounts = [(self.account_named(name), amount) for name, amount in self.costs(self.due(row)).items()]
        return {
            **row,
            "paymentsSubmitted": len(states),
            "paymentsAccepted": len(states) - states.count("REJECTED"),
            "paymentsRejected": states.count("REJECTED"),
            "paymentsWithdrawn": states.count("WITHDRAWN"),
            "accounts": [
                {
                    "sourceAccountId": account["id"],
                    "sourceAccountName": account["name"],
                    "currency": account["currency"],
                    "totalPayoutCost": amount,
                }
                for account, amount in accounts
            ],
            "fxSummaries": self.quoted(row),
        }

    def expiry(self) -> str:
        """Until when a quote made now holds."""
        return rfc3339(self.now + HOLDS)
