"""Write a second read: a draft that belongs to the reader who claimed the item.

Only what is given changes, so that a page may save one field at a time. Saving extends the lease. A key image must be
an image of this very study.
"""

from collections.abc import Mapping, Sequence
from secrets import token_hex
from typing import Literal, TypedDict, get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.clock import Clock
from config.errors import Malformed
from config.settings import Worklist
from worklist.items import extend_lease, held_item
from worklist.models import PublishedInstance, Read, WorklistItem
from worklist.principal import Principal

Agreement = Literal["agree", "minor", "major"]
Radpeer = Literal["1", "2a", "2b", "3a", "3b"]

LONGEST_TEXT = 50_000
MOST_KEY_IMAGES = 200


class KeyImageChoice(TypedDict):
    """An image, and the frame of it (counted from 1), that shows what the read says."""

    sop_instance_uid: str
    frame: int


class DraftChanges(TypedDict, total=False):
    """What a save changes; a key that is absent leaves its field as it is."""

    findings: str
    impression: str
    recommendation: str
    agreement: Agreement | None
    radpeer: Radpeer | None
    diagnosis_changed: bool | None
    treatment_changed: bool | None
    key_images: list[KeyImageChoice]


ALLOWED: Mapping[str, frozenset[str | None]] = {
    "agreement": frozenset({None, *get_args(Agreement)}),
    "radpeer": frozenset({None, *get_args(Radpeer)}),
}


def save_draft(
    session: Session, clock: Clock, principal: Principal, item_id: str, *, changes: DraftChanges, rules: Worklist
) -> Read:
    """Create or update the reader's draft of a claimed item and extend the lease.

    Raises:
        NotFound: no such item.
        Conflict: the reader has not claimed it, the lease ran out, or the read is signed.
        Malformed: a value that its field cannot have, or a key image that the study does not hold.
    """
    item = held_item(session, clock, principal, item_id)
    _check(session, item.study_uid, changes)
    now = clock()
    draft = draft_of(session, item, principal.as_reader)
    if draft is None:
        draft = Read(
            id=token_hex(16),
            item_id=item.id,
            study_uid=item.study_uid,
            reader_id=principal.as_reader,
            state="draft",
            findings="",
            impression="",
            recommendation="",
            key_images=[],
            created_at=now,
        )
        session.add(draft)
    for name, value in changes.items():
        setattr(draft, name, value)
    draft.updated_at = now
    extend_lease(item, now, rules)
    session.flush()
    return draft


def draft_of(session: Session, item: WorklistItem, reader_id: int) -> Read | None:
    """Return a reader's draft of an item, or None."""
    query = select(Read).where(Read.item_id == item.id, Read.reader_id == reader_id, Read.state == "draft")
    return session.scalar(query)


def _check(session: Session, study_uid: str, changes: DraftChanges) -> None:
    values: Mapping[str, object] = dict(changes)
    if unknown := values.keys() - DraftChanges.__annotations__.keys():
        raise Malformed(f"{len(unknown)} fields that a read does not have")
    for name, allowed in ALLOWED.items():
        if values.get(name) not in allowed:
            raise Malformed(f"{name} is one of {', '.join(sorted(filter(None, allowed)))}")
    for name in ("findings", "impression", "recommendation"):
        if len(str(values.get(name, ""))) > LONGEST_TEXT:
            raise Malformed(f"{name} has at most {LONGEST_TEXT} characters")
    _check_key_images(session, study_uid, changes.get("key_images", []))


def _check_key_images(session: Session, study_uid: str, choices: Sequence[KeyImageChoice]) -> None:
    if len(choices) > MOST_KEY_IMAGES:
        raise Malformed(f"a read has at most {MOST_KEY_IMAGES} key images")
    uids = {choice["sop_instance_uid"] for choice in choices}
    query = select(PublishedInstance.sop_instance_uid, PublishedInstance.frames)
    rows = session.execute(
        query.where(PublishedInstance.study_uid == study_uid, PublishedInstance.sop_instance_uid.in_(uids))
    )
    frames = {row.sop_instance_uid: row.frames for row in rows}
    for number, choice in enumerate(choices, start=1):
        if not 1 <= choice["frame"] <= frames.get(choice["sop_instance_uid"], 0):
            raise Malformed(f"key image {number} is not an image and frame of this study")
