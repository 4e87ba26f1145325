"""Write a Part 10 file: zero preamble, file meta made from nothing, sorted elements, pixels copied as they are.

PS3.10 section 7.1, PS3.5 section 7. Sequences and items are written with defined lengths.
"""

from collections.abc import Iterable
from functools import lru_cache
from operator import attrgetter
from typing import BinaryIO

from anonymizer.copying import Sink, copy_range, write_zeros
from anonymizer.element import (
    EXPLICIT_LITTLE,
    LONG_VRS,
    UNDEFINED_LENGTH,
    Bulk,
    Element,
    Encoded,
    Encoding,
    Fragments,
    RawItems,
)
from anonymizer.errors import CannotDeidentify
from anonymizer.inflating import DeflatingSink
from anonymizer.part10 import DEFLATED_SYNTAX, Part10

IMPLEMENTATION_CLASS_UID = "2.25.95706423107656197973284449135526583747"
IMPLEMENTATION_VERSION_NAME = "OVERREAD_DEID_1"
_NUL_PADDED = frozenset({"UI", "OB", "UN"})
_LARGE = (Bulk, Fragments)
_BY_TAG = attrgetter("tag")
_FRAGMENTS_END = b"\xfe\xff\xdd\xe0\0\0\0\0"
_CHARSET_VRS = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT"})


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
        if isinstance(value, Encoded):
            parts.append(value.data)
            continue
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


def encoded(element: Element, encoding: Encoding) -> Element:
    """Return an element that is ready to be written any number of times; a large value stays in the source."""
    if isinstance(element.value, Bulk | Fragments | Encoded):
        return element
    return Element(element.tag, element.vr, Encoded(encode([element], encoding), are_ascii([element])))


def are_ascii(elements: Iterable[Element]) -> bool:
    """Tell whether elements hold no text beyond ASCII, at any depth."""
    for element in elements:
        value = element.value
        if isinstance(value, Encoded):
            if not value.ascii:
                return False
        elif isinstance(value, list):
            if not all(map(are_ascii, value)):
                return False
        elif element.vr in _CHARSET_VRS and isinstance(value, bytes) and not value.isascii():
            return False
    return True


@lru_cache(maxsize=256)
def _meta_around(sop_class_uid: str, transfer_syntax_uid: str) -> tuple[bytes, bytes]:
    """Return the file meta elements before and behind the Media Storage SOP Instance UID."""
    before = [Element(0x00020001, "OB", b"\0\x01"), _uid(0x00020002, sop_class_uid)]
    version = Element(0x00020013, "SH", text_value("SH", IMPLEMENTATION_VERSION_NAME))
    behind = [_uid(0x00020010, transfer_syntax_uid), _uid(0x00020012, IMPLEMENTATION_CLASS_UID), version]
    return encode(before, EXPLICIT_LITTLE), encode(behind, EXPLICIT_LITTLE)


def _uid(tag: int, uid: str) -> Element:
    return Element(tag, "UI", text_value("UI", uid))


def _file_meta(sop_class_uid: str, sop_instance_uid: str, transfer_syntax_uid: str) -> bytes:
    before, behind = _meta_around(sop_class_uid, transfer_syntax_uid)
    body = before + encode([_uid(0x00020003, sop_instance_uid)], EXPLICIT_LITTLE) + behind
    length = Element(0x00020000, "UL", len(body).to_bytes(4, "little"))
    return bytes(128) + b"DICM" + encode([length], EXPLICIT_LITTLE) + body


def write_part10(
    original: Part10, elements: list[Element], sink: BinaryIO, *, sop_class_uid: str, sop_instance_uid: str
) -> None:
    """Write cleaned elements with the large values of the original, in the original's transfer syntax."""
    meta = _file_meta(sop_class_uid, sop_instance_uid, original.transfer_syntax_uid)
    if original.transfer_syntax_uid == DEFLATED_SYNTAX:
        sink.write(meta)
        deflating = DeflatingSink(sink)
        _write_elements(original, elements, deflating, b"")
        deflating.finish()
    else:
        _write_elements(original, elements, sink, meta)


def _write_elements(original: Part10, elements: list[Element], sink: Sink, ahead: bytes) -> None:
    """Write what stands ahead and the elements, with as few calls of the sink as there are large values."""
    run: list[Element] = []
    encoding = original.encoding
    for element in sorted(elements, key=_BY_TAG):
        value = element.value
        if isinstance(value, Encoded) or not isinstance(value, _LARGE):
            run.append(element)
            continue
        undefined = isinstance(value, Fragments)
        length = UNDEFINED_LENGTH if undefined else value.length + value.length % 2
        sink.write(ahead + encode(run, encoding) + _header(element.tag, element.vr, length, encoding))
        run = []
        if isinstance(value, Bulk):
            copy_range(original.source, value.start, value.kept, sink)
            write_zeros(value.surplus + value.length % 2, sink)
            ahead = b""
        else:
            _copy_fragments(original.source, value, sink)
            ahead = _FRAGMENTS_END
    sink.write(ahead + encode(run, encoding))


def _copy_fragments(source: BinaryIO, value: Fragments, sink: Sink) -> None:
    at = value.start
    for start, length in value.blanked:
        copy_range(source, at, start - at, sink)
        write_zeros(length, sink)
        at = start + length
    copy_range(source, at, value.start + value.length - at, sink)
