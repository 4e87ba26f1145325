"""One document at a time: the fonts that ReportLab knows belong to the process."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from worklist.reports.fonts import east_asian_font
from worklist.reports.markup import Characters, characters_of

_ONE_DOCUMENT = Lock()


@contextmanager
def one_document(value: object) -> Iterator[Characters]:
    """Have the glyphs ready that the texts in `value` need, while one document is laid out.

    `value` is a text, a tuple or a dataclass; every text in it, however deep, counts.
    """
    characters = characters_of(value)
    with _ONE_DOCUMENT, east_asian_font(characters.east_asian, characters.language):
        yield characters
