"""An invoice as a PDF: one page format with the reports, every amount in the currency's own decimals."""

from datetime import UTC, datetime

from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Spacer, Table, TableStyle

from config.money import Money
from gateway.billing import Invoice
from worklist.reports import styles
from worklist.reports.blocks import facts, line_of, panel
from worklist.reports.furniture import head
from worklist.reports.printing import print_plainly

_AMOUNT = ParagraphStyle("amount", parent=styles.VALUE, alignment=TA_RIGHT)
_TOTAL = ParagraphStyle("total", parent=styles.STRONG_VALUE, alignment=TA_RIGHT)
_WIDTHS = (54 * mm, 24 * mm, 66 * mm, 30 * mm)
_HEAD = ("Read", "Case", "Description", "Amount")

_PAID_BY = {"self": ", paid by the patient", "hospital": ", paid by the hospital", "insurer": ", paid by the insurer"}


def as_pdf(found: Invoice, node_name: str) -> bytes:
    """Return an invoice as a PDF file."""
    foot = f"Invoice {found.month} · {found.display_name} · {node_name}"
    return print_plainly((node_name, foot, found), foot, lambda: _story(found, node_name))


def _story(found: Invoice, node_name: str) -> list[Flowable]:
    month = datetime.strptime(found.month, "%Y-%m").replace(tzinfo=UTC)
    reads = sum(line.quantity for line in found.lines if line.read)
    what = [("For", "Second reads"), ("Month", f"{month:%B %Y}")]
    how_much = [("Reads", str(reads)), ("Total", str(found.total))]
    half = styles.TEXT_WIDTH / 2
    sides = [facts(title, pairs, half - 16) for title, pairs in (("Services", what), ("Amount", how_much))]
    return [
        *head("Invoice", node_name, "Invoice to", found.display_name),
        panel(sides, [half, half], styles.PANEL),
        Spacer(0, 6 * mm),
        _lines(found),
    ]


def _lines(found: Invoice) -> Table:
    rows = [[line_of(text, styles.LABEL if text != "Amount" else styles.LABEL_RIGHT) for text in _HEAD]]
    for line in found.lines:
        amount = Money(line.amount_minor * line.quantity, found.currency)
        description = f"{line.description}{_PAID_BY.get(line.payer, '')}"
        rows.append(
            [
                line_of(line.read or "", styles.SMALL),
                line_of(line.case_number or "", styles.VALUE),
                line_of(description, styles.VALUE),
                line_of(str(amount), _AMOUNT),
            ]
        )
    total = line_of(str(found.total), _TOTAL)
    rows.append([*(line_of(text, styles.STRONG_VALUE) for text in ("Total", "", "")), total])
    table = Table(rows, colWidths=_WIDTHS, repeatRows=1, hAlign="LEFT")
    table.setStyle(
        TableStyle(
            [
                ("LINEBELOW", (0, 0), (-1, 0), 0.7, styles.ACCENT),
                ("LINEBELOW", (0, 1), (-1, -2), 0.3, styles.RULE),
                ("LINEABOVE", (0, -1), (-1, -1), 0.7, styles.ACCENT),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 0),
            ]
        )
    )
    return table
