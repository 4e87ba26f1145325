"""Follow a JPEG 2000 code stream from segment to segment, and tell what in it is no picture (ITU-T T.800 Annex A).

COM segments stand in the header of the code stream and of each part of a tile (A.9.2). Of no segment stays more than
it takes (`part_sizes`), and lists of lengths must add up (`packet_lengths`). Headers of packets that stand apart from
the packets (PPM, PPT) are refused: nobody writes them, and nothing here could tell whether they are whole.
"""

import re
from dataclasses import dataclass, field
from struct import Struct

from anonymizer.fragment_stream import FragmentStream, Range
from anonymizer.marker_segments import (
    END,
    JPEG_2000,
    MOST_SEGMENTS,
    START_OF_DATA,
    Picture,
    lost,
    next_match,
    segment_at,
    unclear,
)
from anonymizer.packet_lengths import Lists, TilePart, tell_of_all_packets, tell_of_packets, tell_of_parts
from anonymizer.part_sizes import (
    OF_MAIN_HEADER,
    ORDER,
    PACKED_HEADERS,
    PACKET_LENGTHS,
    PACKET_LENGTHS_OF_ONE,
    SIZE,
    TILE_PART,
    TILE_PART_LENGTHS,
    Parts,
)

_TILE_PART = Struct(">HHHLBB").unpack_from
_AREA = Struct(">LLLL").unpack_from
_END_OF_JPEG_2000 = re.compile(rb"\xff\xd9")
_Segment = tuple[int, int, bytes]


@dataclass(slots=True)
class _Lists:
    """Be the lists of lengths of the main header, and the parts of tiles that they tell of."""

    parts: list[TilePart] = field(default_factory=list)
    of_parts: Lists = field(default_factory=list)
    of_packets: Lists = field(default_factory=list)

    def check(self) -> None:
        """Raise CannotDeidentify for a list that does not tell of the parts."""
        if self.of_parts and not tell_of_parts(self.of_parts, self.parts):
            raise unclear()
        if self.of_packets and not tell_of_all_packets(self.of_packets, self.parts):
            raise unclear()


def follow_jpeg_2000(stream: FragmentStream, start: int) -> tuple[list[Range], int, Picture | None]:
    """Return what is no picture, where the code stream ends, and the size that its header tells.

    Raises CannotDeidentify where it cannot be followed, or nobody can tell what of it is the picture.
    """
    says, lists = Parts(), _Lists()
    segments, marker, at = _header(stream, start + 2, says, frozenset({PACKET_LENGTHS_OF_ONE}))
    notes = _notes(segments, says)
    picture = next((_picture(body, says) for each, _, body in segments if each == SIZE), None)
    lists.of_parts = [body for each, _, body in segments if each == TILE_PART_LENGTHS]
    lists.of_packets = [body for each, _, body in segments if each == PACKET_LENGTHS]
    for _ in range(MOST_SEGMENTS):
        if marker == END:
            break
        found, at, has_end = _tile_part(stream, at, says, lists)
        notes += found
        if not has_end:
            break  # it had no end
        marker, at, _ = segment_at(stream, at)
    else:
        raise lost()
    lists.check()
    return notes, at, picture


def _header(stream: FragmentStream, at: int, says: Parts, elsewhere: frozenset[int]) -> tuple[list[_Segment], int, int]:
    """Return the segments up to the first marker that is none of a header, that marker, and where its body begins.

    `elsewhere` are the markers of the other kind of header. What a header may say once is there once.
    """
    segments: list[_Segment] = []
    once: set[bytes] = set()
    for _ in range(MOST_SEGMENTS):
        marker, at, length = segment_at(stream, at)
        if marker in {END, TILE_PART, START_OF_DATA}:
            return segments, marker, at
        body = stream.read(at, length)
        key = says.once(marker, body)
        if marker in PACKED_HEADERS | elsewhere or key in once or (marker == ORDER and not says.is_order(body)):
            raise unclear()
        once |= {key} if key else set()
        says.heed(marker, body)
        segments.append((marker, at, body))
        at += length
    raise lost()


def _notes(segments: list[_Segment], says: Parts) -> list[Range]:
    """Return what of segments no picture needs; how much that is, a segment behind them may say."""
    kept = [(at, body, min(says.size(marker, body), len(body))) for marker, at, body in segments]
    return [(at + size, len(body) - size) for at, body, size in kept]


def _tile_part(stream: FragmentStream, at: int, says: Parts, lists: _Lists) -> tuple[list[Range], int, bool]:
    """Return the notes of a part of a tile whose SOT segment has its body at a position, and where the part ends.

    The last tells whether it ended before the stream did.
    """
    head = stream.read(at - 4, 12)
    if len(head) < 12 or head[:4] != b"\xff\x90\0\x0a":
        raise lost()
    begin, tile, told = at - 4, _TILE_PART(head)[2], _TILE_PART(head)[3]
    segments, marker, data = _header(stream, at + 8, says, OF_MAIN_HEADER)
    if marker != START_OF_DATA:
        raise lost()
    # without a length it goes up to the end of the code stream (A.4.2)
    end = begin + told if told else next_match(stream, data, _END_OF_JPEG_2000) or stream.length
    if not data <= end <= stream.length:
        raise lost()
    lists.parts.append((tile, end - begin, end - data))
    packets = [body for each, _, body in segments if each == PACKET_LENGTHS_OF_ONE]
    if packets and not tell_of_packets(packets, end - data):
        raise unclear()
    return _notes(segments, says), end, end < stream.length and stream.read(end, 4) != JPEG_2000


def _picture(body: bytes, says: Parts) -> Picture | None:
    """Return rows, columns and components of the image area (A.5.1)."""
    if len(body) < 36:
        return None
    right, bottom, left, top = _AREA(body, 2)
    return bottom - top, right - left, says.components
