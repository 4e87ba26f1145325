"""Add the evidence up to a probability for each case that a study may belong to.

Four hypotheses for each pair: the three of the table (`weights.py`), and that somebody else was examined under the
case's order. How the cases share one certainty `sharing.py` says, and by what the first of them may be linked without a
person `certainty.py`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import log

from gateway.matching.certainty import LookAlikes, asked_because, decided_by, rivals_of
from gateway.matching.evidence import Population, compare
from gateway.matching.judged import Judged
from gateway.matching.keys import CaseKeys, StudyKeys
from gateway.matching.sharing import share
from gateway.matching.weights import OF_THE_PERSON, WRONG_PERSON

CASE_IS_KNOWN = 0.9
OTHER_EXAMINATION_KNOWN = 0.06
OTHER_EXAMINATION_WANTED = 0.01
CASES_TO_COME = 100
_LEAST_SHOWN = 0.001
_MEANT = frozenset({"case number equal", "study UID equal", "accession number equal"})


@dataclass(frozen=True)
class Candidate:
    """A case that a study may belong to; `same_patient` is the probability that at least the patient is the same.

    Of the best one `decided_by` says by what it may be linked without a person, or `asked_because` why not, and of each
    other one of which that speaks what it says of it; `own` is its probability by what the case itself says, less where
    a correction told more that nobody confirmed. `meant` is one whose number the study bears, or that names its UID or
    its accession number: a person hears of it whatever else differs.
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
    shared = share(study, [_judge(study, case, population) for case in cases], population)
    judged = shared.cases
    by = decided_by(study, judged, look_alikes) if judged else ""
    why = asked_because(study, judged, look_alikes) if judged and not by else ""
    rivals = rivals_of(study, judged, why)
    shown = [
        each
        for each in judged
        if shared.probability(each) >= _LEAST_SHOWN or _is_meant(each) or each.case.case_id in rivals
    ]
    return [
        Candidate(
            case_id=each.case.case_id,
            probability=shared.probability(each),
            reasons=tuple(finding.says for finding in each.findings),
            decided_by="" if place else by,
            asked_because=rivals.get(each.case.case_id, "") if place else why,
            same_patient=each.same_patient,
            own=shared.by_own_words(each),
            meant=_is_meant(each),
        )
        for place, each in enumerate(shown)
    ]


def _is_meant(judged: Judged) -> bool:
    return any(finding.row in _MEANT for finding in judged.findings)


def may_belong(study: StudyKeys, case: CaseKeys, population: Population = _NOT_KNOWN) -> bool:
    """Say whether a pair is worth ranking among others: alone in the world it would be shown."""
    judged = _judge(study, case, population)
    return judged.log_odds >= log(_LEAST_SHOWN) or _is_meant(judged)


def _judge(study: StudyKeys, case: CaseKeys, population: Population) -> Judged:
    findings = compare(study, case, population)
    pool = population.open_cases + CASES_TO_COME
    elsewhere = OTHER_EXAMINATION_KNOWN if _names_an_examination(case) else OTHER_EXAMINATION_WANTED
    belongs, wrong_person = log(CASE_IS_KNOWN / pool), log(CASE_IS_KNOWN / pool * WRONG_PERSON)
    other = stranger = 0.0
    for finding in findings:
        by_chance = log(finding.other_patient)
        belongs += finding.weight.log_belongs
        other += finding.weight.log_other_examination
        stranger += by_chance
        wrong_person += by_chance if finding.row in OF_THE_PERSON else finding.weight.log_belongs
    return Judged(
        case=case,
        findings=tuple(findings),
        of_patient=other - stranger,
        of_case=belongs - other,
        other_examination=log(elsewhere / pool),
        wrong_person=wrong_person - stranger,
        own=_judge(study, case.own, population) if case.own is not None else None,
    )


def _names_an_examination(case: CaseKeys) -> bool:
    """Say whether a case is about a certain examination; one that names none wants whatever comes of its patient."""
    said = (case.study_date, case.report_date, case.modality, case.body_part)
    return bool(case.study_uids or case.accession_numbers or case.said_modalities or case.said_body_parts or any(said))
