"""Links between studies and cases: made by the matcher or a person, always with reasons, ended but never deleted."""

from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from config.case_number import CaseNumber
from config.clock import Clock
from config.errors import Conflict, NotFound
from gateway import audit
from gateway.attachments.linking import link_attachments_of_study
from gateway.desk_models import Rejection
from gateway.matching.priors import is_prior
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

    A person's link takes back an earlier word that the two do not belong together.

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
    session.execute(delete(Rejection).where(Rejection.study_id == study.id, Rejection.case_id == case.id))
    detail = {"case_number": case.case_number, "how": how, "probability": round(probability, 6), "reasons": reasons}
    audit.note(session, clock, actor=actor, action="match", subject=study.study_uid, detail=detail)
    link_attachments_of_study(session, study.id)
    return match


def unlink(session: Session, clock: Clock, *, study: Study, case: Case, actor: str, because: str) -> None:
    """End the link of a study to a case; it stays as history, with who ended it and why.

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
    match.ended_at, match.ended_by, match.ended_because = clock(), actor, because
    session.flush()  # the index of one active link must see this end before another begins
    detail = {"case_number": case.case_number, "because": because}
    audit.note(session, clock, actor=actor, action="unmatch", subject=study.study_uid, detail=detail)
    link_attachments_of_study(session, study.id)


def reject(session: Session, clock: Clock, *, study: Study, case: Case, actor: str) -> None:
    """Remember that a study does not belong to a case: the matcher never proposes the pair again."""
    if session.get(Rejection, (study.id, case.id)) is None:
        session.add(Rejection(study_id=study.id, case_id=case.id, actor=actor, created_at=clock()))
        detail = {"case_number": case.case_number}
        audit.note(session, clock, actor=actor, action="match-rejected", subject=study.study_uid, detail=detail)
    study.candidates = [each for each in study.candidates if each["case_number"] != case.case_number]


def history_of_study(session: Session, study_id: int) -> list[dict[str, Any]]:
    """Return every link a study ever had, oldest first, and how each ended."""
    rows = session.execute(
        select(Match, Case.case_number)
        .join(Case, Case.id == Match.case_id)
        .where(Match.study_id == study_id)
        .order_by(Match.id)
    )
    return [_history_entry(match, {"case_number": number}) for match, number in rows]


def history_of_case(session: Session, case_id: int) -> list[dict[str, Any]]:
    """Return every link a case ever had, oldest first, and how each ended."""
    rows = session.execute(
        select(Match, Study.study_uid)
        .join(Study, Study.id == Match.study_id)
        .where(Match.case_id == case_id)
        .order_by(Match.id)
    )
    return [_history_entry(match, {"study_uid": uid}) for match, uid in rows]


def _history_entry(match: Match, other: dict[str, str]) -> dict[str, Any]:
    return other | {
        "how": match.how,
        "probability": match.probability,
        "reasons": match.reasons,
        "actor": match.actor,
        "created_at": match.created_at.isoformat(),
        "ended_at": match.ended_at.isoformat() if match.ended_at else None,
        "ended_by": match.ended_by,
        "ended_because": match.ended_because,
    }


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
    """Return the studies linked to a case now, with how and why, and which of them are priors by their dates."""
    rows = session.execute(
        select(Study.study_uid, Study.study_date, Match.how, Match.probability, Match.reasons, Case.study_date)
        .join(Match, Match.study_id == Study.id)
        .join(Case, Case.id == Match.case_id)
        .where(Match.case_id == case_id, Match.ended_at.is_(None))
        .order_by(Match.id)
    ).all()
    newest = max((row[1] for row in rows), default="")
    return [
        {
            "study_uid": uid,
            "how": how,
            "probability": probability,
            "reasons": why,
            "prior": is_prior(study_date, case_date=case_date, newest=newest),
        }
        for uid, study_date, how, probability, why, case_date in rows
    ]
