"""Add the evidence up to a probability, and say whether it may decide alone.

Three hypotheses for each pair (`weights.py`), and at most one case that a study belongs to: the candidates share one
certainty, so that two of the same weight get half of it each. A candidate is certain when nothing contradicts, no
other comes near, and an identifier of the study agrees together with name or birth date. An identifier of the patient
does not tell one of the patient's studies from another: with it nothing at all may speak against the pair. Without
any identifier name, birth date and study date must agree.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, log

from gateway.matching.evidence import Finding, Population, compare
from gateway.matching.keys import CaseKeys, StudyKeys
from gateway.matching.weights import Part

CASE_IS_KNOWN = 0.9
OTHER_EXAMINATION_KNOWN = 0.06
OTHER_EXAMINATION_WANTED = 0.01
CASES_TO_COME = 100
RIVAL = 20.0
_LEAST_SHOWN = 0.001
_MOST = 600.0


@dataclass(frozen=True)
class Candidate:
    """A case that a study may belong to; `same_patient` is the probability that at least the patient is the same."""

    case_id: int
    probability: float
    reasons: tuple[str, ...]
    certain: bool
    same_patient: float = 0.0


@dataclass(frozen=True)
class _Judged:
    case_id: int
    findings: tuple[Finding, ...]
    log_odds: float
    same_patient: float


_NOT_KNOWN = Population()


def rank(study: StudyKeys, cases: Iterable[CaseKeys], population: Population = _NOT_KNOWN) -> list[Candidate]:
    """Return the cases a study may belong to, the most probable first; hopeless ones are left out.

    `population` are the open cases of the site, of which `cases` are those worth a look.
    """
    judged = sorted(
        (_judge(study, case, population) for case in cases), key=lambda each: (-each.log_odds, each.case_id)
    )
    odds = [exp(min(each.log_odds, _MOST)) for each in judged]
    total = 1.0 + sum(odds)
    found = [
        Candidate(
            case_id=each.case_id,
            probability=own / total,
            reasons=tuple(finding.says for finding in each.findings),
            certain=_certain(each.findings) and all(own >= RIVAL * other for j, other in enumerate(odds) if j != i),
            same_patient=each.same_patient,
        )
        for i, (each, own) in enumerate(zip(judged, odds, strict=True))
    ]
    return [candidate for candidate in found if candidate.probability >= _LEAST_SHOWN]


def _judge(study: StudyKeys, case: CaseKeys, population: Population) -> _Judged:
    findings = compare(study, case, population)
    pool = population.open_cases + CASES_TO_COME
    belongs = log(CASE_IS_KNOWN / pool) + sum(log(finding.weight.belongs) for finding in findings)
    elsewhere = OTHER_EXAMINATION_KNOWN if _names_an_examination(case) else OTHER_EXAMINATION_WANTED
    other = log(elsewhere / pool) + sum(log(finding.weight.other_examination) for finding in findings)
    stranger = sum(log(finding.other_patient) for finding in findings)
    return _Judged(
        case_id=case.case_id,
        findings=tuple(findings),
        log_odds=belongs - _log_sum(other, stranger),
        same_patient=1.0 / (1.0 + exp(min(stranger - _log_sum(belongs, other), _MOST))),
    )


def _names_an_examination(case: CaseKeys) -> bool:
    """Say whether a case is about a certain examination; one that names none wants whatever comes of its patient."""
    said = (case.study_date, case.report_date, case.modality, case.body_part)
    return bool(case.study_uids or case.accession_numbers or case.said_modalities or case.said_body_parts or any(said))


def _log_sum(one: float, other: float) -> float:
    most = max(one, other)
    return most + log(exp(one - most) + exp(other - most))


def _certain(findings: tuple[Finding, ...]) -> bool:
    parts = Part.NONE
    for finding in findings:
        parts |= finding.part
    if Part.CONTRADICTS in parts:
        return False
    if Part.IDENTIFIES in parts:
        return Part.PERSONAL in parts
    if Part.NAMES_PATIENT in parts:
        return Part.PERSONAL in parts and Part.WEIGHS_AGAINST not in parts
    rows = {finding.row for finding in findings}
    return {"name equal", "birth date equal"} <= rows and Part.TIMELY in parts
