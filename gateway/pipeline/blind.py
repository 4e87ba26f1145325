"""A blind read is made without what the first reader said or marked, also where that was published before it was known.

Reports, key object selections and presentation states of a study whose case turns out to be read blind leave the
reading zone and are kept; they go on again once the case is blind no more. A read that is signed stays what it was. A
reader who had begun may have seen them: the study is flagged. A crash in between is healed by doing it again.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from anonymizer import made_of_words
from config import metrics
from gateway import audit
from gateway.models import ReceivedObject, Study
from gateway.node import Node
from worklist.publishing import begun_or_signed
from worklist.withdrawing import keep_back_instances

CODE = "blind-read"
REASON = "kept as attachment: the case is to be read blind, without what the first reader said or marked"
_ACTOR = "pipeline"


def keep_first_words_back(node: Node, study_id: int) -> int:
    """Take what the first reader said of a study out of the reading zone; return how many objects that were."""
    with node.identity.read() as session:
        study_uid = session.get_one(Study, study_id).study_uid
        published = _published(session, study_id)
    said = [row for row in published if made_of_words(row.sop_class_uid)]
    if not said:
        return 0
    with node.reading.write() as session:
        state = begun_or_signed(session, study_uid)
        if state == "signed":
            return 0
        keep_back_instances(session, study_uid, [str(row.derived_uid) for row in said])
    for row in said:
        node.published.delete(str(row.derived_blob))
    for row in published:  # what was made of the whole study lies with any one of its objects
        node.made.drop(str(row.derived_blob))
    with node.identity.write() as session:
        for number in [row.id for row in said]:
            _keep(session.get_one(ReceivedObject, number))
        study = session.get_one(Study, study_id)
        study.flagged |= state == "begun"
        detail = {"objects": len(said)}
        audit.note(session, node.clock, actor=_ACTOR, action="first-read-withdrawn", subject=study_uid, detail=detail)
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


def _published(session: Session, study_id: int) -> list[ReceivedObject]:
    query = select(ReceivedObject).where(
        ReceivedObject.study_id == study_id,
        ReceivedObject.disposition == "published",
        ReceivedObject.derived_blob.is_not(None),
    )
    return list(session.scalars(query))


def _keep(row: ReceivedObject) -> None:
    row.derived_blob = row.derived_uid = row.facts = None
    row.verified, row.disposition, row.reason_code, row.reason = False, "kept", CODE, REASON
    metrics.DISPOSITIONS.labels("kept").inc()
