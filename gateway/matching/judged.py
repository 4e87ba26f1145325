"""How the evidence of one study and one case adds up."""

from dataclasses import dataclass
from functools import cached_property
from math import exp, log

from gateway.matching.evidence import Finding
from gateway.matching.keys import CaseKeys

_MOST = 600.0


@dataclass(frozen=True)
class Judged:
    """A case, what was found of it beside a study, and how it adds up, in natural logarithms.

    `of_patient`: how much better the evidence goes with a study of this patient than with one of a stranger.
    `of_case`: how much better it goes with this case than with another examination of the same patient.
    `other_examination`: how often such another one comes along. `wrong_person`: how well it goes with somebody else who
    was examined under this case's order. `weight` is what the case has beside others (`sharing.py`). `own` is the same
    by what the case itself says, where a correction told more that nobody confirmed.
    """

    case: CaseKeys
    findings: tuple[Finding, ...]
    of_patient: float
    of_case: float
    other_examination: float
    wrong_person: float
    weight: float = 0.0
    own: "Judged | None" = None

    @cached_property
    def log_odds(self) -> float:
        """Return the odds that the study belongs to the case, were there no other."""
        return self.of_patient + self.of_case - log_sum(self.another_of_patient, 0.0, self.wrong_person)

    @property
    def same_patient(self) -> float:
        """Return the probability that the study is of the case's patient, were there no other."""
        patient = log_sum(self.of_patient + self.of_case, self.another_of_patient)
        return 1.0 / (1.0 + exp(min(log_sum(0.0, self.wrong_person) - patient, _MOST)))

    @property
    def another_of_patient(self) -> float:
        """Return the odds that the study is another examination of the case's patient, against a stranger's."""
        return self.of_patient + self.other_examination


def log_sum(*logs: float) -> float:
    """Return the logarithm of the sum of what has these logarithms."""
    most = max(logs)
    return most + log(sum(exp(each - most) for each in logs))
