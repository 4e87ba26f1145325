"""Gather what is known of a patient's identity, to look for it where it must not be."""

from datetime import date

from anonymizer import KnownIdentity
from gateway.case_reports.former import formerly
from gateway.models import Case, Patient, Study
from gateway.name_readings import other_characters, spoken_names


def known_identity(patient: Patient, study: Study, case: Case | None) -> KnownIdentity:
    """Return every name, identifier and birth date that the study and its case bear, former ones of the case too.

    Names come with the other characters and the sounds by which a report may write them.
    """
    names = [study.patient_name, patient.name, *study.other_names]
    ids = [patient.patient_id, study.accession_number, study.study_id]
    dates = [study.birth_date, patient.birth_date]
    ids += [each["id"] for each in study.other_ids]
    others = [study.referring_physician, *study.other_identities]
    if case is not None:
        former = formerly(case)
        names += [case.patient_name, *case.other_names, *(each["name"] for each in former)]
        names += [each["late"].get("name", "") for each in former]
        numbers = (number for each in former for number in each["ids"])
        ids += [each.get("id", "") for each in (*case.patient_ids, *numbers, *case.orders)] + case.accession_numbers
        dates += [case.birth_date, *(each["birth_date"] for each in former)]
        dates += [each["late"].get("birth_date", "") for each in former]
        homes = (text for each in former for text in each["homes"])
        others += [case.referrer, *case.addresses, *case.telephones, *homes]
    distinct = _distinct(names)
    return KnownIdentity(
        names=_distinct([*distinct, *(form for name in distinct for form in other_characters(name))]),
        ids=_distinct(ids),
        dates=tuple(found for text in dict.fromkeys(dates) if (found := _date(text)) is not None),
        others=_distinct(others),
        spoken=spoken_names(distinct),
    )


def _distinct(values: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value.strip() for value in values if value.strip()))


def _date(text: str) -> date | None:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None
