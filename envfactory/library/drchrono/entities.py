"""Ids, rows and pages of DrChrono practice: compiled from spec.json by EnvFactory."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from envfactory.environment.tool import FromJson, Key

DoctorId = Annotated[int, Key("doctor", "The number of a doctor.")]
OfficeId = Annotated[int, Key("office", "The number of an office.")]
PatientId = Annotated[int, Key("patient", "The number of a patient.")]
AppointmentId = Annotated[str, Key("appointment", "The id of an appointment.")]
MedicationId = Annotated[int, Key("medication", "The number of a medication.")]
AllergyId = Annotated[int, Key("allergy", "The number of an allergy.")]
ProblemId = Annotated[int, Key("problem", "The number of a problem.")]
PatientGender = Literal["Male", "Female", "Other"]
PatientPreferredLanguage = Literal["eng", "fra", "ita", "por", "spa", "rus", "zho", "jpn", "other"]
PatientPatientStatus = Literal["A", "I", "D"]
AppointmentStatus = Literal[
    "",
    "Not Confirmed",
    "Confirmed",
    "Rescheduled",
    "Arrived",
    "Checked In",
    "In Room",
    "In Session",
    "Complete",
    "Cancelled",
    "No Show",
]
MedicationOrderStatus = Literal[
    "Ordered",
    "Administered during visit",
    "Electronic eRx Sent",
    "Phoned into Pharmacy",
    "Faxed to Pharmacy",
    "Paper Rx",
    "Prescription Printed",
    "Discontinued",
    "Prescribed by other Dr",
    "Over the Counter",
]
MedicationStatus = Literal["active", "inactive"]
AllergyStatus = Literal["active", "inactive"]
ProblemStatus = Literal["active", "inactive", "resolved"]


class Doctor(BaseModel):
    """One doctor."""

    id: DoctorId
    first_name: str = Field(description="First name.")
    last_name: str = Field(description="Family name.")
    specialty: str | None = Field(default=None, description="What the doctor specialises in.")
    email: str | None = Field(default=None, description="E-mail address.", json_schema_extra={"format": "email"})
    office_phone: str | None = Field(default=None, description="Telephone number at work.")
    practice_group_name: str | None = Field(default=None, description="The practice.")
    is_account_suspended: bool = Field(
        description="Whether the doctor's account is suspended: then nothing is written in that name.",
    )


class Office(BaseModel):
    """One office."""

    id: OfficeId
    name: str = Field(description="What it is called.")
    doctor: DoctorId = Field(description="The doctor who owns it.")
    address: str | None = Field(default=None, description="Street and number.")
    city: str | None = Field(default=None, description="City.")
    zip_code: str | None = Field(default=None, description="Postal code.")
    phone_number: str | None = Field(default=None, description="Telephone number.")
    start_time: str = Field(description="When it opens, as HH:MM (UTC).")
    end_time: str = Field(description="When it closes, as HH:MM (UTC).")
    exam_rooms: Annotated[list[dict[str, Any]], FromJson] = Field(
        description="Its exam rooms, each with the index that appointments name it by.",
    )
    archived: bool = Field(description="Whether it is no longer in use.")


class Patient(BaseModel):
    """One patient."""

    id: PatientId
    chart_id: str = Field(description="The chart id; no two patients have the same.")
    first_name: str = Field(description="First name.")
    last_name: str = Field(description="Family name.")
    date_of_birth: str | None = Field(default=None, description="Date of birth.", json_schema_extra={"format": "date"})
    gender: PatientGender = Field(description="Gender as it is recorded.")
    doctor: DoctorId = Field(description="The doctor whose patient it is.")
    email: str | None = Field(default=None, description="E-mail address.", json_schema_extra={"format": "email"})
    cell_phone: str | None = Field(default=None, description="Mobile number.")
    address: str | None = Field(default=None, description="Street and number.")
    city: str | None = Field(default=None, description="City.")
    zip_code: str | None = Field(default=None, description="Postal code.")
    emergency_contact_name: str | None = Field(default=None, description="Whom to call in an emergency.")
    emergency_contact_phone: str | None = Field(default=None, description="That person's telephone number.")
    preferred_language: PatientPreferredLanguage | None = Field(
        default=None,
        description="The language the patient would rather speak, as an ISO 639 code.",
    )
    disable_sms_messages: bool = Field(description="Whether no text messages are sent to the patient.")
    patient_status: PatientPatientStatus = Field(
        description="Active (A), inactive (I) or inactive because deceased (D).",
    )
    updated_at: str = Field(
        description="When it was last changed (RFC 3339, UTC).",
        json_schema_extra={"format": "date-time"},
    )


class Appointment(BaseModel):
    """One appointment."""

    id: AppointmentId
    patient: PatientId = Field(description="Who comes.")
    doctor: DoctorId = Field(description="The doctor who is seen.")
    office: OfficeId = Field(description="Where.")
    exam_room: int = Field(description="The index of the exam room in the office.")
    scheduled_time: str = Field(
        description="When it begins (RFC 3339, UTC).",
        json_schema_extra={"format": "date-time"},
    )
    duration: int = Field(description="How long it takes, in minutes.")
    status: AppointmentStatus = Field(
        description=(
            "Where it stands: before the visit empty, Not Confirmed, Confirmed or Rescheduled; during it Arrived, "
            "Checked In, In Room or In Session; afterwards Complete, Cancelled or No Show."
        ),
    )
    reason: str = Field(description="What the visit is about.")
    notes: str | None = Field(default=None, description="Notes of the front desk.")
    is_walk_in: bool = Field(description="Whether the patient came without an appointment.")
    created_at: str = Field(description="When it was made (RFC 3339, UTC).", json_schema_extra={"format": "date-time"})
    updated_at: str = Field(
        description="When it was last changed (RFC 3339, UTC).",
        json_schema_extra={"format": "date-time"},
    )


class Medication(BaseModel):
    """One medication."""

    id: MedicationId
    patient: PatientId = Field(description="Who takes it.")
    doctor: DoctorId = Field(description="Who prescribed it.")
    name: str = Field(description="What it is called.")
    dosage_quantity: str | None = Field(default=None, description="How much at a time.")
    dosage_units: str | None = Field(default=None, description="What the dose is counted in.")
    frequency: str | None = Field(default=None, description="How often it is taken.")
    route: str | None = Field(default=None, description="How it is taken.")
    number_refills: int | None = Field(default=None, description="How many refills are left.")
    prn: bool = Field(description="Whether it is taken only when needed.")
    order_status: MedicationOrderStatus | None = Field(default=None, description="What became of the order.")
    date_prescribed: str | None = Field(
        default=None,
        description="When it was prescribed.",
        json_schema_extra={"format": "date"},
    )
    date_started_taking: str | None = Field(
        default=None,
        description="Since when it is taken.",
        json_schema_extra={"format": "date"},
    )
    date_stopped_taking: str | None = Field(
        default=None,
        description="Since when it is not taken any more.",
        json_schema_extra={"format": "date"},
    )
    status: MedicationStatus = Field(description="Whether it is taken now.")
    pharmacy_note: str | None = Field(default=None, description="A note to the pharmacy.")
    notes: str | None = Field(default=None, description="Further notes.")


class Allergy(BaseModel):
    """One allergy."""

    id: AllergyId
    patient: PatientId = Field(description="Who has it.")
    doctor: DoctorId = Field(description="Who recorded it.")
    description: str = Field(description="What the patient is allergic to.")
    reaction: str | None = Field(default=None, description="How the patient reacts, in a few words.")
    notes: str | None = Field(default=None, description="Further notes.")
    status: AllergyStatus = Field(description="Whether it still holds.")


class Problem(BaseModel):
    """One problem."""

    id: ProblemId
    patient: PatientId = Field(description="Who has it.")
    doctor: DoctorId = Field(description="Who diagnosed it.")
    name: str = Field(description="What it is called.")
    description: str | None = Field(default=None, description="More about it.")
    icd_code: str | None = Field(default=None, description="The ICD code.")
    date_diagnosis: str | None = Field(
        default=None,
        description="When it was diagnosed.",
        json_schema_extra={"format": "date"},
    )
    date_onset: str | None = Field(default=None, description="When it began.", json_schema_extra={"format": "date"})
    date_changed: str | None = Field(
        default=None,
        description="When its status last changed.",
        json_schema_extra={"format": "date"},
    )
    status: ProblemStatus = Field(description="Whether it is there, at rest or over.")
    notes: str | None = Field(default=None, description="Further notes.")


class DoctorPage(BaseModel):
    """A page of a list, each item one doctor."""

    data: list[Doctor]
    next: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class OfficePage(BaseModel):
    """A page of a list, each item one office."""

    data: list[Office]
    next: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class PatientPage(BaseModel):
    """A page of a list, each item one patient."""

    data: list[Patient]
    next: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class AppointmentPage(BaseModel):
    """A page of a list, each item one appointment."""

    data: list[Appointment]
    next: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class MedicationPage(BaseModel):
    """A page of a list, each item one medication."""

    data: list[Medication]
    next: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class AllergyPage(BaseModel):
    """A page of a list, each item one allergy."""

    data: list[Allergy]
    next: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class ProblemPage(BaseModel):
    """A page of a list, each item one problem."""

    data: list[Problem]
    next: str | None = Field(default=None, description="The token of the next page; absent on the last.")
