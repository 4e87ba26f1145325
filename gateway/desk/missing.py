"""What a case still lacks, so that its hospital can be asked for it: images, its report, or images that can be read.

A report is missed while a study of the case is to be read: after the signature it would change nothing. So is where the
patient lives, where whoever reads needs a licence for that.
"""

from typing import Literal

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, aliased

from gateway.case_reports.countries import LICENSED_BY_STATE
from gateway.case_reports.residence import lacks_home
from gateway.models import Case, Match, Site, Study

Missing = Literal["images", "report", "again", "home"]
_OVER = ("read", "purged")


def missing_records(session: Session, case: Case, *, licensed: bool) -> list[Missing]:
    """Return what a case still lacks: images, its report, or a study that can be read.

    Where readers have to be `licensed`, also where its patient lives.
    """
    studies = studies_of_case(session, case)
    missing: list[Missing] = [] if studies else ["images"]
    is_over = bool(studies) and all(study.state in _OVER for study in studies)
    if not case.report_text.strip() and not is_over:
        missing.append("report")
    if any(is_unfit(study) for study in studies):
        missing.append("again")
    if licensed and not is_over and lacks_home(session.get_one(Site, case.site), case):
        missing.append("home")
    return missing


def studies_of_case(session: Session, case: Case) -> list[Study]:
    """Return the studies linked to a case, in the order of their arrival."""
    query = select(Study).join(Match, Match.study_id == Study.id).order_by(Study.id)
    return list(session.scalars(query.where(Match.case_id == case.id, Match.ended_at.is_(None))))


def is_unfit(study: Study) -> bool:
    """Say whether a study cannot be read and nobody said that it is read all the same."""
    return study.fitness.get("verdict") == "unfit" and study.accepted_by is None and study.state not in _OVER


def lacks_images() -> ColumnElement[bool]:
    """Return the condition that no study is linked to an open case."""
    linked = select(Match.id).where(Match.case_id == Case.id, Match.ended_at.is_(None)).exists()
    return (Case.state == "open") & ~linked


def lacks_records(*, licensed: bool) -> ColumnElement[bool]:
    """Return the condition that an open case lacks anything (`missing_records`).

    Of homes it is that the case names none in full: a state that its site's country has may say enough.
    """
    linked = select(Study.id).join(Match, Match.study_id == Study.id)
    linked = linked.where(Match.case_id == Case.id, Match.ended_at.is_(None), Study.state.not_in(_OVER))
    unfit = linked.where(Study.fitness["verdict"].as_string() == "unfit", Study.accepted_by.is_(None)).exists()
    lacking = or_((Case.report_text == "") & linked.exists(), unfit)
    if licensed:
        of_case = aliased(Site)
        site = select(of_case.jurisdiction).where(of_case.name == Case.site).scalar_subquery()
        untold = Case.jurisdiction.in_(("", *LICENSED_BY_STATE)) & (
            (site == "") | (Case.home_state != "") | (Case.jurisdiction != "")
        )
        lacking |= untold & linked.exists()
    return lacks_images() | ((Case.state == "open") & lacking)
