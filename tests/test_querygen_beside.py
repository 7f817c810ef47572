"""What stands beside a key in a list of objects: wishes that the user says, and what the row tells of itself; and how a
shop's money and carts are spoken of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import islice
from random import Random
from typing import Any

import pytest

from envfactory.environment.library import load
from envfactory.environment.spec import Attribute, Parameter
from envfactory.graph.link import link
from envfactory.querygen import words
from envfactory.querygen.ask import extreme
from envfactory.querygen.certify import leaked
from envfactory.querygen.generate import candidates
from envfactory.querygen.values import beside
from envfactory.rollout.task import Setting, Task, Turn

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def lines(**properties: Any) -> Parameter:
    inside = {"type": "object", "properties": {"id": {"type": "string"}, **properties}, "required": ["id", "quantity"]}
    return Parameter(name="lines", type="array", role="key", entity="line", items=inside)


def test_a_required_wish_beside_a_key_is_always_said_and_never_what_the_row_has() -> None:
    parameter = lines(quantity={"type": "integer", "examples": [2, 3]})
    for seed in range(20):
        said, shown = beside(parameter, {"id": "a", "quantity": 2}, Random(seed))
        assert [(value.parameter.name, value.value) for value in said] == [("lines_quantity", 3)]
        assert said[0].attribute is not None
        assert words.field_words(said[0].attribute) == "quantity"
        assert shown == []


def test_an_optional_wish_beside_a_key_is_said_as_often_as_not() -> None:
    parameter = lines(note={"type": "string", "examples": ["for the desk"]})
    told = [len(beside(parameter, {"id": "a"}, Random(seed))[0]) for seed in range(60)]
    assert 15 < sum(told) < 45


def test_what_a_row_shows_of_itself_is_repeated_and_nothing_else_is() -> None:
    parameter = lines(quantity={"type": "integer"}, group={"type": "string"})
    assert beside(parameter, {"id": "a", "quantity": 4, "group": "g"}, Random(0)) == ([], ["quantity"])
    assert beside(parameter, {"id": "a"}, Random(0)) == ([], [])
    assert beside(Parameter(name="ids", type="array", items={"type": "string"}), {"id": "a"}, Random(0)) == ([], [])


@pytest.mark.parametrize("amount", ["149.50", "149.5", "149.500"])
def test_money_in_decimals_is_said_as_money(amount: str) -> None:
    value = {"amount": amount, "currencyCode": "DKK"}
    assert words.say(value, NOW) == "149.50 DKK"
    assert {"149.50 DKK", "DKK 149.50", "149.50"} <= set(words.forms(value, NOW))


@pytest.mark.parametrize("value", [{"amount": "much", "currencyCode": "DKK"}, {"amount": 5, "currencyCode": "DKK"}])
def test_what_is_no_decimal_is_no_money(value: dict[str, Any]) -> None:
    assert words.as_money(value) is None


def test_the_dearest_is_found_by_number_and_not_by_text() -> None:
    rows: list[Mapping[str, Any]] = [
        {"name": name, "price": {"amount": amount, "currencyCode": "DKK"}}
        for name, amount in (("a", "95.00"), ("b", "120.00"))
    ]
    assert extreme(Attribute(name="price", type="object"), "last", rows, "name") == rows[1]


@pytest.mark.parametrize(("said", "leaks"), [("Which cart has the highest total?", 0), ("Call cart_lines_add.", 1)])
def test_a_tool_that_is_named_by_what_people_call_a_thing_is_no_leak(said: str, leaks: int) -> None:
    shop = load("shopify_storefront")
    assert shop.spec is not None
    asked = Task(
        id="t",
        settings=(Setting(environment=shop.name, hash="", state="small"),),
        turns=(Turn(query=said, calls=(), answer="Done."),),
        seed=0,
    )
    with asked.open({shop.name: shop}) as session:
        assert len(leaked(asked, {shop.name: shop.spec}, session)) == leaks


def test_the_quantity_of_a_line_is_wished_for_and_said() -> None:
    shop = {"shopify_storefront": load("shopify_storefront")}
    drawn = islice(candidates(shop, link(shop, confirm=False), seed=5), 60)
    turns = [turn for one in drawn if one.task for turn in one.task.turns]
    calls = [(turn.query, call) for turn in turns for call in turn.calls if call.tool.endswith("cart_lines_update")]
    assert calls
    for query, call in calls:
        lines: Any = call.arguments["lines"]
        assert str(lines[0]["quantity"]) in query
        assert "lines.0.id" in call.uses
        assert "lines.0.quantity" not in call.uses
