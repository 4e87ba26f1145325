"""Hand out worklist items: claim under a lease, release, and whose an item is.

Every move locks the item's row first and then asks the table in `states.py`, so that of two readers who claim at once
exactly one gets the item and the other a Conflict. A lease that ran out makes the item open again for everybody; the
reader who had it keeps the draft and may claim again. A study that became a prior while somebody had it is theirs to
finish; given back or lapsed it is off the worklist, so that nobody reads it and nobody pays for it.
"""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.clock import Clock
from config.errors import Conflict, Forbidden, NotFound
from config.settings import Worklist
from worklist.access.readers import has_licence
from worklist.audit import record
from worklist.models import PublishedStudy, Role, WorklistItem
from worklist.principal import Principal
from worklist.states import has_lapsed, move, state_now

OVERSEERS: frozenset[Role] = frozenset({"coordinator", "admin"})

_NOWHERE = "ZZ"  # a code of no country: where the patient lives could not be told (ISO 3166-1, user-assigned)


def claim(session: Session, clock: Clock, principal: Principal, item_id: str, *, rules: Worklist) -> None:
    """Claim an item for a reader; claiming one's own item again renews the lease.

    Raises:
        NotFound: no such item.
        Conflict: somebody else has it, it is signed or cancelled, or its study is a prior by now.
        Forbidden: the reader has no licence where the case needs one.
    """
    reader_id, now = principal.as_reader, clock()
    item = locked_item(session, item_id)
    lapsed = has_lapsed(item, now)
    if lapsed:
        move(item, "lapse")
    if not _is_held(item, reader_id):
        if _is_prior(session, item):
            raise Conflict("the study is a prior by now: it is shown beside the study in question and read by nobody")
        move(item, "claim", reader_id)
        require_licence(session, reader_id, item, now, rules)
        detail = {"item": item_id, "after_lapse": lapsed}
        record(session, clock, actor=principal.name, action="claimed", subject=item.study_uid, detail=detail)
    extend_lease(item, now, rules)
    session.flush()


def release(session: Session, clock: Clock, principal: Principal, item_id: str) -> None:
    """Give an item back; a reader gives back their own, a coordinator or admin anybody's. The draft is kept.

    Raises:
        NotFound: no such item.
        Conflict: nobody has it, or somebody else.
    """
    item = locked_item(session, item_id)
    if principal.role not in OVERSEERS and item.state == "claimed" and not _is_held(item, principal.as_reader):
        raise Conflict("another reader has this item")
    move(item, "release")
    if _is_prior(session, item):
        move(item, "cancel")
    record(session, clock, actor=principal.name, action="released", subject=item.study_uid, detail={"item": item_id})
    session.flush()


def held_item(session: Session, clock: Clock, principal: Principal, item_id: str) -> WorklistItem:
    """Return the locked item that a reader has claimed.

    Raises:
        NotFound: no such item.
        Conflict: the reader has not claimed it, or the lease ran out.
    """
    item = locked_item(session, item_id)
    if has_lapsed(item, clock()) and _is_held(item, principal.as_reader):
        raise Conflict("the claim has lapsed: claim the item again; the draft is kept")
    if not _is_held(item, principal.as_reader):
        raise Conflict("the read is signed" if item.state == "signed" else "claim the item first")
    return item


def visible_item(session: Session, principal: Principal, item_id: str, now: datetime) -> WorklistItem:
    """Return an item that somebody may look at: readers see open, signed and their own items, others all.

    By its id a reader sees a prior that is off the worklist too: it is shown beside the study in question anyway.

    Raises:
        NotFound: no such item, or none that this reader may see.
    """
    item = session.get(WorklistItem, item_id)
    if item is None or not (principal.role != "reader" or _is_seen(session, item, principal.as_reader, now)):
        raise NotFound("there is no such item on your worklist")
    return item


def locked_item(session: Session, item_id: str) -> WorklistItem:
    """Return an item, its row locked until the transaction ends.

    Raises:
        NotFound: no such item.
    """
    item = session.scalar(select(WorklistItem).where(WorklistItem.id == item_id).with_for_update())
    if item is None:
        raise NotFound("there is no such item on the worklist")
    return item


def extend_lease(item: WorklistItem, now: datetime, rules: Worklist) -> None:
    """Let the lease of a claimed item begin anew."""
    item.lease_until = now + timedelta(minutes=rules.lease_minutes)


def require_licence(session: Session, reader_id: int, item: WorklistItem, now: datetime, rules: Worklist) -> None:
    """Refuse a reader who has no valid licence for the case's jurisdiction, where the node asks for one.

    Raises:
        Forbidden: no licence, or it has expired.
    """
    if not rules.require_licence:
        return
    jurisdiction = session.get_one(PublishedStudy, item.study_uid).jurisdiction
    if jurisdiction is None or jurisdiction == _NOWHERE:
        raise Forbidden("it cannot be told where the patient of this study lives: a coordinator enters it first")
    if not has_licence(session, reader_id, jurisdiction, now.date()):
        raise Forbidden(f"reading this study needs a licence that is valid in {jurisdiction}")


def _is_seen(session: Session, item: WorklistItem, reader_id: int, now: datetime) -> bool:
    prior = _is_prior(session, item)
    seen = {"open", "signed", "cancelled"} if prior else {"open", "signed"}
    return _is_held(item, reader_id) or state_now(item, now, prior=prior) in seen


def _is_prior(session: Session, item: WorklistItem) -> bool:
    return session.get_one(PublishedStudy, item.study_uid).prior


def _is_held(item: WorklistItem, reader_id: int) -> bool:
    return item.state == "claimed" and item.reader_id == reader_id
