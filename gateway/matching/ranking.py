"""Add the evidence up to a probability for each case that a study may belong to.

Three hypotheses for each pair (`weights.py`), and at most one case that a study belongs to: the candidates share one
certainty, so that two of the same weight get half of it each. By what the first of them may be linked without a person
`certainty.py` says.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, log

from gateway.matching.certainty import Judged, LookAlikes, asked_because, decided_by
from gateway.matching.evidence import Population, compare
from gateway.matching.keys import CaseKeys, StudyKeys

CASE_IS_KNOWN = 0.9
OTHER_EXAMINATION_KNOWN = 0.06
OTHER_EXAMINATION_WANTED = 0.01
CASES_TO_COME = 100
_LEAST_SHOWN = 0.001
_MEANT = frozenset({"case number equal", "study UID equal"})
_MOST = 600.0


@dataclass(frozen=True)
class Candidate:
    """A case that a study may belong to; `same_patient` is the probability that at least the patient is the same.

    Of the best one `decided_by` says by what it may be linked without a person, or `asked_because` why not; `own` is
    its probability by what the case itself says, less where a correction told more that nobody confirmed. `meant` is
    one whose number the study bears, or that names its UID: a person hears of it whatever else differs.
    """

    case_id: int
    probability: float
    reasons: tuple[str, ...]
    decided_by: str = ""
    asked_because: str = ""
    same_patient: float = 0.0
    own: float = 1.0
    meant: bool = False

    @property
    def certain(self) -> bool:
        """Say whether it may be linked without a person, if it is probable enough."""
        return bool(self.decided_by)

    def certain_above(self, threshold: float) -> bool:
        """Say whether it may be linked without a person where so much probability is wanted."""
        return self.certain and min(self.probability, self.own) >= threshold


_NOT_KNOWN = Population()


def rank(
    study: StudyKeys,
    cases: Iterable[CaseKeys],
    population: Population = _NOT_KNOWN,
    *,
    look_alikes: LookAlikes = "ask",
) -> list[Candidate]:
    """Return the cases a study may belong to, the most probable first; hopeless ones that nobody meant are left out.

    `population` are the open cases of the site, of which `cases` are those worth a look. `look_alikes` says who decides
    where a relative could look alike: a person, or the probability (`matching.look_alikes` of the settings).
    """
    judged = sorted(
        (_judge(study, case, population) for case in cases), key=lambda each: (-each.log_odds, each.case.case_id)
    )
    odds = [exp(min(each.log_odds, _MOST)) for each in judged]
    total = 1.0 + sum(odds)
    shown = (pair for pair in zip(judged, odds, strict=True) if pair[1] / total >= _LEAST_SHOWN or _is_meant(pair[0]))
    by = decided_by(study, judged, look_alikes) if judged else ""
    why = asked_because(study, judged, look_alikes) if judged and not by else ""
    return [
        Candidate(
            case_id=each.case.case_id,
            probability=own / total,
            reasons=tuple(finding.says for finding in each.findings),
            decided_by="" if place else by,
            asked_because="" if place else why,
            same_patient=each.same_patient,
            own=_by_own_words(each, own, total),
            meant=_is_meant(each),
        )
        for place, (each, own) in enumerate(shown)
    ]


def _is_meant(judged: Judged) -> bool:
    return any(finding.row in _MEANT for finding in judged.findings)


def _by_own_words(judged: Judged, odds: float, total: float) -> float:
    if judged.own is None:
        return 1.0
    own = exp(min(judged.own.log_odds, _MOST))
    return own / (total - odds + own)


def may_belong(study: StudyKeys, case: CaseKeys, population: Population = _NOT_KNOWN) -> bool:
    """Say whether a pair is worth ranking among others: alone in the world it would be shown."""
    judged = _judge(study, case, population)
    return judged.log_odds >= log(_LEAST_SHOWN) or _is_meant(judged)


def _judge(study: StudyKeys, case: CaseKeys, population: Population) -> Judged:
    findings = compare(study, case, population)
    pool = population.open_cases + CASES_TO_COME
    elsewhere = OTHER_EXAMINATION_KNOWN if _names_an_examination(case) else OTHER_EXAMINATION_WANTED
    belongs, other, stranger = log(CASE_IS_KNOWN / pool), log(elsewhere / pool), 0.0
    for finding in findings:
        belongs += finding.weight.log_belongs
        other += finding.weight.log_other_examination
        stranger += log(finding.other_patient)
    return Judged(
        own=_judge(study, case.own, population) if case.own is not None else None,
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
