"""Which document was told before, and changes nothing: what a case was told last in the same way, told once more.

A document that was told before another one of its way, and is told again after it, tells the case as it is to be now.
Whether a sender repeats what it got no answer to cannot be told from that, but where it says so itself: by the same
`Idempotency-Key`, or the same time of making (FHIR R4 `meta.lastUpdated`; HL7 has MSH-10). A list is repeated as a
whole: one that tells a case twice does not tell it anew.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.case_models import CaseSource
from gateway.kept_case import kept_case
from gateway.models import Case

_LISTS = ("csv", "xlsx")


def told_before(session: Session, site: str, digest: str) -> list[CaseSource]:
    """Return where the same document told a case before, the oldest first."""
    query = select(CaseSource).where(CaseSource.site == site, CaseSource.digest == digest)
    return list(session.scalars(query.order_by(CaseSource.case_id, CaseSource.id)))


def case_told(session: Session, before: list[CaseSource]) -> Case:
    """Return the case that a document told before, the one into which it was merged."""
    return kept_case(session, session.get_one(Case, before[0].case_id))


def is_repetition(session: Session, before: list[CaseSource], *, told_as: str, blob: str) -> bool:
    """Say whether a document that was told before repeats that, and tells nothing anew.

    `told_as` stands for what its sender says makes it the same, `blob` is what it was written in.
    """
    if told_as and any(each.told_as == told_as for each in before):
        return True
    kinds = _LISTS if before[0].kind in _LISTS else (before[0].kind,)
    told = select(CaseSource).where(CaseSource.case_id == before[0].case_id, CaseSource.kind.in_(kinds))
    told = told.where(CaseSource.digest != CaseSource.blob)  # what documents enclose is told with them
    last = session.scalars(told.order_by(CaseSource.id.desc()).limit(1)).one()
    return last.digest == before[0].digest or (last.blob == blob and any(each.blob == blob for each in before))
