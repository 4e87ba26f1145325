"""A receipt for people: A4, fonts embedded, in the look of the reports, with the signed token enclosed as a file.

The pages say the same as the token. They are laid out twice, since each foot tells how many there are.
"""

from collections.abc import Mapping
from datetime import datetime
from io import BytesIO
from typing import Any

from pypdf import PdfReader, PdfWriter
from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate

from gateway.receipts.checking import ENCLOSED
from gateway.receipts.pages import story
from gateway.receipts.wording import Wording, catalogue
from worklist.reports import styles
from worklist.reports.fonts import REGULAR
from worklist.reports.furniture import paint_foot
from worklist.reports.printing import one_document


def as_pdf(claims: Mapping[str, Any], token: str, language: str) -> bytes:
    """Return a receipt as a PDF file that encloses its token, with its own words in a language."""
    say = Wording(language)
    with one_document((_texts(claims), _texts(catalogue(language)))):
        _, pages = _lay_out(claims, say, pages=0)
        laid_out, _ = _lay_out(claims, say, pages=pages)
    return _enclosing(laid_out, token)


def _lay_out(claims: Mapping[str, Any], say: Wording, *, pages: int) -> tuple[bytes, int]:
    file = BytesIO()
    issued_at = datetime.fromisoformat(claims["issued_at"])
    document = BaseDocTemplate(
        file,
        pagesize=styles.PAGE_SIZE,
        title=f"{say('title')} {claims['delivery']}",
        author="",
        creator="Overread",
        producer="Overread",
        lang=say.language,
        initialFontName=REGULAR,
        invariant=1,
    )

    def furniture(canvas: Any, _document: Any) -> None:
        canvas.setDateFormatter(lambda *_: f"D:{issued_at:%Y%m%d%H%M%S}+00'00'")
        _paint_foot(canvas, claims, say, pages)

    height = styles.PAGE_SIZE[1] - styles.TOP_MARGIN - styles.BOTTOM_MARGIN
    frame = Frame(
        styles.SIDE_MARGIN, styles.BOTTOM_MARGIN, styles.TEXT_WIDTH, height,
        leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0,
    )  # fmt: skip
    document.addPageTemplates([PageTemplate("page", [frame], onPage=furniture)])
    document.build(story(claims, say))
    return file.getvalue(), document.page


def _paint_foot(canvas: Any, claims: Mapping[str, Any], say: Wording, pages: int) -> None:
    left = say("foot", title=say("title"), delivery=claims["delivery"], time=claims["issued_at"])
    paint_foot(canvas, left, say("page", number=canvas.getPageNumber(), all=pages))


def _texts(value: Any) -> Any:
    """Return everything in the claims as nested tuples, for the fonts."""
    if isinstance(value, Mapping):
        return tuple(_texts(each) for each in value.values())
    if isinstance(value, list):
        return tuple(_texts(each) for each in value)
    return value if isinstance(value, str) else ""


def _enclosing(pdf: bytes, token: str) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf)))
    writer.add_attachment(ENCLOSED, token.encode("ascii"))
    file = BytesIO()
    writer.write(file)
    return file.getvalue()
