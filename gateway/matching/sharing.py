"""Share one certainty among the cases that a study may belong to: at most one of them is the one.

What is known of one case matters for the others. A study of one patient is of nobody else, so that a relative's case
is weighed against the patient's own as what it shows of name and birth date, however much a family has in common. Two
cases of one patient know that patient equally well, the one that tells less as well as the other, and differ by the
examination alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp, inf, log, log1p

from gateway.matching.birth_dates import compare_birth_dates
from gateway.matching.evidence import Population, compare_patients
from gateway.matching.facts import Fact
from gateway.matching.judged import Judged, log_sum
from gateway.matching.keys import CaseKeys, StudyKeys
from gateway.matching.look_alikes import name_parts

CASES_OF_ONE_PATIENT = 0.03
_WORTH_IT = log(1e-5)
_BORN_APART = frozenset({"birth date different", "birth date with a digit off, ten years or more apart"})


@dataclass(frozen=True)
class Shared:
    """Cases with their weights, the weightiest first, and the weight of everything that can be true."""

    cases: list[Judged]
    total: float

    def probability(self, judged: Judged) -> float:
        """Return the probability that the study belongs to one of the cases."""
        return exp(judged.weight - self.total)

    def by_own_words(self, judged: Judged) -> float:
        """Return the probability by what the case itself says; 1 where nothing else was told of it."""
        if judged.own is None:
            return 1.0
        others = [0.0, judged.own.another_of_patient, *(each.weight for each in self.cases if each is not judged)]
        return exp(judged.own.weight - log_sum(judged.own.weight, *others))


def share(study: StudyKeys, judged: Sequence[Judged], population: Population) -> Shared:
    """Weigh the cases that one study was compared with among each other."""
    near = [each for each in judged if each.log_odds > _WORTH_IT]
    alike = _Alike(study, population)
    cases = [_weigh(each, near if each.log_odds > _WORTH_IT else [], alike) for each in judged]
    cases.sort(key=lambda each: (-each.weight, each.case.case_id))
    against = [other for each in cases for other in (each.wrong_person, each.another_of_patient)]
    return Shared(cases, log_sum(0.0, *against, *(each.weight for each in cases)))


def _weigh(judged: Judged, near: Sequence[Judged], alike: "_Alike") -> Judged:
    others = [each for each in near if each is not judged]
    own = judged.own
    if own is not None:
        own = replace(own, weight=own.of_case + _known(own, others, alike))
    return replace(judged, weight=judged.of_case + _known(judged, others, alike), own=own)


def _known(judged: Judged, others: Sequence[Judged], alike: "_Alike") -> float:
    """Return how well the study goes with a case's patient, by other cases too as far as they are of the same one."""
    better = [each for each in others if each.of_patient > judged.of_patient]
    known = (each.of_patient + alike.log_one_patient(judged.case, each.case) for each in better)
    return max(judged.of_patient, *known) if better else judged.of_patient


@dataclass(frozen=True)
class _Alike:
    """Tells whether two cases are of one patient, who is the study's if either is."""

    study: StudyKeys
    population: Population

    def log_one_patient(self, case: CaseKeys, other: CaseKeys) -> float:
        """Return the logarithm of the probability; people of other names or birth dates are two."""
        told = (self.study, other.patient)
        if any(_are_two(each, case) for each in told):
            return -inf
        odds = log(CASES_OF_ONE_PATIENT / (self.population.open_cases + 1))
        odds += min(self._for_one_patient(each, case) for each in told)
        return -log1p(exp(-odds)) if odds > 0 else odds - log1p(exp(odds))

    def _for_one_patient(self, patient: StudyKeys, case: CaseKeys) -> float:
        found = compare_patients(patient, case, self.population)
        return sum(each.weight.log_belongs - log(each.other_patient) for each in found)


def _are_two(patient: StudyKeys, case: CaseKeys) -> bool:
    if patient.birth_date and case.birth_date:
        born = compare_birth_dates(patient.birth_date, case.birth_date)
        if not born or born in _BORN_APART:
            return True
    return name_parts(patient, case).given is Fact.OTHER
