"""Ids, rows and pages of Square Orders: compiled from spec.json by EnvFactory."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from envfactory.environment.tool import FromJson, Key

CustomerId = Annotated[str, Key("customer", "The id of a customer profile.")]
CatalogItemId = Annotated[str, Key("catalog_item", "The id of an item of the catalog.")]
ItemVariationId = Annotated[str, Key("item_variation", "The id of a variation of an item: what is sold and counted.")]
InventoryCountCatalogObjectId = Annotated[str, Key("inventory_count", "The variation that is counted.")]
OrderId = Annotated[str, Key("order", "The id of an order.")]
PaymentId = Annotated[str, Key("payment", "The id of a payment.")]
RefundId = Annotated[str, Key("refund", "The id of a refund.")]
InventoryCountState = Literal["IN_STOCK"]
OrderState = Literal["OPEN", "COMPLETED", "CANCELED"]
PaymentStatus = Literal["APPROVED", "COMPLETED", "CANCELED", "FAILED"]
PaymentSourceType = Literal["CARD", "CASH", "EXTERNAL"]
RefundStatus = Literal["PENDING", "COMPLETED", "REJECTED", "FAILED"]


class OrderLineItemsBasePriceMoney(TypedDict):
    """Base price money of line items of one order, as a caller gives it."""

    amount: Annotated[int, Field(description="How much, in the smallest unit: 14950 is 149.50 kroner.")]
    currency: Annotated[str, Field(description="The ISO 4217 code; the shop takes DKK only.")]


class OrderLineItems(TypedDict):
    """Line items of one order, as a caller gives it."""

    uid: NotRequired[
        Annotated[str, Field(description="The line to change, by its uid in the order; without it the line is new.")]
    ]
    catalog_object_id: NotRequired[
        Annotated[
            str,
            Field(description="The variation that is sold; without it the line needs a name and a price of its own."),
        ]
    ]
    name: NotRequired[Annotated[str, Field(description="What is sold, where it is not in the catalog.")]]
    quantity: Annotated[str, Field(description="How many pieces: a whole number from 1, as text.")]
    base_price_money: NotRequired[OrderLineItemsBasePriceMoney]
    note: NotRequired[Annotated[str, Field(description="What to mind with this line; at most 2000 characters.")]]


class Customer(BaseModel):
    """One customer."""

    id: CustomerId
    given_name: str | None = Field(default=None, description="First name.")
    family_name: str | None = Field(default=None, description="Last name.")
    company_name: str | None = Field(default=None, description="The business the person buys for.")
    email_address: str | None = Field(
        default=None,
        description="E-mail address.",
        json_schema_extra={"format": "email"},
    )
    phone_number: str | None = Field(default=None, description="Phone number.")
    note: str | None = Field(default=None, description="What to remember about the customer.")
    reference_id: str | None = Field(default=None, description="The customer's number in another system.")
    created_at: str = Field(description="When it was made (RFC 3339, UTC).", json_schema_extra={"format": "date-time"})
    updated_at: str = Field(
        description="When it was last changed (RFC 3339, UTC).",
        json_schema_extra={"format": "date-time"},
    )


class CatalogItem(BaseModel):
    """One item."""

    id: CatalogItemId
    name: str = Field(description="What the item is called.")
    description: str | None = Field(default=None, description="What it is.")
    updated_at: str = Field(
        description="When it was last changed (RFC 3339, UTC).",
        json_schema_extra={"format": "date-time"},
    )


class ItemVariation(BaseModel):
    """One product."""

    id: ItemVariationId
    item_id: CatalogItemId = Field(description="The item it is a variation of.")
    name: str = Field(description="What the variation is called.")
    sku: str | None = Field(default=None, description="The code on its label.")
    price_money: Annotated[dict[str, Any], FromJson] = Field(description="What one piece costs.")
    track_inventory: bool = Field(description="Whether its stock is counted.")
    inventory_alert_threshold: int | None = Field(
        default=None,
        description="At this many pieces or fewer the stock is low.",
    )


class InventoryCount(BaseModel):
    """One stock."""

    catalog_object_id: InventoryCountCatalogObjectId
    state: InventoryCountState = Field(description="The state that is counted: on hand and for sale.")
    quantity: str = Field(
        description="How many pieces there are, as text; never below zero.",
        json_schema_extra={"format": "decimal"},
    )
    calculated_at: str = Field(
        description="When the count last changed (RFC 3339, UTC).",
        json_schema_extra={"format": "date-time"},
    )


class Order(BaseModel):
    """One order."""

    id: OrderId
    reference_id: str | None = Field(
        default=None,
        description="The order's number or name at the counter; at most 40 characters.",
    )
    customer_id: CustomerId | None = Field(default=None, description="Who ordered.")
    line_items: Annotated[list[dict[str, Any]], FromJson] = Field(
        description="What was ordered, each line with its uid, quantity, price and total.",
    )
    total_money: Annotated[dict[str, Any], FromJson] = Field(description="What all lines cost together.")
    state: OrderState = Field(description="`OPEN` until it is paid (`COMPLETED`) or called off (`CANCELED`).")
    version: int = Field(description="Grows by one with each change.")
    created_at: str = Field(description="When it was made (RFC 3339, UTC).", json_schema_extra={"format": "date-time"})
    updated_at: str = Field(
        description="When it was last changed (RFC 3339, UTC).",
        json_schema_extra={"format": "date-time"},
    )
    closed_at: str | None = Field(
        default=None,
        description="When it was completed or canceled; absent while it is open.",
        json_schema_extra={"format": "date-time"},
    )


class Payment(BaseModel):
    """One payment."""

    id: PaymentId
    receipt_number: str | None = Field(
        default=None,
        description="The four characters on the receipt; gone when the payment is canceled.",
    )
    amount_money: Annotated[dict[str, Any], FromJson] = Field(description="What is paid.")
    refunded_money: Annotated[dict[str, Any] | None, FromJson] = Field(
        default=None,
        description="What was given back so far; absent when nothing was.",
    )
    status: PaymentStatus = Field(
        description=(
            "`APPROVED` when the money is set aside, `COMPLETED` when it is taken, `CANCELED` or `FAILED` when it "
            "never will be."
        ),
    )
    source_type: PaymentSourceType = Field(description="How it was paid.")
    order_id: OrderId | None = Field(default=None, description="The order it is for.")
    customer_id: CustomerId | None = Field(default=None, description="Who paid.")
    note: str | None = Field(default=None, description="What it was for.")
    refund_ids: Annotated[list[str] | None, FromJson] = Field(
        default=None,
        description="The refunds of it, the oldest first.",
    )
    created_at: str = Field(description="When it was made (RFC 3339, UTC).", json_schema_extra={"format": "date-time"})
    updated_at: str = Field(
        description="When it was last changed (RFC 3339, UTC).",
        json_schema_extra={"format": "date-time"},
    )


class Refund(BaseModel):
    """One refund."""

    id: RefundId
    payment_id: PaymentId = Field(description="The payment that is given back.")
    order_id: OrderId | None = Field(default=None, description="The order that the payment was for.")
    amount_money: Annotated[dict[str, Any], FromJson] = Field(description="What is given back.")
    reason: str | None = Field(default=None, description="Why; at most 192 characters.")
    status: RefundStatus = Field(
        description="`PENDING` until the card company has agreed, else `COMPLETED`, `REJECTED` or `FAILED`.",
    )
    created_at: str = Field(description="When it was made (RFC 3339, UTC).", json_schema_extra={"format": "date-time"})
    updated_at: str = Field(
        description="When it was last changed (RFC 3339, UTC).",
        json_schema_extra={"format": "date-time"},
    )


class CustomerPage(BaseModel):
    """A page of a list, each item one customer."""

    customers: list[Customer]
    cursor: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class CatalogItemPage(BaseModel):
    """A page of a list, each item one item."""

    items: list[CatalogItem]
    cursor: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class OrderPage(BaseModel):
    """A page of a list, each item one order."""

    orders: list[Order]
    cursor: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class PaymentPage(BaseModel):
    """A page of a list, each item one payment."""

    payments: list[Payment]
    cursor: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class RefundPage(BaseModel):
    """A page of a list, each item one refund."""

    refunds: list[Refund]
    cursor: str | None = Field(default=None, description="The token of the next page; absent on the last.")
