"""Judge a link that the matcher made anew once its case's patient was corrected, and end it where it no longer holds.

A person's link stays: only a person ends it. So does one whose read is signed, as part of a document; the study
is flagged then. A purged study is left alone. The pair may be proposed again, because nobody has said that the two
never belonged together.
"""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.errors import Conflict
from gateway.decisions import let_wait, take_from_readers
from gateway.links import get_case, unlink
from gateway.matching import case_keys, rank, study_keys
from gateway.models import Case, Match, Patient, Study
from gateway.node import Node

_ACTOR = "matcher"
_BECAUSE = "the case's patient was corrected, and the two no longer agree for certain"


def judge_again(node: Node, study_id: int) -> None:
    """End the link of a study where its case was corrected since and the matcher would not make it now."""
    with node.identity.read() as session:
        study = session.get_one(Study, study_id)
        case = None if study.state == "purged" else _corrected_since(session, study_id)
        if case is None or _holds(session, study, case, node.settings.matching.link_above):
            return
        number = case.case_number
    if study.state == "read" or not _is_free(node, study):
        with node.identity.write() as session:
            session.get_one(Study, study_id).flagged = True
        return
    with node.identity.write() as session:
        study, case = session.get_one(Study, study_id), get_case(session, number)
        if study.state == "purged":  # meanwhile: nothing brings it back
            return
        unlink(session, node.clock, study=study, case=case, actor=_ACTOR, because=_BECAUSE)
        let_wait(session, study, _BECAUSE)


def _corrected_since(session: Session, study_id: int) -> Case | None:
    """Return the case that the matcher linked a study to, where its patient was another one then."""
    row = session.execute(
        select(Match, Case)
        .join(Case, Case.id == Match.case_id)
        .where(Match.study_id == study_id, Match.ended_at.is_(None), Match.how == "auto")
    ).one_or_none()
    if row is None:
        return None
    match, case = row
    changes = (datetime.fromisoformat(each["until"]) for each in case.former_identities)
    return case if any(at > match.created_at for at in changes) else None


def _holds(session: Session, study: Study, case: Case, threshold: float) -> bool:
    numbers = frozenset({case.case_number}) & frozenset(study.hints)
    keys = replace(study_keys(study, session.get_one(Patient, study.patient_id)), case_numbers=numbers)
    return any(each.certain and each.probability >= threshold for each in rank(keys, [case_keys(case)]))


def _is_free(node: Node, study: Study) -> bool:
    """Take a study from the readers; say whether no read was signed meanwhile."""
    try:
        take_from_readers(node, study.study_uid)
    except Conflict:
        return False
    return True
