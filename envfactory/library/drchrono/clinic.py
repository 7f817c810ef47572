"""What the tools share: who may be booked or treated, when rooms and doctors are free, how a visit goes on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from envfactory.environment.entropy import utc
from envfactory.environment.environment import Environment
from envfactory.environment.store import Row
from envfactory.errors import ToolError

STEPS = ("Arrived", "Checked In", "In Room", "In Session", "Complete")
"""A visit in its order."""
GONE = ("Cancelled", "No Show")
"""Appointments with these take nobody's time."""
OVER = ("Complete", *GONE)
"""Nothing comes after these."""
CANCELABLE = ("Arrived", "Checked In")
"""Steps of a visit from which a patient can still leave."""


class Clinic(Environment):
    """The clinic's rows and rules; the tools stand in `overrides.py`."""

    # People and places -----------------------------------------------------------------------------------------------

    @property
    def today(self) -> str:
        """The day it is, in UTC."""
        return self.now.date().isoformat()

    def patient(self, id: int) -> Row:
        """One patient; raises ToolError."""
        return self.need("patients", "patient", id=id)

    def doctor(self, id: int) -> Row:
        """One doctor; raises ToolError."""
        return self.need("doctors", "doctor", id=id)

    def check_doctor(self, id: int | None) -> None:
        """Refuse a doctor in whose name nothing can be written; raises ToolError."""
        if id is not None and self.doctor(id)["is_account_suspended"]:
            raise ToolError("the account of this doctor is suspended")

    def check_chart(self, patient: int, doctor: int) -> None:
        """Refuse additions to the chart of who has died, or in the name of a suspended doctor; raises ToolError."""
        if self.patient(patient)["patient_status"] == "D":
            raise ToolError("this patient has died: nothing is added to the chart")
        self.check_doctor(doctor)

    def check_not_future(self, what: str, day: str | None) -> None:
        """Refuse a day after today; raises ToolError."""
        if day is not None and day > self.today:
            raise ToolError(f"{what} lies in the future", code="invalid_arguments")

    def check_chart_id(self, chart_id: str) -> None:
        """Refuse a chart id that a patient has; raises ToolError."""
        if self.db.get("patients", chart_id=chart_id) is not None:
            raise ToolError(f"there is a patient with the chart id {chart_id!r} already", code="conflict")

    def free_chart_id(self, first_name: str, last_name: str) -> str:
        """A chart id made of a name: the first letters of last and first name, and the lowest number that is free."""
        letters = (last_name[:2] + first_name[:2]).upper()
        number = 1
        while self.db.get("patients", chart_id=f"{letters}{number:06d}") is not None:
            number += 1
        return f"{letters}{number:06d}"

    def awaited(self, patient: int) -> bool:
        """Whether a patient has appointments to come."""
        rows = self.db.find("appointments", patient=patient)
        return any(row["scheduled_time"] >= self.timestamp and row["status"] not in OVER for row in rows)

    # The chart -------------------------------------------------------------------------------------------------------

    def named(self, row: Row) -> Row:
        """A row with the name of its patient."""
        patient = self.patient(row["patient"])
        return row | {"patient_name": f"{patient['first_name']} {patient['last_name']}"}

    def charted(
        self, table: str, patient: int | None, doctor: int | None, size: int, cursor: str | None
    ) -> Mapping[str, Any]:
        """A page of what stands in charts, for a patient, a doctor or all; raises ToolError."""
        if patient is not None:
            self.patient(patient)
        if doctor is not None:
            self.doctor(doctor)
        rows, following = self.page(
            self.db.find(table, **self.given({"patient": patient, "doctor": doctor})), size, cursor
        )
        return {"data": [self.named(row) for row in rows], "next": following}

    def check_new(self, table: str, patient: int, field: str, value: str) -> None:
        """Refuse what stands in a patient's chart as active already, in capitals or not; raises ToolError."""
        rows = self.db.find(table, patient=patient, status="active")
        if any(row[field].casefold() == value.casefold() for row in rows):
            raise ToolError(f"{value!r} is in the chart already, as active", code="conflict")

    def check_problem(self, row: Row) -> None:
        """Refuse a problem of days to come, or one that began after it was diagnosed; raises ToolError."""
        self.check_not_future("date_onset", row["date_onset"])
        self.check_not_future("date_diagnosis", row["date_diagnosis"])
        if row["date_onset"] and row["date_diagnosis"] and row["date_onset"] > row["date_diagnosis"]:
            raise ToolError("date_onset lies after date_diagnosis", code="invalid_arguments")

    def change(self, table: str, row: Row, changes: Row) -> Row:
        """Write changes of a row; the row as it is then."""
        self.db.update(table, changes, id=row["id"])
        return row | changes

    @staticmethod
    def check_given(changes: Row) -> None:
        """Refuse a change that names nothing; raises ToolError."""
        if not changes:
            raise ToolError("say what to change", code="invalid_arguments")

    # The calendar ----------------------------------------------------------------------------------------------------

    def check_slot(self, row: Row, *, overlapping: bool) -> None:
        """Refuse an appointment in the past, outside of hours, or where it meets another; raises ToolError."""
        office = self.need("offices", "office", id=row["office"])
        if office["archived"]:
            raise ToolError(f"{office['name']} is archived")
        self.check_doctor(row["doctor"])
        rooms = [room["index"] for room in json.loads(office["exam_rooms"])]
        if row["exam_room"] not in rooms:
            raise ToolError(f"{office['name']} has no exam room {row['exam_room']}", code="not_found")
        if row["scheduled_time"] < self.timestamp:
            raise ToolError("the appointment would lie in the past", code="invalid_arguments")
        start = utc(row["scheduled_time"])
        into_day = timedelta(hours=start.hour, minutes=start.minute, seconds=start.second)
        closing = _clock(office["end_time"]) - timedelta(minutes=row["duration"])
        if not _clock(office["start_time"]) <= into_day <= closing:
            raise ToolError(f"{office['name']} is open from {office['start_time']} to {office['end_time']}")
        if not overlapping:
            self._check_free(row)

    def _check_free(self, row: Row) -> None:
        for other in self.db.find("appointments"):
            if other["id"] == row["id"] or other["status"] in GONE or not _meet(row, other):
                continue
            if other["doctor"] == row["doctor"]:
                raise ToolError("the doctor has another appointment at that time", code="conflict")
            if (other["office"], other["exam_room"]) == (row["office"], row["exam_room"]):
                raise ToolError("the exam room is taken at that time", code="conflict")

    def check_status(self, row: Row, status: str) -> None:
        """Refuse a status that an appointment cannot have after the one it has; raises ToolError."""
        now = row["status"]
        if status in STEPS:
            if now in STEPS and STEPS.index(status) < STEPS.index(now):
                raise ToolError(f"the appointment is {now} already: a visit only goes forward")
            if row["scheduled_time"][:10] > self.today:
                raise ToolError(f"the appointment is not today: it cannot be {status} yet")
        elif now in STEPS and not (status == "Cancelled" and now in CANCELABLE):
            raise ToolError(f"the appointment is {now}: it cannot become {status or 'open'} any more")
        elif status == "No Show" and row["scheduled_time"] > self.timestamp:
            raise ToolError("the time of the appointment has not come yet: nobody has missed it")


def _clock(text: str) -> timedelta:
    hours, minutes = text.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes))


def _meet(one: Row, other: Row) -> bool:
    """Whether two appointments overlap; one may begin when the other ends."""
    apart = utc(other["scheduled_time"]) - utc(one["scheduled_time"])
    return -timedelta(minutes=other["duration"]) < apart < timedelta(minutes=one["duration"])


def days(day: str | None, span: str | None) -> tuple[str, str] | None:
    """The first and last day of a date or of a range as `2026-03-02/2026-03-06`; raises ToolError."""
    if day is not None and span is not None:
        raise ToolError("give a date or a date_range, not both", code="invalid_arguments")
    if span is None:
        return None if day is None else (day, day)
    try:
        first, last = (date.fromisoformat(part).isoformat() for part in span.split("/"))
    except ValueError:
        raise ToolError("date_range: two days with a slash between them are wanted", code="invalid_arguments") from None
    if first > last:
        raise ToolError("date_range: it ends before it begins", code="invalid_arguments")
    return first, last
