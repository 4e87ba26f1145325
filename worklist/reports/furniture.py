"""What stands at the head and foot of every document: one look for reports, receipts, invoices and statements."""

from typing import Any

from reportlab.platypus import Flowable, HRFlowable, Spacer

from worklist.reports import blocks, styles

_HALF = styles.TEXT_WIDTH / 2
_RIGHT_WIDTH = 90.0


def head(title: str, node_name: str, label: str = "", name: str = "") -> list[Flowable]:
    """Return the head of a first page: what it is and from whom, and on the right for whom or from where."""
    left = [blocks.line_of(title, styles.TITLE), blocks.line_of(node_name, styles.LABEL)]
    right = [blocks.line_of(label, styles.LABEL_RIGHT), blocks.line_of(name, styles.SITE)]
    return [
        HRFlowable(width="100%", thickness=3, color=styles.ACCENT, spaceBefore=0, spaceAfter=8),
        blocks.columns([left, right], [_HALF, _HALF] if name else [2 * _HALF - _RIGHT_WIDTH, _RIGHT_WIDTH]),
        Spacer(0, 8),
    ]


def paint_foot(canvas: Any, left: str, right: str) -> None:
    """Paint a rule and two short texts below the text of a page."""
    paint_rule(canvas, styles.BOTTOM_MARGIN - 10)
    paint_pair(canvas, left, right, styles.BOTTOM_MARGIN - 14)


def paint_rule(canvas: Any, height: float) -> None:
    """Paint a thin rule across the page."""
    canvas.setStrokeColor(styles.RULE)
    canvas.setLineWidth(0.5)
    canvas.line(styles.SIDE_MARGIN, height, styles.SIDE_MARGIN + styles.TEXT_WIDTH, height)


def paint_pair(canvas: Any, left: str, right: str, top: float) -> None:
    """Paint two short texts at both ends of a line."""
    for text, style, x, width in (
        (left, styles.SMALL, styles.SIDE_MARGIN, styles.TEXT_WIDTH - _RIGHT_WIDTH),
        (right, styles.SMALL_RIGHT, styles.SIDE_MARGIN + styles.TEXT_WIDTH - _RIGHT_WIDTH, _RIGHT_WIDTH),
    ):
        line = blocks.line_of(text, style)
        _, height = line.wrap(width, styles.PAGE_SIZE[1])
        line.drawOn(canvas, x, top - height)
