"""A study and a case as they lie on the desk: who they are about, beside what they may belong to."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.accepting import why_not
from gateway.case_reports.anonymous import has_nothing_to_match_by
from gateway.case_reports.reports_of_others import note_on_report
from gateway.case_reports.residence import note_at_desk
from gateway.case_reports.structured_reports.arrival import reports_among_images
from gateway.case_reports.unread_dates import note_on_dates
from gateway.case_reports.unread_documents import unread_at_desk
from gateway.cases import case_view
from gateway.desk.comparison import compare_with_case, readable_date, readable_name
from gateway.desk.identity_conflicts import patients_in_conflict, patients_set_aside, patients_taken_as_one
from gateway.desk.missing import missing_records
from gateway.desk.waiting import days_since
from gateway.desk_models import Rejection
from gateway.kept_case import kept_number
from gateway.links import case_as_read, case_of, get_case, get_study, history_of_case, history_of_study, priors_of_case
from gateway.models import Case, Patient, ReceivedObject, Site, Study
from gateway.node import Node
from gateway.quarantine import count_quarantine
from gateway.release import release_in_words
from gateway.studies import fitness_view, language_of_site


def study_at_desk(session: Session, node: Node, study_uid: str) -> dict[str, Any]:
    """Return a study with its patient, its candidates side by side, its fitness and its history.

    Raises:
        NotFound: no such study.
    """
    study = get_study(session, study_uid)
    patient = session.get_one(Patient, study.patient_id)
    linked = case_of(session, study.id)
    return {
        "study_uid": study.study_uid,
        "study_instance_uid": study.study_instance_uid,
        "site": study.site,
        "site_name": session.get_one(Site, study.site).display_name,
        "state": study.state,
        "reason": study.reason,
        "flagged": study.flagged,
        "was_published": _was_published(session, study),
        "released": study.released,
        "days": days_since(study.received_at, node.clock()),
        "goal_days": node.settings.desk.goal_days,
        "received_at": study.received_at.isoformat(),
        "patient": {
            "name": readable_name(study.patient_name),
            "dicom_name": study.patient_name,
            "birth_date": readable_date(study.birth_date),
            "sex": study.sex,
            "patient_id": patient.patient_id,
            "issuer": patient.issuer,
        },
        "accession_number": study.accession_number,
        "accession_issuer": study.accession_issuer,
        "study_date": readable_date(study.study_date),
        "modality": study.modality,
        "body_part": study.body_part,
        "description": study.description,
        "prior": linked is not None and study.id in priors_of_case(session, linked),
        "case": _candidate(session, study, patient, linked) if linked else None,
        "after_read": linked is not None and case_as_read(session, study.id) is None,
        "candidates": [] if linked else _candidates(session, study, patient),
        "rejected": _rejected(session, study),
        "reports": reports_among_images(session, study),
        "quarantined": count_quarantine(session, study_id=study.id),
        "patients_in_conflict": patients_in_conflict(session, node, study),
        "patients_set_aside": patients_set_aside(session, node, study),
        "patients_taken_as_one": patients_taken_as_one(session, study),
        "fitness": fitness_view(study, language_of_site(session, study.site)),
        "acceptable": why_not(session, study) is None,
        "history": history_of_study(session, study.id),
    }


def _was_published(session: Session, study: Study) -> bool:
    """Say whether anything of a study has been with the readers."""
    published = select(ReceivedObject.id).where(
        ReceivedObject.study_id == study.id, ReceivedObject.disposition == "published"
    )
    return study.state in {"published", "read"} or session.scalar(published.limit(1)) is not None


def case_at_desk(session: Session, node: Node, number: str) -> dict[str, Any]:
    """Return a case with what is missing of it and every link it ever had.

    Raises:
        NotFound: no such case.
    """
    case = get_case(session, number)
    into = session.get(Case, case.merged_into_id) if case.merged_into_id is not None else None
    view = case_view(session, number)
    licensed = node.settings.worklist.require_licence
    return {
        **view,
        "site_name": session.get_one(Site, case.site).display_name,
        "patient_name": readable_name(case.patient_name),
        "other_names_read": [readable_name(each) for each in case.other_names],
        "birth_date": readable_date(case.birth_date),
        "referrer_name": readable_name(case.referrer),
        "expected_on": readable_date(case.study_date),
        "studies": [each | _in_words(get_study(session, each["study_uid"])) for each in view["studies"]],
        "days": days_since(case.created_at, node.clock()),
        "goal_days": node.settings.desk.goal_days,
        "release_words": release_in_words(case),
        "missing": missing_records(session, case, licensed=licensed),
        "nothing_to_match_by": has_nothing_to_match_by(case),
        "report_note": note_on_report(case),
        "unplaced_state": note_at_desk(session.get_one(Site, case.site), case, licensed=licensed),
        "unread_documents": unread_at_desk(case),
        "unread_dates": note_on_dates(case, (each["kind"] for each in view["documents"])),
        "merged_into": into.case_number if into else None,
        "history": history_of_case(session, case.id),
    }


def _in_words(study: Study) -> dict[str, str]:
    """Return by what a person knows a study."""
    day = readable_date(study.study_date)
    return {"modality": study.modality, "description": study.description, "study_date": day, "state": study.state}


def _candidates(session: Session, study: Study, patient: Patient) -> list[dict[str, Any]]:
    """Return the proposed cases, the most probable first, each with its reasons and the comparison."""
    numbers = {each["case_number"]: each for each in study.candidates}
    cases = session.scalars(select(Case).where(Case.case_number.in_(numbers), Case.state == "open"))
    found = [_candidate(session, study, patient, case) | numbers[case.case_number] for case in cases]
    return sorted(found, key=lambda each: -each["probability"])


def _candidate(session: Session, study: Study, patient: Patient, case: Case) -> dict[str, Any]:
    rows = compare_with_case(
        study, patient, case, {each: kept_number(session, study.site, each) for each in study.hints}
    )
    return {
        "case_number": case.case_number,
        "patient": readable_name(case.patient_name),
        "payer": case.payer,
        "release_words": release_in_words(case),
        "has_report": bool(case.report_text.strip()),
        "report_start": " ".join(case.report_text.split())[:400],
        "comparison": [
            {"field": row.field, "study": row.study, "case": row.case, "agreement": row.agreement} for row in rows
        ],
    }


def _rejected(session: Session, study: Study) -> list[dict[str, Any]]:
    rows = session.execute(
        select(Rejection, Case.case_number)
        .join(Case, Case.id == Rejection.case_id)
        .where(Rejection.study_id == study.id)
        .order_by(Rejection.created_at)
    )
    return [
        {"case_number": number, "actor": row.actor, "created_at": row.created_at.isoformat()} for row, number in rows
    ]
