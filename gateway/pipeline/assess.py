"""assess: say whether there is something to read.

A study of which nothing can be published is held for a person; one with only some objects in quarantine goes on, since
a delayed diagnosis harms as well, and `study show` says what is missing.
"""

from sqlalchemy import func, or_, select

from gateway.models import ReceivedObject, Study
from gateway.node import Node
from gateway.pipeline.outcome import Outcome


def assess(node: Node, study_id: int) -> Outcome:
    """Go on when an object of the study is verified or already published; hold the study otherwise."""
    with node.identity.write() as session:
        study = session.get_one(Study, study_id)
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
        if readable:
            return Outcome.GO_ON
        study.state = "held"
        study.reason = "nothing of this study can be published; `overread quarantine list` says why"
        return Outcome.WAIT
