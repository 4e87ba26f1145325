"""The matching rules of a search, as conditions on the index (PS3.4 section C.2.2.2, PS3.18 section 8.3.4).

Single value, list of UIDs, wildcard and range matching. Every attribute at the level of the search or above can be
matched, those with a column of their own through it, the others inside the kept header. Of several values the first
counts, Modalities in Study excepted. Text with wildcards and person names are compared without regard to case.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from config.errors import Malformed, NotOffered
from viewer_api.dicomweb.query import Condition, Level
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
}

_LEVELS: Mapping[Level, int] = {"study": 0, "series": 1, "instance": 2}
_TABLES = (PublishedStudy, PublishedSeries, PublishedInstance)
_RANGES = frozenset({"DA", "TM", "DT"})
_NUMBERS = frozenset({"IS", "DS", "US", "UL", "SS", "SL", "UV", "SV", "FL", "FD"})
_LISTS = frozenset({"UI", "CS"})
_UNMATCHABLE = frozenset({"SQ", "OB", "OD", "OF", "OL", "OV", "OW", "UN", "UT", "LT", "ST"})
_UNTIL = {"DA": "99999999", "TM": "235959.999999", "DT": "99991231235959.999999"}


def to_clause(condition: Condition, level: Level) -> ColumnElement[bool]:
    """Return a condition of a search as a condition of the database.

    Raises:
        Malformed: the attribute belongs to a lower level than is searched, or the value does not fit its VR.
        NotOffered: an attribute that cannot be matched here.
    """
    if condition.key == MODALITIES_IN_STUDY:
        return PublishedStudy.study_uid.in_(
            select(PublishedSeries.study_uid).where(_match_text(PublishedSeries.modality, condition))
        )
    if condition.key == SOP_CLASSES_IN_STUDY:
        return PublishedStudy.study_uid.in_(
            select(PublishedInstance.study_uid).where(_match_text(PublishedInstance.sop_class_uid, condition))
        )
    if condition.vr in _UNMATCHABLE:
        raise NotOffered("an attribute of this kind cannot be matched")
    place = level_of(condition.key)
    if place > _LEVELS[level]:
        raise Malformed("an attribute belongs to a lower level than the one searched")
    return _MATCHERS.get(condition.vr, _match_text)(_target(condition, place), condition)


def level_of(key: str) -> int:
    """Return 0 for an attribute of the patient or study, 1 of the series, 2 of the instance."""
    return 0 if key in PATIENT_AND_STUDY else 1 if key in SERIES else 2


def _target(condition: Condition, place: int) -> Any:
    if condition.key in COLUMNS:
        return COLUMNS[condition.key]
    path: tuple[str | int, ...] = (condition.key, "Value", 0)
    if condition.vr == "PN":
        path = (*path, "Alphabetic")
    value = _TABLES[place].attributes[path]
    return value.as_float() if condition.vr in _NUMBERS else value.as_string()


def _match_text(target: Any, condition: Condition) -> ColumnElement[bool]:
    separators = condition.value.replace("\\", ",")
    values = separators.split(",") if condition.vr in _LISTS else [condition.value]
    clauses = [_match_one(target, value.strip(), condition.vr) for value in values if value.strip()]
    return or_(*clauses) if clauses else and_(True)


def _match_one(target: Any, value: str, vr: str) -> ColumnElement[bool]:
    if vr != "UI" and ("*" in value or "?" in value):
        escaped = value.replace("!", "!!").replace("%", "!%").replace("_", "!_")
        pattern = escaped.replace("*", "%").replace("?", "_")
        return func.lower(target).like(pattern.lower(), escape="!")
    if vr == "PN":
        clause: ColumnElement[bool] = func.lower(target) == value.lower()
        return clause
    equal: ColumnElement[bool] = target == value
    return equal


def _match_range(target: Any, condition: Condition) -> ColumnElement[bool]:
    start, dash, end = condition.value.partition("-")
    digits = (start + end).replace(".", "").replace(":", "")
    if not digits.isdecimal() or "-" in end:
        raise Malformed("a date or time cannot be read; ranges are written as START-END")
    if not dash:
        equal: ColumnElement[bool] = target == start
        return equal
    until = _UNTIL[condition.vr]
    clauses = [target.is_not(None)]
    if start:
        clauses.append(target >= start)
    if end:
        clauses.append(target <= end + until[len(end) :])
    return and_(*clauses)


def _match_number(target: Any, condition: Condition) -> ColumnElement[bool]:
    try:
        equal: ColumnElement[bool] = target == float(condition.value)
    except ValueError:
        raise Malformed("a numeric attribute can only match a number") from None
    return equal


_MATCHERS: Mapping[str, Callable[[Any, Condition], ColumnElement[bool]]] = {
    **dict.fromkeys(_RANGES, _match_range),
    **dict.fromkeys(_NUMBERS, _match_number),
}
