"""The case that a merged one became: what bears the number of a case that was merged away means the one that stayed.

Only an open case is merged and only into an open one, so the way from case to case ends.
"""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.models import Case


def kept_case(session: Session, case: Case) -> Case:
    """Return the case that a case was merged into in the end, or itself."""
    while case.merged_into_id is not None:
        case = session.get_one(Case, case.merged_into_id)
    return case


def kept_number(session: Session, site: str, number: str) -> str:
    """Return a case number, or that of the case that stayed where it is one of the site that was merged."""
    return kept_numbers(session, site, [number]).pop()


def kept_numbers(session: Session, site: str, numbers: Iterable[str]) -> set[str]:
    """Return case numbers, with those of the site's merged cases exchanged for that of the case that stayed."""
    asked = set(numbers)
    merged = select(Case).where(Case.site == site, Case.case_number.in_(asked), Case.merged_into_id.is_not(None))
    for case in session.scalars(merged):
        asked.discard(case.case_number)
        asked.add(kept_case(session, case).case_number)
    return asked
