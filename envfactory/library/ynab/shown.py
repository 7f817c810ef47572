"""What the tools show: records with the names of what they refer to.

A field that holds another record's key is plain text here. People do not find a payee by a transaction, so no such path
is offered to the tools' graph.
"""

from __future__ import annotations

from pydantic import BaseModel, Field

from .entities import Category, MonthMonth, Payee, ScheduledTransaction, Transaction


class ShownCategory(Category):
    """A category with its amounts in one month."""

    category_group_id: str = Field(description="The id of its group.")
    budgeted: int = Field(description="What was budgeted for it that month, in milliunits.")
    activity: int = Field(description="The sum of its transactions that month, in milliunits.")
    balance: int = Field(description="What is left: carried over, plus budgeted, plus activity, in milliunits.")


class CategoryLine(ShownCategory):
    """A category as its month lists it; categories are found in their groups."""

    id: str = Field(description="The id of the category.")


class ShownGroup(BaseModel):
    """A group of categories."""

    id: str
    name: str
    hidden: bool
    categories: list[ShownCategory]


class CategoryGroups(BaseModel):
    """The categories of a budget by group."""

    category_groups: list[ShownGroup]


class ShownMonth(BaseModel):
    """A month of a budget; all amounts are in milliunits."""

    month: MonthMonth
    income: int = Field(description="What came in for the category `Inflow: Ready to Assign`.")
    budgeted: int = Field(description="What was budgeted in all categories.")
    activity: int = Field(description="The sum of the transactions in budget accounts, without income.")
    to_be_budgeted: int = Field(description="What is ready to assign.")
    categories: list[CategoryLine]


class ShownPayee(Payee):
    """One payee."""

    transfer_account_id: str | None = Field(default=None, description="For a transfer payee: the id of the account.")


class Payees(BaseModel):
    """The payees of a budget."""

    payees: list[ShownPayee]


class ShownTransaction(Transaction):
    """One transaction."""

    account_id: str = Field(description="The id of the account it is in.")
    account_name: str
    payee_id: str | None = Field(default=None, description="The id of whom it was paid to, or came from.")
    payee_name: str | None = None
    category_id: str | None = Field(default=None, description="The id of its category; absent while it has none.")
    category_name: str | None = None
    transfer_account_id: str | None = Field(
        default=None, description="For a transfer: the id of the account on the other side."
    )


class Transactions(BaseModel):
    """Transactions by date."""

    transactions: list[ShownTransaction]


class ShownScheduled(ScheduledTransaction):
    """One scheduled transaction."""

    account_id: str = Field(description="The id of the account it is in.")
    account_name: str
    payee_id: str | None = Field(default=None, description="The id of whom it is paid to, or comes from.")
    payee_name: str | None = None
    category_id: str | None = Field(default=None, description="The id of its category; absent when it has none.")
    category_name: str | None = None
    transfer_account_id: str | None = Field(
        default=None, description="For a transfer: the id of the account on the other side."
    )


class ScheduledTransactions(BaseModel):
    """Scheduled transactions by their next date."""

    scheduled_transactions: list[ShownScheduled]
