"""The deliveries, newest first, a page at a time."""

from collections import Counter
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from config.errors import Malformed
from gateway.models import Attachment, Delivery, ReceivedObject
from gateway.node import Node
from gateway.receipts.statement import delivery_state


def list_deliveries(
    node: Node, session: Session, *, site: str | None = None, limit: int = 50, cursor: str | None = None
) -> dict[str, Any]:
    """Return deliveries with their state and counts; `next` is the cursor of what follows, None at the end.

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
    found = list(session.scalars(query))
    shown = found[:limit]
    return {
        "deliveries": [_row(node, session, delivery) for delivery in shown],
        "next": shown[-1].id if len(found) > limit else None,
    }


def _row(node: Node, session: Session, delivery: Delivery) -> dict[str, Any]:
    dispositions = session.execute(
        select(ReceivedObject.disposition, func.count())
        .where(ReceivedObject.delivery_id == delivery.id)
        .group_by(ReceivedObject.disposition)
    )
    counts = Counter({disposition or "pending": count for disposition, count in dispositions})
    if awaited := max((delivery.expected or 0) - counts.total(), 0):
        counts["pending"] += awaited
    attachments = session.scalar(select(func.count()).where(Attachment.delivery_id == delivery.id))
    return {
        "delivery": delivery.id,
        "site": delivery.site,
        "door": delivery.door,
        "calling_ae": delivery.calling_ae,
        "case_number": delivery.case_number,
        "opened_at": delivery.opened_at.isoformat(),
        "state": delivery_state(node, session, delivery),
        "failure": delivery.failure,
        "counts": dict(sorted(counts.items())),
        "attachments": attachments or 0,
    }
