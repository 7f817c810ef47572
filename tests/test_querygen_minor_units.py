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


def test_the_highest_payment_is_asked_for_only_where_all_are_in_one_currency() -> None:
    library: Mapping[str, type[Environment]] = {"velo_payouts": load("velo_payouts")}
    place = {"payoutId": Binding(step=0, path="content.*.payoutId")}
    names = ("velo_payouts__list_payouts", "velo_payouts__list_payout_payments")
    steps = (ChainStep(tool=names[0], bindings={}), ChainStep(tool=names[1], bindings=place))
    chain = Chain(steps=steps, turns=((0, 1),), environments=("velo_payouts",), depth=2)
    setting = Setting(environment="velo_payouts", hash="as it is", state="large")
    compared = 0
    for seed in range(60):
        story = ground(chain, library, Scenario(PERSONAS[0], (setting,), 5), random=Random(seed))
        (move,) = story.moves
        result: Any = move.result
        if move.question in {"first:amount", "last:amount"}:
            compared += 1
            assert len({payment["currency"] for payment in result["content"]}) == 1
        story.close()
    assert compared
