"""Shopify Storefront: compiled from spec.json by EnvFactory; change that, or overrides.py."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from envfactory.environment.tool import tool

from .entities import CartPage, MailingAddressPage
from .overrides import Overrides


class ShopifyStorefront(Overrides):
    """A stationery and homeware shop in Copenhagen and one of its shoppers: products with variants and stock, carts
    with discounts, gift cards and delivery, saved addresses and past orders.
    """

    @tool()
    def carts(
        self,
        first: Annotated[int, Field(ge=1, le=250, description="How many carts at most on one page.")] = 50,
        after: Annotated[str | None, Field(description="Where to go on: the cursor that the page before gave.")] = None,
    ) -> CartPage:
        """List the shopper's carts, in the order in which they were made."""
        rows = self.db.rows("SELECT * FROM carts ORDER BY seq, id")
        rows, following = self.page(rows, first, after)
        return CartPage.model_validate({"nodes": rows, "endCursor": following})

    @tool()
    def customer_addresses(
        self,
        first: Annotated[int, Field(ge=1, le=250, description="How many addresses at most on one page.")] = 50,
        after: Annotated[str | None, Field(description="Where to go on: the cursor that the page before gave.")] = None,
    ) -> MailingAddressPage:
        """List the shopper's saved addresses."""
        rows = self.db.rows("SELECT * FROM mailing_addresses ORDER BY seq, id")
        rows, following = self.page(rows, first, after)
        return MailingAddressPage.model_validate({"nodes": rows, "endCursor": following})
