"""What holds between rows: a sale below its price, return policies that are there, labels that are unique."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, cast

from envfactory.environment.store import Row
from envfactory.errors import ToolError

from .checking import SOLD_IN, amount, check_country, wrong
from .shown import Judging


class Keeping(Judging):
    """What offers and return policies must be to be kept."""

    def check_offer(self, row: Row) -> None:
        """A sale price is below the price, a period belongs to one, and a return policy is there."""
        price, sale = amount(row["price"]), amount(row["salePrice"])
        if sale is not None and (price is None or sale >= price):
            raise ToolError(f"a sale price is below the price: {sale} is not below {price}")
        if row["salePriceEffectiveDate"] is not None and sale is None:
            raise ToolError("a sale period belongs to a sale price, and there is none")
        label, country = row["returnPolicyLabel"], row["targetCountry"]
        if label is not None and not self.policies(label, {country}):
            raise ToolError(f"there is no return policy labelled {label!r} for {country}", code="not_found")

    def check_policy(self, row: Row) -> None:
        """Known countries, a window that makes sense, methods and conditions, and a label of its own."""
        countries = items(row["countries"])
        for code in countries:
            check_country(code, SOLD_IN, "that the shop sells in")
        window: Any = json.loads(row["policy"]) if isinstance(row["policy"], str) else row["policy"]
        counted, days = window["type"] == "NUMBER_OF_DAYS_AFTER_DELIVERY", window.get("days")
        if counted != (days is not None):
            raise wrong("`days` are given with NUMBER_OF_DAYS_AFTER_DELIVERY, and only with it")
        if days is not None and not (days.isascii() and days.isdigit() and 1 <= int(days) <= 365):
            raise wrong(f"{days!r} is no number of days from 1 to 365")
        for column in ("returnMethods", "itemConditions"):
            if (row[column] is None) != (window["type"] == "NO_RETURNS"):
                raise wrong(f"{column} are given unless nothing is taken back, and only then not")
        for other in self.policies(row["label"], set(countries)):
            if other["returnPolicyId"] != row["returnPolicyId"]:
                raise ToolError(f"{other['name']!r} has the label {row['label']!r} in a country of it", code="conflict")

    def policies(self, label: str, countries: set[str]) -> list[Row]:
        """The policies with a label that hold in one of the countries."""
        return [row for row in self.db.find("return_policies", label=label) if countries & set(items(row["countries"]))]

    def used_in(self, row: Row) -> set[str]:
        """The countries with offers that use a policy."""
        offers = self.db.find("products", returnPolicyLabel=row["label"])
        return {offer["targetCountry"] for offer in offers} & set(items(row["countries"]))


def items(value: Any) -> Sequence[str]:
    """A list as given or as the database keeps it."""
    return cast("list[str]", json.loads(value) if isinstance(value, str) else value)
