"""Cyrillic letters of Russian, Ukrainian, Belarusian, Bulgarian, Serbian, Macedonian and Kazakh names.

The first column is what passports have (ICAO Doc 9303 part 3, section 6 B), the second as German spells, the third as
French does, the fourth ISO 9 and the Serbian Latin alphabet without their marks; BGN/PCGN, ALA-LC, the older passports
and what families like stand behind. Soft and hard signs are mostly left out, and ё is often written е.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from anonymizer.alphabets.transcribing import Alphabet, listed, table_of

_OTHER_FORMS: dict[str, tuple[str, ...]] = {}
for _forms in map(str.split, listed("given_names_cyrillic")):
    _OTHER_FORMS |= {form: (*_OTHER_FORMS.get(form, ()), *_forms) for form in _forms}
_STRESS = re.compile("[\u0300\u0301]|['’ʼ]")
_ENDINGS = ("ому", "ему", "ого", "его", "ыми", "ими", "ою", "ой", "ей", "ёй", "ом", "ем", "ём", "ым", "им", "ую", "юю",
            "ых", "ью", "ові", "еві", "єві", "єм", "ею", "о", "а", "я", "у", "ю", "е", "и", "ы", "і", "ї")  # fmt: skip
_WORD = re.compile("[A-Za-z\u0400-\u04ff]+")
_OWN = re.compile("[\u0400-\u04ff]")
_LOOK_ALIKE = str.maketrans("ABCEHIJKMOPSTXYaceijopsxy", "АВСЕНІЈКМОРЅТХУасеіјорѕху")
_BEHIND_A_STEM = ("", "а", "о", "я", "й", "ь", "ий", "ый", "ой", "ая")
_SHORTEST_STEM = 2
_SOFT = "ь"
_VOWELS = frozenset("аеёиіоуыэюяїє")
_SOFTENED = {"з": "г", "ц": "к", "с": "х"}  # of Ukrainian and Belarusian names in -а, in the dative


def unmixed(text: str) -> str:
    """Return a text with the Latin letters inside its words as the Cyrillic ones that they look like, each in place.

    Keyboards without і, and recognition, write such words.
    """
    if not _OWN.search(text):
        return text
    return _WORD.sub(lambda word: word[0].translate(_LOOK_ALIKE) if _OWN.search(word[0]) else word[0], text)


@lru_cache(65536)
def plain(word: str) -> str:
    """Return a word without stress marks and apostrophes; й, ё and ї keep theirs, they are letters."""
    return unicodedata.normalize("NFC", _STRESS.sub("", unmixed(word)))


def nominatives(word: str) -> tuple[str, ...]:
    """Return what a case-folded word of a sentence may be a case of, itself first: Иванова of Иванов, Анны of Анна.

    Its stem may have lost a vowel or changed a letter: Льву of Лев, Ользі of Ольга, Федора of Федір.
    """
    stems = [word[: -len(each)] for each in _ENDINGS if word.endswith(each)]
    long_enough = [stem for stem in stems if len(stem) >= _SHORTEST_STEM]
    found = [stem + ending for stem in long_enough for ending in _BEHIND_A_STEM]
    found += [form for stem in long_enough if len(stem) > _SHORTEST_STEM for form in _changed(stem)]
    if word[-1] in "іе" and word[-2:-1] in _SOFTENED and len(word) > 1 + _SHORTEST_STEM:
        found.append(word[:-2] + _SOFTENED[word[-2]] + "а")
    return tuple(dict.fromkeys((word, *found)))


def _changed(stem: str) -> Iterator[str]:
    """Yield a stem as it is where the vowel of its last syllable is not lost, or not changed by an ending."""
    before, last = stem[:-1], stem[-1]
    if last == _SOFT:
        yield before + "ей"
    elif last in _VOWELS:
        return
    elif before[-1] == _SOFT:
        yield from (before[:-1] + vowel + last for vowel in "её")
    elif before[-1] not in _VOWELS:
        yield from (before + vowel + last for vowel in "еёоа")
    elif before[-1] in "ое" and len(before) > _SHORTEST_STEM:
        yield before[:-1] + "і" + last


def other_forms(word: str) -> tuple[str, ...]:
    """Return a case-folded given name as it is written in the neighbouring languages too, itself first."""
    return tuple(dict.fromkeys((word, *_OTHER_FORMS.get(word, ()))))


def beginnings(word: str) -> tuple[str, ...]:
    """Return how the forms of a case-folded word begin: as it does, with a lost vowel, as a neighbour's."""
    full = [word[0] + vowel for vowel in "её"] if word[1:2] == _SOFT else []
    return (word, *full, *_other_beginnings(word[:_SHORTEST_STEM]))


@lru_cache(1024)
def _other_beginnings(beginning: str) -> frozenset[str]:
    found = (forms for form, forms in _OTHER_FORMS.items() if form.startswith(beginning))
    return frozenset(each[:_SHORTEST_STEM] for forms in found for each in forms)


CYRILLIC = Alphabet(
    "Cyrillic", "\u0400-\u052f", table_of("cyrillic"), plain, nominatives, other_forms, beginnings, unmixed=unmixed
)
