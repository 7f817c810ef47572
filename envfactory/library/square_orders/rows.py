"""What the tools of the shop share: rows that must be there, lines of orders, money and stock."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from pydantic import BaseModel, Field

from envfactory.environment.entropy import rfc3339
from envfactory.environment.environment import Environment
from envfactory.environment.store import Row
from envfactory.errors import ToolError

from .entities import CatalogItem, ItemVariation

CURRENCY = "DKK"
"""What the shop is paid in."""
YEAR = timedelta(days=365)
_WHOLE = re.compile(r"[1-9][0-9]{0,11}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_PHONE = re.compile(r"\+?[0-9 ()-]+")


class ItemWithVariations(CatalogItem):
    """One item, with all its variations."""

    variations: list[ItemVariation] = Field(description="What is sold of it, each with its price.")


class ItemWithVariationsPage(BaseModel):
    """A page of a list, each item one item with its variations."""

    items: list[ItemWithVariations]
    cursor: str | None = Field(default=None, description="The cursor of the next page; absent on the last.")


class Rows(Environment):
    """The shop's rows."""

    # Rows that must be there -----------------------------------------------------------------------------------------

    def customer(self, customer_id: str) -> Row:
        """One customer; raises ToolError."""
        return self.need("customers", "customer", id=customer_id)

    def variation(self, object_id: str) -> Row:
        """One variation of an item; raises ToolError."""
        return self.need("item_variations", "variation", id=object_id)

    def order(self, order_id: str) -> Row:
        """One order; raises ToolError."""
        return self.need("orders", "order", id=order_id)

    def open_order(self, order_id: str, version: int | None) -> Row:
        """An order that is open, at the version that the caller knows; raises ToolError."""
        row = self.order(order_id)
        if row["state"] != "OPEN":
            raise ToolError(f"the order is {row['state']}; only open orders can be changed or paid")
        if version is not None and version != row["version"]:
            raise ToolError(f"the order is at version {row['version']}, not {version}", code="conflict")
        return row

    def approved(self, payment_id: str) -> Row:
        """A payment that is approved and not taken yet; raises ToolError."""
        row = self.need("payments", "payment", id=payment_id)
        if row["status"] != "APPROVED":
            raise ToolError(f"the payment is {row['status']}; only an approved one can be completed or canceled")
        return row

    # Changes ---------------------------------------------------------------------------------------------------------

    def change_order(self, row: Row, changes: Row) -> Row:
        """Write to an order; its version grows."""
        changes = {**changes, "version": row["version"] + 1, "updated_at": self.timestamp}
        self.db.update("orders", changes, id=row["id"])
        return row | changes

    def settle_payment(self, row: Row, status: str) -> Row:
        """Take an approved payment, or void it, which takes its receipt number away."""
        changes: Row = {"status": status, "updated_at": self.timestamp}
        if status == "CANCELED":
            changes["receipt_number"] = None
        self.db.update("payments", changes, id=row["id"])
        return row | changes

    def change_stock(self, variation: Row, pieces: int) -> Row:
        """Add pieces to the stock of a variation, or take them out; raises ToolError when it is too small."""
        row = self.count(variation)
        left = int(row["quantity"]) + pieces
        if left < 0:
            raise ToolError(f"there are only {row['quantity']} of {variation['name']!r} in stock")
        changes: Row = {"quantity": str(left), "calculated_at": self.timestamp}
        self.db.update("inventory_counts", changes, catalog_object_id=variation["id"])
        return row | changes

    def count(self, variation: Row) -> Row:
        """The count of a variation whose stock is counted; raises ToolError."""
        if not variation["track_inventory"]:
            raise ToolError(f"the stock of {variation['name']!r} is not counted")
        return self.need("inventory_counts", "count of the variation", catalog_object_id=variation["id"])

    def sell(self, lines: Iterable[Mapping[str, Any]]) -> None:
        """Take what was sold out of the stock, where it is counted; raises ToolError when there is not enough."""
        for line in lines:
            variation = self.db.get("item_variations", id=line.get("catalog_object_id"))
            if variation is not None and variation["track_inventory"]:
                self.change_stock(variation, -int(line["quantity"]))

    # Lines of orders -------------------------------------------------------------------------------------------------

    def line(self, given: Mapping[str, Any], held: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """A line as the order keeps it: a new one, or a held one with what is given changed; raises ToolError."""
        line: dict[str, Any] = {**(held or {"uid": self.new_id(length=8)}), **given}
        object_id = given.get("catalog_object_id")
        if object_id is not None:
            variation = self.variation(object_id)
            item = self.need("catalog_items", "item", id=variation["item_id"])
            line |= {"name": item["name"], "variation_name": variation["name"]}
            line["base_price_money"] = given.get("base_price_money") or json.loads(variation["price_money"])
        if not line.get("name") or "base_price_money" not in line:
            problem = "line_items: a line needs a catalog_object_id, or a name and a base_price_money"
            raise ToolError(problem, code="invalid_arguments")
        price = amount_of(line["base_price_money"], least=0)
        line["total_money"] = money(price * whole(line["quantity"]))
        if len(line.get("note") or "") > 2000:
            raise ToolError("line_items: a note has at most 2000 characters", code="invalid_arguments")
        return line

    def with_lines(self, lines: list[dict[str, Any]], given: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The lines of an order after those given were changed (by `uid`) or added; raises ToolError."""
        kept = {line["uid"]: line for line in lines}
        for one in given:
            uid = one.get("uid")
            if uid is not None and uid not in kept:
                raise ToolError(f"the order has no line {uid!r}", code="not_found")
            line = self.line(one, kept.get(uid))
            kept[line["uid"]] = line
        return list(kept.values())

    # Lists -----------------------------------------------------------------------------------------------------------

    def span(self, begin: str | None, end: str | None) -> tuple[str, str]:
        """A span of time, by default the past year until now."""
        return begin or rfc3339(self.now - YEAR), end or self.timestamp


def money(amount: int) -> dict[str, Any]:
    """An amount in the shop's currency, as the service shows it."""
    return {"amount": amount, "currency": CURRENCY}


def amount_of(value: Mapping[str, Any], *, least: int) -> int:
    """The amount of money in the shop's currency; raises ToolError for another one, or less than `least`."""
    if value["currency"] != CURRENCY:
        raise ToolError(f"the shop takes {CURRENCY} only, not {value['currency']!r}", code="invalid_arguments")
    if value["amount"] < least:
        raise ToolError(f"an amount of {value['amount']} is too small", code="invalid_arguments")
    return value["amount"]


def held_amount(row: Row, column: str) -> int:
    """The amount in a column that holds money; 0 when it is empty."""
    return json.loads(row[column])["amount"] if row[column] else 0


def whole(quantity: str) -> int:
    """The number of pieces that a text says; raises ToolError unless it is a whole number from 1."""
    if not _WHOLE.fullmatch(quantity):
        raise ToolError(f"quantity: {quantity!r} is no whole number from 1", code="invalid_arguments")
    return int(quantity)


def check_contact(email_address: str | None, phone_number: str | None) -> None:
    """Raise ToolError for an address or number that cannot be one; an empty text is none."""
    if email_address and not _EMAIL.fullmatch(email_address):
        raise ToolError(f"{email_address!r} is no e-mail address", code="invalid_arguments")
    if phone_number:
        digits = sum(character.isdigit() for character in phone_number)
        if not _PHONE.fullmatch(phone_number) or not 9 <= digits <= 16:
            raise ToolError(f"{phone_number!r} is no phone number: 9 to 16 digits", code="invalid_arguments")
