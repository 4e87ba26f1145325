"""The ways in which a Korean name may be written in Latin letters, syllable by syllable, and where syllables part.

By the rules of the state, by McCune-Reischauer and as families like it; the letters of a syllable vary on their own.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import product

from gateway.matching.korean import SURNAMES

_FIRST, _LAST = "가", "힣"
_ONSETS = (
    "g k", "kk gg", "n", "d t", "tt dd", "r l", "m", "b p", "pp bb", "s sh", "ss", " ", "j ch", "jj tch", "ch", "k",
    "t", "p", "h",
)  # fmt: skip
_VOWELS = (
    "a ah", "ae ai e", "ya", "yae", "eo u o uh", "e", "yeo you yu yo", "ye yeh", "o oh", "wa", "wae", "oe oi", "yo",
    "u oo", "wo weo", "we", "wi", "yu yoo", "eu u", "ui eui", "i ee",
)  # fmt: skip
_CODAS = (
    " ", "k g", "k", "k", "n", "n", "n", "t d", "l r", "k", "m", "l", "l", "l", "p", "l", "m", "p b", "p", "t s", "t",
    "ng", "t", "t", "k", "t", "p", "t",
)  # fmt: skip
_PLAIN_ONSETS, _PLAIN_CODAS = (0, 2, 3, 5, 6, 7, 9, 11, 12, 14, 15, 16, 17, 18), (0, 1, 4, 8, 16, 17, 21)
_SYLLABLE = re.compile(
    r"(?:kk|gg|tt|dd|pp|bb|ss|jj|ch|sh|[bdghjklmnprstw]|(?=[aeiouy]))(?:y?(?:eo|ae|oo|ou|ah|oh|uh|ee|eu|[aeou])|w[aeio]|oe|ui|i)"
    r"(?:ng|[nmklptgbr])?"
)


@lru_cache(4096)
def latin(word: str) -> tuple[str, ...]:
    """Return the Latin spellings of a Hangul syllable, or of a family name; nothing for anything else."""
    if len(word) != 1 or not _FIRST <= word <= _LAST:
        return ()
    code = ord(word) - ord(_FIRST)
    parts = _ONSETS[code // 588], _VOWELS[code % 588 // 28], _CODAS[code % 28]
    spelled = ("".join(way) for way in product(*(part.split() or [""] for part in parts)))
    return tuple(dict.fromkeys((*SURNAMES.get(word, ()), *spelled)))


@lru_cache(4096)
def hangul(letters: str) -> tuple[str, ...]:
    """Return the Hangul syllables of names that Latin letters can stand for."""
    return _by_spelling().get(letters, ())


def hangul_family(letters: str) -> tuple[str, ...]:
    """Return the Hangul family names that Latin letters can stand for."""
    return tuple(each for each in hangul(letters) if each in SURNAMES)


@lru_cache(1)
def _by_spelling() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for onset, vowel, coda in product(_PLAIN_ONSETS, range(len(_VOWELS)), _PLAIN_CODAS):
        syllable = chr(ord(_FIRST) + onset * 588 + vowel * 28 + coda)
        for spelling in latin(syllable):
            found.setdefault(spelling, []).append(syllable)
    return {spelling: tuple(each) for spelling, each in found.items()}


def is_syllable(letters: str) -> bool:
    """Say whether Latin letters can be one Korean syllable."""
    return _SYLLABLE.fullmatch(letters) is not None
