"""Add the evidence up to a probability, and say whether it may decide alone.

Three hypotheses for each pair (`weights.py`), and at most one case that a study belongs to: the candidates share one
certainty, so that two of the same weight get half of it each. A candidate is certain when no other comes near, nothing
forbids it or says another examination, and

- the patient's facts are such that nobody who looks alike could show them (`look_alikes.py`); or
- an identifier of the study or case agrees together with name or birth date, with both where the patient has another
  identifier, and no fact of the patient differs; or
- without any identifier name, birth date and study date agree, the day itself where the patient has another identifier,
  and no other fact of the patient differs.

Nothing decides alone where the given names are two people's, as those of newborn twins are by a letter. By the number
of a case alone, which a family's disc may bear for all who are on it, nobody is linked whose given name is not told, as
no newborn's is, or who is born a generation apart or on a day that cannot be read.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import takewhile
from math import exp, log

from gateway.matching.evidence import Finding, Population, compare
from gateway.matching.facts import Fact
from gateway.matching.keys import CaseKeys, StudyKeys
from gateway.matching.look_alikes import agrees_better, facts_of, lives_elsewhere, nobody_else
from gateway.matching.weights import Part

CASE_IS_KNOWN = 0.9
OTHER_EXAMINATION_KNOWN = 0.06
OTHER_EXAMINATION_WANTED = 0.01
CASES_TO_COME = 100
RIVAL = 20.0
_LEAST_SHOWN = 0.001
_MOST = 600.0
_WHO = Part.NAMED | Part.BORN
_OF_THE_STUDY = frozenset({"study UID equal", "accession number equal"})


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
    case: CaseKeys
    findings: tuple[Finding, ...]
    log_odds: float
    same_patient: float


_NOT_KNOWN = Population()


def rank(study: StudyKeys, cases: Iterable[CaseKeys], population: Population = _NOT_KNOWN) -> list[Candidate]:
    """Return the cases a study may belong to, the most probable first; hopeless ones are left out.

    `population` are the open cases of the site, of which `cases` are those worth a look.
    """
    judged = sorted(
        (_judge(study, case, population) for case in cases), key=lambda each: (-each.log_odds, each.case.case_id)
    )
    odds = [exp(min(each.log_odds, _MOST)) for each in judged]
    total = 1.0 + sum(odds)
    shown = takewhile(lambda each: each[1] / total >= _LEAST_SHOWN, zip(judged, odds, strict=True))
    return [
        Candidate(
            case_id=each.case.case_id,
            probability=own / total,
            reasons=tuple(finding.says for finding in each.findings),
            certain=place == 0 and all(own >= RIVAL * other for other in odds[1:]) and _certain(study, each, judged),
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
        case=case,
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


def _certain(study: StudyKeys, best: _Judged, judged: list[_Judged]) -> bool:
    case, findings = best.case, best.findings
    parts = Part.NONE
    for finding in findings:
        parts |= finding.part
    if Part.FORBIDS in parts:
        return False
    rows = frozenset(finding.row for finding in findings)
    of_the_patient_only = all(
        Part.OTHER_ID in finding.part for finding in findings if Part.WEIGHS_AGAINST in finding.part
    )
    taken_for_another = any(agrees_better(study, other.case, case) for other in judged[1:])
    if of_the_patient_only and not taken_for_another and nobody_else(study, case, rows):
        return True
    if parts & (Part.CONTRADICTS | Part.DIFFERS_IN_PART):
        return False
    facts = facts_of(study, case, rows)
    if facts.given is Fact.OTHER:
        return False
    named = facts.given is Fact.SAME and facts.born is not Fact.APART
    if named and of_the_patient_only and _on_one_day(rows):
        return True
    return _identified(parts) and (named or bool(rows & _OF_THE_STUDY))


def _on_one_day(rows: frozenset[str]) -> bool:
    """Say whether name, birth date and study date decide: the very day where the patient has another identifier."""
    days = (
        {"study date equal"} if "patient ID different" in rows else {"study date equal", "study date within three days"}
    )
    return {"name equal", "birth date equal"} <= rows and bool(rows & days) and not lives_elsewhere(rows)


def _identified(parts: Part) -> bool:
    """Say whether an identifier of the study or case and what is known of the patient decide."""
    known = parts & _WHO
    return Part.IDENTIFIES in parts and (known == _WHO or (bool(known) and Part.OTHER_ID not in parts))
