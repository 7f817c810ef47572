"""What a cart comes to: its lines within the stock, its discounts, its delivery, its gift cards."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from envfactory.environment.store import Row
from envfactory.errors import ToolError

from .arguments import NewLine, Pair
from .catalogue import Catalogue
from .money import money, ore
from .shown import WholeCart

_LISTS = ("attributes", "discountCodes", "appliedGiftCards")
NOTE_LENGTH = 5000
"""Characters a note may have."""


class Carting(Catalogue):
    """Carts and what follows from what is in them."""

    def cart_row(self, cart: str) -> Row:
        """One cart with its lists read; raises ToolError."""
        row = self.need("carts", "cart", id=cart)
        return row | {name: json.loads(row[name]) for name in _LISTS}

    def lines_of(self, cart: Row) -> list[Row]:
        """The lines of a cart in the order in which they were put in, their attributes read."""
        rows = self.db.rows("SELECT * FROM cart_lines WHERE cartId = ? ORDER BY seq, id", (cart["id"],))
        return [row | {"attributes": json.loads(row["attributes"])} for row in rows]

    def whole(self, cart: Row) -> WholeCart:
        """The cart as it is shown."""
        lines = self.lines_of(cart)
        for line in lines:
            line["merchandise"] = self.variant(line["merchandiseId"])
            line["merchandise"]["price"] = json.loads(line["merchandise"]["price"])
        groups: list[dict[str, Any]] = []
        if lines:
            offered = [option | {"deliveryGroupId": cart["deliveryGroupId"]} for option in self.offered(cart)]
            chosen = next((option for option in offered if option["handle"] == cart["deliveryOption"]), None)
            if chosen is not None:
                chosen = chosen | {"estimatedCost": json.loads(chosen["estimatedCost"])}
            one = {"id": cart["deliveryGroupId"], "deliveryOptions": offered, "selectedDeliveryOption": chosen}
            groups.append(one)
        return WholeCart.model_validate(cart | {"lines": {"nodes": lines}, "deliveryGroups": {"nodes": groups}})

    # Lines -----------------------------------------------------------------------------------------------------------

    def put(self, cart: Row, given: Sequence[NewLine]) -> None:
        """Put what is given into a cart, each to the line that is like it, or as a new one; raises ToolError."""
        for one in given:
            attributes = sorted_pairs(one.get("attributes", []))
            self.place(cart, self.variant(one["merchandiseId"]), one.get("quantity", 1), attributes)
        for merchandise in dict.fromkeys(one["merchandiseId"] for one in given):
            self.check_stock(cart, merchandise)

    def place(self, cart: Row, variant: Row, quantity: int, attributes: Sequence[Pair]) -> None:
        """Add pieces of a variant to the line that has the same attributes, or as a new line."""
        for line in self.lines_of(cart):
            if line["merchandiseId"] == variant["id"] and line["attributes"] == attributes:
                self.set_line(line, quantity=line["quantity"] + quantity)
                return
        line: Row = {
            "id": self.new_id("gid://shopify/CartLine/", length=16),
            "cartId": cart["id"],
            "merchandiseId": variant["id"],
            "title": variant["displayName"],
            "quantity": quantity,
            "attributes": attributes,
            "totalAmount": money(ore(variant["price"]) * quantity),
            "seq": self.db.next_number("cart_lines", "seq"),
        }
        self.db.insert("cart_lines", line)

    def set_line(self, line: Row, **changes: Any) -> None:
        """Write to a line; what it costs follows."""
        after = line | changes
        variant = self.variant(after["merchandiseId"])
        changes |= {"title": variant["displayName"]}
        changes |= {"totalAmount": money(ore(variant["price"]) * after["quantity"])}
        self.db.update("cart_lines", changes, id=line["id"])

    def check_stock(self, cart: Row, merchandise: str) -> None:
        """Raise ToolError when a cart holds more of a variant than can be sold, or a number it is not sold in."""
        variant = self.variant(merchandise)
        name, rule = variant["displayName"], json.loads(variant["quantityRule"])
        held = sum(line["quantity"] for line in self.lines_of(cart) if line["merchandiseId"] == merchandise)
        if not variant["availableForSale"]:
            raise ToolError(f"{name!r} is sold out")
        if held > variant["quantityAvailable"] and not variant["currentlyNotInStock"]:
            raise ToolError(f"of {name!r} only {variant['quantityAvailable']} are in stock, not {held}")
        if held < rule["minimum"]:
            raise ToolError(f"of {name!r} at least {rule['minimum']} are sold, not {held}")
        if held > rule.get("maximum", held):
            raise ToolError(f"of {name!r} at most {rule['maximum']} are sold, not {held}")
        if held % rule["increment"]:
            raise ToolError(f"{name!r} is sold in steps of {rule['increment']}, not {held} at a time")

    # What follows ----------------------------------------------------------------------------------------------------

    def settle(self, cart: Row, **changes: Any) -> Row:
        """Write to a cart, and what it comes to now: totals, which codes apply, how much of each gift card is used."""
        after = cart | changes
        lines = self.lines_of(cart)
        subtotal = sum(ore(line["totalAmount"]) for line in lines)
        changes |= {"totalQuantity": sum(line["quantity"] for line in lines), "subtotalAmount": money(subtotal)}
        option = next((o for o in self.offered(after | changes) if o["handle"] == after["deliveryOption"]), None)
        delivery = ore(option["estimatedCost"]) if option and lines else 0
        changes["deliveryOption"] = option["handle"] if option and lines else None
        goods = free = 0
        codes: list[dict[str, Any]] = []
        for held in after["discountCodes"]:
            code = self.need("discount_codes", "discount code", code=held["code"])
            applicable = not self.hindrance(code, lines, subtotal)
            codes.append({"code": code["code"], "applicable": applicable})
            if applicable and code["kind"] == "FREE_DELIVERY":
                free = delivery
            elif applicable:
                goods = min(goods + self._taken_off(code, lines), subtotal)
        total = subtotal - goods - free + delivery
        cards: list[dict[str, Any]] = []
        rest = total
        for card in after["appliedGiftCards"]:
            used = min(rest, ore(card["balance"]))
            cards.append(card | {"amountUsed": money(used)})
            rest -= used
        changes |= {"discountCodes": codes, "appliedGiftCards": cards, "discountedAmount": money(goods + free)}
        changes |= {"totalAmount": money(total), "updatedAt": self.timestamp}
        self.db.update("carts", changes, id=cart["id"])
        return after | changes

    def offered(self, cart: Row) -> list[Row]:
        """The ways a cart can be delivered: those that go to its country, at its subtotal."""
        rows = self.db.rows("SELECT * FROM delivery_options ORDER BY seq, handle")
        subtotal = ore(cart["subtotalAmount"])
        return [
            row
            for row in rows
            if cart["countryCode"] in json.loads(row["countries"]) and subtotal >= ore(row["minimumSubtotal"])
        ]

    # Codes -----------------------------------------------------------------------------------------------------------

    def codes(self, cart: Row, given: Sequence[str]) -> list[dict[str, Any]]:
        """Discount codes as a cart keeps them; raises ToolError for one that cannot be used for what is in it."""
        names = [name.strip().upper() for name in given]
        if len(set(names)) < len(names):
            raise ToolError("a discount code can be used only once for a cart", code="already_exists")
        rows = [self.need("discount_codes", "discount code", code=name) for name in names]
        lines = self.lines_of(cart)
        for row in rows:
            hindrance = self.hindrance(row, lines, sum(ore(line["totalAmount"]) for line in lines))
            if hindrance:
                raise ToolError(f"the discount code {row['code']} {hindrance}")
            if len(rows) > 1 and not row["combines"]:
                raise ToolError(f"the discount code {row['code']} cannot be used together with others")
        return [{"code": row["code"], "applicable": True} for row in rows]

    def hindrance(self, code: Row, lines: Sequence[Row], subtotal: int) -> str:
        """Why a code does not apply; empty when it does."""
        if self.timestamp < code["startsAt"]:
            return "cannot be used yet"
        if code["endsAt"] is not None and self.timestamp >= code["endsAt"]:
            return "has expired"
        least = ore(code["minimumSubtotal"])
        if subtotal < least:
            return f"needs a subtotal of {money(least)['amount']}, the cart has {money(subtotal)['amount']}"
        return "" if self._entitled(code, lines) else "is for none of what is in the cart"

    def _entitled(self, code: Row, lines: Sequence[Row]) -> list[Row]:
        """The lines a code is for."""
        if code["collection"] is None:
            return list(lines)
        products = json.loads(self.need("collections", "collection", id=code["collection"])["products"])
        return [line for line in lines if self.variant(line["merchandiseId"])["productId"] in products]

    def _taken_off(self, code: Row, lines: Sequence[Row]) -> int:
        """What a code takes off the lines it is for, in øre; halves count as whole ones."""
        worth = sum(ore(line["totalAmount"]) for line in self._entitled(code, lines))
        if code["kind"] == "PERCENTAGE":
            return (worth * code["percentage"] + 50) // 100
        return min(worth, ore(code["amount"]))

    def gift_cards(self, cart: Row, given: Sequence[str]) -> list[dict[str, Any]]:
        """The gift cards of a cart with those given; raises ToolError for one that cannot be used."""
        cards = list(cart["appliedGiftCards"])
        for name in given:
            code = name.strip().upper()
            card = self.need("gift_cards", "gift card with the code", code=code)
            if any(held["id"] == card["id"] for held in cards):
                raise ToolError(f"the gift card {code} is used for this cart already", code="already_exists")
            if card["expiresOn"] is not None and self.timestamp[:10] > card["expiresOn"]:
                raise ToolError(f"the gift card {code} has expired")
            if ore(card["balance"]) == 0:
                raise ToolError(f"there is nothing left on the gift card {code}")
            shown = {"id": card["id"], "lastCharacters": card["lastCharacters"], "balance": json.loads(card["balance"])}
            cards.append({**shown, "amountUsed": money(0)})
        return cards


def sorted_pairs(pairs: Sequence[Pair]) -> list[Pair]:
    """Attributes in the order of their keys; raises ToolError when a key stands there twice."""
    if len({pair["key"] for pair in pairs}) < len(pairs):
        raise ToolError("attributes: each key can stand there once", code="invalid_arguments")
    return sorted(pairs, key=lambda pair: pair["key"])


def name_in(attributes: Sequence[Pair]) -> str | None:
    """What the attributes call a cart; None when they do not."""
    return next((pair["value"] for pair in attributes if pair["key"] == "name"), None)


def checked_note(note: str | None) -> str | None:
    """A note, None for an empty one; raises ToolError when it is too long."""
    if note and len(note) > NOTE_LENGTH:
        problem = f"note: it has {len(note)} characters, {NOTE_LENGTH} is the most"
        raise ToolError(problem, code="invalid_arguments")
    return note or None
