"""A study and a case side by side: what each says, and whether it agrees; nothing is weighed here.

The matcher's reasons say how much a finding counts (`gateway.matching`); this shows a person the values themselves.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from gateway.case_reports.former import birth_dates_of, names_of
from gateway.matching.births import Birth, are_two, birth_of, order_in_name, surely_one
from gateway.matching.homes import compare_homes, share_telephone
from gateway.matching.names import NameAgreement, compare_names
from gateway.models import Case, Patient, Study

Agreement = Literal["agrees", "near", "differs", "unknown"]
_HOMES: dict[str, Agreement] = {
    "address equal": "agrees",
    "address similar": "near",
    "address different": "differs",
    "": "unknown",
}
_NAMES: dict[NameAgreement, Agreement] = {
    NameAgreement.EQUAL: "agrees",
    NameAgreement.DIFFERENT: "differs",
    NameAgreement.UNREAD: "unknown",
    NameAgreement.UNKNOWN: "unknown",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the comparison."""

    field: str
    study: str
    case: str
    agreement: Agreement


def compare_with_case(study: Study, patient: Patient, case: Case, stands_for: Mapping[str, str]) -> list[Row]:
    """Return the lines of a comparison in the order in which a person looks at them.

    `stands_for` says which case a number that the study bears means today, where that one was merged away.
    """
    meant = [stands_for.get(number, number) for number in study.hints]
    hints = [f"{old} (merged into {new})" if old != new else old for old, new in zip(study.hints, meant, strict=True)]
    return [
        Row("Case number", ", ".join(hints), case.case_number, _among(meant, [case.case_number])),
        _names(study.patient_name, study.birth_names, case),
        _birth_dates(study.birth_date, case),
        *_told(_births(study, case)),
        _plain("Sex", study.sex, case.sex),
        Row(
            "Patient ID",
            _identifier(patient.patient_id, patient.issuer),
            ", ".join(_identifier(each.get("id", ""), each.get("issuer", "")) for each in case.patient_ids),
            _identifiers(patient, case),
        ),
        *_told(
            Row(
                "Further identifiers",
                ", ".join(_identifier(each["id"], each["issuer"]) for each in study.other_ids),
                "",
                _shared([each["id"] for each in study.other_ids], [each.get("id", "") for each in case.patient_ids]),
            ),
            Row("Address", "; ".join(study.addresses), "; ".join(case.addresses), _addresses(study, case)),
            Row(
                "Telephone",
                ", ".join(study.telephones),
                ", ".join(case.telephones),
                "agrees" if share_telephone(study.telephones, case.telephones) else "unknown",
            ),
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


def _told(*rows: Row) -> list[Row]:
    """Return the rows of which either side says something."""
    return [row for row in rows if row.study or row.case]


def _addresses(study: Study, case: Case) -> Agreement:
    return _HOMES[compare_homes(study.addresses, case.addresses)]


def _names(study: str, also: Iterable[str], case: Case) -> Row:
    """Compare a name with those that the case's patient has; one that they had before is near."""
    present = "=".join([case.patient_name, *case.other_names]) if case.other_names else case.patient_name
    former = [each for each in names_of(case) if each != case.patient_name]
    agreement = _name_agreement(study, present)
    if agreement == "differs" and any(_name_agreement(study, each) == "agrees" for each in former):
        agreement = "near"
    others = ", ".join(dict.fromkeys(readable_name(each) for each in also if each != study))
    shown = f"{readable_name(study)} (also: {others})" if others else readable_name(study)
    return Row("Name", shown, _and_before(readable_name(present), map(readable_name, former)), agreement)


def _name_agreement(study: str, case: str) -> Agreement:
    if not (study.strip() and case.strip()):
        return "unknown"
    found = compare_names(study, case)
    return _NAMES.get(found, "near")


def _birth_dates(study: str, case: Case) -> Row:
    """Compare a birth date with the one that is known now; one that was known before is near."""
    former = birth_dates_of(case)
    row = _dates("Birth date", study, case.birth_date)
    shown = _and_before(row.case, (readable_date(each) for each in former if each != case.birth_date))
    return replace(
        row, case=shown, agreement="near" if row.agreement == "differs" and study in former else row.agreement
    )


def _births(study: Study, case: Case) -> Row:
    """Compare what tells those born together apart: the time, and the place among them."""
    ours, theirs = Birth(study.birth_time or "", order_in_name(study.patient_name)), birth_of(case.birth or {})
    theirs = theirs if theirs.order else replace(theirs, order=order_in_name(case.patient_name))
    study_says, case_says = _birth_in_words(ours), _birth_in_words(theirs)
    agree: Agreement = "near" if study_says and case_says else "unknown"
    agree = "agrees" if surely_one(ours, theirs) else agree
    return Row("Birth time and order", study_says, case_says, "differs" if are_two(ours, theirs) else agree)


def _birth_in_words(birth: Birth) -> str:
    told = [
        f"{birth.minute[:2]}:{birth.minute[2:]}" if birth.minute else "",
        f"child {birth.order}" * bool(birth.order),
    ]
    several = {True: "one of several", False: "one child", None: ""}[birth.multiple]
    return ", ".join(filter(None, (*told, several)))


def _and_before(present: str, former: Iterable[str]) -> str:
    before = ", ".join(each for each in former if each)
    return f"{present} (before: {before})" if before else present


def _identifiers(patient: Patient, case: Case) -> Agreement:
    """Say whether the case bears the study's identifier; the same number of another issuer is near, no more."""
    if not patient.patient_id or not case.patient_ids:
        return "unknown"
    issuers = [each.get("issuer", "") for each in case.patient_ids if each.get("id") == patient.patient_id]
    if not issuers:
        return "differs"
    return "agrees" if any(not (each and patient.issuer) or each == patient.issuer for each in issuers) else "near"


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


def _shared(study: list[str], case: list[str]) -> Agreement:
    """Say whether one of many numbers is shared; that none is says nothing, as each hospital gives its own."""
    return "agrees" if _among(study, case) == "agrees" else "unknown"


def readable_name(name: str) -> str:
    """Return a person name as people read it: components by spaces, component groups by a slash (PS3.5 section 6.2)."""
    groups = (" ".join(part for part in group.replace("^", " ").split()) for group in name.split("="))
    return " / ".join(dict.fromkeys(group for group in groups if group))


def readable_date(text: str) -> str:
    """Return a DICOM date as YYYY-MM-DD; what is none stays as it is."""
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if len(text) == 8 and text.isdigit() else text


def _identifier(number: str, issuer: str) -> str:
    return f"{number} ({issuer})" if number and issuer else number
