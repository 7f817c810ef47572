"""What no default can know of rides: estimates, who is in a ride, what a state refuses, fees, ratings and receipts."""

from __future__ import annotations

from envfactory.environment.store import Row
from envfactory.environment.tool import tool
from envfactory.errors import ToolError

from .arguments import (
    After,
    Before,
    BeginsAt,
    CostToken,
    Destination,
    Feedback,
    FeeToken,
    Limit,
    NewAddress,
    OnlyType,
    Origin,
    PickedUpAt,
    RideKey,
    Stars,
    Tipped,
    TripFrom,
    TripTo,
    Wanted,
)
from .fares import VALID, bounds, confirms, fare, pickup_seconds, token, trip
from .places import Places
from .views import (
    CancellationPrice,
    CostEstimate,
    CostList,
    Eta,
    EtaList,
    Location,
    Receipt,
    RideDetail,
    RideHistory,
    RideRequest,
    RideTypeDetail,
    RideTypeList,
    decoded,
    spot,
)

IN_A_RIDE = ("pending", "accepted", "arrived", "pickedUp")
CANCELABLE = ("scheduled", "pending", "accepted", "arrived")
OVER = ("droppedOff", "canceled")
GRACE = 5
"""Minutes after a driver has accepted in which cancelling is free."""
RATING_HOURS = 24
"""A ride can be rated so long after the drop-off; then it is paid without."""
MOST = 50
"""Rides that one list holds at most."""
EARLIEST = "2015-01-01T00:00:00.000Z"


class Overrides(Places):
    """Tools written by hand."""

    # Estimates -------------------------------------------------------------------------------------------------------

    @tool()
    def get_ride_types(self, address: BeginsAt, ride_type: OnlyType | None = None) -> RideTypeList:
        """Show which ride types can be requested at an address, with their seats and tariffs."""
        _, area = self.start(address)
        currency = {"currency": area["currency"]}
        shown = [
            RideTypeDetail.model_validate(tariff | {"pricing_details": tariff | currency})
            for tariff in self.tariffs(area, ride_type)
        ]
        return RideTypeList(ride_types=shown)

    @tool()
    def get_eta(self, address: PickedUpAt, ride_type: OnlyType | None = None) -> EtaList:
        """Estimate for each ride type how soon the nearest free driver can be at an address."""
        origin, area = self.start(address)
        estimates: list[Eta] = []
        for tariff in self.tariffs(area, ride_type):
            soon = self.pickup(origin, tariff["ride_type"])
            estimate = Eta(
                ride_type=tariff["ride_type"],
                display_name=tariff["display_name"],
                is_valid_estimate=soon is not None,
                eta_seconds=soon,
                eta_seconds_max=None if soon is None else soon * 5 // 4,
            )
            estimates.append(estimate)
        return EtaList(eta_estimates=estimates)

    @tool()
    def get_cost(
        self, start_address: TripFrom, end_address: TripTo | None = None, ride_type: OnlyType | None = None
    ) -> CostList:
        """Estimate what a trip costs with each ride type, Prime Time included. The `cost_token` of an estimate says
        that its Prime Time was accepted when the ride is requested."""
        origin, area = self.start(start_address)
        way = None if end_address is None else self.end(origin, end_address)[1]
        percentage = area["primetime_percentage"]
        estimates: list[CostEstimate] = []
        for tariff in self.tariffs(area, ride_type):
            kind = tariff["ride_type"]
            low, high = (None, None) if way is None else bounds(kind, fare(tariff, way, percentage).total)
            estimate = CostEstimate(
                ride_type=kind,
                display_name=tariff["display_name"],
                is_valid_estimate=way is not None,
                estimated_cost_cents_min=low,
                estimated_cost_cents_max=high,
                currency=area["currency"],
                estimated_distance_miles=None if way is None else way.miles,
                estimated_duration_seconds=None if way is None else way.seconds,
                primetime_percentage=f"{percentage}%",
                cost_token=token(self.now, "cost", kind, origin["place_id"], percentage),
            )
            estimates.append(estimate)
        return CostList(cost_estimates=estimates)

    # Rides -----------------------------------------------------------------------------------------------------------

    @tool()
    def get_rides(
        self, start_time: After | None = None, end_time: Before | None = None, limit: Limit = 10
    ) -> RideHistory:
        """List past, current and scheduled rides, the latest first."""
        if start_time is not None and start_time < EARLIEST:
            raise ToolError("bad_parameter: the earliest start_time is 2015-01-01", code="invalid_arguments")
        rows = self.db.rows(
            """
            SELECT * FROM rides
            WHERE (:after IS NULL OR requested_at > :after) AND (:before IS NULL OR requested_at < :before)
            ORDER BY requested_at DESC, ride_id LIMIT :limit
            """,
            {"after": start_time, "before": end_time, "limit": min(limit, MOST)},
        )
        return RideHistory(ride_history=[self._shown(row) for row in rows])

    @tool()
    def get_ride(self, id: RideKey) -> RideDetail:
        """Get a ride: where it stands, driver, car, price, who may cancel it, and what cancelling costs now."""
        return self._shown(self._ride(id))

    @tool()
    def get_ride_receipt(self, id: RideKey) -> Receipt:
        """Get the receipt of a ride that has been paid: line items and charges, the cancellation fee among them."""
        row = self._ride(id)
        if not self._paid(row):
            raise ToolError("there is no receipt: nothing has been paid for this ride", code="not_found")
        price = decoded(row["price"])
        charge: Row = {**price, "payment_method": row["payment_method"]}
        items = decoded(row["line_items"])
        return Receipt.model_validate(row | {"price": price, "line_items": items, "charges": [charge]})

    @tool(writes=True)
    def new_ride(
        self,
        ride_type: Wanted,
        origin: Origin,
        destination: Destination | None = None,
        cost_token: CostToken | None = None,
    ) -> RideRequest:
        """Request a ride now. Where Prime Time is in effect, the `cost_token` of a cost estimate must confirm it."""
        passenger = self._passenger()
        place, area = self.start(origin["address"])
        target = None if destination is None else self.end(place, destination["address"])[0]
        self.tariffs(area, ride_type)
        self._check_prime_time(ride_type, place, area["primetime_percentage"], cost_token)
        if self.pickup(place, ride_type) is None:
            raise ToolError("no_drivers_available: no driver is free for this ride type now", code="conflict")
        row: Row = {
            "ride_id": self.new_id(length=16),
            "status": "pending",
            "ride_type": ride_type,
            "requested_at": self.timestamp,
            "passenger_id": passenger["user_id"],
            "origin_id": place["place_id"],
            "destination_id": None if target is None else target["place_id"],
            "payment_method": passenger["payment_method"],
            "primetime_percentage": f"{area['primetime_percentage']}%",
            "ride_profile": passenger["ride_profile"],
            "line_items": [],
        }
        self.db.insert("rides", row)
        ends = None if target is None else spot(target)
        return RideRequest.model_validate(row | {"origin": spot(place), "destination": ends, "passenger": passenger})

    @tool(writes=True)
    def set_ride_destination(self, id: RideKey, address: NewAddress) -> Location:
        """Add or change the destination of a ride that is not over."""
        row = self._ride(id)
        if row["status"] in OVER:
            raise ToolError("ride_is_finished: the ride is over")
        if row["ride_type"] == "lyft_line":
            raise ToolError("ride_is_lyft_line: the destination of a shared ride cannot be changed")
        target, _ = self.end(self.known(row["origin_id"]), address)
        self.db.update("rides", {"destination_id": target["place_id"]}, ride_id=id)
        return Location.model_validate(spot(target))

    @tool(writes=True)
    def set_ride_rating(
        self, id: RideKey, rating: Stars, feedback: Feedback | None = None, tip: Tipped | None = None
    ) -> None:
        """Rate a ride from 1 to 5 stars, with feedback and a tip if wanted. Once, within 24 hours of the drop-off and
        before the next ride; then the ride is paid."""
        row = self._ride(id)
        if row["status"] != "droppedOff":
            raise ToolError("ride_not_finished: only a ride that was dropped off can be rated", code="conflict")
        if row["rating"] is not None:
            raise ToolError("user_cannot_rate_this_ride: it has been rated")
        if row["dropped_off_at"] < self.ago(hours=RATING_HOURS):
            raise ToolError("user_cannot_rate_this_ride: the drop-off was more than 24 hours ago")
        if self._rode_since(row):
            raise ToolError("user_cannot_rate_this_ride: another ride has begun since")
        tipped: Row = {} if tip is None else self._tipped(row, tip["amount"], tip["currency"])
        self.db.update("rides", {"rating": rating, "feedback": feedback, **tipped}, ride_id=id)

    @tool(writes=True)
    def cancel_ride(self, id: RideKey, cancel_confirmation_token: FeeToken | None = None) -> None:
        """Cancel a ride that has not begun. Where a fee is due, the token of its `cancellation_price` must confirm
        it."""
        row = self._ride(id)
        if row["status"] not in CANCELABLE:
            raise ToolError(f"the ride cannot be canceled: its status is {row['status']}", code="conflict")
        fee = self._fee(row)
        if cancel_confirmation_token is not None:
            self._check_token(row, fee, cancel_confirmation_token)
        elif fee is not None:
            raise ToolError(
                f"cancel_confirmation_required: cancelling costs {fee.amount / 100:.2f} {fee.currency}; to accept, "
                f"give the token {fee.token}, valid for {fee.token_duration} seconds"
            )
        ended: Row = {"status": "canceled", "canceled_by": "passenger"}
        if fee is not None:
            charged: Row = {"amount": fee.amount, "currency": fee.currency}
            ended |= {"price": charged, "line_items": [{"type": "Cancellation fee", **charged}]}
        self.db.update("rides", ended, ride_id=id)

    # What they share -------------------------------------------------------------------------------------------------

    def _ride(self, id: str) -> Row:
        return self.need("rides", "ride", ride_id=id)

    def _passenger(self) -> Row:
        """The passenger, if one may request a ride now."""
        passenger = self.db.find("passengers")[0]
        if passenger["payment_method"] is None:
            raise ToolError("user_payment_required: add a payment method in the app first", code="permission_denied")
        if any(self.db.get("rides", status=status) for status in IN_A_RIDE):
            raise ToolError("user_already_in_ride: end or cancel the current ride first", code="conflict")
        return passenger

    def _check_prime_time(self, ride_type: str, place: Row, percentage: int, given: str | None) -> None:
        if given is None:
            if percentage > 0:
                raise ToolError(
                    f"primetime_confirmation_required: Prime Time adds {percentage}%; to accept, give the cost_token "
                    "of a cost estimate"
                )
        elif not confirms(given, self.now, "cost", ride_type, place["place_id"], percentage):
            raise ToolError("invalid_primetime_confirmation: the cost_token is of another ride or has expired")

    def _fee(self, row: Row) -> CancellationPrice | None:
        """What cancelling costs now; None when it is free or nobody can."""
        late = row["status"] == "accepted" and row["accepted_at"] <= self.ago(minutes=GRACE)
        if row["status"] != "arrived" and not late:
            return None
        amount = self.tariff(row)["cancel_penalty_amount"]
        confirmed = token(self.now, "cancel", row["ride_id"], amount)
        return CancellationPrice(amount=amount, currency=self.currency(row), token=confirmed, token_duration=VALID)

    def _check_token(self, row: Row, fee: CancellationPrice | None, given: str) -> None:
        if fee is None or not confirms(given, self.now, "cancel", row["ride_id"], fee.amount):
            raise ToolError("invalid_cancel_confirmation: the token is of another ride or has expired")

    def _rode_since(self, row: Row) -> bool:
        """Whether the passenger has requested another ride since the drop-off, other than for later."""
        later = self.db.rows(
            "SELECT 1 FROM rides WHERE requested_at >= ? AND status NOT IN ('scheduled', 'canceled')",
            [row["dropped_off_at"]],
        )
        return bool(later)

    def _tipped(self, row: Row, amount: int, currency: str) -> Row:
        """The price and line items of a ride with a tip."""
        price = decoded(row["price"])
        if currency != price["currency"]:
            raise ToolError(f"tip_currency_not_accepted: give the tip in {price['currency']}", code="invalid_arguments")
        if amount > price["amount"]:
            raise ToolError("tip_too_large: a tip is at most what the ride cost", code="invalid_arguments")
        items = [*decoded(row["line_items"]), {"type": "Tip", "amount": amount, "currency": currency}]
        return {"price": {"amount": price["amount"] + amount, "currency": currency}, "line_items": items}

    def _paid(self, row: Row) -> bool:
        """Whether the payment of a ride has been processed."""
        if row["price"] is None:
            return False
        waited = row["dropped_off_at"] is None or row["dropped_off_at"] < self.ago(hours=RATING_HOURS)
        return waited or row["rating"] is not None

    def _shown(self, row: Row) -> RideDetail:
        origin = self.known(row["origin_id"])
        target = None if row["destination_id"] is None else self.known(row["destination_id"])
        car = None if row["driver_id"] is None else self.need("drivers", "driver", user_id=row["driver_id"])
        status = row["status"]
        moving = status in {"accepted", "arrived", "pickedUp"}
        soon = pickup_seconds(car, origin) if car and status == "accepted" else None
        arrival = trip(car, target).seconds if car and target and status == "pickedUp" else None
        return RideDetail.model_validate(
            row
            | {
                "origin": spot(origin, eta_seconds=soon),
                "destination": target and spot(target, eta_seconds=arrival),
                "pickup": row["picked_up_at"] and spot(origin, time=row["picked_up_at"]),
                "dropoff": target and row["dropped_off_at"] and spot(target, time=row["dropped_off_at"]),
                "location": car if moving else None,
                "passenger": self.need("passengers", "passenger", user_id=row["passenger_id"]),
                "driver": car,
                "vehicle": car and decoded(car["vehicle"]),
                "can_cancel": ["passenger"] if status in CANCELABLE else [],
                "cancellation_price": self._fee(row),
            }
        )
