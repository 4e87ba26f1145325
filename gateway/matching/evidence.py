"""The evidence for and against a study belonging to a case, each with its weight in bits.

A weight is the base-2 logarithm of how much more often the finding is seen with true pairs than with chance pairs
(I. P. Fellegi and A. B. Sunter, "A Theory for Record Linkage", 1969). A contradiction never lets a pair be linked
without a person, whatever else agrees.
"""

from dataclasses import dataclass
from datetime import date

from gateway.matching.keys import CaseKeys, StudyKeys
from gateway.matching.names import NameAgreement, compare_names


@dataclass(frozen=True)
class Finding:
    """One thing that was compared: what it says, its weight, and what part it plays in deciding alone."""

    says: str
    bits: float
    identifies: bool = False
    names_patient: bool = False
    personal: bool = False
    contradicts: bool = False
    timely: bool = False


NAME_EQUAL = Finding("name equal", 9.0, personal=True)
BIRTH_DATE_EQUAL = Finding("birth date equal", 8.0, personal=True)
_NAMES = {
    NameAgreement.EQUAL: NAME_EQUAL,
    NameAgreement.PARTLY: Finding("name partly equal", 4.0, personal=True),
    NameAgreement.SIMILAR: Finding("name similar", 3.0),
    NameAgreement.DIFFERENT: Finding("name different", -7.0, contradicts=True),
}
_NEAR_DAYS = 3
_REPORTED_WITHIN_DAYS = 30


def compare(study: StudyKeys, case: CaseKeys) -> list[Finding]:
    """Return every finding between a study and a case; what either does not say is no finding."""
    found = [
        _case_number(study, case),
        _study_uid(study, case),
        _accession(study, case),
        _patient_id(study, case),
        _NAMES.get(compare_names(study.name, case.name)),
        _birth_date(study, case),
        _sex(study, case),
        _study_date(study, case),
        _plain("modality", study.modality, case.modality, agrees=1.5, differs=-4.0),
        _plain("body part", study.body_part, case.body_part, agrees=1.5, differs=-1.0),
    ]
    return [finding for finding in found if finding is not None]


def _case_number(study: StudyKeys, case: CaseKeys) -> Finding | None:
    if not study.case_numbers:
        return None
    if case.case_number in study.case_numbers:
        return Finding("case number equal", 18.0, identifies=True)
    return Finding("another case number", -6.0, contradicts=True)


def _study_uid(study: StudyKeys, case: CaseKeys) -> Finding | None:
    if not case.study_uids:
        return None
    if study.study_instance_uid in case.study_uids:
        return Finding("study UID equal", 20.0, identifies=True)
    return Finding("study UID not among the case's", -2.0)


def _accession(study: StudyKeys, case: CaseKeys) -> Finding | None:
    if not study.accession_number or not case.accession_numbers:
        return None
    if study.accession_number in case.accession_numbers:
        return Finding("accession number equal", 12.0, identifies=True)
    return Finding("accession number different", -4.0, contradicts=True)


def _patient_id(study: StudyKeys, case: CaseKeys) -> Finding | None:
    if not study.patient_id or not case.patient_ids:
        return None
    for number, issuer in case.patient_ids:
        if number == study.patient_id and (not issuer or not study.issuer or issuer == study.issuer):
            return Finding("patient ID equal", 11.0, names_patient=True)
    if any(issuer and issuer == study.issuer for _, issuer in case.patient_ids):
        return Finding("patient ID of the same issuer different", -6.0, contradicts=True)
    return Finding("patient ID different", -3.0)


def _birth_date(study: StudyKeys, case: CaseKeys) -> Finding | None:
    ours, theirs = study.birth_date, case.birth_date
    if not ours or not theirs:
        return None
    if ours == theirs:
        return BIRTH_DATE_EQUAL
    if sorted(ours) == sorted(theirs):
        return Finding("birth date with digits swapped", 2.0, contradicts=True)
    return Finding("birth date different", -7.0, contradicts=True)


def _sex(study: StudyKeys, case: CaseKeys) -> Finding | None:
    if study.sex not in {"M", "F"} or case.sex not in {"M", "F"}:
        return None
    if study.sex == case.sex:
        return Finding("sex equal", 1.0)
    return Finding("sex different", -6.0, contradicts=True)


def _study_date(study: StudyKeys, case: CaseKeys) -> Finding | None:
    days = _days_between(study.study_date, case.study_date)
    if days is not None:
        if days == 0:
            return Finding("study date equal", 6.0, timely=True)
        if abs(days) <= _NEAR_DAYS:
            return Finding(f"study date {abs(days)} day(s) apart", 2.0, timely=True)
        return Finding("study date different", -4.0)
    days = _days_between(study.study_date, case.report_date)
    if days is None:
        return None
    if 0 <= days <= _REPORTED_WITHIN_DAYS:
        return Finding(f"reported {days} day(s) after the study", 3.0)
    return Finding("report date does not follow the study", -3.0)


def _plain(what: str, ours: str, theirs: str, *, agrees: float, differs: float) -> Finding | None:
    if not ours or not theirs:
        return None
    if ours.casefold() == theirs.casefold():
        return Finding(f"{what} equal", agrees)
    return Finding(f"{what} different", differs)


def _days_between(earlier: str, later: str) -> int | None:
    try:
        return (_date(later) - _date(earlier)).days
    except ValueError:
        return None


def _date(text: str) -> date:
    return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
