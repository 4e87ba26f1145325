"""Dates in the text of a report: found in the forms that four languages write, and moved like those of the images.

Found are those in words too, and years counted by an era (`date_words.py`). A date is moved only when it is whole, can
be read in one way, and lies near the study: older ones may be a birth date, and go. The form stays where it is numeric;
what is in words becomes YYYY-MM-DD.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from anonymizer.date_words import DAYS, ERAS, YEARS, day_of, year_of

MONTHS = (
    "jan(?:uary|uar|\\.)?|feb(?:ruary|ruar|\\.)?|mar(?:ch|zo|\\.)?|m(?:ä|ae?)rz|apr(?:il|\\.)?|may|mai|mayo|jun[ie]?|jul[iy]?"
    "|aug(?:ust|\\.)?|sept?(?:ember|\\.)?|o[ck]t(?:ober|\\.)?|nov(?:ember|\\.)?|de[cz](?:ember|\\.)?"
    "|enero|febrero|abril|junio|julio|agosto|septiembre|setiembre|octubre|noviembre|diciembre"
    "|janvier|f[ée]vrier|mars|avril|juin|juillet|ao[ûu]t|septembre|octobre|novembre|d[ée]cembre"
    "|gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre"
    "|janeiro|fevereiro|março|maio|junho|julho|setembro|outubro|novembro|dezembro|januari|februari|maart|mei|augustus"
)
_MONTH_STARTS = (
    ("jan", "ene", "gen"), ("feb", "fev", "fév"), ("mar", "mär", "mae", "maa"), ("apr", "abr", "avr"),
    ("may", "mai", "mag", "mei"), ("jun", "juin", "giu"), ("jul", "juil", "lug"), ("aug", "ago", "aoû", "aou"),
    ("sep", "set"), ("oct", "okt", "ott", "out"), ("nov",), ("dec", "dez", "dic", "déc"),
)  # fmt: skip
_YEAR = r"(?P<y>(?:18|19|20)\d\d)"
_DAY = r"(?P<d>0?[1-9]|[12]\d|3[01])"
_HAN = "〇零○一二三四五六七八九十廿卅"
_MONTH_AND_DAY = rf"\s*年\s*(?P<m>\d{{1,2}}|[{_HAN}]{{1,2}})\s*月(?:\s*(?P<d>\d{{1,2}}|[{_HAN}]{{1,4}})\s*[日号號])?"
_NUMERALS = str.maketrans("〇零○一二三四五六七八九", "000123456789")
# Whole names of months: short ones are also words of imaging (MAR, the reduction of artifacts by metal).
_MONTH_NAMES = (
    "january|february|march|april|may|june|july|august|september|october|november|december|januar|februar|märz|maerz|mai|juni"
    "|juli|oktober|dezember|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|setiembre|octubre|noviembre|diciembre"
    "|janvier|février|fevrier|mars|avril|juin|juillet|août|aout|septembre|octobre|novembre|décembre|decembre"
    "|gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre"
    "|janeiro|fevereiro|março|maio|junho|julho|setembro|outubro|novembro|dezembro|januari|februari|maart|mei|augustus"
)
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b(?:(?P<dw>{DAYS})|{_DAY}(?:st|nd|rd|th|\.)?)\s+(?:day\s+)?(?:of\s+|de\s+)?(?P<n>{_MONTH_NAMES})"
        rf",?\s+(?:(?:in\s+)?the\s+year\s+|im\s+jahre?\s+|del?\s+(?:año\s+)?)?(?:(?P<yw>{YEARS})|{_YEAR})(?!\w)",
        rf"\b(?P<n>{_MONTH_NAMES}),?\s+(?:the\s+)?(?:(?P<dw>{DAYS})|{_DAY}(?:st|nd|rd|th)?)\s*,?\s+"
        rf"(?:(?P<yw>{YEARS})|{_YEAR})(?!\w)",
        rf"(?<![\d.,]){_DAY}(?:st|nd|rd|th|\.)?\s+(?:of\s+|de\s+)?(?P<n>{_MONTH_NAMES}),?\s+(?:de\s+)?['’]?(?P<yy>\d\d)"
        r"(?!\d|[:/.,]\d|\s*(?:mm|cm|ml|mg|kg|mGy|HU|%|Uhr|h|min|year|jahr|año)\b)",
        rf"\b(?P<n>{MONTHS})\s*{_DAY}(?:st|nd|rd|th)?,?\s*['’](?P<yy>\d\d)(?!\d)",
        rf"(?P<era>明治|大正|昭和|平成|令和|民國|民国)\s*(?P<ey>\d{{1,3}}|元|[{_HAN}]{{1,4}}){_MONTH_AND_DAY}",
        rf"(?<!\d){_YEAR}(?P<s>[-/.])(?P<m>0?[1-9]|1[0-2])(?P=s)(?P<d>0?[1-9]|[12]\d|3[01])(?!\d)"
        r"(?:T[\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?",
        r"(?<!\d)(?<!\d[.,])(?P<a>0?[1-9]|[12]\d|3[01])(?P<s>[-/.])(?P<b>0?[1-9]|[12]\d|3[01])(?P=s)"
        r"(?P<y>(?:18|19|20)\d\d|\d\d)(?!\d)",
        rf"(?<!\d)(?<!\d[.,])(?P<a>0?[1-9]|[12]\d|3[01])(?P<s>[-/.])[ ]?(?P<b>0?[1-9]|1[0-2])(?P=s)[ ]?{_YEAR}(?!\d)",
        rf"(?:{_YEAR}|(?<![\d和正治成國国])(?P<yy>\d\d)|(?P<yh>[一二][〇零○一二三四五六七八九]{{3}})){_MONTH_AND_DAY}",
        r"(?<![^\W_])(?P<era>[明大昭平令]|[SHR](?=\d))(?P<ey>\d{1,2}|元)\.\s?(?P<m>\d{1,2})\.\s?(?P<d>\d{1,2})(?![\d.])",
        rf"(?:{_YEAR}|(?<!\d)(?P<yy>\d\d))\s*년\s*(?P<m>\d{{1,2}})\s*월(?:\s*(?P<d>\d{{1,2}})\s*일)?",
        rf"(?<!\d){_DAY}(?:st|nd|rd|th|\.)?\s*[-/.]?\s*(?:of\s+|de\s+)?(?P<n>{MONTHS})\s*[-/.,]?\s*(?:del?\s+)?{_YEAR}(?!\d)",
        rf"(?<!\d){_DAY}(?P<h>[-/])(?P<n>{MONTHS})(?P=h)(?P<y>\d\d)(?!\d)",
        rf"\b(?P<n>{MONTHS})\s*(?:(?P<d>[0-3]?\d)(?:st|nd|rd|th)?\s*,?\s+)?(?:del?\s+)?{_YEAR}(?!\d)",
        rf"(?<!\d)(?:0?[1-9]|[12]\d|3[01])[-./]\s?(?:I{{1,3}}|I?V|VI{{1,3}}|I?X|XI{{1,2}})[-./]\s?{_YEAR}(?!\d)",
        r"(?<![\d/.])(?:0?[1-9]|1[0-2])[/.](?P<y>(?:19|20)\d\d)(?!\d)",
        r"(?<!\d)(?P<y>(?:19|20)\d\d)(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])(?:\d{4}(?:\d\d)?)?(?!\d)",
    )
)
_DAYS_OF_MONTHS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<![\d.,]){_DAY}(?:st|nd|rd|th|\.)?[-/.\s]{{0,3}}(?:of\s+|de\s+)?(?:{_MONTH_NAMES})\b(?:[-/.,\s]{{0,3}}\d\d(?!\d))?",
        rf"\b(?:{_MONTH_NAMES})[-/.\s]{{0,3}}{_DAY}(?:st|nd|rd|th)?(?![\d.])(?:[-/.,\s]{{0,3}}\d\d(?!\d))?",
        r"\d{1,2}\s*月\s*\d{1,2}\s*[日号]",
    )
)
_NEAR_YEARS_BEFORE, _NEAR_YEARS_AFTER = 12, 2


@dataclass(frozen=True)
class DateShift:
    """How dates move: so many days, as those of the images do; `around` is the date of the study.

    `month_first` says whether a month or a day stands first between slashes, None where nobody knows.
    """

    days: int
    around: date
    month_first: bool | None = None


@dataclass(frozen=True)
class WrittenDate:
    """Where a date stands, what it becomes (None where it is only taken away), and the years and days it may mean."""

    start: int
    end: int
    moved: str | None
    years: frozenset[int]
    days: frozenset[date]


def dates_in(text: str, shift: DateShift | None) -> Iterator[WrittenDate]:
    """Yield the dates of a text, form by form."""
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            found = _numbers(match)
            moved = _moved(match[0], found, shift) if shift else None
            years, days = _meanings(found)
            if not days and found.get("a") and len(found.get("y") or "") == 2:
                continue  # a range such as 20-30-40
            yield WrittenDate(match.start(), match.end(), moved, years, days)


def without_days(text: str) -> str:
    """Return a text without the dates that name a day, the year told or not: of none its day is left.

    A month with its year alone stays, as `OCT 2000` may be a device.
    """
    found = list(dates_in(text, None))
    spans = [
        (each.start, each.end)
        for each in found
        if each.days or len(re.findall(r"\d+", text[each.start : each.end])) != 1
    ]
    spans += [match.span() for pattern in _DAYS_OF_MONTHS for match in pattern.finditer(text)]
    return _without(text, spans, " ")


def without_day(text: str, day: date) -> str:
    """Return a text without the dates that may be a day, however it is written, or the year of it and no other day."""
    found = [each for each in dates_in(text, None) if day in each.days or (not each.days and day.year in each.years)]
    return _without(text, [*((each.start, each.end) for each in found), *_shortly_written(text, day)], "")


def _shortly_written(text: str, day: date) -> Iterator[tuple[int, int]]:
    """Yield where a day stands with a year of two digits and a month in words, or the year first, or without signs."""
    number, year, month = f"0?{day.day}(?:st|nd|rd|th|\\.)?", f"{day.year % 100:02}", f"{day.month:02}"
    for pattern in (
        rf"(?<!\d){number}[-/.\s]{{0,3}}(?:of\s+|de\s+)?(?P<n>{MONTHS})[-/.,'’\s]{{0,3}}(?:del?\s+)?{year}(?!\d)",
        rf"\b(?P<n>{MONTHS})[-/.\s]{{0,3}}{number}[-/.,'’\s]{{1,3}}{year}(?!\d)",
        rf"(?<!\d){year}(?P<s>[-/.]){month}(?P=s){day.day:02}(?!\d)",
        rf"(?<!\d)(?:{day.day:02}{month}|{month}{day.day:02}){day.year}(?!\d)",
    ):
        for match in re.finditer(pattern, text, re.IGNORECASE):
            name = match.groupdict().get("n")
            if name is None or month_of(name) == day.month:
                yield match.span()


def _without(text: str, spans: list[tuple[int, int]], instead: str) -> str:
    """Return a text without places, which may overlap: with as much of something `instead`."""
    gone = {place for start, end in spans for place in range(start, end)}
    return "".join(instead if place in gone else sign for place, sign in enumerate(text)) if gone else text


def _numbers(match: re.Match[str]) -> dict[str, str | None]:
    """Return the parts of a date in digits: words, Chinese numerals and years of an era too."""
    found = {key: in_digits(value) for key, value in match.groupdict().items()}
    if word := found.pop("dw", None):
        found["d"] = str(day_of(word) or "")
    if word := found.pop("yw", None):
        found["y"] = str(year_of(word) or "")
    if era := found.pop("era", None):
        counted = (found.pop("ey") or "").replace("元", "1")
        found["y"] = str(ERAS[era.casefold()] + int(counted)) if re.fullmatch(r"\d+", counted) else ""
    found["y"] = found.pop("yy", None) or found.pop("yh", None) or found.get("y")
    return found


def in_digits(value: str | None) -> str | None:
    """Return a number in Chinese numerals in digits: 二十三, 廿三 and 二三 are 23; anything else as it is."""
    if value is None or not re.match(f"[{_HAN}]", value):
        return value
    spelt = value.replace("廿", "二十").replace("卅", "三十")
    tens, ten, ones = spelt.partition("十")
    if not ten:
        return spelt.translate(_NUMERALS)
    if "十" in ones or len(tens) > 1 or len(ones) > 1:
        return value  # no number
    return str(10 * int((tens or "一").translate(_NUMERALS)) + int((ones or "〇").translate(_NUMERALS)))


def _meanings(found: dict[str, str | None]) -> tuple[frozenset[int], frozenset[date]]:
    """Return the years and the days that a date may mean, whichever of its numbers is the month."""
    written = found.get("y")
    if not written:
        return frozenset(), frozenset()
    years = (int(written),) if len(written) == 4 else (1900 + int(written), 2000 + int(written))
    month = str(month_of(str(found["n"]))) if found.get("n") else found.get("m")
    pairs = ((found["a"], found["b"]), (found["b"], found["a"])) if found.get("a") else ((month, found.get("d")),)
    days = {day for year in years for month, number in pairs if month and number for day in _day(year, month, number)}
    return frozenset(years), frozenset(days)


def _day(year: int, month: str, number: str) -> list[date]:
    try:
        return [date(year, int(month), int(number))]
    except ValueError:
        return []


def _moved(written: str, found: dict[str, str | None], shift: DateShift) -> str | None:
    day = _whole_date(found, shift)
    if day is None or not is_near(day, shift):
        return None
    moved = day + timedelta(days=shift.days)
    separator = found.get("s")
    if "年" in written:
        return f"{moved.year}年{moved.month}月{moved.day}日"
    if found.get("a") and separator:
        first, second = (moved.month, moved.day) if _month_first(found, shift) else (moved.day, moved.month)
        return f"{first:02}{separator}{second:02}{separator}{moved.year}"
    if separator:
        return f"{moved.year}{separator}{moved.month:02}{separator}{moved.day:02}"
    return f"{moved:%Y-%m-%d}" if found.get("n") or not written.isdigit() else f"{moved:%Y%m%d}"


def is_near(day: date, shift: DateShift) -> bool:
    """Tell whether a date is near enough to the study to be no birth date."""
    return -_NEAR_YEARS_BEFORE <= day.year - shift.around.year <= _NEAR_YEARS_AFTER


def _whole_date(found: dict[str, str | None], shift: DateShift) -> date | None:
    """Return the date that a match means, None when a part is missing or it can be read in two ways."""
    year, month, day = found.get("y"), found.get("m"), found.get("d")
    if found.get("n"):
        month = str(month_of(str(found["n"])))
    if found.get("a") and found.get("b"):
        month_first = _month_first(found, shift)
        if month_first is None:
            return None
        month, day = (found["a"], found["b"]) if month_first else (found["b"], found["a"])
    if not year or not month or not day:
        return None
    try:
        return date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day))
    except ValueError:
        return None


def _month_first(found: dict[str, str | None], shift: DateShift) -> bool | None:
    """Say whether the month stands first, None when nobody can tell; between points the day does."""
    first, second = int(str(found["a"])), int(str(found["b"]))
    if found["s"] == "." or first > 12:
        return False
    if second > 12 or first == second:
        return second > 12
    return shift.month_first


def month_of(name: str) -> int:
    """Return the number of a month by how its name starts."""
    return next(number for number, starts in enumerate(_MONTH_STARTS, 1) if name.casefold().startswith(starts))
