"""Find what is known about a person in a text: the one answer for cleaning a text and for checking a cleaned one.

Words are compared without case and diacritics, hyphens at the end of a line and invisible signs do not matter, and
full-width letters and digits count as plain ones. What is known only by its sound is found as a whole name, and not
where it is a listed word of reports: `lung` is a syllable of names. A family name by its sound alone is found where it
has four letters, or two characters, and begins as a name does; a shorter one beside a title or the word for a patient.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from itertools import pairwise

from anonymizer.dates_of_languages import foreign_dates_in
from anonymizer.inflected_names import (
    inflected,
    may_be_inflected,
    may_be_shortly_inflected,
    prolonged_in,
    shortly_inflected,
)
from anonymizer.initials import initials_in
from anonymizer.known import IDEOGRAPHS, NOT_NAMES, KnownIdentity, native_words, run_together, spelled_words, spellings
from anonymizer.lone_words import SIDE
from anonymizer.nicknames import nicknames, nicknames_in
from anonymizer.other_alphabets import by_itself, in_other_alphabets
from anonymizer.text_dates import WrittenDate, dates_in
from anonymizer.text_patterns import NATIVE_TITLES, NOT_SURNAMES, SOUND_LIKE_SURNAMES
from anonymizer.titles_beside import is_titled
from anonymizer.word_names import NAME_HIDDEN, standing_as_names
from anonymizer.wording import fold, prose_vocabulary

Span = tuple[int, int]
Finder = Callable[[str], Iterable[Span]]
SHORTEST_PHRASE, SHORTEST_SPELLED, SHORTEST_SPACED, SHORTEST_JOINED, SHORTEST_SPOKEN = 3, 3, 4, 6, 4
SHORTEST_SPOKEN_TOGETHER, SHORTEST_LOOSE_ID, SHORTEST_GROUPED_ID = 7, 5, 7
SHORTEST_KANA, SHORTEST_KANA_TOGETHER = 4, 5
_BEHIND_HIDDEN, _BEFORE_HIDDEN = re.compile(f"{NAME_HIDDEN}[ \\t,]{{1,2}}$"), re.compile(f"[ \\t,]{{1,2}}{NAME_HIDDEN}")
_HIDDEN_FARTHEST = 3
# U+FF01 to U+FF5E are the full-width forms of ASCII, one character each: positions stay (UAX #15, NFKC).
_NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_BROKEN = re.compile(r"(?<=[^\W\d_])[-\u2010]\s*\n\s*(?=[^\W\d_])")
_BETWEEN = r"[\s,.^'\u2019\u00b7\u30fb\u2010-\u2013-]{0,2}"
_LOOSE = r"[-\u2010-\u2013_./# ]?"
_KANA_ONLY = re.compile(r"[ぁ-ヿｦ-ﾟ]+")
_LETTERS = re.compile(r"[^\W\d_]+")
_IDEOGRAPH = re.compile(f"[{IDEOGRAPHS}]")
# How a family name of one character stands where a report speaks of its patient: 患者王，男 or 김 환자, 김모씨.
_ALONE = (
    rf"(?:(?<=患者|病人|환자)|(?<=(?:患者|病人|환자)[:：\s])|(?<=(?:患者|病人|환자)[:：]\s)){{}}(?![{IDEOGRAPHS}])",
    rf"(?<![{IDEOGRAPHS}]){{}}(?:(?=[ \t]?(?:患者|病人|환자|님|씨))|(?=모(?:씨|님|[ \t]|$)))",
)

_PARTED = r"[ \t·・•]?"
# 小王, 老王 and 阿明 are what people call each other; 小 and 老 stand before other words, too.
_CALLED = rf"(?<![{IDEOGRAPHS}])[小老阿]{{}}(?=[诉訴说說称稱来來]|[^{IDEOGRAPHS}]|$)"


def narrow(text: str) -> str:
    """Return a text with full-width letters, digits and signs as plain ones, each in its place."""
    return text.translate(_NARROW)


def finders(known: KnownIdentity, *, words_stay: bool = True) -> list[tuple[str, Finder]]:
    """Return what finds the places of each kind, in the order in which they are to be hidden.

    Names that are words of reports stay where they stand as such, but where `words_stay` is not.
    """
    names = [*_long_names(known, words_stay=words_stay), _plain(_short(known.names)), _shortly_inflected(known.names)]
    names += [lambda text: initials_in(text, known.names), _particle_places(known.names)]
    return [
        ("other", _folded(_phrases(known.others))),
        ("id", _folded(_identifiers(known.ids))),
        *(("name", find) for find in names),
        *(("date", lambda text, day=day: _in_year_of(text, day)) for day in known.dates),
    ]


def known_in(text: str, known: KnownIdentity, spared: frozenset[str]) -> set[str]:
    """Return the kinds of known identifiers, names and dates in a text, whatever way they are written.

    Words of two letters are not sought, nor the `spared` ones: they stand in texts by chance.
    """
    text = narrow(text)
    identifiers = _folded(_identifiers(known.ids))(text)
    found = {"id"} if any(not _in_decimal(text, start, end) for start, end in identifiers) else set()
    for find in _long_names(known):
        if any(fold(text[start:end]) not in spared for start, end in find(text)):
            found.add("name")
    if known.dates and any(day in each.days for each in _written_dates(text) for day in known.dates):
        found.add("date")
    return found


def _in_decimal(text: str, start: int, end: int) -> bool:
    return re.search(r"\d\.$", text[max(0, start - 2) : start]) is not None or re.match(r"\.\d", text[end:]) is not None


def _long_names(known: KnownIdentity, *, words_stay: bool = True) -> tuple[Finder, ...]:
    return (
        _spoken_places(known.spoken),
        _visible(lambda text: in_other_alphabets(text, known.names)),
        _plain(_native(known.names)),
        _as_names(_folded(_spelled(known.names)), words_stay=words_stay),
        lambda text: [span for span in _folded(inflected(known.names))(text) if may_be_inflected(text, *span)],
        _visible(lambda text: prolonged_in(text, known.names)),
        _visible(lambda text: nicknames_in(text, known.names)),
    )


def _shortly_inflected(names: tuple[str, ...]) -> Finder:
    find, find_nicknames = (
        _folded(shortly_inflected(names)),
        _folded(shortly_inflected(tuple(sorted(nicknames(names))))),
    )

    def found(text: str) -> Iterator[Span]:
        yield from (span for span in find(text) if may_be_shortly_inflected(text, *span))
        yield from (span for span in find_nicknames(text) if may_be_shortly_inflected(text, *span, capital=True))

    return found


def _as_names(find: Finder, *, words_stay: bool) -> Finder:
    def found(text: str) -> Iterable[Span]:
        spans = [span for span in find(text) if not SIDE.match(text, span[0])]
        return standing_as_names(text, spans) if words_stay else spans

    return found


def _plain(pattern: re.Pattern[str] | None) -> Finder:
    return lambda text: [match.span() for match in pattern.finditer(text)] if pattern else []


def _visible(find: Finder) -> Finder:
    """Return what finds places in a text without invisible signs, and again without hyphens at line ends."""

    def found(text: str) -> Iterator[Span]:
        broken = [match.span() for match in _BROKEN.finditer(text)]
        for left_out in ([], broken) if broken else ([],):
            read, positions = _read(text, left_out, _VISIBLE)
            for start, end in find(read):
                yield positions[start], positions[end - 1] + 1

    return found


def _folded(pattern: re.Pattern[str] | None) -> Finder:
    """Return what finds a pattern in a text without case, diacritics and hyphens at line ends."""

    def find(text: str) -> Iterator[Span]:
        for folded, positions in _readings(text) if pattern else ():
            for match in pattern.finditer(folded) if pattern else ():
                yield positions[match.start()], _behind_marks(text, positions[match.end() - 1] + 1)

    return find


def _behind_marks(text: str, end: int) -> int:
    """Return a place behind the accents that stand at another: in decomposed text they are signs of their own."""
    while end < len(text) and not text[end].isascii() and unicodedata.combining(text[end]):
        end += 1
    return end


@lru_cache(maxsize=4)
def _readings(text: str) -> tuple[tuple[str, Sequence[int]], ...]:
    """Return the folded text with the position each character came from, and again without hyphens at line ends."""
    broken = [match.span() for match in _BROKEN.finditer(text)]
    return tuple(_read(text, left_out, _FOLDED) for left_out in (([], broken) if broken else ([],)))


class _Letters(dict[int, str]):
    """Hold what each character of a text is read as, by its code; filled as they are met."""

    def __init__(self, form: Callable[[str], str]) -> None:
        super().__init__()
        self.form = form

    def __missing__(self, code: int) -> str:
        symbol = chr(code)
        invisible = not symbol.isascii() and unicodedata.category(symbol) == "Cf"
        self[code] = "" if invisible else self.form(symbol)
        return self[code]


_VISIBLE, _FOLDED = _Letters(str), _Letters(fold)


def _read(text: str, left_out: list[Span], letters: _Letters) -> tuple[str, Sequence[int]]:
    """Return a text as its letters are read, without what is left out, and the position each letter came from."""
    uneven = {symbol: len(letters[ord(symbol)]) for symbol in set(text) if len(letters[ord(symbol)]) != 1}
    if not uneven and not left_out:
        return text.translate(letters), range(len(text))
    ends = [(0, 0), *left_out, (len(text), len(text))]
    kept = [(before[1], after[0]) for before, after in pairwise(ends)]
    positions = [
        position for start, end in kept for position in range(start, end) for _ in range(uneven.get(text[position], 1))
    ]
    return "".join(text[start:end] for start, end in kept).translate(letters), positions


@lru_cache(maxsize=256)
def _phrases(phrases: tuple[str, ...]) -> re.Pattern[str] | None:
    """Return a pattern for whole phrases of three characters or more, however they are spaced."""
    return _between_words(
        r"[\s,]+".join(re.escape(fold(word)) for word in narrow(phrase).split())
        for phrase in phrases
        if len(phrase) >= SHORTEST_PHRASE
    )


@lru_cache(maxsize=256)
def _identifiers(identifiers: tuple[str, ...]) -> re.Pattern[str] | None:
    """Return a pattern for identifiers; longer ones with another sign, or none, between their parts.

    Still longer ones are found with a sign anywhere, as those who read a number out group it, their digits alone too.
    """
    found = []
    for identifier in identifiers:
        parts = re.findall(r"[^\W_]+", fold(narrow(identifier)))
        length = len("".join(parts))
        if length >= SHORTEST_GROUPED_ID:
            digits = [run for part in parts for run in re.findall(r"\d+", part) if len(run) >= SHORTEST_GROUPED_ID]
            found += [_LOOSE.join(map(re.escape, each)) for each in ("".join(parts), *digits)]
        elif length >= SHORTEST_LOOSE_ID:
            found.append(_LOOSE.join(map(re.escape, parts)))
        elif len(identifier) >= SHORTEST_PHRASE:
            found.append(r"[\s,]+".join(re.escape(fold(word)) for word in narrow(identifier).split()))
    return _between_words(found)


def _between_words(alternatives: Iterable[str]) -> re.Pattern[str] | None:
    found = sorted((each for each in alternatives if each), key=len, reverse=True)
    return re.compile(rf"(?<![a-z0-9])(?:{'|'.join(found)})(?![a-z0-9])") if found else None


@lru_cache(maxsize=256)
def _spelled(names: tuple[str, ...]) -> re.Pattern[str] | None:
    """Return a pattern for words, spaced too, and for those that are run together.

    In an alphabet that is known they are words by themselves: Лев is no part of слева, which would tell it.
    """
    words = {form for name in names for word in spelled_words(name) for form in spellings(word)}
    forms = {form for form in words if len(form) >= SHORTEST_SPELLED}
    forms |= {" ".join(form) for form in words if len(form) >= SHORTEST_SPACED}
    together = {form for name in names for form in run_together(name) if len(form) >= SHORTEST_JOINED}
    forms |= {form for form in together if not prose_vocabulary().covers(form)}
    alternatives = "|".join(map(by_itself, sorted(forms, key=len, reverse=True)))
    return re.compile(rf"(?<![a-z])(?:{alternatives})s?(?![a-z])") if forms else None


@lru_cache(maxsize=256)
def _short(names: tuple[str, ...]) -> re.Pattern[str] | None:
    """Return a pattern for the words of two letters, where they are written as names are."""
    words = {word for name in names for word in spelled_words(name) if len(word) == 2}
    forms = "|".join(sorted(form for word in words for form in {word.title(), word.upper()}))
    return re.compile(rf"(?<![^\W\d_])(?:{forms})(?![^\W\d_])") if words else None


def _particle_places(names: tuple[str, ...]) -> Finder:
    """Return what finds a family name that is a particle elsewhere (Le, Do) beside a title or a name found before."""
    pattern = _particles(names)

    def found(text: str) -> Iterator[Span]:
        for match in pattern.finditer(text) if pattern else ():
            start, end = match.span()
            beside = _BEHIND_HIDDEN.search(text, max(0, start - _HIDDEN_FARTHEST), start) or _BEFORE_HIDDEN.match(
                text, end
            )
            if beside or is_titled(text, start, end):
                yield start, end

    return found


@lru_cache(maxsize=256)
def _particles(names: tuple[str, ...]) -> re.Pattern[str] | None:
    families = (
        _LETTERS.findall(group.partition("^")[0]) for name in names for group in name.split("=") if "^" in group
    )
    words = {words[0] for words in families if len(words) == 1 and words[0].casefold() in NOT_NAMES}
    forms = "|".join(sorted(form for word in words for form in {word.title(), word.upper()}))
    return re.compile(rf"(?<![^\W\d_])(?:{forms})(?![^\W\d_])") if forms else None


@lru_cache(maxsize=256)
def _native(names: tuple[str, ...]) -> re.Pattern[str] | None:
    words = sorted({word for name in names for word in native_words(name)}, key=len, reverse=True)
    found = [_PARTED.join(map(_composed_or_not, word)) for word in words if len(word) > 1]
    found += [rf"{re.escape(word)}(?=某|{NATIVE_TITLES})" for word in words if len(word) == 1]
    found += [form.format(re.escape(word)) for word in words if len(word) == 1 for form in _ALONE]
    found += [_CALLED.format(re.escape(word)) for word in words if len(word) == 1]
    return re.compile("|".join(found)) if found else None


def _composed_or_not(letter: str) -> str:
    """Return a pattern for a letter, in the parts too that some systems write it in: 김 is ᄀ, ᅵ and ᆷ there."""
    parts = unicodedata.normalize("NFD", letter)
    return re.escape(letter) if parts == letter else f"(?:{re.escape(letter)}|{re.escape(parts)})"


def _spoken_places(spoken: tuple[tuple[tuple[str, ...], ...], ...]) -> Finder:
    whole, given, family, native = _spoken(spoken)

    def find(text: str) -> Iterator[Span]:
        for start, end in _folded(whole)(text):
            if _is_name(text[start:end], capitals=False):
                yield start, end
        for start, end in _folded(given)(text):
            if _is_name(text[start:end], capitals=True):
                yield start, end
        for start, end in _folded(family)(text):
            if is_titled(text, start, end) or _is_family_name(text[start:end]):
                yield start, end
        for start, end in _folded(native)(text):
            if is_titled(text, start, end):
                yield start, end

    return find


@lru_cache(maxsize=256)
def _spoken(
    spoken: tuple[tuple[tuple[str, ...], ...], ...],
) -> tuple[re.Pattern[str] | None, ...]:
    """Return patterns for whole names in both orders, given names of two syllables, family names, and native parts.

    The last are what is found only beside a title: family names of one character or in kana, and given names in
    characters.
    """
    whole, given, family, native = [], [], [], []
    for name in spoken:
        parts = [_either(part) for part in name]
        whole += [_BETWEEN.join(parts), _BETWEEN.join([*parts[1:], parts[0]])]
        if _IDEOGRAPH.match(name[0][0]):
            family += [_either(each for each in name[0] if _is_long(each))]
            native += [_either(each for each in name[0] if not _is_long(each)), _BETWEEN.join(parts[1:])]
        else:
            family.append(parts[0])
            given += [_BETWEEN.join(parts[1:])] if len(parts) > 2 else []
    return tuple(_alone(each) for each in (whole, given, family, native))


def _is_long(family: str) -> bool:
    """Tell whether a family name in characters may be found alone; kana are those of common words too."""
    return len(family) > 1 and not _KANA_ONLY.fullmatch(family)


def _either(spellings_of_part: Iterable[str]) -> str:
    """Return a pattern for any of some spellings, the longest first; empty for none."""
    found = sorted(spellings_of_part, key=len, reverse=True)
    return f"(?:{'|'.join(_BETWEEN.join(map(re.escape, fold(each).split())) for each in found)})" if found else ""


def _alone(alternatives: Iterable[str]) -> re.Pattern[str] | None:
    found = "|".join(dict.fromkeys(filter(None, alternatives)))
    return re.compile(rf"(?<![a-z])(?:{found})(?![a-z])") if found else None


def _is_name(written: str, *, capitals: bool) -> bool:
    """Tell whether what sounds like the name may be it: listed words of reports only where all begin as names do."""
    words, listed = _LETTERS.findall(written), prose_vocabulary()
    if _KANA_ONLY.fullmatch("".join(words)):
        return len("".join(words)) >= (SHORTEST_KANA if len(words) > 1 else SHORTEST_KANA_TOGETHER)
    if _IDEOGRAPH.match(written):
        plain = "".join(words)
        return listed.listed_parts(plain) != plain and not plain.startswith(NOT_SURNAMES)
    shortest = SHORTEST_SPOKEN if len(words) > 1 else SHORTEST_SPOKEN_TOGETHER
    if len("".join(words)) < shortest or (capitals and not words[0][0].isupper()):
        return False
    if not all(listed.covers(word) for word in words):
        return True
    return len(words) > 1 and all(word[0].isupper() for word in words)


def _is_family_name(written: str) -> bool:
    """Tell whether what sounds like a family name may be it where nothing stands beside it that says so."""
    words = _LETTERS.findall(written)
    if _IDEOGRAPH.match(written):
        return _is_name(written, capitals=False)
    if len("".join(words)) < SHORTEST_SPOKEN or not written[0].isupper():
        return False
    return fold("".join(words)) not in SOUND_LIKE_SURNAMES and not all(map(prose_vocabulary().covers, words))


def _in_year_of(text: str, day: date) -> list[Span]:
    """Return where dates stand that may be of the year of a day: moved, a birth date would tell the shift."""
    return [(each.start, each.end) for each in _written_dates(text) if day.year in each.years]


def _written_dates(text: str) -> Iterator[WrittenDate]:
    yield from dates_in(text, None)
    yield from (each for each in foreign_dates_in(text, None) if isinstance(each, WrittenDate))
