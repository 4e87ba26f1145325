"""match: link a study to its case where that is certain; where it is not, leave it to a person with the reasons.

A study goes on when it is linked, when a person released it, or when its site requires no case. Otherwise it waits as
`unmatched` on the coordinator's list, with the candidates found, and its keys are kept so that a late case finds it. A
purged study goes nowhere, and one inside which two patients have come is never linked without a person.
"""

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.attachments.linking import gather_hints
from gateway.links import case_of, link
from gateway.matching import Candidate, rank, study_keys
from gateway.matching.blocking import BlockKeys
from gateway.matching.index import cases_near, lock_site, study_goes_on, study_waits
from gateway.models import Case, Patient, ReceivedObject, Study
from gateway.node import Node
from gateway.pipeline.judge_again import judge_again
from gateway.pipeline.outcome import Outcome

_ACTOR = "matcher"
_SHOWN = 5
_NOBODY_KNOWS = "waits for a case"
_SOMEBODY_DECIDES = "a person must decide between the candidates"
_TWO_PATIENTS = "two patients came inside this study; a person must say whose it is"


def match_study(node: Node, study_id: int) -> Outcome:
    """Find the case of a study."""
    judge_again(node, study_id)
    with node.identity.write() as session:
        study = session.get_one(Study, study_id)
        if study.state == "purged":
            return Outcome.WAIT
        site = lock_site(session, study.site)
        if case_of(session, study_id) is not None:
            return _go_on(session, study)
        gather_hints(session, study)
        candidates, blocks = _candidates(session, study)
        conflict = _two_patients(session, study)
        certain = None if conflict else certain_candidate(candidates, node.settings.matching.link_above)
        if certain is not None:
            _link(session, node, study, certain)
            return _go_on(session, study)
        study.candidates = _shown(session, candidates, node.settings.matching.ask_above)
        if study.released or not site.require_case or study.state in {"published", "read"}:
            return _go_on(session, study)
        study.state = "unmatched"
        study.reason = _TWO_PATIENTS if conflict else _SOMEBODY_DECIDES if study.candidates else _NOBODY_KNOWS
        study_waits(session, study_id, blocks)
        return Outcome.WAIT


def certain_candidate(candidates: list[Candidate], threshold: float) -> Candidate | None:
    """Return the one candidate that may be linked without asking: above the threshold, and alone there."""
    above = [candidate for candidate in candidates if candidate.probability >= threshold and candidate.certain]
    return above[0] if len(above) == 1 else None


def _link(session: Session, node: Node, study: Study, found: Candidate) -> None:
    link(
        session,
        node.clock,
        study=study,
        case=session.get_one(Case, found.case_id),
        how="auto",
        probability=found.probability,
        reasons=list(found.reasons),
        actor=_ACTOR,
    )


def _go_on(session: Session, study: Study) -> Outcome:
    """Put a study that waited back on its way: only one on its way is published (`gateway.pipeline.publish`)."""
    study_goes_on(session, study.id)
    if study.state in {"unmatched", "held"}:
        study.state, study.reason = "arriving", None
    return Outcome.GO_ON


def _candidates(session: Session, study: Study) -> tuple[list[Candidate], BlockKeys]:
    """Rank the open cases near a study, and return by which keys they were looked for.

    Of the ten-digit numbers met in the headers one in ten passes the check digit by chance: only those that the site's
    cases bear say anything. A late case may bear any of them, so that all of them are looked for.
    """
    patient = session.get_one(Patient, study.patient_id)
    keys = study_keys(study, patient)
    cases, population, blocks = cases_near(session, study, keys)
    named = select(Case.case_number).where(Case.site == study.site, Case.case_number.in_(study.hints))
    keys = replace(keys, case_numbers=frozenset(session.scalars(named)))
    return rank(keys, cases, population), blocks


def _two_patients(session: Session, study: Study) -> bool:
    """Say whether objects wait here that came under another patient's identity (`gateway.intake`)."""
    conflicting = select(ReceivedObject.id).where(
        ReceivedObject.study_id == study.id,
        ReceivedObject.reason_code == "identity-conflict",
        ReceivedObject.disposition == "quarantined",
        ReceivedObject.discarded_at.is_(None),
    )
    return session.scalar(conflicting.limit(1)) is not None


def _shown(session: Session, candidates: list[Candidate], threshold: float) -> list[dict[str, object]]:
    """Return the candidates that a person is shown."""
    shown = [candidate for candidate in candidates if candidate.probability >= threshold][:_SHOWN]
    return [
        {
            "case_number": session.get_one(Case, each.case_id).case_number,
            "probability": each.probability,
            "reasons": list(each.reasons),
        }
        for each in shown
    ]
