"""What an admin sees of storage commitments: no original UID but the Transaction UID, which names no patient."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.errors import Conflict, NotFound
from gateway import audit
from gateway.commitment.judging import FAILURE_WORDS
from gateway.commitment_models import Commitment
from gateway.node import Node


def list_commitments(session: Session, *, limit: int = 100) -> list[dict[str, Any]]:
    """Return the latest requests, newest first."""
    rows = session.scalars(select(Commitment).order_by(Commitment.id.desc()).limit(limit))
    return [_row(row) for row in rows]


def commitment_view(session: Session, commitment_id: int) -> dict[str, Any]:
    """Return one request with the reason of each instance that was not committed.

    Raises:
        NotFound: no such request.
    """
    row = _get(session, commitment_id)
    failures = [
        {"sop_class_uid": of, "sop_instance_uid": uid, "failure_reason": f"{why:04X}H", "words": FAILURE_WORDS[why]}
        for of, uid, why in row.failed
    ]
    return _row(row) | {"failures": failures}


def retry_commitment(node: Node, commitment_id: int, *, actor: str) -> None:
    """Judge a request anew and answer it at once.

    Raises:
        NotFound: no such request.
        Conflict: it is being judged already.
    """
    with node.identity.write() as session:
        row = _get(session, commitment_id)
        if row.state == "asked":
            raise Conflict("the request has not been judged yet")
        row.state, row.attempts, row.next_at, row.reason = "asked", 0, node.clock(), None
        audit.note(session, node.clock, actor=actor, action="commitment-retried", subject=row.site)


def _get(session: Session, commitment_id: int) -> Commitment:
    row = session.get(Commitment, commitment_id)
    if row is None:
        raise NotFound("there is no such request; `overread commitment list` shows them")
    return row


def _row(row: Commitment) -> dict[str, Any]:
    return {
        "id": row.id,
        "site": row.site,
        "calling_ae": row.calling_ae,
        "transaction_uid": row.transaction_uid,
        "state": row.state,
        "instances": len(row.instances),
        "failed": len(row.failed),
        "attempts": row.attempts,
        "reason": row.reason,
        "received_at": row.received_at,
        "sent_at": row.sent_at,
    }
