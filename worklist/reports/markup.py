"""A person's text as a ReportLab paragraph: every character literal, each run in a font that has it.

`&`, `<` and `>` print as themselves. A character that neither font has prints as a blank box, and `Characters` tells
that there is one, so that the page says what it cannot show.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields, is_dataclass
from itertools import groupby
from typing import Any
from xml.sax.saxutils import escape

from worklist.reports.fonts import EAST_ASIAN, alphabetic_characters, east_asian_characters
from worklist.reports.plain_text import clean_line, clean_text
from worklist.reports.script import EastAsian, east_asian, is_written_without_spaces

NOT_PRINTABLE = "\u25a1"
_WITHOUT_INK = dict.fromkeys((0x200C, 0x200D, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))  # joiners, variants
_LIST_ITEM = re.compile(r"^ *([-•*–·]|\d{1,2}[.)]) +(?=\S)")


@dataclass(frozen=True)
class Line:
    """A line of text as markup; `marker` is the bullet or number it began with."""

    markup: str
    marker: str
    breaks_anywhere: bool


@dataclass(frozen=True)
class Characters:
    """What a document asks of the fonts."""

    east_asian: frozenset[int]
    language: EastAsian
    missing: bool


def characters_of(value: object) -> Characters:
    """Return the code points the East Asian font must give, in whose shapes, and whether any has no font."""
    text = "\n".join(clean_text(part) for part in _strings(value)).translate(_WITHOUT_INK)
    needed = {ord(character) for character in text if character != "\n"} - alphabetic_characters()
    missing = needed - east_asian_characters()
    printable = needed - missing | ({ord(NOT_PRINTABLE)} if missing else set())
    return Characters(frozenset(printable), east_asian(text) or "zh", bool(missing))


def lines(text: str) -> list[Line]:
    """Return the lines of a text; blank lines between come back empty."""
    cleaned = clean_text(text)
    return [_line(line) for line in cleaned.split("\n")] if cleaned else []


def words(text: str) -> str:
    """Return the markup of a text on one line."""
    return "".join(
        _run("".join(run), is_asian=is_asian)
        for is_asian, run in groupby(clean_line(text).translate(_WITHOUT_INK), key=_needs_east_asian)
    )


def _line(text: str) -> Line:
    marker = _LIST_ITEM.match(text)
    item = text[marker.end() :] if marker else text
    return Line(words(item), marker[1] if marker else "", is_written_without_spaces(item))


def _needs_east_asian(character: str) -> bool:
    return ord(character) not in alphabetic_characters()


def _run(text: str, *, is_asian: bool) -> str:
    if not is_asian:
        return escape(text)
    available = east_asian_characters()
    shown = "".join(character if ord(character) in available else NOT_PRINTABLE for character in text)
    return f'<font name="{EAST_ASIAN}">{escape(shown)}</font>'


def _strings(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _strings(part)
    elif is_dataclass(value):
        for part in fields(value):
            yield from _strings(getattr(value, part.name))
