"""deidentify: make the publishable form of every object of a study that has none yet, into the staging store.

Nothing of the result is visible outside the identified zone before it was verified. What the anonymizer refuses is
quarantined with its reason; one bad object never stops the others. An encapsulated document is no failure: it stays in
the identified zone as an attachment of its case. So does what the first reader said, when the case is to be read blind.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from anonymizer import CannotDeidentify, Context, Refused, compare, made_of_words
from anonymizer.pixels import Box
from config import metrics
from config.blobs import sha256_of
from gateway.deidentification.audits import audit_of, keep_audit
from gateway.known_identity import known_identity
from gateway.links import case_of
from gateway.models import Patient, ReceivedObject, Site, Study
from gateway.node import Node
from gateway.pipeline import blind
from gateway.pipeline.objects import objects_of
from gateway.pipeline.outcome import Outcome
from gateway.pixels.publishable import make_publishable
from gateway.scratch import scratch_file, scratch_pair

_GROUP = 16
_KEPT = {"encapsulated-document": "kept as attachment: ", "key-object": ""}


@dataclass(frozen=True)
class Derived:
    """What became of one object: a staged blob with its new SOP Instance UID, or a disposition with its reason."""

    object_id: int
    blob: str | None = None
    uid: str | None = None
    disposition: str | None = None
    reason_code: str | None = None
    reason: str | None = None
    audit: Mapping[str, Any] | None = None


def deidentify_study(node: Node, study_id: int) -> Outcome:
    """De-identify what of a study waits for it."""
    _heed_blindness(node, study_id)
    with node.identity.read() as session:
        study = session.get_one(Study, study_id)
        patient = session.get_one(Patient, study.patient_id)
        case = case_of(session, study_id)
        profile = node.profile_of(session.get_one(Site, study.site).profile)
        known, hidden = known_identity(patient, study, case), case is not None and case.blind
        waiting = session.execute(
            select(
                ReceivedObject.id,
                ReceivedObject.blob,
                ReceivedObject.vouched,
                ReceivedObject.drawn,
                ReceivedObject.sop_class_uid,
            ).where(
                ReceivedObject.study_id == study_id,
                ReceivedObject.first,
                ReceivedObject.disposition.is_(None),
                ReceivedObject.derived_blob.is_(None),
            )
        ).all()
    for start in range(0, len(waiting), _GROUP):
        derived = []
        for object_id, blob, vouched, drawn, sop_class_uid in waiting[start : start + _GROUP]:
            if hidden and made_of_words(sop_class_uid):
                derived.append(Derived(object_id, None, None, "kept", blind.CODE, blind.REASON))
                continue
            context = Context(node.key, study.site, patient.pseudonym, patient.scope, profile, vouched, known)
            derived.append(_derive(node, object_id, blob, context, tuple(Box(*each) for each in drawn or ())))
        _record(node, derived)
    return Outcome.GO_ON


def _heed_blindness(node: Node, study_id: int) -> None:
    with node.identity.read() as session:
        case = case_of(session, study_id)
    if case is not None and case.blind:
        blind.keep_first_words_back(node, study_id)
    else:
        blind.let_first_words_go_on(node, study_id)


def _derive(node: Node, object_id: int, blob: str, context: Context, drawn: tuple[Box, ...]) -> Derived:
    with node.vault.open(blob) as original, scratch_file(node.settings.home) as result:
        try:
            report, cleaned = make_publishable(
                original,
                result,
                context,
                room=lambda: scratch_pair(node.settings.home),
                drawn=drawn,
                read_text=node.settings.deidentify.read_text,
                rules_alone=node.settings.deidentify.rules_alone,
            )
        except Refused as refusal:
            kept = _KEPT.get(refusal.code)
            if kept is not None:
                return Derived(object_id, None, None, "kept", refusal.code, kept + refusal.reason)
            return Derived(object_id, None, None, "quarantined", refusal.code, refusal.reason)
        except CannotDeidentify as failure:
            return Derived(object_id, None, None, "quarantined", failure.code, failure.reason)
        try:
            comparison = compare(original, result, context, pixels_cleaned=cleaned is not None)
        except CannotDeidentify as failure:
            return Derived(object_id, None, None, "quarantined", failure.code, failure.reason)
        audit = audit_of(report, context.profile, comparison)
        if cleaned is not None:
            audit["pixels"] = cleaned.audited()
        if comparison.findings:
            reason = f"the de-identified object did not pass its comparison ({', '.join(comparison.findings)})"
            return Derived(object_id, None, None, "quarantined", "comparison-failed", reason, audit)
        result.seek(0)
        digest = sha256_of(result)
        result.seek(0)
        node.staging.put(digest, result)
    return Derived(object_id, digest, report.sop_instance_uid, audit=audit)


def _record(node: Node, derived: list[Derived]) -> None:
    with node.identity.write() as session:
        rows = objects_of(session, [one.object_id for one in derived])
        for one in derived:
            row = rows[one.object_id]
            row.derived_blob, row.derived_uid, row.verified, row.facts = one.blob, one.uid, False, None
            row.disposition, row.reason_code, row.reason = one.disposition, one.reason_code, one.reason
            row.audit = keep_audit(session, one.audit) if one.audit is not None else None
            if one.disposition is not None:
                metrics.DISPOSITIONS.labels(one.disposition).inc()
