"""Cancellations that come before their order: kept for a while, so that the order opens no case when it comes.

A queue may bring them in that order, and the sender holds the order for cancelled. What comes of it is what had come of
it in time: the order makes a case, which is closed. One that was made after its cancellation is given anew, and opens a
case; where it cannot be told which was made before, the order is the one that was cancelled. The patient has to agree,
as for every number of an order.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gateway.case_models import EarlyCancellation
from gateway.case_reports.cancelling import cancel_orders
from gateway.case_reports.case_keys import keys_by_strength, keys_to_keep
from gateway.case_reports.document import CaseDocument
from gateway.case_reports.filing import Source
from gateway.case_reports.identities import same_patient
from gateway.case_reports.made_at import made_before
from gateway.case_reports.order_numbers import as_known, is_one_of, live_orders, role_of
from gateway.case_reports.told_at import is_cancelled_since
from gateway.models import Case, DiscardedOriginal
from gateway.node import Node

KEPT_FOR = timedelta(days=30)
KEPT = (
    "no case bears the order that is cancelled: should it come, made before this, within "
    f"{KEPT_FOR.days} days, it opens no case; should it come later than that, cancel it again"
)
_ANEW = "where it is asked for after all, give it anew by a message made later"
_CANCELLED_BEFORE = f"the order was cancelled by a message that came before it, so that no case is open: {_ANEW}"
_CANCELLED_AMONG = (
    f"an order was cancelled by a message that came before it, and the case goes on with its other orders: {_ANEW}"
)
_AT_ONCE = 500


def keep_cancellation(session: Session, node: Node, site: str, document: CaseDocument, source: Source) -> None:
    """Keep a cancellation of orders that no case bears, under each number by which their case may be found."""
    told = document.model_dump(mode="json", include={"orders", "requested_studies"}, exclude_defaults=True)
    told["patient"] = document.patient.model_dump(
        mode="json", include={"name", "birth_date", "ids"}, exclude_defaults=True
    )
    for key in keys_to_keep(document.orders, document.study_uids, document.accession_numbers):
        of_key = select(EarlyCancellation.id).where(
            EarlyCancellation.site == site, EarlyCancellation.key == key, EarlyCancellation.digest == source.digest
        )
        if session.scalar(of_key) is None:
            session.add(
                EarlyCancellation(
                    site=site,
                    key=key,
                    digest=source.digest,
                    kind=source.kind,
                    blob=source.blob,
                    bytes=source.size,
                    actor=source.actor,
                    made_at=source.made_at,
                    document=told,
                    received_at=node.clock(),
                )
            )
    session.flush()


def cancel_early(session: Session, node: Node, case: Case, document: CaseDocument, source: Source) -> bool:
    """Take the orders from a case that a document tells and that were cancelled before it came; say whether any were.

    What is over by that, or by an order that is given anew, is forgotten.
    """
    tiers = keys_by_strength(document.orders, document.study_uids, document.accession_numbers)
    keys = [key for some in tiers for key in some]
    rows = session.scalars(
        select(EarlyCancellation)
        .where(EarlyCancellation.site == case.site, EarlyCancellation.key.in_(keys))
        .order_by(EarlyCancellation.id)
    )
    kept = {row.digest: row for row in rows}
    cancelled = False
    for digest, row in kept.items():
        told = CaseDocument.model_validate(row.document)
        if not (same_patient(case, told.patient) and _is_of(case, told)):
            continue
        if not made_before(row.made_at, source.made_at):
            kept_as = Source(digest, row.kind, row.blob, row.bytes, row.actor, row.made_at)
            cancelled |= cancel_orders(session, node, case, told, kept_as)
        gone = (EarlyCancellation.site == case.site, EarlyCancellation.digest == digest)
        session.execute(delete(EarlyCancellation).where(*gone))
    return cancelled


def is_over(case: Case, document: CaseDocument, made_at: str) -> bool:
    """Say whether an order that a document gives was cancelled by a message made later, and not given anew since."""
    live = live_orders(case.orders)
    told = as_known(case.orders, document.orders)
    gone = (each for each in told if not any(is_one_of(one, [each]) for one in live))
    return any(is_cancelled_since(case, each, made_at) for each in gone)


def note_on_cancelled(case: Case) -> str:
    """Return what the sender of an order should know that a message which came before it cancelled."""
    return _CANCELLED_AMONG if case.state == "open" else _CANCELLED_BEFORE


def forget_cancellations(session: Session, before: datetime) -> int:
    """Forget cancellations that came before some time; return how many numbers they were of.

    What they were written in is noted to go where nothing else needs it.
    """
    over = session.execute(
        select(EarlyCancellation.id, EarlyCancellation.blob)
        .where(EarlyCancellation.received_at < before)
        .limit(_AT_ONCE)
    ).all()
    blobs = {blob for _, blob in over}
    noted = set(session.scalars(select(DiscardedOriginal.blob).where(DiscardedOriginal.blob.in_(blobs))))
    session.execute(delete(EarlyCancellation).where(EarlyCancellation.id.in_([number for number, _ in over])))
    session.add_all(DiscardedOriginal(blob=blob) for blob in sorted(blobs - noted))
    return len(over)


def _is_of(case: Case, told: CaseDocument) -> bool:
    """Say whether a cancellation is of a case's orders: by a number, or by none that both tell."""
    live, gone = live_orders(case.orders), as_known(case.orders, told.orders)
    if any(is_one_of(each, gone) for each in live):
        return True
    return not {role_of(each["issuer"]) for each in live} & {role_of(each.issuer) for each in gone}
