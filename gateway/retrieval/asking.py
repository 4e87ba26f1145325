"""Turn the identifier of a C-FIND into the search that QIDO-RS makes (PS3.4 sections C.2.2 and C.4.1.2).

What cannot be matched or answered here is left out and said to be so, which the standard wants as status FF01. An empty
value, or nothing but asterisks, matches everything.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from config.errors import Malformed, TooLarge
from scp.information_models import Identifier
from scp.information_models import Level as RetrieveLevel
from viewer_api.dicomweb.matching import MODALITIES_IN_STUDY, SOP_CLASSES_IN_STUDY, UNMATCHABLE, level_of
from viewer_api.dicomweb.query import Condition, Level, Query, vr_of
from viewer_api.levels import keys_of

PATIENT = keys_of(
    "PatientName PatientID IssuerOfPatientID PatientBirthDate PatientSex PatientSpeciesDescription "
    "PatientSpeciesCodeSequence PatientBreedDescription"
)
PATIENT_COUNTS = {
    "00201200": "studies",  # Number of Patient Related Studies, Series, Instances
    "00201202": "series",
    "00201204": "instances",
}
_STUDY_COMPUTED = frozenset({MODALITIES_IN_STUDY, SOP_CLASSES_IN_STUDY, "00201206", "00201208"})
_SERIES_COMPUTED = frozenset({"00201209"})
_COUNTS = frozenset({*PATIENT_COUNTS, "00201206", "00201208", "00201209"})
_NOT_KEYS = keys_of(
    "SpecificCharacterSet QueryRetrieveLevel RetrieveAETitle RetrieveURL InstanceAvailability TimezoneOffsetFromUTC "
    "StorageMediaFileSetID StorageMediaFileSetUID"
)
_LEVELS: dict[RetrieveLevel, Level] = {"PATIENT": "study", "STUDY": "study", "SERIES": "series", "IMAGE": "instance"}
_PLACES: dict[RetrieveLevel, int] = {"PATIENT": -1, "STUDY": 0, "SERIES": 1, "IMAGE": 2}
_MOST_KEYS = 200
_MOST_VALUES = 500  # SQLite bounds the depth of an expression
_LONGEST_VALUE = 64 * 1024
_DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Asked:
    """A search, the keys to answer, and whether every key of the identifier is among them."""

    level: Level
    query: Query
    keys: tuple[str, ...]
    complete: bool


def asked_by(identifier: Identifier, *, fuzzy: bool, combined: bool = False) -> Asked:
    """Return what an identifier asks for; `combined` says whether a date and its time are one range where both are.

    Raises:
        TooLarge: more keys or values than a search takes.
        Malformed: a value that cannot be read.
    """
    conditions: list[Condition] = []
    keys: list[str] = []
    complete = True
    for element in identifier.attributes:
        key = f"{element.tag:08X}"
        if key in _NOT_KEYS or element.tag.element == 0:
            continue
        if not _is_answered(key, element, identifier.level):
            complete = False
            continue
        keys.append(key)
        for condition in _conditions(element, ()):
            if condition.vr in UNMATCHABLE or condition.key in _COUNTS:
                complete = False
            else:
                conditions.append(condition)
    if len(keys) > _MOST_KEYS or len(conditions) > _MOST_KEYS:
        raise TooLarge("a query of too many keys")
    query = Query(tuple(conditions), frozenset(keys), all_fields=False, limit=0, offset=0, fuzzy=fuzzy)
    return Asked(
        level=_LEVELS[identifier.level],
        query=replace(query, combined_datetime=combined),
        keys=tuple(keys),
        complete=complete,
    )


def _is_answered(key: str, element: DataElement, level: RetrieveLevel) -> bool:
    """Say whether an attribute is one of the standard and of the level or above it."""
    if element.tag.is_private or not _is_known(key):
        return False
    place = _PLACES[level]
    if key in PATIENT_COUNTS:
        return place <= 0
    if key in PATIENT:
        return True
    if key in _STUDY_COMPUTED:
        return place >= 0
    if key in _SERIES_COMPUTED:
        return place == 1
    return level_of(key) <= place


def _is_known(key: str) -> bool:
    try:
        vr_of(key)
    except Malformed:
        return False
    return True


def _conditions(element: DataElement, above: tuple[str, ...]) -> Iterator[Condition]:
    """Yield the conditions of an element; those inside the item of a sequence bear the way to them."""
    path = (*above, f"{element.tag:08X}")
    if isinstance(element.value, Dataset) or element.VR == "SQ":
        for item in element.value or ():
            if len(path) >= _DEEPEST:
                raise TooLarge("a query that reaches too deep")
            for inner in item:
                yield from _conditions(inner, path)
        return
    if value := _text_of(element):
        yield Condition(path, _vr(path[-1], element), value)


def _vr(key: str, element: DataElement) -> str:
    return vr_of(key) if _is_known(key) else str(element.VR)


def _text_of(element: DataElement) -> str:
    """Return the value as QIDO-RS would write it; "" for what matches everything."""
    value = element.value
    if value is None or isinstance(value, bytes):
        return ""
    every = value if isinstance(value, MultiValue | list | tuple) else [value]
    texts = [text for each in every if (text := str(each).strip(" \0"))]
    if len(texts) > _MOST_VALUES:
        raise TooLarge("a list of too many values")
    text = "\\".join(texts)
    if len(text) > _LONGEST_VALUE:
        raise TooLarge("a value that is too long")
    return "" if not text.strip("*") else text
