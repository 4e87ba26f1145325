"""Take encapsulated pixel data apart into frames, and put frames together (PS3.5 A.4; offsets: PS3.3 C.7.6.3.1.8)."""

from collections.abc import Callable, Iterable, Sequence
from struct import Struct, error
from typing import BinaryIO

from anonymizer.element import Fragments
from anonymizer.errors import CannotDeidentify

Piece = tuple[int, int]
"""Where a fragment lies: offset in the source and length in bytes."""

_HEADER = Struct("<HHL")
_ITEM = (0xFFFE, 0xE000)
_MOST_FRAGMENTS = 1 << 18
_ENDS = (b"\xff\xd9", b"\xff\xd9\x00", b"\xff\xd9\xff")


def frame_pieces(
    fetch: Callable[[int, int], bytes], value: Fragments, frames: int, extended: bytes
) -> tuple[tuple[Piece, ...], ...]:
    """Return the fragments of each frame; `extended` is the Extended Offset Table, empty where there is none.

    Raises CannotDeidentify when nothing tells which fragments make a frame, or they make more or fewer frames.
    """
    try:
        table, pieces = _walk(fetch, value)
    except error:
        raise _damaged() from None
    if extended and table:  # two tables may say two things (PS3.3 C.7.6.3.1.8 wants one)
        raise _damaged()
    offsets = list(Struct(f"<{len(extended) // 8}Q").unpack(extended)) if extended and not len(extended) % 8 else table
    if frames == 1 and pieces and len(offsets) <= 1:
        return (tuple(pieces),)
    if offsets:
        grouped = _by_offsets(offsets, pieces)
    elif len(pieces) == frames:
        grouped = [[piece] for piece in pieces]
    else:
        grouped = _by_end_marker(fetch, pieces)
    if len(grouped) != frames:
        raise _damaged()
    return tuple(tuple(group) for group in grouped)


def write_frames(sink: BinaryIO, frames: Iterable[bytes], count: int) -> int:
    """Write a Basic Offset Table, each frame as one fragment, and the delimiter; return how many bytes frames took.

    The table is empty where the offsets do not fit into it. The sink must be seekable.
    """
    table = sink.tell() + _HEADER.size
    sink.write(_HEADER.pack(*_ITEM, 4 * count) + bytes(4 * count))
    first = sink.tell()
    offsets: list[int] = []
    total = 0
    for frame in frames:
        offsets.append(sink.tell() - first)
        padded = len(frame) + len(frame) % 2
        sink.write(_HEADER.pack(*_ITEM, padded) + frame + bytes(len(frame) % 2))
        total += len(frame)
    sink.write(_HEADER.pack(0xFFFE, 0xE0DD, 0))
    if len(offsets) != count or offsets[-1] >= 1 << 32:
        raise CannotDeidentify("pixels-too-large", "The cleaned frames are more than their offset table can tell.")
    end = sink.tell()
    sink.seek(table)
    sink.write(Struct(f"<{count}L").pack(*offsets))
    sink.seek(end)
    return total


def _walk(fetch: Callable[[int, int], bytes], value: Fragments) -> tuple[list[int], list[Piece]]:
    """Return the Basic Offset Table and where every fragment lies."""
    at, end = value.start, value.start + value.length
    pieces: list[Piece] = []
    while at + _HEADER.size <= end:
        group, number, length = _HEADER.unpack(fetch(at, _HEADER.size))
        at += _HEADER.size
        if (group, number) != _ITEM or at + length > end or len(pieces) > _MOST_FRAGMENTS:
            raise _damaged()
        pieces.append((at, length))
        at += length
    if not pieces or pieces[0][1] % 4 or pieces[0][1] > 4 * _MOST_FRAGMENTS:
        raise _damaged()
    start, length = pieces[0]
    return list(Struct(f"<{length // 4}L").unpack(fetch(start, length))), pieces[1:]


def _by_offsets(offsets: Sequence[int], pieces: list[Piece]) -> list[list[Piece]]:
    if not pieces or list(offsets) != sorted(set(offsets)):
        raise _damaged()
    origin = pieces[0][0]
    starts, found = set(offsets), 0
    grouped: list[list[Piece]] = []
    for piece in pieces:
        if piece[0] - origin in starts:
            grouped.append([])
            found += 1
        if not grouped:
            raise _damaged()
        grouped[-1].append(piece)
    if found != len(starts):
        raise _damaged()
    return grouped


def _by_end_marker(fetch: Callable[[int, int], bytes], pieces: list[Piece]) -> list[list[Piece]]:
    """Close a frame at each fragment that ends with the marker that JPEG, JPEG-LS and JPEG 2000 share (FFD9)."""
    grouped: list[list[Piece]] = [[]]
    for start, length in pieces:
        grouped[-1].append((start, length))
        tail = min(3, length)
        if fetch(start + length - tail, tail).endswith(_ENDS):
            grouped.append([])
    return grouped if grouped[-1] else grouped[:-1]


def _damaged() -> CannotDeidentify:
    return CannotDeidentify("malformed", "Nothing tells which fragments of the pixel data make a frame.")
