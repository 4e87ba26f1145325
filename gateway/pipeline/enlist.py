"""enlist: put the published study on the worklist, with the cleaned words of its case.

What the reader sees of the case report is cleaned of every identity known of the patient before it leaves this zone.
"""

from datetime import timedelta

from anonymizer import KnownIdentity, clean_text
from gateway.known_identity import known_identity
from gateway.links import case_of
from gateway.models import Case, Patient, Study
from gateway.node import Node
from gateway.pipeline.outcome import Outcome
from worklist.publishing import enlist, set_case_context


def enlist_study(node: Node, study_id: int) -> Outcome:
    """Give the study its case's words and its place on the worklist, unless a person parted or purged it meanwhile."""
    with node.identity.read() as session:
        study = session.get_one(Study, study_id)
        if study.state not in {"published", "read"}:
            return Outcome.WAIT
        patient = session.get_one(Patient, study.patient_id)
        case = case_of(session, study_id)
        known = known_identity(patient, study, case)
    due_at = study.received_at + timedelta(hours=node.settings.worklist.due_hours)
    with node.reading.write() as session:
        set_case_context(
            session,
            study.study_uid,
            case_number=case.case_number if case else None,
            question=_clean(case.question, known) if case else None,
            report=_clean(case.report_text, known) if case else None,
            report_language=_or_none(case.report_language) if case else None,
            blind=case.blind if case else False,
            jurisdiction=_jurisdiction(case),
        )
        enlist(session, node.clock, study_uid=study.study_uid, due_at=due_at)
    return Outcome.GO_ON


def _clean(text: str, known: KnownIdentity) -> str | None:
    return clean_text(text, known) if text.strip() else None


def _or_none(text: str) -> str | None:
    return text or None


def _jurisdiction(case: Case | None) -> str | None:
    return case.jurisdiction or None if case else None
