"""publish: give the verified objects of a study to the reading zone.

Bytes first, then the reading zone's rows, then the dispositions here; the staged bytes go last. A crash between any
two is healed by running the stage again. What cannot be read again for the index is quarantined, and a study that a
person parted or purged meanwhile is not put forward.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from config import metrics
from config.blob_batch import Batch
from config.errors import Conflict, Malformed, TooLarge
from gateway.described import NOT_MAIN
from gateway.models import ReceivedObject, Study
from gateway.node import Node
from gateway.pipeline.assess import assess
from gateway.pipeline.objects import objects_of
from gateway.pipeline.outcome import Outcome
from gateway.withdrawn import remove_unnamed, withdraw
from viewer_api.indexing import (
    InstanceHeader,
    instance_record,
    instance_record_parts,
    series_record,
    study_record,
)
from worklist.publishing import SeriesRecord, StudyRecord, publish_study

_GROUP = 128
_NOT_SERVABLE = "the de-identified object cannot be read again; ask the site for a sound one"
_ELSEWHERE = "its series belongs to another study of the site; ask the site which of the two is right"


@dataclass(frozen=True)
class _Verified:
    """A verified object: its number, its staged blob, its size and its index entry."""

    object_id: int
    blob: str
    size: int
    header: InstanceHeader


def publish(node: Node, study_id: int) -> Outcome:
    """Publish what was verified and is not published yet."""
    with node.identity.read() as session:
        study = session.get_one(Study, study_id)
        rows = session.execute(
            select(ReceivedObject.id, ReceivedObject.derived_blob).where(
                ReceivedObject.study_id == study_id,
                ReceivedObject.disposition.is_(None),
                ReceivedObject.verified,
            )
        ).all()
    verified, unreadable = _copy_all(node, [(object_id, str(blob)) for object_id, blob in rows])
    if unreadable:
        _quarantine(node, unreadable, "not-servable", _NOT_SERVABLE)
        if assess(node, study_id) is Outcome.WAIT:
            return Outcome.WAIT
    try:
        conflicting = _show(node, study, verified)
    except Conflict:
        _quarantine(node, [each.object_id for each in verified], "series-elsewhere", _ELSEWHERE)
        remove_unnamed(node, [each.blob for each in verified])
        return assess(node, study_id)
    purged = _settle_accounts(node, study_id, verified, conflicting)
    for each in verified:
        node.staging.delete(each.blob)
    if purged:
        withdraw(node, study.study_uid)
    remove_unnamed(node, [each.blob for each in verified if purged or each.header.sop_instance_uid in conflicting])
    return Outcome.WAIT if purged else Outcome.GO_ON


def _show(node: Node, study: Study, verified: list[_Verified]) -> frozenset[str]:
    """Give the objects to the reading zone and return which of them are published there with other bytes."""
    if not verified:
        return frozenset()
    with node.reading.write() as session:
        outcome = publish_study(
            session,
            node.clock,
            _study_record(study, verified),
            _series_records(verified),
            [instance_record(each.header, blob=each.blob, size=each.size) for each in verified],
        )
    return frozenset(outcome.conflicting)


def _copy_all(node: Node, staged: list[tuple[int, str]]) -> tuple[list[_Verified], list[int]]:
    verified, unreadable = [], []
    for start in range(0, len(staged), _GROUP):
        some = staged[start : start + _GROUP]
        headers = node.hands.do(_copy, node, [blob for _, blob in some])
        for (object_id, blob), read in zip(some, headers, strict=True):
            if read is None:
                unreadable.append(object_id)
            else:
                verified.append(_Verified(object_id, blob, *read))
    return verified, unreadable


def _copy(node: Node, blobs: Sequence[str]) -> list[tuple[int, InstanceHeader] | None]:
    """Give staged objects to the reading zone; return their sizes and headers, None for what cannot be read."""
    with node.published.batch() as published:
        return [_copy_one(node, published, blob) for blob in blobs]


def _copy_one(node: Node, published: Batch, blob: str) -> tuple[int, InstanceHeader] | None:
    source = node.staging if node.staging.exists(blob) else node.published
    with source.open(blob) as stream:
        try:
            header = instance_record_parts(stream)
        except (Malformed, TooLarge):
            return None
        size = stream.seek(0, 2)
    published.take_over(blob, source)
    return size, header


def _quarantine(node: Node, object_ids: list[int], code: str, reason: str) -> None:
    with node.identity.write() as session:
        for object_id in object_ids:
            row = session.get_one(ReceivedObject, object_id)
            row.verified, row.disposition, row.reason_code, row.reason = False, "quarantined", code, reason
            metrics.DISPOSITIONS.labels("quarantined").inc()


def _settle_accounts(node: Node, study_id: int, verified: list[_Verified], conflicting: frozenset[str]) -> bool:
    """Record what became of the objects; return whether the study was purged meanwhile."""
    with node.identity.write() as session:
        study = session.get_one(Study, study_id)
        if study.state == "purged":
            return True
        if study.state in {"arriving", "published"}:
            study.state, study.reason = "published", None
        rows = objects_of(session, [each.object_id for each in verified])
        for each in verified:
            row = rows[each.object_id]
            row.disposition = "published"
            if each.header.sop_instance_uid in conflicting:
                row.disposition, row.reason_code = "conflict", "published-otherwise"
                row.reason = "another de-identified form of this object is published; it stays until a person decides"
                study.flagged = True
            metrics.DISPOSITIONS.labels(row.disposition).inc()
    return False


def _study_record(study: Study, verified: list[_Verified]) -> StudyRecord:
    """Describe the study by its first image, and by the modality that most of its images have."""
    first = min((each.header for each in verified), key=lambda h: (h.series_number or 0, h.instance_number or 0))
    counted = Counter(each.header.modality for each in verified)
    main = [each for each, _ in counted.most_common() if each not in NOT_MAIN] or list(counted)
    parts = (each.header.body_part for each in verified if each.header.body_part)
    record = study_record(first, site=study.site, received_at=study.received_at)
    return replace(record, modality=main[0], body_part=next(parts, None))


def _series_records(verified: list[_Verified]) -> list[SeriesRecord]:
    firsts: dict[str, InstanceHeader] = {}
    for each in verified:
        firsts.setdefault(each.header.series_uid, each.header)
    return [series_record(header) for header in firsts.values()]
