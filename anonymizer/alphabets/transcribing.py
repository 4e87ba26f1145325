"""Say whether a word of a name may be a Latin word in other letters, by any mixture of the ways that a table lists.

A table gives each letter, or several that are read as one, the Latin letters for it: "-" is nothing, "^" and "$" in a
key are the beginning and the end of the word. The first spelling of each row make up one way of romanising, the second
ones another, as far as a row has them. Doubled letters count as one. Where an alphabet leaves vowels out, one short
vowel may stand before any consonant but the first, by the rule of its language.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files

from anonymizer.wording import fold

BEGINNING, _END = "^", "$"
_DOUBLED, _DOUBLED_CONSONANT = re.compile(r"(.)\1+"), re.compile(r"([^aeiou])\1+")
_SHORT_VOWEL = re.compile(r"ou(?![aeiou])|[aiu]|e(?!e)(?<!ee)|o(?!o)(?<!oo)")  # ee and oo are long ones
_LAST_SYLLABLE = re.compile(r"[aeiou]+[^aeiou]+$")


def as_it_is(word: str) -> str:
    """Return a word unchanged."""
    return word


def itself(word: str) -> tuple[str, ...]:
    """Return a word as its only form."""
    return (word,)


def as_they_are(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the words of a name unchanged."""
    return words


@dataclass(frozen=True, eq=False)
class Alphabet:
    """An alphabet: what its letters are, how they are romanised, and what is peculiar to names written in it.

    `plain` brings a case-folded word to the letters of the table, `nominatives` gives what a word of a sentence may be
    the inflected form of, `other_forms` how a given name is written in a neighbouring language, `beginnings` how all of
    these begin: an empty string where anything may. `parts` and
    `latin_parts` give the words of a name that are compared, in native and in Latin letters. `short_vowels` is none
    where vowels are written; else it says which of them may stand unwritten in the last syllable of a Latin word, by
    the letters of the native one. `unmixed` gives a text whose words are in letters of one alphabet, as long as before.
    """

    name: str
    letters: str
    table: Mapping[str, tuple[str, ...]]
    plain: Callable[[str], str] = as_it_is
    nominatives: Callable[[str], tuple[str, ...]] = itself
    other_forms: Callable[[str], tuple[str, ...]] = itself
    beginnings: Callable[[str], tuple[str, ...]] = itself
    parts: Callable[[tuple[str, ...]], tuple[str, ...]] = as_they_are
    latin_parts: Callable[[tuple[str, ...]], tuple[str, ...]] = as_they_are
    short_vowels: Callable[[str], str] | None = None
    unmixed: Callable[[str], str] = as_it_is

    @property
    def has_capitals(self) -> bool:
        """Say whether names are told from other words by a capital: alphabets of all vowels have them."""
        return self.short_vowels is None

    @cached_property
    def words(self) -> re.Pattern[str]:
        """Return a pattern of the alphabet's words, with the apostrophes and accents inside them."""
        return re.compile(f"[{self.letters}](?:[{self.letters}\u0300-\u036f]|['’ʼ\u200c](?=[{self.letters}]))*")

    @cached_property
    def longest_key(self) -> int:
        """Return how many letters the longest row of the table reads as one."""
        return max(map(len, self.table))


def listed(name: str) -> Iterator[str]:
    """Yield the lines of a data file that are no comments."""
    for line in (files("anonymizer") / "data" / "alphabets" / f"{name}.txt").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            yield line


def table_of(name: str) -> dict[str, tuple[str, ...]]:
    """Return the table of an alphabet from its data file, whose lines give letters and their spellings."""
    found: dict[str, tuple[str, ...]] = {BEGINNING: (BEGINNING,), _END: (_END,)}
    for keys, _, spellings in (line.partition(" = ") for line in listed(name)):
        for key in keys.split():
            ways = ("" if each == "-" else each for each in spellings.split())
            before, behind = BEGINNING * key.startswith(BEGINNING), _END * key.endswith(_END)
            found[key] = tuple(before + way + behind for way in ways)
    return found


def without_marks(word: str) -> str:
    """Return a word without the marks over and under its letters; digits stay, as plain ones."""
    plain = unicodedata.normalize("NFKD", word)
    return "".join(str(unicodedata.decimal(each, each)) for each in plain if each.isalpha() or each.isdecimal())


@lru_cache(131072)
def may_be_written(native: str, latin: str, alphabet: Alphabet) -> bool:
    """Say whether a case-folded native word may be written as a Latin word, itself or as its neighbours write it."""
    return any(_may_be(form, latin, alphabet) for form in alphabet.other_forms(native))


def _may_be(native: str, latin: str, alphabet: Alphabet) -> bool:
    vowels = alphabet.short_vowels
    ours = alphabet.plain(native)
    theirs = letters_of(latin, alphabet)
    if not ours or not theirs:
        return False
    unwritten = _unwritten(theirs, vowels(ours)) if vowels else {}
    return _read(f"{BEGINNING}{ours}{_END}", f"{BEGINNING}{theirs}{_END}", unwritten, alphabet)


@lru_cache(65536)
def letters_of(latin: str, alphabet: Alphabet) -> str:
    """Return the letters of a Latin word as they are compared with those of an alphabet: doubled ones once."""
    return (_DOUBLED_CONSONANT if alphabet.short_vowels else _DOUBLED).sub(r"\1", _letters(latin))


def _letters(latin: str) -> str:
    """Return the letters of a Latin word, without the signs that scholars write for a soft sign, a hamza or an ain."""
    return "".join(each for each in fold(latin) if each.isalpha() and unicodedata.category(each) != "Lm")


def _unwritten(latin: str, in_the_last: str) -> dict[int, int]:
    """Return where a short vowel may begin that the native word leaves out, and its length; none ends a word."""
    last = _LAST_SYLLABLE.search(latin)
    return {
        place.start() + 1: len(place[0])
        for place in (_SHORT_VOWEL.match(latin, start) for start in range(len(latin)))
        if place and place.end() < len(latin) and (not last or place.start() < last.start() or place[0] in in_the_last)
    }


def _read(ours: str, theirs: str, unwritten: Mapping[int, int], alphabet: Alphabet) -> bool:
    """Read two words side by side, every way that the table gives, until both are at their end."""
    seen = {(0, 0, False)}
    open_places = [(0, 0, False)]
    while open_places:
        i, j, behind_short = open_places.pop()
        if i == len(ours) and j == len(theirs):
            return True
        ways = list(_steps(ours, theirs, i, j, alphabet))
        if not behind_short and j in unwritten and 1 < i < len(ours):
            ways.append((i, j + unwritten[j], True))
        for way in ways:
            if way not in seen:
                seen.add(way)
                open_places.append(way)
    return False


def _steps(ours: str, theirs: str, i: int, j: int, alphabet: Alphabet) -> Iterator[tuple[int, int, bool]]:
    for end in range(i + 1, min(i + alphabet.longest_key, len(ours)) + 1):
        for spelling in alphabet.table.get(ours[i:end], ()):
            if theirs.startswith(spelling, j):
                yield end, j + len(spelling), False
    if i and ours[i : i + 1] == ours[i - 1]:
        yield i + 1, j, False


@lru_cache(65536)
def romanised(native: str, column: int, alphabet: Alphabet) -> str:
    """Return a case-folded native word in Latin letters, by one column of the table; by the first where it has none."""
    ours = f"{BEGINNING}{alphabet.plain(native)}{_END}"
    return "".join(_by_column(ours, column, alphabet)).strip(BEGINNING + _END)


@lru_cache(65536)
def may_begin(native: str, alphabet: Alphabet) -> tuple[str, ...]:
    """Return the Latin letters with which a case-folded native word may begin."""
    ours = BEGINNING + alphabet.plain(native)
    longest = min(alphabet.longest_key, len(ours))
    keys = (ours[start:end] for start in (0, 1) for end in range(start + 1, longest + 1))
    found = (way.strip(BEGINNING + _END)[:1] for key in keys for way in alphabet.table.get(key, ()))
    return tuple(dict.fromkeys(filter(None, found)))


def _by_column(ours: str, column: int, alphabet: Alphabet) -> Iterator[str]:
    at = 0
    while at < len(ours):
        sizes = range(min(alphabet.longest_key, len(ours) - at), 0, -1)
        size = next((size for size in sizes if ours[at : at + size] in alphabet.table), 1)
        spellings = alphabet.table.get(ours[at : at + size], ("",))
        yield spellings[column] if column < len(spellings) else spellings[0]
        at += size
