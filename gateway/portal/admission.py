"""Who is let onto the upload page: by a signed link, or by a case number and the patient's birth date.

Either opens an upload session, which is all that any other route here asks for. A wrong number, a wrong date, a closed
case and a case without a birth date get the same answer. The number of a case that was merged stands for the case that
stayed, beside the birth date of either, since patients hold letters with it.
"""

import hmac
import re

from fastapi import Request
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.errors import Forbidden, NotFound, Unauthenticated
from gateway import audit
from gateway.http.tus import Sender
from gateway.kept_case import kept_case
from gateway.models import Case
from gateway.node import Node
from gateway.portal.links import find_link
from gateway.portal.throttle import count_attempt, take_back_attempt
from gateway.portal.upload_sessions import Opened, Uploader, find_uploader, open_upload_session
from gateway.upload_models import ResumableUpload, UploadLink
from gateway.uploads.owners import use_link

COOKIE = "overread_upload"
CSRF_HEADER = "X-CSRF-Token"
_BEARER = "bearer "
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_NO_DATE = "00000000"


def admit_by_link(node: Node, token: str, *, framed: bool = False) -> Opened:
    """Open a session by a signed link.

    Raises:
        NotFound: the link is not valid.
    """
    with node.identity.write() as session:
        link, case = find_link(session, node, token)
        return open_upload_session(session, node, case, link, framed=framed)


def admit_by_number(
    node: Node, *, number: str, birth_date: str, client: str, site: str | None = None, framed: bool = False
) -> Opened:
    """Open a session by a case number and a birth date, written YYYY-MM-DD or YYYYMMDD; only those of `site` if given.

    Raises:
        Unauthenticated: they do not fit together; the answer does not say why.
        Throttled: too many attempts.
    """
    digits, day = re.sub(r"[\s-]", "", number), birth_date.strip().replace("-", "")
    with node.identity.write() as session:
        attempt = count_attempt(session, node.clock, client=client, number=digits)
    with node.identity.write() as session:
        case = session.scalar(select(Case).where(Case.case_number == digits))
        if case is not None and _fits(session, case, day) and site in {None, case.site}:
            take_back_attempt(session, attempt)
            return open_upload_session(session, node, case, None, framed=framed)
        audit.note(session, node.clock, actor="nobody", action="upload-session-refused", subject="case unknown")
    raise Unauthenticated("the case number and the birth date do not fit together")


def _fits(session: Session, case: Case, day: str) -> bool:
    """Say whether a birth date is that of a case, or of the open case that it was merged into."""
    kept = kept_case(session, case)
    known = (kept.birth_date, case.birth_date) if kept.state == "open" else ("", "")
    fits = [hmac.compare_digest((date or _NO_DATE).encode(), day.encode()) and date != "" for date in known]
    return any(fits)


class Admission:
    """Turns requests into uploaders; its methods are FastAPI dependencies."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def visitor(self, request: Request) -> Uploader | None:
        """Return who asks by a cookie, or None; for pages that send strangers to the start."""
        cookie = request.cookies.get(COOKIE)
        return find_uploader(self._node, cookie, framed=False) if cookie else None

    def uploader(self, request: Request) -> Uploader:
        """Return who asks, by a bearer token where one is shown and else by a cookie.

        Raises:
            Unauthenticated: no session, or one that ended.
            Forbidden: an unsafe request by a cookie without the session's token.
        """
        authorization = request.headers.get("Authorization", "")
        bears = authorization.lower().startswith(_BEARER)
        token = authorization[len(_BEARER) :].strip()
        found = find_uploader(self._node, token, framed=True) if bears else self.visitor(request)
        if found is None:
            raise Unauthenticated("this needs an upload session: open the link again, or type the case number")
        given = request.headers.get(CSRF_HEADER, "")
        vouched = bears or request.method in _SAFE
        if not vouched and not hmac.compare_digest(given.encode(), found.csrf_token.encode()):
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
