"""A study and a case side by side: what each says, and whether it agrees; nothing is weighed here.

The matcher's reasons say how much a finding counts (`gateway.matching`); this shows a person the values themselves.
"""

from dataclasses import dataclass
from typing import Literal

from gateway.matching.names import NameAgreement, compare_names
from gateway.models import Case, Patient, Study

Agreement = Literal["agrees", "near", "differs", "unknown"]
_NAMES: dict[NameAgreement, Agreement] = {NameAgreement.EQUAL: "agrees", NameAgreement.DIFFERENT: "differs"}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the comparison."""

    field: str
    study: str
    case: str
    agreement: Agreement


def compare_with_case(study: Study, patient: Patient, case: Case) -> list[Row]:
    """Return the lines of a comparison in the order in which a person looks at them."""
    name_of_case = "=".join([case.patient_name, *case.other_names]) if case.other_names else case.patient_name
    ids = [_identifier(each.get("id", ""), each.get("issuer", "")) for each in case.patient_ids]
    return [
        Row("Case number", ", ".join(study.hints), case.case_number, _among(study.hints, [case.case_number])),
        _names(patient.name, name_of_case),
        _dates("Birth date", patient.birth_date, case.birth_date),
        _plain("Sex", patient.sex, case.sex),
        Row(
            "Patient ID",
            _identifier(patient.patient_id, patient.issuer),
            ", ".join(ids),
            _among([patient.patient_id], [each.get("id", "") for each in case.patient_ids]),
        ),
        Row(
            "Accession number",
            _identifier(study.accession_number, study.accession_issuer),
            ", ".join(_with_issuers(case)),
            _among([study.accession_number], case.accession_numbers),
        ),
        Row(
            "Study UID",
            study.study_instance_uid,
            ", ".join(case.study_uids),
            _among([study.study_instance_uid], case.study_uids),
        ),
        _dates("Study date", study.study_date, case.study_date or case.report_date),
        _plain("Modality", study.modality, case.modality),
        _plain("Body part", study.body_part, case.body_part),
        Row("Description and question", study.description, case.question, "unknown"),
    ]


def _with_issuers(case: Case) -> list[str]:
    issuers = {each.get("id", ""): each.get("issuer", "") for each in reversed(case.accession_issuers)}
    return [_identifier(number, issuers.get(number, "")) for number in case.accession_numbers]


def _names(study: str, case: str) -> Row:
    agreement: Agreement = "unknown"
    if study.strip() and case.strip():
        found = compare_names(study, case)
        agreement = "unknown" if found is NameAgreement.UNKNOWN else _NAMES.get(found, "near")
    return Row("Name", readable_name(study), readable_name(case), agreement)


def _plain(field: str, study: str, case: str) -> Row:
    agreement: Agreement = "unknown"
    if study and case:
        agreement = "agrees" if study.casefold() == case.casefold() else "differs"
    return Row(field, study, case, agreement)


def _dates(field: str, study: str, case: str) -> Row:
    agreement: Agreement = "unknown"
    if study and case:
        near: Agreement = "near" if sorted(study) == sorted(case) or study[:6] == case[:6] else "differs"
        agreement = "agrees" if study == case else near
    return Row(field, readable_date(study), readable_date(case), agreement)


def _among(study: list[str], case: list[str]) -> Agreement:
    ours, theirs = {each for each in study if each}, {each for each in case if each}
    if not ours or not theirs:
        return "unknown"
    return "agrees" if ours & theirs else "differs"


def readable_name(name: str) -> str:
    """Return a person name as people read it: components by spaces, component groups by a slash (PS3.5 section 6.2)."""
    groups = (" ".join(part for part in group.replace("^", " ").split()) for group in name.split("="))
    return " / ".join(dict.fromkeys(group for group in groups if group))


def readable_date(text: str) -> str:
    """Return a DICOM date as YYYY-MM-DD; what is none stays as it is."""
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if len(text) == 8 and text.isdigit() else text


def _identifier(number: str, issuer: str) -> str:
    return f"{number} ({issuer})" if number and issuer else number
