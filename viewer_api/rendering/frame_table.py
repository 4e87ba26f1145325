"""Find the bytes of one frame without reading the others (PS3.5 sections 8.2, A.4; PS3.3 C.7.6.3.1.8 for the offsets).

Native frames are found by arithmetic. Encapsulated frames are found by walking the item headers once; which fragments
make a frame is told by the Extended Offset Table, the Basic Offset Table, the count, or the end marker of the codec, in
this order. What is missing is said, never filled up with zeros.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from struct import Struct
from typing import IO

import numpy as np
from pydicom.dataset import Dataset

from viewer_api.errors import CannotRender
from viewer_api.part10 import Part10
from viewer_api.rendering.pixel_format import PixelFormat

OFFSET_TAGS: Sequence[int] = (0x7FE00001, 0x7FE00002)
FLOATING = {0x7FE00008: 32, 0x7FE00009: 64, 0x7FE00010: 0}
MAXIMUM_FRAGMENTS = 1 << 18

_UNDEFINED = 0xFFFFFFFF
_ITEM = (0xFFFE, 0xE000)
_END = (0xFFFE, 0xE0DD)
_HEADER = Struct("<HHL")
_END_MARKERS = (b"\xff\xd9", b"\xff\xd9\x00", b"\xff\xd9\xff")


@dataclass(frozen=True, slots=True)
class PixelElement:
    """Where the value of the pixel data element begins; `length` is None when it is encapsulated.

    `swapped` says that bytes stand in 16-bit words of big endian, as 8-bit samples with VR OW do (PS3.5 section 8.1.1).
    """

    tag: int
    offset: int
    length: int | None
    swapped: bool = False


Piece = tuple[int, int]
"""Where a fragment lies: offset in the stream and length in bytes."""


def find_pixel_element(part10: Part10) -> PixelElement | None:
    """Read the header of the pixel data element that the stream stands at, or return None when there is none."""
    order = "<" if part10.little_endian else ">"
    raw = part10.stream.read(8)
    if len(raw) < 8:
        return None
    group, element = Struct(order + "HH").unpack(raw[:4])
    tag = group << 16 | element
    if tag not in FLOATING:
        return None
    length_bytes = raw[4:] if part10.implicit else part10.stream.read(4)
    if len(length_bytes) < 4:
        return None
    (length,) = Struct(order + "L").unpack(length_bytes)
    swapped = not part10.little_endian and raw[4:6] == b"OW"
    return PixelElement(tag, part10.stream.tell(), None if length == _UNDEFINED else length, swapped)


def native_frame(stream: IO[bytes], element: PixelElement, format_: PixelFormat, index: int) -> tuple[bytes, int]:
    """Return the bytes that hold a native frame and the bit at which it begins in them (only 1-bit pixels straddle).

    Raises:
        CannotRender: the pixel data ends before the frame does.
    """
    begin = index * format_.frame_bits
    end = begin + format_.frame_bits
    first, last = begin // 8, (end + 7) // 8
    if element.length is None or last > element.length:
        raise CannotRender("the pixel data ends before this frame")
    stream.seek(element.offset + first)
    raw = stream.read(last - first)
    if len(raw) < last - first:
        raise CannotRender("the pixel data is truncated")
    return (_swap(raw, first) if element.swapped and format_.allocated <= 8 else raw), begin % 8


def _swap(raw: bytes, first: int) -> bytes:
    """Exchange the bytes of each 16-bit word."""
    if first % 2 or len(raw) % 2:
        raise CannotRender("frames that begin inside a 16-bit word of big endian are not rendered")
    return np.frombuffer(raw, ">u2").astype("<u2").tobytes()


def walk_fragments(stream: IO[bytes], element: PixelElement) -> tuple[tuple[int, ...], list[Piece]]:
    """Return the Basic Offset Table and the place of every fragment.

    Raises:
        CannotRender: the items are damaged or end before the sequence does.
    """
    stream.seek(element.offset)
    table = _read_offset_table(stream)
    pieces: list[Piece] = []
    end_of_stream = _size(stream)
    while True:
        raw = stream.read(_HEADER.size)
        if len(raw) < _HEADER.size:
            raise CannotRender("the encapsulated pixel data is truncated")
        group, number, length = _HEADER.unpack(raw)
        if (group, number) == _END:
            return table, pieces
        position = stream.tell()
        if (group, number) != _ITEM or length == _UNDEFINED or len(pieces) >= MAXIMUM_FRAGMENTS:
            raise CannotRender("the encapsulated pixel data is damaged")
        if position + length > end_of_stream:
            raise CannotRender("the encapsulated pixel data is truncated")
        pieces.append((position, length))
        stream.seek(position + length)


def group_fragments(
    stream: IO[bytes], table: Sequence[int], pieces: list[Piece], header: Dataset, frames: int
) -> tuple[tuple[Piece, ...], ...]:
    """Return the fragments of each frame.

    Raises:
        CannotRender: nothing tells which fragments belong to which frame, or there are fewer frames than announced.
    """
    if not pieces:
        raise CannotRender("the pixel data holds no fragment")
    if frames == 1:
        return (tuple(pieces),)
    offsets = _extended_offsets(header) or tuple(table)
    if offsets:
        grouped = _group_by_offsets(offsets, pieces)
    elif len(pieces) == frames:
        grouped = [[piece] for piece in pieces]
    else:
        grouped = _group_by_end_marker(stream, pieces)
    if len(grouped) < frames:
        raise CannotRender("the pixel data holds fewer frames than the header announces")
    if len(grouped) > frames and not offsets:
        raise CannotRender("nothing tells which fragments belong to which frame")
    return tuple(tuple(group) for group in grouped[:frames])


def read_pieces(stream: IO[bytes], pieces: Sequence[Piece]) -> bytes:
    """Return the bytes of the fragments of one frame, joined."""
    parts = []
    for offset, length in pieces:
        stream.seek(offset)
        parts.append(stream.read(length))
    return b"".join(parts)


def _read_offset_table(stream: IO[bytes]) -> tuple[int, ...]:
    raw = stream.read(_HEADER.size)
    if len(raw) < _HEADER.size:
        raise CannotRender("the encapsulated pixel data is truncated")
    group, number, length = _HEADER.unpack(raw)
    if (group, number) != _ITEM or length % 4 or length > 4 * MAXIMUM_FRAGMENTS:
        raise CannotRender("the Basic Offset Table is damaged")
    raw = stream.read(length)
    if len(raw) < length:
        raise CannotRender("the encapsulated pixel data is truncated")
    return Struct(f"<{length // 4}L").unpack(raw)


def _extended_offsets(header: Dataset) -> tuple[int, ...]:
    raw = header.get("ExtendedOffsetTable")
    if not isinstance(raw, bytes) or not raw or len(raw) % 8:
        return ()
    return Struct(f"<{len(raw) // 8}Q").unpack(raw)


def _group_by_offsets(offsets: Sequence[int], pieces: list[Piece]) -> list[list[Piece]]:
    origin = pieces[0][0] - _HEADER.size
    starts = set(offsets)
    grouped: list[list[Piece]] = []
    found = set()
    for offset, length in pieces:
        relative = offset - _HEADER.size - origin
        if relative in starts:
            found.add(relative)
            grouped.append([])
        if not grouped:
            raise CannotRender("the offset table does not fit the fragments")
        grouped[-1].append((offset, length))
    if found != starts or list(offsets) != sorted(offsets):
        raise CannotRender("the offset table does not fit the fragments")
    return grouped


def _group_by_end_marker(stream: IO[bytes], pieces: list[Piece]) -> list[list[Piece]]:
    """Close a frame at each fragment that ends with EOI or EOC, which JPEG, JPEG-LS and JPEG 2000 share (FFD9)."""
    grouped: list[list[Piece]] = [[]]
    for offset, length in pieces:
        grouped[-1].append((offset, length))
        stream.seek(offset + max(0, length - 3))
        if stream.read(min(3, length)).endswith(_END_MARKERS):
            grouped.append([])
    return grouped[:-1] if not grouped[-1] else grouped


def _size(stream: IO[bytes]) -> int:
    position = stream.tell()
    size = stream.seek(0, 2)
    stream.seek(position)
    return size
