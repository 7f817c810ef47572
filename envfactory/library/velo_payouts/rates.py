"""Exchange rates, fixed: what one unit of each currency is worth."""

from __future__ import annotations

WORTH = {"EUR": 10_000, "DKK": 1_340, "SEK": 890}
"""In ten-thousandths of a euro; invented, near the rates of early 2026."""


def cost(amount: int, paid_in: str, held_in: str) -> int:
    """What a payment takes from an account held in `held_in`, both in the smallest unit, rounded up."""
    return -(-amount * WORTH[paid_in] // WORTH[held_in])


def rate(paid_in: str, held_in: str) -> float:
    """How many units of the payment's currency one unit of the account's buys."""
    return round(WORTH[held_in] / WORTH[paid_in], 4)
