"""enlist: put the published study on the worklist, with the cleaned words of its case and the limits of its images.

What the reader sees of the case report is cleaned of every identity known of the patient before it leaves this zone
(`gateway.case_words`), and approved by a person where the site wants that, also when the case changed since `assess`.
The words and limits of a signed read stay what the reader saw; words go when they bear what became known since. A case
that was linked after the signature is none of the read's, and the coordinator is told. The limits are our own words and
name nobody.

A prior is published to be compared with the study in question. Nobody is asked to read it, so that nobody pays for it,
unless a reader has begun already.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from anonymizer import KnownIdentity, leaks
from gateway import audit
from gateway.case_reports.residence import lives_in
from gateway.case_words import cleaned_words, why_words_wait
from gateway.known_identity import known_identity
from gateway.letters import finding_words
from gateway.links import case_of, mark_after_read, priors_of_case
from gateway.models import Patient, Site, Study
from gateway.node import Node
from gateway.pipeline.assess import hold_published
from gateway.pipeline.outcome import Outcome
from worklist.models import PublishedStudy, WorklistItem
from worklist.publishing import enlist, retire_item, set_case_context, set_limits, withdraw_words

_ACTOR = "cleaner"


def enlist_study(node: Node, study_id: int) -> Outcome:
    """Give the study its case's words and its place on the worklist, unless a person parted or purged it meanwhile."""
    with node.identity.write() as session:
        study = session.get_one(Study, study_id)
        if study.state not in {"published", "read"}:
            return Outcome.WAIT
        study_uid, due_at = study.study_uid, study.received_at + timedelta(hours=node.settings.worklist.due_hours)
        waits = why_words_wait(session, node, study) if study.state != "read" else ""
        words = _case_words(session, node, study)
        known = known_identity(session.get_one(Patient, study.patient_id), study, case_of(session, study_id))
        limits = [finding_words("en", each) for each in study.fitness.get("findings", ())]
    if waits and hold_published(node, study_id, study_uid, waits) is Outcome.WAIT:
        return Outcome.WAIT
    with node.reading.read() as session:
        signed = _is_signed(session, study_uid)
        known_later = signed and _words_bear(session, study_uid, known)
        read_as = session.get_one(PublishedStudy, study_uid).case_number
    if known_later:
        _flag(node, study_id)
    if signed and read_as != words["case_number"]:
        with node.identity.write() as session:
            mark_after_read(session, session.get_one(Study, study_id))
    with node.reading.write() as session:
        if not _is_signed(session, study_uid):
            set_case_context(session, study_uid, **words)
            set_limits(session, study_uid, limits)
        elif _words_bear(session, study_uid, known):
            withdraw_words(session, study_uid)
        if words["prior"]:
            retire_item(session, study_uid)
            return Outcome.GO_ON
        enlist(session, node.clock, study_uid=study_uid, due_at=due_at)
    return Outcome.GO_ON


def _flag(node: Node, study_id: int) -> None:
    """Tell the coordinator that the words of a signed read bore what became known since; they go right after."""
    with node.identity.write() as session:
        study = session.get_one(Study, study_id)
        study.flagged = True
        audit.note(session, node.clock, actor=_ACTOR, action="words-withdrawn", subject=study.study_uid)


def _case_words(session: Session, node: Node, study: Study) -> dict[str, Any]:
    """Return what the reading zone may know of a study's case."""
    case, words = case_of(session, study.id), cleaned_words(session, node, study)
    return {
        "case_number": case.case_number if case else None,
        "question": _or_none(words.question) if words else None,
        "report": _or_none(words.report) if words else None,
        "report_language": _or_none(case.report_language) if case else None,
        "blind": case.blind if case else False,
        "jurisdiction": lives_in(session.get_one(Site, study.site), case).licensed_in or None,
        "payer": case.payer if case else "",
        "prior": case is not None and study.id in priors_of_case(session, case),
    }


def _is_signed(session: Session, study_uid: str) -> bool:
    """Say whether the read of a study is signed, which this zone may not have heard of yet."""
    item = session.scalar(select(WorklistItem).where(WorklistItem.study_uid == study_uid).with_for_update())
    return item is not None and item.state == "signed"


def _words_bear(session: Session, study_uid: str, known: KnownIdentity) -> bool:
    """Say whether a published study's case words bear what is known of its patient."""
    study = session.get_one(PublishedStudy, study_uid)
    return bool(leaks(f"{study.report or ''}\n{study.question or ''}".encode(), known))


def _or_none(text: str) -> str | None:
    return text if text.strip() else None
