"""The end of a revision: what failed is told to a person, and tried again by itself.

A full disk or a database that was away is nobody's decision: when it is over, every study that it stopped has to go on
without anybody remembering which. So a study whose stage failed is tried again after a minute, and after twice as long
each further time, an hour at most; whoever asks for it earlier (`overread study reprocess`), or sends more images, does
not wait. What is held for another reason is not touched.
"""

from datetime import timedelta

from sqlalchemy import select

from gateway.links import request_revision
from gateway.models import Study
from gateway.node import Node

_FAILED = "a stage failed"
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
_MOST_DOUBLED = 10


def finish_revision(node: Node, study_id: int, revision: int, failure: str) -> None:
    """Record the end of a revision; `failure` names the stage that failed and the class of the error, or is empty."""
    with node.identity.write() as session:
        study = session.get_one(Study, study_id)
        if study.finished_revision >= revision:
            return
        study.finished_revision = revision
        if not failure:
            study.failures, study.again_at = 0, None
            if study.reason is not None and study.reason.startswith(_FAILED):
                study.reason = None
            return
        study.settling = False
        if study.state == "purged":
            return
        study.again_at = node.clock() + min(_FIRST_PAUSE * 2 ** min(study.failures, _MOST_DOUBLED), _LONGEST_PAUSE)
        study.failures += 1
        study.reason = (
            f"{_FAILED} ({failure}); the log says more. It is tried again at {study.again_at:%H:%M} UTC, or at once"
            " when an admin asks for it (`overread study reprocess`)"
        )
        if study.state == "arriving":
            study.state = "held"


def ask_again(node: Node) -> None:
    """Ask for another revision of the studies whose stage failed and whose pause is over."""
    with node.identity.read() as session:
        due = session.scalars(select(Study.id).where(Study.again_at <= node.clock())).all()
    for study_id in due:
        with node.identity.write() as session:
            study = session.get_one(Study, study_id)
            study.again_at = None
            if study.state != "purged" and study.wanted_revision == study.started_revision:
                request_revision(study)
