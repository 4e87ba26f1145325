"""Cut bytes into elements: every tag, VR and length is checked against the bytes that are really there.

The rule: an object is read whole or not at all. Values above BULK_LENGTH stay in the source, sequences of defined
length stay raw until somebody wants their items, and nothing recurses deeper than MAXIMUM_DEPTH. PS3.5 sections 7.1,
7.5 and A.4.
"""

from collections.abc import Callable, Iterator
from struct import Struct
from typing import NamedTuple

from anonymizer.dictionary import implicit_vr
from anonymizer.element import (
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
    ITEM,
    ITEM_DELIMITER,
    LONG_VRS,
    PIXEL_DATA,
    SEQUENCE_DELIMITER,
    SHORT_VRS,
    UNDEFINED_LENGTH,
    Bulk,
    Element,
    Encoding,
    Fragments,
    Items,
    RawItems,
)
from anonymizer.errors import CannotDeidentify

BULK_LENGTH = 64 * 1024
MAXIMUM_HEADER = 256 * 1024 * 1024
MAXIMUM_DEPTH = 32

_VRS = {vr.encode(): (vr, vr in LONG_VRS) for vr in LONG_VRS | SHORT_VRS}
_SHORT_VRS = {vr.encode(): vr for vr in SHORT_VRS}
_EXPLICIT_HEADER = EXPLICIT_LITTLE.explicit_header
_PADDING = bytes(8)
_FRAGMENT = Struct("<HHL")
Fetch = Callable[[int, int], bytes]


def truncated() -> CannotDeidentify:
    return CannotDeidentify("truncated", "The file ends before its last element does; ask the sender for a whole copy.")


def malformed() -> CannotDeidentify:
    return CannotDeidentify("malformed", "The elements of the file do not follow each other as DICOM lays them out.")


class Scanner:
    """Read elements from bytes at hand, fetching more from the source when there is one.

    `data` holds the source from `base` on. Positions are absolute. Only the top level moves `base` forward.
    """

    __slots__ = ("base", "data", "end", "fetch")

    def __init__(self, data: bytes, *, base: int = 0, end: int | None = None, fetch: Fetch | None = None) -> None:
        self.data = data
        self.base = base
        self.end = base + len(data) if end is None else end
        self.fetch = fetch

    def need(self, position: int) -> None:
        """Make the bytes before `position` available or say that the input is truncated."""
        have = self.base + len(self.data)
        if position <= have:
            return
        if position > self.end or self.fetch is None:
            raise truncated()
        if position - self.base > MAXIMUM_HEADER:
            raise CannotDeidentify(
                "header-too-large", "The elements before the pixels are larger than any known object."
            )
        more = self.fetch(have, max(position - have, min(BULK_LENGTH, self.end - have)))
        self.data += more
        if position > have + len(more):
            raise truncated()

    def skip_to(self, position: int) -> None:
        """Forget the bytes before `position`."""
        if position > self.end:
            raise truncated()
        index = position - self.base
        self.data = self.data[index:] if index <= len(self.data) else b""
        self.base = position

    def header(self, position: int, encoding: Encoding) -> tuple[int, str, int, int]:
        """Return tag, VR, length and the position of the value."""
        self.need(position + 8)
        index = position - self.base
        if not encoding.explicit:
            group, element, length = encoding.tag_and_length.unpack_from(self.data, index)
            tag = group << 16 | element
            return tag, implicit_vr(tag), length, position + 8
        group, element, code, length = encoding.explicit_header.unpack_from(self.data, index)
        tag = group << 16 | element
        known = _VRS.get(code)
        if known is None:
            if group == 0xFFFE:
                return tag, "", encoding.length.unpack_from(self.data, index + 4)[0], position + 8
            raise malformed()
        vr, long = known
        if not long:
            return tag, vr, length, position + 8
        self.need(position + 12)
        return tag, vr, encoding.length.unpack_from(self.data, position - self.base + 8)[0], position + 12

    def short_element(self, position: int) -> "Span | None":
        """Return an explicit little endian element with a short length that lies in the bytes at hand, else None.

        This is what nearly all elements are; the general way does the same, more slowly.
        """
        index = position - self.base
        data = self.data
        if index + 8 > len(data):
            return None
        group, element, code, length = _EXPLICIT_HEADER.unpack_from(data, index)
        vr = _SHORT_VRS.get(code)
        if vr is None or group == 0xFFFE or index + 8 + length > len(data):
            return None
        found = Element(group << 16 | element, vr, data[index + 8 : index + 8 + length])
        return Span(found, position, position + 8 + length)

    def value(self, start: int, length: int) -> bytes:
        self.need(start + length)
        index = start - self.base
        return self.data[index : index + length]

    def elements(self, position: int, end: int, encoding: Encoding, depth: int) -> tuple[list[Element], int]:
        """Return the elements up to `end` or to an item delimiter, and the position behind them."""
        found: list[Element] = []
        while position < end:
            tag, vr, length, start = self.header(position, encoding)
            if tag >> 16 == 0xFFFE:
                if tag == ITEM_DELIMITER and length == 0:
                    return found, start
                raise malformed()
            element, position = self.element(tag, vr, length, start, encoding, depth)
            found.append(element)
        if position > end:
            raise malformed()
        return found, position

    def element(
        self, tag: int, vr: str, length: int, start: int, encoding: Encoding, depth: int
    ) -> tuple[Element, int]:
        """Return one element, whose header has been read, and the position behind it."""
        if length == UNDEFINED_LENGTH:
            return self._undefined(tag, vr, start, encoding, depth)
        value = self.value(start, length)
        if vr == "SQ":
            return Element(tag, vr, RawItems(value, encoding)), start + length
        return Element(tag, vr, value), start + length

    def _undefined(self, tag: int, vr: str, start: int, encoding: Encoding, depth: int) -> tuple[Element, int]:
        if tag in PIXEL_DATA or vr in {"OB", "OW"}:
            stop, after = self.fragments(start)
            return Element(tag, vr, Fragments(start, stop - start)), after
        if vr not in {"SQ", "UN"}:
            raise malformed()
        inside = IMPLICIT_LITTLE if vr == "UN" and encoding.explicit else encoding
        items, after = self.items(start, None, inside, depth + 1)
        return Element(tag, "SQ" if vr == "SQ" else "UN", items), after

    def items(self, position: int, end: int | None, encoding: Encoding, depth: int) -> tuple[Items, int]:
        """Return the items of a sequence, to `end` or to the sequence delimiter, and the position behind them."""
        if depth > MAXIMUM_DEPTH:
            raise CannotDeidentify("too-deep", "Sequences are nested deeper than any known object needs.")
        found: Items = []
        while end is None or position < end:
            self.need(position + 8)
            group, number, length = encoding.tag_and_length.unpack_from(self.data, position - self.base)
            tag = group << 16 | number
            position += 8
            if tag == SEQUENCE_DELIMITER:
                return found, position
            if tag != ITEM:
                raise malformed()
            limit = self.end if length == UNDEFINED_LENGTH else position + length
            if limit > self.end:
                raise truncated()
            laid_out = self._sniffed(position, limit, encoding)
            elements, after = self.elements(position, limit, laid_out, depth)
            if length == UNDEFINED_LENGTH and after >= self.end and not self._delimited(after):
                raise truncated()
            if length != UNDEFINED_LENGTH and after != limit:
                raise malformed()
            position = after
            found.append(elements)
        return found, position

    def _delimited(self, position: int) -> bool:
        tail = self.data[position - 8 - self.base : position - self.base]
        return tail[:4] in {b"\xfe\xff\x0d\xe0", b"\xff\xfe\xe0\x0d"}

    def _sniffed(self, position: int, limit: int, encoding: Encoding) -> Encoding:
        """Believe the bytes when an item in an explicit data set is laid out implicitly (seen from old writers)."""
        if not encoding.explicit or not encoding.little or limit - position < 8:
            return encoding
        self.need(position + 8)
        index = position - self.base
        if self.data[index : index + 2] == b"\xfe\xff" or self.data[index + 4 : index + 6] in _VRS:
            return encoding
        return IMPLICIT_LITTLE

    def fragments(self, position: int) -> tuple[int, int]:
        """Walk the fragments of an encapsulated value; return where they stop and the position behind the delimiter.

        A value that ends exactly with the input lacks only the delimiter and is accepted.
        """
        while position != self.end:
            if position + 8 > self.end:
                raise truncated()
            group, number, length = _FRAGMENT.unpack(self._peek(position, 8))
            tag = group << 16 | number
            if tag == SEQUENCE_DELIMITER:
                return position, position + 8
            if tag != ITEM or length == UNDEFINED_LENGTH:
                raise malformed()
            position += 8 + length
        return position, position

    def _peek(self, position: int, length: int) -> bytes:
        index = position - self.base
        if index >= 0 and index + length <= len(self.data):
            return self.data[index : index + length]
        if self.fetch is None:
            raise truncated()
        return self.fetch(position, length)


class Span(NamedTuple):
    """Be one element of the top level and the positions where it begins and ends."""

    element: Element
    start: int
    end: int


def scan_top_level(scanner: Scanner, position: int, encoding: Encoding) -> Iterator[Span]:
    """Yield the elements of a data set from `position` to the end of the input; trailing zeros are no elements."""
    while position < scanner.end:
        short = scanner.short_element(position) if encoding is EXPLICIT_LITTLE else None
        if short is not None:
            yield short
            position = short.end
            continue
        begin = position
        if scanner.end - position < 8 or scanner.value(position, 8) == _PADDING:
            _require_zeros(scanner, position)
            return
        tag, vr, length, start = scanner.header(position, encoding)
        if tag >> 16 == 0xFFFE:
            raise malformed()
        if length != UNDEFINED_LENGTH and length > BULK_LENGTH and vr != "SQ":
            element, position = Element(tag, vr, Bulk(start, length)), start + length
        else:
            element, position = scanner.element(tag, vr, length, start, encoding, 0)
        if isinstance(element.value, Bulk | Fragments):
            scanner.skip_to(position)
        yield Span(element, begin, position)


def _require_zeros(scanner: Scanner, position: int) -> None:
    while position < scanner.end:
        length = min(BULK_LENGTH, scanner.end - position)
        if any(scanner.value(position, length)):
            raise truncated()
        position += length
        scanner.skip_to(position)


def items_of(element: Element, depth: int) -> Items:
    """Return the items of a sequence element, parsing them now if that was put off.

    A UN value of a known sequence holds implicit VR little endian items (PS3.5 section 6.2.2, note 2).
    """
    value = element.value
    if isinstance(value, list):
        return value
    if isinstance(value, RawItems):
        data, encoding = value.data, value.encoding
    elif isinstance(value, bytes):
        data, encoding = value, IMPLICIT_LITTLE
    else:
        raise malformed()
    items, _ = Scanner(data).items(0, len(data), encoding, depth)
    return items


def sniff_encoding(data: bytes, declared: Encoding) -> Encoding:
    """Believe the first element rather than the transfer syntax when the two disagree about explicit VRs."""
    if not declared.little or len(data) < 8:
        return declared
    return EXPLICIT_LITTLE if data[4:6] in _VRS else IMPLICIT_LITTLE
