"""What second reads found, in numbers: agreement, RADPEER scores, changed diagnoses and treatments, turnaround."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from worklist.drafts import Agreement, Radpeer
from worklist.models import PublishedStudy, Read


@dataclass(frozen=True, slots=True)
class Answers:
    """How a yes-no question was answered; `rate` is yes among yes and no, None where nobody answered."""

    yes: int
    no: int
    unanswered: int

    @property
    def rate(self) -> float | None:
        """Return the share of yes among the answers given."""
        return self.yes / (self.yes + self.no) if self.yes + self.no else None


@dataclass(frozen=True, slots=True)
class Stats:
    """Signed reads in numbers; a read without agreement or score is in none of their counts.

    `median_turnaround_seconds` is from the study's receipt to the signature, None without reads.
    """

    reads: int
    agreement: dict[str, int]
    radpeer: dict[str, int]
    diagnosis_changed: Answers
    treatment_changed: Answers
    median_turnaround_seconds: float | None


def stats(session: Session, site: str | None = None, since: datetime | None = None) -> Stats:
    """Return the numbers of the reads signed since an instant, of one site or of all."""
    query = (
        select(
            Read.agreement,
            Read.radpeer,
            Read.diagnosis_changed,
            Read.treatment_changed,
            Read.signed_at,
            PublishedStudy.received_at,
        )
        .join(PublishedStudy, PublishedStudy.study_uid == Read.study_uid)
        .where(Read.state == "signed")
    )
    if site is not None:
        query = query.where(PublishedStudy.site == site)
    if since is not None:
        query = query.where(Read.signed_at >= since)
    rows = session.execute(query).all()
    turnarounds = [(row.signed_at - row.received_at).total_seconds() for row in rows]
    return Stats(
        reads=len(rows),
        agreement=_counts(get_args(Agreement), [row.agreement for row in rows]),
        radpeer=_counts(get_args(Radpeer), [row.radpeer for row in rows]),
        diagnosis_changed=_answers([row.diagnosis_changed for row in rows]),
        treatment_changed=_answers([row.treatment_changed for row in rows]),
        median_turnaround_seconds=median(turnarounds) if turnarounds else None,
    )


def _counts(names: Sequence[str], values: Sequence[str | None]) -> dict[str, int]:
    counter = Counter(values)
    return {name: counter[name] for name in names}


def _answers(values: Sequence[bool | None]) -> Answers:
    counter = Counter(values)
    return Answers(yes=counter[True], no=counter[False], unanswered=counter[None])
