"""Tell the words that reports are written with in another alphabet, where an inflected name may look like one.

Of each its stem is listed; behind it stands an ending of a noun or an adjective, none that family names are made with:
белого is white, Белова the name.
"""

from collections.abc import Mapping
from functools import cache

from anonymizer.alphabets.transcribing import Alphabet, listed

_LONGEST_ENDING = 3
_CYRILLIC = (
    "- а о у е ы и я ю й ь і ї ой ей ый ий ая яя ое ее ие ые ого его ому ему ым им ых их ую юю ою ею ом ем ём ов ев ам"
    " ям ах ях ами ями ыми ими ью ия ии ию"
)
_GREEK = "- α ας ο ος ου ους η ης ε ες οι ων ι ια ιας ιου ιων ις υς υ εις ιες ιος ιο οιο"
_ENDINGS: Mapping[str, frozenset[str]] = {
    name: frozenset("" if each == "-" else each for each in endings.split())
    for name, endings in (("Cyrillic", _CYRILLIC), ("Greek", _GREEK))
}


@cache
def _stems(alphabet: str) -> frozenset[str]:
    return frozenset(stem for line in listed(f"words_{alphabet.casefold()}") for stem in line.split())


def is_everyday(word: str, alphabet: Alphabet) -> bool:
    """Say whether a case-folded word is one that reports are written with; never where its alphabet has no list."""
    endings = _ENDINGS.get(alphabet.name)
    if endings is None:
        return False
    plain = alphabet.plain(word)
    written = {plain, plain.replace("σ", "ς")}
    longest = min(_LONGEST_ENDING, len(plain) - 1)
    return any(
        each[: len(each) - size] in _stems(alphabet.name) and each[len(each) - size :] in endings
        for each in written
        for size in range(longest + 1)
    )
