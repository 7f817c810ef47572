"""The ledger of `ynab`: after any calls, every balance is the sum of transactions that it should be."""

from __future__ import annotations

from collections import defaultdict
from random import Random
from typing import Any

import pytest

from envfactory.environment.environment import Environment, open_environment
from envfactory.environment.library import load

YNAB = load("ynab")
INFLOW = "Inflow: Ready to Assign"


def check_sums(env: Environment) -> None:
    """Count everything again from the transactions and the budgeted amounts, in another way than the environment."""
    rows = env.db.state()
    accounts = {row["id"]: row for row in rows["accounts"]}
    sums: dict[str, list[int]] = {account: [0, 0, 0] for account in accounts}
    by_month: dict[tuple[str | None, str], int] = defaultdict(int)
    activity: dict[tuple[str, str], int] = defaultdict(int)
    income = {row["id"] for row in rows["categories"] if row["name"] == INFLOW}
    entered = {row["id"]: row for row in rows["transactions"]}
    for row in entered.values():
        account, month = accounts[row["account_id"]], f"{row['date'][:7]}-01"
        for place in (0, 2 if row["cleared"] == "uncleared" else 1):
            sums[row["account_id"]][place] += row["amount"]
        by_month[row["category_id"], month] += row["amount"]
        assert account["on_budget"] or row["category_id"] is None
        if account["on_budget"] and row["category_id"] not in income:
            activity[row["budget_id"], month] += row["amount"]
        if row["transfer_transaction_id"]:
            other = entered[row["transfer_transaction_id"]]
            assert (other["amount"], other["date"]) == (-row["amount"], row["date"])
            assert other["transfer_transaction_id"] == row["id"]
            assert (other["account_id"], other["transfer_account_id"]) == (
                row["transfer_account_id"],
                row["account_id"],
            )
            assert other["payee_id"] == account["transfer_payee_id"]
            within = account["on_budget"] and accounts[other["account_id"]]["on_budget"]
            assert row["category_id"] is None or not within
    for key, row in accounts.items():
        assert [row["balance"], row["cleared_balance"], row["uncleared_balance"]] == sums[key], row["name"]
    for budget in rows["budgets"]:
        mine = [row["id"] for row in rows["categories"] if row["budget_id"] == budget["id"]]
        months = [row for row in rows["months"] if row["budget_id"] == budget["id"]]
        ready, late = 0, 0
        for month in sorted(months, key=lambda row: str(row["month"])):
            first = month["month"]
            lines = {row["category_id"]: row for row in rows["month_categories"] if row["month"] == first}
            before = {
                row["category_id"]: row["balance"]
                for row in rows["month_categories"]
                if row["month"] == max((m["month"] for m in months if m["month"] < first), default="")
            }
            for category in mine:
                spent = by_month[category, first]
                carried = 0 if category in income else max(before.get(category, 0), 0)
                assert lines[category]["activity"] == spent
                assert lines[category]["balance"] == carried + lines[category]["budgeted"] + spent
            earned = sum(by_month[category, first] for category in mine if category in income)
            planned = sum(lines[category]["budgeted"] for category in mine)
            late = sum(min(before.get(category, 0), 0) for category in mine if category not in income)
            ready += earned - planned + late
            assert (month["income"], month["budgeted"]) == (earned, planned)
            assert (month["activity"], month["to_be_budgeted"]) == (activity[budget["id"], first], ready)


def made_call(env: Environment, random: Random) -> tuple[str, dict[str, Any]]:
    """A writing call with ids of one budget; some are refused."""
    budget = random.choice(env.db.find("budgets"))["id"]

    def some(table: str) -> str:
        return str(random.choice(env.db.find(table, budget_id=budget))["id"])

    def maybe(**options: Any) -> dict[str, Any]:
        return {name: value for name, value in options.items() if random.random() < 0.4}

    amount = random.randint(-900, 900) * 1250
    details = maybe(
        payee_id=some("payees"), category_id=some("categories"), cleared=random.choice(("cleared", "reconciled"))
    )
    day = random.choice(("2026-02-11", "2026-02-28", "2026-03-02"))
    if random.random() < 0.1:
        kind = random.choice(("checking", "otherAsset"))
        return "create_account", {"budget_id": budget, "name": f"Jar {amount}", "type": kind, "balance": amount}
    entered = env.db.find("transactions", budget_id=budget)
    if not entered or random.random() < 0.35:
        return "create_transaction", {
            "budget_id": budget, "account_id": some("accounts"), "date": day, "amount": amount, **details
        }  # fmt: skip
    if random.random() < 0.2:
        month = random.choice(env.db.find("months", budget_id=budget))["month"]
        return "update_month_category", {
            "budget_id": budget, "month": month, "category_id": some("categories"), "budgeted": amount
        }  # fmt: skip
    one = {"budget_id": budget, "transaction_id": random.choice(entered)["id"]}
    if random.random() < 0.2:
        return "delete_transaction", one
    moved = maybe(account_id=some("accounts"), amount=amount, date=day)
    return "update_transaction", {**one, **details, **moved}


@pytest.mark.parametrize("state", sorted(YNAB.states))
def test_every_curated_world_adds_up(state: str) -> None:
    check_sums(open_environment(YNAB, YNAB.state(state)))


@pytest.mark.parametrize("seed", range(4))
def test_every_balance_is_a_sum_of_transactions_after_any_calls(seed: int) -> None:
    env, random = open_environment(YNAB, YNAB.state("small")), Random(seed)
    done: dict[str, int] = defaultdict(int)
    for _ in range(120):
        name, arguments = made_call(env, random)
        called = env.call(name, arguments)
        assert called.outcome in {"ok", "refused"}, called.bug
        done[name if called.outcome == "ok" else "refused"] += 1
        check_sums(env)
    assert min(done[name] for name in (*WRITERS, "refused")) > 0, dict(done)


WRITERS = ("create_account", "create_transaction", "update_transaction", "delete_transaction", "update_month_category")


def test_a_sum_that_is_off_would_be_noticed() -> None:
    env = open_environment(YNAB, YNAB.state("small"))
    with env.db.transaction():
        env.db.rows("UPDATE month_categories SET balance = balance + 1 WHERE month = '2026-03-01'")
    with pytest.raises(AssertionError):
        check_sums(env)
