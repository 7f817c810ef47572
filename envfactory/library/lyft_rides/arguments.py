"""What callers give, with the sentence that tells an agent what it means."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from typing_extensions import TypedDict

from envfactory.environment.tool import DateTime

from .entities import RideId

RideTypeName = Literal["lyft", "lyft_line", "lyft_plus", "lyft_premier", "lyft_lux", "lyft_luxsuv"]


class Location(TypedDict):
    """A place, as a caller gives it."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # pyright: ignore[reportGeneralTypeIssues]
    address: Annotated[str, Field(description="Street and number, or the name of a place.")]


class Tip(TypedDict):
    """What the driver is to get."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # pyright: ignore[reportGeneralTypeIssues]
    amount: Annotated[int, Field(ge=0, description="In the smallest unit of the currency: 1500 is 15.00.")]
    currency: Annotated[str, Field(description="ISO 4217 code.")]


RideKey = Annotated[RideId, Field(description="The ride.")]
OnlyType = Annotated[RideTypeName, Field(description="Only this ride type.")]
BeginsAt = Annotated[str, Field(description="Where the ride would begin: an address, or the name of a known place.")]
PickedUpAt = Annotated[str, Field(description="Where to be picked up: an address, or the name of a known place.")]
TripFrom = Annotated[str, Field(description="Where the trip would begin: an address, or the name of a known place.")]
TripTo = Annotated[
    str,
    Field(
        description=(
            "Where it would end: an address, or the name of a known place; without it only Prime Time is told."
        )
    ),
]
After = Annotated[
    DateTime, Field(description="Only rides that start after this; 2015-01-01T00:00:00Z at the earliest.")
]
Before = Annotated[DateTime, Field(description="Only rides that start before this.")]
Limit = Annotated[int, Field(ge=1, description="How many rides at most; more than 50 are never given.")]
Wanted = Annotated[RideTypeName, Field(description="The ride type.")]
Origin = Annotated[
    Location, Field(description="Where to be picked up: `{address}`, an address or the name of a known place.")
]
Destination = Annotated[Location, Field(description="Where to be dropped off: `{address}`. It may be set later.")]
CostToken = Annotated[
    str, Field(description="From a cost estimate for this ride type and origin: Prime Time is accepted.")
]
NewAddress = Annotated[str, Field(description="The new destination: an address, or the name of a known place.")]
Stars = Annotated[int, Field(ge=1, le=5, description="Stars.")]
Feedback = Annotated[str, Field(description="What to say about the ride.")]
Tipped = Annotated[
    Tip,
    Field(
        description=(
            "For the driver: `{amount, currency}`, in minor units of the ride's currency, no more than the ride cost."
        )
    ),
]
FeeToken = Annotated[str, Field(description="The token of the ride's `cancellation_price`: the fee is accepted.")]
