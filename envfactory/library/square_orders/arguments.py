"""What the tools take: types with their limits and their descriptions."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from envfactory.environment.tool import DateTime

from .entities import CustomerId, OrderLineItems, OrderLineItemsBasePriceMoney, OrderState, PaymentId, RefundStatus

Cursor = Annotated[str, Field(description="Where to go on: the cursor that the page before gave.")]
Limit = Annotated[int, Field(ge=1, le=100, description="How many at most on one page.")]
OrderLimit = Annotated[int, Field(ge=1, le=1000, description="How many at most on one page.")]
SortOrder = Annotated[
    Literal["ASC", "DESC"],
    Field(description="`ASC` for the smallest or oldest first, `DESC` for the largest or newest."),
]
CustomerSort = Annotated[
    Literal["DEFAULT", "CREATED_AT"],
    Field(description="By what they are ordered: `DEFAULT` is first and last name."),
]
OrderSort = Annotated[
    Literal["CREATED_AT", "UPDATED_AT", "CLOSED_AT"],
    Field(description="By which time they are ordered; orders without it come last."),
]
Begin = Annotated[DateTime, Field(description="Only those made at this time or later; without it: in the past year.")]
End = Annotated[DateTime, Field(description="Only those made at this time or earlier; without it: until now.")]
Total = Annotated[int, Field(description="Only payments of exactly this amount, in the smallest unit.")]
WithStatus = Annotated[RefundStatus, Field(description="Only refunds with this status.")]

EmailPart = Annotated[
    str,
    Field(description="Only customers whose e-mail address contains this; capitals make no difference."),
]
PhonePart = Annotated[
    str,
    Field(description="Only customers whose phone number contains these digits; spaces and signs make no difference."),
]
ReferenceEquals = Annotated[str, Field(description="Only customers with exactly this number in another system.")]
GivenName = Annotated[str, Field(max_length=300, description="First name; at most 300 characters.")]
FamilyName = Annotated[str, Field(max_length=300, description="Last name; at most 300 characters.")]
Company = Annotated[
    str,
    Field(max_length=500, description="The business the person buys for; at most 500 characters."),
]
Email = Annotated[
    str,
    Field(max_length=254, description="E-mail address.", json_schema_extra={"format": "email"}),
]
Phone = Annotated[str, Field(description="Phone number: 9 to 16 digits, spaces and a leading plus allowed.")]
CustomerNote = Annotated[str, Field(description="What to remember about the customer.")]
CustomerReference = Annotated[
    str,
    Field(max_length=100, description="The customer's number in another system; at most 100 characters."),
]

TextFilter = Annotated[
    str,
    Field(
        description=(
            "Only items with this text in the name or description, or in the name or SKU of a variation; capitals "
            "make no difference."
        ),
    ),
]
StockLevels = Annotated[
    list[Literal["OUT", "LOW"]],
    Field(
        description=(
            "Only items with a variation that is sold out (`OUT`), or low (`LOW`): at its alert threshold or below, "
            "and not out."
        ),
    ),
]
FromState = Annotated[
    Literal["NONE", "UNLINKED_RETURN", "IN_STOCK"],
    Field(description="Where the pieces come from: `NONE` for a delivery, `UNLINKED_RETURN` for a return, or stock."),
]
ToState = Annotated[
    Literal["IN_STOCK", "SOLD", "WASTE"],
    Field(description="Where they go: the stock, or out of it as sold or wasted."),
]
Pieces = Annotated[str, Field(description="How many pieces: a whole number from 1, as text.")]

States = Annotated[list[OrderState], Field(description="Only orders in one of these states; without it, all.")]
Customers = Annotated[list[CustomerId], Field(description="Only orders of these customers.")]
OrderReference = Annotated[
    str,
    Field(min_length=1, max_length=40, description="The order's number or name at the counter; at most 40 characters."),
]
NewLines = Annotated[list[OrderLineItems], Field(min_length=1, description="What is ordered, at least one line.")]
MoreLines = Annotated[list[OrderLineItems], Field(description="Lines to add, or with a `uid` to change.")]
Cleared = Annotated[
    list[str],
    Field(
        description=(
            "What to empty: `customer_id`, `reference_id`, `line_items` for all lines, or `line_items[UID]` for one."
        ),
    ),
]
CalledOff = Annotated[Literal["CANCELED"], Field(description="`CANCELED` calls the order off.")]
Version = Annotated[int, Field(description="The version of the order that the call was made for; another is refused.")]
PaymentIds = Annotated[list[PaymentId], Field(description="The approved payments to take.")]
Money = Annotated[OrderLineItemsBasePriceMoney, Field(description="What to give back.")]
Reason = Annotated[str, Field(max_length=192, description="Why; at most 192 characters.")]
