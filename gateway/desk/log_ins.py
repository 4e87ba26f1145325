"""Log-ins of coordinators: as those of readers (`worklist.access.log_ins`), but kept in the identified zone.

The cookie goes to `/desk` alone, so that nothing of the reading zone ever gets it. Attempts are counted where those of
readers are, by a hash of name and client, under a name that no reader can have.
"""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from config.errors import Unauthenticated
from gateway import audit
from gateway.desk_models import Coordinator, DeskLogIn
from gateway.node import Node
from worklist.access.log_ins import OpenedLogIn, open_in
from worklist.access.passwords import check_password
from worklist.access.secret import hash_secret
from worklist.access.throttle import clear_attempts, count_attempt
from worklist.principal import Principal

COOKIE = "overread_desk"
PATH = "/desk"
_DESK = "desk\n"  # a name is printable: no reader's begins so


def log_in(node: Node, *, name: str, password: str, client: str) -> OpenedLogIn:
    """Check a coordinator's name and password and open a log-in.

    Raises:
        Unauthenticated: no such coordinator, no password set, or a wrong one; the answer does not say which.
        Throttled: too many attempts.
    """
    with node.reading.write() as session:
        count_attempt(session, node.clock, name=_DESK + name, client=client)
    with node.identity.read() as session:
        found = session.execute(
            select(Coordinator.id, Coordinator.name, Coordinator.password_hash).where(
                Coordinator.name == name, Coordinator.active
            )
        ).one_or_none()
    if not check_password(found.password_hash if found else None, password) or found is None:
        with node.identity.write() as session:
            subject = f"coordinator {found.id}" if found else "coordinator unknown"
            audit.note(session, node.clock, actor="nobody", action="desk-log-in-failed", subject=subject)
        raise Unauthenticated("the name or the password is wrong")
    with node.reading.write() as session:
        clear_attempts(session, name=_DESK + name, client=client)
    with node.identity.write() as session:
        audit.note(session, node.clock, actor=found.name, action="desk-log-in", subject=f"coordinator {found.id}")
        return open_log_in(session, node, found.id)


def open_log_in(session: Session, node: Node, coordinator_id: int) -> OpenedLogIn:
    """Open a log-in for a coordinator whose password was checked, and sweep out the expired ones."""
    return open_in(DeskLogIn, session, node.clock(), node.settings.http.session_hours, coordinator_id=coordinator_id)


def find_coordinator(session: Session, now: datetime, cookie: str) -> Principal | None:
    """Return who a cookie stands for, or None when it is unknown or expired, or its coordinator is shut out."""
    found = session.execute(
        select(DeskLogIn.csrf_token, Coordinator.name)
        .join(Coordinator, Coordinator.id == DeskLogIn.coordinator_id)
        .where(DeskLogIn.cookie_hash == hash_secret(cookie), DeskLogIn.expires_at > now, Coordinator.active)
    ).one_or_none()
    if found is None:
        return None
    return Principal(name=found.name, role="coordinator", reader_id=None, via="cookie", csrf_token=found.csrf_token)


def log_out(node: Node, cookie: str) -> None:
    """End a log-in; an unknown cookie changes nothing."""
    with node.identity.write() as session:
        principal = find_coordinator(session, node.clock(), cookie)
        session.execute(delete(DeskLogIn).where(DeskLogIn.cookie_hash == hash_secret(cookie)))
        if principal is not None:
            audit.note(session, node.clock, actor=principal.name, action="desk-log-out", subject="coordinator")
