"""How whole names sound: native writings and their romanisations brought together, language by language.

A sound is kept as a ring of letters, so that neither where the words are parted matters nor whether the family or the
given name comes first; the syllables keep their order, as Minji and Jimin are two people. The sound alone never
identifies: 伟 and 薇 are both Wei.
"""

from functools import lru_cache
from itertools import product

from gateway.matching import chinese, japanese, korean
from gateway.matching.spelling import Writing

CHINESE, JAPANESE, KOREAN = "Chinese", "Japanese", "Korean"
_LATIN = {
    CHINESE: chinese.latin_readings,
    JAPANESE: japanese.latin_readings,
    KOREAN: korean.latin_readings,
}
_MOST = 24


@lru_cache(65536)
def sounds(writing: Writing) -> frozenset[tuple[str, str]]:
    """Return each language and sound that a writing can stand for; nothing where no language here can read it."""
    return frozenset(_latin(writing.words) if writing.latin else _native("".join(writing.words), writing.words))


def _latin(words: tuple[str, ...]) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    if len(words) < 2:
        return found
    for language, readings in _LATIN.items():
        each = [sorted(readings(word)) for word in words]
        if all(each):
            found |= {(language, _ring("".join(way))) for way in _some(each)}
    return found


def _native(whole: str, words: tuple[str, ...]) -> set[tuple[str, str]]:
    found = {(CHINESE, reading) for reading in chinese.han_readings(whole)}
    found |= {(JAPANESE, reading) for reading in japanese.native_readings(whole)}
    found |= {(JAPANESE, "".join(way)) for way in _some([sorted(japanese.native_readings(word)) for word in words])}
    found |= {(KOREAN, reading) for reading in korean.native_readings(whole)}
    return {(language, _ring(reading)) for language, reading in found}


def _ring(reading: str) -> str:
    """Return a reading from the turn that comes first in the alphabet: equal for all its turns."""
    return min((reading[start:] + reading[:start] for start in range(len(reading))), default="")


def _some(each: list[list[str]]) -> list[tuple[str, ...]]:
    return [way for _, way in zip(range(_MOST), product(*each), strict=False)]
