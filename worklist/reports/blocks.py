"""The pieces a report page is made of, each from plain text.

Text of any length flows over pages: only short values stand in tables, whose rows cannot be split.
"""

from collections.abc import Iterable, Sequence

from reportlab.lib.colors import Color
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import CondPageBreak, Flowable, HRFlowable, KeepTogether, Paragraph, Spacer, Table, TableStyle

from worklist.reports import styles
from worklist.reports.grounds import Dot, Emphasis, EmphasisGap
from worklist.reports.markup import Line, lines, words
from worklist.reports.script import is_written_without_spaces

_ITEM_INDENT = 1.45  # of the font size: room for two digits and a full stop
_BULLETS = {"-": "–", "*": "•", "·": "•"}
_HEADING_ROOM = 60  # points below a heading: fewer, and it starts a new page
_ALL = ((0, 0), (-1, -1))
_FLUSH = [
    ("FONTNAME", *_ALL, styles.VALUE.fontName),
    ("LEFTPADDING", *_ALL, 0),
    ("RIGHTPADDING", *_ALL, 4),
    ("TOPPADDING", *_ALL, 0),
    ("BOTTOMPADDING", *_ALL, 1),
    ("VALIGN", *_ALL, "TOP"),
]
_SHARED_BASELINE = ("TOPPADDING", (0, 0), (0, -1), styles.VALUE.fontSize - styles.LABEL.fontSize)
_PADDED = [(f"{side}PADDING", *_ALL, 8) for side in ("LEFT", "RIGHT", "TOP", "BOTTOM")]


def line_of(text: str, style: ParagraphStyle) -> Paragraph:
    """Return a short text as a paragraph."""
    return Paragraph(words(text), _wrapping(style, anywhere=is_written_without_spaces(text)))


def heading(text: str) -> list[Flowable]:
    """Return a section heading that never stands alone at the foot of a page."""
    title = Paragraph(words(text.upper()), styles.HEADING)
    rule = HRFlowable(width="100%", thickness=0.5, color=styles.RULE, spaceBefore=0, spaceAfter=3)
    title.keepWithNext = rule.keepWithNext = 1
    return [CondPageBreak(_HEADING_ROOM), title, rule]


def prose(text: str) -> list[Flowable]:
    """Return a text line by line, list items hanging on their bullet or number; nothing for nothing."""
    return [
        Paragraph(line.markup, _line_style(line, styles.BODY), bulletText=_bullet(line))
        if line.markup
        else Spacer(0, styles.BODY.leading / 2)
        for line in lines(text)
    ]


def emphasised(text: str) -> list[Flowable]:
    """Return a text as a tinted panel; nothing for nothing."""
    paragraphs = [
        Emphasis(line.markup, _line_style(line, styles.IMPRESSION), bulletText=_bullet(line))
        if line.markup
        else EmphasisGap(styles.IMPRESSION.leading / 2)
        for line in lines(text)
    ]
    return [EmphasisGap(6), *paragraphs, EmphasisGap(8)] if paragraphs else []


def facts(title: str, pairs: Iterable[tuple[str, str]], width: float, *, label_width: float = 62) -> Table:
    """Return labelled values under a title; what is empty is left out."""
    rows: list[Sequence[Flowable]] = [[line_of(title.upper(), styles.PANEL_HEADING), ""]]
    rows += [[line_of(label, styles.LABEL), line_of(value, styles.VALUE)] for label, value in pairs if value]
    title_row = [("SPAN", (0, 0), (1, 0)), ("BOTTOMPADDING", (0, 0), (-1, 0), 3)]
    return _table(rows, [label_width, width - label_width], [*_FLUSH, *title_row, _SHARED_BASELINE])


def fact(label: str, value: str) -> Table:
    """Return one labelled value across the page."""
    cells = [line_of(label, styles.LABEL), line_of(value, styles.VALUE)]
    return _table([cells], [90, styles.TEXT_WIDTH - 90], [*_FLUSH, _SHARED_BASELINE])


def kept_with_next(flowables: list[Flowable]) -> list[Flowable]:
    """Keep the last of the flowables on the page of what follows."""
    if flowables:
        flowables[-1].keepWithNext = 1
    return flowables


def dotted(text: str, colour: Color) -> Table:
    """Return a short statement with a coloured dot; the words alone say the same."""
    return columns([[Dot(colour)], [line_of(text, styles.STRONG_VALUE)]], [14, styles.TEXT_WIDTH - 14])


def panel(cells: Sequence[Flowable | Sequence[Flowable]], widths: Sequence[float], ground: Color) -> Table:
    """Return cells side by side on one ground."""
    return _table([cells], widths, [*_FLUSH, *_PADDED, ("BACKGROUND", *_ALL, ground)])


def columns(cells: Sequence[Sequence[Flowable]], widths: Sequence[float]) -> Table:
    """Return stacks of flowables side by side, flush with the text."""
    return _table([cells], widths, [*_FLUSH, ("RIGHTPADDING", (-1, 0), (-1, -1), 0)])


def together(flowables: Sequence[Flowable]) -> KeepTogether:
    """Keep short flowables on one page."""
    return KeepTogether(list(flowables))


def _table(rows: Sequence[Sequence[object]], widths: Sequence[float], commands: Sequence[tuple[object, ...]]) -> Table:
    table = Table(rows, colWidths=widths, hAlign="LEFT")
    table.setStyle(TableStyle(commands))
    return table


def _line_style(line: Line, style: ParagraphStyle) -> ParagraphStyle:
    if not line.marker:
        return _wrapping(style, anywhere=line.breaks_anywhere)
    return ParagraphStyle(
        f"{style.name}-item",
        parent=_wrapping(style, anywhere=line.breaks_anywhere),
        leftIndent=style.leftIndent + _ITEM_INDENT * style.fontSize,
        bulletIndent=style.leftIndent,
        bulletFontName=style.fontName,
        bulletFontSize=style.fontSize,
        bulletColor=style.textColor,
    )


def _bullet(line: Line) -> str | None:
    return _BULLETS.get(line.marker, line.marker) or None


def _wrapping(style: ParagraphStyle, *, anywhere: bool) -> ParagraphStyle:
    return ParagraphStyle(f"{style.name}-unspaced", parent=style, wordWrap="CJK") if anywhere else style
