"""verify: look once more, with other eyes, before anything leaves the identified zone.

The staged header bytes are searched for every name, identifier and birth date that is known of the patient, in every
character set that a device might have written; so is what was verified or published already, when more is known than
then (`search_again.py`). A find quarantines the object and then removes the staged bytes: a crash in between leaves
bytes that nobody reads, never a row without its bytes.
"""

from sqlalchemy import select

from anonymizer import verify
from config import metrics
from gateway.known_identity import known_identity
from gateway.links import case_of
from gateway.models import Patient, ReceivedObject, Study
from gateway.node import Node
from gateway.pipeline.objects import objects_of
from gateway.pipeline.outcome import Outcome
from gateway.pipeline.search_again import search_published


def verify_study(node: Node, study_id: int) -> Outcome:
    """Search the staged objects of a study for its identity."""
    with node.identity.read() as session:
        study = session.get_one(Study, study_id)
        patient = session.get_one(Patient, study.patient_id)
        known = known_identity(patient, study, case_of(session, study_id))
        staged = session.execute(
            select(ReceivedObject.id, ReceivedObject.derived_blob).where(
                ReceivedObject.study_id == study_id,
                ReceivedObject.disposition.is_(None),
                ReceivedObject.derived_blob.is_not(None),
                ReceivedObject.verified.is_(False),
            )
        ).all()
    search_published(node, study_id, known)
    findings: dict[int, list[str]] = {}
    for object_id, blob in staged:
        with node.staging.open(str(blob)) as stream:
            findings[object_id] = verify(stream, known)
    with node.identity.write() as session:
        rows = objects_of(session, findings)
        for object_id, kinds in findings.items():
            row = rows[object_id]
            row.verified = not kinds
            if kinds:
                _withdraw(row, kinds)
    for object_id, blob in staged:
        if findings[object_id]:
            node.staging.delete(str(blob))
    return Outcome.GO_ON


def _withdraw(row: ReceivedObject, kinds: list[str]) -> None:
    row.derived_blob = row.derived_uid = None
    row.disposition, row.reason_code = "quarantined", "identity-left"
    row.reason = f"the de-identified header still bore an identity ({', '.join(sorted(set(kinds)))})"
    metrics.DISPOSITIONS.labels("quarantined").inc()
