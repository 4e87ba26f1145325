"""Gather what an object itself says about its patient, so that no text kept elsewhere repeats it."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from anonymizer.element import Element
from anonymizer.wording import fold, imaging_vocabulary

_WORD = re.compile(r"[^\W_]+")
PATIENT_NAMES = frozenset({0x00100010, 0x00101001, 0x00101005, 0x00101060})
BIRTH_DATE = 0x00100030
# Numbers and addresses of the patient and the order.
PATIENT_IDENTIFIERS = frozenset(
    {0x00100020, 0x00101000, 0x00100021, 0x00080050, 0x00200010, 0x00101040, 0x00102154, 0x00380010, 0x00104000}
    | {0x00402016, 0x00402017, 0x00400253, 0x00401001}
)
# These, and those of the place and its people.
IDENTIFIERS = PATIENT_IDENTIFIERS | {0x00080080, 0x00080081, 0x00081010, 0x00081040, 0x00181000}
SHORTEST_NAME, SHORTEST_IDENTIFIER = 3, 4


@dataclass(frozen=True)
class OwnIdentities:
    """Hold folded words of the patient's names, and of everything else that identifies somebody or something.

    `patient` are the words of `others` that are the patient's own or the order's, with the birth date as a DA value.
    """

    names: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    patterns: tuple[bytes, ...] = ()
    patient: frozenset[str] = frozenset()

    def among(self, words: Iterable[str]) -> bool:
        """Tell whether folded words name somebody; a word of imaging does so only when the patient bears it."""
        vocabulary = imaging_vocabulary()
        return any(word in self.names or (word in self.others and not vocabulary.covers(word)) for word in words)

    def in_bytes(self, value: bytes) -> bool:
        """Tell whether a binary value holds one of the words in plain sight."""
        lowered = value.lower()
        return any(pattern in lowered for pattern in self.patterns)


def identifies(tag: int, vr: str) -> bool:
    """Tell whether `own_identities` reads an element; objects that differ in no such element have the same ones."""
    return vr == "PN" or tag in IDENTIFIERS or tag in PATIENT_NAMES or tag == BIRTH_DATE


def own_identities(elements: Iterable[Element], text_of: Callable[[Element], str]) -> OwnIdentities:
    """Return the identities named at the top level of a data set."""
    names: set[str] = set()
    others: set[str] = set()
    patient: set[str] = set()
    for element in elements:
        if not identifies(element.tag, element.vr):
            continue
        if element.tag in PATIENT_NAMES:
            names.update(word for word in _words(text_of(element)) if len(word) >= SHORTEST_NAME)
        elif element.vr == "PN" or element.tag in IDENTIFIERS:
            words = [word for word in _words(text_of(element)) if len(word) >= SHORTEST_IDENTIFIER]
            others.update(words)
            if element.tag in PATIENT_IDENTIFIERS:
                patient.update(words)
        elif element.tag == BIRTH_DATE:
            patient.update(_words(text_of(element)))
    longest = {word for word in names | others if len(word) >= SHORTEST_IDENTIFIER and not word.isdigit()}
    patterns = tuple(sorted(word.encode() for word in longest))
    return OwnIdentities(frozenset(names), frozenset(others), patterns, frozenset(patient))


def _words(text: str) -> list[str]:
    return [fold(word) for word in _WORD.findall(text)]
