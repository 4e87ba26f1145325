"""The signed second read as a PDF: A4, its fonts embedded, the same bytes for the same view.

Every page names the subject, the read and its place among the pages, so that a lost sheet finds its way back. The
metadata hold no identity, in either copy.
"""

from datetime import UTC
from io import BytesIO
from typing import Any

from reportlab.platypus import BaseDocTemplate, Frame, NextPageTemplate, PageTemplate

from worklist.reports import styles
from worklist.reports.fonts import REGULAR
from worklist.reports.furniture import paint_foot, paint_pair, paint_rule
from worklist.reports.printing import one_document
from worklist.reports.story import TITLE, story, subject_line
from worklist.reports.view import ReadView, latest_signature


def build_pdf(view: ReadView) -> bytes:
    """Return the read as a PDF file.

    Laid out twice, since a page's foot tells how many pages there are. One document at a time: ReportLab's fonts belong
    to the process.
    """
    with one_document(view) as characters:
        _, pages = _lay_out(view, pages=0, has_missing_characters=characters.missing)
        pdf, _ = _lay_out(view, pages=pages, has_missing_characters=characters.missing)
    return pdf


def _lay_out(view: ReadView, *, pages: int, has_missing_characters: bool) -> tuple[bytes, int]:
    file = BytesIO()
    signed_at = latest_signature(view).astimezone(UTC)
    document = BaseDocTemplate(
        file,
        pagesize=styles.PAGE_SIZE,
        title=TITLE,
        author="",
        subject=f"Read {view.read_id}",
        creator="Overread",
        producer="Overread",
        lang=view.language or None,
        initialFontName=REGULAR,
        invariant=1,
    )

    def furniture(canvas: Any, _document: Any) -> None:
        canvas.setDateFormatter(lambda *_: f"D:{signed_at:%Y%m%d%H%M%S}+00'00'")
        _paint_furniture(canvas, view, pages)

    document.addPageTemplates(
        [
            PageTemplate("first", [_frame(styles.TOP_MARGIN)], onPage=furniture),
            PageTemplate("further", [_frame(styles.RUNNING_TOP_MARGIN)], onPage=furniture),
        ]
    )
    document.build([NextPageTemplate("further"), *story(view, has_missing_characters=has_missing_characters)])
    return file.getvalue(), document.page


def _frame(top_margin: float) -> Frame:
    height = styles.PAGE_SIZE[1] - top_margin - styles.BOTTOM_MARGIN
    return Frame(
        styles.SIDE_MARGIN, styles.BOTTOM_MARGIN, styles.TEXT_WIDTH, height,
        leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0,
    )  # fmt: skip


def _paint_furniture(canvas: Any, view: ReadView, pages: int) -> None:
    """Paint the foot of a page and, from the second on, its head."""
    number = canvas.getPageNumber()
    copy = "" if view.identified else "Pseudonymous copy"
    case = f"Case {view.case_number}" if view.case_number else ""
    foot = " · ".join(filter(None, (copy, case, f"Read {view.read_id}", view.node_name)))
    paint_foot(canvas, foot, f"Page {number} of {pages}")
    if number > 1:
        top = styles.PAGE_SIZE[1] - styles.TOP_MARGIN
        paint_pair(canvas, subject_line(view), TITLE, top)
        paint_rule(canvas, top - 16)
