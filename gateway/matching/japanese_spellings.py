"""The ways in which a Japanese name may be written: Latin spellings of all readings that its kanji can have, and kanji.

Vowels are written long or short, syllables by Hepburn or as the schools of Japan teach it.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from itertools import combinations, pairwise, product

from gateway.matching import japanese
from gateway.matching.chinese import forms_of

_MOST, _MOST_READINGS = 800, 100
_MOST_KANJI = 3
_LONG_O = re.compile(r"o[uo]|o$")
_KUNREI = (
    (r"sh(?=[auoe])", "sy"), (r"ch(?=[auoe])", "ty"), (r"j(?=[auoe])", "zy"), (r"shi", "si"), (r"chi", "ti"),
    (r"tsu", "tu"), (r"fu", "hu"), (r"ji", "zi"),
)  # fmt: skip

Parts = tuple[tuple[str, ...], ...]


@lru_cache(4096)
def family(name: str) -> tuple[str, ...]:
    """Return the Latin spellings of a family name in kana or kanji."""
    return _spelt(filter(None, (japanese.spell_kana(name), *japanese.surname_readings(name))))


@lru_cache(4096)
def given(name: str) -> tuple[str, ...]:
    """Return the Latin spellings of a given name in kana or kanji."""
    return _spelt(filter(None, (japanese.spell_kana(name), *japanese.given_readings(name, _MOST_READINGS))))


@lru_cache(4096)
def family_kana(name: str) -> tuple[str, ...]:
    """Return the hiragana and katakana of all readings of a family name in kanji."""
    return _in_kana(japanese.surname_readings(name))


@lru_cache(4096)
def given_kana(name: str) -> tuple[str, ...]:
    """Return the hiragana and katakana of the readings that a given name in kanji can have."""
    return _in_kana(japanese.given_readings(name, _MOST_READINGS))


def _in_kana(readings: Iterable[str]) -> tuple[str, ...]:
    found = [way for reading in readings for way in japanese.kana_of(reading)]
    return tuple(dict.fromkeys((*found, *map(japanese.katakana, found))))


def family_kanji(name: str) -> tuple[str, ...]:
    """Return the family names in kanji that a Latin word can stand for."""
    readings = japanese.latin_readings(name)
    names = (kanji for reading in readings for kanji in _families().get(reading, ()))
    return tuple(dict.fromkeys("".join(way) for name in names for way in product(*map(forms_of, name))))


def given_kanji(name: str) -> Iterator[Parts]:
    """Yield the ways to write a given name in Latin letters in one to three kanji: what each of them may be."""
    for reading in japanese.latin_readings(name):
        for number in range(1, _MOST_KANJI + 1):
            for cuts in combinations(range(1, len(reading)), number - 1):
                edges = (0, *cuts, len(reading))
                parts = tuple(_characters().get(reading[a:b], ()) for a, b in pairwise(edges))
                if all(parts):
                    yield parts


@cache
def _families() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for kanji, readings in japanese.surnames().items():
        for reading in dict.fromkeys(map(japanese.normal, readings)):
            found[reading].append(kanji)
    return {reading: tuple(names) for reading, names in found.items()}


@cache
def _characters() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for kanji, readings in japanese.given_parts().items():
        for reading in dict.fromkeys(map(japanese.normal, readings)):
            found[reading].append(kanji)
    return {reading: tuple(each) for reading, each in found.items()}


def _spelt(readings: Iterable[str]) -> tuple[str, ...]:
    found = (form for reading in readings for plain in _with_vowels(reading) for form in _romanised(plain))
    return tuple(each for each, _ in zip(dict.fromkeys(found), range(_MOST), strict=False))


def _with_vowels(reading: str) -> Iterator[str]:
    """Yield a reading with each long vowel short or long: oo, ou, oh and o, uu and u; a last o may be long too."""
    plain = reading.replace("uu", "u")
    places = list(_LONG_O.finditer(plain))
    for way in product(("o", "ou", "oh", "oo"), repeat=min(len(places), 2)):
        spelt, end = "", 0
        for match, long in zip(places, way, strict=False):
            spelt, end = spelt + plain[end : match.start()] + long, match.end()
        yield spelt + plain[end:]
    yield reading


def _romanised(spelt: str) -> Iterator[str]:
    yield spelt
    yield re.sub(r"n(?=[bpm])", "m", spelt)
    taught = spelt
    for hepburn, kunrei in _KUNREI:
        taught = re.sub(hepburn, kunrei, taught)
    yield taught
