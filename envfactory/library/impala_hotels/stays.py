"""Nights: which are free, what they cost, and what cancelling a stay costs from when to when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from envfactory.environment.environment import Environment
from envfactory.environment.store import Row
from envfactory.errors import ToolError
from envfactory.messages import as_object

from .views import decoded, money

HORIZON = 500
"""Nights are sold for so many days ahead."""
FRIDAY, SATURDAY = 4, 5


@dataclass(frozen=True)
class Night:
    """One night of a room type."""

    day: str
    closed: bool
    left: int
    """Rooms that can still be sold."""
    surcharge: int


def later(day: str, days: int) -> str:
    """The day so many days after (or, below 0, before) another."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def nights_between(start: str, end: str) -> list[str]:
    """The nights of a stay: the day of departure is none."""
    count = (date.fromisoformat(end) - date.fromisoformat(start)).days
    return [later(start, number) for number in range(count)]


def price(rate: Row, night: Night, adults: int) -> int:
    """What a night costs for so many adults, in minor units."""
    weekend = rate["weekend"] if date.fromisoformat(night.day).weekday() in (FRIDAY, SATURDAY) else 0
    return rate["amount"] + rate["extraAdult"] * (adults - 1) + weekend + night.surcharge


def fee_of(plan: Row, prices: list[int], currency: str) -> Row:
    """The fee of a rate plan once cancelling is no longer free, never more than the stay."""
    total, count = sum(prices), plan["feeCount"] or 0
    match plan["feeType"]:
        case "PERCENTAGE":
            amount = (total * count + 50) // 100
        case "NIGHTS":
            amount = sum(prices[:count])
        case "FLAT":
            amount = min(count, total)
        case _:
            amount = total
    counted: Row = {"count": count} if count else {}
    return {"type": plan["feeType"], **counted, "price": money(amount, currency)}


def policies(plan: Row, prices: list[int], start: str, now: str, currency: str) -> list[Row]:
    """What cancelling costs from `now` on: nothing up to the deadline of the rate plan, then its fee."""
    fee = fee_of(plan, prices, currency)
    deadline = as_object(decoded(plan["conditions"])).get("cancellationDeadline")
    free_until = "" if deadline is None else f"{later(start, -deadline)}T00:00:00.000Z"
    if free_until <= now:
        return [{"start": now, "fee": fee, "formatted": f"Cancelling costs {_said(fee)}."}]
    day = free_until[:10]
    free: Row = {"type": "NONE", "price": money(0, currency)}
    return [
        {"start": now, "end": free_until, "fee": free, "formatted": f"Free cancellation before {day}."},
        {"start": free_until, "fee": fee, "formatted": f"From {day} on, cancelling costs {_said(fee)}."},
    ]


def _said(fee: Row) -> str:
    amount = fee["price"]["amount"]
    return f"{amount // 100}.{amount % 100:02d} {fee['price']['currency']['code']}"


class Stays(Environment):
    """What the tools ask about rooms and nights."""

    @property
    def today(self) -> str:
        """The day it is."""
        return self.timestamp[:10]

    def check_stay(self, start: str, end: str) -> None:
        """Refuse a stay without a night, one that begins in the past, and one that nobody sells yet."""
        if end <= start:
            raise ToolError("the departure must come after the arrival", code="invalid_arguments")
        if start < self.today:
            raise ToolError(f"the arrival on {start} lies in the past")
        if end > later(self.today, HORIZON):
            raise ToolError(f"nights after {later(self.today, HORIZON)} are not sold yet")

    def nights(self, room: Row, start: str, end: str, *, own: str = "") -> list[Night]:
        """The nights of a room type; the booking `own` takes no room."""
        where = {"room": room["roomTypeId"], "start": start, "end": end, "own": own}
        special = {
            row["date"]: row
            for row in self.db.rows(
                "SELECT * FROM nights WHERE roomTypeId = :room AND date >= :start AND date < :end", where
            )
        }
        stays = self.db.rows(
            """
            SELECT start, "end" FROM bookings
            WHERE roomTypeId = :room AND status <> 'CANCELLED' AND bookingId <> :own
              AND start < :end AND "end" > :start
            """,
            where,
        )
        found: list[Night] = []
        for day in nights_between(start, end):
            known = special.get(day, {"closed": 0, "held": 0, "surcharge": 0})
            booked = sum(stay["start"] <= day < stay["end"] for stay in stays)
            left = max(room["rooms"] - known["held"] - booked, 0)
            found.append(Night(day, bool(known["closed"]), 0 if known["closed"] else left, known["surcharge"]))
        return found

    def rate(self, room: Row, plan: Row) -> Row | None:
        """The prices of a room type on a rate plan, if it is sold on it."""
        return self.db.get("rates", roomTypeId=room["roomTypeId"], ratePlanId=plan["ratePlanId"])

    def prices(self, room: Row, plan: Row, start: str, end: str, adults: int, *, own: str = "") -> list[int]:
        """What each night of a stay costs; raises ToolError when the stay cannot be sold so."""
        if adults > room["maxOccupancy"]:
            raise ToolError(f"{room['name']!r} holds {room['maxOccupancy']} adults at most", code="invalid_arguments")
        rate = self.rate(room, plan)
        if rate is None:
            raise ToolError(f"{room['name']!r} is not sold on the rate plan {plan['description']!r}")
        nights = self.nights(room, start, end, own=own)
        self._check_length(plan, len(nights))
        for night in nights:
            if night.left < 1:
                raise ToolError(f"there is no {room['name']!r} left for the night of {night.day}")
        return [price(rate, night, adults) for night in nights]

    def offers(self, room: Row, start: str, end: str) -> list[Row]:
        """The rate plans on which a room type can be booked for a stay, with what it costs when it is full."""
        nights = self.nights(room, start, end)
        if any(night.left < 1 for night in nights):
            return []
        found: list[Row] = []
        hotel = self.need("hotels", "hotel", hotelId=room["hotelId"])
        for plan in self.db.find("rate_plans", hotelId=room["hotelId"]):
            rate = self.rate(room, plan)
            if rate is None or not self._fits(plan, len(nights)):
                continue
            total = sum(price(rate, night, room["maxOccupancy"]) for night in nights)
            found.append(
                {
                    "ratePlanId": plan["ratePlanId"],
                    "start": start,
                    "end": end,
                    "maxOccupancy": room["maxOccupancy"],
                    "roomsSellable": min(night.left for night in nights),
                    "retailRate": {"total": money(total, hotel["currency"])},
                }
            )
        return found

    def _fits(self, plan: Row, count: int) -> bool:
        least, most = self._lengths(plan)
        return least <= count <= most

    def _check_length(self, plan: Row, count: int) -> None:
        if not self._fits(plan, count):
            least, most = self._lengths(plan)
            raise ToolError(f"{plan['description']!r} is sold for {least} to {most} nights, not for {count}")

    @staticmethod
    def _lengths(plan: Row) -> tuple[int, int]:
        allowed = as_object(as_object(decoded(plan["restrictions"])).get("lengthOfStay"))
        return allowed.get("min", 1), allowed.get("max", HORIZON)
