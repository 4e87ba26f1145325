"""Which reader reads which kind of document, as a literal table; HL7 has a door and a room of its own."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from gateway.case_reports.fhir.reading import read_fhir
from gateway.case_reports.lists.reading import read_csv
from gateway.case_reports.lists.workbooks import read_workbook
from gateway.case_reports.own_json import read_json
from gateway.case_reports.parts import Part
from gateway.case_reports.structured_reports.reading import read_structured_report
from gateway.case_reports.texts.reading import read_docx, read_pdf, read_rtf, read_text
from gateway.node import Node

Reader = Callable[[Node, bytes], list[Part]]

READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "json": lambda _node, payload: read_json(payload),
        "fhir": read_fhir,
        "csv": lambda _node, payload: read_csv(payload),
        "xlsx": read_workbook,
        "pdf": read_pdf,
        "docx": read_docx,
        "rtf": read_rtf,
        "text": read_text,
        "sr": read_structured_report,
    }
)


def read_document(node: Node, kind: str, payload: bytes) -> list[Part]:
    """Return the parts of a document.

    Raises:
        Malformed: it is not what it seems to be.
    """
    return READERS[kind](node, payload)
