"""Let a study be read that was held for what its images show: a person looked and says so.

Only two reasons are a person's to overrule: it was judged not fit, or a name that became known later stood in images of
it, which are gone. Whatever else a study waits for, or whatever state it is in, is answered with what to do instead.
"""

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from config.errors import Conflict
from gateway import audit
from gateway.links import get_study, lock_study, request_revision
from gateway.models import ReceivedObject, Study
from gateway.node import Node
from gateway.pipeline.search_again import FOUND_LATER

_NOT_HELD = {
    "arriving": "the study is still on its way and was not judged yet: there is nothing to accept",
    "unmatched": "the study is not held, it waits for a case: there is nothing to accept; link it, or release it",
    "published": "the study is not held but with the readers: there is nothing to accept",
    "read": "the study was read already: there is nothing to accept",
    "purged": "the study was purged: its images are gone",
}
_NOTHING = "nothing of the study can be shown: look at its objects in the quarantine instead"
_ACCEPTED = "the study was accepted already; if it is still held, the desk and `overread study show` tell for what"
_OTHERWISE = "the study is held for another reason, which no acceptance ends: the desk and `overread study show` tell"


def accept(node: Node, study_uid: str, *, actor: str) -> None:
    """Let a study go on though it was judged not fit to be read, because a person looked and says so.

    Raises:
        NotFound: no such study.
        Conflict: there is nothing to accept; the words say what it waits for instead.
    """
    with node.identity.write() as session:
        study = lock_study(session, get_study(session, study_uid))
        against = why_not(session, study)
        if against is not None:
            raise Conflict(against)
        study.accepted_by = actor
        request_revision(study)
        detail = {"verdict": study.fitness.get("verdict", "unknown")}
        audit.note(session, node.clock, actor=actor, action="study-accepted", subject=study.study_uid, detail=detail)


def why_not(session: Session, study: Study) -> str | None:
    """Return why there is nothing to accept of a study, None where there is."""
    if study.state in _NOT_HELD:
        return _NOT_HELD[study.state]
    if not is_readable(session, study.id):
        return _NOTHING
    if study.accepted_by is not None:
        return _ACCEPTED
    overruled = study.fitness.get("verdict") == "unfit" or is_found_later(session, study.id)
    return None if overruled else _OTHERWISE


def is_readable(session: Session, study_id: int) -> bool:
    """Say whether anything of a study is published or can be."""
    readable = session.scalar(
        select(func.count())
        .select_from(ReceivedObject)
        .where(
            ReceivedObject.study_id == study_id,
            ReceivedObject.discarded_at.is_(None),
            or_(
                ReceivedObject.disposition == "published",
                ReceivedObject.disposition.is_(None) & ReceivedObject.verified,
            ),
        )
    )
    return bool(readable)


def is_found_later(session: Session, study_id: int) -> bool:
    """Say whether an identity that became known later was found in images of a study, which nobody discarded since."""
    taken = select(ReceivedObject.id).where(
        ReceivedObject.study_id == study_id,
        ReceivedObject.disposition == "quarantined",
        ReceivedObject.reason_code == FOUND_LATER,
        ReceivedObject.discarded_at.is_(None),
    )
    return session.scalar(taken.limit(1)) is not None
