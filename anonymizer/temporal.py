"""Move dates and keep times: what is not a whole, valid date is emptied (PS3.5 section 6.2, VRs AS, DA, DT, TM)."""

import re
from datetime import date, timedelta

_DATE = re.compile(r"(\d{4})(\.?)(\d{2})\2(\d{2})")
_DATETIME = re.compile(r"(\d{8})((?:\d{2}){0,3}|\d{6}\.\d{1,6})([+-]\d{4})?")
_TIME = re.compile(r"(?:[01]\d|2[0-3])(?::?[0-5]\d(?::?(?:[0-5]\d|60)(?:\.\d{1,6})?)?)?")
_AGE = re.compile(r"(\d{3})([DWMY])")
_ZONE = re.compile(r"[+-](?:0\d|1[0-4])[0-5]\d")
OLDEST_AGE = 90
DAYS_IN_YEAR = 365.25
FIRST_PLAUSIBLE_YEAR = 1800


def parse_date(text: str) -> date | None:
    """Return the date of a DA value, None when it is none; the ACR-NEMA form with dots is understood."""
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    try:
        found = date(int(match[1]), int(match[3]), int(match[4]))
    except ValueError:
        return None
    return found if found.year >= FIRST_PLAUSIBLE_YEAR else None


def shift_date(text: str, days: int) -> str:
    """Return a DA value moved by `days`, empty when it is no date."""
    found = parse_date(text)
    return "" if found is None else f"{found + timedelta(days=days):%Y%m%d}"


def shift_datetime(text: str, days: int) -> str:
    """Return a DT value with its date moved and its time and offset kept, empty when the date is not whole."""
    match = _DATETIME.fullmatch(text)
    moved = shift_date(match[1], days) if match else ""
    return moved + match[2] + (match[3] or "") if match and moved else ""


def valid_time(text: str) -> str:
    """Return a TM value as it is, empty when it is none."""
    return text if _TIME.fullmatch(text) else ""


def valid_zone(text: str) -> str:
    """Return an offset from UTC as it is, empty when it is none."""
    return text if _ZONE.fullmatch(text) else ""


def capped_age(text: str) -> str:
    """Return an AS value; ages of 90 years and more become `090Y`, what is no age is emptied."""
    match = _AGE.fullmatch(text)
    if match is None:
        return ""
    days = int(match[1]) * {"D": 1.0, "W": 7.0, "M": DAYS_IN_YEAR / 12, "Y": DAYS_IN_YEAR}[match[2]]
    return f"{OLDEST_AGE:03}Y" if days >= OLDEST_AGE * DAYS_IN_YEAR else text


def age_at(birth: date, study: date) -> str:
    """Return the age as an AS value in the largest fitting unit, empty when the study comes before the birth."""
    days = (study - birth).days
    if days < 0:
        return ""
    if days < 31:
        return f"{days:03}D"
    years = study.year - birth.year - ((study.month, study.day) < (birth.month, birth.day))
    if years >= 2:
        return capped_age(f"{min(years, 999):03}Y")
    months = 12 * (study.year - birth.year) + study.month - birth.month - (study.day < birth.day)
    return f"{months:03}M" if months else f"{days // 7:03}W"
