"""What callers give, with the sentence that tells an agent what it means."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from .entities import (
    CartCountryCode,
    CartId,
    CartLineId,
    CollectionId,
    DeliveryOptionHandle,
    MailingAddressId,
    ProductId,
    ProductVariantId,
)


class Pair(TypedDict):
    """An attribute: what it is about, and what it says."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # pyright: ignore[reportGeneralTypeIssues]
    key: Annotated[str, Field(min_length=1, max_length=255)]
    value: Annotated[str, Field(max_length=255)]


Pairs = Annotated[list[Pair], Field(max_length=250)]
Quantity = Annotated[int, Field(ge=1, le=1_000_000)]


class NewLine(TypedDict):
    """What is put into a cart."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # pyright: ignore[reportGeneralTypeIssues]
    merchandiseId: Annotated[ProductVariantId, Field(description="Which variant.")]
    quantity: NotRequired[Annotated[Quantity, Field(description="How many; 1 when it is left out.")]]
    attributes: NotRequired[
        Annotated[Pairs, Field(description="What is to be done with it: an engraving, a greeting.")]
    ]


class ChangedLine(TypedDict):
    """A line of a cart, and what is to change."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # pyright: ignore[reportGeneralTypeIssues]
    id: Annotated[CartLineId, Field(description="Which line.")]
    quantity: NotRequired[
        Annotated[int, Field(ge=0, le=1_000_000, description="How many; 0 takes the line out of the cart.")]
    ]
    merchandiseId: NotRequired[Annotated[ProductVariantId, Field(description="Another variant instead.")]]
    attributes: NotRequired[Annotated[Pairs, Field(description="All attributes; those it had are gone.")]]


class Selected(TypedDict):
    """How a delivery group is delivered."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # pyright: ignore[reportGeneralTypeIssues]
    deliveryOptionHandle: Annotated[DeliveryOptionHandle, Field(description="Which of the options that are offered.")]
    deliveryGroupId: Annotated[str, Field(description="The delivery group of the cart.")]


class PriceRange(TypedDict, total=False):
    """From which and up to which price, both included."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # pyright: ignore[reportGeneralTypeIssues]
    min: Annotated[float, Field(ge=0, le=1e9)]
    max: Annotated[float, Field(ge=0, le=1e9)]


class OptionIs(TypedDict):
    """A value of an option, such as the colour green."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # pyright: ignore[reportGeneralTypeIssues]
    name: str
    value: str


class ProductFilter(TypedDict, total=False):
    """One condition that products must meet."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # pyright: ignore[reportGeneralTypeIssues]
    available: Annotated[bool, Field(description="Whether it can be bought.")]
    price: Annotated[PriceRange, Field(description="A variant costs at least `min` and at most `max`.")]
    productType: str
    productVendor: str
    tag: str
    variantOption: Annotated[OptionIs, Field(description="A variant has this value of this option.")]


Query = Annotated[
    str,
    Field(
        description="Words that must all occur in title, type, maker or tags; also `title:`, `product_type:`, "
        "`vendor:`, `tag:`, `tag_not:`, `available_for_sale:` and `variants.price:` with `<`, `<=`, `>` or `>=`. "
        "A `-` before a term rules it out, `OR` between two lets either do, quotes keep words together.",
    ),
]
CollectionQuery = Annotated[str, Field(description="Only collections whose title has all these words; also `title:`.")]
ProductSort = Annotated[
    Literal["ID", "TITLE", "PRODUCT_TYPE", "VENDOR", "PRICE", "CREATED_AT", "BEST_SELLING"],
    Field(
        description="By what they are ordered: `ID` is the order in which they came into the shop, `PRICE` the "
        "cheapest variant first, `BEST_SELLING` the most sold first.",
    ),
]
CollectionSort = Annotated[Literal["ID", "TITLE", "UPDATED_AT"], Field(description="By what they are ordered.")]
WindowSort = Annotated[
    Literal["COLLECTION_DEFAULT", "TITLE", "PRICE", "CREATED", "BEST_SELLING"],
    Field(description="By what they are ordered: `COLLECTION_DEFAULT` is the order of the shop window."),
]
OrderSort = Annotated[
    Literal["ID", "PROCESSED_AT", "TOTAL_PRICE"],
    Field(description="By what they are ordered: `ID` is the order in which they were made."),
]
Reverse = Annotated[bool, Field(description="Whether the order is turned round.")]
First = Annotated[int, Field(ge=1, le=250, description="How many at most on one page.")]
After = Annotated[str, Field(description="Where to go on: the cursor that the page before gave.")]

ProductKey = Annotated[ProductId, Field(description="Which product.")]
CollectionKey = Annotated[CollectionId, Field(description="Which collection.")]
Filters = Annotated[
    list[ProductFilter],
    Field(
        max_length=250,
        description="Only products that fit: by `available`, `price` (from `min` to `max`), `productType`, "
        "`productVendor`, `tag` or `variantOption`. Of several of one kind one must fit, of different kinds all.",
    ),
]

CartKey = Annotated[CartId, Field(description="Which cart.")]
CartAttributes = Annotated[
    Pairs,
    Field(
        description="Whatever else is to be known of the cart, as pairs of key and value; `name` is what the shopper "
        "calls it.",
    ),
]
FirstLines = Annotated[list[NewLine], Field(max_length=250, description="What is put into it: at most 250 lines.")]
NewLines = Annotated[
    list[NewLine],
    Field(min_length=1, max_length=250, description="What to put into it: 1 to 250 lines."),
]
ChangedLines = Annotated[
    list[ChangedLine],
    Field(
        min_length=1,
        max_length=250,
        description="The lines to change, each by its `id`: what is given of it is changed. At most 250.",
    ),
]
LineIds = Annotated[
    list[CartLineId], Field(min_length=1, max_length=250, description="The ids of the lines: 1 to 250.")
]
FirstCodes = Annotated[list[str], Field(max_length=250, description="Discount codes to use.")]
Codes = Annotated[list[str], Field(max_length=250, description="The codes; capitals make no difference. At most 250.")]
FirstGiftCards = Annotated[list[str], Field(max_length=250, description="Gift cards to pay with, by their codes.")]
GiftCards = Annotated[
    list[str],
    Field(min_length=1, max_length=250, description="The codes; capitals make no difference. 1 to 250."),
]
Note = Annotated[str, Field(description="What the shop is to know; at most 5000 characters.")]
Country = Annotated[CartCountryCode, Field(description="The country it goes to.")]
FirstCountry = Annotated[CartCountryCode, Field(description="The country it goes to; without it, Denmark.")]
Email = Annotated[
    str,
    Field(
        max_length=254,
        description="Where the shop writes about the order; empty takes it away.",
        json_schema_extra={"format": "email"},
    ),
]
Phone = Annotated[
    str,
    Field(description="Where the carrier calls: a plus, the country's code and the number; empty takes it away."),
]
Selection = Annotated[
    list[Selected],
    Field(
        min_length=1,
        max_length=250,
        description="The option for each delivery group of the cart; there is one group.",
    ),
]

AddressKey = Annotated[MailingAddressId, Field(description="Which address.")]
_LONGEST = 255
Street = Annotated[str, Field(max_length=_LONGEST, description="Street and number.")]
City = Annotated[str, Field(max_length=_LONGEST, description="The city.")]
CountryName = Annotated[str, Field(description="The country, by its English name or its code.")]
SecondLine = Annotated[str, Field(max_length=_LONGEST, description="Floor, door or building.")]
Company = Annotated[str, Field(max_length=_LONGEST, description="The company there.")]
FirstName = Annotated[str, Field(max_length=_LONGEST, description="First name of who receives it.")]
LastName = Annotated[str, Field(max_length=_LONGEST, description="Last name of who receives it.")]
PhoneThere = Annotated[
    str,
    Field(description="A number to call there: a plus, the country's code and the number."),
]
Province = Annotated[str, Field(max_length=_LONGEST, description="The region, where the country has them.")]
Zip = Annotated[str, Field(description="The postal code, as the country writes it.")]
