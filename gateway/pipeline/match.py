"""match: link a study to its case where that is certain; where it is not, leave it to a person with the reasons.

A study goes on when it is linked, when a person released it, or when its site requires no case. Otherwise it waits as
`unmatched` on the coordinator's list, with the candidates found. A purged study goes nowhere.
"""

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.attachments.linking import gather_hints
from gateway.links import case_of, link
from gateway.matching import Candidate, case_keys, rank, study_keys
from gateway.models import Case, Match, Patient, Site, Study
from gateway.node import Node
from gateway.pipeline.outcome import Outcome

_ACTOR = "matcher"
_SHOWN = 5


def match_study(node: Node, study_id: int) -> Outcome:
    """Find the case of a study."""
    with node.identity.write() as session:
        study = session.get_one(Study, study_id)
        if study.state == "purged":
            return Outcome.WAIT
        if case_of(session, study_id) is not None:
            return _go_on(study)
        gather_hints(session, study)
        candidates = _candidates(session, study)
        certain = _certain(candidates, node.settings.matching.link_above)
        if certain is not None:
            case = session.get_one(Case, certain.case_id)
            link(
                session,
                node.clock,
                study=study,
                case=case,
                how="auto",
                probability=certain.probability,
                reasons=list(certain.reasons),
                actor=_ACTOR,
            )
            return _go_on(study)
        shown = [c for c in candidates if c.probability >= node.settings.matching.ask_above][:_SHOWN]
        numbers = {c.case_id: session.get_one(Case, c.case_id).case_number for c in shown}
        study.candidates = [
            {"case_number": numbers[c.case_id], "probability": c.probability, "reasons": list(c.reasons)} for c in shown
        ]
        if study.released or not session.get_one(Site, study.site).require_case or study.state in {"published", "read"}:
            return _go_on(study)
        study.state = "unmatched"
        study.reason = "waits for a case" if not shown else "a person must decide between the candidates"
        return Outcome.WAIT


def _go_on(study: Study) -> Outcome:
    """Put a study that waited back on its way: only one on its way is published (`gateway.pipeline.publish`)."""
    if study.state in {"unmatched", "held"}:
        study.state, study.reason = "arriving", None
    return Outcome.GO_ON


def _candidates(session: Session, study: Study) -> list[Candidate]:
    """Rank the site's open cases; what a person has parted is not offered again.

    Of the ten-digit numbers met in the headers one in ten passes the check digit by chance: only those that the site's
    cases bear say anything.
    """
    patient = session.get_one(Patient, study.patient_id)
    parted = select(Match.case_id).where(Match.study_id == study.id, Match.ended_at.is_not(None))
    open_cases = session.scalars(
        select(Case).where(Case.site == study.site, Case.state == "open", Case.id.not_in(parted))
    )
    named = select(Case.case_number).where(Case.site == study.site, Case.case_number.in_(study.hints))
    keys = replace(study_keys(study, patient), case_numbers=frozenset(session.scalars(named)))
    return rank(keys, [case_keys(case) for case in open_cases])


def _certain(candidates: list[Candidate], threshold: float) -> Candidate | None:
    """Return the one candidate that may be linked without asking: above the threshold, and alone there."""
    above = [candidate for candidate in candidates if candidate.probability >= threshold and candidate.certain]
    return above[0] if len(above) == 1 else None
