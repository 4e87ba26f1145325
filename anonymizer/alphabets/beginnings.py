"""Tell by the first letters that a word of a text cannot be a known one, so that few words are read to their end.

The answer may be yes where the words differ later; it is never no where `transcribing` would read one as the other.
Words of a text come case-folded and may be cut off behind some letters.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from anonymizer.alphabets.transcribing import BEGINNING, Alphabet, letters_of, romanised
from anonymizer.wording import fold

_ENOUGH = 2  # letters: of the words of a language few begin with the two that a name does
_MORE = 4
_VOWEL = re.compile("[aeiou]")
_SON_OF = re.compile("^b[ei]n")


@lru_cache(65536)
def native_beginnings(word: str, alphabet: Alphabet) -> frozenset[str]:
    """Return how what a native word may be a form of begins; an empty string where a mark may change the letters."""
    found = alphabet.beginnings(word)
    return frozenset(each[:_ENOUGH] if each[: _ENOUGH + 1].isalpha() else "" for each in found)


@lru_cache(65536)
def latin_beginnings(word: str, alphabet: Alphabet) -> frozenset[str]:
    """Return how a Latin word begins as it is compared, and how without the son-of that is written to it."""
    words = (word,) if alphabet.has_capitals else (word, _SON_OF.sub("", word, 1))
    return frozenset(letters_of(each[: 2 * _ENOUGH], alphabet)[:_ENOUGH] for each in words)


def begins_transcribed(known: str, beginnings: frozenset[str], alphabet: Alphabet) -> bool:
    """Say whether a native word begins as a known Latin one may be written."""
    latin = letters_of(known, alphabet)
    return any(_may_begin_alike(each, latin, alphabet) for each in beginnings)


def goes_on_transcribed(known: str, form: str, alphabet: Alphabet) -> bool:
    """Say the same of one form of a word by more of its letters: most forms of a word begin alike."""
    if len(form) <= _MORE or not form[: _MORE + 1].isalpha() or len(alphabet.other_forms(form)) > 1:
        return True
    return _may_begin_alike(form[:_MORE], letters_of(known, alphabet), alphabet)


def begins_respelt(known: str, beginnings: frozenset[str], alphabet: Alphabet) -> bool:
    """Say whether a native word begins as a known one in the same letters does, as it is or respelt."""
    ours = fold(alphabet.plain(known))
    for each in beginnings:
        theirs = fold(alphabet.plain(each))
        if ours.startswith(theirs) or theirs.startswith(ours):
            return True
    return alphabet.has_capitals and begins_transcribed(romanised(known, 0, alphabet), beginnings, alphabet)


def begins_in_latin(known: str, beginnings: frozenset[str], alphabet: Alphabet) -> bool:
    """Say whether a Latin word begins as a known native one may be written."""
    return any(_may_begin_alike(form, each, alphabet) for form in alphabet.other_forms(known) for each in beginnings)


@lru_cache(65536)
def _may_begin_alike(native: str, latin: str, alphabet: Alphabet) -> bool:
    """Say whether two beginnings, in native letters and in Latin ones as they are compared, may be one word's."""
    ours, theirs = BEGINNING + alphabet.plain(native), BEGINNING + latin
    seen = {(0, 0)}
    open_places = [(0, 0)]
    while open_places:
        i, j = open_places.pop()
        if i == len(ours) or j >= len(theirs):
            return True
        for way in _steps(ours, theirs, i, j, alphabet):
            if way not in seen:
                seen.add(way)
                open_places.append(way)
    return False


def _steps(ours: str, theirs: str, i: int, j: int, alphabet: Alphabet) -> Iterator[tuple[int, int]]:
    """Yield what may be read next; a row or a spelling of which only the beginning stands there counts as read."""
    left, right = ours[i:], theirs[j:]
    for key, ways in _rows(left[0], alphabet):
        if left.startswith(key) or key.startswith(left):
            for way in ways:
                if right.startswith(way) or way.startswith(right):
                    yield min(i + len(key), len(ours)), j + len(way)
    if i and ours[i] == ours[i - 1]:
        yield i + 1, j
    if alphabet.short_vowels and _VOWEL.match(right):
        yield i, j + 1


@lru_cache(1024)
def _rows(letter: str, alphabet: Alphabet) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((key, ways) for key, ways in alphabet.table.items() if key.startswith(letter))
