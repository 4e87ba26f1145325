"""Write into the identified zone's audit trail."""

from collections.abc import Iterable, Mapping

from sqlalchemy.orm import Session

from config.audit import append_entries, append_entry
from config.clock import Clock
from gateway.models import IdentityAudit


def note(
    session: Session,
    clock: Clock,
    *,
    actor: str,
    action: str,
    subject: str,
    detail: Mapping[str, object] | None = None,
) -> None:
    """Append who did what to which internal or pseudonymous identifier, in the caller's transaction."""
    append_entry(session, IdentityAudit, at=clock(), actor=actor, action=action, subject=subject, detail=detail)


def note_all(
    session: Session,
    clock: Clock,
    *,
    actor: str,
    action: str,
    subjects: Iterable[tuple[str, Mapping[str, object]]],
) -> None:
    """Append who did the same to each of some identifiers, with what is to be said of each, as `note` does."""
    append_entries(session, IdentityAudit, at=clock(), actor=actor, action=action, subjects=subjects)
