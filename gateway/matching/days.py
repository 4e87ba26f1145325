"""Days and minutes as DICOM writes them: YYYYMMDD and HHMM (PS3.5 section 6.2, VR DA and TM)."""

import re
from datetime import date
from functools import lru_cache

_OLD_FORM = re.compile(r"(\d{4})\.(\d{2})\.(\d{2})")
_MINUTE = re.compile(r"([01]\d|2[0-3]):?([0-5]\d)")
_UNKNOWN_MINUTE = "0000"


def is_day(text: str) -> bool:
    """Say whether a text is a day that exists."""
    return len(text) == 8 and _day(text) is not None


def plain_day(text: str) -> str:
    """Return a day in the form of ACR-NEMA, 2008.02.03, which PS3.5 section 6.2 asks readers to know, as YYYYMMDD."""
    found = _OLD_FORM.fullmatch(text.strip())
    return "".join(found.groups()) if found else text


def plain_minute(text: str) -> str:
    """Return the hour and minute of a time, HHMM; empty where it tells none, and for midnight, which stands for any."""
    found = _MINUTE.match(text.strip())
    minute = "".join(found.groups()) if found else ""
    return "" if minute == _UNKNOWN_MINUTE else minute


def days_between(earlier: str, later: str) -> int | None:
    """Return the days from one day to another, negative where the second is earlier; None where one is no day."""
    one, other = _day(earlier), _day(later)
    return (other - one).days if one and other else None


@lru_cache(65536)
def _day(text: str) -> date | None:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None
