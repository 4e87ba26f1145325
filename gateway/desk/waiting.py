"""What waits for a person: studies without a case or held back, cases that lack records, and how long each has waited.

The goal (`desk.goal_days`) is that nothing waits longer. Pages go by the number of the last row, oldest first.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from config.errors import Malformed
from gateway.desk.comparison import readable_date, readable_name
from gateway.desk.missing import lacks_images, lacks_records, missing_records
from gateway.models import Case, Match, ReceivedObject, Site, Study
from gateway.other_patients import UNDECIDED, of_another_patient

LARGEST_PAGE = 200
_WAITING = ("unmatched", "held")


def counts(session: Session, *, now: datetime, goal_days: int, licensed: bool) -> dict[str, Any]:
    """Return how many studies are in each state, how many cases lack records, and how many are beyond the goal."""
    rows = session.execute(select(Study.state, func.count()).group_by(Study.state)).all()
    waiting = list(session.scalars(select(Study.received_at).where(_needs_a_person())))
    lacking = list(session.scalars(select(Case.created_at).where(lacks_records(licensed=licensed))))
    return {
        "goal_days": goal_days,
        "studies": {row[0]: row[1] for row in rows},
        "studies_waiting": len(waiting),
        "cases_without_images": session.scalar(select(func.count()).select_from(Case).where(lacks_images())),
        "cases_lacking_records": len(lacking),
        "beyond_goal": sum(days_since(at, now) > goal_days for at in [*waiting, *lacking]),
        "identity_conflicts": session.scalar(select(func.count()).select_from(Study).where(in_identity_conflict())),
    }


def waiting_studies(
    session: Session, *, now: datetime, site: str | None = None, after: int = 0, limit: int = 50
) -> tuple[list[dict[str, Any]], int | None]:
    """Return the studies that wait for a person, oldest first, and where the next page begins.

    Raises:
        Malformed: a limit outside 1 to 200.
    """
    _check(limit)
    query = (
        select(Study, Site.display_name, in_identity_conflict().label("conflict"), Case.case_number)
        .join(Site, Site.name == Study.site)
        .outerjoin(Match, and_(Match.study_id == Study.id, Match.ended_at.is_(None)))
        .outerjoin(Case, Case.id == Match.case_id)
        .where(_needs_a_person(), Study.id > after)
        .order_by(Study.id)
        .limit(limit + 1)
    )
    rows = session.execute(query if site is None else query.where(Study.site == site)).all()
    shown = [_study_row(*row, now) for row in rows[:limit]]
    return shown, rows[limit - 1][0].id if len(rows) > limit else None


def cases_lacking_records(
    session: Session, *, now: datetime, licensed: bool, site: str | None = None, after: int = 0, limit: int = 50
) -> tuple[list[dict[str, Any]], int | None]:
    """Return the open cases that lack images, a report or a study that can be read, and where the next page begins.

    Oldest first. Where readers have to be `licensed`, also those of which nobody says where the patient lives.

    Raises:
        Malformed: a limit outside 1 to 200.
    """
    _check(limit)
    query = (
        select(Case, Site.display_name)
        .join(Site, Site.name == Case.site)
        .where(lacks_records(licensed=licensed), Case.id > after)
        .order_by(Case.id)
        .limit(limit + 1)
    )
    rows = session.execute(query if site is None else query.where(Case.site == site)).all()
    shown = [
        {
            "case_number": case.case_number,
            "site": case.site,
            "site_name": name,
            "patient": readable_name(case.patient_name),
            "birth_date": readable_date(case.birth_date),
            "study_date": readable_date(case.study_date),
            "modality": case.modality,
            "body_part": case.body_part,
            "has_report": bool(case.report_text.strip()),
            "missing": missing,
            "days": days_since(case.created_at, now),
        }
        for case, name in rows[:limit]
        if (missing := missing_records(session, case, licensed=licensed))
    ]
    return shown, rows[limit - 1][0].id if len(rows) > limit else None


def days_since(at: datetime, now: datetime) -> int:
    """Return the whole days between two instants."""
    return max((now - at).days, 0)


def in_identity_conflict() -> ColumnElement[bool]:
    """Return the condition that a study has objects of another patient which nobody has decided on."""
    return select(ReceivedObject.id).where(ReceivedObject.study_id == Study.id, of_another_patient(UNDECIDED)).exists()


def _study_row(study: Study, site_name: str, conflict: bool, case: str | None, now: datetime) -> dict[str, Any]:
    best = max(study.candidates, key=lambda each: each["probability"], default=None)
    return {
        "study_uid": study.study_uid,
        "site": study.site,
        "site_name": site_name,
        "state": study.state,
        "reason": study.reason,
        "identity_conflict": conflict,
        "flagged": study.flagged,
        "patient": readable_name(study.patient_name),
        "birth_date": readable_date(study.birth_date),
        "modality": study.modality,
        "description": study.description or study.body_part,
        "study_date": readable_date(study.study_date),
        "received_at": study.received_at.isoformat(),
        "days": days_since(study.received_at, now),
        "case": case,
        "candidates": len(study.candidates),
        "best": best,
    }


def _needs_a_person() -> ColumnElement[bool]:
    return or_(
        Study.state.in_(_WAITING),
        and_(Study.state.in_(("arriving", "published")), in_identity_conflict()),
        and_(Study.state.in_(("published", "read")), Study.flagged),
    )


def _check(limit: int) -> None:
    if not 1 <= limit <= LARGEST_PAGE:
        raise Malformed(f"a limit is 1 to {LARGEST_PAGE}")
