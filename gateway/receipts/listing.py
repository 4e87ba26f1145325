"""The deliveries, newest first, a page at a time.

Those of which everything still lies in the spool have no row yet. They stand on top of the first page, with what their
envelopes say, so that nothing that was acknowledged is missing from the list.
"""

from collections import Counter
from typing import Any

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session

from config.errors import Malformed
from gateway.attachment_models import Attachment
from gateway.models import Delivery, ReceivedObject
from gateway.node import Node
from gateway.receipts.statement import awaited_objects, delivery_state
from gateway.receipts.waiting import Waiting, waiting_objects


def list_deliveries(
    node: Node, session: Session, *, site: str | None = None, limit: int = 50, cursor: str | None = None
) -> dict[str, Any]:
    """Return deliveries with their state and counts; `next` is the cursor of what follows, None at the end.

    What waits in the spool is counted as pending; `all_counted` is false where that is more than was looked at. The
    deliveries that have not been looked at yet come on top, beside `limit`.

    Raises:
        Malformed: not a cursor that this list gave.
    """
    query = select(Delivery).order_by(Delivery.opened_at.desc(), Delivery.id.desc()).limit(limit + 1)
    if site is not None:
        query = query.where(Delivery.site == site)
    if cursor is not None:
        last = session.get(Delivery, cursor)
        if last is None:
            raise Malformed("this is not a cursor of this list")
        query = query.where(
            or_(
                Delivery.opened_at < last.opened_at,
                and_(Delivery.opened_at == last.opened_at, Delivery.id < last.id),
            )
        )
    waiting = waiting_objects(node)  # before the rows, so that what moves meanwhile is not in neither
    found = list(session.scalars(query))
    shown = found[:limit]
    return {
        "deliveries": [
            *(_unseen_rows(session, waiting, site) if cursor is None else []),
            *(_row(node, session, delivery, waiting) for delivery in shown),
        ],
        "next": shown[-1].id if len(found) > limit else None,
        "all_counted": waiting.all,
    }


def _unseen_rows(session: Session, waiting: Waiting, site: str | None) -> list[dict[str, Any]]:
    known = set(session.scalars(select(Delivery.id).where(Delivery.id.in_(list(waiting.first)))))
    unseen = [each for each in waiting.first.values() if each.delivery not in known and site in {None, each.site}]
    return [
        {
            "delivery": each.delivery,
            "site": each.site,
            "door": each.door,
            "calling_ae": each.calling_ae or None,
            "case_number": each.case_number or None,
            "opened_at": each.received_at.isoformat(),
            "state": "receiving",
            "failure": None,
            "counts": {"pending": len(waiting.of(each.delivery))},
            "attachments": 0,
        }
        for each in sorted(unseen, key=lambda each: each.received_at, reverse=True)
    ]


def _row(node: Node, session: Session, delivery: Delivery, waiting: Waiting) -> dict[str, Any]:
    still_there = case((ReceivedObject.receipt.in_(waiting.of(delivery.id)), 1))
    dispositions = session.execute(
        select(ReceivedObject.disposition, func.count(), func.count(still_there))
        .where(ReceivedObject.delivery_id == delivery.id)
        .group_by(ReceivedObject.disposition)
    ).all()
    counts = Counter({disposition or "pending": count for disposition, count, _ in dispositions})
    taken = sum(count for _, _, count in dispositions)
    awaited, all_seen = awaited_objects(delivery, waiting, met=counts.total(), taken=taken)
    if awaited:
        counts["pending"] += awaited
    attachments = session.scalar(select(func.count()).where(Attachment.delivery_id == delivery.id))
    return {
        "delivery": delivery.id,
        "site": delivery.site,
        "door": delivery.door,
        "calling_ae": delivery.calling_ae,
        "case_number": delivery.case_number,
        "opened_at": delivery.opened_at.isoformat(),
        "state": delivery_state(node, session, delivery, pending=counts["pending"], all_seen=all_seen),
        "failure": delivery.failure,
        "counts": dict(sorted(counts.items())),
        "attachments": attachments or 0,
    }
