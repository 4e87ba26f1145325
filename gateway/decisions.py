"""What a person decides about studies and cases: linking them, parting them again, or saying that they never met.

Where both zones are concerned the reading zone goes first: a read signed in between makes the decision fail there, and
nothing is changed here.
"""

from contextlib import suppress

from sqlalchemy.orm import Session

from config.errors import Conflict, NotFound
from gateway import audit
from gateway.case_reports.unconfirmed import confirm_told, confirms
from gateway.links import NewLink, case_of, get_case, get_study, link, reject, request_revision, unlink
from gateway.matching.index import case_changed
from gateway.models import Case, Patient, Site, Study
from gateway.node import Node
from gateway.other_patients import is_in_conflict
from worklist.publishing import cancel_item, set_case_context

_BY_A_PERSON = "decided by a person"


def match_by_person(node: Node, number: str, study_uid: str, *, actor: str) -> None:
    """Link a study to a case because a person says so, and let it go on.

    Raises:
        NotFound: no such case or study.
        Conflict: of two sites, the case is closed, or the study is purged, linked to another case or of two patients.
    """
    with node.identity.write() as session:
        study, case = get_study(session, study_uid), get_case(session, number)
        if study.state == "purged":
            raise Conflict("the study was purged: its images are gone")
        check_whose_it_is(session, study)
        link_by_person(session, node, study, case, actor=actor)


def check_whose_it_is(session: Session, study: Study) -> None:
    """Raise Conflict where two patients came inside a study and nobody has said whose it is."""
    if is_in_conflict(session, study.id):
        raise Conflict(
            "two patients came inside this study: say first whose it is, at the desk or by `overread study whose`"
        )


def link_by_person(session: Session, node: Node, study: Study, case: Case, *, actor: str) -> None:
    """Link a study to a case in the caller's transaction and let it go on; errors as `gateway.links.link`."""
    link(session, node.clock, NewLink(study, case, "person", 1.0, [_BY_A_PERSON]), actor=actor)
    if confirms(study, case):
        patient = session.get_one(Patient, study.patient_id)
        others = [(each["id"], each["issuer"]) for each in study.other_ids]
        confirm_told(case, [(patient.patient_id, patient.issuer), *others])
        case_changed(session, case)
        audit.note(session, node.clock, actor=actor, action="case-identity-confirmed", subject=case.case_number)
    request_revision(study)


def reject_by_person(node: Node, number: str, study_uid: str, *, actor: str) -> None:
    """Remember that a study does not belong to a case, and let the matcher look among the others.

    Raises:
        NotFound: no such case or study.
        Conflict: of two sites, or the study is linked to the case: parting ends that.
    """
    with node.identity.write() as session:
        study, case = get_study(session, study_uid), get_case(session, number)
        if study.site != case.site:
            raise Conflict("the study and the case belong to different sites")
        linked = case_of(session, study.id)
        if linked is not None and linked.id == case.id:
            raise Conflict("the study is linked to this case; part them first")
        reject(session, node.clock, study=study, case=case, actor=actor)
        if study.state != "purged":
            request_revision(study)  # also so that no second look that is under way links or shows the pair


def unmatch_by_person(node: Node, number: str, study_uid: str, *, actor: str) -> None:
    """Part a study from a case and take it off the worklist until it is linked or released again.

    The pair is not proposed again.

    Raises:
        NotFound: no such case, study or link.
        Conflict: the study was read with this link.
    """
    with node.identity.read() as session:
        study, case = get_study(session, study_uid), get_case(session, number)
        linked = case_of(session, study.id)
        shown = study.state in {"arriving", "published"} and linked is not None and linked.id == case.id
    if shown:
        take_from_readers(node, study_uid)
    with node.identity.write() as session:
        study, case = get_study(session, study_uid), get_case(session, number)
        unlink(session, node.clock, study=study, case=case, actor=actor, because=_BY_A_PERSON)
        reject(session, node.clock, study=study, case=case, actor=actor)
        let_wait(session, study, "parted from its case by a person")


def take_from_readers(node: Node, study_uid: str) -> None:
    """Take a study off the worklist and its case's words away, where it is published.

    Raises:
        Conflict: its read is signed.
    """
    with node.reading.write() as session:
        take_from_worklist(session, study_uid)


def take_from_worklist(session: Session, study_uid: str) -> None:
    """Do so in a transaction of the reading zone.

    Raises:
        Conflict: its read is signed.
    """
    with suppress(NotFound):  # not published yet: then enlist leaves it alone
        try:
            cancel_item(session, study_uid)
        except Conflict:
            raise Conflict(
                "its read is signed: whose study it is, and its case, are part of a signed document"
            ) from None
        set_case_context(
            session,
            study_uid,
            case_number=None,
            question=None,
            report=None,
            report_language=None,
            blind=False,
            jurisdiction=None,
        )


def let_wait(session: Session, study: Study, reason: str) -> None:
    """Let a study without a case wait for one where its site requires that, and go on elsewhere.

    A purged one stays what it is, and so does one that was read before it was linked.
    """
    if study.state == "purged":
        return
    if study.state != "read" and session.get_one(Site, study.site).require_case and not study.released:
        study.state, study.reason = "unmatched", reason
    request_revision(study)
