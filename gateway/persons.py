"""Which person of a site a header is of: several may bear one number, as twins do while they bear their mother's.

A number alone makes nobody one person. Whoever comes under a number with another given name, or born on another day or
in another minute, is a patient of their own, with a pseudonym and a shift of dates of their own; a slip, a married
name, another script and a newborn's first name are no other person. Within one study another person is a conflict for
a person to decide.
"""

from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from anonymizer import pseudonym
from gateway.crosswalk import pseudonym_of
from gateway.headers import Header
from gateway.matching.birth_dates import ANOTHER_DAY, compare_birth_dates
from gateway.matching.facts import Fact
from gateway.matching.name_parts import compare_parts
from gateway.models import Patient, Study
from gateway.node import Node

_NEXT = "\x1f"  # between a number and which of those who bear it: no character of an identifier (PS3.5 section 6.2)


class Told(NamedTuple):
    """What is told of somebody, as far as it is: name, birth date and the minute of birth (HHMM)."""

    name: str = ""
    born: str = ""
    minute: str = ""


def may_be_one_person(one: Told, other: Told) -> bool:
    """Say whether what is told of two who bear one number may be told of one person."""
    if compare_birth_dates(one.born, other.born) in ANOTHER_DAY or (
        one.minute and other.minute not in {"", one.minute}
    ):
        return False
    return not (one.name and other.name) or compare_parts(one.name, other.name).given is not Fact.OTHER


def patient_of(session: Session, node: Node, site: str, header: Header) -> Patient:
    """Return the patient whom a header names, made where nobody under the number can be meant.

    Where a header that tells no name, or no birth date, may be of several who bear its number, it is of none of them,
    and all that tell just the same are of one.
    """
    number, told = header.patient_scope, _told_by(header)
    bearers: dict[int, set[Told]] = {}
    query = select(Patient.id, Patient.name, Patient.birth_date, Study.patient_name, Study.birth_date, Study.birth_time)
    rows = session.execute(
        query.outerjoin(Study, Study.patient_id == Patient.id)
        .where(Patient.site == site, Patient.number == number)
        .order_by(Patient.id)
        .distinct()
    )
    for patient_id, name, born, *of_study in rows:
        bearers.setdefault(patient_id, set()).update({Told(name, born), Told(*(each or "" for each in of_study))})
    fitting = [each for each, known in bearers.items() if all(may_be_one_person(one, told) for one in known)]
    exact = [each for each in fitting if told.name and told.born and told in bearers[each]]
    same = {told, told._replace(minute="")}
    alike = [each for each in fitting if told.name and bearers[each] != {Told()} and bearers[each] - {Told()} <= same]
    found = alike[:1] or exact or [each for each in fitting if bearers[each] != {Told()}] or fitting
    return session.get_one(Patient, found[0]) if len(found) == 1 else _new(session, node, site, header, len(bearers))


def is_of_study(study: Study, patient: Patient, header: Header) -> bool:
    """Say whether a header may be of the patient of its study, by the number and by name and birth date."""
    if patient.number != header.patient_scope:
        return False
    own, told = Told(study.patient_name, study.birth_date, study.birth_time), _told_by(header)
    return own == told or may_be_one_person(own, told)


def is_named_by(patient: Patient, header: Header) -> bool:
    """Say whether a header may be of a patient, by the number and by the name and birth date that came first."""
    told = Told(patient.name, patient.birth_date)
    return patient.number == header.patient_scope and may_be_one_person(told, _told_by(header))


def _told_by(header: Header) -> Told:
    return Told(header.patient_name, header.birth_date[:8], header.birth_time)


def _new(session: Session, node: Node, site: str, header: Header, before: int) -> Patient:
    """Make the patient of a header; one before whom others came under the number has a scope of their own."""
    number, version = header.patient_scope, node.keys.newest
    key, scope = node.keys[version], f"{number}{_NEXT}{before + 1}" if before else number
    later = pseudonym(key, site=site, issuer="person", patient_id=scope)
    patient = Patient(
        site=site,
        scope=scope,
        number=number,
        issuer=header.issuer,
        patient_id=header.patient_id,
        name=header.patient_name,
        birth_date=header.birth_date[:8],
        sex=header.sex,
        pseudonym=later if before else pseudonym_of(key, site, header),
        key_version=version,
    )
    session.add(patient)
    session.flush()
    return patient
