"""Signed links to the previews of one study, for somebody without an account.

A link bears a random identifier, its expiry and an HMAC-SHA-256 over both under a key of its own: it cannot be made or
lengthened without that key, nor from a copy of the database alone. It names neither study nor patient. It ends when it
expires, when it is taken back, or when its study is withdrawn.
"""

import base64
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from config.clock import Clock
from config.errors import NotFound
from config.keys import read_preview_key
from worklist.audit import record
from worklist.models import PreviewLink, PublishedInstance
from worklist.room import ReadingRoom

_TOKEN = re.compile(r"([0-9a-f]{16})-([0-9a-f]{8,9})-([A-Za-z0-9_-]{24})")
_SIGNATURE_BYTES = 18
_GONE = "this link is not valid: ask for a new one"


@dataclass(frozen=True, slots=True)
class LinkRecord:
    """A link without its signature."""

    id: str
    study_uid: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


def make_link(session: Session, room: ReadingRoom, study_uid: str, *, hours: int, actor: str) -> tuple[LinkRecord, str]:
    """Make a link to the previews of a study and return it with its token; only now can the token be seen.

    Raises:
        NotFound: no such study is published.
        Misconfigured: the key is absent or damaged.
    """
    if not session.scalar(select(exists().where(PublishedInstance.study_uid == study_uid))):
        raise NotFound("no study of that UID is published; `overread study list` shows them")
    now = room.clock().replace(microsecond=0)
    link = PreviewLink(
        id=secrets.token_hex(8), study_uid=study_uid, created_at=now, expires_at=now + timedelta(hours=hours)
    )
    session.add(link)
    session.flush()
    detail = {"link": link.id, "hours": hours}
    record(session, room.clock, actor=actor, action="preview-link-made", subject=study_uid, detail=detail)
    return _record(link), sign_link(read_preview_key(room.settings.home), link.id, link.expires_at)


def sign_link(key: bytes, link_id: str, expires_at: datetime) -> str:
    """Return the token of a link."""
    expiry = format(int(expires_at.timestamp()), "x")
    return f"{link_id}-{expiry}-{_signature(key, link_id, expiry)}"


def find_link(room: ReadingRoom, token: str) -> LinkRecord:
    """Return the link that a token stands for.

    Raises:
        NotFound: forged, expired or taken back; the answer does not say which.
        Misconfigured: the key is absent or damaged.
    """
    match = _TOKEN.fullmatch(token)
    if match is None:
        raise NotFound(_GONE)
    link_id, expiry, signature = match.groups()
    expected = _signature(read_preview_key(room.settings.home), link_id, expiry)
    if not hmac.compare_digest(signature.encode(), expected.encode()):
        raise NotFound(_GONE)
    with room.database.read() as session:
        link = session.get(PreviewLink, link_id)
        if link is None or link.revoked_at is not None or link.expires_at <= room.clock():
            raise NotFound(_GONE)
        if datetime.fromtimestamp(int(expiry, 16), UTC) != link.expires_at:
            raise NotFound(_GONE)
        return _record(link)


def list_links(session: Session) -> list[LinkRecord]:
    """Return every link, the newest first."""
    return [_record(link) for link in session.scalars(select(PreviewLink).order_by(PreviewLink.created_at.desc()))]


def revoke_link(session: Session, clock: Clock, link_id: str, *, actor: str) -> None:
    """Take a link back from the next request on; again changes nothing.

    Raises:
        NotFound: no such link.
    """
    link = session.get(PreviewLink, link_id)
    if link is None:
        raise NotFound("there is no link of that id")
    if link.revoked_at is None:
        link.revoked_at = clock()
        detail = {"link": link.id}
        record(session, clock, actor=actor, action="preview-link-revoked", subject=link.study_uid, detail=detail)


def _signature(key: bytes, link_id: str, expiry: str) -> str:
    digest = hmac.digest(key, f"{link_id}-{expiry}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest[:_SIGNATURE_BYTES]).decode()


def _record(link: PreviewLink) -> LinkRecord:
    return LinkRecord(link.id, link.study_uid, link.created_at, link.expires_at, link.revoked_at)
