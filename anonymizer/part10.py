"""Open a Part 10 file as elements: preamble and file meta are read for the transfer syntax only (PS3.10 section 7.1).

Files without preamble or file meta are accepted when their first bytes are an uncompressed data set.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, cast

from pydicom.uid import UID

from anonymizer.element import EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE, Element, Encoding, Fragments
from anonymizer.errors import CannotDeidentify
from anonymizer.inflating import InflatedSource
from anonymizer.registry import registered_kind
from anonymizer.scanning import BULK_LENGTH, Fetch, Scanner, Span, scan_top_level, sniff_encoding

TRANSFER_SYNTAX_UID = 0x00020010
IMPLICIT_SYNTAX = "1.2.840.10008.1.2"
EXPLICIT_SYNTAX = "1.2.840.10008.1.2.1"
DEFLATED_SYNTAX = "1.2.840.10008.1.2.1.99"
BIG_ENDIAN_SYNTAX = "1.2.840.10008.1.2.2"
NATIVE_SYNTAXES = frozenset({IMPLICIT_SYNTAX, EXPLICIT_SYNTAX, DEFLATED_SYNTAX, BIG_ENDIAN_SYNTAX})
# Pixels named by a URL are not in the file (JPIP, PS3.5 A.6); SMPTE flows are no files at all.
ELSEWHERE_PREFIXES = ("1.2.840.10008.1.2.4.94", "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.7.")
ELSEWHERE_SYNTAXES = ("1.2.840.10008.1.2.4.204", "1.2.840.10008.1.2.4.205")


@dataclass(frozen=True)
class DataSetSource:
    """Hold where the data set of a file lies and how it is laid out; a deflated one shows its inflated bytes."""

    source: BinaryIO
    start: int
    size: int
    meta: dict[int, str]
    declared: Encoding
    encoding: Encoding

    def fetch(self, start: int, length: int) -> bytes:
        self.source.seek(start)
        return self.source.read(length)

    def spans(self) -> Iterator[Span]:
        """Yield the elements of the top level; raises CannotDeidentify where the input is damaged."""
        head = self.fetch(self.start, BULK_LENGTH)
        return scan_top_level(
            Scanner(head, base=self.start, end=self.size, fetch=self.fetch), self.start, self.encoding
        )


@dataclass(frozen=True)
class Part10:
    """Hold an opened object: its elements, where large values lie, and how it has to be written."""

    elements: list[Element]
    transfer_syntax_uid: str
    encoding: Encoding
    meta: dict[int, str]
    fetch: Fetch


def open_data_set(source: BinaryIO) -> DataSetSource:
    """Find the data set of a seekable Part 10 file.

    Raises CannotDeidentify when the file is no DICOM, damaged at its start, or in an unknown transfer syntax.
    """
    size = source.seek(0, io.SEEK_END)
    source.seek(0)
    start, meta = _file_meta(source, source.read(BULK_LENGTH), size)
    syntax = meta.get(TRANSFER_SYNTAX_UID, "")
    _check_syntax(syntax)
    if syntax == DEFLATED_SYNTAX:
        inflated = InflatedSource(source, start)
        source, start, size = cast(BinaryIO, inflated), 0, inflated.size
    source.seek(start)
    data = source.read(8)
    declared = _declared_encoding(syntax, data)
    return DataSetSource(source, start, size, meta, declared, sniff_encoding(data, declared))


def open_part10(source: BinaryIO) -> Part10:
    """Read the elements of a seekable Part 10 file.

    Raises CannotDeidentify when the file is truncated, damaged, no DICOM, or in an unknown transfer syntax.
    """
    data_set = open_data_set(source)
    elements = [span.element for span in data_set.spans()]
    syntax, encoding = _output_form(data_set, elements)
    return Part10(elements, syntax, encoding, data_set.meta, data_set.fetch)


def _file_meta(source: BinaryIO, head: bytes, size: int) -> tuple[int, dict[int, str]]:
    """Return where the data set starts and the text of the file meta elements."""
    start = 132 if head[128:132] == b"DICM" else 0
    if start == 0 and head[:2] not in {b"\x02\0", b"\x08\0", b"\0\x08"}:
        raise CannotDeidentify("not-dicom", "The file is not a DICOM object.")

    def fetch(position: int, length: int) -> bytes:
        source.seek(position)
        return source.read(length)

    scanner = Scanner(head, end=size, fetch=fetch)
    meta: dict[int, str] = {}
    position = start
    # Some writers leave the file meta in implicit VR; the standard wants it explicit.
    encoding = sniff_encoding(head[start:], EXPLICIT_LITTLE)
    while position + 8 <= size and scanner.value(position, 2) == b"\x02\0":
        tag, _, length, at = scanner.header(position, encoding)
        meta[tag] = scanner.value(at, length).decode("ascii", "replace").strip("\0 ")
        position = at + length
    return position, meta


def _check_syntax(syntax: str) -> None:
    if syntax and registered_kind(syntax) != "Transfer Syntax":
        raise CannotDeidentify(
            "unknown-transfer-syntax", "The transfer syntax of the file is not one of the standard's."
        )
    if syntax.startswith(ELSEWHERE_PREFIXES) or syntax in ELSEWHERE_SYNTAXES:
        raise CannotDeidentify("pixels-elsewhere", "The file names its pixels by an address instead of holding them.")


def _declared_encoding(syntax: str, data: bytes) -> Encoding:
    if not syntax:
        return EXPLICIT_BIG if data[:1] == b"\0" else EXPLICIT_LITTLE
    if syntax == BIG_ENDIAN_SYNTAX:
        return EXPLICIT_BIG
    return IMPLICIT_LITTLE if UID(syntax).is_implicit_VR else EXPLICIT_LITTLE


def _output_form(data_set: DataSetSource, elements: list[Element]) -> tuple[str, Encoding]:
    """Return the transfer syntax to declare and the encoding to write; the pixel data never changes."""
    syntax, declared, found = data_set.meta.get(TRANSFER_SYNTAX_UID, ""), data_set.declared, data_set.encoding
    encapsulated = any(isinstance(element.value, Fragments) for element in elements if element.tag == 0x7FE00010)
    if not syntax and encapsulated:
        raise CannotDeidentify(
            "unknown-transfer-syntax", "The file holds compressed pixels and does not say of what kind."
        )
    if encapsulated and syntax in NATIVE_SYNTAXES:
        raise CannotDeidentify(
            "malformed", "The pixels are encapsulated though the transfer syntax is an uncompressed one."
        )
    if not syntax or (declared is not found and syntax in {IMPLICIT_SYNTAX, EXPLICIT_SYNTAX}):
        by_encoding = {True: EXPLICIT_SYNTAX, False: IMPLICIT_SYNTAX}
        return (by_encoding[found.explicit] if found.little else BIG_ENDIAN_SYNTAX), found
    return syntax, declared
