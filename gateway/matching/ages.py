"""Ages that a report's words tell of somebody: "54-year-old", "54-jähriger", "de 54 años", "54岁".

Which of several is the patient's nobody can tell, so that they tell people apart only where all of them do, by the
years between parent and child.
"""

import re

from gateway.matching.birth_dates import GENERATION_YEARS
from gateway.matching.days import days_between

_YEAR = 365.25
_OLDEST = 120
_NUMBER = r"(?<![\d.,/-])(\d{1,3})"
_AGES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_NUMBER}[ -]?(?:years?|yrs?|yr)[ -]?old\b",
        rf"{_NUMBER}[ -]?y[./]?o\b",
        rf"{_NUMBER}[ -]?(?:jährig|jaehrig)",
        rf"{_NUMBER} Jahre alt",
        rf"(?:paciente|varón|mujer|hombre|niñ[oa])[^.\n]{{0,20}}? de {_NUMBER} años",
        rf"{_NUMBER} años de edad",
        rf"{_NUMBER}\s?[岁歳]",
        rf"{_NUMBER}\s?세(?![가-힣])",
        r"\b(?:age|aged|alter|edad|年龄|年齢|나이)\s*[:：]?\s*(\d{1,3})(?![\d.,/-])",
    )
)


def ages_in(text: str) -> frozenset[int]:
    """Return the ages in years that a text tells."""
    found = {int(match[1]) for pattern in _AGES for match in pattern.finditer(text)}
    return frozenset(age for age in found if age < _OLDEST)


def is_of_age(ages: frozenset[int], birth_date: str, day: str) -> bool:
    """Say whether whoever was born on a date is on a day, but for a year, of an age that is told."""
    lived = days_between(birth_date, day)
    return lived is not None and any(abs(int(lived / _YEAR) - age) <= 1 for age in ages)


def is_another_generation(ages: frozenset[int], birth_date: str, day: str) -> bool:
    """Say whether whoever was born on a date is a generation away, on a day, from every age that is told."""
    lived = days_between(birth_date, day)
    if not ages or lived is None:
        return False
    return all(abs(lived / _YEAR - age) >= GENERATION_YEARS for age in ages)
