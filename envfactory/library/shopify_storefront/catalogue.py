"""The shop window: products with what their variants cost, collections, and saved addresses."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from envfactory.environment.environment import Environment
from envfactory.environment.store import Row
from envfactory.errors import ToolError

from .arguments import ProductFilter
from .money import ore

COUNTRIES = {
    "DK": ("Denmark", r"[0-9]{4}"),
    "SE": ("Sweden", r"[0-9]{3} ?[0-9]{2}"),
    "NO": ("Norway", r"[0-9]{4}"),
    "FI": ("Finland", r"[0-9]{5}"),
    "DE": ("Germany", r"[0-9]{5}"),
    "NL": ("Netherlands", r"[1-9][0-9]{3} ?[A-Z]{2}"),
    "GB": ("United Kingdom", r"[A-Z]{1,2}[0-9][0-9A-Z]? ?[0-9][A-Z]{2}"),
    "US": ("United States", r"[0-9]{5}(-[0-9]{4})?"),
    "JP": ("Japan", r"[0-9]{3}-[0-9]{4}"),
}
"""By code: the name of the country, and how its postal codes look."""
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_FOREIGN = re.compile(r"<[^>]*>|https?://")
_SORTS: Mapping[str, Callable[[Row], Any]] = {
    "TITLE": lambda row: row["title"].lower(),
    "PRODUCT_TYPE": lambda row: row["productType"].lower(),
    "VENDOR": lambda row: row["vendor"].lower(),
    "PRICE": lambda row: ore(row["minVariantPrice"]),
    "CREATED_AT": lambda row: row["createdAt"],
    "CREATED": lambda row: row["createdAt"],
    "UPDATED_AT": lambda row: row["updatedAt"],
    "BEST_SELLING": lambda row: -row["sold"],
    "PROCESSED_AT": lambda row: row["processedAt"],
    "TOTAL_PRICE": lambda row: ore(row["totalPrice"]),
}


def ordered(rows: Iterable[Row], key: str, *, reverse: bool) -> list[Row]:
    """Rows by a sort key; those that are equal, or have none, keep the order they came in."""
    found = sorted(rows, key=_SORTS[key]) if key in _SORTS else list(rows)
    return found[::-1] if reverse else found


class Catalogue(Environment):
    """Products, collections and addresses."""

    def all_products(self) -> list[Row]:
        """Every product in the order in which they came into the shop, with its tags and its variants' prices."""
        prices: dict[str, list[int]] = {}
        for variant in self.db.rows("SELECT productId, price FROM product_variants"):
            prices.setdefault(variant["productId"], []).append(ore(variant["price"]))
        rows = self.db.rows("SELECT * FROM products ORDER BY seq, id")
        return [row | {"tags": json.loads(row["tags"]), "prices": prices.get(row["id"], [])} for row in rows]

    def variants(self, product: str) -> list[Row]:
        """The variants of a product, in their order."""
        return self.db.rows("SELECT * FROM product_variants WHERE productId = ? ORDER BY seq, id", (product,))

    def variant(self, merchandise: str) -> Row:
        """One variant; raises ToolError."""
        return self.need("product_variants", "variant", id=merchandise)

    def passes(self, product: Row, filters: list[ProductFilter]) -> bool:
        """Whether a product meets one filter of each kind that is given; raises ToolError for a filter of no kind."""
        met: dict[str, bool] = {}
        for one in filters:
            if len(one) != 1:
                raise ToolError("filters: each says one thing", code="invalid_arguments")
            kind = next(iter(one))
            met[kind] = met.get(kind, False) or self._meets(product, one)
        return all(met.values())

    def _meets(self, product: Row, one: ProductFilter) -> bool:
        if "available" in one:
            return bool(product["availableForSale"]) is one["available"]
        if "price" in one:
            low, high = round(one["price"].get("min", 0.0) * 100), round(one["price"].get("max", 1e9) * 100)
            return any(low <= price <= high for price in product["prices"])
        if "productType" in one:
            return product["productType"].lower() == one["productType"].lower()
        if "productVendor" in one:
            return product["vendor"].lower() == one["productVendor"].lower()
        if "tag" in one:
            return one["tag"].lower() in product["tags"]
        wanted = one.get("variantOption")
        return any(wanted in json.loads(variant["selectedOptions"]) for variant in self.variants(product["id"]))


def check_phone(phone: str | None) -> None:
    """Raise ToolError for what is no phone number; an empty text is none."""
    if phone and not _PHONE.fullmatch(phone):
        problem = f"{phone!r} is no phone number: a plus, the country's code and the number, without spaces"
        raise ToolError(problem, code="invalid_arguments")


def check_email(email: str | None) -> None:
    """Raise ToolError for what is no e-mail address; an empty text is none."""
    if email and not _EMAIL.fullmatch(email):
        raise ToolError(f"{email!r} is no e-mail address", code="invalid_arguments")


def checked_address(row: Row) -> Row:
    """An address with its country by name and code, empty parts left out; raises ToolError when it is none."""
    row = {name: (value.strip() or None) if isinstance(value, str) else value for name, value in row.items()}
    for name in ("address1", "city", "country"):
        if row[name] is None:
            raise ToolError(f"{name}: an address needs it", code="invalid_arguments")
    for name, value in row.items():
        if isinstance(value, str) and _FOREIGN.search(value):
            raise ToolError(f"{name}: tags and web addresses are no part of an address", code="invalid_arguments")
    wanted = row["country"].lower()
    code = next((code for code, (name, _) in COUNTRIES.items() if wanted in {name.lower(), code.lower()}), None)
    if code is None:
        raise ToolError(f"the shop does not know the country {row['country']!r}", code="invalid_arguments")
    country, shape = COUNTRIES[code]
    if row["zip"] is not None and not re.fullmatch(shape, row["zip"]):
        raise ToolError(f"{row['zip']!r} is no postal code of {country}", code="invalid_arguments")
    check_phone(row["phone"])
    return row | {"country": country, "countryCodeV2": code}
