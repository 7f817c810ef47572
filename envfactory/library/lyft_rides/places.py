"""Where things are: places by what people call them, the area each lies in, its tariffs and its drivers."""

from __future__ import annotations

import json
import re
from datetime import timedelta

from envfactory.environment.entropy import rfc3339
from envfactory.environment.environment import Environment
from envfactory.environment.store import Row
from envfactory.errors import ToolError

from .fares import LONGEST, Trip, pickup_seconds, trip

_WORD = re.compile(r"\w+")


class Places(Environment):
    """What the tools ask about places, areas, tariffs and drivers."""

    def ago(self, **period: float) -> str:
        """The moment that lies so long back, as rows hold it."""
        return rfc3339(self.now - timedelta(**period))

    # Places ----------------------------------------------------------------------------------------------------------

    def place(self, said: str) -> Row:
        """The one place that somebody means; raises ToolError when it is none or could be several."""
        found = _meant(said, self.db.rows("SELECT * FROM places ORDER BY address"))
        if not found:
            raise ToolError(f"no address {said!r} is known", code="not_found")
        if len(found) > 1:
            listed = "; ".join(place["address"] for place in found[:5])
            raise ToolError(f"{said!r} could be several places: {listed}", code="invalid_arguments")
        return found[0]

    def known(self, place_id: str) -> Row:
        """The place with an id that a row holds."""
        return self.need("places", "place", place_id=place_id)

    def start(self, said: str) -> tuple[Row, Row]:
        """A place where rides can begin, and its area."""
        origin = self.place(said)
        return origin, self.area(origin)

    def area(self, origin: Row) -> Row:
        """The service area that a ride begins in."""
        if origin["area_id"] is None:
            raise ToolError(f"no_service_in_area: {origin['address']} lies outside of every service area")
        return self.need("service_areas", "service area", area_id=origin["area_id"])

    def end(self, origin: Row, said: str) -> tuple[Row, Trip]:
        """A place where a ride from `origin` can end, and the way there."""
        destination = self.place(said)
        if destination["place_id"] == origin["place_id"]:
            raise ToolError("bad_parameter: the ride would end where it begins", code="invalid_arguments")
        if destination["area_id"] is None:
            raise ToolError(f"invalid_destination: {destination['address']} lies outside of every service area")
        if destination["prohibited"] is not None:
            raise ToolError(f"destination_prohibited: {destination['prohibited']}")
        way = trip(origin, destination)
        if way.miles > LONGEST:
            raise ToolError(f"invalid_destination: {way.miles:g} miles are too far, {LONGEST:g} is the most")
        return destination, way

    # Tariffs and drivers ---------------------------------------------------------------------------------------------

    def tariffs(self, area: Row, ride_type: str | None) -> list[Row]:
        """The tariffs of an area, or that of one ride type; raises ToolError when the area does not have it."""
        rows = self.db.rows("SELECT * FROM ride_types WHERE area_id = ? ORDER BY seq, ride_type", [area["area_id"]])
        chosen = [row for row in rows if ride_type in (None, row["ride_type"])]
        if not chosen:
            raise ToolError(f"ridetype_unavailable_in_region: there is no {ride_type} in {area['name']}")
        return chosen

    def tariff(self, ride: Row) -> Row:
        """The tariff of a ride: that of the area it begins in."""
        area = self.area(self.known(ride["origin_id"]))
        return self.tariffs(area, ride["ride_type"])[0]

    def currency(self, ride: Row) -> str:
        """The currency of a ride: that of the area it begins in."""
        return self.area(self.known(ride["origin_id"]))["currency"]

    def pickup(self, origin: Row, ride_type: str) -> int | None:
        """How soon the nearest free driver who offers a ride type can be there; None when nobody is free."""
        waiting = self.db.find("drivers", area_id=origin["area_id"], available=1)
        return min(
            (pickup_seconds(car, origin) for car in waiting if ride_type in json.loads(car["ride_types"])), default=None
        )


def _meant(said: str, places: list[Row]) -> list[Row]:
    """The places of exactly this address or name, else those whose address or name is part of it, or it of theirs."""
    wanted = _words(said)
    called = [(place, [_words(place["address"]), _words(place["name"])]) for place in places]
    exact = [place for place, names in called if wanted and wanted in names]
    return exact or [place for place, names in called if any(_within(wanted, name) for name in names)]


def _within(one: list[str], other: list[str]) -> bool:
    """Whether the shorter of two runs of words stands in the longer."""
    short, long = sorted((one, other), key=len)
    return bool(short) and any(long[at : at + len(short)] == short for at in range(len(long) - len(short) + 1))


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())
