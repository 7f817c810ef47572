"""Ids, rows and pages of Lyft rides: compiled from spec.json by EnvFactory."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field
from typing_extensions import TypedDict

from envfactory.environment.tool import FromJson, Key

ServiceAreaAreaId = Annotated[str, Key("service_area", "The id of a service area.")]
PlaceId = Annotated[str, Key("place", "The id of a place.")]
RideTypeRideType = Annotated[str, Key("ride_type", "The id of a ride type.")]
DriverUserId = Annotated[str, Key("driver", "The id of a driver.")]
PassengerUserId = Annotated[str, Key("passenger", "The id of a passenger.")]
RideId = Annotated[str, Key("ride", "The id of a ride.")]
RideTypeRideTypeChoice = Literal["lyft", "lyft_line", "lyft_plus", "lyft_premier", "lyft_lux", "lyft_luxsuv"]
PassengerRideProfile = Literal["personal", "business"]
RideStatus = Literal["scheduled", "pending", "accepted", "arrived", "pickedUp", "droppedOff", "canceled"]
RideRideType = Literal["lyft", "lyft_line", "lyft_plus", "lyft_premier", "lyft_lux", "lyft_luxsuv"]
RideRideProfile = Literal["personal", "business"]


class RideOrigin(TypedDict):
    """Origin of one ride, as a caller gives it."""

    address: Annotated[str, Field(description="Street and number, or the name of a place.")]


class RideTip(TypedDict):
    """Tip of one ride, as a caller gives it."""

    amount: Annotated[int, Field(description="In the smallest unit of the currency: 1500 is 15.00.")]
    currency: Annotated[str, Field(description="ISO 4217 code.")]


class ServiceArea(BaseModel):
    """One area."""

    area_id: ServiceAreaAreaId
    name: str = Field(description="The city.")
    currency: str = Field(description="The currency of its fares, as an ISO 4217 code.")
    primetime_percentage: int = Field(description="What Prime Time adds to fares that begin here, in percent.")


class Place(BaseModel):
    """One place."""

    place_id: PlaceId
    address: str = Field(description="The address as rides show it.")
    name: str = Field(description="What else people call it.")
    lat: float = Field(description="Latitude.")
    lng: float = Field(description="Longitude.")
    area_id: ServiceAreaAreaId | None = Field(
        default=None,
        description="The service area it lies in; none outside of all.",
    )


class RideType(BaseModel):
    """One ride option."""

    ride_type: RideTypeRideType
    display_name: str = Field(description="What the app calls it.")
    seats: int = Field(description="Passengers that fit in at most.")


class Driver(BaseModel):
    """One driver."""

    user_id: DriverUserId
    first_name: str = Field(description="First name.")
    phone_number: str = Field(description="Telephone number.")
    rating: str = Field(description="Stars from 0 to 5.")
    vehicle: Annotated[dict[str, Any], FromJson] = Field(description="The car.")


class Passenger(BaseModel):
    """One passenger."""

    user_id: PassengerUserId
    first_name: str = Field(description="First name.")
    last_name: str = Field(description="Family name.")
    phone_number: str = Field(description="Telephone number.")


class Ride(BaseModel):
    """One ride."""

    ride_id: RideId
    status: RideStatus = Field(
        description=(
            "Where the ride stands: scheduled for later; pending until a driver accepts; accepted; arrived at the "
            "origin; pickedUp; droppedOff; or canceled."
        ),
    )
    ride_type: RideRideType = Field(description="The ride type.")
    requested_at: str = Field(
        description="When it was requested; for a scheduled ride, when it is to begin.",
        json_schema_extra={"format": "date-time"},
    )
    primetime_percentage: str = Field(description="What Prime Time adds to the fare: `25%`.")
    ride_profile: RideRideProfile = Field(description="Whether it is for business.")
    distance_miles: float | None = Field(default=None, description="How far it went; only after the drop-off.")
    duration_seconds: int | None = Field(default=None, description="From pickup to drop-off; only after the drop-off.")
    price: Annotated[dict[str, Any] | None, FromJson] = Field(
        default=None,
        description="What it cost in all, in minor units; only once it is over.",
    )
    line_items: Annotated[list[dict[str, Any]], FromJson] = Field(description="What the price is made of.")
    canceled_by: str | None = Field(default=None, description="Who cancelled it: passenger or driver.")
    rating: int | None = Field(default=None, description="The passenger's stars, from 1 to 5.")
    feedback: str | None = Field(default=None, description="What the passenger wrote about it.")


class RideTypePage(BaseModel):
    """A page of a list, each item one ride option."""

    ride_types: list[RideType]


class GetEtaPage(BaseModel):
    """A page of a list, each item one ride option."""

    eta_estimates: list[RideType]


class GetCostPage(BaseModel):
    """A page of a list, each item one ride option."""

    cost_estimates: list[RideType]


class RidePage(BaseModel):
    """A page of a list, each item one ride."""

    ride_history: list[Ride]
