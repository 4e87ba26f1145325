"""When messages were made, as their senders say (MSH-7, a time stamp by HL7 2.5.1 section 2.A.77): which was before.

A queue, or a line that was down, brings messages late and in another order. Their own times tell what the sender knew
when it made them. Where either has none, or they cannot be told apart as far as both are told, nothing is said.
"""

import re
from datetime import datetime, timedelta

_TIME = re.compile(r"(\d{8}(?:\d\d){0,3})(?:\.\d{1,4})?(?:([+-])(\d\d)(\d\d))?")
_FORMS = {8: "%Y%m%d", 10: "%Y%m%d%H", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}


def made_before(one: str, other: str) -> bool:
    """Say whether one of two times is surely earlier; their offsets from UTC count where both tell one."""
    found = [match for each in (one, other) if (match := _TIME.fullmatch(each.strip()))]
    if len(found) < 2:
        return False
    by_utc = all(match[2] for match in found)
    earlier, later = (_digits(match, by_utc=by_utc) for match in found)
    length = min(len(earlier), len(later))
    return bool(earlier and later) and earlier[:length] < later[:length]


def _digits(match: "re.Match[str]", *, by_utc: bool) -> str:
    """Return the digits of a time, of UTC where that is asked for; empty where there is no such time."""
    form = _FORMS[len(match[1])]
    offset = timedelta(hours=int(match[3]), minutes=int(match[4])) if by_utc else timedelta()
    try:
        moment = datetime.strptime(match[1], form)  # noqa: DTZ007 - the wall clock of the sender
        return (moment - (offset if match[2] != "-" else -offset)).strftime(form)
    except (ValueError, OverflowError):
        return ""
