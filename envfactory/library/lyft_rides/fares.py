"""Distances, times, prices and the tokens that confirm them: worked out from coordinates and tariffs alone."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from math import asin, cos, radians, sin, sqrt

from envfactory.environment.store import Row

EARTH_MILES = 3958.8
DETOUR = 1.3
"""Roads are so much longer than the straight line."""
DRIVING = 180
"""Seconds that a mile takes with a passenger."""
FETCHING = 240
"""Seconds that a mile takes on the way to a passenger, after the minute that accepting takes."""
LONGEST = 100.0
"""Miles of the longest ride."""
VALID = 300
"""Seconds that a token is valid for."""


@dataclass(frozen=True)
class Trip:
    """A way by road."""

    miles: float
    seconds: int


@dataclass(frozen=True)
class Fare:
    """What a trip costs, in minor units."""

    ride: int
    prime: int
    service: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.ride + self.prime + self.service


def miles_between(one: Row, other: Row) -> float:
    """By road, from anything with `lat` and `lng` to another (the haversine formula, times the detour)."""
    north = radians(other["lat"] - one["lat"])
    east = radians(other["lng"] - one["lng"])
    chord = sin(north / 2) ** 2 + cos(radians(one["lat"])) * cos(radians(other["lat"])) * sin(east / 2) ** 2
    return 2 * EARTH_MILES * asin(sqrt(chord)) * DETOUR


def trip(origin: Row, destination: Row) -> Trip:
    """The way between two places, in hundredths of a mile."""
    miles = round(miles_between(origin, destination), 2)
    return Trip(miles, round(miles * DRIVING))


def pickup_seconds(car: Row, place: Row) -> int:
    """How soon a car can be at a place."""
    return 60 + round(miles_between(car, place) * FETCHING)


def fare(tariff: Row, way: Trip, percentage: int) -> Fare:
    """What a trip costs on a tariff: Prime Time is added before the service fee, half a unit is rounded up."""
    metered = tariff["base_charge"] + tariff["cost_per_mile"] * way.miles + tariff["cost_per_minute"] * way.seconds / 60
    ride = max(tariff["cost_minimum"], int(metered + 0.5))
    return Fare(ride, (ride * percentage + 50) // 100, tariff["trust_and_service"])


def bounds(ride_type: str, total: int) -> tuple[int, int]:
    """What an estimate lies between, in whole units of the currency; a shared ride has a fixed price."""
    if ride_type == "lyft_line":
        return total, total
    return total // 100 * 100, -(-total * 12 // 1000) * 100


def token(now: datetime, *about: object) -> str:
    """What confirms that something was accepted; it says when it was given and fits nothing else."""
    given = int(now.timestamp())
    return f"{given:x}-{_digest(given, about)}"


def confirms(value: str, now: datetime, *about: object) -> bool:
    """Whether a token was given for this, not longer ago than it is valid."""
    given, _, digest = value.partition("-")
    moment = int(now.timestamp())
    ages = range(VALID)
    return any(given == f"{moment - age:x}" and digest == _digest(moment - age, about) for age in ages)


def _digest(given: int, about: tuple[object, ...]) -> str:
    return hashlib.sha256(repr((given, *about)).encode()).hexdigest()[:24]
