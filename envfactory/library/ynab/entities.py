"""Ids, rows and pages of YNAB: compiled from spec.json by EnvFactory."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from envfactory.environment.tool import FromJson, Key

BudgetId = Annotated[str, Key("budget", "The id of a budget.")]
AccountId = Annotated[str, Key("account", "The id of an account.")]
CategoryGroupId = Annotated[str, Key("category_group", "The id of a category group.")]
CategoryId = Annotated[str, Key("category", "The id of a category.")]
MonthMonth = Annotated[str, Key("month", "The first day of the month.")]
MonthCategoryMonth = Annotated[str, Key("month_category", "The first day of the month.")]
PayeeId = Annotated[str, Key("payee", "The id of a payee.")]
TransactionId = Annotated[str, Key("transaction", "The id of a transaction.")]
ScheduledTransactionId = Annotated[str, Key("scheduled_transaction", "The id of a scheduled transaction.")]
AccountType = Literal[
    "checking",
    "savings",
    "cash",
    "creditCard",
    "lineOfCredit",
    "otherAsset",
    "otherLiability",
    "mortgage",
    "autoLoan",
    "studentLoan",
    "personalLoan",
    "medicalDebt",
    "otherDebt",
]
TransactionCleared = Literal["cleared", "uncleared", "reconciled"]
TransactionFlagColor = Literal["red", "orange", "yellow", "green", "blue", "purple"]
ScheduledTransactionFrequency = Literal[
    "never",
    "daily",
    "weekly",
    "everyOtherWeek",
    "twiceAMonth",
    "every4Weeks",
    "monthly",
    "everyOtherMonth",
    "every3Months",
    "every4Months",
    "twiceAYear",
    "yearly",
    "everyOtherYear",
]
ScheduledTransactionFlagColor = Literal["red", "orange", "yellow", "green", "blue", "purple"]


class Budget(BaseModel):
    """One budget."""

    id: BudgetId
    name: str = Field(description="What the budget is called.")
    first_month: str = Field(
        description="Its earliest month, as the first day of it.",
        json_schema_extra={"format": "date"},
    )
    last_month: str = Field(
        description="Its latest month, as the first day of it.",
        json_schema_extra={"format": "date"},
    )
    currency_format: Annotated[dict[str, Any], FromJson] = Field(
        description="The currency of all its amounts: ISO 4217 code, symbol, and how many decimals are shown.",
    )


class Account(BaseModel):
    """One account."""

    id: AccountId
    name: str = Field(description="What the account is called.")
    type: AccountType = Field(description="What kind of account it is.")
    on_budget: bool = Field(description="Whether its money is budgeted; a tracking account's is not.")
    closed: bool = Field(description="Whether it is closed: then nothing in it can be changed.")
    note: str | None = Field(default=None, description="A remark about the account.")
    balance: int = Field(
        description="The sum of its transactions, in milliunits: 12500 is 12.50.",
        json_schema_extra={"format": "milliunits DKK"},
    )
    cleared_balance: int = Field(
        description="The sum of its cleared and reconciled transactions, in milliunits.",
        json_schema_extra={"format": "milliunits DKK"},
    )
    uncleared_balance: int = Field(
        description="The sum of its uncleared transactions, in milliunits.",
        json_schema_extra={"format": "milliunits DKK"},
    )
    transfer_payee_id: str = Field(description="The payee that stands for a transfer to this account.")


class CategoryGroup(BaseModel):
    """One category group."""

    id: CategoryGroupId
    name: str = Field(description="What the group is called.")
    hidden: bool = Field(description="Whether it is hidden.")


class Category(BaseModel):
    """One category."""

    id: CategoryId
    category_group_id: CategoryGroupId = Field(description="The group it belongs to.")
    name: str = Field(description="What the category is called.")
    hidden: bool = Field(description="Whether it is hidden.")
    note: str | None = Field(default=None, description="A remark about the category.")


class Month(BaseModel):
    """One month."""

    month: MonthMonth = Field(json_schema_extra={"format": "date"})
    income: int = Field(
        description="What came in that month for the category `Inflow: Ready to Assign`, in milliunits.",
        json_schema_extra={"format": "milliunits DKK"},
    )
    budgeted: int = Field(
        description="What was budgeted that month in all categories, in milliunits.",
        json_schema_extra={"format": "milliunits DKK"},
    )
    activity: int = Field(
        description="The sum of that month's transactions in budget accounts, without income, in milliunits.",
        json_schema_extra={"format": "milliunits DKK"},
    )
    to_be_budgeted: int = Field(
        description=(
            "What is ready to assign: income less what was budgeted up to that month and overspent before it, in "
            "milliunits."
        ),
        json_schema_extra={"format": "milliunits DKK"},
    )


class MonthCategory(BaseModel):
    """One category."""

    budgeted: int = Field(
        description="What was budgeted for it that month, in milliunits: 12500 is 12.50.",
        json_schema_extra={"format": "milliunits DKK"},
    )
    activity: int = Field(
        description="The sum of its transactions that month, in milliunits.",
        json_schema_extra={"format": "milliunits DKK"},
    )
    balance: int = Field(
        description="What is left: carried over, plus budgeted, plus activity, in milliunits.",
        json_schema_extra={"format": "milliunits DKK"},
    )


class Payee(BaseModel):
    """One payee."""

    id: PayeeId
    name: str = Field(description="What the payee is called.")
    transfer_account_id: AccountId | None = Field(
        default=None,
        description="For a transfer payee: the account that the money is transferred to.",
    )


class Transaction(BaseModel):
    """One transaction."""

    id: TransactionId
    date: str = Field(description="Its day.", json_schema_extra={"format": "date"})
    amount: int = Field(description="In milliunits: 12500 is 12.50; below zero for an outflow.")
    memo: str | None = Field(default=None, description="A remark on what it was for.")
    cleared: TransactionCleared = Field(
        description="Whether the bank has it; `reconciled` once it was compared with a statement.",
    )
    approved: bool = Field(description="Whether somebody has looked at it and approved it.")
    flag_color: TransactionFlagColor | None = Field(
        default=None,
        description="The colour of its flag; absent without one.",
    )
    account_id: AccountId = Field(description="The account it is in.")
    payee_id: PayeeId | None = Field(default=None, description="Whom it was paid to, or came from.")
    category_id: CategoryId | None = Field(default=None, description="Its category; absent while it has none.")
    transfer_account_id: AccountId | None = Field(
        default=None,
        description="For a transfer: the account on the other side.",
    )
    transfer_transaction_id: str | None = Field(
        default=None,
        description="For a transfer: the transaction on the other side.",
    )


class ScheduledTransaction(BaseModel):
    """One scheduled transaction."""

    id: ScheduledTransactionId
    date_first: str = Field(description="The first day it was scheduled for.", json_schema_extra={"format": "date"})
    date_next: str = Field(description="The next day it is scheduled for.", json_schema_extra={"format": "date"})
    frequency: ScheduledTransactionFrequency = Field(description="How often it comes; `never` means once only.")
    amount: int = Field(description="In milliunits: 12500 is 12.50; below zero for an outflow.")
    memo: str | None = Field(default=None, description="A remark on what it is for.")
    flag_color: ScheduledTransactionFlagColor | None = Field(
        default=None,
        description="The colour of its flag; absent without one.",
    )
    account_id: AccountId = Field(description="The account it is in.")
    payee_id: PayeeId | None = Field(default=None, description="Whom it is paid to, or comes from.")
    category_id: CategoryId | None = Field(default=None, description="Its category; absent when it has none.")
    transfer_account_id: AccountId | None = Field(
        default=None,
        description="For a transfer: the account on the other side.",
    )


class BudgetPage(BaseModel):
    """A page of a list, each item one budget."""

    budgets: list[Budget]


class AccountPage(BaseModel):
    """A page of a list, each item one account."""

    accounts: list[Account]


class TransactionPage(BaseModel):
    """A page of a list, each item one transaction."""

    transactions: list[Transaction]


class PayeePage(BaseModel):
    """A page of a list, each item one payee."""

    payees: list[Payee]


class ScheduledTransactionPage(BaseModel):
    """A page of a list, each item one scheduled transaction."""

    scheduled_transactions: list[ScheduledTransaction]
