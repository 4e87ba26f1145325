"""Corrections and merges of patients: every case of the patient learns who they are now.

A case is the patient's where an identifier of the same issuer agrees. Cases keep the identifiers they had, since images
that were made before bear them; links of studies are the matcher's and the coordinator's to move.
"""

from sqlalchemy.orm import Session

from gateway.case_reports.document import Identifier
from gateway.case_reports.filing import Source, cases_bearing, patient_keys, remember_keys, remember_source
from gateway.case_reports.identities import Identity, change_identity
from gateway.case_reports.parts import Part
from gateway.models import Case
from gateway.node import Node

_WHY = {"correct": "correction of the patient", "merge": "merge of two identifiers"}


def correct_cases(session: Session, node: Node, site: str, part: Part, source: Source) -> list[Case]:
    """Give the cases of a patient the identity that the part says; return those changed."""
    ids = part.document.patient.ids if part.document is not None else ()
    return _change(session, node, _cases_of(session, site, ids), part, source)


def merge_patients(session: Session, node: Node, site: str, part: Part, source: Source) -> list[Case]:
    """Let the cases under an old identifier have the surviving one too, and its patient's identity."""
    return _change(session, node, _cases_of(session, site, part.old_ids), part, source)


def _change(session: Session, node: Node, cases: list[Case], part: Part, source: Source) -> list[Case]:
    if part.document is None:
        return []
    patient = part.document.patient
    ids = tuple(each.model_dump() for each in patient.ids)
    said = Identity(patient.name, patient.birth_date, patient.sex, ids, patient.other_names)
    changed = []
    for case in cases:
        if change_identity(session, node.clock, case, said, actor=source.actor, why=_WHY[part.does]):
            remember_keys(session, case)
            remember_source(session, node, case, source)
            changed.append(case)
    return changed


def _cases_of(session: Session, site: str, ids: tuple[Identifier, ...]) -> list[Case]:
    """Return the cases of a site whose patient has one of some identifiers, of the same issuer where both name one."""
    found = cases_bearing(session, site, patient_keys(ids))
    return [case for case in found if any(_has(case, each) for each in ids)]


def _has(case: Case, wanted: Identifier) -> bool:
    return any(
        each.get("id") == wanted.id and (not each.get("issuer") or not wanted.issuer or each["issuer"] == wanted.issuer)
        for each in case.patient_ids
    )
