"""Coordinators: people with a log-in of the identified zone. A token of the role coordinator is for programs."""

from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from config.clock import Clock
from config.errors import Conflict, Malformed, NotFound
from gateway.desk_models import Coordinator, DeskLogIn
from worklist.access.passwords import hash_password

LONGEST_NAME = 120


def add_coordinator(session: Session, clock: Clock, *, name: str, email: str) -> int:
    """Add a coordinator and return the coordinator's number.

    Raises:
        Malformed: an empty or overlong name, or an address without "@".
        Conflict: the name is taken.
    """
    name = name.strip()
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise Malformed(f"a coordinator's name has 1 to {LONGEST_NAME} printable characters")
    if "@" not in email or len(email) > 200:
        raise Malformed("a coordinator needs an e-mail address")
    if session.scalar(select(Coordinator.id).where(Coordinator.name == name)) is not None:
        raise Conflict("there is a coordinator of that name")
    row = Coordinator(name=name, email=email, active=True, created_at=clock())
    session.add(row)
    session.flush()
    return row.id


def set_coordinator_password(session: Session, *, name: str, password: str) -> None:
    """Set a coordinator's password and end the log-ins that the one before has opened.

    Raises:
        NotFound: no coordinator of that name.
        Malformed: see `worklist.access.passwords.hash_password`.
    """
    row = coordinator_named(session, name)
    row.password_hash = hash_password(password)
    _end_log_ins(session, row)


def set_coordinator_active(session: Session, *, name: str, active: bool) -> None:
    """Let a coordinator in, or shut the coordinator out at once and end the log-ins.

    Raises:
        NotFound: no coordinator of that name.
    """
    row = coordinator_named(session, name)
    row.active = active
    if not active:
        _end_log_ins(session, row)


def coordinator_named(session: Session, name: str) -> Coordinator:
    """Return a coordinator.

    Raises:
        NotFound: no coordinator of that name.
    """
    row = session.scalar(select(Coordinator).where(Coordinator.name == name.strip()))
    if row is None:
        raise NotFound("there is no coordinator of that name; `overread coordinator list` shows them")
    return row


def list_coordinators(session: Session) -> list[dict[str, Any]]:
    """Return every coordinator, by name."""
    rows = session.scalars(select(Coordinator).order_by(Coordinator.name))
    return [coordinator_view(row) for row in rows]


def coordinator_view(row: Coordinator) -> dict[str, Any]:
    """Return a coordinator as the command line shows one."""
    return {
        "id": row.id,
        "name": row.name,
        "email": row.email,
        "active": row.active,
        "has_password": row.password_hash is not None,
    }


def _end_log_ins(session: Session, row: Coordinator) -> None:
    session.execute(delete(DeskLogIn).where(DeskLogIn.coordinator_id == row.id))
