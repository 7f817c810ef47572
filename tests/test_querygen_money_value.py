"""Money as Google's shopping services write it is said as money."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from envfactory.querygen import words

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_a_value_with_its_currency_is_said_as_money() -> None:
    price = {"value": "149.50", "currency": "DKK"}
    assert words.as_money(price) == (149.5, "DKK")
    assert words.say(price, NOW) == "149.50 DKK"
    assert {"149.50 DKK", "DKK 149.50", "149.50"} <= set(words.forms(price, NOW))


@pytest.mark.parametrize(
    "value", [{"value": "much", "currency": "DKK"}, {"value": 5, "currency": "DKK"}, {"value": "5"}]
)
def test_a_value_that_is_no_decimal_or_has_no_currency_is_no_money(value: dict[str, Any]) -> None:
    assert words.as_money(value) is None
