"""Derive the publishable form of objects and stage it: for each a staged blob, or a disposition with its reason.

No database is asked, so that any process can do it (`gateway.hands`). What the anonymizer refuses is quarantined with
its reason; one bad object never stops the others. What is staged is durable when it is returned.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from anonymizer import CannotDeidentify, Context, Refused, compare
from anonymizer.pixels import Box
from config.blob_batch import Batch
from config.blobs import sha256_of
from gateway.deidentification.audits import audit_of
from gateway.node import Node
from gateway.pixels.publishable import make_publishable
from gateway.scratch import scratch_file, scratch_pair
from gateway.under_way import Mark

_KEPT = {"encapsulated-document": "kept as attachment: ", "key-object": ""}


@dataclass(frozen=True)
class Task:
    """An object to be de-identified: its number, its original, under which rules, and what a person drew."""

    object_id: int
    blob: str
    context: Context
    drawn: tuple[Box, ...] = ()


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


def derive(node: Node, tasks: Sequence[Task]) -> list[Derived]:
    """Return what becomes of objects, in their order."""
    with node.staging.batch() as staging, Mark(node.settings.home) as mark:
        return [_derive(node, staging, mark, task) for task in tasks]


def _derive(node: Node, staging: Batch, mark: Mark, task: Task) -> Derived:
    object_id, context = task.object_id, task.context
    mark.begin(object_id)
    with node.vault.open(task.blob) as original, scratch_file(node.settings.home) as result:
        try:
            report, cleaned = make_publishable(
                original,
                result,
                context,
                room=lambda: scratch_pair(node.settings.home),
                drawn=task.drawn,
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
        staging.put(digest, result)
    return Derived(object_id, digest, report.sop_instance_uid, audit=audit)
