"""Cut the face out of whole series, where a profile asks for it and what de-identification refused may show one.

A series is looked at with all that the study has of it, what is published and what waits in quarantine included, so
that a slice that comes late is cut with the others in sight. What is published stays as it is. Only when the whole is
proven to show no face do its images go on; else every one that was waiting is quarantined with the reason.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO

from sqlalchemy import or_, select

from anonymizer import CannotDeidentify, Refused, compare
from anonymizer.faces import FaceCut, unsure
from anonymizer.recognizable import CODE
from config.blob_batch import Batch
from config.blobs import sha256_of
from gateway.deidentification.audits import audit_of
from gateway.models import ReceivedObject
from gateway.node import Node
from gateway.pipeline.deriving import Derived, Task
from gateway.pixels.faces import audited, make_faceless, plan_series, prove_series
from gateway.scratch import scratch_file, scratch_pair
from gateway.under_way import Mark


@dataclass(frozen=True)
class _Image:
    """One image of a series: its number, its original, and its published form where it has one."""

    object_id: int
    original: str
    published: str | None


@dataclass(frozen=True)
class _CutTask:
    """An object to be de-identified without its face."""

    task: Task
    cut: FaceCut


def cut_faces(node: Node, study_id: int, refused: Sequence[Task]) -> list[Derived]:
    """Return what becomes of objects that were refused since they may show a face, and of those like them before."""
    by_series = _series_of(node, study_id, {task.object_id for task in refused})
    contexts = {task.object_id: task for task in refused}
    derived: list[Derived] = []
    for images in by_series.values():
        waiting = [image for image in images if image.published is None]
        like = next(contexts[image.object_id] for image in waiting if image.object_id in contexts)
        tasks = [Task(image.object_id, image.original, like.context) for image in waiting]
        try:
            derived += _cut(node, images, tasks)
        except Refused as refusal:
            derived += [
                Derived(task.object_id, None, None, "quarantined", refusal.code, refusal.reason) for task in tasks
            ]
    return derived


def _series_of(node: Node, study_id: int, refused: set[int]) -> dict[tuple[str, str], list[_Image]]:
    """Return the images of every series of which one was refused; what a person vouched for is none of them."""
    row = ReceivedObject
    with node.identity.read() as session:
        found = session.execute(
            select(row.id, row.series_instance_uid, row.sop_class_uid, row.blob, row.derived_blob, row.disposition)
            .where(row.study_id == study_id, row.first, row.discarded_at.is_(None), row.vouched.is_(False))
            .where(row.face_vouched.is_(False))
            .where(row.drawn.is_(None))
            .where(or_(row.id.in_(refused), row.disposition == "published", row.reason_code == CODE))
            .order_by(row.id)
        ).all()
    by_series: dict[tuple[str, str], list[_Image]] = defaultdict(list)
    for object_id, series, sop_class, blob, derived, disposition in found:
        published = derived if disposition == "published" and object_id not in refused else None
        by_series[series, sop_class].append(_Image(object_id, blob, published))
    return {
        key: images for key, images in by_series.items() if any(image.object_id in refused for image in images)
    }  # fmt: skip


def _cut(node: Node, images: list[_Image], tasks: list[Task]) -> list[Derived]:
    """Return the images of one series without a face; raises Refused for the whole series."""
    plan = plan_series(len(images), lambda number: node.vault.open(images[number].original))
    derived = node.hands.do(_derive, node, [_CutTask(task, plan.cut) for task in tasks])
    staged = {each.object_id: each.blob for each in derived}
    failed = next((each for each in derived if each.blob is None), None)
    try:
        if failed is not None:
            raise unsure(f"one of the images of its series could not be cut ({failed.reason_code})")
        forms = [image.published or staged[image.object_id] for image in images]

        def open_form(number: int) -> BinaryIO:
            blob = str(forms[number])
            return (node.published if images[number].published else node.staging).open(blob)

        proof = audited(prove_series(plan, len(images), open_form))
    except Refused:
        for blob in filter(None, staged.values()):
            node.staging.delete(blob)
        raise
    return [replace(each, audit={**(each.audit or {}), "face": proof}) for each in derived]


def _derive(node: Node, tasks: Sequence[_CutTask]) -> list[Derived]:
    with node.staging.batch() as staging, Mark(node.settings.home) as mark:
        return [_derive_one(node, staging, mark, each.task, each.cut) for each in tasks]


def _derive_one(node: Node, staging: Batch, mark: Mark, task: Task, cut: FaceCut) -> Derived:
    home, context = node.settings.home, task.context
    mark.begin(task.object_id)
    with node.vault.open(task.blob) as original, scratch_file(home) as result:
        try:
            report = make_faceless(original, result, context, cut, room=lambda: scratch_pair(home))
            comparison = compare(original, result, context, pixels_cleaned=True)
        except (Refused, CannotDeidentify) as error:
            return Derived(task.object_id, None, None, "quarantined", error.code, error.reason)
        if comparison.findings:
            reason = f"the de-identified object did not pass its comparison ({', '.join(comparison.findings)})"
            return Derived(task.object_id, None, None, "quarantined", "comparison-failed", reason)
        result.seek(0)
        digest = sha256_of(result)
        result.seek(0)
        staging.put(digest, result)
        return Derived(
            task.object_id, digest, report.sop_instance_uid, audit=audit_of(report, context.profile, comparison)
        )
