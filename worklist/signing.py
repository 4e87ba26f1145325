"""Sign a read: its state, its charge, its outbox row and its audit entry, all in the caller's one transaction.

A signed read never changes; what comes later is an addendum. The schema allows one signed read an item and one charge a
read, so that nothing is billed twice whatever happens here.
"""

from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex

from sqlalchemy.orm import Session

from config.clock import Clock
from config.errors import Conflict, Forbidden, Malformed, NotFound
from config.money import Money
from config.settings import Billing, Worklist
from worklist.audit import record
from worklist.drafts import LONGEST_TEXT, draft_of
from worklist.items import held_item, require_licence
from worklist.models import Addendum, Charge, OutboxEntry, PublishedStudy, Read, SiteTerms
from worklist.principal import Principal
from worklist.states import move


@dataclass(frozen=True, slots=True)
class SignedRead:
    """A read that was just signed, and what it costs."""

    read_id: str
    study_uid: str
    signed_at: datetime
    charge: Money


def sign(
    session: Session, clock: Clock, principal: Principal, item_id: str, *, rules: Worklist, billing: Billing
) -> SignedRead:
    """Sign the reader's draft of a claimed item.

    Raises:
        NotFound: no such item.
        Conflict: not claimed by this reader, the lease ran out, already signed, or findings or impression are missing.
        Forbidden: the reader has no licence where the case needs one.
    """
    item = held_item(session, clock, principal, item_id)
    now = clock()
    require_licence(session, principal.as_reader, item, now, rules)
    draft = draft_of(session, item, principal.as_reader)
    if draft is None or not draft.findings.strip() or not draft.impression.strip():
        raise Conflict("a read needs findings and an impression before it can be signed")
    move(item, "sign")
    draft.state, draft.signed_at, draft.updated_at = "signed", now, now
    charge = _charge(session, draft, now, billing)
    session.add(OutboxEntry(kind="read-signed", read_id=draft.id, created_at=now))
    detail = {"read": draft.id, "item": item_id}
    record(session, clock, actor=principal.name, action="signed", subject=item.study_uid, detail=detail)
    session.flush()
    return SignedRead(draft.id, draft.study_uid, now, charge)


def add_addendum(session: Session, clock: Clock, principal: Principal, read_id: str, text: str) -> str:
    """Add to a signed read, by the reader who signed it, and return the addendum's id.

    Raises:
        NotFound: no signed read of that id.
        Forbidden: another reader signed it.
        Malformed: an empty or overlong text.
    """
    read = session.get(Read, read_id, with_for_update=True)
    if read is None or read.state != "signed":
        raise NotFound("there is no signed read of that id")
    if read.reader_id != principal.as_reader:
        raise Forbidden("only the reader who signed a read adds to it")
    if not text.strip() or len(text) > LONGEST_TEXT:
        raise Malformed(f"an addendum has 1 to {LONGEST_TEXT} characters")
    now = clock()
    addendum = Addendum(id=token_hex(16), read_id=read_id, reader_id=read.reader_id, text=text, signed_at=now)
    session.add(addendum)
    session.flush()
    session.add(OutboxEntry(kind="addendum-signed", read_id=read_id, addendum_id=addendum.id, created_at=now))
    detail = {"read": read_id, "addendum": addendum.id}
    record(session, clock, actor=principal.name, action="addendum-signed", subject=read.study_uid, detail=detail)
    session.flush()
    return addendum.id


def _charge(session: Session, read: Read, now: datetime, billing: Billing) -> Money:
    """Charge the site's flat rate, or the node's where the site has none."""
    study = session.get_one(PublishedStudy, read.study_uid)
    terms = session.get(SiteTerms, study.site)
    rate = Money(terms.rate_minor, terms.currency) if terms else Money.parse(billing.rate, billing.currency)
    markup = terms.markup_percent if terms else 0
    session.add(
        Charge(
            read_id=read.id,
            study_uid=study.study_uid,
            site=study.site,
            case_number=study.case_number,
            description=" ".join(filter(None, ("Second read", study.modality, study.body_part))),
            payer=study.payer,
            amount_minor=rate.amount_minor,
            markup_minor=rate.plus_percent(markup).amount_minor - rate.amount_minor,
            currency=rate.currency,
            created_at=now,
        )
    )
    return rate
