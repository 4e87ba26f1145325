"""Clean coded entries: public codes stay, private ones are taken for text (PS3.3 Table 8.8-1).

A meaning stays when it is made of listed words; else a concept of the standard's context groups gets the meaning that
the dictionary has for it, so no free text rides on a public code. In content trees a meaning stays whole or not at all:
what is left of "absence of a mass" must not be "mass".
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from pydicom.sr.codedict import Collection

from anonymizer.content_rules import concept_of
from anonymizer.identities import OwnIdentities
from anonymizer.wording import clean_descriptor, clean_technical, fold, vouched_words

CODE_VALUE, SCHEME, SCHEME_VERSION, MEANING = 0x00080100, 0x00080102, 0x00080103, 0x00080104
LONG_CODE_VALUE, URN_CODE_VALUE = 0x00080119, 0x00080120
CODE_TAGS = frozenset({CODE_VALUE, SCHEME, MEANING, LONG_CODE_VALUE, URN_CODE_VALUE})
REMOVED, PRIVATE_SCHEME = "REMOVED", "99REMOVED"
_WORD = re.compile(r"[^\W\d_]+")
_LONGEST_SYMBOL = 3  # of units such as mmHg's parts, and of modalities
_CONCEPT_SCHEMES = ("DCM", "SCT", "LN", "UCUM", "FMA", "RADLEX", "NCIt", "IBSI", "UMLS", "MDC", "NEU")


@dataclass(frozen=True)
class CodedEntry:
    """Be the triple that names a concept."""

    value: str
    scheme: str
    meaning: str


@cache
def _schemes() -> dict[str, re.Pattern[str]]:
    lines = (files("anonymizer") / "data" / "coding_schemes.txt").read_text("utf-8").splitlines()
    pairs = (line.split("\t") for line in lines if not line.startswith("#"))
    return {name: re.compile(pattern) for name, pattern in pairs}


@cache
def _concepts() -> dict[tuple[str, str], str]:
    return {
        (concept.scheme_designator, concept.value): concept.meaning
        for scheme in _CONCEPT_SCHEMES
        for concept in Collection(scheme).concepts.values()
    }


def clean_code(entry: CodedEntry, own: OwnIdentities) -> CodedEntry:
    """Return the entry with nothing in it but a public code or listed words."""
    pattern = _schemes().get(entry.scheme)
    if pattern is not None and pattern.fullmatch(entry.value) and fold(entry.value) not in own.others:
        meaning = clean_descriptor(entry.meaning, own.names)
        if meaning != entry.meaning:
            meaning = _concepts().get((entry.scheme, entry.value)) or meaning or entry.value
        return CodedEntry(entry.value, entry.scheme, meaning)
    maker = entry.scheme.removeprefix("99")
    public = pattern is not None or clean_technical(maker, own.names, own.others) == maker != ""
    scheme = entry.scheme if public else PRIVATE_SCHEME
    value = clean_technical(entry.value, own.names, own.others)
    meaning = clean_descriptor(entry.meaning, own.names)
    return CodedEntry(value if value == entry.value != "" else REMOVED, scheme, meaning or REMOVED)


def clean_concept(entry: CodedEntry, own: OwnIdentities) -> CodedEntry:
    """Return the entry as a content tree may bear it: the meaning whole, or the dictionary's, or the code itself."""
    if own.among(fold(word) for word in _WORD.findall(entry.value)) or _spelled_out(entry):
        return CodedEntry(REMOVED, PRIVATE_SCHEME, REMOVED)
    cleaned = clean_code(entry, own)
    if cleaned.value == REMOVED or cleaned.meaning == entry.meaning:
        return cleaned
    if vouched_words(entry.meaning, own.among) == entry.meaning:
        return CodedEntry(cleaned.value, cleaned.scheme, entry.meaning)
    concept = concept_of(entry.scheme, entry.value)
    meaning = _concepts().get((concept.scheme, concept.code))
    if meaning is None:
        meaning = cleaned.value if entry.scheme in _schemes() else REMOVED
    return CodedEntry(cleaned.value, cleaned.scheme, meaning)


def _spelled_out(entry: CodedEntry) -> bool:
    """Tell whether a code could be a word: the forms of these schemes are wide enough to write a name in."""
    if entry.scheme not in {"DCM", "UCUM"} or (entry.scheme, entry.value) in _concepts():
        return False
    words = (word for word in _WORD.findall(entry.value) if len(word) > _LONGEST_SYMBOL)
    return any(clean_technical(word, frozenset(), frozenset()) != word for word in words)
