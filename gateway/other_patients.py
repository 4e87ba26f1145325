"""Objects of a study that came under another patient's identity: undecided until a person says whose the study is.

Both kinds are in quarantine and in the vault. While one is undecided the study is linked by nobody and read by nobody;
what was set aside (`gateway.whose_study`) holds nothing up. What a person said of somebody's objects holds for those
that come later, also where the former ones were discarded.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from gateway.desk_models import OnePerson
from gateway.models import ReceivedObject

UNDECIDED = "identity-conflict"
SET_ASIDE = "other-patient"


def of_another_patient(*codes: str) -> ColumnElement[bool]:
    """Return the condition that an object is there and of another patient than its study, by one of the codes."""
    return and_(
        ReceivedObject.disposition == "quarantined",
        ReceivedObject.reason_code.in_(codes),
        ReceivedObject.discarded_at.is_(None),
    )


def of_own_patient() -> ColumnElement[bool]:
    """Return the condition that an object is not of another patient than its study: a discarded one stays that."""
    return func.coalesce(ReceivedObject.reason_code, "").not_in((UNDECIDED, SET_ASIDE))


def is_in_conflict(session: Session, study_id: int) -> bool:
    """Say whether two patients came inside a study and nobody has decided whose it is."""
    found = select(ReceivedObject.id).where(ReceivedObject.study_id == study_id, of_another_patient(UNDECIDED))
    return session.scalar(found.limit(1)) is not None


def one_with(session: Session, study_id: int, patient_id: int) -> int:
    """Return as whom somebody counts inside a study: whom a person said that they are one with, or themselves.

    Who that one is one with in turn counts: each word stands for itself, so that it can be taken back alone.
    """
    passed = set[int]()
    while patient_id not in passed and (said := session.get(OnePerson, (study_id, patient_id))) is not None:
        passed.add(patient_id)
        patient_id = said.one_with_id
    return patient_id


def who_count_as(session: Session, study_id: int, patient_id: int) -> set[int]:
    """Return who is one with somebody inside a study, they themselves too, by whatever words."""
    said = {each.patient_id: each.one_with_id for each in _words_of(session, study_id)}
    found, more = set[int](), {patient_id}
    while more:
        found |= more
        more = {one for one, other in said.items() if other in more} - found
    return found


def _words_of(session: Session, study_id: int) -> Sequence[OnePerson]:
    return session.scalars(select(OnePerson).where(OnePerson.study_id == study_id)).all()


def is_set_aside(session: Session, study_id: int, patient_id: int) -> bool:
    """Say whether a person has said that a study is not this patient's, of whom objects came inside it."""
    found = select(ReceivedObject.id).where(
        ReceivedObject.study_id == study_id,
        ReceivedObject.other_patient_id == patient_id,
        ReceivedObject.reason_code == SET_ASIDE,
    )
    return session.scalar(found.limit(1)) is not None
