"""Let studies look again when cases came or changed: many at once, with no workflow each.

Those look that have no case, or one that the matcher chose: for some months even after its read was signed.

A new case is compared with the studies that share a key with it; only where the pair may belong together, or where what
was known of a case changed, the study is ranked among all cases anew. A workflow is asked for only for what is linked.
A study that was published without a case looks too: linked, it gets the words of its case from its workflow; where a
case may be its own and a person has to say so, it is flagged. So is one that the matcher linked and would not link so
now, because of another case: only a person parts it from its case, who is shown the other. Where its read is signed
nothing parts it; whoever is told writes an addendum, or sees to the other patient.
Ranking needs no lock. The decision is written where nothing that it rests on changed meanwhile, in the transaction that
takes the reasons to look away: after a crash, or where something changed, the studies look once more.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from config.log import describe, get_log
from gateway.attachment_models import Attachment
from gateway.links import request_revision
from gateway.matching import Candidate, Population, StudyKeys
from gateway.matching.index import lock_site
from gateway.matching.keys import CaseKeys
from gateway.matching.models import SecondLook
from gateway.matching.ranking import may_belong
from gateway.matching.search import open_case_keys
from gateway.models import Case, Match, ReceivedObject, Site, Study
from gateway.node import Node
from gateway.pipeline.deciding import Decision, decide, keys_of
from gateway.pipeline.match import link_certain, put_on_its_way

_GROUP = 64


@dataclass(frozen=True)
class _Looked:
    """What a study looked at and what was decided; nothing where no case that came concerns it."""

    study_id: int
    revision: int
    reasons: frozenset[int]
    decision: Decision | None = None
    hand_over: bool = False


def look_again(node: Node) -> int:
    """Decide on a group of the studies that have a reason to look again; return how many there were.

    One of which something cannot be read is handed to its workflow, which holds it for a person.
    """
    with node.identity.read() as session:
        due = _due(session)
    try:
        return _look(node, due)
    except Exception as error:  # noqa: BLE001 - which study it was shows when each looks alone
        get_log().error("second-look-failed", count=len(due), **describe(error))
    for study_id in due:
        try:
            _look(node, [study_id])
        except Exception as error:  # noqa: BLE001 - one study that fails must not keep the others waiting
            get_log().error("second-look-failed", study_id=study_id, **describe(error))
            _hand_over(node, study_id)
    return len(due)


def _due(session: Session) -> list[int]:
    """Return the next studies to look again; one whose workflow is under way looks there."""
    query = (
        select(SecondLook.study_id)
        .join(Study, Study.id == SecondLook.study_id)
        .where(Study.state != "purged", Study.wanted_revision == Study.finished_revision)
        .distinct()
        .order_by(SecondLook.study_id)
        .limit(_GROUP)
    )
    return list(session.scalars(query))


def _look(node: Node, study_ids: Sequence[int]) -> int:
    if not study_ids:
        return 0
    with node.identity.read() as session:
        looked = _rank(session, node, study_ids)
    with node.identity.write() as session:
        _write(session, node, looked)
    return len(looked)


def _rank(session: Session, node: Node, study_ids: Sequence[int]) -> list[_Looked]:
    studies = list(session.scalars(select(Study).where(Study.id.in_(study_ids)).order_by(Study.id)))
    reasons = _reasons(session, study_ids)
    concerned = _concerned(session, studies, reasons)
    linked = _linked_cases(session, study_ids)
    beside = _with_texts_beside(session, [study.id for study in concerned if study.id not in linked])
    ranked = [study for study in concerned if study.id not in beside]
    decisions = dict(zip((study.id for study in ranked), decide(session, node, ranked, linked), strict=True))
    return [
        _Looked(
            study_id=study.id,
            revision=study.wanted_revision,
            reasons=frozenset(reasons[study.id]),
            decision=decisions.get(study.id),
            hand_over=study.id in beside,
        )
        for study in studies
    ]


def _reasons(session: Session, study_ids: Sequence[int]) -> dict[int, dict[int, int | None]]:
    """Return why each study looks again: by the number of the reason the case that came, None where one changed."""
    query = select(SecondLook.study_id, SecondLook.id, SecondLook.case_id).where(SecondLook.study_id.in_(study_ids))
    found: dict[int, dict[int, int | None]] = defaultdict(dict)
    for study_id, number, case_id in session.execute(query):
        found[study_id][number] = case_id
    return found


def _concerned(session: Session, studies: Sequence[Study], reasons: dict[int, dict[int, int | None]]) -> list[Study]:
    """Return the studies that a changed case may concern, or to which one of the cases that came may belong."""
    came = open_case_keys(session, {each for why in reasons.values() for each in why.values() if each is not None})
    said = keys_of(session, studies)
    sizes = {name: Population(session.get_one(Site, name).open_cases) for name in {each.site for each in studies}}
    found = []
    for study in studies:
        cases = set(reasons[study.id].values())
        near = (came[each] for each in cases if each in came)
        if None in cases or any(_may_belong(said[study.id], case, sizes[study.site]) for case in near):
            found.append(study)
    return found


def _may_belong(study: StudyKeys, case: CaseKeys, population: Population) -> bool:
    return may_belong(replace(study, case_numbers=study.case_numbers & {case.case_number}), case, population)


def _with_texts_beside(session: Session, study_ids: Sequence[int]) -> set[int]:
    """Return the studies that came with texts, in which the match stage looks for case numbers."""
    query = (
        select(ReceivedObject.study_id)
        .join(Attachment, Attachment.delivery_id == ReceivedObject.delivery_id)
        .where(ReceivedObject.study_id.in_(study_ids), Attachment.text != "")
        .distinct()
    )
    return {study_id for study_id in session.scalars(query) if study_id is not None}


def _write(session: Session, node: Node, looked: Sequence[_Looked]) -> None:
    """Write down what still holds: the study is as it was, and no further reason to look has come."""
    ids = [each.study_id for each in looked]
    for site in sorted(set(session.scalars(select(Study.site).where(Study.id.in_(ids)).distinct()))):
        lock_site(session, site)
    studies = {each.id: each for each in session.scalars(select(Study).where(Study.id.in_(ids)).with_for_update())}
    present = _reasons(session, ids)
    hold = [
        each
        for each in looked
        if studies[each.study_id].state != "purged"
        and studies[each.study_id].wanted_revision == each.revision
        and frozenset(present[each.study_id]) == each.reasons
    ]
    done = [number for each in hold for number in each.reasons]
    session.execute(delete(SecondLook).where(SecondLook.id.in_(done)))
    linked = _linked_cases(session, ids)
    for each in hold:
        study = studies[each.study_id]
        if study.id in linked:
            _doubt(study, linked[study.id], each.decision)
        elif each.hand_over:
            request_revision(study)
        elif each.decision is not None and each.decision.certain is None:
            _show(study, each.decision)
    sure = [
        (studies[each.study_id], each.decision.certain)
        for each in hold
        if each.decision and each.study_id not in linked
    ]
    _let_go(session, node, [(study, candidate) for study, candidate in sure if candidate is not None])


def _show(study: Study, decision: Decision) -> None:
    """Keep the candidates for a person; of a study that waits for none it is flagged where one is new."""
    known = {each["case_number"] for each in study.candidates}
    study.candidates = list(decision.shown)
    if study.state == "unmatched":
        study.reason = decision.waits_because
    elif any(each["case_number"] not in known for each in decision.shown):
        study.flagged = True


def _linked_cases(session: Session, study_ids: Sequence[int]) -> dict[int, Case]:
    query = select(Match, Case).join(Case, Case.id == Match.case_id)
    rows = session.execute(query.where(Match.study_id.in_(study_ids), Match.ended_at.is_(None)))
    return {match.study_id: case for match, case in rows}


def _doubt(study: Study, case: Case, decision: Decision | None) -> None:
    """Flag a linked study, once for each rival, where its case is not the one the matcher would be sure of now."""
    sure = decision.certain if decision is not None else None
    if decision is None or (sure is not None and sure.case_id == case.id):
        return
    known = {each["case_number"] for each in study.candidates}
    rivals = [each for each in decision.shown if each["case_number"] != case.case_number]
    study.flagged |= any(each["case_number"] not in known for each in rivals)
    study.candidates = rivals


def _let_go(session: Session, node: Node, found: Sequence[tuple[Study, Candidate]]) -> None:
    link_certain(session, node, found)
    for study, _ in found:
        put_on_its_way(study)
        request_revision(study)


def _hand_over(node: Node, study_id: int) -> None:
    with node.identity.write() as session:
        session.execute(delete(SecondLook).where(SecondLook.study_id == study_id))
        request_revision(session.get_one(Study, study_id))
