"""What no default can know of a clinic's desk: who can be booked, where and when, and how a visit goes on."""

from __future__ import annotations

from envfactory.environment.store import Row
from envfactory.environment.tool import tool
from envfactory.errors import ToolError

from .arguments import (
    Address,
    AllowOverlapping,
    AppointmentAllowOverlapping,
    AppointmentDoctorRef,
    AppointmentKey,
    AppointmentOnlyDoctor,
    CellPhone,
    ChartId,
    City,
    Cursor,
    DateOfBirth,
    DisableSmsMessages,
    DoctorRef,
    Duration,
    Email,
    EmergencyContactName,
    EmergencyContactPhone,
    ExamRoom,
    FirstName,
    Gender,
    IsWalkIn,
    LastName,
    NewAppointmentStatus,
    Notes,
    OfficeRef,
    OnlyChartId,
    OnlyDate,
    OnlyDateOfBirth,
    OnlyDateRange,
    OnlyDoctor,
    OnlyEmail,
    OnlyFirstName,
    OnlyGender,
    OnlyLastName,
    OnlyOffice,
    OnlyPatient,
    OnlyPreferredLanguage,
    OnlyStatus,
    PageSize,
    PatientKey,
    PatientOnlyDoctor,
    PatientRef,
    PatientStatus,
    PreferredLanguage,
    Reason,
    ScheduledTime,
    Status,
    ZipCode,
)
from .charts import Charts
from .clinic import GONE, OVER, STEPS, days
from .entities import DoctorPage, OfficePage, Patient, PatientPage
from .shown import ShownAppointment, ShownAppointments


class Overrides(Charts):
    """Tools written by hand; those about charts stand in `charts.py`."""

    # The practice ----------------------------------------------------------------------------------------------------

    @tool()
    def doctors_list(
        self,
        page_size: PageSize = 100,
        cursor: Cursor | None = None,
    ) -> DoctorPage:
        """List the doctors of the practice, by family name."""
        rows = self.db.rows("SELECT * FROM doctors ORDER BY last_name, first_name, id")
        rows, following = self.page(rows, page_size, cursor)
        return DoctorPage.model_validate({"data": rows, "next": following})

    @tool()
    def offices_list(
        self,
        doctor: OnlyDoctor | None = None,
        page_size: PageSize = 100,
        cursor: Cursor | None = None,
    ) -> OfficePage:
        """List the offices of the practice with their hours and exam rooms; archived ones too."""
        if doctor is not None:
            self.doctor(doctor)
        rows = self.db.rows("SELECT * FROM offices WHERE doctor = coalesce(?, doctor) ORDER BY name, id", [doctor])
        rows, following = self.page(rows, page_size, cursor)
        return OfficePage.model_validate({"data": rows, "next": following})

    # Patients --------------------------------------------------------------------------------------------------------

    @tool()
    def patients_list(
        self,
        first_name: OnlyFirstName | None = None,
        last_name: OnlyLastName | None = None,
        date_of_birth: OnlyDateOfBirth | None = None,
        gender: OnlyGender | None = None,
        chart_id: OnlyChartId | None = None,
        email: OnlyEmail | None = None,
        preferred_language: OnlyPreferredLanguage | None = None,
        doctor: PatientOnlyDoctor | None = None,
        page_size: PageSize = 100,
        cursor: Cursor | None = None,
    ) -> PatientPage:
        """List patients, by family name and first name."""
        if doctor is not None:
            self.doctor(doctor)
        exact = self.given(
            {
                "date_of_birth": date_of_birth,
                "gender": gender,
                "chart_id": chart_id,
                "email": email,
                "preferred_language": preferred_language,
                "doctor": doctor,
            }
        )
        names = self.given({"first_name": first_name, "last_name": last_name})
        rows = [
            row
            for row in self.db.rows("SELECT * FROM patients ORDER BY last_name, first_name, id")
            if all(row[column] == value for column, value in exact.items())
            and all(row[column].casefold() == value.casefold() for column, value in names.items())
        ]
        rows, following = self.page(rows, page_size, cursor)
        return PatientPage.model_validate({"data": rows, "next": following})

    @tool(writes=True)
    def patients_create(
        self,
        first_name: FirstName,
        last_name: LastName,
        gender: Gender,
        doctor: DoctorRef,
        date_of_birth: DateOfBirth | None = None,
        chart_id: ChartId | None = None,
        email: Email | None = None,
        cell_phone: CellPhone | None = None,
        address: Address | None = None,
        city: City | None = None,
        zip_code: ZipCode | None = None,
        emergency_contact_name: EmergencyContactName | None = None,
        emergency_contact_phone: EmergencyContactPhone | None = None,
        preferred_language: PreferredLanguage | None = None,
        disable_sms_messages: DisableSmsMessages | None = None,
    ) -> Patient:
        """Register a patient. Without a chart id one is made of the name."""
        self.check_doctor(doctor)
        self.check_not_future("date_of_birth", date_of_birth)
        if chart_id is not None:
            self.check_chart_id(chart_id)
        row: Row = {
            "id": self.db.next_number("patients", "id"),
            "chart_id": chart_id or self.free_chart_id(first_name, last_name),
            "first_name": first_name,
            "last_name": last_name,
            "date_of_birth": date_of_birth,
            "gender": gender,
            "doctor": doctor,
            "email": email,
            "cell_phone": cell_phone,
            "address": address,
            "city": city,
            "zip_code": zip_code,
            "emergency_contact_name": emergency_contact_name,
            "emergency_contact_phone": emergency_contact_phone,
            "preferred_language": preferred_language,
            "disable_sms_messages": bool(disable_sms_messages),
            "patient_status": "A",
            "updated_at": self.timestamp,
        }
        self.db.insert("patients", row)
        return Patient.model_validate(row)

    @tool(writes=True)
    def patients_partial_update(
        self,
        id: PatientKey,
        first_name: FirstName | None = None,
        last_name: LastName | None = None,
        date_of_birth: DateOfBirth | None = None,
        gender: Gender | None = None,
        chart_id: ChartId | None = None,
        doctor: DoctorRef | None = None,
        email: Email | None = None,
        cell_phone: CellPhone | None = None,
        address: Address | None = None,
        city: City | None = None,
        zip_code: ZipCode | None = None,
        emergency_contact_name: EmergencyContactName | None = None,
        emergency_contact_phone: EmergencyContactPhone | None = None,
        preferred_language: PreferredLanguage | None = None,
        disable_sms_messages: DisableSmsMessages | None = None,
        patient_status: PatientStatus | None = None,
    ) -> Patient:
        """Change what is given of a patient's record."""
        row = self.patient(id)
        changes = self.given(
            {
                "first_name": first_name,
                "last_name": last_name,
                "date_of_birth": date_of_birth,
                "gender": gender,
                "chart_id": chart_id,
                "doctor": doctor,
                "email": email,
                "cell_phone": cell_phone,
                "address": address,
                "city": city,
                "zip_code": zip_code,
                "emergency_contact_name": emergency_contact_name,
                "emergency_contact_phone": emergency_contact_phone,
                "preferred_language": preferred_language,
                "disable_sms_messages": disable_sms_messages,
                "patient_status": patient_status,
            }
        )
        self.check_given(changes)
        self.check_doctor(doctor)
        self.check_not_future("date_of_birth", date_of_birth)
        if chart_id is not None and chart_id != row["chart_id"]:
            self.check_chart_id(chart_id)
        if patient_status == "I" and self.awaited(id):
            raise ToolError("the patient has appointments to come: cancel or move them first")
        return Patient.model_validate(self.change("patients", row, changes | {"updated_at": self.timestamp}))

    # Appointments ----------------------------------------------------------------------------------------------------

    @tool()
    def appointments_list(
        self,
        patient: OnlyPatient | None = None,
        doctor: AppointmentOnlyDoctor | None = None,
        office: OnlyOffice | None = None,
        status: OnlyStatus | None = None,
        date: OnlyDate | None = None,
        date_range: OnlyDateRange | None = None,
        page_size: PageSize = 100,
        cursor: Cursor | None = None,
    ) -> ShownAppointments:
        """List appointments by when they begin. Say at least one of patient, doctor, date and date
        range."""
        span = days(date, date_range)
        if span is None and patient is None and doctor is None:
            raise ToolError("say a patient, a doctor, a date or a date_range", code="invalid_arguments")
        if patient is not None:
            self.patient(patient)
        if doctor is not None:
            self.doctor(doctor)
        if office is not None:
            self.need("offices", "office", id=office)
        wanted = self.given({"patient": patient, "doctor": doctor, "office": office, "status": status})
        rows = [
            row
            for row in self.db.rows("SELECT * FROM appointments ORDER BY scheduled_time, exam_room, id")
            if all(row[column] == value for column, value in wanted.items())
            and (span is None or span[0] <= row["scheduled_time"][:10] <= span[1])
        ]
        rows, following = self.page(rows, page_size, cursor)
        return ShownAppointments.model_validate({"data": [self.named(row) for row in rows], "next": following})

    @tool(writes=True)
    def appointments_create(
        self,
        patient: PatientRef,
        doctor: AppointmentDoctorRef,
        office: OfficeRef,
        exam_room: ExamRoom,
        scheduled_time: ScheduledTime,
        duration: Duration,
        status: Status = "",
        reason: Reason | None = None,
        notes: Notes | None = None,
        is_walk_in: IsWalkIn = False,
        allow_overlapping: AllowOverlapping = False,
    ) -> ShownAppointment:
        """Book an appointment: within the hours of the office, not in the past, while doctor and exam room are
        free."""
        if self.patient(patient)["patient_status"] != "A":
            raise ToolError("only active patients can be booked")
        row: Row = {
            "id": str(self.random.randrange(10**8, 10**9)),
            "patient": patient,
            "doctor": doctor,
            "office": office,
            "exam_room": exam_room,
            "scheduled_time": scheduled_time,
            "duration": duration,
            "status": status,
            "reason": reason or "",
            "notes": notes,
            "is_walk_in": is_walk_in,
            "created_at": self.timestamp,
            "updated_at": self.timestamp,
        }
        self.check_slot(row, overlapping=allow_overlapping)
        self.check_status(row, status)
        self.db.insert("appointments", row)
        return ShownAppointment.model_validate(self.named(row))

    @tool(writes=True)
    def appointments_partial_update(
        self,
        id: AppointmentKey,
        scheduled_time: ScheduledTime | None = None,
        duration: Duration | None = None,
        exam_room: ExamRoom | None = None,
        doctor: AppointmentDoctorRef | None = None,
        office: OfficeRef | None = None,
        status: NewAppointmentStatus | None = None,
        reason: Reason | None = None,
        notes: Notes | None = None,
        allow_overlapping: AppointmentAllowOverlapping = False,
    ) -> ShownAppointment:
        """Change what is given of an appointment: its time, its place, its status. What is over or just
        called off is not moved, and a visit only goes forward."""
        row = self.need("appointments", "appointment", id=id)
        times = self.given({"scheduled_time": scheduled_time, "duration": duration})
        places = self.given({"exam_room": exam_room, "doctor": doctor, "office": office})
        texts = self.given({"reason": reason, "notes": notes})
        changes = times | places | texts | self.given({"status": status})
        self.check_given(changes)
        now = row["status"]
        if now in OVER and set(changes) != {"notes"}:
            raise ToolError(f"the appointment is {now}: only its notes can be changed")
        if now in STEPS and scheduled_time is not None:
            raise ToolError(f"the appointment is {now}: it cannot be moved to another time")
        if status in GONE and (times or places):
            raise ToolError("what is called off is not moved in the same change", code="invalid_arguments")
        later = row | changes
        if times or places:
            self.check_slot(later, overlapping=allow_overlapping)
        if status is not None:
            self.check_status(later | {"status": now}, status)
        return ShownAppointment.model_validate(
            self.named(self.change("appointments", row, changes | {"updated_at": self.timestamp}))
        )

    @tool(writes=True)
    def appointments_delete(
        self,
        id: AppointmentKey,
    ) -> None:
        """Delete an appointment that was booked by mistake; not once the visit has begun."""
        row = self.need("appointments", "appointment", id=id)
        if row["status"] in STEPS:
            raise ToolError(f"the appointment is {row['status']}: it cannot be deleted")
        self.db.delete("appointments", id=id)
