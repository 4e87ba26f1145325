"""One document at a time: the fonts that ReportLab knows belong to the process."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from threading import Lock
from typing import Any

from reportlab.platypus import Flowable, SimpleDocTemplate

from worklist.reports import styles
from worklist.reports.fonts import REGULAR, east_asian_font
from worklist.reports.furniture import paint_foot
from worklist.reports.markup import Characters, characters_of

_ONE_DOCUMENT = Lock()
_FRAME_PADDING = 6  # of the library's own frame


@contextmanager
def one_document(value: object) -> Iterator[Characters]:
    """Have the glyphs ready that the texts in `value` need, while one document is laid out.

    `value` is a text, a tuple or a dataclass; every text in it, however deep, counts.
    """
    characters = characters_of(value)
    with _ONE_DOCUMENT, east_asian_font(characters.east_asian, characters.language):
        yield characters


def print_plainly(value: object, title: str, make_story: Callable[[], list[Flowable]]) -> bytes:
    """Return a PDF file on the reports' page, whose foot is the title and the page; its texts are all in `value`."""
    file = BytesIO()

    def foot(canvas: Any, _document: object) -> None:
        paint_foot(canvas, title, f"Page {canvas.getPageNumber()}")

    with one_document(value):
        document = SimpleDocTemplate(
            file,
            pagesize=styles.PAGE_SIZE,
            leftMargin=styles.SIDE_MARGIN - _FRAME_PADDING,
            rightMargin=styles.SIDE_MARGIN - _FRAME_PADDING,
            topMargin=styles.TOP_MARGIN - _FRAME_PADDING,
            bottomMargin=styles.BOTTOM_MARGIN,
            title=title,
            creator="Overread",
            initialFontName=REGULAR,
            invariant=1,
        )
        document.build(make_story(), onFirstPage=foot, onLaterPages=foot)
    return file.getvalue()
