"""What the tools show: rows put together as the service does it."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel, Field

from envfactory.environment.store import Row

from .entities import Booking, Hotel, RatePlan, RoomTypeId

FEES = "NONE, NON_REFUNDABLE (all of it), PERCENTAGE of the price, the first NIGHTS, or a FLAT amount in minor units."


def money(amount: int, currency: str) -> Row:
    """An amount in minor units with its currency."""
    return {"amount": amount, "currency": {"code": currency}}


def decoded(value: Any) -> Any:
    """What a column holds as JSON text."""
    return json.loads(value) if isinstance(value, str) else value


class Currency(BaseModel):
    """A currency."""

    code: str = Field(description="ISO 4217 code.")


class Money(BaseModel):
    """An amount of money."""

    amount: int = Field(description="In the smallest unit of the currency: 23456 is 234.56.")
    currency: Currency


class Total(BaseModel):
    """The price of a stay."""

    total: Money


class Offer(BaseModel):
    """What a room type costs for a stay, on one rate plan."""

    ratePlanId: int = Field(description="The rate plan.")
    start: str = Field(description="The day of arrival.")
    end: str = Field(description="The day of departure.")
    maxOccupancy: int = Field(description="For so many adults; fewer cost less.")
    roomsSellable: int = Field(description="How many such rooms are left.")
    retailRate: Total


class Room(BaseModel):
    """A room type of a hotel. It is booked by what the rate calendar says of it, where its rate plans are named."""

    roomTypeId: str
    name: str
    description: str
    maxOccupancy: int = Field(description="How many adults fit in.")
    rates: list[Offer] = Field(description="What it costs for the dates asked about; empty without dates.")


class HotelDetail(Hotel):
    """A hotel with its room types."""

    roomTypes: list[Room]


class Pagination(BaseModel):
    """How much of a list is on this page."""

    count: int = Field(description="Items on this page.")
    total: int = Field(description="Items in all.")


class HotelList(BaseModel):
    """A page of hotels."""

    data: list[HotelDetail]
    pagination: Pagination


class NightRate(BaseModel):
    """What a night costs for so many adults."""

    adults: int
    roomsSellable: int
    retailRate: Money


class RatesPerDate(BaseModel):
    """A night in the rate calendar."""

    date: str
    closed: bool = Field(description="Whether nothing is sold for this night.")
    rates: list[NightRate]


class PlannedRoom(BaseModel):
    """A room type that is sold on a rate plan."""

    roomTypeId: RoomTypeId
    name: str
    maxOccupancy: int
    dates: list[RatesPerDate]


class PlanDetail(RatePlan):
    """A rate plan with its calendar."""

    roomTypes: list[PlannedRoom]


class PlanList(BaseModel):
    """The rate plans of a hotel."""

    data: list[PlanDetail]


class Fee(BaseModel):
    """What cancelling costs."""

    type: str = Field(description=FEES)
    count: int | None = None
    price: Money


class Policy(BaseModel):
    """What cancelling costs from when to when."""

    start: str
    end: str | None = None
    fee: Fee
    formatted: str


class Component(BaseModel):
    """What comes with a room."""

    type: str
    formatted: str
    includedInRate: bool


class BookedRate(BaseModel):
    """The price and terms of a booked room."""

    ratePlan: str = Field(description="The rate plan in a few words.")
    start: str
    end: str
    maxOccupancy: int
    retailRate: Total
    components: list[Component]
    cancellationPolicies: list[Policy]


class BookedType(BaseModel):
    """Which room type is booked."""

    roomTypeId: str
    name: str


class BookedRoom(BaseModel):
    """A booked room."""

    adults: int
    roomType: BookedType
    rate: BookedRate


class HotelStub(BaseModel):
    """The hotel of a booking."""

    hotelId: str
    name: str
    starRating: float | None = None
    address: dict[str, Any]


class BookingDetail(Booking):
    """A booking with its hotel and room."""

    hotel: HotelStub
    bookedRooms: list[BookedRoom]


class BookingList(BaseModel):
    """A page of bookings."""

    data: list[BookingDetail]
    pagination: Pagination


def page(rows: list[Row], size: int, offset: int) -> tuple[list[Row], Pagination]:
    """The rows of one page, and what to say of it."""
    chosen = rows[offset : offset + size]
    return chosen, Pagination(count=len(chosen), total=len(rows))


def with_country(hotel: Row) -> Row:
    """A hotel whose address names the country by its code, too."""
    return hotel | {"address": {**decoded(hotel["address"]), "country": hotel["country"]}}


def booking_view(booking: Row, hotel: Row, room: Row, plan: Row) -> BookingDetail:
    """A booking as the service shows it."""
    rate: Row = {
        "ratePlan": plan["description"],
        "start": booking["start"],
        "end": booking["end"],
        "maxOccupancy": room["maxOccupancy"],
        "retailRate": {"total": money(booking["total"], hotel["currency"])},
        "components": decoded(plan["components"]),
        "cancellationPolicies": decoded(booking["cancellationPolicies"]),
    }
    booked: Row = {"adults": booking["adults"], "roomType": room, "rate": rate}
    return BookingDetail.model_validate(booking | {"hotel": with_country(hotel), "bookedRooms": [booked]})


def plan_room(room: Row, dates: list[Row]) -> PlannedRoom:
    """A room type with its calendar on a rate plan."""
    return PlannedRoom.model_validate(room | {"dates": dates})
