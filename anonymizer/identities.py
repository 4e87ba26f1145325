"""Gather what an object itself says about its patient, so that no text kept elsewhere repeats it."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from anonymizer.element import Element
from anonymizer.wording import fold, imaging_vocabulary

_WORD = re.compile(r"[^\W_]+")
PATIENT_NAMES = frozenset({0x00100010, 0x00101001, 0x00101005, 0x00101060})
# Identifiers, numbers and addresses of the patient, the order, the place and its people.
IDENTIFIERS = frozenset(
    {0x00100020, 0x00101000, 0x00100021, 0x00080050, 0x00200010, 0x00101040, 0x00102154, 0x00380010, 0x00104000}
    | {0x00080080, 0x00080081, 0x00081010, 0x00081040, 0x00181000, 0x00402016, 0x00402017, 0x00400253, 0x00401001}
)
SHORTEST_NAME, SHORTEST_IDENTIFIER = 3, 4


@dataclass(frozen=True)
class OwnIdentities:
    """Hold folded words of the patient's names, and of everything else that identifies somebody or something."""

    names: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    patterns: tuple[bytes, ...] = ()

    def among(self, words: Iterable[str]) -> bool:
        """Tell whether folded words name somebody; a word of imaging does so only when the patient bears it."""
        vocabulary = imaging_vocabulary()
        return any(word in self.names or (word in self.others and not vocabulary.covers(word)) for word in words)

    def in_bytes(self, value: bytes) -> bool:
        """Tell whether a binary value holds one of the words in plain sight."""
        lowered = value.lower()
        return any(pattern in lowered for pattern in self.patterns)


def own_identities(elements: Iterable[Element], text_of: Callable[[Element], str]) -> OwnIdentities:
    """Return the identities named at the top level of a data set."""
    names: set[str] = set()
    others: set[str] = set()
    for element in elements:
        if element.tag in PATIENT_NAMES:
            names.update(word for word in _words(text_of(element)) if len(word) >= SHORTEST_NAME)
        elif element.vr == "PN" or element.tag in IDENTIFIERS:
            others.update(word for word in _words(text_of(element)) if len(word) >= SHORTEST_IDENTIFIER)
    longest = {word for word in names | others if len(word) >= SHORTEST_IDENTIFIER and not word.isdigit()}
    return OwnIdentities(frozenset(names), frozenset(others), tuple(sorted(word.encode() for word in longest)))


def _words(text: str) -> list[str]:
    return [fold(word) for word in _WORD.findall(text)]
