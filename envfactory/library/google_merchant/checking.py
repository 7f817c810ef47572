"""What the service accepts: prices in a country's currency, GTINs, periods, and areas of postal codes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

from envfactory.environment.entropy import rfc3339, utc
from envfactory.errors import ToolError

from .entities import ProductPrice, RegionPostalCodeArea

CURRENCIES = {
    "AU": "AUD", "BR": "BRL", "CA": "CAD", "DE": "EUR", "DK": "DKK", "ES": "EUR", "FR": "EUR", "GB": "GBP",
    "IN": "INR", "IT": "EUR", "JP": "JPY", "KR": "KRW", "NL": "EUR", "NO": "NOK", "SE": "SEK", "US": "USD",
}  # fmt: skip
"""What prices are written in, by country (ISO 3166, ISO 4217)."""
SOLD_IN = ("DK", "DE", "SE", "GB", "NO", "NL", "FR", "US")
"""Where the shop sells."""
PROMOTED_IN = tuple(code for code in CURRENCIES if code not in {"DK", "NO", "SE"})
"""Where the service has promotions (the discovery document at `Promotion.targetCountry`)."""
DIGITS = {"DE": 5, "DK": 4, "FR": 5, "NL": 4, "NO": 4, "SE": 5, "US": 5}
"""How many digits a postal code has; of Dutch ones the letters are left out."""
_AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?")


def wrong(message: str) -> ToolError:
    """The refusal of what is written wrong."""
    return ToolError(message, code="invalid_arguments")


def check_country(code: str, known: tuple[str, ...], what: str) -> None:
    """A country is among `known`."""
    if code not in known:
        raise wrong(f"{code!r} is no country {what}: give one of {', '.join(known)}")


def check_price(price: ProductPrice, country: str) -> dict[str, str]:
    """A price above zero with two decimals, in the currency of the country."""
    currency, value = price["currency"], price["value"]
    if currency != CURRENCIES[country]:
        raise wrong(f"prices for {country} are in {CURRENCIES[country]}, not in {currency!r}")
    if not _AMOUNT.fullmatch(value) or not Decimal(value):
        raise wrong(f"{value!r} is no price: write it as 149.50")
    return {"value": f"{Decimal(value):.2f}", "currency": currency}


def amount(price: Any) -> Decimal | None:
    """What a price comes to, as given or as the database keeps it; None when there is none."""
    parts: Any = json.loads(price) if isinstance(price, str) else price
    return None if parts is None else Decimal(parts["value"])


def check_gtin(gtin: str) -> None:
    """A number of 8, 12, 13 or 14 digits whose last one is right (GS1 General Specifications, 7.9)."""
    if not re.fullmatch(r"[0-9]{8}|[0-9]{12,14}", gtin):
        raise wrong(f"{gtin!r} is no GTIN: it has 8, 12, 13 or 14 digits")
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(gtin[:-1])))
    if -total % 10 != int(gtin[-1]):
        raise wrong(f"the last digit of the GTIN {gtin} should be {-total % 10}")


def check_period(text: str) -> str:
    """Two times with a slash between them, the first one earlier."""
    try:
        first, last = map(utc, text.split("/"))
    except ValueError:
        raise wrong(f"{text!r} is no period: write 2026-03-02T00:00:00Z/2026-03-15T23:59:59Z") from None
    if first >= last:
        raise wrong("the sale ends before it begins")
    return f"{rfc3339(first)}/{rfc3339(last)}"


def within(period: str | None, now: datetime) -> bool:
    """Whether a sale is on; one without a period always is."""
    if period is None:
        return True
    first, last = map(utc, period.split("/"))
    return first <= now < last


def check_area(area: RegionPostalCodeArea) -> Mapping[str, Any]:
    """An area whose postal codes fit its country and whose ranges do not overlap."""
    country = area["regionCode"]
    check_country(country, tuple(DIGITS), "with regions")
    if not area["postalCodes"]:
        raise wrong("a region covers at least one postal code")
    spans: list[tuple[str, str]] = []
    for part in area["postalCodes"]:
        begin, end = part["begin"], part.get("end", part["begin"])
        low, high = _span(begin, country), _span(end, country)
        if begin.endswith("*") != end.endswith("*") or len(begin) != len(end):
            raise wrong(f"{begin} and {end} do not make a range: write both in full, or both as prefixes of one length")
        if begin > end:
            raise wrong(f"the range from {begin} to {end} ends before it begins")
        spans.append((low[0], high[1]))
    spans.sort()
    for one, other in pairwise(spans):
        if other[0] <= one[1]:
            raise wrong(f"the ranges {'-'.join(one)} and {'-'.join(other)} overlap")
    return area


def _span(code: str, country: str) -> tuple[str, str]:
    """The first and the last postal code that `code`, in full or as `21*`, stands for."""
    digits = DIGITS[country]
    prefix = code.removesuffix("*")
    fits = len(prefix) < digits if code.endswith("*") else len(prefix) == digits
    if not re.fullmatch("[0-9]+", prefix) or not fits:
        raise wrong(f"{code!r} is no postal code of {country}: they have {digits} digits")
    return prefix.ljust(digits, "0"), prefix.ljust(digits, "9")


def go_together(what: str, value: Any, wanted: bool, why: str) -> None:
    """A value is given where another asks for it, and only there."""
    if wanted and value is None:
        raise wrong(f"{why} needs {what}")
    if value is not None and not wanted:
        raise wrong(f"{what} does not go with {why}")
