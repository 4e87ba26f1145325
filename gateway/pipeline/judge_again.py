"""Judge a link that the matcher made anew once its case says something else, and end it where it no longer holds.

The case says something else when its patient was corrected or was told more of, and when a later document brought
accession numbers of which none is the study's, or a report that names somebody else. A link that was moved by a merge
is judged like the matcher's own; the number of a case that was merged away speaks for the one that stayed. A person's
link stays: only a person ends it. So does one whose read is signed, as part of a document; the study is flagged then,
once for what the case says: later revisions of it find nothing new until the case says something else again. A purged
study is left alone. The pair may be proposed again, because nobody has said that the two never belonged together.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.errors import Conflict
from config.settings import Matching
from gateway import audit
from gateway.case_models import CaseSource
from gateway.case_reports.former import changed_at
from gateway.decisions import let_wait, take_from_readers
from gateway.links import get_case, unlink
from gateway.matching import case_keys, rank
from gateway.models import Case, IdentityAudit, Match, Study
from gateway.node import Node
from gateway.pipeline.deciding import keys_of

_ACTOR = "matcher"
_DOUBTED = "link-doubted"
_BECAUSE = "the case says something else since, and the two no longer agree for certain"


def judge_again(node: Node, study_id: int) -> None:
    """End the link of a study where its case says something else since and the matcher would not make it now."""
    with node.identity.read() as session:
        study = session.get_one(Study, study_id)
        case = None if study.state == "purged" else _changed_since(session, study)
        if case is None or _holds(session, study, case, node.settings.matching):
            return
        number, doubt = case.case_number, _doubt(study, case)
    if study.state == "read" or not withdrawn(node, study.study_uid):
        _tell_once(node, study_id, doubt)
        return
    with node.identity.write() as session:
        study, case = session.get_one(Study, study_id), get_case(session, number)
        if study.state == "purged":  # meanwhile: nothing brings it back
            return
        unlink(session, node.clock, study=study, case=case, actor=_ACTOR, because=_BECAUSE)
        let_wait(session, study, _BECAUSE)


def _changed_since(session: Session, study: Study) -> Case | None:
    """Return the case that no person linked a study to, where it said something else of its patient or order then."""
    row = session.execute(
        select(Match, Case)
        .join(Case, Case.id == Match.case_id)
        .where(Match.study_id == study.id, Match.ended_at.is_(None), Match.how != "person")
    ).one_or_none()
    if row is None:
        return None
    match, case = row
    if case.reports_of_others or any(datetime.fromisoformat(at) > match.created_at for at in changed_at(case)):
        return case
    if not _is_of_another_order(study, case):
        return None
    later = select(CaseSource.id).where(CaseSource.case_id == case.id, CaseSource.received_at > match.created_at)
    return case if session.scalar(later.limit(1)) is not None else None


def _is_of_another_order(study: Study, case: Case) -> bool:
    accession = study.accession_number
    return bool(accession and case.accession_numbers) and accession not in case.accession_numbers


def _doubt(study: Study, case: Case) -> dict[str, object]:
    """Return what stands for why a link no longer holds: since when, and by how many numbers, never what they say."""
    return {
        "case_number": case.case_number,
        "reports_of_others": len(case.reports_of_others),
        "identity_since": max(changed_at(case), default=""),
        "other_accession_numbers": len(case.accession_numbers) if _is_of_another_order(study, case) else 0,
    }


def _holds(session: Session, study: Study, case: Case, rules: Matching) -> bool:
    if case.reports_of_others:
        return False
    said = keys_of(session, [study])[study.id]
    keys = replace(said, case_numbers=said.case_numbers & {case.case_number})
    ranked = rank(keys, [case_keys(case)], look_alikes=rules.look_alikes)
    return any(each.certain_above(rules.link_above) for each in ranked)


def _tell_once(node: Node, study_id: int, doubt: Mapping[str, object]) -> None:
    """Flag a study whose signed read rests on what no longer holds, unless the coordinator was told of that before."""
    with node.identity.write() as session:
        study = session.get_one(Study, study_id)
        told = select(IdentityAudit.detail).where(
            IdentityAudit.action == _DOUBTED, IdentityAudit.subject == study.study_uid
        )
        last = session.scalar(told.order_by(IdentityAudit.seq.desc()).limit(1))
        if last is not None and json.loads(last) == doubt:
            return
        study.flagged = True
        audit.note(session, node.clock, actor=_ACTOR, action=_DOUBTED, subject=study.study_uid, detail=doubt)


def flag(node: Node, study_id: int) -> None:
    """Tell the coordinator that a signed read rests on what no longer holds."""
    with node.identity.write() as session:
        session.get_one(Study, study_id).flagged = True


def withdrawn(node: Node, study_uid: str) -> bool:
    """Take a study from the readers where they have it; say whether no read was signed meanwhile."""
    try:
        take_from_readers(node, study_uid)
    except Conflict:
        return False
    return True
