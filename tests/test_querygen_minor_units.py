"""Amounts in the smallest unit beside their currency: asked for as sums of money, compared in one currency only."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from envfactory.environment.environment import Environment
from envfactory.environment.library import load
from envfactory.environment.spec import Attribute
from envfactory.graph.chain import Binding, Chain, ChainStep
from envfactory.querygen.ask import extreme
from envfactory.querygen.ground import ground
from envfactory.querygen.scenario import PERSONAS
from envfactory.querygen.story import Scenario
from envfactory.rollout.task import Setting

AMOUNT = Attribute(name="amount", type="integer", format="minor-units")


def test_amounts_beside_their_currency_compare_in_one_currency_only() -> None:
    rows: list[Mapping[str, Any]] = [
        {"name": name, "amount": amount, "currency": currency}
        for name, amount, currency in (("a", 900, "DKK"), ("b", 1200, "DKK"), ("c", 100, "EUR"))
    ]
    assert extreme(AMOUNT, "last", rows[:2], "name") == rows[1]
    assert extreme(AMOUNT, "first", rows, "name") is None
    assert extreme(AMOUNT.model_copy(update={"format": ""}), "first", rows, "name") == rows[2]


def test_a_balance_is_told_in_the_currency_of_its_account() -> None:
    library: Mapping[str, type[Environment]] = {"velo_payouts": load("velo_payouts")}
    place = {"sourceAccountId": Binding(step=0, path="content.*.id")}
    names = ("velo_payouts__list_source_accounts", "velo_payouts__get_source_account")
    steps = (ChainStep(tool=names[0], bindings={}), ChainStep(tool=names[1], bindings=place))
    chain = Chain(steps=steps, turns=((0, 1),), environments=("velo_payouts",), depth=2)
    setting = Setting(environment="velo_payouts", hash="as it is", state="large")
    told: set[str] = set()
    for seed in range(30):
        story = ground(chain, library, Scenario(PERSONAS[0], (setting,), 5), random=Random(seed))
        (move,) = story.moves
        account: Any = move.result
        if move.question == "field:balance":
            assert move.facts[0].value == {"amount": account["balance"], "currency": account["currency"]}
            told.add(move.facts[0].forms[0])
        story.close()
    assert "24000000" not in told
    assert any(form.endswith(" DKK") for form in told)
    assert all(form.rpartition(" ")[2] in {"DKK", "EUR", "SEK"} for form in told)
