"""The matching rules of a search, as conditions on the index (PS3.4 section C.2.2.2, PS3.18 section 8.3.4).

Single value, list of UIDs, wildcard, range, sequence, empty value and multiple value matching. Every attribute at the
level of the search or above can be matched, those with a column of their own through it, the others inside the kept
header. Of several values any may match. Text with wildcards and person names are compared without regard to case.
Fuzzy matching (8.3.4.2) takes each word of a name as the beginning of one of the words that are kept.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Float, String, and_, case, cast, func, not_, or_, select, true

from config.errors import Malformed, NotOffered
from viewer_api.dicomweb.datetimes import pairs_of, within
from viewer_api.dicomweb.members import any_object, any_scalar
from viewer_api.dicomweb.query import Condition, Level, Query
from viewer_api.levels import PATIENT_AND_STUDY, SERIES
from worklist.models import PublishedInstance, PublishedSeries, PublishedStudy

MODALITIES_IN_STUDY = "00080061"
SOP_CLASSES_IN_STUDY = "00080062"

COLUMNS: Mapping[str, Any] = {
    "0020000D": PublishedStudy.study_uid,
    "00100020": PublishedStudy.pseudonym,
    "00080020": PublishedStudy.study_date,
    "00080030": PublishedStudy.study_time,
    "00081030": PublishedStudy.description,
    "0020000E": PublishedSeries.series_uid,
    "00080060": PublishedSeries.modality,
    "00200011": PublishedSeries.number,
    "0008103E": PublishedSeries.description,
    "00080018": PublishedInstance.sop_instance_uid,
    "00080016": PublishedInstance.sop_class_uid,
    "00200013": PublishedInstance.number,
    "00280010": PublishedInstance.rows,
    "00280011": PublishedInstance.columns,
    "00280008": PublishedInstance.frames,
    "00083002": PublishedInstance.transfer_syntax_uid,
}

Fits = Callable[[Any], ColumnElement[bool]]

_LEVELS: Mapping[Level, int] = {"study": 0, "series": 1, "instance": 2}
_TABLES = (PublishedStudy, PublishedSeries, PublishedInstance)
_RANGES = frozenset({"DA", "TM", "DT"})
_NUMBERS = frozenset({"IS", "DS", "US", "UL", "SS", "SL", "UV", "SV", "FL", "FD"})
_LISTS = frozenset({"UI", "CS"})
_NAME_PARTS = ("Alphabetic", "Ideographic", "Phonetic")
UNMATCHABLE = frozenset({"SQ", "OB", "OD", "OF", "OL", "OV", "OW", "UN", "UT", "LT", "ST", "AT"})
_WITHOUT_WILDCARDS = _RANGES | _NUMBERS | {"UI"}
_UNTIL = {"DA": "99999999", "TM": "235959.999999", "DT": "99991231235959.999999"}
_EMPTY = '""'
_SEPARATORS = {"list": re.compile(r"[,\\]"), "several": re.compile(r"\\"), "single": re.compile(r"(?!)")}
_OF_NUMBERS = "+-.0123456789eE"
_BETWEEN_WORDS = re.compile(r"[\s^=,-]+")


def to_clauses(query: Query, level: Level) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions of a search for the database; a date and its time are one where both are ranges.

    Raises:
        Malformed, NotOffered: as `to_clause`.
    """
    pairs = list(pairs_of(query.conditions)) if query.combined_datetime else []
    for pair in pairs:
        yield within(pair, *(_single(condition, level) for condition in pair))
    together = {condition for pair in pairs for condition in pair}
    for condition in query.conditions:
        if condition not in together:
            yield to_clause(condition, level, query)


def _single(condition: Condition, level: Level) -> Any:
    """Return where the index keeps the one value of an attribute."""
    place = level_of(condition.key)
    if place > _LEVELS[level]:
        raise Malformed("an attribute belongs to a lower level than the one searched")
    if condition.key in COLUMNS:
        return COLUMNS[condition.key]
    return _TABLES[place].attributes[(condition.key, "Value", 0)].as_string()


def to_clause(condition: Condition, level: Level, query: Query) -> ColumnElement[bool]:
    """Return a condition of a search as a condition of the database.

    Raises:
        Malformed: the attribute belongs to a lower level than is searched, or the value does not fit its VR.
        NotOffered: an attribute that cannot be matched here.
    """
    if query.empty_values and condition.value == _EMPTY:
        return not_(_where_is(condition, level, _is_filled))
    if condition.vr in UNMATCHABLE:
        raise NotOffered("an attribute of this kind cannot be matched")
    if condition.vr not in _WITHOUT_WILDCARDS and set(condition.value) == {"*"}:
        _where_is(condition, level, _is_filled)  # refuses what belongs to a lower level
        return true()  # also where the attribute is empty or absent (PS3.4 section C.2.2.2.4)
    return _where_is(condition, level, _fits(condition, query))


def level_of(key: str) -> int:
    """Return 0 for an attribute of the patient or study, 1 of the series, 2 of the instance."""
    return 0 if key in PATIENT_AND_STUDY else 1 if key in SERIES else 2


def _where_is(condition: Condition, level: Level, fits: Fits) -> ColumnElement[bool]:
    """Say whether a value of the attribute fits, wherever the index keeps it."""
    if condition.path == (MODALITIES_IN_STUDY,):
        series = select(PublishedSeries.study_uid).where(fits(PublishedSeries.modality))
        return PublishedStudy.study_uid.in_(series)
    if condition.path == (SOP_CLASSES_IN_STUDY,):
        instances = select(PublishedInstance.study_uid).where(fits(PublishedInstance.sop_class_uid))
        return PublishedStudy.study_uid.in_(instances)
    place = level_of(condition.key)
    if place > _LEVELS[level]:
        raise Malformed("an attribute belongs to a lower level than the one searched")
    if condition.path[0] in COLUMNS:
        return fits(COLUMNS[condition.path[0]])
    return _inside(_TABLES[place].attributes, condition.path, condition.vr, fits)


def _inside(document: Any, path: tuple[str, ...], vr: str, fits: Fits) -> ColumnElement[bool]:
    values = document[(path[0], "Value")]
    if len(path) > 1:
        return any_object(values, lambda item: _inside(item, path[1:], vr, fits))
    if vr == "PN":
        return any_object(values, lambda name: or_(*(fits(name[(part,)].as_string()) for part in _NAME_PARTS)))
    if vr == "SQ":
        return any_object(values, _is_filled)
    return any_scalar(values, fits)


def _is_filled(target: Any) -> ColumnElement[bool]:
    filled: ColumnElement[bool] = target.is_not(None)
    return filled


def _fits(condition: Condition, query: Query) -> Fits:
    """Return the test of one value.

    Raises:
        Malformed: a wanted value that the VR cannot have.
    """
    separator = _SEPARATORS["list" if condition.vr in _LISTS else "several" if query.multiple_values else "single"]
    values = [value.strip() for value in separator.split(condition.value) if value.strip()]
    make = _fuzzy if condition.vr == "PN" and query.fuzzy else _MAKERS.get(condition.vr, _text)
    tests = [make(value, condition.vr) for value in values]
    return lambda target: or_(*(test(target) for test in tests)) if tests else and_(True)


def _text(value: str, vr: str) -> Fits:
    if vr != "UI" and ("*" in value or "?" in value):
        pattern = _escaped(value).replace("*", "%").replace("?", "_").lower()
        return lambda target: func.lower(target).like(pattern, escape="!")
    if vr == "PN":
        return lambda target: func.lower(target) == value.lower()
    return lambda target: target == value


def _fuzzy(value: str, _vr: str) -> Fits:
    """Return a test by the beginnings of words; what is compared has its words parted by blanks first."""
    words = [_escaped(word).lower() for word in _BETWEEN_WORDS.split(value.replace("*", " ")) if word]

    def fits(target: Any) -> ColumnElement[bool]:
        spaced = target
        for mark in ("^", "=", "-", ","):
            spaced = func.replace(spaced, mark, " ")
        return and_(target.is_not(None), *((func.lower(" " + spaced)).like(f"% {word}%", escape="!") for word in words))

    return fits


def _escaped(text: str) -> str:
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")


def _range(value: str, vr: str) -> Fits:
    start, dash, end = value.partition("-")
    digits = (start + end).replace(".", "").replace(":", "")
    if not digits.isdecimal() or "-" in end:
        raise Malformed("a date or time cannot be read; ranges are written as START-END")
    start, end = start.replace(":", ""), end.replace(":", "")
    if not dash:
        return lambda target: target == start
    last = end + _UNTIL[vr][len(end) :]

    def fits(target: Any) -> ColumnElement[bool]:
        clauses = [target.is_not(None)]
        if start:
            clauses.append(target >= start)
        if end:
            clauses.append(target <= last)
        return and_(*clauses)

    return fits


def _number(value: str, _vr: str) -> Fits:
    try:
        wanted = float(value)
    except ValueError:
        raise Malformed("a numeric attribute can only match a number") from None

    def fits(target: Any) -> ColumnElement[bool]:
        text = cast(target, String)
        return case((func.ltrim(text, _OF_NUMBERS) == "", cast(text, Float))) == wanted  # a header may hold words

    return fits


_MAKERS: Mapping[str, Callable[[str, str], Fits]] = {
    **dict.fromkeys(_RANGES, _range),
    **dict.fromkeys(_NUMBERS, _number),
}
