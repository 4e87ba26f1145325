"""Hold what is known about a person, and the word forms under which it may appear."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import chain, product

from anonymizer.wording import fold

# Escaped: normalized, the first of the compatibility ideographs (U+F900) is a unified one, and their range takes in the
# private-use characters that `free_text.py` writes.
IDEOGRAPHS = "㐀-鿿\uf900-\ufaffぁ-ヿ가-힣"
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
_KANA = re.compile("[ぁ-ヺ]")
_HIRAGANA = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}
_KATAKANA = {hiragana: katakana for katakana, hiragana in _HIRAGANA.items()}
_HALF_WIDTH = {ord(unicodedata.normalize("NFKC", chr(code))): code for code in range(0xFF66, 0xFFA0)}


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
    """Return the parts of a name in Chinese, Japanese or Korean script, and each group written without separators.

    What is written in one kana may be written in the other, and in katakana of half the width.
    """
    groups = [group for form in (name, unicodedata.normalize("NFKC", name)) for group in form.split("=")]
    found = [*("".join(_NATIVE.findall(group)) for group in groups), *chain(*map(_NATIVE.findall, groups))]
    return [form for word in dict.fromkeys(found) if word for form in dict.fromkeys((word, *_kana(word)))]


def _kana(word: str) -> tuple[str, ...]:
    if not _KANA.search(word):
        return ()
    katakana = word.translate(_KATAKANA)
    return word.translate(_HIRAGANA), katakana, unicodedata.normalize("NFD", katakana).translate(_HALF_WIDTH)


def run_together(name: str) -> Iterator[str]:
    """Yield the folded spellings of names written as one: `hanspeter` for `Hans Peter`, `roejane` and `jroe`."""
    for group in name.split("="):
        components = [spelled_words(component) for component in group.split("^")]
        family, given = components[0], [word for words in components[1:] for word in words]
        pairs = [pair for one, other in product(family, given) for pair in ((one, other), (other, one))]
        whole = [(*family, *given), (*given, *family)]
        accounts = [pair for one, other in product(family, given) for pair in ((other[0], one), (one, other[0]))]
        for words in (*components, *pairs, *whole, *accounts):
            if 1 < len(words) <= MOST_RUN_TOGETHER:
                yield from ("".join(way) for way in product(*map(spellings, words)))


def spellings(word: str) -> tuple[str, ...]:
    """Return the folded spellings of a word: `Müller` is `muller` and `mueller`, and `Mueller` is `muller` too."""
    lowered = word.casefold()
    return tuple(dict.fromkeys((fold(word), fold(lowered.translate(_UMLAUTS)), _COLLAPSED.sub(r"\1", fold(word)))))
