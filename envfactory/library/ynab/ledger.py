"""The ledger: who may enter what where, both sides of a transfer, and the sums that must always be true."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from envfactory.environment.environment import Environment
from envfactory.environment.store import Row
from envfactory.errors import ToolError

INFLOW = "Inflow: Ready to Assign"
"""The category of income: it is not budgeted, what it takes in is ready to assign."""
STARTING_BALANCE = "Starting Balance"
"""The payee of an account's first transaction."""
TRACKED = ("otherAsset", "otherLiability")
"""Types of accounts, of those that callers may open, whose money is not budgeted."""

_NAMED = """
    SELECT t.*, a.name AS account_name, p.name AS payee_name, c.name AS category_name
    FROM {table} AS t JOIN accounts AS a ON a.id = t.account_id
    LEFT JOIN payees AS p ON p.id = t.payee_id LEFT JOIN categories AS c ON c.id = t.category_id
    WHERE t.budget_id = :budget
"""
_AMOUNTS = """
    SELECT c.*, m.budgeted, m.activity, m.balance
    FROM categories AS c JOIN month_categories AS m ON m.category_id = c.id
    WHERE c.budget_id = ? AND m.month = ? ORDER BY c.seq
"""
_BALANCES = """
    UPDATE accounts SET (balance, cleared_balance, uncleared_balance) = (
        SELECT coalesce(sum(amount), 0),
               coalesce(sum(amount) FILTER (WHERE cleared <> 'uncleared'), 0),
               coalesce(sum(amount) FILTER (WHERE cleared = 'uncleared'), 0)
        FROM transactions WHERE account_id = accounts.id
    ) WHERE budget_id = ?
"""
_SPENT = """
    SELECT category_id, substr(date, 1, 7) || '-01' AS month, sum(amount) AS total
    FROM transactions WHERE budget_id = ? AND category_id IS NOT NULL GROUP BY 1, 2
"""
_ACTIVITY = """
    SELECT coalesce(sum(t.amount), 0) FROM transactions AS t JOIN accounts AS a ON a.id = t.account_id
    WHERE a.on_budget AND t.budget_id = ? AND substr(t.date, 1, 7) || '-01' = ? AND t.category_id IS NOT ?
"""


class Ledger(Environment):
    """What the tools share."""

    # Rows of a budget ------------------------------------------------------------------------------------------------

    def budget(self, budget: str) -> Row:
        """A budget; raises ToolError when there is none."""
        return self.need("budgets", "budget", id=budget)

    def account(self, budget: str, account: str) -> Row:
        """An account of a budget; raises ToolError."""
        return self.need("accounts", "account", budget_id=budget, id=account)

    def open_account(self, budget: str, account: str) -> Row:
        """An account that still takes transactions; raises ToolError."""
        row = self.account(budget, account)
        if row["closed"]:
            raise ToolError(f"the account {row['name']!r} is closed; nothing in it can be entered or changed")
        return row

    def transaction(self, budget: str, transaction: str) -> Row:
        """A transaction of a budget; raises ToolError."""
        self.budget(budget)
        return self.need("transactions", "transaction", budget_id=budget, id=transaction)

    def inflow(self, budget: str) -> str:
        """The id of a budget's category of income."""
        return self.db.value("SELECT id FROM categories WHERE budget_id = ? AND name = ?", (budget, INFLOW))

    def month(self, budget: str, month: str) -> Row:
        """A month of a budget, by its first day or as `current`; raises ToolError."""
        self.budget(budget)
        first = f"{self.timestamp[:7]}-01" if month == "current" else month
        return self.need("months", "month in this budget", budget_id=budget, month=first)

    def shown_categories(self, budget: str, month: str) -> list[Row]:
        """The categories of a budget in their order, with their amounts in a month."""
        return self.db.rows(_AMOUNTS, (budget, month))

    def shown_category(self, budget: str, month: str, category: str) -> Row:
        """One category with its amounts in a month; raises ToolError."""
        row = self.need("categories", "category", budget_id=budget, id=category)
        amounts = self.need("month_categories", "month for it", category_id=category, month=month)
        return row | {name: amounts[name] for name in ("budgeted", "activity", "balance")}

    def named(self, table: str, budget: str, condition: str = "TRUE", **values: Any) -> list[Row]:
        """Rows of `transactions` or `scheduled_transactions` with the names of what they refer to."""
        return self.db.rows(f"{_NAMED.format(table=table)} AND {condition}", {"budget": budget, **values})

    def fresh_id(self) -> str:
        """A new id in five groups."""
        text = self.new_id(length=32)
        return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))

    def stored(self, table: str, row: Row) -> Row:
        """Insert a row with the next running number; the row."""
        made = {**row, "seq": self.db.next_number(table, "seq")}
        self.db.insert(table, made)
        return made

    # What a transaction may say --------------------------------------------------------------------------------------

    def require_entered(self, budget: str, date: str) -> None:
        """Raise ToolError unless a transaction may bear this date."""
        if date > self.timestamp[:10]:
            raise ToolError("a transaction cannot lie in the future; schedule it instead", code="invalid_arguments")
        first = self.budget(budget)["first_month"]
        if date < first:
            raise ToolError(f"the budget only begins on {first}", code="invalid_arguments")

    def payee_for(self, budget: str, payee: str | None, name: str | None) -> Row | None:
        """The payee by id, else by name, else a new one of that name; None when neither is given."""
        if payee is not None:
            return self.need("payees", "payee", budget_id=budget, id=payee)
        if name is None:
            return None
        found = self.db.get("payees", budget_id=budget, name=name)
        return found or self.made_payee(budget, name)

    def made_payee(self, budget: str, name: str, account: str | None = None) -> Row:
        """A new payee; with an account, the one that stands for a transfer to it."""
        row: Row = {"id": self.fresh_id(), "budget_id": budget, "name": name, "transfer_account_id": account}
        return self.stored("payees", row)

    def other_side(self, account: Row, payee: Row | None) -> Row | None:
        """The account that a transfer goes to, None when it is no transfer; raises ToolError."""
        if payee is None or payee["transfer_account_id"] is None:
            return None
        if payee["transfer_account_id"] == account["id"]:
            raise ToolError("an account cannot transfer money to itself", code="invalid_arguments")
        return self.open_account(account["budget_id"], payee["transfer_account_id"])

    def require_category(self, account: Row, other: Row | None, category: str) -> None:
        """Raise ToolError unless a transaction in this account, to this other side, may have this category."""
        self.need("categories", "category", budget_id=account["budget_id"], id=category)
        if not categorized(account, other):
            what = "a transaction in a tracking account" if not account["on_budget"] else "a transfer within the budget"
            raise ToolError(f"{what} takes no category", code="invalid_arguments")

    def require_unlocked(self, row: Row, cleared: str | None = None) -> None:
        """Raise ToolError when a transaction is reconciled, unless it is given another state in the same call."""
        if row["cleared"] == "reconciled" and cleared in (None, "reconciled"):
            raise ToolError("a reconciled transaction cannot be changed; mark it as cleared or uncleared first")

    def lacks_category(self, row: Row, accounts: Mapping[str, Row]) -> bool:
        """Whether a transaction should have a category and has none."""
        other = accounts.get(row["transfer_account_id"])
        return row["category_id"] is None and categorized(accounts[row["account_id"]], other)

    # Both sides of a transfer ----------------------------------------------------------------------------------------

    def mirrored(self, row: Row, account: Row, other: Row | None) -> None:
        """Make, change or delete the other side of a transaction, so that it is what the transaction says."""
        mirror = row["transfer_transaction_id"]
        if other is None:
            if mirror is not None:
                self.db.delete("transactions", id=mirror)
            self.tied(row["id"], None, None)
            return
        same: Row = {
            "account_id": other["id"],
            "date": row["date"],
            "amount": -row["amount"],
            "payee_id": account["transfer_payee_id"],
            "transfer_account_id": account["id"],
        }
        if mirror is None:
            mirror = self.fresh_id()
            first: Row = {"id": mirror, "budget_id": row["budget_id"], "memo": row["memo"], "approved": row["approved"]}
            self.stored("transactions", {**first, **same, "transfer_transaction_id": row["id"]})
        else:
            if not categorized(other, account):
                same["category_id"] = None
            self.db.update("transactions", same, id=mirror)
        self.tied(row["id"], other["id"], mirror)

    def tied(self, transaction: str, account: str | None, mirror: str | None) -> None:
        """Note the other side of a transaction."""
        tie: Row = {"transfer_account_id": account, "transfer_transaction_id": mirror}
        self.db.update("transactions", tie, id=transaction)

    # Sums ------------------------------------------------------------------------------------------------------------

    def settled(self, budget: str) -> None:
        """Make every sum of a budget true: the accounts' balances, and each month's categories and totals.

        What is left of a category is carried into the next month; what is overspent is taken from what is then ready
        to assign.
        """
        self.db.rows(_BALANCES, (budget,))
        inflow = self.inflow(budget)
        spent = {(row["category_id"], row["month"]): row["total"] for row in self.db.rows(_SPENT, (budget,))}
        left: dict[str, int] = {}
        ready = 0
        for month in self.db.find("months", budget_id=budget):
            first = month["month"]
            overspent = sum(min(balance, 0) for balance in left.values())
            budgeted = 0
            for row in self.shown_categories(budget, first):
                activity = spent.get((row["id"], first), 0)
                balance = max(left.get(row["id"], 0), 0) + row["budgeted"] + activity
                self.db.update(
                    "month_categories", {"activity": activity, "balance": balance}, category_id=row["id"], month=first
                )
                if row["id"] != inflow:
                    left[row["id"]] = balance
                budgeted += row["budgeted"]
            income = spent.get((inflow, first), 0)
            ready += overspent + income - budgeted
            totals: Row = {
                "income": income,
                "budgeted": budgeted,
                "activity": self.db.value(_ACTIVITY, (budget, first, inflow)),
                "to_be_budgeted": ready,
            }
            self.db.update("months", totals, budget_id=budget, month=first)


def categorized(account: Row, other: Row | None) -> bool:
    """Whether a transaction in an account has a category: its money leaves, or comes into, what is budgeted."""
    return bool(account["on_budget"]) and (other is None or not other["on_budget"])
