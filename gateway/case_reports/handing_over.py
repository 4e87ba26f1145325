"""An order that is told for the other of two patients, once the merge that made one of them was taken back.

While the merge stood, its case bore the numbers of both, and who tells orders named whichever survived. When the case
has parted with the number under which its order is told now, the order is still the same: its case goes to the patient
who is named, and whose it was stands among the former identities. Studies of the case that bear a number which it
gives up are flagged, and the matcher judges its links again. A message that its sender made while the merge stood, and
that a queue brings later, names a number which was both patients' then: it changes what is asked, and not who is meant,
as it would have had it come in time.
"""

from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from config.errors import Conflict
from gateway import audit
from gateway.case_reports.case_keys import cases_bearing, forget_numbers, keys_by_strength
from gateway.case_reports.document import CaseDocument, PatientPart
from gateway.case_reports.flagging import flag_studies
from gateway.case_reports.former import (
    CASES_MERGED,
    HANDED_OVER,
    TAKEN_BACK,
    call,
    formerly,
    pair_of,
    pairs_of,
    put_aside,
)
from gateway.case_reports.identities import agree
from gateway.case_reports.made_at import made_before
from gateway.case_reports.told_at import forget_told
from gateway.models import Case
from gateway.node import Node

TWO_CASES = "two cases of the site bear this order: tell who assigned its number, or let a person join them"


class PatientSaid(NamedTuple):
    """Who is said to be a case's patient, where they live, and when the sender made the message that says so."""

    patient: PatientPart
    lives_in: str
    made_at: str


def parted_case(session: Session, site: str, document: CaseDocument) -> Case | None:
    """Return the case of a document's order that has parted with the number under which it is told now.

    Raises:
        Conflict: two such cases answer to the document's numbers.
    """
    if document.case_number:
        return None
    for keys in keys_by_strength(document.orders, document.study_uids, document.accession_numbers):
        found = [case for case in cases_bearing(session, site, keys) if has_parted_with(case, document.patient)]
        if len(found) > 1:
            raise Conflict(TWO_CASES)
        if found:
            return found[0]
    return None


def has_parted_with(case: Case, patient: PatientPart) -> bool:
    """Say whether a case bore a number of a patient until a merge was taken back, and is not theirs by another now.

    A number of another issuer, as of an insurance, both patients of the merge may bear. A case into which a person
    merged another since stays whose that person made it.
    """
    taken: list[dict[str, str]] = []
    for former in formerly(case):
        if former["why"] == CASES_MERGED:
            taken = []
        elif former["why"] == TAKEN_BACK:
            taken += former["ids"]
    lost = [each for each in taken if pair_of(each) not in pairs_of(case.patient_ids) and _is_told(each, patient)]
    issuers = {each.get("issuer", "") for each in lost}
    return bool(lost) and not any(
        _is_told(each, patient) for each in case.patient_ids if each.get("issuer", "") in issuers
    )


def was_made_before_parting(case: Case, made_at: str) -> bool:
    """Say whether a message was made before the one by which a case parted with a patient last."""
    parted = [each["made_at"] for each in formerly(case) if each["why"] in {TAKEN_BACK, HANDED_OVER}]
    return bool(parted) and made_before(made_at, parted[-1])


def hand_over(session: Session, node: Node, case: Case, said: PatientSaid, *, actor: str) -> None:
    """Let a case be of a patient: it says of them what a document says, and nothing of whom it was of."""
    patient = said.patient
    ids = [{"id": each.id, "issuer": each.issuer} for each in patient.ids]
    gone = pairs_of(case.patient_ids) - pairs_of(ids)
    flag_studies(session, case, gone)
    names = [each for each in case.other_names if each not in patient.other_names]
    homes = [*case.addresses, *case.telephones]
    put_aside(case, node.clock(), HANDED_OVER, under=ids, names=names, homes=homes, made_at=said.made_at)
    called: dict[str, Any] = {"name": patient.name, "birth_date": patient.birth_date, "sex": patient.sex}
    called |= {"birth": patient.birth.told(), "jurisdiction": said.lives_in}
    call(case, called)
    forget_told(case, called)
    case.home_state = ""
    case.patient_ids, case.other_names, case.own_words = ids, list(patient.other_names), {}
    case.id_kinds, case.addresses, case.telephones = {}, [], []
    forget_numbers(session, case, (number for number, _ in gone))
    detail = {"fields": [*sorted(called), "ids", "other_names"], "why": HANDED_OVER}
    audit.note(
        session, node.clock, actor=actor, action="case-identity-changed", subject=case.case_number, detail=detail
    )


def _is_told(known: dict[str, str], patient: PatientPart) -> bool:
    return any(agree(known, each.id, each.issuer) for each in patient.ids)
