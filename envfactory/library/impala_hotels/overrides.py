"""What no default can know of hotel bookings: free nights, prices, cancellation, and changes that came in between."""

from __future__ import annotations

from envfactory.environment.store import Row
from envfactory.environment.tool import tool
from envfactory.errors import ToolError

from .arguments import (
    Adults,
    AfterNight,
    Arrival,
    BookingKey,
    BookingOrder,
    BookingPage,
    Country,
    Departure,
    EndsBy,
    EndsFrom,
    FirstNight,
    From,
    Guest,
    HotelKey,
    HotelNotes,
    HotelOrder,
    HotelPage,
    LeastStars,
    MostStars,
    NameIs,
    NameLike,
    Notes,
    Offset,
    OnlyRoom,
    OtherPlan,
    OtherRoom,
    Price,
    RatePlanKey,
    RoomTypeKey,
    StartsBy,
    StartsFrom,
    Until,
    Version,
)
from .stays import HORIZON, Stays, later, policies, price
from .views import (
    BookingDetail,
    BookingList,
    HotelDetail,
    HotelList,
    PlanDetail,
    PlanList,
    booking_view,
    decoded,
    money,
    page,
    plan_room,
    with_country,
)

LONGEST = 31
"""Days that a rate calendar shows at most."""


class Overrides(Stays):
    """Tools written by hand."""

    # Hotels ----------------------------------------------------------------------------------------------------------

    @tool()
    def list_hotels(
        self,
        name_eq: NameIs | None = None,
        name_like: NameLike | None = None,
        starRating_gte: LeastStars | None = None,
        starRating_lte: MostStars | None = None,
        country_eq: Country | None = None,
        start: From | None = None,
        end: Until | None = None,
        sortBy: HotelOrder = "name:asc",
        size: HotelPage = 25,
        offset: Offset = 0,
    ) -> HotelList:
        """List the hotels with their room types. With `start` and `end`: only those with a room that is free for the
        whole stay, and what it costs."""
        rows = self.db.rows(
            """
            SELECT * FROM hotels
            WHERE (:name IS NULL OR name = :name)
              AND (:part IS NULL OR instr(lower(name), lower(:part)) > 0)
              AND (:least IS NULL OR starRating >= :least)
              AND (:most IS NULL OR starRating <= :most)
              AND (:country IS NULL OR country = upper(:country))
            ORDER BY CASE :sortBy WHEN 'rating:asc' THEN starRating WHEN 'rating:desc' THEN -starRating END, name
            """,
            {
                "name": name_eq,
                "part": name_like,
                "least": starRating_gte,
                "most": starRating_lte,
                "country": country_eq,
                "sortBy": sortBy,
            },
        )
        if sortBy == "name:desc":
            rows.reverse()
        hotels = [self._hotel(row, start, end) for row in rows]
        if start is not None:
            hotels = [hotel for hotel in hotels if any(room["rates"] for room in hotel["roomTypes"])]
        hotels, pagination = page(hotels, size, offset)
        return HotelList(data=[HotelDetail.model_validate(hotel) for hotel in hotels], pagination=pagination)

    @tool()
    def retrieve_hotel(
        self,
        hotelId: HotelKey,
        start: From | None = None,
        end: Until | None = None,
    ) -> HotelDetail:
        """Get a hotel with its room types. With `start` and `end`: what each room type costs for the whole stay; a room
        type without prices is not free then."""
        row = self.need("hotels", "hotel", hotelId=hotelId)
        return HotelDetail.model_validate(self._hotel(row, start, end))

    @tool()
    def list_rate_plans_for_hotel(
        self,
        hotelId: HotelKey,
        start: FirstNight | None = None,
        end: AfterNight | None = None,
        roomId: OnlyRoom | None = None,
    ) -> PlanList:
        """Show the rate calendar of a hotel: its rate plans, and for each its room types, what a night costs and how
        many rooms are left, night by night."""
        hotel = self.need("hotels", "hotel", hotelId=hotelId)
        first = start or self.today
        last = end or self._week_after(first)
        self.check_stay(first, last)
        if last > later(first, LONGEST):
            raise ToolError(f"a rate calendar shows {LONGEST} days at most", code="invalid_arguments")
        rooms = self.db.rows("SELECT * FROM room_types WHERE hotelId = ? ORDER BY seq, roomTypeId", [hotelId])
        if roomId is not None:
            self._room(roomId, hotelId)
            rooms = [room for room in rooms if room["roomTypeId"] == roomId]
        plans: list[PlanDetail] = []
        for plan in self.db.find("rate_plans", hotelId=hotelId):
            calendars = [
                plan_room(room, self._calendar(room, rate, first, last, hotel["currency"]))
                for room in rooms
                if (rate := self.rate(room, plan)) is not None
            ]
            if calendars:
                plans.append(PlanDetail.model_validate(plan | {"roomTypes": calendars}))
        return PlanList(data=plans)

    # Bookings --------------------------------------------------------------------------------------------------------

    @tool()
    def list_bookings(
        self,
        start_gte: StartsFrom | None = None,
        start_lte: StartsBy | None = None,
        end_gte: EndsFrom | None = None,
        end_lte: EndsBy | None = None,
        sortBy: BookingOrder = "createdAt:asc",
        size: BookingPage = 100,
        offset: Offset = 0,
    ) -> BookingList:
        """List the bookings, cancelled ones too."""
        rows = self.db.rows(
            """
            SELECT * FROM bookings
            WHERE (:from IS NULL OR start >= :from) AND (:by IS NULL OR start <= :by)
              AND (:endsFrom IS NULL OR "end" >= :endsFrom) AND (:endsBy IS NULL OR "end" <= :endsBy)
            ORDER BY CASE WHEN :sortBy LIKE 'updatedAt%' THEN updatedAt ELSE createdAt END, seq
            """,
            {"from": start_gte, "by": start_lte, "endsFrom": end_gte, "endsBy": end_lte, "sortBy": sortBy},
        )
        if sortBy.endswith(":desc"):
            rows.reverse()
        rows, pagination = page(rows, size, offset)
        return BookingList(data=[self._shown(row) for row in rows], pagination=pagination)

    @tool()
    def retrieve_booking(self, bookingId: BookingKey) -> BookingDetail:
        """Get a booking with its room, price and cancellation policies."""
        return self._shown(self.need("bookings", "booking", bookingId=bookingId))

    @tool(writes=True)
    def create_booking(
        self,
        start: Arrival,
        end: Departure,
        roomTypeId: RoomTypeKey,
        ratePlanId: RatePlanKey,
        adults: Adults,
        bookingContact: Guest,
        notes: HotelNotes | None = None,
        price: Price | None = None,
    ) -> BookingDetail:
        """Book a room at a rate plan of the same hotel. The hotel has still to confirm it."""
        self.check_stay(start, end)
        room = self.need("room_types", "room type", roomTypeId=roomTypeId)
        number = self.db.next_number("bookings", "seq")
        row: Row = {
            "bookingId": f"IM-0576-{600 + number:08d}",
            "status": "PENDING",
            "hotelId": room["hotelId"],
            "contact": _person(bookingContact),
            "notes": _kept(notes),
            "createdAt": self.timestamp,
            "updatedAt": self.timestamp,
            "seq": number,
            **self._stay(room, ratePlanId, start, end, adults),
        }
        shown = self._shown(row)
        if price is not None and price != shown.bookedRooms[0].rate.retailRate.total.model_dump():
            raise ToolError(f"the price is {shown.bookedRooms[0].rate.retailRate.total.amount} now", code="conflict")
        self.db.insert("bookings", row)
        return shown

    @tool(writes=True)
    def update_booking(
        self,
        bookingId: BookingKey,
        start: Arrival,
        end: Departure,
        updateBookingVersionAtTimestamp: Version,
        roomTypeId: OtherRoom | None = None,
        ratePlanId: OtherPlan | None = None,
        adults: Adults | None = None,
        notes: HotelNotes | None = None,
    ) -> BookingDetail:
        """Change the stay of a booking; its price and cancellation policies are worked out anew, and the hotel has to
        confirm it again. What is left out stays."""
        row = self._open_booking(bookingId, updateBookingVersionAtTimestamp)
        self.check_stay(start, end)
        if start == self.today:
            raise ToolError("a booking cannot be changed to begin today")
        room = self._room(roomTypeId or row["roomTypeId"], row["hotelId"])
        plan = row["ratePlanId"] if ratePlanId is None else ratePlanId
        stay = self._stay(room, plan, start, end, adults or row["adults"], own=bookingId)
        told: Row = {} if notes is None else {"notes": _kept(notes)}
        return self._changed(row, {**stay, **told, "status": "PENDING"})

    @tool(writes=True)
    def update_booking_contact(
        self,
        bookingId: BookingKey,
        bookingContact: Guest,
        updateBookingVersionAtTimestamp: Version,
    ) -> BookingDetail:
        """Change the guest of a booking."""
        row = self._open_booking(bookingId, updateBookingVersionAtTimestamp)
        return self._changed(row, {"contact": _person(bookingContact)})

    @tool(writes=True)
    def cancel_booking(self, bookingId: BookingKey) -> BookingDetail:
        """Cancel a booking at once, for the fee that its cancellation policies name at this moment; the fee is in
        `cancellation`."""
        row = self._open_booking(bookingId)
        agreed: list[Row] = decoded(row["cancellationPolicies"])
        applying = [policy for policy in agreed if policy["start"] <= self.timestamp]
        return self._changed(row, {"status": "CANCELLED", "cancellation": {"fee": applying[-1]["fee"]}})

    # What they share -------------------------------------------------------------------------------------------------

    def _hotel(self, row: Row, start: str | None, end: str | None) -> Row:
        """A hotel with its room types, and with what they cost when both dates are given."""
        if (start is None) != (end is None):
            raise ToolError("give both start and end, or neither", code="invalid_arguments")
        if start is not None and end is not None:
            self.check_stay(start, end)
        rooms = self.db.rows("SELECT * FROM room_types WHERE hotelId = ? ORDER BY seq, roomTypeId", [row["hotelId"]])
        shown = [room | {"rates": self.offers(room, start, end) if start and end else []} for room in rooms]
        return with_country(row) | {"roomTypes": shown}

    def _week_after(self, first: str) -> str:
        """A week later, or where nights are not sold any more."""
        horizon = later(self.today, HORIZON)
        return min(later(min(first, horizon), 7), horizon)

    def _calendar(self, room: Row, rate: Row, first: str, last: str, currency: str) -> list[Row]:
        """What each night costs, for each number of adults that fit in."""
        return [
            {
                "date": night.day,
                "closed": night.closed,
                "rates": [
                    {
                        "adults": adults,
                        "roomsSellable": night.left,
                        "retailRate": money(price(rate, night, adults), currency),
                    }
                    for adults in range(1, room["maxOccupancy"] + 1)
                    if not night.closed
                ],
            }
            for night in self.nights(room, first, last)
        ]

    def _room(self, roomTypeId: str, hotelId: str) -> Row:
        """A room type of a certain hotel."""
        room = self.need("room_types", "room type", roomTypeId=roomTypeId)
        if room["hotelId"] != hotelId:
            raise ToolError(f"{room['name']!r} is a room of another hotel", code="invalid_arguments")
        return room

    def _stay(self, room: Row, ratePlanId: int, start: str, end: str, adults: int, *, own: str = "") -> Row:
        """The columns of a booking that say when, where and for how much; raises ToolError when it is not to be had."""
        plan = self.need("rate_plans", "rate plan", hotelId=room["hotelId"], ratePlanId=ratePlanId)
        prices = self.prices(room, plan, start, end, adults, own=own)
        hotel = self.need("hotels", "hotel", hotelId=room["hotelId"])
        return {
            "start": start,
            "end": end,
            "roomTypeId": room["roomTypeId"],
            "ratePlanId": ratePlanId,
            "adults": adults,
            "total": sum(prices),
            "cancellationPolicies": policies(plan, prices, start, self.timestamp, hotel["currency"]),
        }

    def _open_booking(self, bookingId: str, version: str | None = None) -> Row:
        """A booking that can still be changed, and that nobody has changed since `version`."""
        row = self.need("bookings", "booking", bookingId=bookingId)
        if row["status"] == "CANCELLED":
            raise ToolError("the booking was cancelled")
        if row["start"] <= self.today:
            raise ToolError("the guest has arrived or is due today: ask the hotel itself")
        if version is not None and version != row["updatedAt"]:
            raise ToolError(f"the booking was changed at {row['updatedAt']}: read it again", code="conflict")
        return row

    def _changed(self, row: Row, changes: Row) -> BookingDetail:
        stamped = {**changes, "updatedAt": self.timestamp}
        self.db.update("bookings", stamped, bookingId=row["bookingId"])
        return self._shown(row | stamped)

    def _shown(self, row: Row) -> BookingDetail:
        hotel = self.need("hotels", "hotel", hotelId=row["hotelId"])
        room = self.need("room_types", "room type", roomTypeId=row["roomTypeId"])
        plan = self.need("rate_plans", "rate plan", hotelId=row["hotelId"], ratePlanId=row["ratePlanId"])
        return booking_view(row, hotel, room, plan)


def _person(contact: Guest) -> Row:
    """A guest with a full name and an address; raises ToolError for another."""
    if not all(str(value).strip() for value in contact.values()):
        raise ToolError("the guest needs a first name, a last name and an e-mail address", code="invalid_arguments")
    if "@" not in contact["email"].strip("@"):
        raise ToolError(f"{contact['email']!r} is no e-mail address", code="invalid_arguments")
    return dict(contact)


def _kept(notes: Notes | None) -> Row | None:
    """The notes that say something."""
    return {name: text for name, text in (notes or {}).items() if text} or None
