"""Find known names in a text that writes them in another alphabet than they are known in, or inflects them.

A name goes as a whole, in whatever order, where two of its words stand side by side. One word alone goes where it can
be nothing else: of four letters or more (six where it is inflected), with a capital, no listed word of reports; or
beside a title. Where an alphabet has no capitals and leaves out its vowels (Arabic, Hebrew) only a title shows a word
of it to be a name: سليم is Salim, and `intact`.
What is written to a word there (and, to, of) is no part of it, before the first word of a name.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from anonymizer.alphabets.listed import ALPHABETS
from anonymizer.alphabets.transcribing import Alphabet, may_be_written
from anonymizer.known import NOT_NAMES
from anonymizer.titles_beside import is_titled
from anonymizer.wording import fold, prose_vocabulary

Span = tuple[int, int]
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]+(?:['’ʼ`][A-Za-zÀ-ɏ]{2,})*")
_BETWEEN = re.compile(r"[\s,.^·\u05be\u2010-\u2013-]{0,2}")
_SHORTEST_ALONE, _SHORTEST_INFLECTED, _SHORTEST = 4, 6, 2
_LONGEST_PART, _FARTHEST = 3, 2


@dataclass(frozen=True)
class _Place:
    """Where words of a text may be some of a known name's: `exactly` says that none of them is inflected."""

    start: int
    end: int
    words: frozenset[int]
    exactly: bool


Known = tuple[tuple[str, ...], ...]


def in_other_alphabets(text: str, names: tuple[str, ...]) -> Iterator[Span]:
    """Yield where known names stand in other letters than they are known in, or in an inflected form."""
    for alphabet in ALPHABETS.values():
        latin, native = _known(names, alphabet)
        if (latin or native) and alphabet.words.search(text):
            yield from _written_natively(text, latin, native, alphabet)
        if native:
            yield from _in_latin(text, native, alphabet)


@lru_cache(maxsize=1024)
def _known(names: tuple[str, ...], alphabet: Alphabet) -> tuple[Known, Known]:
    """Return the words of names in Latin letters, and those in letters of an alphabet, as they are compared."""
    groups = dict.fromkeys(group for name in names for group in name.split("="))
    latin = (alphabet.latin_parts(tuple(fold(word) for word in _LATIN.findall(group))) for group in groups)
    native = (alphabet.parts(tuple(word.casefold() for word in alphabet.words.findall(group))) for group in groups)
    return _long_enough(latin), _long_enough(native)


def _long_enough(names: Iterator[tuple[str, ...]]) -> Known:
    found = (tuple(word for word in name if len(word) >= _SHORTEST and word not in NOT_NAMES) for name in names)
    return tuple(dict.fromkeys(filter(None, found)))


def _written_natively(text: str, latin: Known, native: Known, alphabet: Alphabet) -> Iterator[Span]:
    tokens = list(alphabet.words.finditer(text))
    for name in latin:
        yield from _places(text, _hits(tokens, name, alphabet, latin=False), alphabet.has_capitals)
    for name in native if alphabet.has_capitals else ():
        yield from _places(text, _inflected(tokens, name, alphabet), capitals=True)


def _in_latin(text: str, native: Known, alphabet: Alphabet) -> Iterator[Span]:
    tokens = list(_LATIN.finditer(text))
    for name in native:
        yield from _places(text, _hits(tokens, name, alphabet, latin=True), capitals=True)


def _hits(tokens: list[re.Match[str]], name: tuple[str, ...], alphabet: Alphabet, *, latin: bool) -> list[_Place]:
    """Return where one word of a text, or several that are one in other letters, may be some of a name's."""
    found = []
    together = 1 if alphabet.has_capitals else _LONGEST_PART
    for at, size in product(range(len(tokens)), range(1, together + 1)):
        run = tokens[at : at + size]
        words = tuple(token[0].casefold() for token in run)
        if len(run) < size:
            continue
        for place, form in _forms(words, alphabet, latin=latin):
            pairs = ((known, form) if latin else (form, known) for known in name)
            which = frozenset(i for i, pair in enumerate(pairs) if may_be_written(*pair, alphabet))
            if which:
                found.append(_Place(run[0].start(), run[-1].end(), which, exactly=place == 0))
                break
    return found


def _forms(words: tuple[str, ...], alphabet: Alphabet, *, latin: bool) -> Iterator[tuple[int, str]]:
    """Yield what words of a text that are one of a name may be, by their places: as they stand first."""
    if latin:
        whole = alphabet.latin_parts(words)
        yield from enumerate(_latin_forms(whole[0])) if len(whole) == 1 else ()
        return
    for place, form in enumerate(alphabet.nominatives(words[0])):
        parts = alphabet.parts((form, *words[1:]))
        if len(parts) == 1:
            yield place, parts[0]


def _latin_forms(word: str) -> tuple[str, ...]:
    """Return a Latin word, and without the s of a genitive."""
    return (word, word[:-1]) if word.endswith("s") and len(word) > _SHORTEST_INFLECTED else (word,)


def _inflected(tokens: list[re.Match[str]], name: tuple[str, ...], alphabet: Alphabet) -> list[_Place]:
    """Return where a native word is an inflected form of a name's."""
    plain = [fold(alphabet.plain(word)) for word in name]
    found = []
    for token in tokens:
        forms = {fold(alphabet.plain(form)) for form in alphabet.nominatives(token[0].casefold())}
        which = frozenset(i for i, word in enumerate(plain) if word in forms)
        if which:
            found.append(_Place(token.start(), token.end(), which, exactly=fold(token[0]) in plain))
    return found


def _places(text: str, hits: list[_Place], capitals: bool) -> Iterator[Span]:
    starts = [hit.start for hit in hits]
    for hit in hits:
        following = hits[bisect_left(starts, hit.end) : bisect_right(starts, hit.end + _FARTHEST)]
        possible = (other for other in following if capitals or other.exactly)  # "to" and "and" stand before the first
        beside = [other for other in possible if _stand_together(text, hit, other)]
        if beside:
            end = max(other.end for other in beside)
            if _may_be_whole(text[hit.start : end]):
                yield hit.start, end
        elif is_titled(text, hit.start, hit.end) or (
            capitals and _stands_alone(text[hit.start : hit.end], hit.exactly)
        ):
            yield hit.start, hit.end


def _stand_together(text: str, one: _Place, other: _Place) -> bool:
    """Tell whether one place follows another at once, and two words of the name stand there."""
    return _BETWEEN.fullmatch(text, one.end, other.start) is not None and len(one.words | other.words) > 1


def _may_be_whole(written: str) -> bool:
    """Tell whether words side by side are a name: listed words of reports only where all begin as names do."""
    words = _LATIN.findall(written)
    return not words or not all(map(prose_vocabulary().covers, words)) or all(word[0].isupper() for word in words)


def _stands_alone(written: str, exactly: bool) -> bool:
    """Tell whether a word can be nothing but the name where nothing beside it says so."""
    letters = sum(map(str.isalpha, written))
    if not written[0].isupper() or letters < (_SHORTEST_ALONE if exactly else _SHORTEST_INFLECTED):
        return False
    return not all(map(prose_vocabulary().covers, written.split()))
