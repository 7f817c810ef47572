"""What the tools show: rows put together as the service does it."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel, Field

from envfactory.environment.store import Row

from .entities import Passenger, Ride, RideId


class Money(BaseModel):
    """An amount of money."""

    amount: int = Field(description="In the smallest unit of the currency: 12345 is 123.45.")
    currency: str = Field(description="ISO 4217 code.")


class LineItem(Money):
    """A part of a price."""

    type: str


class Charge(Money):
    """What was paid in one way."""

    payment_method: str


class Point(BaseModel):
    """Where something is."""

    lat: float
    lng: float


class Location(Point):
    """A place."""

    address: str


class RideLocation(Location):
    """A place of a ride that is on its way."""

    eta_seconds: int | None = Field(default=None, description="Seconds until the car is there.")


class Stop(Location):
    """Where and when somebody got in or out."""

    time: str


class Pricing(BaseModel):
    """A tariff, in minor units."""

    base_charge: int
    cost_minimum: int
    cost_per_mile: int
    cost_per_minute: int
    trust_and_service: int = Field(description="The service fee.")
    cancel_penalty_amount: int = Field(description="What cancelling late costs.")
    currency: str


class RideTypeDetail(BaseModel):
    """A ride type with its tariff."""

    ride_type: str
    display_name: str
    seats: int
    pricing_details: Pricing


class RideTypeList(BaseModel):
    """The ride types at a place."""

    ride_types: list[RideTypeDetail]


class Eta(BaseModel):
    """How soon somebody can be there."""

    ride_type: str
    display_name: str
    is_valid_estimate: bool = Field(description="False when no driver is free.")
    eta_seconds: int | None = None
    eta_seconds_max: int | None = None


class EtaList(BaseModel):
    """An estimate for each ride type."""

    eta_estimates: list[Eta]


class CostEstimate(BaseModel):
    """About what a trip costs; not guaranteed."""

    ride_type: str
    display_name: str
    is_valid_estimate: bool = Field(description="False without a destination.")
    estimated_cost_cents_min: int | None = Field(default=None, description="In minor units of the currency.")
    estimated_cost_cents_max: int | None = Field(default=None, description="In minor units of the currency.")
    currency: str
    estimated_distance_miles: float | None = None
    estimated_duration_seconds: int | None = None
    primetime_percentage: str = Field(description="Included in the estimate.")
    cost_token: str = Field(description="Confirms Prime Time when the ride is requested.")


class CostList(BaseModel):
    """An estimate for each ride type."""

    cost_estimates: list[CostEstimate]


class Driver(BaseModel):
    """Who drives."""

    first_name: str
    phone_number: str
    rating: str


class CancellationPrice(Money):
    """What cancelling costs now."""

    token: str = Field(description="Confirms the fee when the ride is canceled.")
    token_duration: int = Field(description="Seconds that the token is valid for.")


class RideDetail(Ride):
    """A ride with its places, driver and car."""

    origin: RideLocation
    destination: RideLocation | None = None
    pickup: Stop | None = None
    dropoff: Stop | None = None
    location: Point | None = Field(default=None, description="Where the car is.")
    passenger: Passenger
    driver: Driver | None = None
    vehicle: dict[str, Any] | None = None
    can_cancel: list[str] = Field(description="Who may cancel it now.")
    cancellation_price: CancellationPrice | None = Field(default=None, description="Absent when cancelling is free.")


class RideHistory(BaseModel):
    """Rides, the latest first."""

    ride_history: list[RideDetail]


class RideRequest(BaseModel):
    """A ride that was just requested."""

    ride_id: RideId
    status: str
    origin: Location
    destination: Location | None = None
    passenger: Passenger


class Receipt(BaseModel):
    """What was paid for a ride."""

    ride_id: RideId
    requested_at: str
    ride_profile: str
    price: Money
    line_items: list[LineItem]
    charges: list[Charge]


def decoded(value: str | None) -> Any:
    """What a column holds as JSON text."""
    return json.loads(value) if value is not None else None


def spot(place: Row, **more: object) -> Row:
    """A place as rides show it."""
    return {"lat": place["lat"], "lng": place["lng"], "address": place["address"], **more}
