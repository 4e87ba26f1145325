"""What a receipt says: every study and instance of a delivery, what became of it, and what is still pending.

Identifiers are the sender's own, since the sender is who reads it: a receipt stays in the identified zone or goes to
who brought the delivery. It bears no patient's name, but file names as they came. `sha256` is that of the file as it
lies in the vault; `content_sha256` is that of the transfer syntax UID, a zero byte and the encoded data set, which a
sender over DIMSE can compute too.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config.errors import Conflict, NotFound
from gateway.links import case_of
from gateway.models import Delivery, ReceivedObject, Site, Study
from gateway.node import Node
from gateway.receipts.jws import thumbprint
from gateway.receipts.waiting import Waiting, waiting_objects

State = Literal["receiving", "processing", "done", "failed"]

VERSION = 1
_WAITING = "waiting for a case"
_ON_ITS_WAY = "on its way"


def state_receipt(node: Node, session: Session, delivery_id: str, public: bytes) -> dict[str, Any]:
    """Return the claims of a delivery's receipt, as things stand now.

    Raises:
        NotFound: no such delivery.
        Conflict: nothing of it was looked at yet.
    """
    waiting = _waiting_before(node, delivery_id)
    delivery = session.get(Delivery, delivery_id)
    if delivery is None:
        if delivery_id in waiting.first:
            raise Conflict("what this delivery brought is still being taken in: ask again in a moment")
        raise NotFound("there is no such delivery")
    rows = list(
        session.scalars(
            select(ReceivedObject).where(ReceivedObject.delivery_id == delivery_id).order_by(ReceivedObject.id)
        )
    )
    taken = sum(row.receipt in waiting.of(delivery_id) for row in rows)
    awaited, all_seen = awaited_objects(delivery, waiting, met=len(rows), taken=taken)
    counts = Counter(row.disposition or "pending" for row in rows)
    counts["pending"] += awaited
    state = delivery_state(node, session, delivery, pending=counts["pending"], all_seen=all_seen)
    now = node.clock()
    return {
        "receipt": VERSION,
        "iss": node.settings.node.name,
        "kid": thumbprint(public),
        "iat": int(now.timestamp()),
        "issued_at": now.isoformat(timespec="seconds"),
        "delivery": delivery.id,
        "door": delivery.door,
        "site": delivery.site,
        "site_name": session.get_one(Site, delivery.site).display_name,
        "calling_ae": delivery.calling_ae,
        "case_number": delivery.case_number,
        "opened_at": delivery.opened_at.isoformat(timespec="seconds"),
        "state": state,
        "complete": state in {"done", "failed"},
        "failure": delivery.failure,
        "counts": {name: count for name, count in sorted(counts.items()) if count},
        "not_listed": awaited,
        "promised": delivery.promised,
        "studies": _studies(session, rows),
        "other_files": [_file(row) | _verdict(row, None) for row in rows if row.study_id is None],
    }


def without_decisions(claims: Mapping[str, Any]) -> dict[str, Any]:
    """Return the claims as somebody may have them who has no account, but brought the delivery by the upload page.

    They tell nothing that people of the hospital decided since: no case but the one that it was sent for, and not what
    a pending object waits for.
    """
    own = claims["case_number"]
    studies = [
        {
            **study,
            "case_number": study["case_number"] if study["case_number"] == own else None,
            "instances": [_undecided(each) for each in study["instances"]],
        }
        for study in claims["studies"]
    ]
    return {**claims, "studies": studies}


def _undecided(instance: Mapping[str, Any]) -> dict[str, Any]:
    return {**instance, "reason": _ON_ITS_WAY} if instance["disposition"] == "pending" else dict(instance)


def delivery_state(node: Node, session: Session, delivery: Delivery, *, pending: int, all_seen: bool) -> State:
    """Return how far a delivery is of which so many objects are pending, or more where not all were seen.

    An association is over once it was quiet for as long as the node lets one be idle.
    """
    if delivery.door != "cstore":
        if delivery.unpacked_at is None:
            return "receiving"
    else:
        latest = session.scalar(
            select(func.max(ReceivedObject.received_at)).where(ReceivedObject.delivery_id == delivery.id)
        )
        idle = timedelta(seconds=node.settings.dicom.network_timeout_seconds)
        if node.clock() < (latest or delivery.opened_at) + idle:
            return "receiving"
    if pending or not all_seen:
        return "processing"
    return "failed" if delivery.failure else "done"


def awaited_objects(delivery: Delivery, waiting: Waiting, *, met: int, taken: int) -> tuple[int, bool]:
    """Return how many objects of a delivery are known to wait in the spool, and if these are all.

    So many of it were met, of which `taken` still lie in the spool that was looked at before.
    """
    if delivery.expected is not None:
        return max(delivery.expected - met, 0), True
    return len(waiting.of(delivery.id)) - taken, waiting.all


def _waiting_before(node: Node, delivery_id: str) -> Waiting:
    """Look through the spool before the rows are read, so that what moves meanwhile is not in neither.

    A delivery that says itself how many objects it has needs no look.
    """
    with node.identity.read() as session:
        delivery = session.get(Delivery, delivery_id)
    if delivery is not None and delivery.expected is not None:
        return Waiting({}, {}, all=False)
    return waiting_objects(node)


def _studies(session: Session, rows: list[ReceivedObject]) -> list[dict[str, Any]]:
    by_study: dict[int, list[ReceivedObject]] = {}
    for row in rows:
        if row.study_id is not None:
            by_study.setdefault(row.study_id, []).append(row)
    found = []
    for study_id, members in by_study.items():
        study = session.get_one(Study, study_id)
        case = case_of(session, study_id)
        found.append(
            {
                "study_instance_uid": study.study_instance_uid,
                "case_number": case.case_number if case else None,
                "instances": [_instance(row, study) for row in members],
            }
        )
    return found


def _instance(row: ReceivedObject, study: Study) -> dict[str, Any]:
    return {
        "series_instance_uid": row.series_instance_uid,
        "sop_instance_uid": row.sop_instance_uid,
        "sop_class_uid": row.sop_class_uid,
        **_file(row),
        "content_sha256": row.content_digest or None,
        **_verdict(row, study),
    }


def _file(row: ReceivedObject) -> dict[str, Any]:
    return {
        "path": row.path or None,
        "bytes": row.bytes,
        "sha256": row.blob,
        "received_at": row.received_at.isoformat(timespec="seconds"),
    }


def _verdict(row: ReceivedObject, study: Study | None) -> dict[str, Any]:
    reason = row.reason
    if row.disposition is None:
        rests = study is not None and study.finished_revision >= study.wanted_revision
        reason = (study.reason or _WAITING) if study is not None and rests else _ON_ITS_WAY
    return {"disposition": row.disposition or "pending", "reason_code": row.reason_code, "reason": reason}
