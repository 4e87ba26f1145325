"""The information models of query and retrieve, and what an identifier must be (PS3.4 sections C.3, C.4 and C.6).

An identifier names its level, one value for the unique key of each level above it, and at its own level what it wants:
anything for a query, UIDs for a retrieval. Where relational queries were agreed on (section C.5) the levels above may
be left open. A value for a unique key below the level would be ignored by others and so give more than was asked for:
it is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from config.errors import Malformed
from config.identifiers import UID

Operation = Literal["find", "move", "get"]
Level = Literal["PATIENT", "STUDY", "SERIES", "IMAGE"]

UNIQUE_KEYS: Mapping[Level, str] = {
    "PATIENT": "PatientID",
    "STUDY": "StudyInstanceUID",
    "SERIES": "SeriesInstanceUID",
    "IMAGE": "SOPInstanceUID",
}
_PATIENT_ROOT: tuple[Level, ...] = ("PATIENT", "STUDY", "SERIES", "IMAGE")
_STUDY_ROOT: tuple[Level, ...] = ("STUDY", "SERIES", "IMAGE")
_LONGEST_PATIENT_ID = 64


@dataclass(frozen=True, slots=True)
class InformationModel:
    """What a SOP class of query and retrieve does, and on which levels."""

    operation: Operation
    levels: tuple[Level, ...]


INFORMATION_MODELS: Mapping[str, InformationModel] = {
    "1.2.840.10008.5.1.4.1.2.1.1": InformationModel("find", _PATIENT_ROOT),
    "1.2.840.10008.5.1.4.1.2.1.2": InformationModel("move", _PATIENT_ROOT),
    "1.2.840.10008.5.1.4.1.2.1.3": InformationModel("get", _PATIENT_ROOT),
    "1.2.840.10008.5.1.4.1.2.2.1": InformationModel("find", _STUDY_ROOT),
    "1.2.840.10008.5.1.4.1.2.2.2": InformationModel("move", _STUDY_ROOT),
    "1.2.840.10008.5.1.4.1.2.2.3": InformationModel("get", _STUDY_ROOT),
}


@dataclass(frozen=True, slots=True)
class Identifier:
    """A checked identifier: its level, the values of the unique keys that have any, and all that came with it."""

    level: Level
    unique: Mapping[Level, tuple[str, ...]]
    attributes: Dataset = field(repr=False)


def read_identifier(attributes: Dataset, model: InformationModel, *, relational: bool) -> Identifier:
    """Check an identifier against its information model.

    Raises:
        Malformed: no level of the model, a unique key that is missing, has several values, or is no UID.
    """
    level = next((each for each in model.levels if each == _level(attributes)), None)
    if level is None:
        raise Malformed("the level is not one of the model")
    place = model.levels.index(level)
    unique: dict[Level, tuple[str, ...]] = {}
    for number, each in enumerate(model.levels):
        values = _values(attributes, UNIQUE_KEYS[each])
        if number > place and values:
            raise Malformed("a unique key below the level has a value")
        if number < place and not relational:
            _require_one(values)
        if each == level and model.operation != "find" and not values:
            raise Malformed("the unique key of the level has no value")
        if values:
            _check(each, values, model.operation)
            unique[each] = values
    return Identifier(level, unique, attributes)


def _level(attributes: Dataset) -> str:
    return str(attributes.get("QueryRetrieveLevel", "") or "").strip()


def _values(attributes: Dataset, keyword: str) -> tuple[str, ...]:
    value = attributes.get(keyword)
    if value is None:
        return ()
    every = value if isinstance(value, MultiValue | list | tuple) else [value]
    return tuple(text for each in every if (text := str(each).strip(" \0")))


def _require_one(values: tuple[str, ...]) -> None:
    if len(values) != 1 or "*" in values[0] or "?" in values[0]:
        raise Malformed("a unique key above the level needs one value")


def _check(level: Level, values: tuple[str, ...], operation: Operation) -> None:
    if level != "PATIENT":
        for value in values:
            if not (operation == "find" and value == "*"):
                UID(value)
    elif len(values) > 1 or len(values[0]) > _LONGEST_PATIENT_ID:
        raise Malformed("the Patient ID has several values or is too long")
