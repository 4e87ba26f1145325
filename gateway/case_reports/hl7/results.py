"""OBX as the text of a report, with the documents that it encloses (HL7 2.5.1 sections 7.4.2 and 2.A.24).

Text and codes become lines under the name of what was observed. An enclosed document (ED) is decoded and read by the
process that reads attachments, and so is text that is a document in Rich Text Format, over however many OBX it is
spread; one that cannot be read is kept all the same.
"""

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from config.errors import Malformed
from gateway.case_reports.hl7.message import Segment
from gateway.case_reports.hl7.orders import Order
from gateway.case_reports.hl7.patient import date_of
from gateway.case_reports.parts import Enclosure, Stage

ReadEnclosure = Callable[[Enclosure], str]

_TEXT = frozenset({"TX", "FT", "ST"})
_CODED = frozenset({"CE", "CWE", "CNE", "CF", "IS", "ID"})
_NUMERIC = frozenset({"NM", "SN", "DT", "TM", "TS"})
_NO_RESULT = frozenset({"D", "W", "X", "N", "O"})  # HL7 table 0085: deleted, wrong, none, not asked, order detail
_TAKEN_BACK = frozenset({"D", "W"})  # of the same table
_NOT_FINAL = frozenset({"A", "I", "O", "P", "R", "S"})  # HL7 table 0123: before the final result
_NOT_FINAL_YET = frozenset({"I", "P", "R", "S"})  # HL7 table 0085
_UNNAMED = frozenset({"", "&GDT", "GDT", "18748-4", "11502-2", "REPORT", "TEXT"})
_ADMINISTRATIVE = ("uid", "dicom study")
_KINDS = (
    (b"%PDF-", "pdf"),
    (b"PK\x03\x04", "docx"),
    (b"{\\rtf", "rtf"),
    (b"<?xml", "xml"),
    (b"<ClinicalDocument", "xml"),
)
_RICH_TEXT = "{\\rtf"
_BRACE = re.compile(r"\\[\\{}]|([{}])")
_LARGEST_ENCLOSURES = 10
_ASCII = 128


@dataclass(frozen=True)
class Result:
    """The report of one order: its text, that of each enclosed document and of the rest, its date, what it encloses.

    `stage` is how far it is, `unread` of which kinds documents are whose words could not be read.
    """

    text: str
    texts: tuple[str, ...]
    date: str
    enclosures: tuple[Enclosure, ...]
    stage: Stage = ""
    unread: tuple[str, ...] = ()


def read_result(order: Order, read_enclosure: ReadEnclosure) -> Result:
    """Return the report of an order.

    Raises:
        Malformed: an enclosed document that is not encoded as it says, or too many of them.
    """
    lines: list[str] = []
    enclosures: list[Enclosure] = []
    enclosed: list[str] = []
    heading, date = "", ""
    rich: list[str] = []
    depth = 0  # of the groups of RTF that have begun
    as_is = False  # many senders do not escape RTF, as 2.7.1 asks them to

    def enclose(enclosure: Enclosure) -> None:
        if len(enclosures) == _LARGEST_ENCLOSURES:
            raise Malformed(f"a report may enclose {_LARGEST_ENCLOSURES} documents")
        enclosures.append(enclosure)
        enclosed.append(read_enclosure(enclosure))
        lines.append(enclosed[-1])

    for segment in order.others:
        if segment.name == "NTE":
            lines += [each for each in segment.lines(3) if each]
        if segment.name != "OBX" or segment.text(11).upper() in _NO_RESULT:
            continue
        kind = segment.text(2).upper()
        if kind in {"ED", "RP"}:
            if kind == "ED":
                enclose(_enclosure(segment))
            continue
        if kind in _TEXT and (rich or _begins_rich_text(segment)):
            as_is = as_is if rich else segment.raw(5).lstrip().startswith(_RICH_TEXT)
            rich.append(segment.raw(5) if as_is else _with_blanks(segment))
            date = date or date_of(segment.text(14))
            depth += _groups_begun(rich[-1])
            if depth <= 0:
                enclose(_as_document(rich))
                rich, depth = [], 0
            continue
        found = _lines(segment, kind)
        if any(found) and not _is_administrative(segment):
            named = _name(segment)
            if named and named != heading:
                lines += ["", f"{named}:"]
            heading = named or heading
            lines += found
            date = date or date_of(segment.text(14))
    if rich:
        enclose(_as_document(rich))
    reported = date_of(order.obr.text(22)) or date or date_of(order.obr.text(7)) if order.obr is not None else date
    rest = "\n".join(line for line in lines if line not in enclosed)
    text = "\n".join(lines).strip()
    stage = _stage(order, empty=not (text or enclosures))
    silent = [each.kind for each, words in zip(enclosures, enclosed, strict=True) if not words]
    unread = tuple(each for each in silent if each != "text" or not text)  # a picture beside words needs none
    return Result(text, (rest, *enclosed), reported, tuple(enclosures), stage, unread)


def _begins_rich_text(segment: Segment) -> bool:
    return segment.raw(5).lstrip().startswith(_RICH_TEXT) or segment.plain(segment.raw(5)).startswith(_RICH_TEXT)


def _with_blanks(segment: Segment) -> str:
    """Return a text unescaped, with its outer blanks: they stand between its words and those of the next."""
    raw = segment.raw(5)
    begin, end = len(raw) - len(raw.lstrip(" ")), len(raw.rstrip(" "))
    return f"{raw[:begin]}{segment.plain(raw)}{raw[end:] if end > begin else ''}"


def _groups_begun(piece: str) -> int:
    """Return how many more groups of RTF begin than end in a piece of it."""
    braces = [each[1] for each in _BRACE.finditer(piece) if each[1]]
    return braces.count("{") - braces.count("}")


def _as_document(pieces: Sequence[str]) -> Enclosure:
    """Return pieces of RTF as the document that they are; what is no ASCII is written as RTF writes it."""
    units = "\n".join(pieces).encode("utf-16-be", "surrogatepass")
    codes = (int.from_bytes(units[at : at + 2], "big") for at in range(0, len(units), 2))
    content = "".join(chr(each) if each < _ASCII else f"{{\\uc0\\u{each}}}" for each in codes)
    return Enclosure("rtf", content.encode("ascii"))


def _stage(order: Order, *, empty: bool) -> Stage:
    """Return how far a report is by OBR-25, else by OBX-11 of all that was observed.

    One without words is withdrawn where no result is available any more, or what was observed is deleted or was wrong.
    """
    status = order.obr.text(25).upper() if order.obr is not None else ""
    observed = {each.text(11).upper() for each in order.of("OBX")}
    if empty and (status == "X" or observed & _TAKEN_BACK):
        return "withdrawn"
    if status:
        return "preliminary" if status in _NOT_FINAL else ""
    return "preliminary" if observed and observed <= _NOT_FINAL_YET else ""


def _lines(segment: Segment, kind: str) -> list[str]:
    if kind in _TEXT:
        return segment.lines(5)
    if kind in _CODED:
        return [each.text(2) or each.text(5) or each.text() for each in segment.repetitions(5)]
    if kind in _NUMERIC:
        value = " ".join(each for each in (segment.text(5, n) for n in range(1, 5)) if each)
        return [f"{value} {segment.text(6)}".strip()] if value else []
    return []


def _name(segment: Segment) -> str:
    if segment.text(3, 1, 2).upper() == "GDT" or segment.text(3).upper() in _UNNAMED:
        return ""
    return segment.text(3, 2) or segment.text(3, 5)


def _is_administrative(segment: Segment) -> bool:
    return any(word in segment.text(3, 2).casefold() for word in _ADMINISTRATIVE)


def _enclosure(segment: Segment) -> Enclosure:
    parts = segment.raw(5).split(segment.separators[2], 4)
    encoding, data = (parts[3].strip().casefold(), parts[4]) if len(parts) == 5 else ("", "")
    if encoding == "base64":
        try:
            content = base64.b64decode("".join(data.split()), validate=True)
        except (binascii.Error, ValueError):
            raise Malformed("OBX-5 says Base64 and is none") from None
    elif encoding == "hex":
        try:
            content = bytes.fromhex(data)
        except ValueError:
            raise Malformed("OBX-5 says Hex and is none") from None
    elif encoding in {"a", "ascii", ""}:
        plain = data if data.lstrip().startswith(("<", _RICH_TEXT)) else segment.text(5, 5)
        if plain.lstrip().startswith(_RICH_TEXT):
            return _as_document([plain])
        content = plain.encode()
    else:
        raise Malformed("OBX-5 encloses a document in an encoding that is not read: A, Base64 and Hex are")
    return Enclosure(_kind_of(content), content)


def _kind_of(content: bytes) -> str:
    """Tell what an enclosed document is by its first bytes: a DICOM object has its mark behind a preamble (PS3.10)."""
    if content[128:132] == b"DICM":
        return "sr"
    head = content[:1024].lstrip()
    return next((kind for mark, kind in _KINDS if head.startswith(mark)), "text")
