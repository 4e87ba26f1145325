"""Documents inside reports whose words cannot be read: they are kept, and whoever sent them and the desk are told."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from gateway.case_reports.made_at import made_before
from gateway.case_reports.parts import Part
from gateway.case_reports.report_history import UNREAD
from gateway.models import Case

KINDS: Mapping[str, str] = MappingProxyType(
    {"pdf": "PDF", "docx": "DOCX", "rtf": "RTF", "xml": "XML", "sr": "DICOM SR", "text": "a picture or other kind"}
)


def note_on_unread(kinds: Iterable[str]) -> str | None:
    """Return what whoever sent a report should know of the documents in it that could not be read, None for none."""
    found = [says for kind, says in KINDS.items() if kind in set(kinds)]
    if not found:
        return None
    return (
        f"the words of a document in the report ({', '.join(found)}) cannot be read: it is kept with the case as it "
        "came, and a coordinator has to open it; send its words as text where they are to be read"
    )


def remember_unread(case: Case, part: Part, made_at: str) -> None:
    """Keep of which kinds the documents in a report of some order are whose words could not be read.

    They stand until a report of the same order is read whole; one that is made before changes nothing. So it is with
    the file beside a coordinator's form, which answers no order.
    """
    if part.document is None or not (part.answers or part.unread):
        return
    report, orders = part.document.report, part.document.orders
    order = report.order if report is not None else orders[-1].id if orders else ""
    known = case.report_history.get(order, {})
    if (part.unread or known.get(UNREAD)) and not made_before(made_at, known.get("made_at", "")):
        case.report_history = case.report_history | {order: known | {UNREAD: sorted(set(part.unread))}}


def unread_at_desk(case: Case) -> str | None:
    """Return what a coordinator should know of the reports of a case that could not be read, None for none."""
    kinds = {kind for each in case.report_history.values() for kind in each.get(UNREAD, ())}
    if not kinds:
        return None
    found = " and ".join(says for kind, says in KINDS.items() if kind in kinds)
    return f"a report came as {found} and its words could not be read: open it under Documents"
