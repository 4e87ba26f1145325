"""What became of every file of a delivery, as far as it is known now."""

from collections import Counter
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.errors import NotFound
from gateway.models import Delivery, ReceivedObject, Study

State = Literal["unpacking", "processing", "done", "failed"]

_ON_ITS_WAY = "on its way"
_WAITING = "waiting for a case"
_KEPT = "kept"


def upload_report(session: Session, delivery_id: str) -> dict[str, Any]:
    """Return the delivery, its state, and each file that the intake has met with its disposition and reason.

    `promised` is what the directories of a disc list and the delivery lacks, null where there is none.

    A file without a disposition is on its way, or waits with its study for a case. What a held study keeps back is
    `kept`, with the reason, until a person decides. The state is `done` once none is on its way, or `failed` then when
    the bundle could not be read to its end.

    Raises:
        NotFound: no such delivery.
    """
    delivery = session.get(Delivery, delivery_id)
    if delivery is None:
        raise NotFound("there is no such delivery")
    rows = session.execute(
        select(ReceivedObject.path, ReceivedObject.disposition, ReceivedObject.reason, Study)
        .outerjoin(Study, Study.id == ReceivedObject.study_id)
        .where(ReceivedObject.delivery_id == delivery_id)
        .order_by(ReceivedObject.id)
    ).all()
    moving = max((delivery.expected or 0) - len(rows), 0)
    counts: Counter[str] = Counter({"pending": moving} if moving else {})
    files = []
    for path, given, given_reason, study in rows:
        disposition, reason = given, given_reason
        waits = disposition is None and study is not None and study.finished_revision >= study.wanted_revision
        if disposition is None:
            reason = _waits_for(study) if waits else _ON_ITS_WAY
            moving += not waits
            disposition = _KEPT if waits and study.state == "held" else None
        counts[disposition or "pending"] += 1
        files.append(
            {
                "path": path,
                "disposition": disposition,
                "reason": reason,
                "study_uid": study.study_uid if study else None,
            }
        )
    return {
        "delivery": delivery.id,
        "site": delivery.site,
        "door": delivery.door,
        "state": _state(delivery, moving),
        "failure": delivery.failure,
        "files": files,
        "counts": dict(counts),
        "promised": delivery.promised,
    }


def _state(delivery: Delivery, moving: int) -> State:
    if delivery.unpacked_at is None:
        return "unpacking"
    if moving:
        return "processing"
    return "failed" if delivery.failure else "done"


def _waits_for(study: Study) -> str:
    """Return what a study waits for whose workflow came to rest without a disposition for everything."""
    return _WAITING if study.state == "unmatched" else study.reason or _WAITING
