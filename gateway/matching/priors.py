"""Which of a case's studies are priors: older examinations that came along to be compared with."""

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.matching.days import days_between

_SAME_EXAMINATION_DAYS = 3
_SAME_QUESTION_DAYS = 31


@dataclass(frozen=True)
class LinkedStudy:
    """A study of a case: its date, and whether the case names it by UID or accession number."""

    study_id: int
    study_date: str
    named: bool = False


def find_priors(studies: Iterable[LinkedStudy], *, case_date: str) -> frozenset[int]:
    """Return which studies of a case are priors: those named in the case are none, nor are all of its studies.

    What a case is about may be older than the case says, or come before the examination itself; so an old study is a
    prior only beside another one that is not.
    """
    linked = list(studies)
    newest = max((each.study_date for each in linked), default="")
    old = [each for each in linked if not each.named and is_prior(each.study_date, case_date=case_date, newest=newest)]
    return frozenset(each.study_id for each in old) if len(old) < len(linked) else frozenset()


def is_prior(study_date: str, *, case_date: str, newest: str) -> bool:
    """Say whether a study is a prior of its case's examination; all dates YYYYMMDD, empty where not known.

    The case's own study date tells where it has one. Else the newest of its studies is the one in question, together
    with those of the month before it.
    """
    days = days_between(study_date, case_date)
    if days is not None:
        return days > _SAME_EXAMINATION_DAYS
    days = days_between(study_date, newest)
    return days is not None and days > _SAME_QUESTION_DAYS
