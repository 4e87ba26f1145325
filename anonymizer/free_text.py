"""Clean the free text of case reports and clinical questions before it enters the reading zone.

Addresses on the net go first, whole, so that no part of one is left beside a name; then what is known about the person,
what stands behind a label, and what looks like a date, a telephone, an address, a number, a person's name or a
hospital's letterhead. The rules err on the side of removing. What was found is kept by its place in the original text,
so that a person can look at it there.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from anonymizer.contact_patterns import CONTACTS, TELEPHONES
from anonymizer.dates_of_languages import foreign_dates_in
from anonymizer.doubtful_names import doubtful_in
from anonymizer.initials import titled_initials_in
from anonymizer.known import KnownIdentity
from anonymizer.known_places import finders, narrow
from anonymizer.labelled_text import labelled_in
from anonymizer.named_people import people_in
from anonymizer.short_dates import ShortDate, short_dates_in
from anonymizer.street_addresses import addresses_in
from anonymizer.text_dates import DateShift, WrittenDate, dates_in
from anonymizer.text_patterns import ACCOUNTS, AGES, BIRTH_YEARS, BORN, LETTERHEADS, numbers_in
from anonymizer.word_names import NAME_HIDDEN

# What is found is overwritten with one private-use character a kind, place by place: positions stay those of the
# original, and no rule sees what another has found.
_MARKS = {
    "name": NAME_HIDDEN,
    "id": "\ue001",
    "date": "\ue002",
    "contact": "\ue003",
    "other": "\ue004",
    "age": "\ue005",
}
_KINDS = {mark: kind for kind, mark in _MARKS.items()}
_PLACEHOLDERS = {kind: f"[{kind}]" for kind in _MARKS} | {"age": "90+"}
_LONGEST_BORN = 40
_NAME_MARK = _MARKS["name"]
_CAPITAL = "[A-ZÀ-ÖØ-ÞЀ-ЯҐҒҚҢҮҰҺӘӨΆΈ-ΏΑ-Ϋ]"
_INITIALS = re.compile(
    rf"\b(?:{_CAPITAL}\.\s*){{1,4}}(?={_NAME_MARK})"
    rf"|(?<={_NAME_MARK})[\s,]+(?:{_CAPITAL}\.[ \t]?){{0,2}}{_CAPITAL}\.(?=\s|$)"
)
_DOUBLE = re.compile(
    rf"(?<={_NAME_MARK})(?:-{_CAPITAL}[\w'’]+|[-\u05be][א-ת][\w'’]+)|\b{_CAPITAL}[\w'’]{{1,200}}-(?={_NAME_MARK})"
)
# What stands together is one removal, but dates: each may have moved.
_RUN = re.compile(
    "|".join(f"{mark}+" if kind == "date" else rf"{mark}+(?:[\s,^=]*{mark}+)*" for kind, mark in _MARKS.items())
)


@dataclass(frozen=True)
class Removal:
    """A place of the original text that was taken out, its kind, and what stands there instead."""

    start: int
    end: int
    kind: str
    instead: str


@dataclass(frozen=True)
class CleanedText:
    """A cleaned text, what was taken out of the original, and where words stay in it that may yet name the person."""

    text: str
    removals: tuple[Removal, ...] = field(repr=False)
    doubtful: tuple[tuple[int, int], ...] = field(default=(), repr=False)

    @property
    def counts(self) -> Mapping[str, int]:
        """Return how many places of each kind were taken out."""
        return Counter(each.kind for each in self.removals)


class _Masked:
    """A text in which what was found is overwritten; `shown` is it as it was written."""

    def __init__(self, text: str) -> None:
        for mark in _KINDS:
            text = text.replace(mark, " ")
        self.shown, self.text = text, narrow(text)
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

    def hide_dates(self, dates: Iterable[WrittenDate | ShortDate]) -> None:
        """Overwrite dates and remember what those become that are moved: none behind a word for birth."""
        for found in list(dates):
            if any(symbol in _KINDS for symbol in self.text[found.start : found.end]):
                continue
            born = BORN.search(self.text[max(0, found.start - _LONGEST_BORN) : found.start])
            self.hide([(found.start, found.end)], "date")
            if found.moved is not None and not born:
                self.moved[found.start] = found.moved

    def removals(self) -> Iterator[Removal]:
        """Yield what is overwritten, what stands together as one."""
        places = zip(self.text, self.shown, strict=True)
        for match in _RUN.finditer("".join(mark if mark in _KINDS else shown for mark, shown in places)):
            kind = _KINDS[match[0][0]]
            instead = self.moved.get(match.start(), _PLACEHOLDERS[kind])
            yield Removal(match.start(), match.end(), kind, instead)


def clean_text(text: str, known: KnownIdentity, shift: DateShift | None = None) -> str:
    """Return a text with identities replaced by `[name]`, `[id]`, `[date]`, `[contact]` or `[other]`.

    Case, diacritics and the order of name components do not matter; labelled values go even when they are not known.
    """
    return clean_and_trace(text, known, shift).text


def clean_and_trace(
    text: str, known: KnownIdentity, shift: DateShift | None = None, *, words_stay: bool = True
) -> CleanedText:
    """Return the cleaned text with every place of the original that was taken out.

    With a `shift` dates near the study move like those of its images; without one they go. A known name that is a word
    of reports (May, Long) stays where it is written as the word, but where `words_stay` is not: in objects, whose bytes
    are searched for it.
    """
    masked = _Masked(text)
    masked.hide_matches(CONTACTS, "contact")
    masked.hide_matches(ACCOUNTS, "id")
    for kind, find in finders(known, words_stay=words_stay):
        masked.hide(list(find(masked.text)), kind)
    for kind, place in list(labelled_in(masked.text)):
        masked.hide([place], kind)
    masked.hide_matches(AGES, "age")
    masked.hide(addresses_in(masked.text), "other")
    masked.hide_matches(BIRTH_YEARS, "date")
    masked.hide_dates(dates_in(masked.text, shift))
    masked.hide_dates(short_dates_in(masked.text, shift, known.dates))
    masked.hide_dates(foreign_dates_in(masked.text, shift, known.dates))
    masked.hide_matches(TELEPHONES, "contact")
    masked.hide(numbers_in(masked.text), "id")
    masked.hide(people_in(masked.text), "name")
    masked.hide(titled_initials_in(masked.text), "name")
    masked.hide_matches(LETTERHEADS, "other")
    masked.hide_matches([_DOUBLE, _INITIALS], "name")
    parts, end, removals = [], 0, tuple(masked.removals())
    for removal in removals:
        parts += [masked.shown[end : removal.start], removal.instead]
        end = removal.end
    doubtful = tuple(_merged(doubtful_in(masked.text, known.names))) if words_stay else ()
    return CleanedText("".join([*parts, masked.shown[end:]]), removals, doubtful)


def _merged(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield places in their order, those that overlap as one."""
    start, end = 0, 0
    for each in sorted(spans):
        if each[0] >= end and end:
            yield start, end
        start, end = (each[0] if each[0] >= end else start), max(end, each[1])
    if end:
        yield start, end
