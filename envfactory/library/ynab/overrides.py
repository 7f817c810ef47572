"""What no default can know of YNAB: sums, both sides of a transfer, what is closed or reconciled."""

from __future__ import annotations

from datetime import date as Day

from envfactory.environment.store import Row
from envfactory.environment.tool import tool
from envfactory.errors import ToolError

from .arguments import (
    AccountName,
    Amount,
    Approved,
    ApprovedAtOnce,
    Budgeted,
    CategoryKey,
    Cleared,
    FirstDate,
    Frequency,
    InAccount,
    InCategory,
    ItsCategory,
    ItsDate,
    ItsFlag,
    ItsPayee,
    Lacking,
    Memo,
    Month,
    MoveTo,
    NamedPayee,
    NewAccountType,
    NewAmount,
    NewCategory,
    NewCleared,
    NewDate,
    NewFlag,
    NewMemo,
    NewPayee,
    OpenAccount,
    OpeningBalance,
    PayeeKey,
    PayeeName,
    SinceDate,
    TransactionKey,
    WithPayee,
)
from .entities import Account, AccountPage, BudgetId, BudgetPage
from .ledger import INFLOW, STARTING_BALANCE, TRACKED, Ledger, categorized
from .shown import (
    CategoryGroups,
    Payees,
    ScheduledTransactions,
    ShownCategory,
    ShownMonth,
    ShownPayee,
    ShownScheduled,
    ShownTransaction,
    Transactions,
)

YEARS_AHEAD = 5
"""How far ahead a transaction can be scheduled."""


class Overrides(Ledger):
    """Tools written by hand."""

    # Budgets and accounts --------------------------------------------------------------------------------------------

    @tool()
    def get_budgets(self) -> BudgetPage:
        """List the budgets."""
        return BudgetPage.model_validate({"budgets": self.db.rows("SELECT * FROM budgets ORDER BY seq")})

    @tool()
    def get_accounts(self, budget_id: BudgetId) -> AccountPage:
        """List the accounts of a budget with their balances, closed ones too."""
        self.budget(budget_id)
        rows = self.db.rows("SELECT * FROM accounts WHERE budget_id = ? ORDER BY seq", (budget_id,))
        return AccountPage.model_validate({"accounts": rows})

    @tool(writes=True)
    def create_account(
        self, budget_id: BudgetId, name: AccountName, type: NewAccountType, balance: OpeningBalance
    ) -> Account:
        """Open an account; its balance becomes its first transaction."""
        self.budget(budget_id)
        account = self.fresh_id()
        payee = self.fresh_id()
        row: Row = {"id": account, "budget_id": budget_id, "name": name, "type": type, "transfer_payee_id": payee}
        row = self.stored("accounts", {**row, "on_budget": type not in TRACKED})
        transfer: Row = {"id": payee, "budget_id": budget_id, "name": f"Transfer : {name}"}
        self.stored("payees", {**transfer, "transfer_account_id": account})
        if balance:
            opened = self.payee_for(budget_id, None, STARTING_BALANCE)
            assert opened is not None
            first: Row = {
                "id": self.fresh_id(),
                "budget_id": budget_id,
                "date": self.timestamp[:10],
                "amount": balance,
                "cleared": "cleared",
                "approved": True,
                "account_id": account,
                "payee_id": opened["id"],
                "category_id": self.inflow(budget_id) if row["on_budget"] else None,
            }
            self.stored("transactions", first)
            self.settled(budget_id)
        return Account.model_validate(self.account(budget_id, account))

    # Categories and months -------------------------------------------------------------------------------------------

    @tool()
    def get_categories(self, budget_id: BudgetId) -> CategoryGroups:
        """List the categories of a budget by group, with the amounts of the current month."""
        month = self.month(budget_id, "current")["month"]
        categories = self.shown_categories(budget_id, month)
        groups = [
            {**group, "categories": [row for row in categories if row["category_group_id"] == group["id"]]}
            for group in self.db.rows("SELECT * FROM category_groups WHERE budget_id = ? ORDER BY seq", (budget_id,))
        ]
        return CategoryGroups.model_validate({"category_groups": groups})

    @tool()
    def get_month(self, budget_id: BudgetId, month: Month) -> ShownMonth:
        """Show a month of a budget: its totals, and each category's amounts in it."""
        row = self.month(budget_id, month)
        return ShownMonth.model_validate({**row, "categories": self.shown_categories(budget_id, row["month"])})

    @tool()
    def get_month_category(self, budget_id: BudgetId, month: Month, category_id: CategoryKey) -> ShownCategory:
        """Show what was budgeted, spent and left for a category in a month."""
        first = self.month(budget_id, month)["month"]
        return ShownCategory.model_validate(self.shown_category(budget_id, first, category_id))

    @tool(writes=True)
    def update_month_category(
        self, budget_id: BudgetId, month: Month, category_id: CategoryKey, budgeted: Budgeted
    ) -> ShownCategory:
        """Set what is budgeted for a category in a month; its balance follows, in later months too."""
        first = self.month(budget_id, month)["month"]
        row = self.shown_category(budget_id, first, category_id)
        if row["name"] == INFLOW:
            raise ToolError("income is not budgeted: it is what the other categories are given from")
        self.db.update("month_categories", {"budgeted": budgeted}, category_id=category_id, month=first)
        self.settled(budget_id)
        return ShownCategory.model_validate(self.shown_category(budget_id, first, category_id))

    # Transactions ----------------------------------------------------------------------------------------------------

    @tool()
    def get_transactions(
        self,
        budget_id: BudgetId,
        since_date: SinceDate | None = None,
        type: Lacking | None = None,
        account_id: InAccount | None = None,
        category_id: InCategory | None = None,
        payee_id: WithPayee | None = None,
    ) -> Transactions:
        """List the transactions of a budget by date, narrowed by what is given."""
        self.budget(budget_id)
        equal = self.given({"account_id": account_id, "category_id": category_id, "payee_id": payee_id})
        for column, what, table in (
            ("account_id", "account", "accounts"),
            ("category_id", "category", "categories"),
            ("payee_id", "payee", "payees"),
        ):
            if column in equal:
                self.need(table, what, budget_id=budget_id, id=equal[column])
        accounts = {row["id"]: row for row in self.db.find("accounts", budget_id=budget_id)}
        rows = [
            row
            for row in self.named("transactions", budget_id, "TRUE ORDER BY t.date, t.seq")
            if (since_date is None or row["date"] >= since_date)
            and all(row[column] == value for column, value in equal.items())
            and (type != "unapproved" or not row["approved"])
            and (type != "uncategorized" or self.lacks_category(row, accounts))
        ]
        return Transactions.model_validate({"transactions": rows})

    @tool(writes=True)
    def create_transaction(
        self,
        budget_id: BudgetId,
        account_id: OpenAccount,
        date: ItsDate,
        amount: Amount,
        payee_id: ItsPayee | None = None,
        payee_name: NamedPayee | None = None,
        category_id: ItsCategory | None = None,
        memo: Memo | None = None,
        cleared: Cleared = "uncleared",
        approved: ApprovedAtOnce = False,
        flag_color: ItsFlag | None = None,
    ) -> ShownTransaction:
        """Enter a transaction; with a transfer payee also its other side."""
        self.require_entered(budget_id, date)
        account = self.open_account(budget_id, account_id)
        payee = self.payee_for(budget_id, payee_id, payee_name)
        other = self.other_side(account, payee)
        if category_id is not None:
            self.require_category(account, other, category_id)
        row: Row = {
            "id": self.fresh_id(),
            "budget_id": budget_id,
            "date": date,
            "amount": amount,
            "memo": memo,
            "cleared": cleared,
            "approved": approved,
            "flag_color": flag_color,
            "account_id": account_id,
            "payee_id": payee["id"] if payee else None,
            "category_id": category_id,
            "transfer_transaction_id": None,
        }
        self.stored("transactions", row)
        self.mirrored(row, account, other)
        self.settled(budget_id)
        return self.shown(budget_id, row["id"])

    @tool(writes=True)
    def update_transaction(
        self,
        budget_id: BudgetId,
        transaction_id: TransactionKey,
        account_id: MoveTo | None = None,
        date: NewDate | None = None,
        amount: NewAmount | None = None,
        payee_id: NewPayee | None = None,
        payee_name: NamedPayee | None = None,
        category_id: NewCategory | None = None,
        memo: NewMemo | None = None,
        cleared: NewCleared | None = None,
        approved: Approved | None = None,
        flag_color: NewFlag | None = None,
    ) -> ShownTransaction:
        """Change what is given of a transaction; everything else stays. A transfer's other side follows."""
        row = self.transaction(budget_id, transaction_id)
        self.open_account(budget_id, row["account_id"])
        kept = row["payee_id"] if payee_name is None else None
        payee = self.payee_for(budget_id, payee_id or kept, payee_name)
        new: Row = {**row, **self.given({"account_id": account_id, "date": date, "amount": amount})}
        new["payee_id"] = payee["id"] if payee else None
        account = self.open_account(budget_id, new["account_id"])
        other = self.other_side(account, payee)
        if new["date"] != row["date"]:
            self.require_entered(budget_id, new["date"])
        same_sides = row["transfer_account_id"] == (other["id"] if other else None)
        if not same_sides or any(new[column] != row[column] for column in ("account_id", "date", "amount")):
            self.require_unlocked(row, cleared)
            if row["transfer_transaction_id"] is not None:
                self.require_unlocked(self.transaction(budget_id, row["transfer_transaction_id"]))
        if category_id is not None:
            self.require_category(account, other, category_id)
        elif not categorized(account, other):
            new["category_id"] = None
        new |= self.given(
            {
                "category_id": category_id,
                "memo": memo,
                "cleared": cleared,
                "approved": approved,
                "flag_color": flag_color,
            }
        )
        self.db.update("transactions", new, id=transaction_id)
        self.mirrored(new, account, other)
        self.settled(budget_id)
        return self.shown(budget_id, transaction_id)

    @tool(writes=True)
    def delete_transaction(self, budget_id: BudgetId, transaction_id: TransactionKey) -> ShownTransaction:
        """Delete a transaction; a transfer goes with its other side."""
        row = self.transaction(budget_id, transaction_id)
        shown = self.shown(budget_id, transaction_id)
        mirror = row["transfer_transaction_id"]
        for side in [row] if mirror is None else [row, self.transaction(budget_id, mirror)]:
            self.open_account(budget_id, side["account_id"])
            self.require_unlocked(side)
            self.db.delete("transactions", id=side["id"])
        self.settled(budget_id)
        return shown

    def shown(self, budget: str, transaction: str) -> ShownTransaction:
        """One transaction as callers see it."""
        return ShownTransaction.model_validate(self.named("transactions", budget, "t.id = :id", id=transaction)[0])

    # Payees ----------------------------------------------------------------------------------------------------------

    @tool()
    def get_payees(self, budget_id: BudgetId) -> Payees:
        """List the payees of a budget by name, those that stand for transfers too."""
        self.budget(budget_id)
        rows = self.db.rows("SELECT * FROM payees WHERE budget_id = ? ORDER BY name, seq", (budget_id,))
        return Payees.model_validate({"payees": rows})

    @tool(writes=True)
    def update_payee(self, budget_id: BudgetId, payee_id: PayeeKey, name: PayeeName) -> ShownPayee:
        """Rename a payee."""
        self.budget(budget_id)
        row = self.need("payees", "payee", budget_id=budget_id, id=payee_id)
        if row["transfer_account_id"] is not None:
            raise ToolError("a transfer payee bears its account's name and cannot be renamed")
        if row["name"] == STARTING_BALANCE:
            raise ToolError(f"the budget needs the payee {STARTING_BALANCE!r}; it cannot be renamed")
        namesake = self.db.get("payees", budget_id=budget_id, name=name)
        if namesake is not None and namesake["id"] != payee_id:
            raise ToolError(f"there is a payee called {name!r} already", code="already_exists")
        self.db.update("payees", {"name": name}, id=payee_id)
        return ShownPayee.model_validate({**row, "name": name})

    # Scheduled transactions ------------------------------------------------------------------------------------------

    @tool()
    def get_scheduled_transactions(self, budget_id: BudgetId) -> ScheduledTransactions:
        """List the scheduled transactions of a budget by their next date."""
        self.budget(budget_id)
        rows = self.named("scheduled_transactions", budget_id, "TRUE ORDER BY t.date_next, t.seq")
        return ScheduledTransactions.model_validate({"scheduled_transactions": rows})

    @tool(writes=True)
    def create_scheduled_transaction(
        self,
        budget_id: BudgetId,
        account_id: OpenAccount,
        date: FirstDate,
        amount: Amount = 0,
        payee_id: ItsPayee | None = None,
        payee_name: NamedPayee | None = None,
        category_id: ItsCategory | None = None,
        memo: Memo | None = None,
        frequency: Frequency = "never",
        flag_color: ItsFlag | None = None,
    ) -> ShownScheduled:
        """Schedule a transaction for a day to come, once or again and again."""
        account = self.open_account(self.budget(budget_id)["id"], account_id)
        self.require_ahead(date)
        payee = self.payee_for(budget_id, payee_id, payee_name)
        other = self.other_side(account, payee)
        if category_id is not None:
            self.require_category(account, other, category_id)
        row: Row = {
            "id": self.fresh_id(),
            "budget_id": budget_id,
            "date_first": date,
            "date_next": date,
            "frequency": frequency,
            "amount": amount,
            "memo": memo,
            "flag_color": flag_color,
            "account_id": account_id,
            "payee_id": payee["id"] if payee else None,
            "category_id": category_id,
            "transfer_account_id": other["id"] if other else None,
        }
        self.stored("scheduled_transactions", row)
        shown = self.named("scheduled_transactions", budget_id, "t.id = :id", id=row["id"])[0]
        return ShownScheduled.model_validate(shown)

    def require_ahead(self, date: str) -> None:
        """Raise ToolError unless a day can be scheduled."""
        today = self.now.date()
        if Day.fromisoformat(date) <= today:
            raise ToolError("a scheduled transaction lies in the future; enter it instead", code="invalid_arguments")
        last = f"{today.year + YEARS_AHEAD}{today.isoformat()[4:]}"
        if date > last:
            raise ToolError(f"nothing can be scheduled after {last}", code="invalid_arguments")
