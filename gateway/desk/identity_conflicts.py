"""Two patients inside one Study Instance UID, as they lie on the desk: who they are, what came, which cases fit.

The objects of the second patient wait in quarantine, and the study is held: whoever reads must know whose images they
are. Either both are one person, whose identifier was corrected at the scanner, or the study is of one of them
(`gateway.whose_study`), not always of the one who came first. What was set aside then can be decided on anew.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.desk.comparison import readable_date, readable_name
from gateway.desk_models import OnePerson
from gateway.links import case_of
from gateway.matching.weights import WEIGHTS, Part
from gateway.models import Case, Patient, ReceivedObject, Study
from gateway.node import Node
from gateway.other_patients import is_in_conflict
from gateway.pipeline.deciding import decide
from gateway.whose_study import objects_of_others, tell_of, what_is_told

_READ_OF_EACH = 20  # headers that are read to look for the cases of somebody
_MOST_PATIENTS = 10  # beside whom cases are shown
_AGAINST = Part.CONTRADICTS | Part.FORBIDS


def patients_in_conflict(session: Session, node: Node, study: Study) -> list[dict[str, Any]]:
    """Return who is inside a study of whom nobody has decided whose it is; nobody where that is decided."""
    return _patients(session, node, study) if is_in_conflict(session, study.id) else []


def patients_set_aside(session: Session, node: Node, study: Study) -> list[dict[str, Any]]:
    """Return who is inside a study of which a person has decided whose it is, the others' objects being set aside."""
    return [] if is_in_conflict(session, study.id) else _patients(session, node, study)


def patients_taken_as_one(session: Session, study: Study) -> list[dict[str, Any]]:
    """Return of whom a person said that they are one with somebody inside a study, with who said it and when."""
    said = (
        select(OnePerson, Patient)
        .join(Patient, Patient.id == OnePerson.patient_id)
        .where(OnePerson.study_id == study.id)
        .order_by(OnePerson.created_at, Patient.id)
    )
    return [
        {
            "patient": patient.id,
            "name": readable_name(patient.name),
            "birth_date": readable_date(patient.birth_date),
            "patient_id": patient.patient_id,
            "issuer": patient.issuer,
            "one_with": readable_name(session.get_one(Patient, each.one_with_id).name),
            "said_by": each.actor,
            "said_at": each.created_at.isoformat(),
        }
        for each, patient in session.execute(said)
    ]


def _patients(session: Session, node: Node, study: Study) -> list[dict[str, Any]]:
    """Return the study's own patient and the others, each with their objects, and the cases that would fit."""
    objects: dict[int, list[ReceivedObject]] = defaultdict(list)
    for row in objects_of_others(session, study):
        if row.other_patient_id is not None:
            objects[row.other_patient_id].append(row)
    if not objects:
        return []
    own = session.scalars(
        select(ReceivedObject)
        .where(ReceivedObject.study_id == study.id, ReceivedObject.first)
        .order_by(ReceivedObject.id)
    ).all()
    linked = case_of(session, study.id)
    fitting = [_case(linked, None, ())] if linked else _named(session, study.candidates)
    views = [_view(session.get_one(Patient, study.patient_id), study, own, fitting, own=True)]
    for place, (number, rows) in enumerate(objects.items()):
        patient = session.get_one(Patient, number)
        supposed = _if_it_were(session, node, study, patient, rows) if place < _MOST_PATIENTS else None
        fitting = _cases_of(session, node, supposed) if supposed is not None else []
        views.append(_view(patient, supposed, rows, fitting, own=False))
    return views


def _if_it_were(
    session: Session, node: Node, study: Study, patient: Patient, rows: Sequence[ReceivedObject]
) -> Study | None:
    """Return what the study would say of itself if it were this patient's; None where no object can be read."""
    told = what_is_told(node, session, rows[:_READ_OF_EACH])
    if not told.headers:
        return None
    supposed = Study(id=study.id, site=study.site, study_instance_uid=study.study_instance_uid, patient_id=patient.id)
    tell_of(supposed, told)
    return supposed


def _cases_of(session: Session, node: Node, supposed: Study) -> list[dict[str, Any]]:
    """Return the cases that would fit a study."""
    (decision,) = decide(session, node, [supposed])
    return _named(session, decision.shown)


def _named(session: Session, shown: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return candidates as cases, the most probable first."""
    candidates = {each["case_number"]: each for each in shown}
    cases = session.scalars(select(Case).where(Case.case_number.in_(candidates), Case.state == "open"))
    named = [(case, candidates[case.case_number]) for case in cases]
    found = [_case(case, each["probability"], each["reasons"]) for case, each in named]
    return sorted(found, key=lambda each: -each["probability"])


def _case(case: Case, probability: float | None, reasons: Iterable[str]) -> dict[str, Any]:
    """Return a case with what contradicts it: numbers that both patients bear make it probable for either."""
    return {
        "case_number": case.case_number,
        "patient": readable_name(case.patient_name),
        "birth_date": readable_date(case.birth_date),
        "probability": probability,
        "against": [each for each in reasons if each in WEIGHTS and _AGAINST & WEIGHTS[each].part],
    }


def _view(
    patient: Patient,
    told: Study | None,
    objects: Sequence[ReceivedObject],
    cases: list[dict[str, Any]],
    *,
    own: bool,
) -> dict[str, Any]:
    """Return somebody as the objects inside the study name them: a patient bears the name that came first."""
    name, born, sex = (
        (told.patient_name, told.birth_date, told.sex) if told else (patient.name, patient.birth_date, patient.sex)
    )
    arrived: datetime | None = min((row.received_at for row in objects), default=None)
    return {
        "patient": patient.id,
        "name": readable_name(name),
        "birth_date": readable_date(born),
        "sex": sex,
        "patient_id": patient.patient_id,
        "issuer": patient.issuer,
        "objects": len(objects),
        "arrived_at": arrived.isoformat() if arrived else None,
        "cases": cases,
        "own": own,
        "reason": None if own else objects[0].reason,
    }
