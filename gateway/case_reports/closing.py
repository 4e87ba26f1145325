"""Who closed a case: the sender, by cancelling its orders, or a person. The audit trail tells which came last."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.models import Case, IdentityAudit

CANCELLED, CLOSED = "case-cancelled", "case-closed"


def closed_by_sender(session: Session, case: Case) -> bool:
    """Say whether a case is closed and it was its sender who closed it, so that an order given anew opens it again."""
    if case.state != "closed":
        return False
    query = select(IdentityAudit.action).where(
        IdentityAudit.subject == case.case_number, IdentityAudit.action.in_((CANCELLED, CLOSED))
    )
    return session.scalar(query.order_by(IdentityAudit.seq.desc()).limit(1)) == CANCELLED
