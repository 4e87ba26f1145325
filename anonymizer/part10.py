"""Open a Part 10 file as elements: preamble and file meta are read for the transfer syntax only (PS3.10 section 7.1).

Files without preamble or file meta are accepted when their first bytes are an uncompressed data set.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import BinaryIO, cast

from anonymizer.cutting import Cutter, Piece
from anonymizer.element import EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE, SHORT_VRS, Element, Encoding, Fragments
from anonymizer.errors import CannotDeidentify
from anonymizer.inflating import InflatedSource
from anonymizer.registry import registered_kind
from anonymizer.scanning import Fetch, Scanner, Span, scan_top_level, sniff_encoding

TRANSFER_SYNTAX_UID = 0x00020010
_HEADER, _LENGTH = EXPLICIT_LITTLE.explicit_header.unpack_from, EXPLICIT_LITTLE.length.unpack_from
_SHORT_CODES = frozenset(vr.encode() for vr in SHORT_VRS)
_META_READ = frozenset({0x00020002, 0x00020003, TRANSFER_SYNTAX_UID})
HEAD_LENGTH = 16 * 1024
IMPLICIT_SYNTAX = "1.2.840.10008.1.2"
EXPLICIT_SYNTAX = "1.2.840.10008.1.2.1"
DEFLATED_SYNTAX = "1.2.840.10008.1.2.1.99"
BIG_ENDIAN_SYNTAX = "1.2.840.10008.1.2.2"
NATIVE_SYNTAXES = frozenset({IMPLICIT_SYNTAX, EXPLICIT_SYNTAX, DEFLATED_SYNTAX, BIG_ENDIAN_SYNTAX})
# Pixels named by a URL are not in the file (JPIP, PS3.5 A.6); SMPTE flows are no files at all.
ELSEWHERE_PREFIXES = ("1.2.840.10008.1.2.4.94", "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.7.")
ELSEWHERE_SYNTAXES = ("1.2.840.10008.1.2.4.204", "1.2.840.10008.1.2.4.205")


@dataclass(frozen=True, slots=True)
class DataSetSource:
    """Hold where the data set of a file lies and how it is laid out; a deflated one shows its inflated bytes.

    `head` is what the source holds at its start.
    """

    source: BinaryIO
    start: int
    size: int
    meta: dict[int, str]
    declared: Encoding
    encoding: Encoding
    head: bytes

    def fetch(self, start: int, length: int) -> bytes:
        self.source.seek(start)
        return self.source.read(length)

    def spans(self, position: int | None = None) -> Iterator[Span]:
        """Yield the elements of the top level, or those from a position on.

        Raises CannotDeidentify where the input is damaged.
        """
        start = self.start if position is None else position
        scanner = Scanner(self.head[start:], base=start, end=self.size, fetch=self.fetch)
        return scan_top_level(scanner, start, self.encoding)

    def pieces(self, cutter: Cutter) -> tuple[list[Piece], int]:
        """Return the pieces that a cutter finds, and where the elements begin that it leaves to `spans`."""
        if self.encoding is not EXPLICIT_LITTLE:
            return [], self.start
        return cutter.cut(self.head, 0, self.start, self.size, self.fetch)


@dataclass(frozen=True, slots=True)
class Part10:
    """Hold an opened object: its elements, where large values lie, and how it has to be written.

    The elements are those of `pieces`, which belong to the cutter, and then `rest`.
    """

    pieces: list[Piece]
    rest: list[Element]
    transfer_syntax_uid: str
    encoding: Encoding
    meta: dict[int, str]
    source: BinaryIO
    fetch: Fetch = field(repr=False)

    def elements(self) -> list[Element]:
        """Return the elements, made anew: who changes them changes no piece."""
        own = [Element(each.tag, each.vr, each.value) for piece in self.pieces for each in piece.elements]
        return own + self.rest

    def by_tag(self) -> dict[int, Element]:
        """Return the elements by their tags, of two with the same the last one."""
        found: dict[int, Element] = {}
        for piece in self.pieces:
            found.update(piece.by_tag)
        for element in self.rest:
            found[element.tag] = element
        return found


def open_data_set(source: BinaryIO) -> DataSetSource:
    """Find the data set of a seekable Part 10 file.

    Raises CannotDeidentify when the file is no DICOM, damaged at its start, or in an unknown transfer syntax.
    """
    size = source.seek(0, io.SEEK_END)
    source.seek(0)
    head = source.read(HEAD_LENGTH)
    start, meta = _file_meta(source, head, size)
    syntax = meta.get(TRANSFER_SYNTAX_UID, "")
    _check_syntax(syntax)
    if syntax == DEFLATED_SYNTAX:
        inflated = InflatedSource(source, start)
        source, start, size = cast(BinaryIO, inflated), 0, inflated.size
        source.seek(0)
        head = source.read(HEAD_LENGTH)
    data = head[start : start + 8]
    if len(data) < 8:
        source.seek(start)
        data = source.read(8)
    declared = _declared_encoding(syntax, data[:1])
    return DataSetSource(source, start, size, meta, declared, sniff_encoding(data, declared), head)


def open_part10(source: BinaryIO, cutter: Cutter) -> Part10:
    """Read the elements of a seekable Part 10 file.

    Raises CannotDeidentify when the file is truncated, damaged, no DICOM, or in an unknown transfer syntax.
    """
    data_set = open_data_set(source)
    pieces, position = data_set.pieces(cutter)
    rest = [span.element for span in data_set.spans(position)]
    syntax, encoding = _output_form(data_set, rest)
    return Part10(pieces, rest, syntax, encoding, data_set.meta, data_set.source, data_set.fetch)


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
    encoding = sniff_encoding(head[start : start + 8], EXPLICIT_LITTLE)
    if encoding is EXPLICIT_LITTLE:
        position = _plain_meta(head, position, meta)
    while position + 8 <= size and scanner.value(position, 2) == b"\x02\0":
        tag, _, length, at = scanner.header(position, encoding)
        position = at + length
        scanner.need(position)
        if tag in _META_READ:
            meta[tag] = scanner.value(at, length).decode("ascii", "replace").strip("\0 ")
    return position, meta


def _plain_meta(head: bytes, position: int, meta: dict[int, str]) -> int:
    """Read the file meta elements with short lengths as far as they lie in the head; return where the others begin.

    Of the long ones only (0002,0001) is passed over: it stands in every file.
    """
    while head.startswith(b"\x02\0", position) and position + 12 <= len(head):
        _, number, code, length = _HEADER(head, position)
        start = position + 8
        if code == b"OB" and number == 1:
            start, length = position + 12, _LENGTH(head, start)[0]
        elif code not in _SHORT_CODES:
            break
        if start + length > len(head):
            break
        position = start + length
        tag = 0x00020000 | number
        if tag in _META_READ:
            meta[tag] = head[start:position].decode("ascii", "replace").strip("\0 ")
    return position


@lru_cache(maxsize=256)
def _check_syntax(syntax: str) -> None:
    if syntax and registered_kind(syntax) != "Transfer Syntax":
        raise CannotDeidentify(
            "unknown-transfer-syntax", "The transfer syntax of the file is not one of the standard's."
        )
    if syntax.startswith(ELSEWHERE_PREFIXES) or syntax in ELSEWHERE_SYNTAXES:
        raise CannotDeidentify("pixels-elsewhere", "The file names its pixels by an address instead of holding them.")


@lru_cache(maxsize=256)
def _declared_encoding(syntax: str, data: bytes) -> Encoding:
    if not syntax:
        return EXPLICIT_BIG if data[:1] == b"\0" else EXPLICIT_LITTLE
    if syntax == BIG_ENDIAN_SYNTAX:
        return EXPLICIT_BIG
    return IMPLICIT_LITTLE if syntax == IMPLICIT_SYNTAX else EXPLICIT_LITTLE


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
