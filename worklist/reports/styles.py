"""How a report looks: one page format, one palette, a few paragraph styles."""

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm

from worklist.reports.fonts import BOLD, REGULAR

PAGE_SIZE = A4
SIDE_MARGIN = 18 * mm
TOP_MARGIN = 13 * mm
RUNNING_TOP_MARGIN = 22 * mm
BOTTOM_MARGIN = 19 * mm
TEXT_WIDTH = PAGE_SIZE[0] - 2 * SIDE_MARGIN

INK = HexColor(0x1B2733)
QUIET = HexColor(0x5B6B7A)
ACCENT = HexColor(0x0F4C75)
RULE = HexColor(0xC9D3DC)
PANEL = HexColor(0xF4F7F9)
EMPHASIS = HexColor(0xE8F0F6)
WARNING = HexColor(0x8A5A00)
WARNING_PANEL = HexColor(0xFFF4DC)
AGREEMENT_COLOURS = {"agree": HexColor(0x2E7D32), "minor": HexColor(0xC77700), "major": HexColor(0xB3261E)}

BODY = ParagraphStyle("body", fontName=REGULAR, fontSize=10, leading=14, textColor=INK, bulletFontName=REGULAR)
IMPRESSION = ParagraphStyle("impression", parent=BODY, fontSize=11, leading=15.5, leftIndent=12, rightIndent=10)
TITLE = ParagraphStyle("title", parent=BODY, fontName=BOLD, fontSize=21, leading=25, textColor=ACCENT)
SITE = ParagraphStyle("site", parent=BODY, fontName=BOLD, fontSize=12, leading=15, alignment=TA_RIGHT)
LABEL = ParagraphStyle("label", parent=BODY, fontSize=8.5, leading=12, textColor=QUIET)
LABEL_RIGHT = ParagraphStyle("label-right", parent=LABEL, alignment=TA_RIGHT)
VALUE = ParagraphStyle("value", parent=BODY, fontSize=9.5, leading=12.5)
STRONG_VALUE = ParagraphStyle("strong-value", parent=VALUE, fontName=BOLD, fontSize=11, leading=14)
VALUE_RIGHT = ParagraphStyle("value-right", parent=VALUE, alignment=TA_RIGHT)
STRONG_VALUE_RIGHT = ParagraphStyle("strong-value-right", parent=STRONG_VALUE, alignment=TA_RIGHT)
PANEL_HEADING = ParagraphStyle("panel-heading", parent=BODY, fontName=BOLD, fontSize=8, leading=11, textColor=ACCENT)
HEADING = ParagraphStyle("heading", parent=PANEL_HEADING, fontSize=9.5, leading=12, spaceBefore=8, spaceAfter=3)
SMALL = ParagraphStyle("small", parent=BODY, fontSize=8, leading=11, textColor=QUIET)
SMALL_RIGHT = ParagraphStyle("small-right", parent=SMALL, alignment=TA_RIGHT)
NOTICE = ParagraphStyle("notice", parent=BODY, fontName=BOLD, fontSize=9, leading=12, textColor=WARNING)
