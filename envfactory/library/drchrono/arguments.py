"""What callers give, with the sentence that tells an agent what it means."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from envfactory.environment.tool import Date, DateTime

from .entities import (
    AllergyStatus,
    AppointmentId,
    AppointmentStatus,
    DoctorId,
    MedicationId,
    MedicationOrderStatus,
    MedicationStatus,
    OfficeId,
    PatientGender,
    PatientId,
    PatientPatientStatus,
    PatientPreferredLanguage,
    ProblemId,
    ProblemStatus,
)

EMAIL = r"^[^@\s]+@[^@\s]+$"

PageSize = Annotated[int, Field(ge=1, le=250, description="How many at most on one page.")]
Cursor = Annotated[str, Field(description="Where to go on: what `next` of the page before gave.")]
OnlyDoctor = Annotated[DoctorId, Field(description="Only offices that this doctor owns.")]
OnlyFirstName = Annotated[str, Field(description="Only patients of this first name, in capitals or not.")]
OnlyLastName = Annotated[str, Field(description="Only patients of this family name, in capitals or not.")]
OnlyDateOfBirth = Annotated[Date, Field(description="Only patients born on this day.")]
OnlyGender = Annotated[PatientGender, Field(description="Only patients of this gender.")]
OnlyChartId = Annotated[str, Field(description="Only the patient with this chart id.")]
OnlyEmail = Annotated[
    str, Field(description="Only patients with this e-mail address.", json_schema_extra={"format": "email"})
]
OnlyPreferredLanguage = Annotated[
    PatientPreferredLanguage, Field(description="Only patients who would rather speak this language.")
]
PatientOnlyDoctor = Annotated[DoctorId, Field(description="Only patients of this doctor.")]
FirstName = Annotated[str, Field(min_length=1, description="First name.")]
LastName = Annotated[str, Field(min_length=1, description="Family name.")]
Gender = Annotated[PatientGender, Field(description="Gender as it is recorded.")]
DoctorRef = Annotated[DoctorId, Field(description="The doctor whose patient it becomes.")]
DateOfBirth = Annotated[Date, Field(description="Date of birth; not after today.")]
ChartId = Annotated[str, Field(min_length=1, description="The chart id; unlike every other patient's.")]
Email = Annotated[str, Field(pattern=EMAIL, description="E-mail address.", json_schema_extra={"format": "email"})]
CellPhone = Annotated[str, Field(description="Mobile number.")]
Address = Annotated[str, Field(description="Street and number.")]
City = Annotated[str, Field(description="City.")]
ZipCode = Annotated[str, Field(description="Postal code.")]
EmergencyContactName = Annotated[str, Field(description="Whom to call in an emergency.")]
EmergencyContactPhone = Annotated[str, Field(description="That person's telephone number.")]
PreferredLanguage = Annotated[
    PatientPreferredLanguage, Field(description="The language the patient would rather speak, as an ISO 639 code.")
]
DisableSmsMessages = Annotated[bool, Field(description="Whether no text messages are to be sent.")]
PatientKey = Annotated[PatientId, Field(description="Which patient.")]
PatientStatus = Annotated[
    PatientPatientStatus,
    Field(description="Active (A), inactive (I) or deceased (D); inactive only without appointments to come."),
]
OnlyPatient = Annotated[PatientId, Field(description="Only appointments of this patient.")]
AppointmentOnlyDoctor = Annotated[DoctorId, Field(description="Only appointments with this doctor.")]
OnlyOffice = Annotated[OfficeId, Field(description="Only appointments at this office.")]
OnlyStatus = Annotated[AppointmentStatus, Field(description="Only appointments with this status.")]
OnlyDate = Annotated[Date, Field(description="Only appointments on this day (UTC). Not together with a range.")]
OnlyDateRange = Annotated[
    str,
    Field(description="Only appointments from one day to another, both included (UTC), as `2026-03-02/2026-03-06`."),
]
PatientRef = Annotated[PatientId, Field(description="Who comes.")]
AppointmentDoctorRef = Annotated[DoctorId, Field(description="The doctor who is seen.")]
OfficeRef = Annotated[OfficeId, Field(description="Where.")]
ExamRoom = Annotated[int, Field(ge=1, description="The index of the exam room in the office.")]
ScheduledTime = Annotated[DateTime, Field(description="When it begins (RFC 3339).")]
Duration = Annotated[int, Field(ge=5, le=480, description="How long it takes, in minutes.")]
Status = Annotated[
    Literal["", "Not Confirmed", "Confirmed", "Arrived"],
    Field(description="Where it stands before the visit; Arrived for who is here already."),
]
Reason = Annotated[str, Field(description="What the visit is about.")]
Notes = Annotated[str, Field(description="Notes of the front desk.")]
IsWalkIn = Annotated[bool, Field(description="Whether the patient came without an appointment.")]
AllowOverlapping = Annotated[bool, Field(description="Book although doctor or exam room are taken.")]
AppointmentKey = Annotated[AppointmentId, Field(description="Which appointment.")]
NewAppointmentStatus = Annotated[AppointmentStatus, Field(description="The new status.")]
AppointmentAllowOverlapping = Annotated[bool, Field(description="Move it although doctor or exam room are taken.")]
MedicationOnlyPatient = Annotated[PatientId, Field(description="Only what this patient takes or took.")]
MedicationOnlyDoctor = Annotated[DoctorId, Field(description="Only what this doctor prescribed.")]
MedicationPatientRef = Annotated[PatientId, Field(description="Who takes it.")]
MedicationDoctorRef = Annotated[DoctorId, Field(description="Who prescribed it.")]
Name = Annotated[str, Field(min_length=1, description="What it is called.")]
DosageQuantity = Annotated[str, Field(description="How much at a time.")]
DosageUnits = Annotated[str, Field(description="What the dose is counted in.")]
Frequency = Annotated[str, Field(description="How often it is taken.")]
Route = Annotated[str, Field(description="How it is taken.")]
NumberRefills = Annotated[int, Field(ge=0, le=99, description="How many refills are left.")]
Prn = Annotated[bool, Field(description="Whether it is taken only when needed.")]
OrderStatus = Annotated[MedicationOrderStatus, Field(description="What became of the order.")]
DatePrescribed = Annotated[Date, Field(description="When it was prescribed; not after today.")]
DateStartedTaking = Annotated[Date, Field(description="Since when it is taken.")]
PharmacyNote = Annotated[str, Field(description="A note to the pharmacy.")]
MedicationNotes = Annotated[str, Field(description="Further notes.")]
MedicationKey = Annotated[MedicationId, Field(description="Which medication.")]
DateStoppedTaking = Annotated[
    Date, Field(description="Since when it is not taken any more; not before it was started.")
]
NewMedicationStatus = Annotated[MedicationStatus, Field(description="Whether it is taken now.")]
AllergyOnlyPatient = Annotated[PatientId, Field(description="Only allergies of this patient.")]
AllergyOnlyDoctor = Annotated[DoctorId, Field(description="Only allergies that this doctor recorded.")]
AllergyPatientRef = Annotated[PatientId, Field(description="Who has it.")]
AllergyDoctorRef = Annotated[DoctorId, Field(description="Who recorded it.")]
Description = Annotated[str, Field(min_length=1, description="What the patient is allergic to.")]
Reaction = Annotated[str, Field(description="How the patient reacts, in a few words.")]
NewAllergyStatus = Annotated[AllergyStatus, Field(description="Whether it still holds.")]
ProblemOnlyPatient = Annotated[PatientId, Field(description="Only problems of this patient.")]
ProblemOnlyDoctor = Annotated[DoctorId, Field(description="Only problems that this doctor diagnosed.")]
ProblemDoctorRef = Annotated[DoctorId, Field(description="Who diagnosed it.")]
ProblemDescription = Annotated[str, Field(description="More about it.")]
IcdCode = Annotated[str, Field(description="The ICD code.")]
DateDiagnosis = Annotated[Date, Field(description="When it was diagnosed; not after today, not before it began.")]
DateOnset = Annotated[Date, Field(description="When it began; not after today.")]
NewProblemStatus = Annotated[ProblemStatus, Field(description="Whether it is there, at rest or over.")]
ProblemKey = Annotated[ProblemId, Field(description="Which problem.")]
ProblemDateOnset = Annotated[Date, Field(description="When it began; not after today, not after it was diagnosed.")]
