"""Links between studies and cases: made by the matcher or a person, always with reasons, ended but never deleted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select, tuple_
from sqlalchemy.orm import Session

from config.case_number import CaseNumber
from config.clock import Clock
from config.errors import Conflict, NotFound
from gateway import audit
from gateway.attachments.linking import link_attachments_of_studies
from gateway.desk_models import Rejection
from gateway.matching.priors import LinkedStudy, find_priors
from gateway.models import Case, Match, Study


def case_of(session: Session, study_id: int) -> Case | None:
    """Return the case that a study is linked to now."""
    return session.scalar(
        select(Case).join(Match, Match.case_id == Case.id).where(Match.study_id == study_id, Match.ended_at.is_(None))
    )


def case_as_read(session: Session, study_id: int) -> Case | None:
    """Return the case of a study as far as its read knew of it: none that came after the signature."""
    return session.scalar(
        select(Case)
        .join(Match, Match.case_id == Case.id)
        .where(Match.study_id == study_id, Match.ended_at.is_(None), Match.after_read.is_(False))
    )


@dataclass(frozen=True)
class NewLink:
    """A link to be made: of which study to which case, how it came about, and why."""

    study: Study
    case: Case
    how: str
    probability: float
    reasons: Sequence[str]


def link(session: Session, clock: Clock, new: NewLink, *, actor: str) -> Match:
    """Link one study to a case as `link_all` does."""
    return link_all(session, clock, [new], actor=actor)[0]


def link_all(session: Session, clock: Clock, links: Sequence[NewLink], *, actor: str) -> list[Match]:
    """Link studies to cases; the same link again changes nothing.

    A person's link takes back an earlier word that the two do not belong together.

    Raises:
        Conflict: of two sites, a case is closed, or a study is linked to another case.
    """
    ids = [each.study.id for each in links]
    _lock(session, ids)
    query = select(Match).where(Match.study_id.in_(ids), Match.ended_at.is_(None))
    present = {match.study_id: match for match in session.scalars(query)}
    for each in links:
        _check(each, present.get(each.study.id))
    made = [each for each in links if each.study.id not in present]
    for each in made:
        present[each.study.id] = _made(session, clock, each, actor)
    pairs = [(each.study.id, each.case.id) for each in made if each.how == "person"]
    session.execute(delete(Rejection).where(tuple_(Rejection.study_id, Rejection.case_id).in_(pairs)))
    audit.note_all(session, clock, actor=actor, action="match", subjects=[_noted(each) for each in made])
    link_attachments_of_studies(session, [each.study.id for each in made])
    tell_others(session, {each.case.id for each in made}, but={each.study.id for each in made})
    return [present[each.study.id] for each in links]


def lock_study(session: Session, study: Study) -> Study:
    """Return a study as it is now, locked until the transaction ends where the database locks rows."""
    _lock(session, [study.id])
    return study


def _lock(session: Session, study_ids: Sequence[int]) -> None:
    """Let whoever links studies and whoever takes over their signatures wait for each other."""
    query = select(Study).where(Study.id.in_(study_ids)).order_by(Study.id).with_for_update()
    session.scalars(query.execution_options(populate_existing=True)).all()


def mark_after_read(session: Session, study: Study) -> None:
    """Remember that the link of a study came after the signature, which its maker could not know, and tell of it."""
    match = session.scalar(
        select(Match).where(Match.study_id == study.id, Match.ended_at.is_(None), Match.after_read.is_(False))
    )
    if match is not None:
        match.after_read, study.flagged = True, True


def _check(new: NewLink, present: Match | None) -> None:
    if new.study.site != new.case.site:
        raise Conflict("the study and the case belong to different sites")
    if new.case.state != "open":
        raise Conflict(f"case {new.case.case_number} is closed")
    if present is not None and present.case_id != new.case.id:
        raise Conflict("the study is linked to another case: part them first")


def _made(session: Session, clock: Clock, new: NewLink, actor: str) -> Match:
    match = Match(
        study_id=new.study.id,
        case_id=new.case.id,
        how=new.how,
        probability=new.probability,
        reasons=list(new.reasons),
        actor=actor,
        created_at=clock(),
        after_read=new.study.state == "read",
    )
    session.add(match)
    new.study.candidates = []
    return match


def _noted(new: NewLink) -> tuple[str, dict[str, object]]:
    detail = {"case_number": new.case.case_number, "how": new.how, "probability": round(new.probability, 6)}
    return new.study.study_uid, detail | {"reasons": list(new.reasons)}


def unlink(session: Session, clock: Clock, *, study: Study, case: Case, actor: str, because: str) -> None:
    """End the link of a study to a case; it stays as history, with who ended it and why.

    Raises:
        Conflict: the study was read with this link already, so that it is part of a signed document.
        NotFound: there is no such link.
    """
    match = session.scalar(
        select(Match).where(Match.study_id == study.id, Match.case_id == case.id, Match.ended_at.is_(None))
    )
    if study.state == "read" and (match is None or not match.after_read):
        raise Conflict("the study was read: its link to the case is part of a signed document")
    if match is None:
        raise NotFound(f"the study is not linked to case {case.case_number}")
    match.ended_at, match.ended_by, match.ended_because = clock(), actor, because
    session.flush()  # the index of one active link must see this end before another begins
    detail = {"case_number": case.case_number, "because": because}
    audit.note(session, clock, actor=actor, action="unmatch", subject=study.study_uid, detail=detail)
    link_attachments_of_studies(session, [study.id])
    tell_others(session, [case.id], but=[study.id])


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
        raise NotFound(f"there is no study {study_uid}: a study is named by its pseudonymous UID")
    return study


def request_revision(study: Study) -> None:
    """Let a workflow look at a study again, though nothing new arrived."""
    study.wanted_revision += 1


def links_of_case(session: Session, case_id: int) -> list[dict[str, Any]]:
    """Return the studies linked to a case now, with how and why, and which of them are priors."""
    rows = session.execute(
        select(Study.study_uid, Study.id, Match)
        .join(Match, Match.study_id == Study.id)
        .where(Match.case_id == case_id, Match.ended_at.is_(None))
        .order_by(Match.id)
    ).all()
    priors = priors_of_case(session, session.get_one(Case, case_id)) if rows else frozenset()
    return [
        {
            "study_uid": study_uid,
            "how": match.how,
            "probability": match.probability,
            "reasons": match.reasons,
            "prior": study_id in priors,
        }
        for study_uid, study_id, match in rows
    ]


def priors_of_case(session: Session, case: Case) -> frozenset[int]:
    """Return which of the studies linked to a case are priors, by their internal numbers."""
    rows = session.execute(
        select(Study.id, Study.study_date, Study.study_instance_uid, Study.accession_number)
        .join(Match, Match.study_id == Study.id)
        .where(Match.case_id == case.id, Match.ended_at.is_(None))
    )
    linked = [
        LinkedStudy(study_id, day, named=uid in case.study_uids or number in case.accession_numbers)
        for study_id, day, uid, number in rows
    ]
    return find_priors(linked, case_date=case.study_date)


def tell_others(session: Session, case_ids: Iterable[int], *, but: Iterable[int]) -> None:
    """Let the other published studies of cases look whether they are priors now: what came or went may decide that."""
    linked = select(Match.study_id).where(Match.case_id.in_(list(case_ids)), Match.ended_at.is_(None))
    others = select(Study).where(Study.id.in_(linked), Study.id.not_in(list(but)), Study.state == "published")
    for study in session.scalars(others):
        request_revision(study)
