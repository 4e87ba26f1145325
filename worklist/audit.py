"""What goes into the reading zone's audit trail.

Every look at a study, claim, release, signature, addendum, log-in and token ends here. Looks are summed up: one entry
for a (principal, action, study) in ten minutes, so that scrolling through 500 images is one look and not 500 rows.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.audit import append_entry
from config.clock import Clock
from worklist.models import ReadingAudit
from worklist.principal import Principal
from worklist.room import ReadingRoom

ONE_LOOK = timedelta(minutes=10)

Action = Literal[
    "token-created",
    "token-revoked",
    "reader-added",
    "reader-activated",
    "reader-deactivated",
    "password-set",
    "licence-added",
    "workstation-added",
    "workstation-removed",
    "log-in",
    "log-in-failed",
    "log-out",
    "item-viewed",
    "read-viewed",
    "document-viewed",
    "images-viewed",
    "metadata-viewed",
    "studies-searched",
    "images-retrieved",
    "preview-link-made",
    "preview-link-revoked",
    "claimed",
    "released",
    "signed",
    "addendum-signed",
]


def record(
    session: Session,
    clock: Clock,
    *,
    actor: str,
    action: Action,
    subject: str,
    detail: Mapping[str, object] | None = None,
) -> None:
    """Append an entry in the caller's transaction; nothing in it may be an identity."""
    append_entry(session, ReadingAudit, at=clock(), actor=actor, action=action, subject=subject, detail=detail)


def note_access(
    session: Session,
    clock: Clock,
    principal: Principal,
    action: Action,
    study_uid: str,
    detail: Mapping[str, object] | None = None,
) -> bool:
    """Record that somebody looks at a study, unless the same look was recorded in the last ten minutes.

    Needs a writing session. `detail` says more of the look. Returns whether an entry was made.
    """
    if _is_noted(session, clock, principal, action, study_uid):
        return False
    said = {"role": principal.role, **(detail or {})}
    record(session, clock, actor=principal.name, action=action, subject=study_uid, detail=said)
    return True


def note_access_in(
    room: ReadingRoom,
    principal: Principal,
    action: Action,
    study_uid: str,
    detail: Mapping[str, object] | None = None,
) -> None:
    """Record a look in a transaction of its own, and take the write lock only when there is something to write.

    For routes that are asked hundreds of times a minute and have nothing else to write.
    """
    with room.database.read() as session:
        if _is_noted(session, room.clock, principal, action, study_uid):
            return
    with room.database.write() as session:
        note_access(session, room.clock, principal, action, study_uid, detail)


def _is_noted(session: Session, clock: Clock, principal: Principal, action: Action, study_uid: str) -> bool:
    recent = select(ReadingAudit.seq).where(
        ReadingAudit.subject == study_uid,
        ReadingAudit.actor == principal.name,
        ReadingAudit.action == action,
        ReadingAudit.at > clock() - ONE_LOOK,
    )
    return session.scalar(recent.limit(1)) is not None
