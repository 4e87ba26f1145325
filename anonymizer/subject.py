"""Read whose object it is: what a caller who has no database needs for the context, and for the search afterwards."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import BinaryIO

from anonymizer.charset import decode, encodings_in
from anonymizer.cutting import cutter
from anonymizer.identities import BIRTH_DATE, PATIENT_IDENTIFIERS, PATIENT_NAMES
from anonymizer.known import KnownIdentity
from anonymizer.part10 import open_part10
from anonymizer.temporal import parse_date

PATIENT_ID, ISSUER_OF_PATIENT_ID, STUDY_INSTANCE_UID = 0x00100020, 0x00100021, 0x0020000D
# Not the patient's own: who issued the number, and an address, whose words stand in texts by chance.
_NO_NUMBERS = frozenset({ISSUER_OF_PATIENT_ID, 0x00101040})


@dataclass(frozen=True)
class Subject:
    """Hold the Patient ID with its issuer, the study, and what the top level of the object says about the patient."""

    patient_id: str = field(repr=False)
    issuer: str = field(repr=False)
    study_instance_uid: str = field(repr=False)
    known: KnownIdentity = field(repr=False)

    @property
    def patient_scope(self) -> str:
        """Return what tells patients apart; an empty Patient ID never merges two studies."""
        return f"{self.issuer}|{self.patient_id}" if self.patient_id else f"study:{self.study_instance_uid}"


def subject_of(source: BinaryIO) -> Subject:
    """Return whose object a seekable Part 10 file is; absent values are empty.

    Raises CannotDeidentify when the file cannot be read as one whole DICOM object.
    """
    original = open_part10(source, cutter("subjects"))
    elements = original.by_tag()
    encodings = encodings_in(elements.values(), ("iso8859",))

    def text(tag: int) -> str:
        element = elements.get(tag)
        return decode(element.value, encodings) if element is not None and isinstance(element.value, bytes) else ""

    names = [name for tag in sorted(PATIENT_NAMES) for name in text(tag).split("\\")]
    numbers = [each for tag in sorted(PATIENT_IDENTIFIERS - _NO_NUMBERS) for each in text(tag).split("\\")]
    numbers = [each for each in numbers if any(symbol.isdigit() for symbol in each)]  # `NONE` is a word, and no number
    known = KnownIdentity(names=_distinct(names), ids=_distinct(numbers), dates=_day(text(BIRTH_DATE)))
    return Subject(text(PATIENT_ID), text(ISSUER_OF_PATIENT_ID), text(STUDY_INSTANCE_UID), known)


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value.strip() for value in values if value.strip()))


def _day(text: str) -> tuple[date, ...]:
    found = parse_date(text)
    return (found,) if found else ()
