"""Add the evidence up to a probability, and say whether it may decide alone.

Three hypotheses for each pair (`weights.py`), and at most one case that a study belongs to: the candidates share one
certainty, so that two of the same weight get half of it each. A candidate is certain when nothing contradicts, no
other comes near, and enough agrees:

- an identifier of the study or case together with name or birth date, with both where the patient has another
  identifier; or
- an identifier of the patient, which does not tell one of the patient's studies from another, together with name or
  birth date and with nothing at all against the pair; or
- without any identifier name, birth date and study date with nothing against the pair but another identifier of the
  patient, or name, birth date and an identifier but for one digit.

The patient is known by three facts: identifier, name and birth date. Where two agree wholly and nothing else weighs
against the pair, the third may differ in part: another family name beside the same given name, or a slip in the date.
Twins share a birth date and the family name, father and son the name, and a family may share an identifier: another
given name, and a digit that makes ten years, contradict.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import takewhile
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
_WHO = Part.NAMED | Part.BORN


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
    shown = takewhile(lambda each: each[1] / total >= _LEAST_SHOWN, zip(judged, odds, strict=True))
    return [
        Candidate(
            case_id=each.case_id,
            probability=own / total,
            reasons=tuple(finding.says for finding in each.findings),
            certain=place == 0 and _certain(each.findings) and all(own >= RIVAL * other for other in odds[1:]),
            same_patient=each.same_patient,
        )
        for place, (each, own) in enumerate(shown)
    ]


def may_belong(study: StudyKeys, case: CaseKeys, population: Population = _NOT_KNOWN) -> bool:
    """Say whether a pair is worth ranking among others: alone in the world it would be shown."""
    return _judge(study, case, population).log_odds >= log(_LEAST_SHOWN)


def _judge(study: StudyKeys, case: CaseKeys, population: Population) -> _Judged:
    findings = compare(study, case, population)
    pool = population.open_cases + CASES_TO_COME
    elsewhere = OTHER_EXAMINATION_KNOWN if _names_an_examination(case) else OTHER_EXAMINATION_WANTED
    belongs, other, stranger = log(CASE_IS_KNOWN / pool), log(elsewhere / pool), 0.0
    for finding in findings:
        belongs += finding.weight.log_belongs
        other += finding.weight.log_other_examination
        stranger += log(finding.other_patient)
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
    if Part.DIFFERS_IN_PART in parts:
        return _outweighed(findings, parts)
    return _identified(parts) or _agrees_without_identifier(findings, parts)


def _identified(parts: Part) -> bool:
    """Say whether an identifier and what is known of the patient decide."""
    known = parts & _WHO
    if Part.IDENTIFIES in parts and (known == _WHO or (known and Part.OTHER_ID not in parts)):
        return True
    return bool(Part.NAMES_PATIENT in parts and (known or Part.ALIKE in parts)) and Part.WEIGHS_AGAINST not in parts


def _agrees_without_identifier(findings: tuple[Finding, ...], parts: Part) -> bool:
    """Say whether the whole name, the birth date and one thing more decide."""
    if not {"name equal", "birth date equal"} <= {finding.row for finding in findings}:
        return False
    against = [finding for finding in findings if Part.WEIGHS_AGAINST in finding.part]
    if Part.TIMELY in parts:
        return all(Part.OTHER_ID in finding.part for finding in against)
    return Part.ALIKE in parts and not against


def _outweighed(findings: tuple[Finding, ...], parts: Part) -> bool:
    """Say whether one name or birth date that differs in part is outweighed by the patient's other two facts."""
    differing = sum(Part.DIFFERS_IN_PART in finding.part for finding in findings)
    agreeing = sum(fact in parts for fact in (Part.NAMES_PATIENT, Part.NAMED, Part.BORN))
    return differing == 1 and agreeing == 2 and Part.WEIGHS_AGAINST not in parts
