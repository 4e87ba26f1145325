"""Add the evidence up to a probability, and say whether it may decide alone.

A candidate is certain when nothing contradicts and either an identifier agrees together with name or birth date,
or name, birth date and study date all agree.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.matching.evidence import Finding, compare
from gateway.matching.keys import CaseKeys, StudyKeys

PRIOR_BITS = -10.0
_LEAST_SHOWN = 0.001


@dataclass(frozen=True)
class Candidate:
    """A case that a study may belong to."""

    case_id: int
    probability: float
    reasons: tuple[str, ...]
    certain: bool


def rank(study: StudyKeys, cases: Iterable[CaseKeys]) -> list[Candidate]:
    """Return the cases a study may belong to, the most probable first; hopeless ones are left out."""
    candidates = [_judge(study, case) for case in cases]
    likely = [candidate for candidate in candidates if candidate.probability >= _LEAST_SHOWN]
    return sorted(likely, key=lambda candidate: (-candidate.probability, candidate.case_id))


def _judge(study: StudyKeys, case: CaseKeys) -> Candidate:
    findings = compare(study, case)
    bits = PRIOR_BITS + sum(finding.bits for finding in findings)
    return Candidate(
        case_id=case.case_id,
        probability=1.0 / (1.0 + 2.0 ** min(-bits, 500.0)),
        reasons=tuple(finding.says for finding in findings),
        certain=_certain(findings),
    )


def _certain(findings: list[Finding]) -> bool:
    says = {finding.says for finding in findings}
    timely = any(finding.timely for finding in findings)
    if any(finding.contradicts for finding in findings):
        return False
    if any(finding.identifies for finding in findings):
        return bool(says & {"name equal", "name partly equal", "birth date equal"})
    return {"name equal", "birth date equal"} <= says and timely
