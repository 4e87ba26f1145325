"""Find the markers of a code stream and the segments behind them (ITU-T T.81 B.1.1, T.87 C.1, T.800 A.1.2).

No data is decoded: behind a header the next marker is looked for as such.
"""

import re
from struct import Struct

from anonymizer.errors import CannotDeidentify
from anonymizer.fragment_stream import FragmentStream

JPEG, JPEG_2000 = b"\xff\xd8\xff", b"\xff\x4f\xff\x51"
START, END, START_OF_SCAN, START_OF_DATA = 0xFFD8, 0xFFD9, 0xFFDA, 0xFF93
MOST_SEGMENTS = 1 << 15  # of one code stream: no writer needs as many
_MOST_FILL = 1 << 12  # bytes ahead of one marker
_SEGMENT = Struct(">HH").unpack_from
_CHUNK = 1 << 18
Picture = tuple[int, int, int]
"""Rows, columns and components of a picture, as its code stream says; 0 for what it does not say."""


def segment_at(stream: FragmentStream, at: int) -> tuple[int, int, int]:
    """Return the marker at a position and where its body begins and how long it is; fill bytes may stand ahead.

    Raises CannotDeidentify where there is none, or it does not end in the stream.
    """
    start = at
    while (head := stream.read(at, 4))[:2] == b"\xff\xff" and at - start < _MOST_FILL:
        at += 1
    if len(head) < 2 or head[0] != 0xFF or head[1] in {0x00, 0x01}:
        raise lost()
    marker = int.from_bytes(head[:2], "big")
    if marker in {START, END, START_OF_DATA}:
        return marker, at + 2, 0
    length = _SEGMENT(head)[1] if len(head) == 4 else 0
    if length < 2 or at + 2 + length > stream.length:
        raise CannotDeidentify("malformed", "The header of a compressed frame does not end in its fragment.")
    return marker, at + 4, length - 2


def next_match(stream: FragmentStream, at: int, pattern: re.Pattern[bytes]) -> int | None:
    """Return where a pattern of two bytes is found next, None where it is not."""
    while at + 1 < stream.length:
        chunk = stream.read(at, _CHUNK)
        if match := pattern.search(chunk):
            return at + match.start()
        at += len(chunk) - 1
    return None


def lost() -> CannotDeidentify:
    """Return the error for a code stream that cannot be followed."""
    return CannotDeidentify("malformed", "A compressed frame cannot be followed to its end.")


def unclear() -> CannotDeidentify:
    """Return the error for a code stream of which nobody can tell what of it is the picture."""
    return CannotDeidentify("pixels-unclear", "A compressed frame holds what no picture needs, or contradicts itself.")
