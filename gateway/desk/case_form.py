"""Correct by hand whom a case is about, as a hospital's message would: what it said before stays known."""

from config.errors import Conflict, Malformed
from gateway import audit
from gateway.case_reports.case_keys import remember_keys
from gateway.case_reports.document import PatientPart, dicom_date
from gateway.case_reports.identities import Identity, change_identity
from gateway.case_reports.known_merges import adopt_merges
from gateway.case_reports.made_at import stamp
from gateway.case_reports.told_at import note_told
from gateway.case_reports.unconfirmed import confirm
from gateway.case_reports.waking import wake_studies
from gateway.links import get_case
from gateway.node import Node

_WHY = "corrected at the desk"


def correct_case(
    node: Node, number: str, *, name: str, birth_date: str, sex: str, ids: tuple[dict[str, str], ...], actor: str
) -> bool:
    """Give a case's patient what is said now, empty values left out; say whether anything changed.

    Name and birth date together confirm what a correction told before.

    Raises:
        NotFound: no such case.
        Malformed: a birth date that is none.
        Conflict: the case is closed.
    """
    try:
        day = dicom_date(birth_date)
    except ValueError as error:
        raise Malformed(str(error)) from None
    said = PatientPart(name=name, birth_date=day, sex=sex)
    with node.identity.write() as session:
        case = get_case(session, number)
        if case.state != "open":
            raise Conflict(f"case {case.case_number} is closed")
        identity = Identity(said.name, said.birth_date, said.sex, ids)
        changed = change_identity(session, node.clock, case, identity, actor=actor, why=_WHY)
        fields = [field for field in ("name", "birth_date", "sex") if getattr(said, field)]
        note_told(case, fields, stamp(node.clock()))
        if case.own_words and said.name and said.birth_date:
            confirm(case)
            changed = True
            audit.note(session, node.clock, actor=actor, action="case-identity-confirmed", subject=case.case_number)
        if changed:
            adopt_merges(session, node, case, actor=actor)
            remember_keys(session, case)
            wake_studies(session, [case])
        return changed
