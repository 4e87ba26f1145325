"""Days without a year in the text of a report: moved as the day of their name that is nearest to the study.

`14.3.`, `March 14`, `3月14日`. Unmoved they would tell by how much all dates are moved. No year is put to them, as none
was told; the month keeps its language. The day of a birth, and any behind a word for birth, goes; all go where nothing
says how dates move. Numbers alone are a day only where words or signs around them say so: `1.2.` may be a ratio.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from anonymizer.date_words import DAYS, day_of
from anonymizer.text_dates import DateShift, in_digits, month_of

_NAMES: Mapping[str, tuple[str, ...]] = {
    "en": (
        *("January", "February", "March", "April", "May", "June", "July"),
        *("August", "September", "October", "November", "December"),
    ),
    "de": (
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ),
    "es": (
        *("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio"),
        *("agosto", "septiembre", "octubre", "noviembre", "diciembre"),
    ),
    "fr": (
        *("janvier", "février", "mars", "avril", "mai", "juin", "juillet"),
        *("août", "septembre", "octobre", "novembre", "décembre"),
    ),
}
_OTHERS = {"maerz": "de", "setiembre": "es", "fevrier": "fr", "aout": "fr", "decembre": "fr"}
_WHOLE = "|".join(sorted({name for names in _NAMES.values() for name in names} | set(_OTHERS), key=len, reverse=True))
_SHORT = "Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|Mrz|Okt|Dez|Ene|Abr|Ago|Dic"
_DAY = r"(?P<d>0?[1-9]|[12]\d|3[01])"
_HAN = "〇零○一二三四五六七八九十廿卅"
_NO_UNIT = (
    r"(?!\s*(?:mm|cm|ml|mg|kg|mGy|HU|%|Uhr|x\b|×|lesions?|nodules?|Jahr|years?|weeks?|months?|days?|Monat|Woche|Tage))"
)
_PATTERNS = tuple(
    re.compile(pattern, flags)
    for pattern, flags in (
        (
            rf"(?<![\w.,/-])(?:{_DAY}(?:st|nd|rd|th|\.|º)?|(?P<dw>{DAYS}))\s+(?:day\s+)?(?:of\s+|de\s+)?(?P<n>{_WHOLE})\b",
            re.IGNORECASE,
        ),
        (
            rf"\b(?P<n>{_WHOLE}),?\s+(?:the\s+)?(?:{_DAY}(?:st|nd|rd|th)?(?![\w.:/-]*\d)|(?P<dw>{DAYS})\b){_NO_UNIT}",
            re.IGNORECASE,
        ),
        (rf"(?<![\w.,/-]){_DAY}[ -](?P<n>{_SHORT})\b\.?", 0),
        (rf"(?<![\w-])(?P<n>{_SHORT})\.?[ -]{_DAY}(?:st|nd|rd|th)?(?![\w.:/-]*\d){_NO_UNIT}", 0),
        (rf"(?<![\d{_HAN}年])(?P<m>\d{{1,2}}|[{_HAN}]{{1,2}})\s*月\s*(?P<d>\d{{1,2}}|[{_HAN}]{{1,3}})\s*[日号號]", 0),
        (r"(?<!\d)(?P<m>\d{1,2})\s*월\s*(?P<d>\d{1,2})\s*일", 0),
        (
            r"(?=\d)(?:(?<=\b[Aa]m )|(?<=\b[Vv]om )|(?<=\b[Zz]um )|(?<=\b[Aa]b )|(?<=\b[Ss]eit )"
            r"|(?<=\b[Bb]is )|(?<=\b[Dd]e[nrm] )|(?<=[-–]))"
            r"(?P<d>0?[1-9]|[12]\d|3[01])\.\s?(?P<m>0?[1-9]|1[0-2])\.(?!\d)",
            0,
        ),
        (
            r"(?<![\w.,/-])(?P<d>0?[1-9]|[12]\d|3[01])\.(?P<m>0[1-9]|1[0-2]|[1-9])\.(?=\s*[-–),;]|\s+[a-zäöü])"
            + _NO_UNIT,
            0,
        ),
        (
            r"(?=\d)(?i:(?<=\bon )|(?<=\bof )|(?<=\bsince )|(?<=\bfrom )|(?<=\bdated )|(?<=\bel )"
            r"|(?<=\bdel )|(?<=\bam )|(?<=\bvom ))"
            r"(?P<a>0?[1-9]|[12]\d|3[01])/(?P<b>0?[1-9]|[12]\d|3[01])(?![\d/]|\s*(?:mm|cm|ml|%))",
            0,
        ),
    )
)
# These are words too: they are a month in capitals behind a number or a preposition, or with an ordinal number.
_WORDS_TOO = frozenset({"may", "march", "mars"})
_PREPOSITION = re.compile(
    r"\b(?:on|of|since|until|till|from|to|by|before|after|dated|le|du)\s+(?:the\s+)?$", re.IGNORECASE
)
_ORDINAL = re.compile(r"\d(?:st|nd|rd|th)\b|\bof\b", re.IGNORECASE)
_ENDS = re.compile(r"\s*(?:[.,;:)\n/-]|$)")
_LONGEST_BEFORE = 24


@dataclass(frozen=True)
class ShortDate:
    """A place that may be a day without a year, and what it is moved to; None where it only goes."""

    start: int
    end: int
    moved: str | None


def short_dates_in(
    text: str, shift: DateShift | None, births: Iterator[date] | tuple[date, ...] = ()
) -> Iterator[ShortDate]:
    """Yield the days without a year; what is of the month and day of one of the `births` is not moved."""
    birthdays = {(day.month, day.day) for day in births}
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            if not _is_month(match):
                continue
            found = _day_and_month(match, shift)
            if found is None:
                yield ShortDate(match.start(), match.end(), None)
                continue
            whole = nearest(found, shift.around) if shift and found not in birthdays else None
            if whole is None and not _exists(found):
                continue
            moved = whole + timedelta(days=shift.days) if whole and shift else None
            yield ShortDate(match.start(), match.end(), _written(match, moved, shift) if moved else None)


def _is_month(match: re.Match[str]) -> bool:
    """Tell whether a word is the month it may be: `may`, `march` and `mars` are words too."""
    name = match.groupdict().get("n")
    if name is None or name.casefold() not in _WORDS_TOO:
        return True
    if _ORDINAL.search(match[0]) or _PREPOSITION.search(
        match.string[max(0, match.start() - _LONGEST_BEFORE) : match.start()]
    ):
        return True
    if name.casefold() == "mars":
        return name.islower() and match[0][0].isdigit()
    return name.istitle() and (match[0][0].isdigit() or _ENDS.match(match.string, match.end()) is not None)


def _day_and_month(match: re.Match[str], shift: DateShift | None) -> tuple[int, int] | None:
    """Return month and day, None where it cannot be told which of two numbers is the month."""
    found = match.groupdict()
    if found.get("a"):
        first, second = int(found["a"]), int(found["b"])
        if first > 12:
            return second, first
        if second > 12:
            return first, second
        if shift is None or shift.month_first is None:
            return None
        return (first, second) if shift.month_first else (second, first)
    word = found.get("dw")
    day = str(day_of(word) or "") if word else in_digits(found["d"]) or ""
    month = str(month_of(found["n"])) if found.get("n") else in_digits(found["m"]) or ""
    return (int(month), int(day)) if month.isdecimal() and day.isdecimal() else (0, 0)


def _exists(found: tuple[int, int]) -> bool:
    return nearest(found, date(2000, 7, 1)) is not None


def nearest(found: tuple[int, int], around: date) -> date | None:
    """Return the day of that month and number nearest to a date, within the years around it that have one."""
    days = []
    for year in (around.year - 1, around.year, around.year + 1, *(around.year + step for step in (-2, 2, -3, 3))):
        try:
            days.append(date(year, *found))
        except ValueError:
            continue
    return min(days, key=lambda day: abs((day - around).days)) if days else None


def _written(match: re.Match[str], moved: date, shift: DateShift | None) -> str:
    """Return a moved day as the original was written: its order, signs and language, no year."""
    found = match.groupdict()
    if found.get("n"):
        return _in_words(match, moved)
    if "月" in match[0]:
        return f"{moved.month}月{moved.day}日"
    if "월" in match[0]:
        return f"{moved.month}월 {moved.day}일"
    if found.get("a"):
        day_first = int(found["a"]) > 12 or (int(found["b"]) <= 12 and not (shift and shift.month_first))
        return f"{moved.day}/{moved.month}" if day_first else f"{moved.month}/{moved.day}"
    return f"{moved.day:02}.{moved.month:02}."


def _in_words(match: re.Match[str], moved: date) -> str:
    name = match["n"].casefold()
    language = next((key for key, names in _NAMES.items() if name in map(str.casefold, names)), _OTHERS.get(name, "en"))
    month = _NAMES[language][moved.month - 1]
    if match.start("n") == match.start():
        return f"{month} {moved.day}"
    return {"de": f"{moved.day}. {month}", "es": f"{moved.day} de {month}"}.get(language, f"{moved.day} {month}")
