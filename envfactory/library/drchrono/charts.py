"""What a chart takes and refuses: medications, allergies and problems."""

from __future__ import annotations

from envfactory.environment.store import Row
from envfactory.environment.tool import tool
from envfactory.errors import ToolError

from .arguments import (
    AllergyDoctorRef,
    AllergyOnlyDoctor,
    AllergyOnlyPatient,
    AllergyPatientRef,
    Cursor,
    DateDiagnosis,
    DateOnset,
    DatePrescribed,
    DateStartedTaking,
    DateStoppedTaking,
    Description,
    DosageQuantity,
    DosageUnits,
    Frequency,
    IcdCode,
    MedicationDoctorRef,
    MedicationKey,
    MedicationNotes,
    MedicationOnlyDoctor,
    MedicationOnlyPatient,
    MedicationPatientRef,
    Name,
    NewAllergyStatus,
    NewMedicationStatus,
    NewProblemStatus,
    NumberRefills,
    OrderStatus,
    PageSize,
    PharmacyNote,
    Prn,
    ProblemDateOnset,
    ProblemDescription,
    ProblemDoctorRef,
    ProblemKey,
    ProblemOnlyDoctor,
    ProblemOnlyPatient,
    Reaction,
    Route,
)
from .clinic import Clinic
from .shown import (
    ShownAllergies,
    ShownAllergy,
    ShownMedication,
    ShownMedications,
    ShownProblem,
    ShownProblems,
)


class Charts(Clinic):
    """The tools about what stands in patients' charts."""

    # Medications -----------------------------------------------------------------------------------------------------

    @tool()
    def medications_list(
        self,
        patient: MedicationOnlyPatient | None = None,
        doctor: MedicationOnlyDoctor | None = None,
        page_size: PageSize = 100,
        cursor: Cursor | None = None,
    ) -> ShownMedications:
        """List medications, by number."""
        return ShownMedications.model_validate(self.charted("medications", patient, doctor, page_size, cursor))

    @tool(writes=True)
    def medications_create(
        self,
        patient: MedicationPatientRef,
        doctor: MedicationDoctorRef,
        name: Name,
        dosage_quantity: DosageQuantity | None = None,
        dosage_units: DosageUnits | None = None,
        frequency: Frequency | None = None,
        route: Route | None = None,
        number_refills: NumberRefills | None = None,
        prn: Prn = False,
        order_status: OrderStatus | None = None,
        date_prescribed: DatePrescribed | None = None,
        date_started_taking: DateStartedTaking | None = None,
        pharmacy_note: PharmacyNote | None = None,
        notes: MedicationNotes | None = None,
    ) -> ShownMedication:
        """Put a medication on a patient's list."""
        self.check_chart(patient, doctor)
        self.check_not_future("date_prescribed", date_prescribed)
        row: Row = {
            "id": self.db.next_number("medications", "id"),
            "patient": patient,
            "doctor": doctor,
            "name": name,
            "dosage_quantity": dosage_quantity,
            "dosage_units": dosage_units,
            "frequency": frequency,
            "route": route,
            "number_refills": number_refills,
            "prn": prn,
            "order_status": order_status,
            "date_prescribed": date_prescribed,
            "date_started_taking": date_started_taking,
            "status": "active",
            "pharmacy_note": pharmacy_note,
            "notes": notes,
        }
        row |= self._discontinued(order_status, None)
        if row["status"] == "active":
            self.check_new("medications", patient, "name", name)
        self.db.insert("medications", row)
        return ShownMedication.model_validate(self.named(row))

    @tool(writes=True)
    def medications_partial_update(
        self,
        id: MedicationKey,
        dosage_quantity: DosageQuantity | None = None,
        dosage_units: DosageUnits | None = None,
        frequency: Frequency | None = None,
        number_refills: NumberRefills | None = None,
        order_status: OrderStatus | None = None,
        date_stopped_taking: DateStoppedTaking | None = None,
        status: NewMedicationStatus | None = None,
        pharmacy_note: PharmacyNote | None = None,
        notes: MedicationNotes | None = None,
    ) -> ShownMedication:
        """Change what is given of a medication. Discontinuing it makes it inactive; what is inactive only
        changes in its notes until it is active again."""
        row = self.need("medications", "medication", id=id)
        changes = self.given(
            {
                "dosage_quantity": dosage_quantity,
                "dosage_units": dosage_units,
                "frequency": frequency,
                "number_refills": number_refills,
                "order_status": order_status,
                "date_stopped_taking": date_stopped_taking,
                "status": status,
                "pharmacy_note": pharmacy_note,
                "notes": notes,
            }
        )
        self.check_given(changes)
        if row["status"] == "inactive" and status != "active" and set(changes) != {"notes"}:
            raise ToolError("the medication is inactive: make it active first")
        if order_status == "Discontinued" and status == "active":
            raise ToolError("what is discontinued is not active", code="invalid_arguments")
        if row["status"] == "inactive" and status == "active":
            self.check_new("medications", row["patient"], "name", row["name"])
        changes |= self._discontinued(order_status, date_stopped_taking)
        started, stopped = row["date_started_taking"], changes.get("date_stopped_taking")
        if started and stopped and stopped < started:
            raise ToolError("it would be stopped before it was started", code="invalid_arguments")
        return ShownMedication.model_validate(self.named(self.change("medications", row, changes)))

    # Allergies -------------------------------------------------------------------------------------------------------

    @tool()
    def allergies_list(
        self,
        patient: AllergyOnlyPatient | None = None,
        doctor: AllergyOnlyDoctor | None = None,
        page_size: PageSize = 100,
        cursor: Cursor | None = None,
    ) -> ShownAllergies:
        """List allergies, by number."""
        return ShownAllergies.model_validate(self.charted("allergies", patient, doctor, page_size, cursor))

    @tool(writes=True)
    def allergies_create(
        self,
        patient: AllergyPatientRef,
        doctor: AllergyDoctorRef,
        description: Description,
        reaction: Reaction | None = None,
        notes: MedicationNotes | None = None,
        status: NewAllergyStatus = "active",
    ) -> ShownAllergy:
        """Record what a patient is allergic to."""
        self.check_chart(patient, doctor)
        if status == "active":
            self.check_new("allergies", patient, "description", description)
        row: Row = {
            "id": self.db.next_number("allergies", "id"),
            "patient": patient,
            "doctor": doctor,
            "description": description,
            "reaction": reaction,
            "notes": notes,
            "status": status,
        }
        self.db.insert("allergies", row)
        return ShownAllergy.model_validate(self.named(row))

    # Problems --------------------------------------------------------------------------------------------------------

    @tool()
    def problems_list(
        self,
        patient: ProblemOnlyPatient | None = None,
        doctor: ProblemOnlyDoctor | None = None,
        page_size: PageSize = 100,
        cursor: Cursor | None = None,
    ) -> ShownProblems:
        """List the problems on patients' charts, by number."""
        return ShownProblems.model_validate(self.charted("problems", patient, doctor, page_size, cursor))

    @tool(writes=True)
    def problems_create(
        self,
        patient: AllergyPatientRef,
        doctor: ProblemDoctorRef,
        name: Name,
        description: ProblemDescription | None = None,
        icd_code: IcdCode | None = None,
        date_diagnosis: DateDiagnosis | None = None,
        date_onset: DateOnset | None = None,
        status: NewProblemStatus = "active",
        notes: MedicationNotes | None = None,
    ) -> ShownProblem:
        """Put a problem on a patient's chart."""
        self.check_chart(patient, doctor)
        row: Row = {
            "id": self.db.next_number("problems", "id"),
            "patient": patient,
            "doctor": doctor,
            "name": name,
            "description": description,
            "icd_code": icd_code,
            "date_diagnosis": date_diagnosis,
            "date_onset": date_onset,
            "status": status,
            "notes": notes,
        }
        self.check_problem(row)
        self.db.insert("problems", row)
        return ShownProblem.model_validate(self.named(row))

    @tool(writes=True)
    def problems_partial_update(
        self,
        id: ProblemKey,
        description: ProblemDescription | None = None,
        icd_code: IcdCode | None = None,
        date_onset: ProblemDateOnset | None = None,
        status: NewProblemStatus | None = None,
        notes: MedicationNotes | None = None,
    ) -> ShownProblem:
        """Change what is given of a problem on a patient's chart."""
        row = self.need("problems", "problem", id=id)
        changes = self.given(
            {
                "description": description,
                "icd_code": icd_code,
                "date_onset": date_onset,
                "status": status,
                "notes": notes,
            }
        )
        self.check_given(changes)
        self.check_problem(row | changes)
        if status is not None and status != row["status"]:
            changes["date_changed"] = self.today
        return ShownProblem.model_validate(self.named(self.change("problems", row, changes)))

    def _discontinued(self, order_status: str | None, stopped: str | None) -> Row:
        """What follows when an order is discontinued: nothing for any other."""
        if order_status != "Discontinued":
            return {}
        return {"status": "inactive", "date_stopped_taking": stopped or self.today}
