"""Ids, rows and pages of Shopify Storefront: compiled from spec.json by EnvFactory."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from envfactory.environment.tool import FromJson, Key

ProductId = Annotated[str, Key("product", "The id of a product.")]
ProductVariantId = Annotated[str, Key("product_variant", "The id of a variant of a product: what is bought.")]
CollectionId = Annotated[str, Key("collection", "The id of a collection.")]
CartId = Annotated[str, Key("cart", "The id of a cart.")]
CartLineId = Annotated[str, Key("cart_line", "The id of a line of a cart.")]
DeliveryOptionHandle = Annotated[str, Key("delivery_option", "The handle of a way to deliver.")]
DiscountCodeCode = Annotated[str, Key("discount_code", "The code, in capitals.")]
GiftCardId = Annotated[str, Key("gift_card", "The id of a gift card.")]
MailingAddressId = Annotated[str, Key("mailing_address", "The id of a saved address.")]
OrderId = Annotated[str, Key("order", "The id of an order.")]
CartCountryCode = Literal["DK", "SE", "NO", "FI", "DE", "NL", "GB", "US", "JP"]
DeliveryOptionDeliveryMethodType = Literal["SHIPPING", "PICK_UP", "PICKUP_POINT", "LOCAL"]
DiscountCodeKind = Literal["PERCENTAGE", "FIXED_AMOUNT", "FREE_DELIVERY"]
MailingAddressCountryCodeV2 = Literal["DK", "SE", "NO", "FI", "DE", "NL", "GB", "US", "JP"]
OrderFinancialStatus = Literal["PENDING", "PAID", "PARTIALLY_REFUNDED", "REFUNDED", "VOIDED"]
OrderFulfillmentStatus = Literal["UNFULFILLED", "IN_PROGRESS", "PARTIALLY_FULFILLED", "FULFILLED"]


class CartAttributes(TypedDict):
    """Attributes of one cart, as a caller gives it."""

    key: Annotated[str, Field(description="What it is about.")]
    value: Annotated[str, Field(description="What it says.")]


class Product(BaseModel):
    """One product."""

    id: ProductId
    handle: str = Field(description="Its name in addresses: lower case and hyphens.")
    title: str = Field(description="What the product is called.")
    description: str = Field(description="What it is.")
    vendor: str = Field(description="Who makes it.")
    productType: str = Field(description="What kind of thing it is.")
    tags: Annotated[list[str], FromJson] = Field(description="Words it is filed under.")
    availableForSale: bool = Field(description="Whether at least one of its variants can be bought.")
    totalInventory: int = Field(description="How many pieces of all variants are in stock.")
    minVariantPrice: Annotated[dict[str, Any], FromJson] = Field(description="What its cheapest variant costs.")
    createdAt: str = Field(
        description="When it came into the shop (RFC 3339, UTC).",
        json_schema_extra={"format": "date-time"},
    )


class ProductVariant(BaseModel):
    """One item."""

    id: ProductVariantId
    displayName: str = Field(description="The product and the variant in one: `Harbour notebook, A5 / dotted`.")
    title: str = Field(
        description="What the variant is called within its product; `Default Title` where there is only one.",
    )
    sku: str | None = Field(default=None, description="The code on its label.")
    price: Annotated[dict[str, Any], FromJson] = Field(description="What one piece costs.")
    compareAtPrice: Annotated[dict[str, Any] | None, FromJson] = Field(
        default=None,
        description="What it cost before it was reduced; absent when it is not.",
    )
    availableForSale: bool = Field(description="Whether it can be bought now.")
    quantityAvailable: int = Field(description="How many are in stock.")
    currentlyNotInStock: bool = Field(
        description="Whether it is sold although none is in stock: it is sent when it arrives.",
    )
    selectedOptions: Annotated[list[dict[str, Any]], FromJson] = Field(
        description="Which value each option of the product has.",
    )
    quantityRule: Annotated[dict[str, Any], FromJson] = Field(
        description="The least and the most a cart may hold of it, and in which steps.",
    )


class Collection(BaseModel):
    """One collection."""

    id: CollectionId
    handle: str = Field(description="Its name in addresses: lower case and hyphens.")
    title: str = Field(description="What the collection is called.")
    description: str = Field(description="What it is about.")
    updatedAt: str = Field(
        description="When it was last changed (RFC 3339, UTC).",
        json_schema_extra={"format": "date-time"},
    )


class Cart(BaseModel):
    """One cart."""

    id: CartId
    name: str | None = Field(
        default=None,
        description="What the shopper calls the cart: the value of its attribute `name`.",
    )
    attributes: Annotated[list[dict[str, Any]], FromJson] = Field(
        description="Whatever else is to be known of the cart, as pairs of key and value.",
    )
    note: str | None = Field(
        default=None,
        description="What the shop is to know about the order; at most 5000 characters.",
    )
    countryCode: CartCountryCode = Field(description="The country it is to go to; it decides how it can be delivered.")
    email: str | None = Field(
        default=None,
        description="Where the shop writes about the order.",
        json_schema_extra={"format": "email"},
    )
    phone: str | None = Field(
        default=None,
        description="Where the carrier calls: a plus, the country's code and the number.",
    )
    discountCodes: Annotated[list[dict[str, Any]], FromJson] = Field(
        description="The discount codes, and whether each applies to what is in the cart now.",
    )
    appliedGiftCards: Annotated[list[dict[str, Any]], FromJson] = Field(
        description="The gift cards, and how much of each is used.",
    )
    totalQuantity: int = Field(description="How many pieces are in it.")
    subtotalAmount: Annotated[dict[str, Any], FromJson] = Field(
        description="What its lines cost together, before discounts and delivery.",
    )
    discountedAmount: Annotated[dict[str, Any], FromJson] = Field(description="How much its discount codes take off.")
    totalAmount: Annotated[dict[str, Any], FromJson] = Field(
        description=(
            "What is to be paid: the subtotal less the discount, and the delivery that was chosen. Gift cards pay for "
            "it, so they do not change it."
        ),
    )
    createdAt: str = Field(description="When it was made (RFC 3339, UTC).", json_schema_extra={"format": "date-time"})
    updatedAt: str = Field(
        description="When it was last changed (RFC 3339, UTC).",
        json_schema_extra={"format": "date-time"},
    )


class CartLine(BaseModel):
    """One item."""

    id: CartLineId
    title: str = Field(description="What it is: product and variant.")
    quantity: int = Field(description="How many pieces.")
    attributes: Annotated[list[dict[str, Any]], FromJson] = Field(
        description="What is to be done with it, as pairs of key and value: an engraving, a greeting.",
    )
    totalAmount: Annotated[dict[str, Any], FromJson] = Field(description="What the line costs.")


class DeliveryOption(BaseModel):
    """One delivery option."""

    handle: DeliveryOptionHandle
    title: str = Field(description="What it is called.")
    code: str | None = Field(default=None, description="The carrier's name for it.")
    description: str | None = Field(default=None, description="What to expect.")
    deliveryMethodType: DeliveryOptionDeliveryMethodType = Field(description="How the parcel comes.")
    estimatedCost: Annotated[dict[str, Any], FromJson] = Field(description="What it costs.")


class DiscountCode(BaseModel):
    """One discount code."""

    code: DiscountCodeCode


class GiftCard(BaseModel):
    """One gift card."""

    id: GiftCardId
    lastCharacters: str = Field(description="The last four characters of the code.")
    balance: Annotated[dict[str, Any], FromJson] = Field(description="What is left on it.")


class MailingAddress(BaseModel):
    """One address."""

    id: MailingAddressId
    firstName: str | None = Field(default=None, description="First name of who receives it.")
    lastName: str | None = Field(default=None, description="Last name of who receives it.")
    company: str | None = Field(default=None, description="The company there.")
    address1: str = Field(description="Street and number.")
    address2: str | None = Field(default=None, description="Floor, door or building.")
    city: str = Field(description="The city.")
    zip: str | None = Field(default=None, description="The postal code.")
    province: str | None = Field(default=None, description="The region, where the country has them.")
    country: str = Field(description="The country by name.")
    countryCodeV2: MailingAddressCountryCodeV2 = Field(description="The country's code.")
    phone: str | None = Field(
        default=None,
        description="A number to call there: a plus, the country's code and the number.",
    )


class Order(BaseModel):
    """One order."""

    id: OrderId
    name: str = Field(description="The order's number as the shop writes it: `#2041`.")
    processedAt: str = Field(
        description="When it was ordered (RFC 3339, UTC).",
        json_schema_extra={"format": "date-time"},
    )
    financialStatus: OrderFinancialStatus = Field(description="Whether it is paid, and whether the money went back.")
    fulfillmentStatus: OrderFulfillmentStatus = Field(description="Whether it was sent.")
    canceledAt: str | None = Field(
        default=None,
        description="When it was called off; absent when it was not.",
        json_schema_extra={"format": "date-time"},
    )
    subtotalPrice: Annotated[dict[str, Any], FromJson] = Field(description="What its lines cost, after discounts.")
    totalShippingPrice: Annotated[dict[str, Any], FromJson] = Field(description="What its delivery cost.")
    totalPrice: Annotated[dict[str, Any], FromJson] = Field(description="What was to be paid.")


class ProductPage(BaseModel):
    """A page of a list, each item one product."""

    nodes: list[Product]
    endCursor: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class CollectionPage(BaseModel):
    """A page of a list, each item one collection."""

    nodes: list[Collection]
    endCursor: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class CartPage(BaseModel):
    """A page of a list, each item one cart."""

    nodes: list[Cart]
    endCursor: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class MailingAddressPage(BaseModel):
    """A page of a list, each item one address."""

    nodes: list[MailingAddress]
    endCursor: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class OrderPage(BaseModel):
    """A page of a list, each item one order."""

    nodes: list[Order]
    endCursor: str | None = Field(default=None, description="The token of the next page; absent on the last.")
