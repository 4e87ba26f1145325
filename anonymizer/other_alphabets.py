"""Find known names in a text that writes them in another alphabet than they are known in, inflects or respells them.

A name goes as a whole, in whatever order, where two of its words stand side by side, or with the father's and the
grandfather's between them. One word alone goes where it can be nothing else (`lone_words.py`), or beside a title.
Where an alphabet has no capitals and leaves out its vowels (Arabic, Hebrew) only a title shows a word of it to be a
name: سليم is Salim, and `intact`.
What is written to a word there (and, to, of) is no part of it, before the first word of a name.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from anonymizer.alphabets.beginnings import (
    begins_in_latin,
    begins_respelt,
    begins_transcribed,
    goes_on_transcribed,
    latin_beginnings,
    native_beginnings,
)
from anonymizer.alphabets.listed import ALPHABETS
from anonymizer.alphabets.transcribing import Alphabet, may_be_written, romanised
from anonymizer.known import NOT_NAMES
from anonymizer.lone_words import Known, stands_alone
from anonymizer.titles_beside import is_addressed, is_titled
from anonymizer.wording import fold, prose_vocabulary

Span = tuple[int, int]
_SIGNS = "ʹʺʻʼʽʾʿ"  # how scholars write a soft sign, a hamza, an ain
_LETTER = "A-Za-zÀ-ɏḀ-ỿ"
_LATIN = re.compile(rf"[{_LETTER}][{_LETTER}\u0300-\u036f{_SIGNS}]*(?:['’‘`′][{_LETTER}\u0300-\u036f{_SIGNS}]{{2,}})*")
_BETWEEN = re.compile(rf"[\s,.^·'’‘`{_SIGNS}\u05be\u2010-\u2013-]{{0,2}}")
_MIDDLE_WORD = r"[^\W\d_][\w'’\u0300-\u036f\u0591-\u05bd\u064b-\u065f-]*"
_MIDDLE = re.compile(
    rf"(?:[\s\u05be-](?:(?:ابن|بن|בן|[Bb]in|[Ii]bn|[Bb]en)[\s\u05be-])?{_MIDDLE_WORD}){{1,2}}[\s\u05be-]"
)
_SMALL = frozenset({"bin", "ibn", "ben", "bint", "al", "el", "ould"})  # words of a name without a capital
_SON_OF = re.compile("^b[ei]n(?=[a-z]{3})")  # as families of the Maghreb write it to the name
_ON = "على"  # as Egypt writes Ali, too; side by side with another word it is the name
_WRITTEN_TO = {"Arabic": ("[وف]?[بلك]?(?:ال)?", "ا?"), "Hebrew": ("ו?[בהכלמש]{0,2}", "")}
_SIDES = re.compile("(?:лев|прав)(?:ы[йхме]|ыми|ая|ое|ого|ому?|ой|ую)", re.IGNORECASE)  # no form of Лев
_SHORTEST_GENITIVE, _SHORTEST = 6, 2
_AS_I = str.maketrans("yj", "ii")
_WAYS = 4  # as the tables of letters give first
_LONGEST_PART, _LONGEST_WORD, _LONGEST_BEGINNING, _FARTHEST = 3, 64, 8, 60


@dataclass(frozen=True)
class _Place:
    """Where words of a text may be some of a known name's: `exactly` says that none of them is inflected.

    `strictly` says that one way of romanising makes them the known ones, letter by letter.
    """

    start: int
    end: int
    words: frozenset[int]
    exactly: bool
    strictly: bool


@dataclass(frozen=True)
class _Run:
    """One word of a text, or several, and what they may be by their places: as they stand first."""

    start: int
    end: int
    forms: tuple[tuple[int, str], ...]


Words = tuple[tuple[str, ...], ...]
Beginnings = Callable[[str, Alphabet], frozenset[str]]
Begins = Callable[[str, frozenset[str], Alphabet], bool]
_Hits = tuple[str, list[_Place], Alphabet, Known]  # the text as it is read, and where words of a name may stand
Alike = Callable[[str, str, Alphabet], bool]  # of a known word, a form of a text's, and the alphabet of either


def alphabet_of(word: str) -> Alphabet | None:
    """Return in which of the alphabets beside the Latin one a word begins."""
    return next((each for each in ALPHABETS.values() if each.words.match(word)), None)


def by_itself(word: str) -> str:
    """Return a pattern of a folded word: where its alphabet is known as no part of another, but for what is written to
    a word there. A word in other letters is found anywhere.
    """
    alphabet = alphabet_of(word)
    if alphabet is None:
        return word
    before, behind = _WRITTEN_TO.get(alphabet.name, ("", ""))
    return rf"(?<![{alphabet.letters}{_LETTER}]){before}{word}{behind}(?![{alphabet.letters}{_LETTER}])"


def in_other_alphabets(text: str, names: tuple[str, ...], *, capitals: bool = False) -> Iterator[Span]:
    """Yield where known names stand in other letters than they are known in, or in an inflected form.

    With `capitals` no word is looked at that begins with a small letter.
    """
    for read, hits, alphabet, known in _all_hits(text, names, capitals=capitals):
        yield from _places(read, hits, alphabet, known)


def doubtful_in_other_alphabets(text: str, names: tuple[str, ...]) -> Iterator[Span]:
    """Yield where single words may be one of a known name's and nothing says so.

    Among them are all that have no capitals: سليم is Salim, and `intact`. Else a word has one.
    """
    for _, hits, _, _ in _all_hits(text, names, capitals=True):
        yield from ((hit.start, hit.end) for hit in hits)


def _all_hits(text: str, names: tuple[str, ...], *, capitals: bool) -> Iterator[_Hits]:
    """Yield the text as it is read, and where words of it may be some of each known name's."""
    for alphabet in ALPHABETS.values():
        latin, native = _known(names, alphabet)
        if (latin or native) and alphabet.words.search(text):
            yield from _written_natively(alphabet.unmixed(text), latin, native, alphabet, capitals)
        if native:
            yield from _in_latin(text, native, alphabet, capitals)


@lru_cache(maxsize=1024)
def _known(names: tuple[str, ...], alphabet: Alphabet) -> tuple[Words, Words]:
    """Return the words of names in Latin letters, and those in letters of an alphabet, as they are compared."""
    groups = dict.fromkeys(group for name in names for group in name.split("="))
    spelt = [tuple(fold(word) for word in _LATIN.findall(group)) for group in groups]
    if not alphabet.has_capitals:
        spelt += [tuple(_SON_OF.sub("", word, 1) for word in words) for words in spelt]
    latin = (alphabet.latin_parts(words) for words in spelt)
    native = (
        alphabet.parts(tuple(word.casefold() for word in alphabet.words.findall(alphabet.unmixed(group))))
        for group in groups
    )
    return _long_enough(latin), _long_enough(native)


def _long_enough(names: Iterator[tuple[str, ...]]) -> Words:
    found = (tuple(word for word in name if len(word) >= _SHORTEST and word not in NOT_NAMES) for name in names)
    return tuple(dict.fromkeys(filter(None, found)))


def _written_natively(text: str, latin: Words, native: Words, alphabet: Alphabet, capitals: bool) -> Iterator[_Hits]:
    tokens = _tokens(alphabet.words, text, capitals)
    runs = _runs(tokens, _begun(tokens, latin, alphabet, native_beginnings, begins_transcribed), alphabet, latin=False)
    for name in latin:
        yield text, _hits(runs, name, alphabet, _transcribed), alphabet, Known.IN_LATIN
    runs = _runs(tokens, _begun(tokens, native, alphabet, native_beginnings, begins_respelt), alphabet, latin=False)
    for name in native:
        hits = [hit for hit in _hits(runs, name, alphabet, _respelt) if not _SIDES.fullmatch(text, hit.start, hit.end)]
        yield text, hits, alphabet, Known.IN_THESE


def _in_latin(text: str, native: Words, alphabet: Alphabet, capitals: bool) -> Iterator[_Hits]:
    tokens = _tokens(_LATIN, text, capitals)
    runs = _runs(tokens, _begun(tokens, native, alphabet, latin_beginnings, begins_in_latin), alphabet, latin=True)
    for name in native:
        yield text, _hits(runs, name, alphabet, may_be_written), alphabet, Known.IN_OTHERS


def _tokens(words: re.Pattern[str], text: str, capitals: bool) -> list[re.Match[str]]:
    """Return the words of a text but those that are longer than a whole name can be (PS3.5 section 6.2)."""
    found = (token for token in words.finditer(text) if token.end() - token.start() <= _LONGEST_WORD)
    return [token for token in found if not (capitals and token[0][0].islower())]


def _transcribed(known: str, form: str, alphabet: Alphabet) -> bool:
    return goes_on_transcribed(known, form, alphabet) and may_be_written(form, known, alphabet)


@lru_cache(65536)
def _respelt(known: str, form: str, alphabet: Alphabet) -> bool:
    """Tell whether a native word is another's spelling: the same letters, or as a neighbouring language has them."""
    if fold(alphabet.plain(form)) == fold(alphabet.plain(known)):
        return True
    return alphabet.has_capitals and _transcribed(romanised(known, 0, alphabet), form, alphabet)


def _begun(
    tokens: list[re.Match[str]], names: Words, alphabet: Alphabet, beginnings: Beginnings, begins: Begins
) -> list[bool]:
    """Say of each word of a text whether it begins as one of some names may."""
    words = {word for name in names for word in name}
    judged = lru_cache(None)(lambda found: any(begins(known, found, alphabet) for known in words))
    return [judged(beginnings(token[0][:_LONGEST_BEGINNING].casefold(), alphabet)) for token in tokens]


def _runs(tokens: list[re.Match[str]], likely: list[bool], alphabet: Alphabet, *, latin: bool) -> list[_Run]:
    """Return the likely words of a text, and several that are one in other letters, with what they may be."""
    found = []
    together = 1 if alphabet.has_capitals else _LONGEST_PART
    for at, size in product(range(len(tokens)), range(1, together + 1)):
        run = tokens[at : at + size]
        if len(run) == size and any(likely[at : at + size]):
            forms = tuple(_forms(tuple(token[0].casefold() for token in run), alphabet, latin=latin))
            found.append(_Run(run[0].start(), run[-1].end(), forms))
    return found


def _hits(runs: list[_Run], name: tuple[str, ...], alphabet: Alphabet, alike: Alike) -> list[_Place]:
    """Return where words of a text may be some of a name's."""
    found = []
    for run in runs:
        for place, form in run.forms:
            which = frozenset(i for i, known in enumerate(name) if alike(known, form, alphabet))
            if which:
                strictly = any(_strictly(known, each, alphabet) for known in name for _, each in run.forms)
                found.append(_Place(run.start, run.end, which, exactly=place == 0, strictly=strictly))
                break
    return found


@lru_cache(65536)
def _strictly(one: str, other: str, alphabet: Alphabet) -> bool:
    """Tell whether one of two words is the other in Latin letters, by one way of romanising alone; y and j are i."""
    native, latin = (one, other) if alphabet.words.match(one) else (other, one)
    spelt = _with_i(fold(latin))
    return alphabet.has_capitals and any(_with_i(romanised(native, way, alphabet)) == spelt for way in range(_WAYS))


def _with_i(latin: str) -> str:
    return re.sub("i+", "i", latin.translate(_AS_I))


def _forms(words: tuple[str, ...], alphabet: Alphabet, *, latin: bool) -> Iterator[tuple[int, str]]:
    """Yield what words of a text that are one of a name may be, by their places: as they stand first."""
    if latin:
        whole = alphabet.latin_parts(words)
        yield from enumerate(_latin_forms(whole[0], alphabet)) if len(whole) == 1 else ()
        return
    for place, form in enumerate(alphabet.nominatives(words[0])):
        parts = alphabet.parts((form, *words[1:]))
        if len(parts) == 1:
            yield place, parts[0]


def _latin_forms(word: str, alphabet: Alphabet) -> tuple[str, ...]:
    """Return a Latin word, without the s of a genitive, and without the son-of that is written to it."""
    found = [word]
    if word.endswith("s") and len(word) > _SHORTEST_GENITIVE:
        found.append(word[:-1])
    if not alphabet.has_capitals:
        found.append(_SON_OF.sub("", word, 1))
    return tuple(dict.fromkeys(found))


def _places(text: str, hits: list[_Place], alphabet: Alphabet, known: Known) -> Iterator[Span]:
    """Yield where a name stands that is known in these letters or in others."""
    capitals = alphabet.has_capitals or known is Known.IN_OTHERS
    starts = [hit.start for hit in hits]
    for hit in hits:
        following = hits[bisect_left(starts, hit.end) : bisect_right(starts, hit.end + _FARTHEST)]
        possible = (other for other in following if capitals or other.exactly)  # "to" and "and" stand before the first
        beside = [other for other in possible if _stand_together(text, hit, other, capitals)]
        if beside:
            end = max(other.end for other in beside)
            if _may_be_whole(text[hit.start : end]):
                yield hit.start, end
        elif is_titled(text, hit.start, hit.end) or (
            capitals
            and (
                stands_alone(text, hit.start, hit.end, alphabet, known, exactly=hit.exactly, strictly=hit.strictly)
                or is_addressed(text, hit.start, hit.end)
            )
        ):
            yield hit.start, hit.end


def _stand_together(text: str, one: _Place, other: _Place, capitals: bool) -> bool:
    """Tell whether one place follows another, at once or behind one or two names, as two words of one name."""
    if len(one.words | other.words) == 1:
        return False
    if _BETWEEN.fullmatch(text, one.end, other.start):
        return True
    words = text[one.start : one.end], text[other.start : other.end]
    if not _MIDDLE.fullmatch(text, one.end, other.start) or _ON in words:
        return False
    return not capitals or all(word[0].isupper() or word in _SMALL for word in text[one.start : other.end].split())


def _may_be_whole(written: str) -> bool:
    """Tell whether words side by side are a name: listed words of reports only where all begin as names do."""
    words = _LATIN.findall(written)
    return not words or not all(map(prose_vocabulary().covers, words)) or all(word[0].isupper() for word in words)
