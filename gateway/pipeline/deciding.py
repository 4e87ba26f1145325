"""What the matcher makes of studies: the case it is sure of, and whom a person is shown where it is not.

It reads and changes nothing, for one study or many at once. Whoever acts on a decision does so in a transaction in
which what it rests on still holds.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.matching import Candidate, StudyKeys, case_keys, rank, study_keys
from gateway.matching.blocking import BlockKeys
from gateway.matching.certainty import ASKED, LESS_PROBABLE, NOT_PROBABLE_ENOUGH, OF_TWO_PATIENTS
from gateway.matching.search import Surroundings, cases_near
from gateway.models import Case, Patient, ReceivedObject, Study
from gateway.node import Node
from gateway.other_patients import UNDECIDED, of_another_patient

_SHOWN = 5
_AT_ONCE = 5000
_NONE: Mapping[int, Case] = MappingProxyType({})
OF_A_DOUBTFUL_REPORT = ASKED + "the case's report names somebody else, and nobody has said whose it is"
_NOBODY_KNOWS = "waits for a case"
_SOMEBODY_DECIDES = "a person must decide between the candidates"
_ONE_IS_SHOWN = "a person must say whether the one candidate is its case"
_TWO_PATIENTS = "two patients came inside this study; a person must say whose it is"


@dataclass(frozen=True)
class Decision:
    """The candidate that a study is linked to without asking, or those shown to a person and why the study waits."""

    certain: Candidate | None
    shown: tuple[dict[str, Any], ...]
    waits_because: str
    blocks: BlockKeys


def decide(
    session: Session, node: Node, studies: Sequence[Study], linked: Mapping[int, Case] = _NONE
) -> list[Decision]:
    """Rank the open cases near each study, and the one that it is linked to, and say what follows.

    Of the ten-digit numbers met in the headers one in ten passes the check digit by chance: only those that the site's
    cases bear say anything. A late case may bear any of them, so that all of them are looked for. The number of a case
    that was merged is that of the case that took it in.
    """
    borne = _borne(session, studies)
    said = _keys(session, studies, borne)
    near = cases_near(session, [(study, said[study.id]) for study in studies])
    near = [_with_own(each, linked.get(study.id)) for study, each in zip(studies, near, strict=True)]
    numbers = {case.case_id: case.case_number for each in near for case in each.cases}
    two_patients = _two_patients(session, [study.id for study in studies])
    doubted = _of_doubtful_reports(session, numbers)
    rules = node.settings.matching
    decisions = []
    for study, surroundings in zip(studies, near, strict=True):
        known = frozenset(borne[study.site, number] for number in study.hints if (study.site, number) in borne)
        keys = replace(said[study.id], case_numbers=known)
        candidates = rank(keys, surroundings.cases, surroundings.population, look_alikes=rules.look_alikes)
        conflict = study.id in two_patients
        sure = None if conflict else certain_candidate(candidates, rules.link_above)
        shown = tuple(_shown(candidates, numbers, rules.ask_above, conflict=conflict, doubted=doubted))
        decisions.append(
            Decision(
                certain=None if sure is None or sure.case_id in doubted else sure,
                shown=shown,
                waits_because=_TWO_PATIENTS if conflict else _why_it_waits(len(shown)),
                blocks=surroundings.blocks,
            )
        )
    return decisions


def _why_it_waits(candidates: int) -> str:
    if candidates > 1:
        return _SOMEBODY_DECIDES
    return _ONE_IS_SHOWN if candidates else _NOBODY_KNOWS


def _with_own(near: Surroundings, case: Case | None) -> Surroundings:
    """Add the case that a study is linked to, which may be closed: it is no rival of itself."""
    if case is None or any(each.case_id == case.id for each in near.cases):
        return near
    return replace(near, cases=(*near.cases, case_keys(case)))


def keys_of(session: Session, studies: Sequence[Study]) -> dict[int, StudyKeys]:
    """Return what some studies say, by their internal numbers."""
    return _keys(session, studies, _borne(session, studies))


def _keys(session: Session, studies: Sequence[Study], borne: dict[tuple[str, str], str]) -> dict[int, StudyKeys]:
    ids = {study.patient_id for study in studies}
    patients = {each.id: each for each in session.scalars(select(Patient).where(Patient.id.in_(ids)))}
    found = {study.id: study_keys(study, patients[study.patient_id]) for study in studies}
    for study in studies:
        heirs = {borne.get((study.site, number), number) for number in study.hints}
        found[study.id] = replace(found[study.id], case_numbers=found[study.id].case_numbers | heirs)
    return found


def certain_candidate(candidates: Sequence[Candidate], threshold: float) -> Candidate | None:
    """Return the one candidate that may be linked without asking: above the threshold, and alone there."""
    above = [candidate for candidate in candidates if candidate.certain_above(threshold)]
    return above[0] if len(above) == 1 else None


def _borne(session: Session, studies: Sequence[Study]) -> dict[tuple[str, str], str]:
    """Return the number of the case that each number met in the headers means today, by the case's site and number."""
    numbers = {number for study in studies for number in study.hints}
    query = select(Case.site, Case.case_number, Case.merged_into_id).where(Case.case_number.in_(numbers))
    return {
        (site, number): number if heir is None else _heir(session, heir)
        for site, number, heir in session.execute(query).all()
    }


def _heir(session: Session, case_id: int) -> str:
    """Return the number of the case in which a merged case, or the case that took that one in, went up."""
    case = session.get_one(Case, case_id)
    return case.case_number if case.merged_into_id is None else _heir(session, case.merged_into_id)


def _two_patients(session: Session, study_ids: Sequence[int]) -> set[int]:
    """Return in which studies objects wait that came under another patient's identity (`gateway.intake`)."""
    conflicting = select(ReceivedObject.study_id).where(
        ReceivedObject.study_id.in_(study_ids), of_another_patient(UNDECIDED)
    )
    return {study_id for study_id in session.scalars(conflicting.distinct()) if study_id is not None}


def _of_doubtful_reports(session: Session, case_ids: Collection[int]) -> set[int]:
    """Return which of some cases have a report that names somebody else (`gateway.case_reports.reports_of_others`)."""
    query, ids = select(Case.id, Case.reports_of_others), sorted(case_ids)
    cut = (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))
    rows = (row for some in cut for row in session.execute(query.where(Case.id.in_(some))))
    return {case_id for case_id, reports in rows if reports}


def _shown(
    candidates: Sequence[Candidate],
    numbers: dict[int, str],
    threshold: float,
    *,
    conflict: bool,
    doubted: Collection[int],
) -> list[dict[str, Any]]:
    """Return the candidates that a person is shown, each with why it is not linked without one.

    A case that is meant is shown however improbable, as a disc may lie in the wrong envelope, and so is one because of
    which a person is asked about the best.
    """
    shown = [candidate for candidate in candidates if candidate.probability >= threshold][:_SHOWN]
    unlikely = [candidate for candidate in candidates if candidate not in shown]
    shown += [candidate for candidate in unlikely if candidate.meant][:_SHOWN]
    best = candidates[0] if shown and candidates[0] in shown else None
    if best is not None:
        shown += [each for each in unlikely if each.asked_because and each not in shown][:_SHOWN]
    return [
        {
            "case_number": numbers[each.case_id],
            "probability": each.probability,
            "reasons": [
                *each.reasons,
                OF_A_DOUBTFUL_REPORT
                if each.case_id in doubted and not conflict
                else _why_asked(each, best, conflict=conflict),
            ],
        }
        for each in shown
    ]


def _why_asked(candidate: Candidate, best: Candidate | None, *, conflict: bool) -> str:
    """Return why a candidate is not linked without a person; of a better one only that is shown beside it."""
    if conflict:
        return OF_TWO_PATIENTS
    return candidate.asked_because or (NOT_PROBABLE_ENOUGH if best in {None, candidate} else LESS_PROBABLE)
