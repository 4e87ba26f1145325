"""Compare birth dates as they go wrong: swapped, mistyped, or 1 January where the day is unknown.

A digit of the year that makes ten years or more is no mere slip: so far apart are father and son of one name.
"""

from gateway.matching.days import is_day
from gateway.matching.spelling import slips

_FIRST = "0101"
_NO_SLIP_YEARS = 10
GENERATION_YEARS = 13
ANOTHER_DAY = frozenset({"birth date different", "birth date with a digit off, ten years or more apart"})


def compare_birth_dates(ours: str, theirs: str) -> str:
    """Return the row of the weights table that two birth dates (YYYYMMDD) meet; empty where one says nothing."""
    if not is_day(ours) or not is_day(theirs):
        return ""
    if ours == theirs:
        return "birth date equal, a 1 January" if is_first_of_january(ours) else "birth date equal"
    if ours[:4] == theirs[:4] and _FIRST in {ours[4:], theirs[4:]}:
        return "birth year equal, a 1 January may stand for an unknown day"
    return _slipped(ours, theirs)


def _slipped(ours: str, theirs: str) -> str:
    if swapped(ours) == theirs:
        return "birth date with day and month swapped"
    digits_swapped = sorted(ours) == sorted(theirs) and slips(ours, theirs, 1) == 1
    if not digits_swapped and sum(a != b for a, b in zip(ours, theirs, strict=True)) != 1:
        return "birth date different"
    if abs(int(ours[:4]) - int(theirs[:4])) >= _NO_SLIP_YEARS:
        return "birth date with a digit off, ten years or more apart"
    return "birth date with digits swapped" if digits_swapped else "birth date with one digit different"


def is_generation_apart(ours: str, theirs: str) -> bool:
    """Say whether between two birth dates are as many years as between parent and child; of no day nothing is said."""
    both = is_day(ours) and is_day(theirs)
    return both and abs(int(ours[:4]) - int(theirs[:4])) >= GENERATION_YEARS


def swapped(day: str) -> str:
    """Return a date with day and month swapped; it may be no date."""
    return day[:4] + day[6:] + day[4:6]


def is_first_of_january(day: str) -> bool:
    """Say whether a date is one that stands for an unknown day in many registers."""
    return day[4:] == _FIRST
