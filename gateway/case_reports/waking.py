"""Let studies look again once cases are new or say something else."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.expected import count_named_as_whole
from gateway.links import request_revision
from gateway.matching.index import cases_changed
from gateway.models import Case, Match, Study


def wake_studies(session: Session, cases: Sequence[Case]) -> None:
    """Let the waiting studies near the cases look again, and ask for a revision of those linked.

    The first may find their case now; the second get its new words, cleaned of its new identities. One whose read is
    signed keeps its words: it is searched for the new identities, and flagged where its case is another patient's now.
    A study of which as much has come as a case says is whole.
    """
    ids = [case.id for case in cases]
    linked = select(Match.study_id).where(Match.case_id.in_(ids), Match.ended_at.is_(None))
    told = select(Study).where(Study.id.in_(linked), Study.state.not_in(("purged", "unmatched")))
    cases_changed(session, cases)
    count_named_as_whole(session, cases)
    for study in session.scalars(told):
        request_revision(study)
