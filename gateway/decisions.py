"""What a person decides about studies and cases: linking them, and parting them again."""

from contextlib import suppress

from config.errors import Conflict, NotFound
from gateway.links import case_of, get_case, get_study, link, request_revision, unlink
from gateway.models import Site
from gateway.node import Node
from worklist.publishing import cancel_item, set_case_context

_BY_A_PERSON = "decided by a person"


def match_by_person(node: Node, number: str, study_uid: str, *, actor: str) -> None:
    """Link a study to a case because a person says so, and let it go on.

    Raises:
        NotFound: no such case or study.
        Conflict: of two sites, the case is closed, or the study is purged or linked to another case.
    """
    with node.identity.write() as session:
        study, case = get_study(session, study_uid), get_case(session, number)
        if study.state == "purged":
            raise Conflict("the study was purged: its images are gone")
        link(
            session,
            node.clock,
            study=study,
            case=case,
            how="person",
            probability=1.0,
            reasons=[_BY_A_PERSON],
            actor=actor,
        )
        request_revision(study)


def unmatch_by_person(node: Node, number: str, study_uid: str, *, actor: str) -> None:
    """Part a study from a case and take it off the worklist until it is linked or released again.

    The reading zone goes first: a read signed in between makes this fail there and change nothing here.

    Raises:
        NotFound: no such case, study or link.
        Conflict: the study was read.
    """
    with node.identity.read() as session:
        study, case = get_study(session, study_uid), get_case(session, number)
        linked = case_of(session, study.id)
        shown = study.state in {"arriving", "published"} and linked is not None and linked.id == case.id
    if shown:
        with node.reading.write() as session, suppress(NotFound):  # not published yet: then enlist leaves it alone
            cancel_item(session, study_uid)
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
    with node.identity.write() as session:
        study, case = get_study(session, study_uid), get_case(session, number)
        unlink(session, node.clock, study=study, case=case, actor=actor)
        if session.get_one(Site, study.site).require_case and not study.released:
            study.state, study.reason = "unmatched", "parted from its case by a person"
        else:
            request_revision(study)
