"""Compare a name in another alphabet with one in Latin letters: each letter in any way in which it is romanised.

Two words must agree, and all words of the side that has fewer: a name by the father or a middle name may be left out.
Where vowels are written (Cyrillic, Greek) the words may stand in any order. Where they are not (Arabic, Hebrew) many
names become one, and a father's name is the son's second one: there the first and the last word must agree, and the
order must be the same unless one side does not say which is the family name. It is an agreement by the sound all the
same, and never decides. Initials are not compared, nor numbers, which tell twins apart.
"""

from itertools import product

from anonymizer.alphabets.listed import ALPHABETS
from anonymizer.alphabets.transcribing import Alphabet, may_be_written, may_begin, romanised
from gateway.matching.spelling import Writing

# How many more bearers a sound has than the words that it stands for, where the letters tell no vowels.
_COLLAPSED = 5.0
_FEWEST = 2
_ARTICLE = "ال"
_WAYS = 4


def sounds_alike(native: Writing, latin: Writing) -> bool:
    """Say whether a writing in another alphabet may be the Latin one; never for scripts that are no alphabet here."""
    alphabet = ALPHABETS.get(native.script)
    if alphabet is None or not latin.latin or any(map(str.isdecimal, "".join((*native.words, *latin.words)))):
        return False
    if alphabet.has_capitals:
        return _in_any_order(native.words, latin.words, alphabet)
    ours, theirs = alphabet.parts(_as_spoken(native)), alphabet.latin_parts(_as_spoken(latin))
    if native.given and latin.given:
        return _in_order(ours, theirs, alphabet)
    return any(_in_order(ours, way, alphabet) for way in (theirs, theirs[1:] + theirs[:1], theirs[-1:] + theirs[:-1]))


def bearers(native: Writing) -> float:
    """Return how many times more people share the sound of a writing than its words."""
    alphabet = ALPHABETS.get(native.script)
    return 1.0 if alphabet is None or alphabet.has_capitals else _COLLAPSED


def romanisations(native: Writing) -> tuple[tuple[str, ...], ...]:
    """Return the words of a writing in another alphabet in Latin letters, by each usual way, with al- and without."""
    alphabet = ALPHABETS[native.script]
    ways = product(range(_WAYS), dict.fromkeys((native.words, tuple(map(_without_article, native.words)))))
    return tuple(dict.fromkeys(tuple(romanised(word, column, alphabet) for word in words) for column, words in ways))


def first_letters(native: str, script: str) -> tuple[str, ...]:
    """Return the Latin letters with which a native word may begin, behind al- too."""
    found = (may_begin(word, ALPHABETS[script]) for word in (native, _without_article(native)))
    return tuple(dict.fromkeys(letter for letters in found for letter in letters))


def _without_article(word: str) -> str:
    """Return an Arabic word without al-, which Latin letters part from it or leave out."""
    return word.removeprefix(_ARTICLE) or word


def _as_spoken(writing: Writing) -> tuple[str, ...]:
    """Return the words with the given names first where a DICOM PN tells them (PS3.5 section 6.2.1)."""
    return tuple(sorted(writing.words, key=lambda word: word not in writing.given)) if writing.given else writing.words


def _in_any_order(ours: tuple[str, ...], theirs: tuple[str, ...], alphabet: Alphabet) -> bool:
    fewest = min(len(ours), len(theirs))
    initials = any(len(word) == 1 for word in (*ours, *theirs))
    return fewest >= _FEWEST and not initials and _paired(ours, theirs, fewest, alphabet)


def _paired(ours: tuple[str, ...], theirs: tuple[str, ...], wanted: int, alphabet: Alphabet) -> bool:
    """Say whether so many of our words can each be one of theirs, no two the same."""
    if not wanted:
        return True
    if len(ours) < wanted:
        return False
    first, rest = ours[0], ours[1:]
    return _paired(rest, theirs, wanted, alphabet) or any(
        may_be_written(first, word, alphabet) and _paired(rest, theirs[:at] + theirs[at + 1 :], wanted - 1, alphabet)
        for at, word in enumerate(theirs)
    )


def _in_order(ours: tuple[str, ...], theirs: tuple[str, ...], alphabet: Alphabet) -> bool:
    """Say whether the first and the last words agree, and between them, in their order, all of the side with fewer."""
    if min(len(ours), len(theirs)) < _FEWEST:
        return False
    ends = may_be_written(ours[0], theirs[0], alphabet) and may_be_written(ours[-1], theirs[-1], alphabet)
    return ends and _left_out(ours[1:-1], theirs[1:-1], alphabet)


def _left_out(ours: tuple[str, ...], theirs: tuple[str, ...], alphabet: Alphabet) -> bool:
    if not ours or not theirs:
        return True
    if may_be_written(ours[0], theirs[0], alphabet) and _left_out(ours[1:], theirs[1:], alphabet):
        return True
    if len(ours) == len(theirs):
        return False
    if len(ours) > len(theirs):
        return _left_out(ours[1:], theirs, alphabet)
    return _left_out(ours, theirs[1:], alphabet)
