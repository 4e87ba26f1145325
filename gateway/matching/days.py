"""Days as DICOM writes them: YYYYMMDD (PS3.5 section 6.2, VR DA)."""

from datetime import date
from functools import lru_cache


def is_day(text: str) -> bool:
    """Say whether a text is a day that exists."""
    return len(text) == 8 and _day(text) is not None


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
