"""What the billing tools share: finding records, what a draft adds up to, finalizing, paying."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

from envfactory.environment.entropy import rfc3339
from envfactory.environment.environment import Environment
from envfactory.environment.store import Row
from envfactory.errors import ToolError

HOME_CURRENCY = "eur"
"""What the account bills in when nothing else is said."""
LARGEST = 99_999_999
"""Amounts have eight digits at most."""
ENDED = ("canceled", "incomplete_expired")
"""States of a subscription that is over."""
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class Ledger(Environment):
    """Customers, invoices and subscriptions, and the sums between them."""

    # Records ---------------------------------------------------------------------------------------------------------

    def customer(self, customer: str) -> Row:
        """A customer by its id; raises ToolError."""
        return self.need("customers", "customer", id=customer)

    def invoice(self, invoice: str) -> Row:
        """An invoice by its id; raises ToolError."""
        return self.need("invoices", "invoice", id=invoice)

    def usable_price(self, price: str, kind: str) -> Row:
        """A price that is in use and of this kind, `one_time` or `recurring`; raises ToolError."""
        row = self.need("prices", "price", id=price)
        if not row["active"]:
            raise ToolError(f"the price {row['nickname']!r} is inactive: nothing new can be billed at it")
        if row["type"] != kind:
            raise ToolError(f"the price {row['nickname']!r} is {row['type']}; a {kind} price is needed here")
        return row

    def bill_in(self, customer: Row, currency: str) -> None:
        """Bill a customer in a currency, which is theirs from then on; raises ToolError when they have another."""
        if customer["currency"] not in (None, currency):
            raise ToolError(f"{customer['name']!r} is billed in {customer['currency']}, not in {currency}")
        self.db.update("customers", {"currency": currency}, id=customer["id"])

    def newest(self, table: str, *, stamp: str = "created", **equal: Any) -> list[Row]:
        """The rows that have these values, where one is given, the newest first."""
        rows = self.db.find(table, **self.given(equal))
        return sorted(rows, key=lambda row: (row[stamp], row["seq"]), reverse=True)

    def page_after(self, rows: list[Row], limit: int, starting_after: str | None) -> Row:
        """A page of rows: those that follow one of them; raises ToolError when it is not among them."""
        start = 0
        if starting_after is not None:
            ids = [row["id"] for row in rows]
            if starting_after not in ids:
                raise ToolError(f"there is no {starting_after!r} in this list to go on after", code="not_found")
            start = ids.index(starting_after) + 1
        return {"data": rows[start : start + limit], "has_more": start + limit < len(rows)}

    def stored(self, table: str, row: Row) -> Row:
        """Insert a row made now; the row with its defaults, as the database keeps it."""
        self.db.insert(table, {**row, "seq": self.db.next_number(table, "seq")})
        return self.need(table, "row", id=row["id"])

    # Invoices --------------------------------------------------------------------------------------------------------

    def drafted(self, customer: Row, values: Row) -> Row:
        """A new draft for a customer, not yet counted; the row."""
        made: Row = {"id": self.new_id("in", length=24), "customer": customer["id"], "created": self.timestamp}
        return self.stored("invoices", made | values)

    def recounted(self, invoice: str) -> Row:
        """Bring a draft up to date with its items and its customer; the row."""
        row = self.invoice(invoice)
        customer = self.customer(row["customer"])
        total = self.db.value("SELECT coalesce(sum(amount), 0) FROM invoiceitems WHERE invoice = ?", (invoice,))
        due = max(0, total + customer["balance"])
        changes: Row = {
            "subtotal": total,
            "total": total,
            "starting_balance": customer["balance"],
            "amount_due": due,
            "amount_remaining": due,
            "customer_name": customer["name"],
            "customer_email": customer["email"],
        }
        self.db.update("invoices", changes, id=invoice)
        return row | changes

    def changed_customer(self, customer: str, changes: Row) -> Row:
        """Change a customer and every draft that shows it; the customer's row."""
        self.db.update("customers", changes, id=customer)
        for draft in self.db.find("invoices", customer=customer, status="draft"):
            self.recounted(draft["id"])
        return self.customer(customer)

    def require_status(self, row: Row, allowed: tuple[str, ...], what: str, *, cure: str = "") -> None:
        """Raise ToolError unless an invoice is in one of these states."""
        if row["status"] not in allowed:
            hint = f"; {cure}" if cure else ""
            raise ToolError(f"only {' or '.join(allowed)} invoices can be {what}; this one is {row['status']}{hint}")

    def moved(self, row: Row, status: str, stamp: str, changes: Row | None = None) -> Row:
        """Put an invoice into a state, noting when; the row."""
        times = json.loads(row["status_transitions"]) | {stamp: self.timestamp}
        new: Row = {**(changes or {}), "status": status, "status_transitions": json.dumps(times, sort_keys=True)}
        self.db.update("invoices", new, id=row["id"])
        return row | new

    def finalized(self, row: Row) -> Row:
        """Finalize a draft: its number, the customer's balance, and `paid` when nothing is left to pay; the row."""
        row = self.recounted(row["id"])
        customer = self.customer(row["customer"])
        left = row["starting_balance"] + row["total"] - row["amount_due"]
        number = f"{customer['invoice_prefix']}-{customer['next_invoice_sequence']:04d}"
        row = self.moved(row, "open", "finalized_at", {"number": number, "ending_balance": left})
        sequence = customer["next_invoice_sequence"] + 1
        self.changed_customer(customer["id"], {"next_invoice_sequence": sequence, "balance": left})
        return row if row["amount_due"] else self.moved(row, "paid", "paid_at")

    def paid(self, row: Row, *, out_of_band: bool) -> Row:
        """Pay what an invoice leaves to pay; an overdue subscription whose last invoice it is runs again; the row."""
        changes: Row = {"amount_paid": row["amount_due"], "amount_remaining": 0, "paid_out_of_band": out_of_band}
        row = self.moved(row, "paid", "paid_at", changes)
        for status in ("past_due", "unpaid"):
            self.db.update("subscriptions", {"status": "active"}, latest_invoice=row["id"], status=status)
        return row

    def days_ahead(self, days: int) -> str:
        """The time in so many days."""
        return rfc3339(self.now + timedelta(days=days))

    # Terms and items -------------------------------------------------------------------------------------------------

    def due(self, method: str, days: int | None, date: str | None) -> str | None:
        """When an invoice is due, None when a card is charged; raises ToolError for terms that do not go together."""
        if method == "charge_automatically":
            if days is not None or date is not None:
                raise ToolError("only send_invoice takes a due date or days until due", code="invalid_arguments")
            return None
        if (days is None) == (date is None):
            raise ToolError("send_invoice needs days until due or a due date, not both", code="invalid_arguments")
        if date is not None and date <= self.timestamp:
            raise ToolError("the due date must lie in the future", code="invalid_arguments")
        return date if days is None else self.days_ahead(days)

    def require_card(self, customer: Row) -> None:
        """Raise ToolError unless automatic payments can be taken from the customer."""
        if customer["default_source"] is None:
            raise ToolError(f"{customer['name']!r} has no card on file to charge")

    def draft_of(self, customer: Row, invoice: str) -> Row:
        """A draft of a customer that an item may go on; raises ToolError."""
        row = self.invoice(invoice)
        self.require_status(row, ("draft",), "given an item")
        if row["customer"] != customer["id"]:
            raise ToolError(f"that invoice is not for {customer['name']!r}")
        return row

    def charged(self, customer: Row, values: Row, unit_amount: int, quantity: int | None) -> Row:
        """Add an item for a customer and count its draft again; the row. Raises ToolError for too large an amount."""
        units = 1 if quantity is None else quantity
        amount = unit_amount * units
        if abs(amount) > LARGEST:
            raise ToolError("an amount has eight digits at most", code="invalid_arguments")
        made: Row = {"id": self.new_id("ii", length=24), "customer": customer["id"], "date": self.timestamp}
        row = self.stored(
            "invoiceitems", {**made, **values, "quantity": units, "unit_amount": unit_amount, "amount": amount}
        )
        if row["invoice"] is not None:
            self.recounted(row["invoice"])
        return row

    def running(self, subscription: str) -> Row:
        """A subscription that has not ended; raises ToolError."""
        row = self.need("subscriptions", "subscription", id=subscription)
        if row["status"] in ENDED:
            raise ToolError(f"the subscription {row['description']!r} has ended and cannot be changed")
        return row


def checked_email(email: str | None) -> None:
    """Raise ToolError for what is no e-mail address."""
    if email is not None and not ADDRESS.fullmatch(email):
        raise ToolError(f"{email!r} is no e-mail address", code="invalid_arguments")


def wanted(status: str, asked: str | None) -> bool:
    """Whether a list of subscriptions that was asked for one state shows those in another."""
    if asked is None:
        return status != "canceled"
    return asked == "all" or status in (ENDED if asked == "ended" else (asked,))
