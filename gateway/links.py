"""Links between studies and cases: made by the matcher or a person, always with reasons, ended but never deleted."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.case_number import CaseNumber
from config.clock import Clock
from config.errors import Conflict, NotFound
from gateway import audit
from gateway.attachments.linking import link_attachments_of_study
from gateway.models import Case, Match, Study


def case_of(session: Session, study_id: int) -> Case | None:
    """Return the case that a study is linked to now."""
    return session.scalar(
        select(Case).join(Match, Match.case_id == Case.id).where(Match.study_id == study_id, Match.ended_at.is_(None))
    )


def link(
    session: Session,
    clock: Clock,
    *,
    study: Study,
    case: Case,
    how: str,
    probability: float,
    reasons: list[str],
    actor: str,
) -> Match:
    """Link a study to a case and let its workflow go on; the same link again changes nothing.

    Raises:
        Conflict: of two sites, the case is closed, or the study is linked to another case.
    """
    if study.site != case.site:
        raise Conflict("the study and the case belong to different sites")
    if case.state != "open":
        raise Conflict(f"case {case.case_number} is closed")
    present = session.scalar(select(Match).where(Match.study_id == study.id, Match.ended_at.is_(None)))
    if present is not None:
        if present.case_id == case.id:
            return present
        raise Conflict("the study is linked to another case; `overread case unmatch` ends that link first")
    match = Match(
        study_id=study.id,
        case_id=case.id,
        how=how,
        probability=probability,
        reasons=reasons,
        actor=actor,
        created_at=clock(),
    )
    session.add(match)
    study.candidates = []
    detail = {"case_number": case.case_number, "how": how, "probability": round(probability, 6), "reasons": reasons}
    audit.note(session, clock, actor=actor, action="match", subject=study.study_uid, detail=detail)
    link_attachments_of_study(session, study.id)
    return match


def unlink(session: Session, clock: Clock, *, study: Study, case: Case, actor: str) -> None:
    """End the link of a study to a case.

    Raises:
        Conflict: the study was read already, so that the link is part of a signed document.
        NotFound: there is no such link.
    """
    if study.state == "read":
        raise Conflict("the study was read: its link to the case is part of a signed document")
    match = session.scalar(
        select(Match).where(Match.study_id == study.id, Match.case_id == case.id, Match.ended_at.is_(None))
    )
    if match is None:
        raise NotFound(f"the study is not linked to case {case.case_number}")
    match.ended_at = clock()
    detail = {"case_number": case.case_number}
    audit.note(session, clock, actor=actor, action="unmatch", subject=study.study_uid, detail=detail)
    link_attachments_of_study(session, study.id)


def get_case(session: Session, number: str) -> Case:
    """Return a case by its number.

    Raises:
        Malformed: not a case number.
        NotFound: no such case.
    """
    case = session.scalar(select(Case).where(Case.case_number == CaseNumber(number).value))
    if case is None:
        raise NotFound(f"there is no case {number}")
    return case


def get_study(session: Session, study_uid: str) -> Study:
    """Return a study by its pseudonymous Study Instance UID.

    Raises:
        NotFound: no such study.
    """
    study = session.scalar(select(Study).where(Study.study_uid == study_uid))
    if study is None:
        raise NotFound(f"there is no study {study_uid}; `overread study list` shows the pseudonymous UIDs")
    return study


def request_revision(study: Study) -> None:
    """Let a workflow look at a study again, though nothing new arrived."""
    study.wanted_revision += 1


def links_of_case(session: Session, case_id: int) -> list[dict[str, Any]]:
    """Return the studies linked to a case now, with how and why."""
    rows = session.execute(
        select(Study.study_uid, Match.how, Match.probability, Match.reasons)
        .join(Match, Match.study_id == Study.id)
        .where(Match.case_id == case_id, Match.ended_at.is_(None))
        .order_by(Match.id)
    )
    return [{"study_uid": uid, "how": how, "probability": p, "reasons": why} for uid, how, p, why in rows]
