"""What admins and coordinators see of studies and do with them."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from config.errors import Conflict
from gateway import audit
from gateway.attachments.discarding import discard_with_study
from gateway.decisions import check_whose_it_is
from gateway.letters import finding_words, fitness_letter, language_for
from gateway.links import case_of, get_study, history_of_study, lock_study, request_revision
from gateway.matching.index import studies_go_on
from gateway.models import ReceivedObject, Return, Site, Study
from gateway.node import Node
from gateway.originals import delete_unneeded, discard
from gateway.withdrawn import is_shown, withdraw

_NOT_WAITING = {
    "held": "the study waits for no case but is held for another reason, which the desk and `overread study show` tell",
    "published": "the study was published already: it goes on without a case",
    "read": "the study was read already: there is nothing to release",
}


def list_studies(session: Session, *, site: str | None = None, state: str | None = None) -> list[dict[str, Any]]:
    """Return the studies, oldest first, as the command line shows them."""
    query = select(Study).order_by(Study.id)
    if site is not None:
        query = query.where(Study.site == site)
    if state is not None:
        query = query.where(Study.state == state)
    return [_row(session, study) for study in session.scalars(query)]


def study_view(session: Session, study_uid: str) -> dict[str, Any]:
    """Return all that is known of a study, under its pseudonym.

    Raises:
        NotFound: no such study.
    """
    study = get_study(session, study_uid)
    returns = session.scalars(select(Return).where(Return.study_id == study.id).order_by(Return.id))
    return {
        **_row(session, study),
        "reason": study.reason,
        "flagged": study.flagged,
        "dispositions": _dispositions(session, study.id),
        "fitness": fitness_view(study, language_of_site(session, study.site)),
        "candidates": study.candidates,
        "matches": history_of_study(session, study.id),
        "returns": [return_view(each) for each in returns],
    }


def language_of_site(session: Session, name: str) -> str:
    """Return the language in which a site is written to."""
    site = session.get_one(Site, name)
    return language_for(site.language, site.country)


def fitness_view(study: Study, language: str = "en") -> dict[str, Any]:
    """Return the verdict on whether a study can be read, in words; `letter` is what to tell the hospital."""
    findings = study.fitness.get("findings", [])
    return {
        "verdict": study.fitness.get("verdict"),
        "findings": [
            {"code": each["code"], "unfit": each["unfit"], "says": finding_words("en", each)} for each in findings
        ],
        "accepted_by": study.accepted_by,
        "language": language,
        "letter": fitness_letter(language, findings),
    }


def return_view(row: Return) -> dict[str, Any]:
    """Return the state of an answer on its way back."""
    return {
        "read": row.read_id,
        "addendum": row.addendum_id,
        "state": row.state,
        "attempts": row.attempts,
        "reason": row.reason,
        "sent_at": row.sent_at.isoformat() if row.sent_at else None,
    }


def reprocess(node: Node, study_uid: str, *, actor: str) -> None:
    """Let the pipeline look at a study again: objects that were not published are de-identified anew.

    Raises:
        NotFound: no such study.
        Conflict: the study was purged.
    """
    with node.identity.write() as session:
        study = _living(session, study_uid)
        waiting = session.scalars(
            select(ReceivedObject).where(
                ReceivedObject.study_id == study.id,
                ReceivedObject.first,
                ReceivedObject.disposition == "quarantined",
                ReceivedObject.discarded_at.is_(None),
            )
        )
        for row in waiting:
            row.disposition = row.reason_code = row.reason = None
            row.deaths = 0
        request_revision(study)
        audit.note(session, node.clock, actor=actor, action="reprocess", subject=study.study_uid)


def release(node: Node, study_uid: str, *, actor: str) -> None:
    """Let a study that waits for a case, or may come to, go on without one; a second time changes nothing.

    Raises:
        NotFound: no such study.
        Conflict: the study was purged, is of two patients, has a case, was published, or is held for another reason.
    """
    with node.identity.write() as session:
        study = lock_study(session, _living(session, study_uid))
        check_whose_it_is(session, study)
        case = case_of(session, study.id)
        if case is not None:
            raise Conflict(f"the study is linked to case {case.case_number} and needs no release: part them first")
        if study.state in _NOT_WAITING:
            raise Conflict(_NOT_WAITING[study.state])
        study.released = True
        request_revision(study)
        audit.note(session, node.clock, actor=actor, action="study-released", subject=study.study_uid)


def unflag(node: Node, study_uid: str, *, actor: str) -> None:
    """Take a study's flag away because a person has looked at what became known of it.

    Raises:
        NotFound: no such study.
    """
    with node.identity.write() as session:
        get_study(session, study_uid).flagged = False
        audit.note(session, node.clock, actor=actor, action="flag-seen", subject=study_uid)


def purge(node: Node, study_uid: str, *, actor: str) -> None:
    """Remove a study's images from both zones; what was signed and charged stays, and so do the receipts.

    Afterwards no object counts as the first of its SOP Instance UID: one sent again is new, and a person decides on it.

    One that a crash broke off is brought to its end.

    Raises:
        NotFound: no such study.
        Conflict: the study was purged before.
    """
    if _was_broken_off(node, study_uid):
        withdraw(node, study_uid)
        return
    with node.identity.write() as session:
        study = _living(session, study_uid)
        study.state, study.reason = "purged", "purged by a person"
        study.candidates, study.settling = [], False
        study.finished_revision = study.started_revision = study.wanted_revision
        objects = list(session.scalars(select(ReceivedObject).where(ReceivedObject.study_id == study.id)))
        studies_go_on(session, [study.id])
        staged = {row.derived_blob for row in objects if row.derived_blob}
        for row in objects:
            row.derived_blob, row.verified, row.first = None, False, False
            if row.disposition is None:
                row.disposition, row.reason_code, row.reason = "kept", "purged", "the study was purged"
        originals = discard(session, node.clock, objects) | discard_with_study(session, node.clock, study)
        audit.note(session, node.clock, actor=actor, action="purge", subject=study.study_uid)
    withdraw(node, study_uid)
    for key in staged:
        node.staging.delete(key)
    delete_unneeded(node, originals)


def _was_broken_off(node: Node, study_uid: str) -> bool:
    """Say whether a study was purged here when the node died before the readers lost it."""
    with node.identity.read() as session, node.reading.read() as reading:
        return get_study(session, study_uid).state == "purged" and is_shown(reading, study_uid)


def _living(session: Session, study_uid: str) -> Study:
    study = get_study(session, study_uid)
    if study.state == "purged":
        raise Conflict("the study was purged: its images are gone")
    return study


def _row(session: Session, study: Study) -> dict[str, Any]:
    case = case_of(session, study.id)
    counted = _dispositions(session, study.id)
    return {
        "study_uid": study.study_uid,
        "site": study.site,
        "state": study.state,
        "modality": study.modality,
        "instances": sum(counted.values()) - counted.get("duplicate", 0) - counted.get("conflict", 0),
        "case": case.case_number if case else None,
        "received_at": study.received_at.isoformat(),
        "quarantined": counted.get("quarantined", 0),
    }


def _dispositions(session: Session, study_id: int) -> dict[str, int]:
    rows = session.execute(
        select(ReceivedObject.disposition, func.count())
        .where(ReceivedObject.study_id == study_id)
        .group_by(ReceivedObject.disposition)
    )
    return {disposition or "pending": count for disposition, count in rows}
