"""DICOM dates, times and ages as people write them; what breaks its grammar is printed as it is (PS3.5 6.2)."""

import re
from datetime import UTC, datetime

_AGE_UNITS = {"D": "days", "W": "weeks", "M": "months", "Y": "years"}


def date_words(value: str) -> str:
    """Return a DA as 2026-11-22."""
    return re.sub(r"^(\d{4})(\d\d)(\d\d)$", r"\1-\2-\3", value.strip())


def time_words(value: str) -> str:
    """Return a TM as 14:32."""
    return re.sub(r"^(\d\d)(\d\d).*$", r"\1:\2", value.strip())


def age_words(value: str) -> str:
    """Return an AS as 65 years."""
    age = re.fullmatch(r"(\d{3})([DWMY])", value.strip())
    return f"{int(age[1])} {_AGE_UNITS[age[2]]}" if age else value.strip()


def utc_words(time: datetime) -> str:
    """Return a moment as 2026-11-22 14:32 UTC."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
