"""Signed links to the upload page of one case.

A link bears a random identifier, its expiry and an HMAC-SHA-256 over both, under a key derived from the node key with a
label of its own: a link cannot be made or lengthened without the node key, nor from a copy of the database alone. It
names no patient and no case. It ends when it expires, when its case closes, or, for single use, with its first upload;
of a case that is merged it lives on with the case that stays, and so does one made under an older version of the key.
"""

import base64
import hmac
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from anonymizer import NodeKey
from config.errors import Conflict, NotFound
from gateway import audit
from gateway.kept_case import kept_case
from gateway.links import get_case
from gateway.models import Case
from gateway.node import Node
from gateway.upload_models import UploadLink

_LABEL = b"overread upload link, version 1"
_SIGNATURE_BYTES = 18
_GONE = "this link is not valid: ask the hospital for a new one"


def make_link(node: Node, number: str, *, days: int, single_use: bool, actor: str) -> dict[str, Any]:
    """Make a link for an open case and return its address and when it ends.

    Raises:
        NotFound: no such case.
        Conflict: the case is closed.
    """
    now = node.clock().replace(microsecond=0)
    link_id, expires_at = secrets.token_hex(8), now + timedelta(days=days)
    with node.identity.write() as session:
        case = get_case(session, number)
        if case.state != "open":
            raise Conflict(f"the case {number} is closed")
        session.add(
            UploadLink(id=link_id, case_id=case.id, single_use=single_use, created_at=now, expires_at=expires_at)
        )
        audit.note(session, node.clock, actor=actor, action="upload-link-made", subject=case.case_number)
    token = sign_link(node.keys[node.keys.newest], link_id, expires_at)
    return {
        "url": f"{base_url(node)}/upload/link/{token}",
        "case_number": number,
        "expires_at": expires_at,
        "single_use": single_use,
    }


def sign_link(key: NodeKey, link_id: str, expires_at: datetime) -> str:
    """Return the token of a link."""
    expiry = format(int(expires_at.timestamp()), "x")
    return f"{link_id}-{expiry}-{_signature(key, link_id, expiry)}"


def find_link(session: Session, node: Node, token: str) -> tuple[UploadLink, Case]:
    """Return the link that a token stands for, and its case: an open one, or one that was merged into an open one.

    Raises:
        NotFound: forged, expired, used, or of a closed case; the answer does not say which.
    """
    link_id, expiry, signature = ([*token.split("-", 2), "", ""])[:3]
    if not _is_signed(node, link_id, expiry, signature):
        raise NotFound(_GONE)
    link = session.get(UploadLink, link_id)
    if link is None or datetime.fromtimestamp(int(expiry, 16), UTC) != link.expires_at:
        raise NotFound(_GONE)
    case = session.get_one(Case, link.case_id)
    is_open = kept_case(session, case).state == "open"
    if link.expires_at <= node.clock() or not is_open or (link.single_use and link.used_by):
        raise NotFound(_GONE)
    return link, case


def site_of_link(session: Session, node: Node, token: str) -> str | None:
    """Return the site of a link that this node has signed, also of one that ended; None of any other."""
    link_id, expiry, signature = ([*token.split("-", 2), "", ""])[:3]
    if not _is_signed(node, link_id, expiry, signature):
        return None
    link = session.get(UploadLink, link_id)
    return session.get_one(Case, link.case_id).site if link is not None else None


def _is_signed(node: Node, link_id: str, expiry: str, signature: str) -> bool:
    """Tell whether this node signed a link, under whichever version of its key."""
    signed = (_signature(key, link_id, expiry) for key in node.keys.all())
    return any(hmac.compare_digest(signature.encode(), each.encode()) for each in signed)


def _signature(key: NodeKey, link_id: str, expiry: str) -> str:
    own_key = hmac.digest(key.secret, _LABEL, "sha256")
    digest = hmac.digest(own_key, f"{link_id}-{expiry}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest[:_SIGNATURE_BYTES]).decode()


def base_url(node: Node) -> str:
    """Return how people reach the node, without a slash at the end."""
    http = node.settings.http
    host = f"[{http.host}]" if ":" in http.host else http.host
    return (http.public_url or f"http://{host}:{http.port}").rstrip("/")
