"""Which of a case's studies are priors: older examinations that came along to be compared with."""

from gateway.matching.days import days_between

_SAME_EXAMINATION_DAYS = 3
_SAME_QUESTION_DAYS = 31


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
