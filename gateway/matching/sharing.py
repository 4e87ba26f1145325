"""Share one certainty among the cases that a study may belong to: at most one of them is the one.

What is known of one case matters for the others. A study of one patient is of nobody else, so that a relative's case
is weighed against the patient's own as what it shows of name and birth date, however much a family has in common. Two
cases of one patient know that patient equally well, the one that tells less as well as the other, and differ by the
examination alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import exp, inf, log, log1p

from gateway.matching.evidence import Finding, Population, compare_patients
from gateway.matching.facts import Fact
from gateway.matching.judged import Judged, log_sum
from gateway.matching.keys import CaseKeys, StudyKeys
from gateway.matching.look_alikes import facts_of, name_parts

CASES_OF_ONE_PATIENT = 0.03
_WORTH_IT = log(1e-5)
_MOST_COMPARED = 5
_ONE_PERSON_S = Fact.OWN | Fact.KEPT


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
        return exp(judged.own.weight - _total([judged.own if each is judged else each for each in self.cases]))


def share(study: StudyKeys, judged: Sequence[Judged], population: Population) -> Shared:
    """Weigh the cases that one study was compared with among each other.

    A case is compared with the few that go best with the study: many that are alike cost no more for it.
    """
    patients = [_Patient(study, each, population) for each in judged]
    near = [each for each in patients if each.judged.log_odds > _WORTH_IT]
    near.sort(key=lambda each: (-each.judged.of_patient, each.judged.case.case_id))
    cases = [_weigh(each, near if each.judged.log_odds > _WORTH_IT else []) for each in patients]
    cases.sort(key=lambda each: (-each.weight, each.case.case_id))
    return Shared(cases, _total(cases))


def _total(cases: Sequence[Judged]) -> float:
    against = [other for each in cases for other in (each.wrong_person, each.another_of_patient)]
    return log_sum(0.0, *against, *(each.weight for each in cases))


def _weigh(patient: "_Patient", near: Sequence["_Patient"]) -> Judged:
    judged, own = patient.judged, patient.judged.own
    others = [each for each in near if each is not patient]
    if own is not None:
        by_own_words = _Patient(patient.study, own, patient.population)
        own = replace(own, weight=own.of_case + _known(by_own_words, others))
    return replace(judged, weight=judged.of_case + _known(patient, others), own=own)


def _known(patient: "_Patient", others: Sequence["_Patient"]) -> float:
    """Return how well the study goes with a case's patient, by other cases too as far as they are of the same one.

    The others come in the order of how well they go with it.
    """
    most = patient.judged.of_patient
    for other in others[:_MOST_COMPARED]:
        if other.judged.of_patient + patient.log_of_the_study <= most:
            break
        most = max(most, other.judged.of_patient + min(patient.log_of_the_study, other.log_is_also_of(patient)))
    return most


@dataclass(frozen=True)
class _Patient:
    """The patient of a case, who is the study's perhaps, and another case's."""

    study: StudyKeys
    judged: Judged
    population: Population

    @cached_property
    def log_of_the_study(self) -> float:
        """Return the logarithm of the probability that a case in which the study's patient is known is this one's."""
        return self._log_one(self.study)

    @cached_property
    def as_study(self) -> StudyKeys:
        """Return what the case tells of the patient as a study of the same day would tell it.

        A name in free form does not say which word is the given one; the study's does, where it is the same name.
        """
        told = replace(self.judged.case.patient, study_date=self.study.study_date)
        agrees = name_parts(self.study, self.judged.case)
        same = agrees.given is Fact.SAME and agrees.family in Fact.SAME | Fact.NEAR
        return replace(told, name=self.study.name) if same else told

    def log_is_also_of(self, patient: "_Patient") -> float:
        """Return the logarithm of the probability that another case is of this patient."""
        return patient._log_one(self.as_study)

    def _log_one(self, told: StudyKeys) -> float:
        case = self.judged.case
        found = compare_patients(told, case, self.population)
        if _are_two(told, case, found):
            return -inf
        odds = log(CASES_OF_ONE_PATIENT / (self.population.open_cases + 1))
        odds += sum(each.weight.log_belongs - log(each.other_patient) for each in found)
        return -log1p(exp(-odds)) if odds > 0 else odds - log1p(exp(odds))


def _are_two(told: StudyKeys, case: CaseKeys, found: Sequence[Finding]) -> bool:
    """Say whether two people are told of: by another given name or birth date.

    Where a hospital or a register gave a grown-up the number that both bear, one of the two may be a slip or a name by
    which nobody knew them: there the evidence decides.
    """
    facts = facts_of(told, case, frozenset(each.row for each in found))
    differ = facts.given is Fact.OTHER or facts.born in Fact.OTHER | Fact.APART
    return differ and facts.identifier not in _ONE_PERSON_S
