"""Ids, rows and pages of Impala hotel booking: compiled from spec.json by EnvFactory."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from envfactory.environment.tool import FromJson, Key

HotelId = Annotated[str, Key("hotel", "The id of a hotel.")]
RoomTypeId = Annotated[str, Key("room_type", "The id of a room type.")]
RatePlanId = Annotated[int, Key("rate_plan", "The number of a rate plan.")]
RatePlanIdKey = Annotated[int, Key("rate", "The rate plan.")]
NightDate = Annotated[str, Key("night", "The night that begins on this day.")]
BookingId = Annotated[str, Key("booking", "The id of a booking.")]
RatePlanFeeType = Literal["NON_REFUNDABLE", "PERCENTAGE", "NIGHTS", "FLAT"]
BookingStatus = Literal["PENDING", "ACCEPTED", "CANCELLED"]


class BookingBookingContact(TypedDict):
    """Booking contact of one booking, as a caller gives it."""

    firstName: Annotated[str, Field(description="First name.")]
    lastName: Annotated[str, Field(description="Family name.")]
    email: Annotated[str, Field(description="E-mail address.")]


class Hotel(BaseModel):
    """One hotel."""

    hotelId: HotelId
    name: str = Field(description="The name of the hotel.")
    address: Annotated[dict[str, Any], FromJson] = Field(
        description="Where it is: first line, city, postal code, and the English name of the country.",
    )
    starRating: float | None = Field(default=None, description="Its stars, from 0 to 5.")
    currency: str = Field(description="The currency of its prices, as an ISO 4217 code.")
    timezone: str = Field(description="Its time zone, as an IANA name.")
    description: Annotated[dict[str, Any] | None, FromJson] = Field(
        default=None,
        description="What is special about it, in a sentence: `{short}`.",
    )
    roomCount: int = Field(description="How many rooms the whole house has.")
    checkIn: Annotated[dict[str, Any], FromJson] = Field(description="From when rooms are ready.")
    checkOut: Annotated[dict[str, Any], FromJson] = Field(description="Until when rooms are to be left.")
    phoneNumbers: Annotated[list[str], FromJson] = Field(description="Telephone numbers.")
    emails: Annotated[list[str], FromJson] = Field(description="E-mail addresses.")
    amenities: Annotated[list[str], FromJson] = Field(description="What the house offers.")
    termsAndConditions: str = Field(description="Rules of the house.")


class RoomType(BaseModel):
    """One room."""

    roomTypeId: RoomTypeId
    name: str = Field(description="What the hotel calls it.")
    description: str = Field(description="What the room is like.")
    maxOccupancy: int = Field(description="How many adults fit in.")


class RatePlan(BaseModel):
    """One rate."""

    ratePlanId: RatePlanId
    hotelId: HotelId = Field(description="The hotel that offers it.")
    description: str = Field(description="The rate plan in a few words.")
    conditions: Annotated[dict[str, Any], FromJson] = Field(
        description="How it can be cancelled: the policy, and how many days before arrival the deadline lies.",
    )
    components: Annotated[list[dict[str, Any]], FromJson] = Field(description="What comes with the room.")
    restrictions: Annotated[dict[str, Any], FromJson] = Field(description="For how many nights it can be booked.")


class Rate(BaseModel):
    """One price."""

    amount: int = Field(description="A night for one adult, in minor units.")
    extraAdult: int = Field(description="What each further adult adds to a night.")
    weekend: int = Field(description="What the nights of Friday and Saturday cost more.")


class Night(BaseModel):
    """One night."""

    closed: bool = Field(description="Whether the hotel sells nothing for it.")
    held: int = Field(description="Rooms that others have taken.")
    surcharge: int = Field(description="What the night costs more, in minor units.")


class Booking(BaseModel):
    """One booking."""

    bookingId: BookingId
    status: BookingStatus = Field(description="PENDING until the hotel has confirmed it, then ACCEPTED; or CANCELLED.")
    hotelConfirmationCode: str | None = Field(
        default=None,
        description="The code under which the hotel knows the booking; none until it has confirmed.",
    )
    start: str = Field(description="The day of arrival.", json_schema_extra={"format": "date"})
    end: str = Field(description="The day of departure.", json_schema_extra={"format": "date"})
    contact: Annotated[dict[str, Any], FromJson] = Field(description="The guest whom the hotel can ask.")
    notes: Annotated[dict[str, Any] | None, FromJson] = Field(default=None, description="What the hotel was told.")
    cancellation: Annotated[dict[str, Any] | None, FromJson] = Field(
        default=None,
        description="For a cancelled booking: the fee that was charged.",
    )
    createdAt: str = Field(description="When it was made.", json_schema_extra={"format": "date-time"})
    updatedAt: str = Field(description="When it was last changed.", json_schema_extra={"format": "date-time"})


class HotelPage(BaseModel):
    """A page of a list, each item one hotel."""

    data: list[Hotel]


class RatePlanPage(BaseModel):
    """A page of a list, each item one rate."""

    data: list[RatePlan]


class BookingPage(BaseModel):
    """A page of a list, each item one booking."""

    data: list[Booking]
