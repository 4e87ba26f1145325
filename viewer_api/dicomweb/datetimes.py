"""A range of dates and one of times as one range of instants (combined date-time matching, PS3.4 section C.2.2.2.5).

From the 5th to the 7th and from 10 to 12 o'clock is then from the 5th at 10 until the 7th at 12, not three mornings. It
holds for a date and a time of the same thing where both are ranges; where one of them is a single value each is matched
by itself. QIDO-RS always searches so; a C-FIND does where it was negotiated (section C.5.1.1). What has a date and no
time is matched by its date.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, true

from config.errors import Malformed
from viewer_api.dicomweb.query import Condition
from viewer_api.levels import keys_of

_THINGS = (
    "Study",
    "Series",
    "Acquisition",
    "Content",
    "InstanceCreation",
    "PatientBirth",
    "PerformedProcedureStepStart",
    "PerformedProcedureStepEnd",
)
TIMES_OF = {next(iter(keys_of(f"{name}Date"))): next(iter(keys_of(f"{name}Time"))) for name in _THINGS}
"""The tag of each date and that of its time."""

Pair = tuple[Condition, Condition]
_LAST_TIME = "235959.999999"


def pairs_of(conditions: Sequence[Condition]) -> Iterator[Pair]:
    """Yield the conditions on a date and on its time that are one range together."""
    ranges = {
        condition.path[0]: condition for condition in conditions if len(condition.path) == 1 and _is_range(condition)
    }
    for date, time in TIMES_OF.items():
        if date in ranges and time in ranges:
            yield ranges[date], ranges[time]


def within(pair: Pair, date: Any, time: Any) -> ColumnElement[bool]:
    """Return the condition of the database that a date and a time lie within both ranges together.

    Raises:
        Malformed: a range that cannot be read.
    """
    (first_day, last_day), (first_time, last_time) = (_ends(condition) for condition in pair)
    has_no_time = func.coalesce(time, "") == ""
    clauses = [date.is_not(None), date != ""]
    if first_day:
        later = or_(has_no_time, time >= first_time) if first_time else true()
        clauses.append(or_(date > first_day, and_(date == first_day, later)))
    if last_day:
        until = last_time + _LAST_TIME[len(last_time) :]
        clauses.append(or_(date < last_day, and_(date == last_day, or_(has_no_time, time <= until))))
    return and_(*clauses)


def _is_range(condition: Condition) -> bool:
    return condition.value.count("-") == 1 and "\\" not in condition.value


def _ends(condition: Condition) -> tuple[str, str]:
    start, _, end = (part.strip().replace(":", "") for part in condition.value.partition("-"))
    if not (start + end).replace(".", "").isdecimal():
        raise Malformed("a date or time cannot be read; ranges are written as START-END")
    return start, end
