"""The words of a case as the reader gets them: cleaned by rule, and corrected by a person where that is wanted.

They are kept with what they were made of. When the report, the question or what is known of the patient changes, they
are cleaned anew, and an approval or correction of the old ones is void; those of a signed read stay. The audit trail
says what was removed as kinds and counts, never as values; words a person wrote are searched for what is known before
they are let go.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from anonymizer import CleanedText, DateShift, KnownIdentity, Removal, clean_and_trace, date_shift_days, leaks
from config.errors import Conflict
from gateway import audit
from gateway.attachments.adopting import ARRIVED
from gateway.attachments.language import guess_language
from gateway.case_reports.dates import order_in
from gateway.case_reports.reports_of_others import Beside, named_otherwise
from gateway.desk_models import CleanedWords
from gateway.known_identity import known_identity
from gateway.links import case_of, get_study
from gateway.models import Case, Match, Patient, Site, Study
from gateway.node import Node

_ACTOR = "cleaner"
_NO_WORDS = "the study has no case, or was read before it had one: there are no words to clean"
UNAPPROVED = "the cleaned words of its case wait to be approved at the desk"
MAY_NAME = "words of its case may be the patient's name: look at them at the desk, and approve them"
DOUBTFUL = "the report of its case names somebody else: see the case, and approve the words if they are the patient's"
_WITH_DOUBT = "-of-somebody-else"
_MONTH_FIRST: Mapping[str, bool | None] = {"month-first": True, "day-first": False, "unknown": None}


@dataclass(frozen=True)
class _Source:
    """What words are cleaned of, and with."""

    report: str
    question: str
    known: KnownIdentity
    shift: DateShift | None

    @property
    def digest(self) -> str:
        dates = [str(day) for day in self.known.dates]
        known = [self.known.names, self.known.ids, dates, self.known.others, self.known.spoken]
        shift = [self.shift.days, str(self.shift.around), self.shift.month_first] if self.shift else None
        return hashlib.sha256(json.dumps([self.report, self.question, known, shift]).encode()).hexdigest()

    def cleaned(self) -> tuple[CleanedText, CleanedText]:
        return clean_and_trace(self.report, self.known, self.shift), clean_and_trace(
            self.question, self.known, self.shift
        )


def cleaned_words(session: Session, node: Node, study: Study) -> CleanedWords | None:
    """Return the words for a study's reader, cleaned anew where something changed; None without a case.

    Those of a signed read stay as they are: a person may have redacted what no rule would find again. One that was
    signed before there was a case has none.
    """
    case = case_of(session, study.id)
    if case is None:
        return None
    row = session.get(CleanedWords, study.id)
    if row is None and study.state == "read":
        return None
    source = _source(session, node, study, case)
    if row is not None and (row.source == source.digest or study.state == "read"):
        return row
    if row is None:
        row = CleanedWords(study_id=study.id)
        session.add(row)
    report, question = source.cleaned()
    row.source, row.report, row.question = source.digest, report.text, question.text
    row.removed, row.doubtful = _counts(report, question), len(report.doubtful) + len(question.doubtful)
    row.edited_by, row.approved_by, row.approved_at, row.approved_as_theirs = None, None, None, False
    session.flush()
    detail = {"removed": row.removed} | ({"doubtful": row.doubtful} if row.doubtful else {})
    audit.note(session, node.clock, actor=_ACTOR, action="words-cleaned", subject=study.study_uid, detail=detail)
    return row


def why_words_wait(session: Session, node: Node, study: Study) -> str:
    """Return why a study's words must be approved by a person, empty where they are or need not be."""
    row = cleaned_words(session, node, study)
    if row is None or not (row.report.strip() or row.question.strip()):
        return ""
    why = _why_approved(session, study, row)
    return "" if _is_approved(row, why) else why


def _is_approved(row: CleanedWords, why: str) -> bool:
    """Say whether words were approved knowing why they have to be: a report that names somebody else may come later."""
    return row.approved_at is not None and (why != DOUBTFUL or row.approved_as_theirs)


def _shown(row: CleanedWords, why: str) -> str:
    """Return what stands for words as they were shown: with the doubt whose report it is, where there was any."""
    return f"{row.source}{_WITH_DOUBT}" if why == DOUBTFUL else row.source


def _why_approved(session: Session, study: Study, row: CleanedWords) -> str:
    """Return why a person approves a study's words: its report may be somebody else's, its site wants that of each, or
    a word that stays in them may be the patient's name.

    Reports that came with images are compared with all images of their case too.
    """
    case = case_of(session, study.id)
    if case is not None and (case.reports_of_others or _came_with_another_s(session, case)):
        return DOUBTFUL
    if session.get_one(Site, study.site).approve_reports:
        return UNAPPROVED
    return MAY_NAME if row.doubtful else ""


def _came_with_another_s(session: Session, case: Case) -> bool:
    arrived = [text for order, text in case.report_parts.items() if order.startswith(ARRIVED)]
    if not arrived:
        return False
    of_case = (
        select(Study, Patient).join(Match, Match.study_id == Study.id).join(Patient, Patient.id == Study.patient_id)
    )
    linked = session.execute(of_case.where(Match.case_id == case.id, Match.ended_at.is_(None))).all()
    said = Beside(
        numbers=[
            number
            for study, patient in linked
            for number in (patient.patient_id, study.accession_number, *(each["id"] for each in study.other_ids))
        ],
        names=[name for study, _ in linked for name in (study.patient_name, *study.birth_names)],
        birth_dates=[study.birth_date for study, _ in linked],
    )
    return any(named_otherwise(text, case, said) for text in arrived)


def words_view(session: Session, node: Node, study_uid: str) -> dict[str, Any]:
    """Return the original words with the places that were taken out, and the cleaned ones.

    Raises:
        NotFound: no such study.
        Conflict: the study has no case.
    """
    study = get_study(session, study_uid)
    row, case = cleaned_words(session, node, study), case_of(session, study.id)
    if row is None or case is None:
        raise Conflict(_NO_WORDS)
    report, question = _source(session, node, study, case).cleaned()
    why = _why_approved(session, study, row)
    approved = _is_approved(row, why)
    return {
        "study_uid": study.study_uid,
        "case_number": case.case_number,
        "language": case.report_language,
        "original": {"report": _pieces(case.report_text, report), "question": _pieces(case.question, question)},
        "report": row.report,
        "question": row.question,
        "removed": row.removed,
        "edited_by": row.edited_by,
        "approved_by": row.approved_by if approved else None,
        "approved_at": row.approved_at.isoformat() if row.approved_at and approved else None,
        "doubtful": row.doubtful,
        "approval_required": bool(why),
        "names_somebody_else": why == DOUBTFUL,
        "signed": study.state == "read",
        "source": _shown(row, why),
    }


def set_words(
    session: Session, node: Node, study: Study, *, report: str, question: str, source: str, approve: bool, actor: str
) -> None:
    """Put a person's words in place of the cleaned ones, and approve them or not; in the caller's transaction.

    Raises:
        Conflict: the read is signed, the words were cleaned anew meanwhile, they bear what is known of the patient, or
            are approved by who was not shown that their report names somebody else.
    """
    row, case = cleaned_words(session, node, study), case_of(session, study.id)
    if row is None or case is None:
        raise Conflict(_NO_WORDS)
    if study.state == "read":
        raise Conflict("the read is signed: its words stay what the reader saw")
    why = _why_approved(session, study, row)
    if row.source != source.removesuffix(_WITH_DOUBT) or (approve and why == DOUBTFUL and source != _shown(row, why)):
        raise Conflict("the case has changed meanwhile; load the words again")
    known = _source(session, node, study, case).known
    found = leaks(f"{report}\n{question}".encode(), known)
    if found:
        raise Conflict(f"the words still bear what is known of the patient ({', '.join(found)})")
    if (report, question) != (row.report, row.question):
        row.report, row.question, row.edited_by = report, question, actor
        audit.note(session, node.clock, actor=actor, action="words-edited", subject=study.study_uid)
    row.approved_by, row.approved_at = (actor, node.clock()) if approve else (None, None)
    row.approved_as_theirs = approve and why == DOUBTFUL
    if approve:
        audit.note(session, node.clock, actor=actor, action="words-approved", subject=study.study_uid)


def _source(session: Session, node: Node, study: Study, case: Case) -> _Source:
    patient, site = session.get_one(Patient, study.patient_id), session.get_one(Site, study.site)
    known = known_identity(patient, study, case)
    shift = _shift(node, study, patient, site, case)
    return _Source(case.report_text, case.question, replace(known, others=(*known.others, site.display_name)), shift)


def _shift(node: Node, study: Study, patient: Patient, site: Site, case: Case) -> DateShift | None:
    """Return how the dates of a study's images move, and the order of those in its words; None where it has no date."""
    text = study.study_date
    try:
        around = date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None
    days = date_shift_days(node.keys[patient.key_version], site=study.site, patient_scope=patient.scope)
    words = f"{case.report_text}\n{case.question}"
    language = case.report_language.lower().partition("-")[0] or guess_language(words)
    return DateShift(days, around, month_first=_MONTH_FIRST[order_in(words, language, site.country)])


def _counts(*cleaned: CleanedText) -> dict[str, int]:
    found: dict[str, int] = {}
    for each in cleaned:
        for kind, count in each.counts.items():
            found[kind] = found.get(kind, 0) + count
    return dict(sorted(found.items()))


def _pieces(original: str, cleaned: CleanedText) -> list[dict[str, str]]:
    """Return an original in pieces: what stayed, and what was taken out with its kind and what stands there now.

    What stayed and may be the patient's name is a piece of the kind `doubtful`.
    """
    stayed = (Removal(start, end, "doubtful", original[start:end]) for start, end in cleaned.doubtful)
    pieces: list[dict[str, str]] = []
    end = 0
    for each in sorted((*cleaned.removals, *stayed), key=lambda piece: piece.start):
        if each.start > end:
            pieces.append({"text": original[end : each.start]})
        pieces.append({"text": original[each.start : each.end], "kind": each.kind, "instead": each.instead})
        end = each.end
    if end < len(original):
        pieces.append({"text": original[end:]})
    return pieces
