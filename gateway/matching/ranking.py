"""Add the evidence up to a probability, and say whether it may decide alone.

A candidate is certain when nothing contradicts and an identifier of the study agrees together with name or birth date.
An identifier of the patient does not tell one of the patient's studies from another: with it nothing at all may speak
against the pair. Without any identifier name, birth date and study date must agree.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.matching.evidence import BIRTH_DATE_EQUAL, NAME_EQUAL, Finding, compare
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
    if any(finding.contradicts for finding in findings):
        return False
    if any(finding.identifies for finding in findings):
        return any(finding.personal for finding in findings)
    if any(finding.names_patient for finding in findings):
        return any(finding.personal for finding in findings) and all(finding.bits > 0 for finding in findings)
    return NAME_EQUAL in findings and BIRTH_DATE_EQUAL in findings and any(finding.timely for finding in findings)
