"""match: link a study to its case where that is certain; where it is not, leave it to a person with the reasons.

A study goes on when it is linked, when a person released it, or when its site requires no case. Otherwise it waits as
`unmatched` on the coordinator's list, with the candidates found. The keys of every study without a case are kept, also
of one that goes on, so that a late case finds it, and of one that was linked here, so that a late rival of its case is
noticed, for a while even after its read is signed (`second_look.py`). Of a site that says so the report that came with
the images makes the case where none is near. A purged study goes nowhere, and one inside which two patients have come
is never linked without a person. A study that waits is before no reader: what enlist wrote while a person parted it
from its case is taken back.
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.errors import SenderFault
from config.log import describe, get_log
from gateway.attachments.linking import gather_hints
from gateway.attachments.papers_of_others import forget_papers_of_others
from gateway.case_reports.structured_reports.arrival import make_case_of_report, reports_among_images
from gateway.links import NewLink, case_of, link_all
from gateway.matching import Candidate
from gateway.matching.blocking import study_block_keys
from gateway.matching.index import lock_site, studies_go_on, study_may_have_rivals, study_waits
from gateway.models import Case, Match, Site, Study
from gateway.node import Node
from gateway.other_patients import is_in_conflict
from gateway.pipeline.deciding import decide, keys_of
from gateway.pipeline.judge_again import flag, judge_again, withdrawn
from gateway.pipeline.outcome import Outcome

_ACTOR = "matcher"


def match_study(node: Node, study_id: int) -> Outcome:
    """Find the case of a study."""
    forget_papers_of_others(node, study_id)
    judge_again(node, study_id)
    outcome = _match(node, study_id)
    if _has_its_own_report(node, study_id):
        outcome = _match(node, study_id)
    if outcome is Outcome.WAIT:
        _withdraw(node, study_id)
    return outcome


def _match(node: Node, study_id: int) -> Outcome:
    with node.identity.write() as session:
        study = session.get_one(Study, study_id)
        if study.state == "purged":
            studies_go_on(session, [study_id])
            return Outcome.WAIT
        site = lock_site(session, study.site)
        if case_of(session, study_id) is not None:
            return _go_on_linked(session, study)
        gather_hints(session, study)
        (decision,) = decide(session, node, [study])
        if decision.certain is not None:
            link_certain(session, node, [(study, decision.certain)])
            studies_go_on(session, [study_id])  # it looked just now
            return _go_on_linked(session, study)
        study.candidates = list(decision.shown)
        study_waits(session, study_id, decision.blocks)
        if study.released or not site.require_case or study.state in {"published", "read"}:
            put_on_its_way(study)
            return Outcome.GO_ON
        study.state, study.reason = "unmatched", decision.waits_because
        return Outcome.WAIT


def _has_its_own_report(node: Node, study_id: int) -> bool:
    """Make a case of the report that came with a study, where its site wants that and no case is near; say whether."""
    with node.identity.read() as session:
        study = session.get_one(Study, study_id)
        wanted = session.get_one(Site, study.site).case_from_report and study.state in {"arriving", "unmatched"}
        if not wanted or study.candidates or is_in_conflict(session, study_id) or case_of(session, study_id):
            return False
        if not reports_among_images(session, study):
            return False
        study_uid = study.study_uid
    try:
        make_case_of_report(node, study_uid, actor=_ACTOR)
    except SenderFault as problem:  # a person sees the study, and the report beside it
        get_log().warning("report-makes-no-case", study_id=study_id, **describe(problem))
        return False
    return True


def _withdraw(node: Node, study_id: int) -> None:
    with node.identity.read() as session:
        study = session.get_one(Study, study_id)
        if study.state != "unmatched":
            return
    if not withdrawn(node, study.study_uid):
        flag(node, study_id)


def link_certain(session: Session, node: Node, found: Sequence[tuple[Study, Candidate]]) -> None:
    """Link studies to the cases that the matcher is sure of, in the caller's transaction; flag what was read before."""
    ids = [candidate.case_id for _, candidate in found]
    cases = {case.id: case for case in session.scalars(select(Case).where(Case.id.in_(ids)))}
    links = [
        NewLink(
            study,
            cases[each.case_id],
            how="auto",
            probability=each.probability,
            reasons=(*each.reasons, each.decided_by),
        )
        for study, each in found
    ]
    link_all(session, node.clock, links, actor=_ACTOR)
    for study, _ in found:
        study.flagged |= study.state == "read"  # the read stays without the case: a coordinator has to know


def _go_on_linked(session: Session, study: Study) -> Outcome:
    said = select(Match.how).where(Match.study_id == study.id, Match.ended_at.is_(None))
    if session.scalar(said) == "person":
        studies_go_on(session, [study.id])
    else:
        keys = keys_of(session, [study])[study.id]
        study_may_have_rivals(session, study.id, study_block_keys(study.site, keys))
    put_on_its_way(study)
    return Outcome.GO_ON


def put_on_its_way(study: Study) -> None:
    """Put a study that waited back on its way: only one on its way is published (`gateway.pipeline.publish`)."""
    if study.state in {"unmatched", "held"}:
        study.state, study.reason = "arriving", None
