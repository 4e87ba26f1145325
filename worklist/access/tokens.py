"""Bearer tokens by role: shown once, kept as their SHA-256, revoked without being forgotten.

A reader's token bears the reader's name and dies with the reader's access; any other role's token stands for itself.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import cast, get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.clock import Clock
from config.errors import Malformed, NotFound
from worklist.access.readers import LONGEST_NAME, reader_named
from worklist.access.secret import draw_secret, hash_secret
from worklist.audit import record
from worklist.models import AccessToken, Reader, Role
from worklist.principal import Principal

PREFIX = "ovr_"
ROLES: tuple[str, ...] = get_args(Role)


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """A token without its secret."""

    id: int
    name: str
    role: str
    created_at: datetime
    revoked_at: datetime | None


def create_token(session: Session, clock: Clock, *, role: str, name: str) -> str:
    """Create a token and return it; this is the only time it can be seen.

    Raises:
        Malformed: an unknown role, or an empty or overlong name.
        NotFound: the role is reader and there is no reader of that name.
    """
    if role not in ROLES:
        raise Malformed(f"a role is one of {', '.join(ROLES)}")
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise Malformed(f"a token's name has 1 to {LONGEST_NAME} printable characters")
    reader_id = reader_named(session, name).id if role == "reader" else None
    secret = draw_secret(PREFIX)
    token = AccessToken(
        name=name, role=role, token_hash=hash_secret(secret), reader_id=reader_id, created_at=clock(), revoked_at=None
    )
    session.add(token)
    session.flush()
    record(session, clock, actor="node", action="token-created", subject=f"token {token.id}", detail={"role": role})
    return secret


def find_principal(session: Session, secret: str) -> Principal | None:
    """Return who a token stands for, or None when it is unknown, revoked, or its reader is shut out."""
    found = session.execute(
        select(AccessToken, Reader.active)
        .outerjoin(Reader, Reader.id == AccessToken.reader_id)
        .where(AccessToken.token_hash == hash_secret(secret), AccessToken.revoked_at.is_(None))
    ).one_or_none()
    if found is None or found.active is False:
        return None
    token: AccessToken = found.AccessToken
    return Principal(name=token.name, role=cast("Role", token.role), reader_id=token.reader_id, via="token")


def list_tokens(session: Session) -> list[TokenRecord]:
    """Return every token without its secret, oldest first."""
    tokens = session.scalars(select(AccessToken).order_by(AccessToken.id))
    return [TokenRecord(t.id, t.name, t.role, t.created_at, t.revoked_at) for t in tokens]


def revoke_token(session: Session, clock: Clock, token_id: int) -> None:
    """Revoke a token from the next request on; revoking again changes nothing.

    Raises:
        NotFound: no token of that number.
    """
    token = session.get(AccessToken, token_id)
    if token is None:
        raise NotFound("there is no token of that number")
    if token.revoked_at is None:
        token.revoked_at = clock()
        record(session, clock, actor="node", action="token-revoked", subject=f"token {token.id}")
