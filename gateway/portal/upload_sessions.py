"""Upload sessions: the right to upload to one case, and to see what came by the same way, for some hours.

In a window of its own the page is known by a cookie that only the server can read and that is sent to `/upload` alone.
In a frame on a hospital's site browsers keep cookies back; there the page keeps a bearer token in its own memory, where
the page around it cannot look, and shows it in the header `Authorization` (RFC 6750, 2.1). That ends when it was not
shown for a while. Neither kind passes for the other: a cookie goes along with whatever a browser is made to send, and
counts only beside the session's CSRF token; a bearer token goes along with nothing.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gateway import audit
from gateway.kept_case import kept_case
from gateway.models import Case
from gateway.node import Node
from gateway.upload_models import UploadLink, UploadSession
from gateway.uploads.owners import LINK
from worklist.access.secret import draw_secret, hash_secret

LONGEST = timedelta(hours=12)
FRAMED_IDLE = timedelta(hours=2)  # more than one part of an upload takes at the least rate that is borne


@dataclass(frozen=True, slots=True)
class Uploader:
    """Somebody with an upload session; `owner` is what the uploads of this way in belong to: the link, or the number.

    Of a case that was merged the number is that of the case that stayed, and the way in remains what it was.
    """

    site: str
    case_number: str
    case_open: bool
    owner: str
    link_id: str | None
    csrf_token: str = field(repr=False)

    @property
    def actor(self) -> str:
        """Return who this is in the audit trail."""
        return "upload link" if self.link_id else "upload page"


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that was just opened; its secret can be seen only now."""

    secret: str = field(repr=False)
    uploader: Uploader


def open_upload_session(session: Session, node: Node, case: Case, link: UploadLink | None, *, framed: bool) -> Opened:
    """Open a session for a case, by a link or without one; the sessions whose time is over go.

    A case that was merged is given as what the link or the number named.
    """
    now, secret, csrf_token = node.clock(), draw_secret(), draw_secret()
    session.execute(delete(UploadSession).where(UploadSession.expires_at <= now))
    session.add(
        UploadSession(
            secret_hash=hash_secret(secret),
            framed=framed,
            case_id=case.id,
            link_id=link.id if link else None,
            csrf_token=csrf_token,
            created_at=now,
            expires_at=now + (FRAMED_IDLE if framed else LONGEST),
        )
    )
    detail = {"by": "link" if link else "number", "framed": framed}
    uploader = _uploader(session, case, link.id if link else None, csrf_token)
    audit.note(
        session, node.clock, actor="upload page", action="upload-session", subject=uploader.case_number, detail=detail
    )
    session.flush()
    return Opened(secret, uploader)


def find_uploader(node: Node, secret: str, *, framed: bool) -> Uploader | None:
    """Return whom a cookie or, `framed`, a bearer token stands for; None when it is unknown or its time is over.

    To ask keeps a bearer token alive, at most for as long as a cookie.
    """
    now = node.clock()
    with node.identity.read() as session:
        found = session.execute(
            select(UploadSession, Case)
            .join(Case, Case.id == UploadSession.case_id)
            .where(
                UploadSession.secret_hash == hash_secret(secret),
                UploadSession.framed == framed,
                UploadSession.expires_at > now,
            )
        ).one_or_none()
        if found is None:
            return None
        row, case = found
        uploader = _uploader(session, case, row.link_id, row.csrf_token)
        latest = min(now + FRAMED_IDLE, row.created_at + LONGEST)
        wanes = framed and row.expires_at - now < FRAMED_IDLE / 2 and row.expires_at < latest
    if wanes:
        with node.identity.write() as session:
            kept = session.get(UploadSession, hash_secret(secret))
            if kept is not None:
                kept.expires_at = latest
    return uploader


def end_upload_session(node: Node, secret: str, *, framed: bool) -> None:
    """End a session; an unknown secret changes nothing."""
    with node.identity.write() as session:
        session.execute(
            delete(UploadSession).where(
                UploadSession.secret_hash == hash_secret(secret), UploadSession.framed == framed
            )
        )


def _uploader(session: Session, case: Case, link_id: str | None, csrf_token: str) -> Uploader:
    kept = kept_case(session, case)
    owner = f"{LINK}{link_id}" if link_id else f"case {case.case_number}"
    return Uploader(kept.site, kept.case_number, kept.state == "open", owner, link_id, csrf_token)
