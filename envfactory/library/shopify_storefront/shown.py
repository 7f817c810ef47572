"""What callers see of products, carts and orders."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field

from .entities import (
    Cart,
    CartLine,
    CartLineId,
    DeliveryOption,
    Order,
    Product,
    ProductVariant,
)

Money = Annotated[dict[str, Any], Field(description="`amount` in whole units, as text, and `currencyCode`.")]


class Variants(BaseModel):
    """The variants of a product."""

    nodes: list[ProductVariant]


class WholeProduct(Product):
    """A product with its variants."""

    maxVariantPrice: Money
    variants: Variants


class Bought(BaseModel):
    """A variant, as far as it is named in a cart or an order."""

    id: str = Field(description="The id of the variant.")
    displayName: str


class Merchandise(Bought):
    """The variant that a line is of."""

    price: Money
    availableForSale: bool
    quantityAvailable: int


class ShownLine(CartLine):
    """A line of a cart."""

    id: CartLineId
    merchandise: Merchandise


class Lines(BaseModel):
    """The lines of a cart."""

    nodes: list[ShownLine]


class OfferedOption(DeliveryOption):
    """A way in which a cart can be delivered."""

    deliveryGroupId: str = Field(description="The delivery group it is offered for.")


class ChosenOption(BaseModel):
    """The way of delivery that was chosen."""

    handle: str
    title: str
    estimatedCost: Money


class DeliveryGroup(BaseModel):
    """What is sent together: the whole cart."""

    id: str
    deliveryOptions: list[OfferedOption]
    selectedDeliveryOption: ChosenOption | None = Field(default=None, description="Absent until one is chosen.")


class DeliveryGroups(BaseModel):
    """The delivery groups of a cart: none while it is empty, else one."""

    nodes: list[DeliveryGroup]


class WholeCart(Cart):
    """A cart with all that is in it."""

    lines: Lines
    deliveryGroups: DeliveryGroups


class OrderLine(BaseModel):
    """A line of an order."""

    title: str
    quantity: int
    originalTotalPrice: Money
    variant: Bought | None = Field(default=None, description="Absent when the shop has it no longer.")


class OrderLines(BaseModel):
    """What was ordered."""

    nodes: list[OrderLine]


class Address(BaseModel):
    """Where an order went."""

    address1: str
    zip: str
    city: str
    country: str


class WholeOrder(Order):
    """An order with what was ordered."""

    lineItems: OrderLines
    shippingAddress: Address | None = None


class WholeOrders(BaseModel):
    """A page of orders."""

    nodes: list[WholeOrder]
    endCursor: str | None = Field(default=None, description="The cursor of the next page; absent on the last.")
