"""The outbox: what the gateway must act on, written in the transaction that caused it.

The gateway takes entries oldest first, starts its own durable work, and then marks them; between the two it may crash,
so acting on an entry twice must be harmless there.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from worklist.models import Charge, OutboxEntry, Read


@dataclass(frozen=True, slots=True)
class OutboxRecord:
    """A signed read or addendum that the gateway has not taken yet; `kind` is read-signed or addendum-signed.

    `case_number` is that of the case whose words the reader had, as the charge keeps it; None where there was none.
    """

    id: int
    kind: str
    read_id: str
    addendum_id: str | None
    study_uid: str
    case_number: str | None
    read_signed_at: datetime
    created_at: datetime


def take_outbox(session: Session, limit: int = 100) -> list[OutboxRecord]:
    """Return the oldest entries that were not marked as taken."""
    rows = session.execute(
        select(OutboxEntry, Read, Charge.case_number)
        .join(Read, Read.id == OutboxEntry.read_id)
        .outerjoin(Charge, Charge.read_id == Read.id)
        .where(OutboxEntry.taken_at.is_(None))
        .order_by(OutboxEntry.id)
        .limit(limit)
    )
    return [
        OutboxRecord(
            id=entry.id,
            kind=entry.kind,
            read_id=entry.read_id,
            addendum_id=entry.addendum_id,
            study_uid=read.study_uid,
            case_number=number,
            read_signed_at=read.signed_at or entry.created_at,
            created_at=entry.created_at,
        )
        for entry, read, number in rows
    ]


def mark_taken(session: Session, entry_id: int, now: datetime) -> None:
    """Mark an entry as taken; the first time counts."""
    session.execute(
        update(OutboxEntry).where(OutboxEntry.id == entry_id, OutboxEntry.taken_at.is_(None)).values(taken_at=now)
    )
