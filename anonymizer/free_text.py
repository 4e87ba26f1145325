"""Clean the free text of case reports and clinical questions before it enters the reading zone.

What is known about the person goes first, then what looks like a date, a telephone, an address on the net, a number, a
labelled or titled name, or a hospital's letterhead. Words are compared without case and diacritics. The rules err on
the side of removing. What was found is kept by its place in the original text, so that a person can look at it there.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from anonymizer.known import KnownIdentity, native_words, spelled_words, spellings
from anonymizer.text_dates import DateShift, dates_in
from anonymizer.text_patterns import (
    AGES,
    CONTACTS,
    LETTERHEADS,
    NATIVE_TITLED,
    NATIVE_TITLES,
    NUMBERS,
    TELEPHONES,
    TITLED,
    labelled_values,
)
from anonymizer.wording import fold

# What is found is overwritten with one private-use character a kind, place by place: positions stay those of the
# original, and no rule sees what another has found.
_MARKS = {"name": "\ue000", "id": "\ue001", "date": "\ue002", "contact": "\ue003", "other": "\ue004", "age": "\ue005"}
_KINDS = {mark: kind for kind, mark in _MARKS.items()}
_PLACEHOLDERS = {kind: f"[{kind}]" for kind in _MARKS} | {"age": "90+"}
_NAME_MARK = _MARKS["name"]
_INITIALS = re.compile(rf"\b[A-Z]\.\s*(?={_NAME_MARK})|(?<={_NAME_MARK})[\s,]+[A-Z]\.(?=\s|$)")
_RUN = re.compile("|".join(rf"{mark}+(?:[\s,^=]*{mark}+)*" for mark in _MARKS.values()))


@dataclass(frozen=True)
class Removal:
    """A place of the original text that was taken out, its kind, and what stands there instead."""

    start: int
    end: int
    kind: str
    instead: str


@dataclass(frozen=True)
class CleanedText:
    """A cleaned text, and what was taken out of the original."""

    text: str
    removals: tuple[Removal, ...] = field(repr=False)

    @property
    def counts(self) -> Mapping[str, int]:
        """Return how many places of each kind were taken out."""
        return Counter(each.kind for each in self.removals)


class _Masked:
    """A text in which what was found is overwritten."""

    def __init__(self, text: str) -> None:
        for mark in _KINDS:
            text = text.replace(mark, " ")
        self.text = text
        self.moved: dict[int, str] = {}

    def hide(self, spans: Iterable[tuple[int, int]], kind: str) -> None:
        """Overwrite places of the text."""
        parts, end = [], 0
        for start, stop in sorted(spans):
            if stop > end:
                parts += [self.text[end : max(start, end)], _MARKS[kind] * (stop - max(start, end))]
                end = stop
        self.text = "".join([*parts, self.text[end:]])

    def hide_matches(self, patterns: Iterable[re.Pattern[str]], kind: str) -> None:
        """Overwrite what patterns match, or their group `who`."""
        for pattern in patterns:
            group = "who" if "who" in pattern.groupindex else 0
            self.hide([match.span(group) for match in pattern.finditer(self.text)], kind)

    def hide_folded(self, pattern: re.Pattern[str] | None, kind: str) -> None:
        """Overwrite what a pattern matches in the text without case and diacritics."""
        if pattern is not None:
            folded, positions = _folded_with_positions(self.text)
            self.hide([(positions[m.start()], positions[m.end() - 1] + 1) for m in pattern.finditer(folded)], kind)

    def hide_dates(self, shift: DateShift | None) -> None:
        """Overwrite dates and remember what those become that are moved."""
        for start, stop, moved in list(dates_in(self.text, shift)):
            if any(symbol in _KINDS for symbol in self.text[start:stop]):
                continue
            self.hide([(start, stop)], "date")
            if moved is not None:
                self.moved[start] = moved

    def removals(self) -> Iterator[Removal]:
        """Yield what is overwritten, what stands together as one."""
        for match in _RUN.finditer(self.text):
            kind = _KINDS[match[0][0]]
            instead = self.moved.get(match.start(), _PLACEHOLDERS[kind])
            yield Removal(match.start(), match.end(), kind, instead)


def clean_text(text: str, known: KnownIdentity, shift: DateShift | None = None) -> str:
    """Return a text with identities replaced by `[name]`, `[id]`, `[date]`, `[contact]` or `[other]`.

    Case, diacritics and the order of name components do not matter; labelled values go even when they are not known.
    """
    return clean_and_trace(text, known, shift).text


def clean_and_trace(text: str, known: KnownIdentity, shift: DateShift | None = None) -> CleanedText:
    """Return the cleaned text with every place of the original that was taken out.

    With a `shift` dates near the study move like those of its images; without one they go.
    """
    masked = _Masked(text)
    masked.hide_folded(_phrases(known.others), "other")
    masked.hide_folded(_phrases(known.ids), "id")
    _hide_names(masked, known)
    for day in known.dates:  # a birth date never moves: moved, it would tell the shift
        masked.hide([(a, b) for a, b, _ in dates_in(masked.text, None) if _is_day(masked.text[a:b], day)], "date")
    masked.hide_matches(CONTACTS, "contact")
    for kind, pattern in labelled_values().items():
        masked.hide_matches([pattern], kind)
    masked.hide_matches(AGES, "age")
    masked.hide_dates(shift)
    masked.hide_matches(TELEPHONES, "contact")
    masked.hide_matches(NUMBERS, "id")
    masked.hide_matches((*TITLED, *NATIVE_TITLED), "name")
    masked.hide_matches(LETTERHEADS, "other")
    masked.hide_matches([_INITIALS], "name")
    parts, end, removals = [], 0, tuple(masked.removals())
    for removal in removals:
        parts += [masked.text[end : removal.start], removal.instead]
        end = removal.end
    return CleanedText("".join([*parts, masked.text[end:]]), removals)


def _is_day(written: str, day: object) -> bool:
    """Say whether a date as written may be a day, whichever of its numbers is the month."""
    year, month, number = str(day).split("-")
    digits = [each.lstrip("0") for each in re.findall(r"\d+", written)]
    if len(digits) == 1:
        return re.sub(r"\D", "", written)[:8] == f"{year}{month}{number}"
    return year in digits or year[2:].lstrip("0") in digits


def _folded_with_positions(text: str) -> tuple[str, list[int]]:
    """Return the folded text and, for each of its characters, the position it came from."""
    folded: list[str] = []
    positions: list[int] = []
    for position, symbol in enumerate(text):
        form = symbol if symbol.isascii() and not symbol.isalpha() else fold(symbol)
        folded.append(form)
        positions.extend([position] * len(form))
    return "".join(folded), [*positions, len(text)]


@lru_cache(maxsize=256)
def _phrases(phrases: tuple[str, ...]) -> re.Pattern[str] | None:
    """Return a pattern for whole phrases of three characters or more, however they are spaced."""
    words = [r"[\s,]+".join(re.escape(fold(word)) for word in phrase.split()) for phrase in phrases if len(phrase) > 2]
    if not words:
        return None
    alternatives = "|".join(sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<![a-z0-9])(?:{alternatives})(?![a-z0-9])")


@lru_cache(maxsize=256)
def _name_patterns(
    names: tuple[str, ...],
) -> tuple[re.Pattern[str] | None, re.Pattern[str] | None, re.Pattern[str] | None]:
    spelled = {form for name in names for word in spelled_words(name) for form in spellings(word) if len(form) > 2}
    short = {word for name in names for word in spelled_words(name) if len(word) == 2}
    native = sorted({word for name in names for word in native_words(name)}, key=len, reverse=True)
    long_native = [re.escape(word) for word in native if len(word) > 1]
    surnames = [rf"{re.escape(word)}(?=某|{NATIVE_TITLES})" for word in native if len(word) == 1]
    shorts = "|".join(sorted(form for word in short for form in {word.title(), word.upper()}))
    return (
        re.compile(rf"(?<![a-z])(?:{'|'.join(sorted(spelled, key=len, reverse=True))})s?(?![a-z])")
        if spelled
        else None,
        re.compile(rf"(?<![^\W\d_])(?:{shorts})(?![^\W\d_])") if short else None,
        re.compile("|".join(long_native + surnames)) if native else None,
    )


def _hide_names(masked: _Masked, known: KnownIdentity) -> None:
    spelled, short, native = _name_patterns(known.names)
    masked.hide_matches([native] if native else [], "name")
    masked.hide_folded(spelled, "name")
    masked.hide_matches([short] if short else [], "name")
