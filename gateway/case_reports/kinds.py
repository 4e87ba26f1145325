"""In which way a case report is written, told by its content and, where that is silent, by its media type or name."""

from typing import Literal

from config.errors import Malformed

Kind = Literal["json", "hl7", "fhir", "csv", "xlsx", "pdf", "docx", "rtf", "text", "sr"]

_HEAD = 8192
_UTF_16 = (b"\xff\xfeM\0S\0", b"\xfe\xff\0M\0S", b"M\0S\0H\0", b"\0M\0S\0H")
_HL7 = (b"MSH", b"FHS", b"BHS")
_CSV_TYPES = ("text/csv", "application/csv")
_TEXT_SUFFIXES = (".txt", ".text", ".asc")


def tell_kind(payload: bytes, content_type: str = "", file_name: str = "") -> Kind:
    """Return the kind of a document.

    Raises:
        Malformed: nothing that is read here, or nothing at all.
    """
    media, name = content_type.partition(";")[0].strip().lower(), file_name.lower()
    found = _by_mark(payload, media) or _by_name(payload, media, name)
    if found is None:
        raise Malformed(
            "the case report is none of our JSON, FHIR JSON, HL7 v2, CSV, XLSX, PDF, DOCX, RTF, plain text or a DICOM "
            "SR; say which by its media type or file name"
        )
    return found


def _by_mark(payload: bytes, media: str) -> Kind | None:
    start = payload[:_HEAD].lstrip(b"\xef\xbb\xbf\x0b\r\n\t ")
    if payload[128:132] == b"DICM" or media == "application/dicom":
        return "sr"
    if b"%PDF-" in payload[:1024]:
        return "pdf"
    if start.startswith(b"{\\rtf"):
        return "rtf"
    if payload.startswith(b"PK\x03\x04"):
        return _office_kind(payload)
    return "hl7" if start.startswith(_HL7) or payload.startswith(_UTF_16) or "hl7-v2" in media else None


def _by_name(payload: bytes, media: str, name: str) -> Kind | None:
    start = payload[:_HEAD].lstrip(b"\xef\xbb\xbf\r\n\t ")
    if media in _CSV_TYPES or name.endswith((".csv", ".tsv")):
        return "csv"
    if media == "text/plain" or name.endswith(_TEXT_SUFFIXES):
        return "text"
    if start.startswith((b"{", b"[")) or media.endswith(("/json", "+json")):
        return "fhir" if "fhir" in media or b'"resourceType"' in payload else "json"
    return None


def _office_kind(payload: bytes) -> Kind:
    """Tell a workbook from a text document by the name of its main part, which stands in the zip's directory."""
    if b"xl/workbook" in payload:
        return "xlsx"
    if b"word/document" in payload:
        return "docx"
    raise Malformed("the file is a zip and neither a workbook (XLSX) nor a text document (DOCX)")
