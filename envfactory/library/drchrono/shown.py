"""What answers show: rows of the chart and the calendar, each with the name of its patient."""

from __future__ import annotations

from pydantic import BaseModel, Field

from .entities import Allergy, Appointment, Medication, Problem


class ShownAppointment(Appointment):
    """One appointment, and who comes."""

    patient_name: str = Field(description="First and last name of the patient.")


class ShownAppointments(BaseModel):
    """A page of appointments."""

    data: list[ShownAppointment]
    next: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class ShownMedication(Medication):
    """One medication, and who takes it."""

    patient_name: str = Field(description="First and last name of the patient.")


class ShownMedications(BaseModel):
    """A page of medications."""

    data: list[ShownMedication]
    next: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class ShownAllergy(Allergy):
    """One allergy, and who has it."""

    patient_name: str = Field(description="First and last name of the patient.")


class ShownAllergies(BaseModel):
    """A page of allergies."""

    data: list[ShownAllergy]
    next: str | None = Field(default=None, description="The token of the next page; absent on the last.")


class ShownProblem(Problem):
    """One problem, and who has it."""

    patient_name: str = Field(description="First and last name of the patient.")


class ShownProblems(BaseModel):
    """A page of problems."""

    data: list[ShownProblem]
    next: str | None = Field(default=None, description="The token of the next page; absent on the last.")
