"""The ways in which a Chinese name may be written: syllables in Latin letters, and the characters of a syllable.

Where matching asks what a spelling can stand for (`chinese.py`), this answers the reverse, to find a name in a text.
Of the characters that are read as a syllable all are taken for a given name, only surnames for a family name.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import islice, product

from anonymizer.text_patterns import SURNAMES
from gateway.matching import chinese

_MOST = 64
_FIRST, _LAST = "一", "鿿"


def of_character(character: str) -> tuple[str, ...]:
    """Return the Latin spellings of a character, by pinyin and Wade-Giles."""
    return _distinct(spelling for reading in chinese.character_readings(character) for spelling in romanised(reading))


def of_family(name: str) -> tuple[str, ...]:
    """Return the Latin spellings of a family name in characters, those of Hong Kong and Singapore too.

    Those of a double one have a blank where its syllables part.
    """
    if len(name) > 1:
        return _distinct(" ".join(way) for way in islice(product(*map(of_character, name)), _MOST))
    readings = chinese.han_readings(name)
    return _distinct(spelling for reading in sorted(readings) for spelling in family_romanised(reading))


def romanised(syllable: str) -> tuple[str, ...]:
    """Return the Latin spellings of a syllable of pinyin: ü as v too."""
    with_v = (f"{syllable[0]}v",) if syllable in ("lu", "nu") else ()
    return _distinct((syllable, *chinese.in_wade_giles(syllable), *with_v))


def family_romanised(name: str) -> tuple[str, ...]:
    """Return the Latin spellings of a family name in Latin letters, whichever of them it is written in."""
    readings = _distinct("".join(each) for each in chinese.syllables(name))
    elsewhere = (theirs for theirs, ours in chinese.ELSEWHERE.items() if set(ours) & set(readings))
    return _distinct((name, *(spelling for reading in readings for spelling in romanised(reading)), *elsewhere))


def characters(syllable: str) -> tuple[str, ...]:
    """Return the characters that are read as a syllable of pinyin."""
    return _by_reading().get(syllable, ())


def family_characters(name: str) -> tuple[str, ...]:
    """Return the common surnames, simplified and traditional, that a Latin family name can stand for."""
    readings = chinese.latin_readings(name)
    simple = (c for c in SURNAMES if {*chinese.character_readings(c), chinese.SURNAME_READINGS.get(c, "")} & readings)
    found = [each for character in simple for each in chinese.forms_of(character)]
    cut = set(chinese.syllables(name))
    double = (
        each for each in chinese.COMPOUND_SURNAMES.split() if cut & set(product(*map(chinese.character_readings, each)))
    )
    return _distinct((*found, *double))


@lru_cache(1)
def _by_reading() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for code in range(ord(_FIRST), ord(_LAST) + 1):
        for reading in chinese.character_readings(chr(code)):
            found.setdefault(reading, []).append(chr(code))
    return {reading: tuple(each) for reading, each in found.items()}


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
