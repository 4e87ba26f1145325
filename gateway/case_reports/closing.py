"""Who closed a case: the sender, by cancelling its orders, or a person. The audit trail tells which came last."""

import json
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.case_reports.document import Identifier
from gateway.case_reports.made_at import made_before
from gateway.case_reports.told_at import is_cancelled_since
from gateway.models import Case, IdentityAudit

CANCELLED, CLOSED = "case-cancelled", "case-closed"


def may_be_opened(session: Session, case: Case, orders: Iterable[Identifier], made_at: str) -> bool:
    """Say whether orders given anew by a message made then open a case: its sender closed it, and not after that."""
    if case.state != "closed" or any(is_cancelled_since(case, each, made_at) for each in orders):
        return False
    query = select(IdentityAudit).where(
        IdentityAudit.subject == case.case_number, IdentityAudit.action.in_((CANCELLED, CLOSED))
    )
    last = session.scalar(query.order_by(IdentityAudit.seq.desc()).limit(1))
    if last is None or last.action != CANCELLED:
        return False
    return not made_before(made_at, json.loads(last.detail).get("made_at", ""))
