"""Show a person the studies of a case that bear numbers of somebody else."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.case_reports.former import Number, pairs_of
from gateway.matching.issuers import may_be_one_issuer
from gateway.models import Case, Match, Patient, Study


def flag_studies(session: Session, case: Case, numbers: Collection[Number]) -> None:
    """Show a person the studies that are linked to a case and bear one of some numbers."""
    linked = (
        select(Study, Patient)
        .join(Match, Match.study_id == Study.id)
        .join(Patient, Patient.id == Study.patient_id)
        .where(Match.case_id == case.id, Match.ended_at.is_(None), Study.state != "purged")
    )
    for study, patient in session.execute(linked):
        borne = {(patient.patient_id, patient.issuer), *pairs_of(study.other_ids)}
        if any(_may_be_one(each, number) for each in borne for number in numbers):
            study.flagged = True


def _may_be_one(one: Number, other: Number) -> bool:
    """Say whether two numbers may be one: images often name no issuer, or name it in another way."""
    return one[0] == other[0] and may_be_one_issuer(one[1], other[1])
