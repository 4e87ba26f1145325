"""Find dates with a month in one of the languages that `text_dates` does not know: the list is data (`months.txt`).

They move as the others do, and become YYYY-MM-DD; without a year they keep the language of their month. A word that is
another month in another language (listopada) says neither: such a date goes.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

from anonymizer.short_dates import ShortDate, nearest
from anonymizer.text_dates import DateShift, WrittenDate, is_near

_Around = tuple[int, int, Mapping[str, str | None]]
_WORD = re.compile(r"[^\W\d_]+")
_DAY = r"(?P<d>0?[1-9]|[12]\d|3[01])"
_YEAR = r"(?P<y>(?:18|19|20)\d\d)(?!\d)"
_NO_UNIT = r"(?!\s*(?:mm|cm|ml|mg|мм|см|мл|мг|%|x\b|×))"
_DAY_BEFORE = re.compile(rf"(?<![\w.,/-]){_DAY}(?:\.|-?(?:го|е|ого)\b|[ºª°])?\s*(?:d[ei]\s+)?$")
# What stands before a month and behind it: the first shape that fits.
_SHAPES = (
    (_DAY_BEFORE, re.compile(rf"\.?,?\s*(?:de\s+)?(?:{_YEAR}|['’](?P<yy>\d\d)(?!\d))")),
    (
        re.compile(r"(?<![\w.,/-])(?P<y>(?:18|19|20)\d\d)\.?\s*(?:m\.|metų|gada)?\s*$"),
        re.compile(rf"\s*{_DAY}(?!\d)\.?"),
    ),
    (_DAY_BEFORE, None),
    (None, re.compile(rf"\s+{_DAY}(?:,\s*|\s+){_YEAR}")),
    (None, re.compile(rf"\s+{_YEAR}{_NO_UNIT}")),
)
_VIETNAMESE = re.compile(r"(?<!\d)(?P<d>\d{1,2}) tháng (?P<m>\d{1,2}),? năm " + _YEAR, re.IGNORECASE)
_FARTHEST = 20


@cache
def _months() -> Mapping[str, tuple[tuple[str, int], ...]]:
    """Return the languages and numbers of each month's word, case-folded."""
    found: dict[str, dict[tuple[str, int], None]] = {}
    for line in _lines():
        for number, word in enumerate(line[1:], 1):
            found.setdefault(word.casefold(), {})[(line[0], number)] = None
    return {word: tuple(meant) for word, meant in found.items()}


@cache
def _lines() -> tuple[tuple[str, ...], ...]:
    lines = (files("anonymizer") / "data" / "months.txt").read_text("utf-8").splitlines()
    return tuple(tuple(line.split()) for line in lines if not line.startswith("#"))


def foreign_dates_in(
    text: str, shift: DateShift | None, births: tuple[date, ...] = ()
) -> Iterator[WrittenDate | ShortDate]:
    """Yield the dates of a text in those languages; of those without a year none of a day of `births` is moved."""
    for word in _WORD.finditer(text):
        meant = _months().get(word[0].casefold())
        if meant is None:
            continue
        months = {number for _, number in meant}
        for before, behind in _SHAPES:
            around = _around(text, word, before, behind)
            if around is not None:
                yield from _judged(text, word, around, months, shift, births)
                break
    for match in _VIETNAMESE.finditer(text) if "tháng" in text else ():
        days = _days(match.groupdict(), int(match["y"]), {int(match["m"])})
        moved = _moved(days, shift) if days else None
        yield WrittenDate(match.start(), match.end(), moved, frozenset({int(match["y"])}), days)


def _around(
    text: str, word: re.Match[str], before: re.Pattern[str] | None, behind: re.Pattern[str] | None
) -> _Around | None:
    """Return the numbers beside a month, where they stand as a shape of dates has them."""
    one = before.search(text, max(0, word.start() - _FARTHEST), word.start()) if before else None
    other = behind.match(text, word.end()) if behind else None
    if (before and not one) or (behind and not other):
        return None
    found = {**(one.groupdict() if one else {}), **(other.groupdict() if other else {})}
    return one.start() if one else word.start(), other.end() if other else word.end(), found


def _judged(
    text: str,
    word: re.Match[str],
    around: _Around,
    months: set[int],
    shift: DateShift | None,
    births: tuple[date, ...],
) -> Iterator[WrittenDate | ShortDate]:
    start, end, found = around
    short = found.get("yy")
    year = int(found.get("y") or f"19{short or '04'}")
    days = _days(found, year, months)
    if short:
        either = days | _days(found, year + 100, months)
        yield WrittenDate(start, end, None, frozenset({year, year + 100}), either)
    elif found.get("y"):
        moved = _moved(days, shift) if len(days) == 1 else None
        yield WrittenDate(start, end, moved, frozenset({year}), days)
    elif days:
        yield ShortDate(start, end, _moved_in_words(text[start:end], word[0], days, shift, births))


def _days(found: Mapping[str, str | None], year: int, months: set[int]) -> frozenset[date]:
    days = set()
    for month in months if found.get("d") else ():
        try:
            days.add(date(year, month, int(str(found["d"]))))
        except ValueError:
            continue
    return frozenset(days)


def _moved(days: frozenset[date], shift: DateShift | None) -> str | None:
    day = next(iter(days))
    return f"{day + timedelta(days=shift.days):%Y-%m-%d}" if shift and is_near(day, shift) else None


def _moved_in_words(
    written: str, month: str, days: frozenset[date], shift: DateShift | None, births: tuple[date, ...]
) -> str | None:
    """Return a day without a year as the one nearest to the study, moved, its month as the same line has it."""
    day = next(iter(days))
    birthdays = {(each.month, each.day) for each in births}
    whole = nearest((day.month, day.day), shift.around) if shift else None
    if shift is None or whole is None or len(days) > 1 or (day.month, day.day) in birthdays:
        return None
    moved = whole + timedelta(days=shift.days)
    line = next(each for each in _lines() if month.casefold() in map(str.casefold, each[1:]))
    between = re.sub(r"^\d+", "", written).removesuffix(month)
    return f"{moved.day}{between}{line[moved.month]}"
