"""Find what is no picture in compressed frames: notes of writers, and what stands behind the end of a code stream.

JPEG and JPEG-LS have COM and APPn segments (ITU-T T.81 B.2.4.5 and B.2.4.6), ahead of a scan and between scans;
JPEG 2000 has COM segments in the header of the code stream and of each part of a tile (ITU-T T.800 A.9.2). What a
picture needs stays: the density of JFIF, the colours of Adobe and of ICC, the colour transformation of JPEG-LS. Of no
segment stays more than it takes (`segment_sizes`). Behind the marker of the end (FFD9) a decoder reads nothing, and
compressed data never holds that marker, so that all of it up to the end of the fragment is none of the picture. A Basic
Offset Table that points elsewhere than to fragments says nothing of them. No data is decoded: what a decoder leaves
unread inside a scan or a tile is not found.
"""

import re
from dataclasses import dataclass
from struct import Struct

from anonymizer.element import Fragments
from anonymizer.errors import CannotDeidentify
from anonymizer.fragment_stream import Fetch, FragmentStream, Range
from anonymizer.segment_sizes import size_of_part, size_of_segment

_SEGMENT = Struct(">HH").unpack_from
_TILE_PART = Struct(">HHHL").unpack_from
_JPEG, _JPEG_2000 = b"\xff\xd8\xff", b"\xff\x4f\xff\x51"
_COMMENT, _APPLICATION = 0xFFFE, range(0xFFE0, 0xFFF0)
_START, _START_OF_SCAN, _END = 0xFFD8, 0xFFDA, 0xFFD9
_START_OF_TILE_PART, _START_OF_DATA = 0xFF90, 0xFF93
_FRAME_OF_JPEG_LS = 0xFFF7
# What ends compressed data: no stuffed byte and no restart. In JPEG-LS a stuffed bit leaves bytes below 80.
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_MARKER_OF_JPEG_LS = re.compile(rb"\xff[\x80-\xcf\xd8-\xfe]")
_END_OF_JPEG_2000 = re.compile(rb"\xff\xd9")
_CHUNK = 1 << 18
_MOST_SEGMENTS, _MOST_FILL = 1 << 15, 1 << 12  # of one code stream, and ahead of one marker: no writer needs as many
_ALL = 1 << 16
# Which application segments a picture needs: the marker, how its body begins, and how many bytes of it stay.
_NEEDED = (
    (0xFFE0, b"JFIF\0", 14),
    (0xFFE2, b"ICC_PROFILE\0", _ALL),
    (0xFFE8, b"mrfx", 5),
    (0xFFEE, b"Adobe", 12),
)


@dataclass(frozen=True, slots=True)
class Walked:
    """Say where what is no picture lies, ascending, and how many code streams there are; None for another kind.

    A table of offsets that are none is one of these places.
    """

    notes: tuple[Range, ...]
    frames: int | None
    stream: FragmentStream


def notes_in(fetch: Fetch, value: Fragments) -> tuple[Range, ...]:
    """Return where in encapsulated pixel data there is no picture; raises as `walk`."""
    return walk(fetch, value).notes


def walk(fetch: Fetch, value: Fragments) -> Walked:
    """Follow the code streams of encapsulated pixel data from the first to the last.

    Raises CannotDeidentify where one cannot be followed to its end, or where none begins behind another.
    """
    stream = FragmentStream(fetch, value)
    found = [] if stream.points_at_fragments() else [stream.table]
    if not _begins(stream.read(0, 4)):
        return Walked(tuple(found), None, stream)
    at = frames = 0
    while at < stream.length:
        begin = stream.read(at, 4)
        frames += 1
        if begin.startswith(_JPEG):
            notes, at = _jpeg(stream, at)
        elif begin == _JPEG_2000:
            notes, at = _jpeg_2000(stream, at)
        elif not stream.read(at, min(stream.end_of_fragment(at + 1) - at, _CHUNK)).strip(b"\0"):
            notes, at, frames = [], stream.end_of_fragment(at + 1), frames - 1
        else:
            raise _lost()
        behind = stream.end_of_fragment(at)
        if any(_begins(stream.read(at + pad, 4)) for pad in (0, 1) if at + pad < behind):
            raise CannotDeidentify("pixels-unclear", "Pictures stand behind each other in one frame.")
        for start, length in (*notes, (at, behind - at)):
            found += [each for each in stream.ranges(start, length) if _says_something(fetch, each, start == at)]
        at = behind
    return Walked(tuple(found), frames, stream)


def _jpeg(stream: FragmentStream, start: int) -> tuple[list[Range], int]:
    """Return the notes of a JPEG or JPEG-LS code stream and where it ends."""
    notes: list[Range] = []
    at, data = start + 2, _MARKER
    for _ in range(_MOST_SEGMENTS):
        marker, at, length = _segment(stream, at)
        if marker == _END:
            return notes, at
        if marker == _START:
            if stream.begins(at - 2):
                return notes, at - 2  # the one before had no end
            raise _lost()
        kept = min(_kept(marker, stream, at, length), length)
        notes.append((at + kept, length - kept))
        if marker == _START_OF_SCAN:
            found = _next(stream, at + length, data)
            if found is None:
                return notes, stream.length  # the last one had no end
            at, length = found, 0
        elif marker == _FRAME_OF_JPEG_LS:
            data = _MARKER_OF_JPEG_LS
        at += length
    raise _lost()


def _jpeg_2000(stream: FragmentStream, start: int) -> tuple[list[Range], int]:
    """Return the notes of a JPEG 2000 code stream and where it ends."""
    notes: list[Range] = []
    at, next_part = start + 2, 0
    for _ in range(_MOST_SEGMENTS):
        marker, at, length = _segment(stream, at)
        if marker == _END:
            return notes, at
        kept = min(size_of_part(marker, stream.read(at, length)), length)
        notes.append((at + kept, length - kept))
        if marker == _START_OF_TILE_PART and length == 8:
            tile_part = _TILE_PART(stream.read(at - 4, 10))[3]
            if tile_part and (tile_part < 14 or at - 4 + tile_part > stream.length):
                raise _lost()
            next_part = at - 4 + tile_part if tile_part else 0
        at += length
        if marker == _START_OF_DATA:
            found = next_part or _next(stream, at, _END_OF_JPEG_2000)
            if found is None or found == stream.length:
                return notes, stream.length  # it had no end
            at = found
    raise _lost()


def _segment(stream: FragmentStream, at: int) -> tuple[int, int, int]:
    """Return the marker at a position and where its body begins and how long it is; fill bytes may stand ahead."""
    start = at
    while (head := stream.read(at, 4))[:2] == b"\xff\xff" and at - start < _MOST_FILL:
        at += 1
    if len(head) < 2 or head[0] != 0xFF or head[1] in {0x00, 0x01}:
        raise _lost()
    marker = int.from_bytes(head[:2], "big")
    if marker in {_START, _END, _START_OF_DATA}:
        return marker, at + 2, 0
    length = _SEGMENT(head)[1] if len(head) == 4 else 0
    if length < 2 or at + 2 + length > stream.length:
        raise CannotDeidentify("malformed", "The header of a compressed frame does not end in its fragment.")
    return marker, at + 4, length - 2


def _next(stream: FragmentStream, at: int, pattern: re.Pattern[bytes]) -> int | None:
    """Return where the next marker stands, None where none is left."""
    while at + 1 < stream.length:
        chunk = stream.read(at, _CHUNK)
        if match := pattern.search(chunk):
            return at + match.start()
        at += len(chunk) - 1
    return None


def _begins(head: bytes) -> bool:
    return head.startswith(_JPEG) or head == _JPEG_2000


def _says_something(fetch: Fetch, where: Range, behind: bool) -> bool:
    """Tell whether bytes are to be blanked: zeros need not be, nor the one byte that makes the length even."""
    if where[1] > _CHUNK:
        return True
    data = fetch(*where)
    return bool(data.strip(b"\0")) and not (behind and data == b"\xff")


def _kept(marker: int, stream: FragmentStream, at: int, length: int) -> int:
    """Return how many bytes of a segment of JPEG or JPEG-LS a picture needs."""
    if marker == _COMMENT or marker in _APPLICATION:
        return _needed(marker, stream.read(at, min(length, 16)))
    return size_of_segment(marker, stream.read(at, length))


def _needed(marker: int, begin: bytes) -> int:
    return next((kept for each, name, kept in _NEEDED if each == marker and begin.startswith(name)), 0)


def _lost() -> CannotDeidentify:
    return CannotDeidentify("malformed", "A compressed frame cannot be followed to its end.")
