"""deidentify: make the publishable form of every object of a study that has none yet, into the staging store.

Nothing of the result is visible outside the identified zone before it was verified. What the anonymizer refuses is
quarantined with its reason; one bad object never stops the others. An encapsulated document is no failure: it stays in
the identified zone as an attachment of its case. So does what the first reader said, when the case is to be read blind.
"""

from dataclasses import dataclass

from sqlalchemy import select

from anonymizer import CannotDeidentify, Context, Refused, deidentify, made_of_words
from config import metrics
from config.blobs import sha256_of
from gateway.known_identity import known_identity
from gateway.links import case_of
from gateway.models import Patient, ReceivedObject, Study
from gateway.node import Node
from gateway.pipeline.outcome import Outcome
from gateway.scratch import scratch_file

_GROUP = 16
_KEPT = {"encapsulated-document": "kept as attachment: ", "key-object": ""}
_BLIND = "kept as attachment: the case is to be read blind, without what the first reader said or marked"


@dataclass(frozen=True)
class Derived:
    """What became of one object: a staged blob with its new SOP Instance UID, or a disposition with its reason."""

    object_id: int
    blob: str | None = None
    uid: str | None = None
    disposition: str | None = None
    reason_code: str | None = None
    reason: str | None = None


def deidentify_study(node: Node, study_id: int) -> Outcome:
    """De-identify what of a study waits for it."""
    with node.identity.read() as session:
        study = session.get_one(Study, study_id)
        patient = session.get_one(Patient, study.patient_id)
        case = case_of(session, study_id)
        known, blind = known_identity(patient, study, case), case is not None and case.blind
        waiting = session.execute(
            select(ReceivedObject.id, ReceivedObject.blob, ReceivedObject.vouched, ReceivedObject.sop_class_uid).where(
                ReceivedObject.study_id == study_id,
                ReceivedObject.first,
                ReceivedObject.disposition.is_(None),
                ReceivedObject.derived_blob.is_(None),
            )
        ).all()
    for start in range(0, len(waiting), _GROUP):
        derived = []
        for object_id, blob, vouched, sop_class_uid in waiting[start : start + _GROUP]:
            if blind and made_of_words(sop_class_uid):
                derived.append(Derived(object_id, None, None, "kept", "blind-read", _BLIND))
                continue
            context = Context(node.key, study.site, patient.pseudonym, patient.scope, node.profile, vouched, known)
            derived.append(_derive(node, object_id, blob, context))
        _record(node, derived)
    return Outcome.GO_ON


def _derive(node: Node, object_id: int, blob: str, context: Context) -> Derived:
    with node.vault.open(blob) as original, scratch_file(node.settings.home) as result:
        try:
            report = deidentify(original, result, context)
        except Refused as refusal:
            kept = _KEPT.get(refusal.code)
            if kept is not None:
                return Derived(object_id, None, None, "kept", refusal.code, kept + refusal.reason)
            return Derived(object_id, None, None, "quarantined", refusal.code, refusal.reason)
        except CannotDeidentify as failure:
            return Derived(object_id, None, None, "quarantined", failure.code, failure.reason)
        result.seek(0)
        digest = sha256_of(result)
        result.seek(0)
        node.staging.put(digest, result)
    return Derived(object_id, digest, report.sop_instance_uid)


def _record(node: Node, derived: list[Derived]) -> None:
    with node.identity.write() as session:
        for one in derived:
            row = session.get_one(ReceivedObject, one.object_id)
            row.derived_blob, row.derived_uid, row.verified, row.facts = one.blob, one.uid, False, None
            row.disposition, row.reason_code, row.reason = one.disposition, one.reason_code, one.reason
            if one.disposition is not None:
                metrics.DISPOSITIONS.labels(one.disposition).inc()
