"""A blind read is made without what the first reader said or marked, also where that was published before it was known.

Reports, key object selections and presentation states of a study whose case turns out to be read blind leave the
reading zone and are kept, those that wait to be published as well; they go on again once the case is blind no more. A
read that is signed stays what it was. A reader who had begun may have seen them or the report of the case, and one who
signed before the workflow came may have as well: the study is flagged. A crash in between is healed by doing it again.
"""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from anonymizer import made_of_words
from config import metrics
from gateway import audit
from gateway.models import IdentityAudit, ReceivedObject, Study
from gateway.node import Node
from worklist.models import PublishedInstance, PublishedStudy
from worklist.publishing import begun_or_signed
from worklist.withdrawing import keep_back_instances

CODE = "blind-read"
REASON = "kept as attachment: the case is to be read blind, without what the first reader said or marked"
_ACTOR = "pipeline"
_TOO_LATE = "read-not-blind"


def keep_first_words_back(node: Node, study_id: int) -> int:
    """Take what the first reader said of a study from its readers and from what is on its way to them.

    Return how many objects that were. Of a signed read only those go that it could not show.
    """
    with node.identity.read() as session:
        study_uid = session.get_one(Study, study_id).study_uid
        derived = _derived(session, study_id)
    said = [row for row in derived if made_of_words(row.sop_class_uid)]
    with node.reading.write() as session:
        state = begun_or_signed(session, study_uid)
        shown = _shown(session, study_uid, [str(row.derived_uid) for row in said])
        was_shown = bool(shown) or any(row.disposition == "published" for row in said)
        seen = state if was_shown or _report_shown(session, study_uid) else ""
        if state != "signed":
            keep_back_instances(session, study_uid, shown)
        else:
            said = [row for row in said if row.derived_uid not in shown]
    for row in said:
        node.published.delete(str(row.derived_blob))
    for row in derived if said else ():  # what was made of the whole study lies with any one of its objects
        node.made.drop(str(row.derived_blob))
    with node.identity.write() as session:
        for number in [row.id for row in said]:
            _keep(session.get_one(ReceivedObject, number))
        study = session.get_one(Study, study_id)
        study.flagged |= seen == "begun" or (seen == "signed" and _note_once(session, node, study_uid))
        if said:
            detail = {"objects": len(said)}
            audit.note(
                session, node.clock, actor=_ACTOR, action="first-read-withdrawn", subject=study_uid, detail=detail
            )
    for row in said:
        node.staging.delete(str(row.derived_blob))
    return len(said)


def let_first_words_go_on(node: Node, study_id: int) -> None:
    """Let what was kept back for a blind read go on, since the read is blind no more and not signed."""
    kept = select(ReceivedObject).where(
        ReceivedObject.study_id == study_id,
        ReceivedObject.first,
        ReceivedObject.disposition == "kept",
        ReceivedObject.reason_code == CODE,
        ReceivedObject.discarded_at.is_(None),
    )
    with node.identity.read() as session:
        if session.get_one(Study, study_id).state == "read" or session.scalar(kept.limit(1)) is None:
            return
    with node.identity.write() as session:
        for row in session.scalars(kept):
            row.disposition = row.reason_code = row.reason = None


def _derived(session: Session, study_id: int) -> list[ReceivedObject]:
    """Return what is published of a study, and what waits to be: while it is held, or where a crash is healed."""
    query = select(ReceivedObject).where(
        ReceivedObject.study_id == study_id,
        or_(ReceivedObject.disposition == "published", ReceivedObject.disposition.is_(None)),
        ReceivedObject.derived_blob.is_not(None),
    )
    return list(session.scalars(query))


def _shown(session: Session, study_uid: str, uids: list[str]) -> set[str]:
    query = select(PublishedInstance.sop_instance_uid).where(PublishedInstance.study_uid == study_uid)
    return set(session.scalars(query)).intersection(uids) if uids else set()


def _report_shown(session: Session, study_uid: str) -> bool:
    """Say whether the readers were given the first report, since nobody had said yet that the read is blind."""
    study = session.get(PublishedStudy, study_uid)
    return study is not None and not study.blind and study.report is not None


def _note_once(session: Session, node: Node, study_uid: str) -> bool:
    """Note that a read was signed before its blindness could be kept; return False where that was noted already."""
    noted = select(IdentityAudit.seq).where(IdentityAudit.action == _TOO_LATE, IdentityAudit.subject == study_uid)
    if session.scalar(noted.limit(1)) is not None:
        return False
    audit.note(session, node.clock, actor=_ACTOR, action=_TOO_LATE, subject=study_uid)
    return True


def _keep(row: ReceivedObject) -> None:
    row.derived_blob = row.derived_uid = row.facts = None
    row.verified, row.disposition, row.reason_code, row.reason = False, "kept", CODE, REASON
    metrics.DISPOSITIONS.labels("kept").inc()
