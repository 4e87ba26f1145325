"""Write a Part 10 file: zero preamble, file meta made from nothing, sorted elements, pixels copied as they are.

PS3.10 section 7.1, PS3.5 section 7. Sequences and items are written with defined lengths.
"""

from typing import BinaryIO, Protocol

from anonymizer.element import (
    EXPLICIT_LITTLE,
    LONG_VRS,
    UNDEFINED_LENGTH,
    Bulk,
    Element,
    Encoding,
    Fragments,
    RawItems,
)
from anonymizer.errors import CannotDeidentify
from anonymizer.inflating import DeflatingSink
from anonymizer.part10 import DEFLATED_SYNTAX, Part10

IMPLEMENTATION_CLASS_UID = "2.25.95706423107656197973284449135526583747"
IMPLEMENTATION_VERSION_NAME = "OVERREAD_DEID_1"
COPY_CHUNK = 1024 * 1024
_NUL_PADDED = frozenset({"UI", "OB", "UN"})
_FRAGMENTS_END = b"\xfe\xff\xdd\xe0\0\0\0\0"


class Sink(Protocol):
    """Accept bytes."""

    def write(self, data: bytes, /) -> int: ...


def text_value(vr: str, text: str) -> bytes:
    """Return text as an even-length value in UTF-8."""
    value = text.encode("utf-8", "replace")
    return value if len(value) % 2 == 0 else value + (b"\0" if vr in _NUL_PADDED else b" ")


def _header(tag: int, vr: str, length: int, encoding: Encoding) -> bytes:
    group, element = tag >> 16, tag & 0xFFFF
    if not encoding.explicit:
        return encoding.tag_and_length.pack(group, element, length)
    if vr in LONG_VRS:
        return encoding.explicit_header.pack(group, element, vr.encode(), 0) + encoding.length.pack(length)
    if length > 0xFFFF:
        # PS3.5 section 6.2.2: a value too long for its VR's length field travels as UN.
        return encoding.explicit_header.pack(group, element, b"UN", 0) + encoding.length.pack(length)
    return encoding.explicit_header.pack(group, element, vr.encode(), length)


def encode(elements: list[Element], encoding: Encoding) -> bytes:
    """Return the bytes of elements that hold their values themselves."""
    parts: list[bytes] = []
    for element in elements:
        value = element.value
        if isinstance(value, list):
            value = b"".join(_item(item, encoding) for item in value)
        elif isinstance(value, RawItems | Bulk | Fragments):
            raise CannotDeidentify("malformed", "A large value stands where no known object has one.")
        elif len(value) % 2:
            value += b"\0" if element.vr in _NUL_PADDED else b" "
        parts.append(_header(element.tag, element.vr, len(value), encoding))
        parts.append(value)
    return b"".join(parts)


def _item(elements: list[Element], encoding: Encoding) -> bytes:
    body = encode(elements, encoding)
    return encoding.tag_and_length.pack(0xFFFE, 0xE000, len(body)) + body


def _file_meta(sop_class_uid: str, sop_instance_uid: str, transfer_syntax_uid: str) -> bytes:
    values = {
        0x00020002: ("UI", sop_class_uid),
        0x00020003: ("UI", sop_instance_uid),
        0x00020010: ("UI", transfer_syntax_uid),
        0x00020012: ("UI", IMPLEMENTATION_CLASS_UID),
        0x00020013: ("SH", IMPLEMENTATION_VERSION_NAME),
    }
    version = Element(0x00020001, "OB", b"\0\x01")
    elements = [version, *(Element(tag, vr, text_value(vr, text)) for tag, (vr, text) in values.items())]
    body = encode(elements, EXPLICIT_LITTLE)
    length = Element(0x00020000, "UL", len(body).to_bytes(4, "little"))
    return bytes(128) + b"DICM" + encode([length], EXPLICIT_LITTLE) + body


def write_part10(
    original: Part10, elements: list[Element], sink: BinaryIO, *, sop_class_uid: str, sop_instance_uid: str
) -> None:
    """Write cleaned elements with the large values of the original, in the original's transfer syntax."""
    sink.write(_file_meta(sop_class_uid, sop_instance_uid, original.transfer_syntax_uid))
    if original.transfer_syntax_uid == DEFLATED_SYNTAX:
        deflating = DeflatingSink(sink)
        _write_elements(original, elements, deflating)
        deflating.finish()
    else:
        _write_elements(original, elements, sink)


def _write_elements(original: Part10, elements: list[Element], sink: Sink) -> None:
    run: list[Element] = []
    for element in sorted(elements, key=lambda each: each.tag):
        value = element.value
        if not isinstance(value, Bulk | Fragments):
            run.append(element)
            continue
        sink.write(encode(run, original.encoding))
        run = []
        if isinstance(value, Bulk):
            sink.write(_header(element.tag, element.vr, value.length + value.length % 2, original.encoding))
            _copy(original, value.start, value.kept, sink)
            _zeros(value.surplus + value.length % 2, sink)
        else:
            sink.write(_header(element.tag, element.vr, UNDEFINED_LENGTH, original.encoding))
            _copy(original, value.start, value.length, sink)
            sink.write(_FRAGMENTS_END)
    sink.write(encode(run, original.encoding))


def _copy(original: Part10, start: int, length: int, sink: Sink) -> None:
    while length > 0:
        data = original.fetch(start, min(COPY_CHUNK, length))
        if not data:
            raise CannotDeidentify("truncated", "The file became shorter while it was read.")
        sink.write(data)
        start += len(data)
        length -= len(data)


def _zeros(count: int, sink: Sink) -> None:
    while count > 0:
        size = min(COPY_CHUNK, count)
        sink.write(bytes(size))
        count -= size
