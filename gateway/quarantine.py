"""The quarantine: objects that a person must look at, each with a reason to act on.

Releasing vouches for what a machine cannot judge (text in the pixels, or a face, but not both at once) and sends the
object through the pipeline again; what is refused for another cause comes back with the same reason. Cleaning vouches
for all but the boxes that a person draws, which are blacked. Discarding removes the original for good. Several objects
are decided together or not at all: those of one series that wait for one reason are told as alike.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from anonymizer.recognizable import CODE as FACE
from config.errors import Conflict, Malformed, NotFound
from gateway import audit
from gateway.links import request_revision
from gateway.models import ReceivedObject, Return, Study, StudyState
from gateway.node import Node
from gateway.originals import delete_unneeded, discard

if TYPE_CHECKING:  # the libraries of pixels are loaded by who looks at some, not by every command
    from anonymizer.pixels import Box

SEEN_IN_THE_PIXELS = frozenset(
    {"burned-in-annotation", "overlay-in-pixels", "label-in-image", "may-carry-burned-in-text"} | {FACE, "video"}
)
MOST_TOGETHER = 2000
_WAITING = ("arriving", "unmatched", "held")
_IN_QUARANTINE = and_(ReceivedObject.disposition == "quarantined", ReceivedObject.discarded_at.is_(None))


def list_quarantine(
    session: Session,
    *,
    site: str | None = None,
    study_uid: str | None = None,
    after: int = 0,
    limit: int | None = None,
) -> list[dict[str, Any]]:
    """Return what waits in quarantine, oldest first; of one site or study, behind an object, and so many."""
    query = (
        select(ReceivedObject).where(_IN_QUARANTINE, ReceivedObject.id > after).order_by(ReceivedObject.id).limit(limit)
    )
    if site is not None:
        query = query.where(ReceivedObject.site == site)
    if study_uid is not None:
        query = query.where(ReceivedObject.study_id.in_(select(Study.id).where(Study.study_uid == study_uid)))
    return [_view(session, row) for row in session.scalars(query)]


def list_alike(session: Session, *, study_uid: str | None = None, after: int = 0, limit: int) -> list[dict[str, Any]]:
    """Return the oldest of the objects that wait for one reason in one series, with their `count`.

    They are in the order of these oldest; of one study, behind such an object, and so many. What cannot go on by a
    decision is told object by object.
    """
    row, oldest = ReceivedObject, func.min(ReceivedObject.id)
    alone = case((and_(row.first, row.study_id.is_not(None)), 0), else_=row.id)
    groups = (
        select(oldest.label("oldest"), func.count().label("count"))
        .where(_IN_QUARANTINE)
        .group_by(row.study_id, row.series_instance_uid, row.reason_code, alone)
        .having(oldest > after)
        .order_by(oldest)
        .limit(limit)
    )
    if study_uid is not None:
        groups = groups.where(row.study_id.in_(select(Study.id).where(Study.study_uid == study_uid)))
    found = groups.subquery()
    rows = session.execute(select(row, found.c.count).join(found, found.c.oldest == row.id).order_by(row.id))
    return [_view(session, each) | {"count": count} for each, count in rows]


def quarantine_view(session: Session, number: int) -> dict[str, Any]:
    """Return one object of the quarantine.

    Raises:
        NotFound: no such object in quarantine.
    """
    return _view(session, _quarantined(session, number))


def count_quarantine(session: Session, *, study_id: int | None = None) -> int:
    """Return how many objects wait in quarantine, of one study or of all."""
    query = select(func.count()).where(_IN_QUARANTINE)
    return session.scalar(query if study_id is None else query.where(ReceivedObject.study_id == study_id)) or 0


def quarantine_at_desk(node: Node, number: int) -> dict[str, Any]:
    """Return one object with the size of its image, where it has one, and what a person may do about it.

    Raises:
        NotFound: no such object in quarantine.
    """
    from gateway.pixels.showing import size_of

    with node.identity.read() as session:
        row = _quarantined(session, number)
        view, blob = _view(session, row) | {"alike": _alike(session, row)}, row.blob
        may_go_on = row.study_id is not None and row.first
    size: dict[str, int] | None = None
    with suppress(Malformed), node.vault.open(blob) as original:
        columns, rows, frames = size_of(original)
        size = {"columns": columns, "rows": rows, "frames": frames}
    by_pixels = view["reason_code"] in SEEN_IN_THE_PIXELS
    return view | {"image": size, "may_clean": may_go_on and by_pixels and size is not None, "may_release": may_go_on}


def release_objects(node: Node, numbers: Sequence[int], *, actor: str, reason_code: str | None = None) -> None:
    """Vouch for objects and let the pipeline look at them again, without boxes that were drawn on them before.

    A purged study comes back with its object. `reason_code` is the reason that was looked at, where that is known.

    Raises:
        NotFound: one of them is not in quarantine.
        Conflict: one has no study to go on with, or is not the first of its SOP Instance UID, or waits for another
            reason meanwhile.
    """
    with node.identity.write() as session:
        for row in _publishable(session, numbers, reason_code):
            if row.reason_code == FACE:
                row.face_vouched = True
            elif row.reason_code in SEEN_IN_THE_PIXELS:
                row.vouched = True
            row.drawn = None
            _note(session, node, actor, "quarantine-released", _let_go_on(session, row), numbers)


def clean_objects(
    node: Node, numbers: Sequence[int], boxes: "Sequence[Box]", *, actor: str, reason_code: str | None = None
) -> None:
    """Vouch for objects but for boxes of their pixels, which are blacked in every frame, and let them go on.

    Raises:
        NotFound: one of them is not in quarantine.
        Conflict: one has no study to go on with, was not quarantined for its pixels, or waits for another reason
            than `reason_code`, which was looked at.
        Malformed: no box, or one that lies outside an image.
    """
    if not boxes:
        raise Malformed("draw at least one box, or release the object when there is nothing to black")
    _check_boxes(node, numbers, boxes)
    drawn = [[box.x, box.y, box.width, box.height] for box in boxes]
    with node.identity.write() as session:
        for row in _cleanable(session, numbers, reason_code):
            row.drawn = drawn
            subject = _let_go_on(session, row)
            _note(session, node, actor, "quarantine-cleaned", subject, numbers, {"boxes": drawn})


def _check_boxes(node: Node, numbers: Sequence[int], boxes: "Sequence[Box]") -> None:
    """Raise Malformed for a box that would black nothing of an object."""
    from gateway.pixels.showing import size_of

    with node.identity.read() as session:
        blobs = [(row.id, row.blob) for row in _cleanable(session, numbers, None)]
    for number, blob in blobs:
        with node.vault.open(blob) as original:
            columns, rows, _ = size_of(original)
        if any(box.x >= columns or box.y >= rows for box in boxes):
            raise Malformed(
                f"a box lies outside the image of object {number}, of {columns} columns and {rows} rows, and would"
                " black nothing"
            )


def picture_of(node: Node, number: int, *, frame: int = 0, boxes: "Sequence[Box]" = ()) -> bytes:
    """Return a frame of an object, counted from 0, as PNG: what a person must look at, identity and all.

    Raises:
        NotFound: no such object in quarantine, or no such frame.
        Malformed: nothing of it can be shown.
    """
    from gateway.pixels.showing import picture

    with node.identity.read() as session:
        blob = _quarantined(session, number).blob
    with node.vault.open(blob) as original:
        return picture(original, frame, tuple(boxes))


def findings_in(node: Node, number: int, *, frame: int = 0) -> dict[str, Any]:
    """Return which boxes of a frame, counted from 0, the rules name, and where something looks like text.

    Raises:
        NotFound: no such object in quarantine, or no such frame.
        Malformed: nothing of it can be looked at.
    """
    from gateway.pixels.showing import findings

    with node.identity.read() as session:
        blob = _quarantined(session, number).blob
    with node.vault.open(blob) as original:
        return findings(original, frame, read_text=node.settings.deidentify.read_text)


def discard_objects(node: Node, numbers: Sequence[int], *, actor: str) -> None:
    """Remove the originals of objects for good; that they came, and why they went, stays on record.

    A study that waited is looked at again, as it may have waited for them alone: for who came inside it, or what was
    damaged.

    Raises:
        NotFound: one of them is not in quarantine.
    """
    with node.identity.write() as session:
        rows = [_quarantined(session, number) for number in dict.fromkeys(numbers)]
        for row in rows:
            row.reason = f"discarded by a person ({row.reason})"
            _note(session, node, actor, "quarantine-discarded", f"object {row.id}", numbers)
        originals = discard(session, node.clock, rows)
        for study_id in sorted({row.study_id for row in rows if row.study_id is not None}):
            study = session.get_one(Study, study_id)
            if study.state in _WAITING:
                request_revision(study)
    delete_unneeded(node, originals)


def _publishable(session: Session, numbers: Sequence[int], reason_code: str | None) -> list[ReceivedObject]:
    rows = [_quarantined(session, number) for number in dict.fromkeys(numbers)]
    for row in rows:
        if row.study_id is None or not row.first:
            raise Conflict(f"object {row.id} cannot be published: " + (row.reason or "it has no study"))
        if reason_code is not None and row.reason_code != reason_code:
            raise Conflict(f"object {row.id} waits for another reason meanwhile; load the page again")
    return rows


def _cleanable(session: Session, numbers: Sequence[int], reason_code: str | None) -> list[ReceivedObject]:
    rows = _publishable(session, numbers, reason_code)
    for row in rows:
        if row.reason_code not in SEEN_IN_THE_PIXELS:
            raise Conflict(f"object {row.id} is not in quarantine for its pixels: " + (row.reason or ""))
    return rows


def _note(
    session: Session,
    node: Node,
    actor: str,
    action: str,
    subject: str,
    together: Sequence[int],
    detail: dict[str, Any] | None = None,
) -> None:
    """Write a decision about an object into the audit trail, and with how many others it was made."""
    said = dict(detail or {}) | ({"together": count} if (count := len(set(together))) > 1 else {})
    audit.note(session, node.clock, actor=actor, action=action, subject=subject, detail=said)


def _alike(session: Session, row: ReceivedObject) -> list[int]:
    """Return the other objects of a series that wait for the same reason and may go on, oldest first."""
    if row.study_id is None or not row.first:
        return []
    others = select(ReceivedObject.id).where(
        _IN_QUARANTINE,
        ReceivedObject.first,
        ReceivedObject.study_id == row.study_id,
        ReceivedObject.series_instance_uid == row.series_instance_uid,
        ReceivedObject.reason_code == row.reason_code,
        ReceivedObject.id != row.id,
    )
    return list(session.scalars(others.order_by(ReceivedObject.id).limit(MOST_TOGETHER - 1)))


def _let_go_on(session: Session, row: ReceivedObject) -> str:
    """Send an object through the pipeline again; return what the audit trail calls it."""
    row.disposition = row.reason_code = row.reason = None
    row.deaths = 0
    study = session.get_one(Study, row.study_id)
    if study.state == "purged":
        study.state, study.reason = _state_come_back(session, study), None
    request_revision(study)
    return f"{study.study_uid} object {row.id}"


def _quarantined(session: Session, number: int) -> ReceivedObject:
    row = session.get(ReceivedObject, number)
    if row is None or row.disposition != "quarantined" or row.discarded_at is not None:
        raise NotFound(f"there is no object {number} in quarantine")
    return row


def _state_come_back(session: Session, study: Study) -> StudyState:
    was_read = session.scalar(select(Return.id).where(Return.study_id == study.id).limit(1)) is not None
    return "read" if was_read else "arriving"


def _view(session: Session, row: ReceivedObject) -> dict[str, Any]:
    study = session.get(Study, row.study_id) if row.study_id is not None else None
    return {
        "id": row.id,
        "site": row.site,
        "study_uid": study.study_uid if study else None,
        "modality": row.modality or None,
        "sop_class_uid": row.sop_class_uid or None,
        "reason_code": row.reason_code,
        "reason": row.reason,
        "received_at": row.received_at.isoformat(),
        "bytes": row.bytes,
    }
