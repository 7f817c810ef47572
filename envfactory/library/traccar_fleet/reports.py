"""Trips and stops, worked out from the positions of one device in the order of time.

A trip begins with the first position in motion. It ends where the device comes to rest for `HALT` seconds, or with the
last position of the span. One that covers less than `SHORTEST` metres is none: it counts as standing. The two figures
are the defaults of Traccar's `report.trip.minimalParkingDuration` and `report.trip.minimalTripDistance`
(https://www.traccar.org/configuration-file/).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from envfactory.environment.entropy import utc
from envfactory.environment.store import Row

HALT = 300
SHORTEST = 500
KNOT = 0.514444
"""Metres a second."""


class Run(NamedTuple):
    """A part of the positions, by the places of its first and last one."""

    first: int
    last: int


def told(fix: Row) -> dict[str, Any]:
    """What the tracker told beside a position."""
    return json.loads(fix["attributes"])


def odometer(fix: Row) -> float:
    """Metres since the tracker was put in."""
    return told(fix).get("totalDistance", 0.0)


def seconds(start: Row, end: Row) -> float:
    """The time between two positions."""
    return (utc(end["fixTime"]) - utc(start["fixTime"])).total_seconds()


def trips(fixes: Sequence[Row]) -> list[Run]:
    """Where each trip begins and ends."""
    return [run for run in _moving(fixes) if odometer(fixes[run.last]) - odometer(fixes[run.first]) >= SHORTEST]


def stops(fixes: Sequence[Row]) -> list[Run]:
    """The rests before, between and after the trips, those of `HALT` seconds or more."""
    found: list[Run] = []
    here = 0
    for run in trips(fixes):
        found.append(Run(here, run.first))
        here = run.last
    found.append(Run(here, len(fixes) - 1))
    return [run for run in found if fixes and seconds(fixes[run.first], fixes[run.last]) >= HALT]


def _moving(fixes: Sequence[Row]) -> list[Run]:
    found: list[Run] = []
    start: int | None = None
    rest: int | None = None
    for place, fix in enumerate(fixes):
        if start is not None and rest is not None and seconds(fixes[rest], fix) >= HALT:
            found.append(Run(start, rest))
            start = rest = None
        if told(fix).get("motion"):
            start, rest = place if start is None else start, None
        elif start is not None and rest is None:
            rest = place
    if start is not None:
        found.append(Run(start, len(fixes) - 1 if rest is None else rest))
    return found


def trip_of(device: Row, fixes: Sequence[Row], run: Run, driver: str | None) -> Row:
    """One trip as it is reported."""
    part = fixes[run.first : run.last + 1]
    start, end = part[0], part[-1]
    distance, time = odometer(end) - odometer(start), seconds(start, end)
    return {
        "deviceId": device["id"],
        "deviceName": device["name"],
        "startTime": start["fixTime"],
        "endTime": end["fixTime"],
        "startAddress": start["address"],
        "endAddress": end["address"],
        "startLat": start["latitude"],
        "startLon": start["longitude"],
        "endLat": end["latitude"],
        "endLon": end["longitude"],
        "distance": distance,
        "averageSpeed": round(distance / time / KNOT, 2) if time else 0.0,
        "maxSpeed": max(fix["speed"] for fix in part),
        "duration": round(time * 1000),
        "driverName": driver,
    }


def stop_of(device: Row, fixes: Sequence[Row], run: Run) -> Row:
    """One stop as it is reported."""
    start, end = fixes[run.first], fixes[run.last]
    return {
        "deviceId": device["id"],
        "deviceName": device["name"],
        "startTime": start["fixTime"],
        "endTime": end["fixTime"],
        "address": start["address"],
        "lat": start["latitude"],
        "lon": start["longitude"],
        "duration": round(seconds(start, end) * 1000),
    }
