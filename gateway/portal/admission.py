"""Who is let onto the upload page: by a signed link, or by a case number and the patient's birth date.

Either gives a session of a few hours, a cookie that only the server can read and that is sent to `/upload` alone. It
bears the right to upload to one case and to see what came by the same way, and nothing else. A wrong number, a wrong
date, a closed case and a case without a birth date get the same answer.
"""

import hmac
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fastapi import Request
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from config.errors import Forbidden, NotFound, Unauthenticated
from gateway import audit
from gateway.http.tus import Sender
from gateway.models import Case
from gateway.node import Node
from gateway.portal.links import find_link, use_link
from gateway.portal.throttle import clear_attempts, count_attempt
from gateway.upload_models import ResumableUpload, UploadLink, UploadSession
from worklist.access.secret import draw_secret, hash_secret

COOKIE = "overread_upload"
CSRF_HEADER = "X-CSRF-Token"
HOURS = 12
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_NO_DATE = "00000000"


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that was just opened; the cookie can be seen only now."""

    cookie: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Uploader:
    """Somebody with an upload session."""

    site: str
    case_number: str
    case_open: bool
    link_id: str | None
    csrf_token: str = field(repr=False)

    @property
    def owner(self) -> str:
        """Return what the uploads of this way in belong to: the link, or the case number."""
        return f"link {self.link_id}" if self.link_id else f"case {self.case_number}"

    @property
    def actor(self) -> str:
        """Return who this is in the audit trail."""
        return "upload link" if self.link_id else "upload page"


def admit_by_link(node: Node, token: str) -> Opened:
    """Open a session by a signed link.

    Raises:
        NotFound: the link is not valid.
    """
    with node.identity.write() as session:
        link, case = find_link(session, node, token)
        return _open(session, node, case, link)


def admit_by_number(node: Node, *, number: str, birth_date: str, client: str) -> Opened:
    """Open a session by a case number and a birth date, written YYYY-MM-DD or YYYYMMDD.

    Raises:
        Unauthenticated: they do not fit together; the answer does not say why.
        Throttled: too many attempts.
    """
    digits, day = re.sub(r"[\s-]", "", number), birth_date.strip().replace("-", "")
    with node.identity.write() as session:
        count_attempt(session, node.clock, client=client, number=digits)
    with node.identity.write() as session:
        case = session.scalar(select(Case).where(Case.case_number == digits))
        known = case.birth_date if case is not None and case.state == "open" else ""
        fits = hmac.compare_digest((known or _NO_DATE).encode(), day.encode()) and bool(known)
        if case is not None and fits:
            clear_attempts(session, number=digits)
            return _open(session, node, case, None)
        audit.note(session, node.clock, actor="nobody", action="upload-session-refused", subject="case unknown")
    raise Unauthenticated("the case number and the birth date do not fit together")


def find_uploader(session: Session, now: datetime, cookie: str) -> Uploader | None:
    """Return whom a cookie stands for, or None when it is unknown or expired."""
    found = session.execute(
        select(UploadSession, Case)
        .join(Case, Case.id == UploadSession.case_id)
        .where(UploadSession.cookie_hash == hash_secret(cookie), UploadSession.expires_at > now)
    ).one_or_none()
    if found is None:
        return None
    row, case = found
    return Uploader(case.site, case.case_number, case.state == "open", row.link_id, row.csrf_token)


def end_session(node: Node, cookie: str) -> None:
    """End a session; an unknown cookie changes nothing."""
    with node.identity.write() as session:
        session.execute(delete(UploadSession).where(UploadSession.cookie_hash == hash_secret(cookie)))


class Admission:
    """Turns requests into uploaders; its methods are FastAPI dependencies."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def visitor(self, request: Request) -> Uploader | None:
        """Return who asks, or None; for pages that send strangers to the start."""
        cookie = request.cookies.get(COOKIE)
        if not cookie:
            return None
        with self._node.identity.read() as session:
            return find_uploader(session, self._node.clock(), cookie)

    def uploader(self, request: Request) -> Uploader:
        """Return who asks.

        Raises:
            Unauthenticated: no session, or one that ended.
            Forbidden: an unsafe request without the session's token.
        """
        found = self.visitor(request)
        if found is None:
            raise Unauthenticated("this needs an upload session: open the link again, or type the case number")
        given = request.headers.get(CSRF_HEADER, "")
        if request.method not in _SAFE and not hmac.compare_digest(given.encode(), found.csrf_token.encode()):
            raise Forbidden(f"this request needs the session's token in the header {CSRF_HEADER}; load the page again")
        return found

    def sender(self, request: Request) -> Sender:
        """Return who asks as the tus routes want it; a closed case or a used link takes nothing new."""
        uploader, node = self.uploader(request), self._node
        link_id = uploader.link_id

        def before_begin() -> None:
            if not uploader.case_open:
                raise Forbidden("this case is closed: it takes no more uploads")
            if link_id:
                _require_unused(node, link_id)

        def before_whole(upload_id: str) -> None:
            if link_id:
                use_link(node, link_id, upload_id)

        return Sender(
            owner=uploader.owner,
            actor=uploader.actor,
            site=uploader.site,
            case_number=uploader.case_number,
            before_begin=before_begin,
            before_whole=before_whole,
        )


def require_own(session: Session, uploader: Uploader, delivery_id: str) -> None:
    """Make sure that a delivery came by the same way as who asks.

    Raises:
        NotFound: it did not, or there is none.
    """
    row = session.get(ResumableUpload, delivery_id)
    if row is None or row.owner != uploader.owner:
        raise NotFound("there is no such delivery")


def _require_unused(node: Node, link_id: str) -> None:
    with node.identity.read() as session:
        link = session.get_one(UploadLink, link_id)
        if link.expires_at <= node.clock() or (link.single_use and link.used_by):
            raise Forbidden("this link was used or has expired: ask the hospital for a new one")


def _open(session: Session, node: Node, case: Case, link: UploadLink | None) -> Opened:
    now = node.clock()
    session.execute(delete(UploadSession).where(UploadSession.expires_at <= now))
    opened = Opened(draw_secret(), now + timedelta(hours=HOURS))
    session.add(
        UploadSession(
            cookie_hash=hash_secret(opened.cookie),
            case_id=case.id,
            link_id=link.id if link else None,
            csrf_token=draw_secret(),
            created_at=now,
            expires_at=opened.expires_at,
        )
    )
    way = "link" if link else "number"
    audit.note(
        session, node.clock, actor="upload page", action="upload-session", subject=case.case_number, detail={"by": way}
    )
    session.flush()
    return opened
