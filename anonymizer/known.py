"""Hold what is known about a person, and the word forms under which it may appear."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import chain, product

from anonymizer.wording import fold

IDEOGRAPHS = "㐀-鿿豈-﫿ぁ-ヿ가-힣"
_NATIVE = re.compile(f"[{IDEOGRAPHS}]+")
_WORD = re.compile(r"[^\W\d_]+")
# Titles and particles stand in names and are words of the language: removing them would harm a text and find anybody.
NOT_NAMES = frozenset(
    {"dr", "prof", "med", "phd", "md", "mr", "mrs", "ms", "miss", "jr", "sr", "ii", "iii", "herr", "frau", "fr", "st"}
    | {"von", "van", "vom", "zu", "zur", "der", "den", "die", "das", "de", "del", "della", "di", "da", "do", "dos"}
    | {"la", "le", "les", "el", "al", "bin", "ibn", "ben", "the", "and", "und", "y", "e"}
)
MOST_RUN_TOGETHER = 3
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_COLLAPSED = re.compile("([aou])e")


@dataclass(frozen=True)
class KnownIdentity:
    """Hold names (DICOM PN or free form, any script), identifiers, dates and other words of one person.

    `spoken` are names by their sound, to be found only as a whole: the family name, then the syllables of the given
    name, each with the ways in which it may be written. No text form shows any of it.
    """

    names: tuple[str, ...] = field(default=(), repr=False)
    ids: tuple[str, ...] = field(default=(), repr=False)
    dates: tuple[date, ...] = field(default=(), repr=False)
    others: tuple[str, ...] = field(default=(), repr=False)
    spoken: tuple[tuple[tuple[str, ...], ...], ...] = field(default=(), repr=False)


def spelled_words(name: str) -> list[str]:
    """Return the words of a name in alphabetic scripts, from all components and groups, no titles, no particles."""
    words = [word for word in _WORD.findall(name) if not _NATIVE.search(word)]
    return [word for word in words if word.casefold() not in NOT_NAMES]


def native_words(name: str) -> list[str]:
    """Return the parts of a name in Chinese, Japanese or Korean script, and each group written without separators."""
    groups = name.split("=")
    joined = ["".join(_NATIVE.findall(group)) for group in groups]
    return [word for word in dict.fromkeys(chain(joined, _NATIVE.findall(name))) if word]


def run_together(name: str) -> Iterator[str]:
    """Yield the folded spellings of the double names of a name written as one: `hanspeter` for `Hans Peter`."""
    for component in re.split(r"[=^]", name):
        words = spelled_words(component)
        if 1 < len(words) <= MOST_RUN_TOGETHER:
            yield from ("".join(way) for way in product(*map(spellings, words)))


def spellings(word: str) -> tuple[str, ...]:
    """Return the folded spellings of a word: `Müller` is `muller` and `mueller`, and `Mueller` is `muller` too."""
    lowered = word.casefold()
    return tuple(dict.fromkeys((fold(word), fold(lowered.translate(_UMLAUTS)), _COLLAPSED.sub(r"\1", fold(word)))))
