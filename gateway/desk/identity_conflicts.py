"""Two patients inside one Study Instance UID: who they are, and what a person decides about them.

The objects of the second patient wait in quarantine, and the study is held: whoever reads must know whose images they
are. Either both are one person, whose identifier was corrected at the scanner, or the objects do not belong here.
"""

from collections import Counter
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.errors import NotFound
from gateway import audit
from gateway.desk.comparison import readable_date, readable_name
from gateway.links import get_study, request_revision
from gateway.models import Patient, ReceivedObject, Study
from gateway.node import Node
from gateway.originals import delete_unneeded, discard

_CODE = "identity-conflict"


def patients_in_conflict(session: Session, study: Study) -> list[dict[str, Any]]:
    """Return the study's own patient and the others that its objects name, each with the number of objects."""
    rows = _undecided(session, study)
    if not rows:
        return []
    counted = Counter(row.other_patient_id for row in rows)
    own = session.scalars(
        select(ReceivedObject.id).where(ReceivedObject.study_id == study.id, ReceivedObject.first)
    ).all()
    views = [_view(session.get_one(Patient, study.patient_id), len(own), own=True)]
    others = ((session.get(Patient, number), count) for number, count in counted.items() if number is not None)
    return views + [_view(patient, count, own=False) for patient, count in others if patient is not None]


def accept_as_one_patient(node: Node, study_uid: str, *, actor: str) -> int:
    """Take the objects of the other patients into the study, because a person says that they are one person.

    Their names and identifiers become known of the study, so that they are searched for like its own. An object that
    came under the study's own patient already stays what it is. Return how many objects go on.

    Raises:
        NotFound: no such study, or no undecided object of another patient.
    """
    with node.identity.write() as session:
        study, rows = _of_study(session, study_uid)
        taken = set(
            session.scalars(
                select(ReceivedObject.sop_instance_uid).where(ReceivedObject.study_id == study.id, ReceivedObject.first)
            )
        )
        going = 0
        for row in rows:
            _make_known(session, study, row)
            if row.sop_instance_uid in taken:
                row.disposition, row.reason_code = "conflict", "other-bytes"
                row.reason = "another object was received under the same SOP Instance UID"
                continue
            taken.add(row.sop_instance_uid)
            row.first, row.disposition, row.reason_code, row.reason = True, None, None, None
            going += 1
        request_revision(study)
        detail = {"objects": len(rows)}
        audit.note(
            session, node.clock, actor=actor, action="identities-accepted", subject=study.study_uid, detail=detail
        )
    return going


def discard_other_patients(node: Node, study_uid: str, *, actor: str) -> int:
    """Remove the objects of the other patients for good and let the study go on without; return how many.

    Raises:
        NotFound: no such study, or no undecided object of another patient.
    """
    with node.identity.write() as session:
        study, rows = _of_study(session, study_uid)
        for row in rows:
            row.reason = f"discarded by a person ({row.reason})"
        originals = discard(session, node.clock, rows)
        request_revision(study)
        detail = {"objects": len(rows)}
        audit.note(
            session, node.clock, actor=actor, action="identities-discarded", subject=study.study_uid, detail=detail
        )
    delete_unneeded(node, originals)
    return len(rows)


def _of_study(session: Session, study_uid: str) -> tuple[Study, list[ReceivedObject]]:
    study = get_study(session, study_uid)
    rows = _undecided(session, study)
    if not rows:
        raise NotFound("the study has no objects of another patient")
    return study, rows


def _undecided(session: Session, study: Study) -> list[ReceivedObject]:
    return list(
        session.scalars(
            select(ReceivedObject)
            .where(
                ReceivedObject.study_id == study.id,
                ReceivedObject.disposition == "quarantined",
                ReceivedObject.reason_code == _CODE,
                ReceivedObject.discarded_at.is_(None),
            )
            .order_by(ReceivedObject.id)
        )
    )


def _make_known(session: Session, study: Study, row: ReceivedObject) -> None:
    patient = session.get(Patient, row.other_patient_id) if row.other_patient_id is not None else None
    if patient is None:
        return
    if patient.name and patient.name not in study.other_names:
        study.other_names = sorted({*study.other_names, patient.name})
    known = {each for each in (patient.patient_id, patient.birth_date) if each}
    if not known <= set(study.other_identities):
        study.other_identities = sorted({*study.other_identities, *known})


def _view(patient: Patient, objects: int, *, own: bool) -> dict[str, Any]:
    return {
        "name": readable_name(patient.name),
        "birth_date": readable_date(patient.birth_date),
        "sex": patient.sex,
        "patient_id": patient.patient_id,
        "issuer": patient.issuer,
        "objects": objects,
        "own": own,
    }
