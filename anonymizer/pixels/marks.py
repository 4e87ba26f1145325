"""Tell the marks that a reader needs from all other text: laterality, scales, technique (`data/image_marks.txt`).

A date, a time, a number of four digits and every word that is not listed is no mark.
"""

import re
from functools import cache
from importlib.resources import files

SURE = 0.8  # how sure a reading must be to be believed
_NUMBER = re.compile(r"[+-]?\d{1,3}(?:[.,]\d{1,3})?")
_MEASURE = re.compile(r"([+-]?\d{1,3}(?:[.,]\d{1,3})?)(\D+)")
_MOST_WORDS = 6
_TICKS = ".·•"  # what the tick of a scale beside its number is read as


@cache
def marks() -> frozenset[str]:
    """Return the listed words, in upper case."""
    lines = (files("anonymizer") / "data" / "image_marks.txt").read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def is_mark(text: str, score: float) -> bool:
    """Tell whether a reading, with how sure it is, is a mark that stays."""
    words = [word for word in text.upper().replace(":", " ").replace("=", " ").split() if word.strip(_TICKS)]
    if len(words) == 1:
        words = [words[0].rstrip(_TICKS)]
    if score < SURE or not words or len(words) > _MOST_WORDS:
        return False
    numbers = sum(bool(_NUMBER.fullmatch(word)) for word in words)
    # Three bare numbers in a row may be a date, and many of them a telephone number.
    return numbers <= 2 and all(_is_listed(word) for word in words)


def _is_listed(word: str) -> bool:
    if word in marks() or _NUMBER.fullmatch(word):
        return True
    measure = _MEASURE.fullmatch(word)
    return measure is not None and measure.group(2) in marks()
