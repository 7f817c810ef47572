"""What no default can know of a shop: searching it, carts that keep to the stock, codes, delivery and addresses."""

from __future__ import annotations

import json
from typing import Any

from envfactory.environment.store import Row
from envfactory.environment.tool import tool
from envfactory.errors import ToolError

from . import arguments as take
from .carting import Carting, checked_note, name_in, sorted_pairs
from .catalogue import check_email, check_phone, checked_address, ordered
from .entities import CollectionPage, MailingAddress, ProductPage
from .searching import fits, terms_of
from .shown import WholeCart, WholeOrders, WholeProduct


class Overrides(Carting):
    """Tools written by hand."""

    # Products --------------------------------------------------------------------------------------------------------

    @tool()
    def products(
        self,
        query: take.Query | None = None,
        sortKey: take.ProductSort = "ID",
        reverse: take.Reverse = False,
        first: take.First = 50,
        after: take.After | None = None,
    ) -> ProductPage:
        """Find products of the shop; without a query, all of them."""
        terms = terms_of(query or "")
        found = [product for product in self.all_products() if fits(terms, product)]
        rows, following = self.page(ordered(found, sortKey, reverse=reverse), first, after)
        return ProductPage.model_validate({"nodes": rows, "endCursor": following})

    @tool()
    def product(self, id: take.ProductKey) -> WholeProduct:
        """Get a product with its variants, their prices and stock."""
        row = self.need("products", "product", id=id)
        row["maxVariantPrice"] = json.loads(row["maxVariantPrice"])
        return WholeProduct.model_validate(row | {"variants": {"nodes": self.variants(row["id"])}})

    @tool()
    def collections(
        self,
        query: take.CollectionQuery | None = None,
        sortKey: take.CollectionSort = "ID",
        reverse: take.Reverse = False,
        first: take.First = 50,
        after: take.After | None = None,
    ) -> CollectionPage:
        """List the collections of the shop."""
        terms = terms_of(query or "")
        rows = self.db.rows("SELECT * FROM collections ORDER BY seq, id")
        found = ordered([row for row in rows if fits(terms, row)], sortKey, reverse=reverse)
        rows, following = self.page(found, first, after)
        return CollectionPage.model_validate({"nodes": rows, "endCursor": following})

    @tool()
    def collection_products(
        self,
        id: take.CollectionKey,
        filters: take.Filters | None = None,
        sortKey: take.WindowSort = "COLLECTION_DEFAULT",
        reverse: take.Reverse = False,
        first: take.First = 50,
        after: take.After | None = None,
    ) -> ProductPage:
        """List the products of a collection."""
        places: list[str] = json.loads(self.need("collections", "collection", id=id)["products"])
        found = [row for row in self.all_products() if row["id"] in places and self.passes(row, filters or [])]
        found.sort(key=lambda row: places.index(row["id"]))
        rows, following = self.page(ordered(found, sortKey, reverse=reverse), first, after)
        return ProductPage.model_validate({"nodes": rows, "endCursor": following})

    # Carts -----------------------------------------------------------------------------------------------------------

    @tool()
    def cart(self, id: take.CartKey) -> WholeCart:
        """Get a cart with its lines, discounts, gift cards and the ways it can be delivered."""
        return self.whole(self.cart_row(id))

    @tool(writes=True)
    def cart_create(
        self,
        attributes: take.CartAttributes | None = None,
        lines: take.FirstLines | None = None,
        discountCodes: take.FirstCodes | None = None,
        giftCardCodes: take.FirstGiftCards | None = None,
        note: take.Note | None = None,
        countryCode: take.FirstCountry | None = None,
        email: take.Email | None = None,
        phone: take.Phone | None = None,
    ) -> WholeCart:
        """Start a cart, empty or with lines."""
        check_email(email)
        check_phone(phone)
        pairs = sorted_pairs(attributes or [])
        row: Row = {
            "id": self.new_id("gid://shopify/Cart/", length=24),
            "name": name_in(pairs),
            "attributes": pairs,
            "note": checked_note(note),
            "countryCode": countryCode or "DK",
            "email": email or None,
            "phone": phone or None,
            "appliedGiftCards": [],
            "deliveryOption": None,
            "deliveryGroupId": self.new_id("gid://shopify/CartDeliveryGroup/", length=12),
            "createdAt": self.timestamp,
            "updatedAt": self.timestamp,
            "seq": self.db.next_number("carts", "seq"),
        }
        self.db.insert("carts", row)
        self.put(row, lines or [])
        cards = self.gift_cards(row, giftCardCodes or [])
        codes = self.codes(row, discountCodes or [])
        return self.whole(self.settle(row, discountCodes=codes, appliedGiftCards=cards))

    @tool(writes=True)
    def cart_lines_add(self, cartId: take.CartKey, lines: take.NewLines) -> WholeCart:
        """Put items into a cart. One that is in it already, with the same attributes, gets more pieces."""
        cart = self.cart_row(cartId)
        self.put(cart, lines)
        return self.whole(self.settle(cart))

    @tool(writes=True)
    def cart_lines_update(self, cartId: take.CartKey, lines: take.ChangedLines) -> WholeCart:
        """Change the quantity, the variant or the attributes of lines; quantity 0 takes a line out."""
        cart = self.cart_row(cartId)
        if len({one["id"] for one in lines}) < len(lines):
            raise ToolError("lines: each line can be changed once", code="invalid_arguments")
        changed = [self._change(cart, one) for one in lines]
        for merchandise in dict.fromkeys(filter(None, changed)):
            self.check_stock(cart, merchandise)
        return self.whole(self.settle(cart))

    @tool(writes=True)
    def cart_lines_remove(self, cartId: take.CartKey, lineIds: take.LineIds) -> WholeCart:
        """Take lines out of a cart."""
        cart = self.cart_row(cartId)
        for line in dict.fromkeys(lineIds):
            self.need("cart_lines", "line in this cart", cartId=cartId, id=line)
            self.db.delete("cart_lines", id=line)
        return self.whole(self.settle(cart))

    @tool(writes=True)
    def cart_discount_codes_update(self, cartId: take.CartKey, discountCodes: take.Codes) -> WholeCart:
        """Set the discount codes of a cart: they take the place of those it had; none takes all away."""
        cart = self.cart_row(cartId)
        return self.whole(self.settle(cart, discountCodes=self.codes(cart, discountCodes)))

    @tool(writes=True)
    def cart_gift_card_codes_add(self, cartId: take.CartKey, giftCardCodes: take.GiftCards) -> WholeCart:
        """Pay for a cart with gift cards, beside those it has."""
        cart = self.cart_row(cartId)
        return self.whole(self.settle(cart, appliedGiftCards=self.gift_cards(cart, giftCardCodes)))

    @tool(writes=True)
    def cart_buyer_identity_update(
        self,
        cartId: take.CartKey,
        countryCode: take.Country | None = None,
        email: take.Email | None = None,
        phone: take.Phone | None = None,
    ) -> WholeCart:
        """Change the country a cart goes to, or how the buyer is reached. In another country other delivery options are
        offered."""
        cart = self.cart_row(cartId)
        check_email(email)
        check_phone(phone)
        given = self.given({"countryCode": countryCode, "email": email, "phone": phone})
        if not given:
            raise ToolError("say what to change", code="invalid_arguments")
        return self.whole(self.settle(cart, **{name: value or None for name, value in given.items()}))

    @tool(writes=True)
    def cart_note_update(self, cartId: take.CartKey, note: take.Note) -> WholeCart:
        """Write the note of a cart in place of the one it had; an empty one takes it away."""
        cart = self.cart_row(cartId)
        return self.whole(self.settle(cart, note=checked_note(note)))

    @tool(writes=True)
    def cart_selected_delivery_options_update(
        self, cartId: take.CartKey, selectedDeliveryOptions: take.Selection
    ) -> WholeCart:
        """Choose how a cart is delivered, among the options that are offered for it."""
        cart = self.cart_row(cartId)
        if len(selectedDeliveryOptions) > 1:
            raise ToolError("the cart has one delivery group: choose one option", code="invalid_arguments")
        one = selectedDeliveryOptions[0]
        if not self.lines_of(cart) or one["deliveryGroupId"] != cart["deliveryGroupId"]:
            raise ToolError(f"the cart has no delivery group {one['deliveryGroupId']!r}", code="not_found")
        option = self.need("delivery_options", "delivery option", handle=one["deliveryOptionHandle"])
        if option not in self.offered(cart):
            raise ToolError(f"{option['title']!r} is not offered for this cart")
        return self.whole(self.settle(cart, deliveryOption=option["handle"]))

    # The shopper -----------------------------------------------------------------------------------------------------

    @tool(writes=True)
    def customer_address_create(
        self,
        address1: take.Street,
        city: take.City,
        country: take.CountryName,
        address2: take.SecondLine | None = None,
        company: take.Company | None = None,
        firstName: take.FirstName | None = None,
        lastName: take.LastName | None = None,
        phone: take.PhoneThere | None = None,
        province: take.Province | None = None,
        zip: take.Zip | None = None,
    ) -> MailingAddress:
        """Save another address of the shopper."""
        given: Row = {
            "address1": address1,
            "address2": address2,
            "city": city,
            "company": company,
            "country": country,
            "firstName": firstName,
            "lastName": lastName,
            "phone": phone,
            "province": province,
            "zip": zip,
        }
        row = checked_address(given)
        self._refuse_twin(row)
        row["id"] = self.new_id("gid://shopify/MailingAddress/", length=13)
        row["seq"] = self.db.next_number("mailing_addresses", "seq")
        self.db.insert("mailing_addresses", row)
        return MailingAddress.model_validate(row)

    @tool(writes=True)
    def customer_address_update(
        self,
        id: take.AddressKey,
        address1: take.Street | None = None,
        address2: take.SecondLine | None = None,
        city: take.City | None = None,
        company: take.Company | None = None,
        country: take.CountryName | None = None,
        firstName: take.FirstName | None = None,
        lastName: take.LastName | None = None,
        phone: take.PhoneThere | None = None,
        province: take.Province | None = None,
        zip: take.Zip | None = None,
    ) -> MailingAddress:
        """Change what is given of a saved address; an empty text empties a field."""
        held = self.need("mailing_addresses", "address", id=id)
        given = self.given(
            {
                "address1": address1,
                "address2": address2,
                "city": city,
                "company": company,
                "country": country,
                "firstName": firstName,
                "lastName": lastName,
                "phone": phone,
                "province": province,
                "zip": zip,
            }
        )
        if not given:
            raise ToolError("say what to change", code="invalid_arguments")
        row = checked_address(held | given)
        self._refuse_twin(row)
        self.db.update("mailing_addresses", row, id=id)
        return MailingAddress.model_validate(row)

    @tool()
    def customer_orders(
        self,
        sortKey: take.OrderSort = "ID",
        reverse: take.Reverse = False,
        first: take.First = 50,
        after: take.After | None = None,
    ) -> WholeOrders:
        """List the shopper's orders with what was in them, the oldest first unless `reverse` is given."""
        rows = ordered(self.db.rows("SELECT * FROM orders ORDER BY seq, id"), sortKey, reverse=reverse)
        rows, following = self.page(rows, first, after)
        return WholeOrders.model_validate({"nodes": [self._order(row) for row in rows], "endCursor": following})

    # Parts -----------------------------------------------------------------------------------------------------------

    def _change(self, cart: Row, one: take.ChangedLine) -> str | None:
        """Change one line, which joins another that it has become equal to, and give its variant; None when it is taken
        out, as it is at quantity 0."""
        line = self.need("cart_lines", "line in this cart", cartId=cart["id"], id=one["id"])
        quantity = one.get("quantity", line["quantity"])
        merchandise = one.get("merchandiseId", line["merchandiseId"])
        attributes = sorted_pairs(one.get("attributes", json.loads(line["attributes"])))
        if quantity == 0:
            self.db.delete("cart_lines", id=line["id"])
            return None
        for twin in self.lines_of(cart):
            alike = twin["merchandiseId"] == merchandise and twin["attributes"] == attributes
            if alike and twin["id"] != line["id"]:
                self.db.delete("cart_lines", id=line["id"])
                line, quantity = twin, twin["quantity"] + quantity
        self.set_line(line, quantity=quantity, merchandiseId=merchandise, attributes=attributes)
        return merchandise

    def _refuse_twin(self, row: Row) -> None:
        """Raise ToolError when the very address is saved already, but for its id."""
        where = {name: value for name, value in row.items() if name not in {"id", "seq"}}
        twin = self.db.get("mailing_addresses", **where)
        if twin is not None and twin["id"] != row.get("id"):
            raise ToolError("this address is saved already", code="already_exists")

    def _order(self, row: Row) -> dict[str, Any]:
        """An order as it is shown, each line with its variant where the shop still has it."""
        lines: list[dict[str, Any]] = json.loads(row["lineItems"])
        for line in lines:
            line["variant"] = self.db.get("product_variants", id=line["variantId"])
        return row | {"lineItems": {"nodes": lines}, "shippingAddress": json.loads(row["shippingAddress"] or "null")}
