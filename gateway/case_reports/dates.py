"""Dates as people write them in reports and lists: ISO, with points, slashes or names of months, and in Chinese.

What stands in none of these forms is looked for in those of free texts: in words, by an era, in Korean. A date that
could be two is none: 03/04/2025 is a day only where the language, or another date beside it that can be read one way
only, says which number is the month.
"""

import re
from datetime import date
from typing import Literal

from anonymizer.text_dates import dates_in

Order = Literal["day-first", "month-first", "unknown"]

_YEAR_FIRST = re.compile(r"((?:19|20)\d\d)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})")
_PLAIN = re.compile(r"(?<!\d)((?:19|20)\d\d)(\d\d)(\d\d)(?!\d)")
_DAY_FIRST = re.compile(r"(?<!\d)(\d{1,2})\s*([./-])\s*(\d{1,2})\s*\2\s*((?:19|20)\d\d)(?!\d)")
_ALONE = re.compile(r"(?<![\w./-])(\d{1,2})\s*([/-])\s*(\d{1,2})\s*\2\s*((?:19|20)\d\d)(?![\d/-])")
_DAY_NAMED = re.compile(r"(?<!\d)(\d{1,2})\.?(?:\s+de)?[\s-]+([A-Za-zÀ-ÿ]{3,12})\.?,?(?:\s+de)?[\s-]+((?:19|20)\d\d)")
_MONTH_NAMED = re.compile(r"([A-Za-zÀ-ÿ]{3,12})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+((?:19|20)\d\d)")
_MONTHS = (
    ("jan", "ene", "jän"),
    ("feb",),
    ("mar", "mär", "mrz"),
    ("apr", "abr"),
    ("may", "mai"),
    ("jun",),
    ("jul",),
    ("aug", "ago"),
    ("sep", "set"),
    ("oct", "okt"),
    ("nov",),
    ("dec", "dez", "dic"),
)
_DAY_FIRST_LANGUAGES = frozenset({"de", "es"})
_MONTH_FIRST_COUNTRIES = frozenset({"US", "PH"})


def order_in(text: str, language: str, country: str | None = None) -> Order:
    """Tell whether days or months come first in a report or list: by its dates, its language and its site's country.

    A language (ISO 639-1, perhaps with a region) or country (ISO 3166-1) that tells nothing does not count; unknown
    where they contradict each other.
    """
    spoken = language.lower().partition("-")[0]
    by_language: set[Order] = {"day-first"} if spoken in _DAY_FIRST_LANGUAGES else set()
    by_country: set[Order] = {"month-first"} if (country or "").upper() in _MONTH_FIRST_COUNTRIES else set()
    return _only(by_language | by_country | _orders_of(text))


def _orders_of(text: str) -> set[Order]:
    orders: set[Order] = set()
    for match in _ALONE.finditer(text):
        by_day, by_month = _day(match[4], match[3], match[1]), _day(match[4], match[1], match[3])
        if bool(by_day) != bool(by_month):
            orders.add("day-first" if by_day else "month-first")
    return orders


def _only(orders: set[Order]) -> Order:
    return orders.pop() if len(orders) == 1 else "unknown"


def find_date(text: str, order: Order = "unknown") -> str:
    """Return the first date in a text as YYYYMMDD, empty for none and for one that could be two."""
    plain = [match for pattern in (_YEAR_FIRST, _PLAIN) if (match := pattern.search(text))]
    found = [(match.start(), day) for match in plain if (day := _day(match[1], match[2], match[3]))]
    if (match := _DAY_FIRST.search(text)) and (day := _ordered(match[1], match[3], match[4], match[2], order)):
        found.append((match.start(), day))
    if (match := _DAY_NAMED.search(text)) and (day := _day(match[3], _month(match[2]), match[1])):
        found.append((match.start(), day))
    if (match := _MONTH_NAMED.search(text)) and (day := _day(match[3], _month(match[1]), match[2])):
        found.append((match.start(), day))
    return min(found)[1] if found else _in_other_forms(text)


def is_ambiguous(text: str, order: Order) -> bool:
    """Say whether a text tells no date that can be taken but one that could be two days."""
    if find_date(text, order):
        return False
    match = _DAY_FIRST.search(text)
    return bool(match and _day(match[4], match[3], match[1]) and _day(match[4], match[1], match[3])) or any(
        len(each.days) > 1 for each in dates_in(text, None)
    )


def _in_other_forms(text: str) -> str:
    """Return the first date of a text that can be one day only, in any form that the cleaner of texts knows."""
    certain = [(each.start, day) for each in dates_in(text, None) if len(each.days) == 1 for day in each.days]
    return f"{min(certain)[1]:%Y%m%d}" if certain else ""


def _ordered(first: str, second: str, year: str, mark: str, order: Order) -> str:
    if mark == "." or order == "day-first":
        return _day(year, second, first)
    if order == "month-first":
        return _day(year, first, second) or _day(year, second, first)
    either = {day for day in (_day(year, second, first), _day(year, first, second)) if day}
    return either.pop() if len(either) == 1 else ""


def _month(name: str) -> str:
    start = name.casefold()[:3]
    return next((str(number) for number, names in enumerate(_MONTHS, 1) if start in names), "0")


def _day(year: str, month: str, day: str) -> str:
    try:
        return date(int(year), int(month), int(day)).strftime("%Y%m%d")
    except ValueError:
        return ""
