"""What callers give, with the sentence that tells an agent what it means."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from envfactory.environment.tool import Date, DateTime

from .entities import BookingBookingContact, BookingId, HotelId, RatePlanId, RoomTypeId


class Notes(TypedDict):
    """What the hotel is to be told."""

    fromGuest: NotRequired[Annotated[str, Field(description="What the guest wants the hotel to know.")]]
    fromSeller: NotRequired[Annotated[str, Field(description="What the seller wants the hotel to know.")]]


class ShownCurrency(TypedDict):
    """The currency of a price."""

    code: str


class ShownPrice(TypedDict):
    """A price that was shown."""

    amount: Annotated[int, Field(description="In the smallest unit of the currency.")]
    currency: ShownCurrency


HotelKey = Annotated[HotelId, Field(description="The hotel.")]
BookingKey = Annotated[BookingId, Field(description="The booking.")]
Arrival = Annotated[Date, Field(description="The day of arrival.")]
Departure = Annotated[Date, Field(description="The day of departure.")]
RoomTypeKey = Annotated[RoomTypeId, Field(description="The room type.")]
RatePlanKey = Annotated[RatePlanId, Field(description="The rate plan.")]
Adults = Annotated[int, Field(ge=1, le=10, description="How many adults stay in the room.")]
Guest = Annotated[BookingBookingContact, Field(description="The guest: `{firstName, lastName, email}`.")]
HotelNotes = Annotated[Notes, Field(description="What to tell the hotel: `{fromGuest, fromSeller}`.")]
Price = Annotated[
    ShownPrice,
    Field(
        description=(
            "The sum of the nightly prices that was shown; the booking is refused when it costs something else now."
        )
    ),
]
Version = Annotated[
    DateTime,
    Field(
        description=(
            "The `updatedAt` of the booking as it was last read: a booking that was changed since is not changed."
        )
    ),
]
OtherRoom = Annotated[RoomTypeId, Field(description="Another room type of the same hotel.")]
OtherPlan = Annotated[RatePlanId, Field(description="Another rate plan of the same hotel.")]

# Lists ---------------------------------------------------------------------------------------------------------------

From = Annotated[Date, Field(description="The day of arrival, to ask what is free; with `end`.")]
Until = Annotated[Date, Field(description="The day of departure; with `start`.")]
NameIs = Annotated[str, Field(description="Only the hotel of exactly this name.")]
NameLike = Annotated[str, Field(description="Only hotels with this in their name, in capitals or not.")]
LeastStars = Annotated[float, Field(description="Only hotels with at least so many stars.")]
MostStars = Annotated[float, Field(description="Only hotels with at most so many stars.")]
Country = Annotated[str, Field(description="Only hotels in this country: its three-letter ISO code.")]
HotelOrder = Annotated[
    Literal["name:asc", "name:desc", "rating:asc", "rating:desc"], Field(description="By name or by stars.")
]
HotelPage = Annotated[int, Field(ge=1, le=300, description="How many at most on one page.")]
BookingPage = Annotated[int, Field(ge=1, le=1000, description="How many at most on one page.")]
Offset = Annotated[int, Field(ge=0, description="How many to leave out at the beginning.")]
FirstNight = Annotated[Date, Field(description="The first night; today without it.")]
AfterNight = Annotated[
    Date, Field(description="The day after the last night; a week after the first one without it, 31 days at most.")
]
OnlyRoom = Annotated[RoomTypeId, Field(description="Only this room type.")]
StartsFrom = Annotated[Date, Field(description="Only bookings that begin on this day or later.")]
StartsBy = Annotated[Date, Field(description="Only bookings that begin on this day or earlier.")]
EndsFrom = Annotated[Date, Field(description="Only bookings that end on this day or later.")]
EndsBy = Annotated[Date, Field(description="Only bookings that end on this day or earlier.")]
BookingOrder = Annotated[
    Literal["createdAt:asc", "createdAt:desc", "updatedAt:asc", "updatedAt:desc"],
    Field(description="By when they were made or last changed."),
]
