"""Find what writers note in the headers of compressed frames: comments, Exif, previews. No decoder needs it to decode.

JPEG and JPEG-LS have COM and APPn segments (ITU-T T.81 B.2.4.5 and B.2.4.6), JPEG 2000 has COM segments in the header
of the codestream and of each part of a tile (ITU-T T.800 A.9.2). What a picture needs stays: the density of JFIF, the
colours of Adobe and of ICC, the colour transformation of JPEG-LS. Headers are looked at, compressed data is not: what
a writer notes between two scans is not found.
"""

from collections.abc import Callable, Iterator
from struct import Struct

from anonymizer.element import Fragments
from anonymizer.errors import CannotDeidentify

Fetch = Callable[[int, int], bytes]
Range = tuple[int, int]
"""Where something lies: offset in the source and length in bytes."""

_ITEM = Struct("<HHL").unpack
_SEGMENT = Struct(">HH").unpack_from
_TILE_PART = Struct(">HHHL").unpack_from
_JPEG, _JPEG_2000 = b"\xff\xd8\xff", b"\xff\x4f\xff\x51"
_COMMENT, _APPLICATION = 0xFFFE, range(0xFFE0, 0xFFF0)
_START_OF_SCAN = 0xFFDA
_COMMENT_2000, _START_OF_TILE_PART, _START_OF_DATA, _END = 0xFF64, 0xFF90, 0xFF93, 0xFFD9
_ALL = 1 << 16
_HEAD = 1024
# Which application segments a picture needs: the marker, how its body begins, and how many bytes of it stay.
_NEEDED = (
    (0xFFE0, b"JFIF\0", 14),
    (0xFFE2, b"ICC_PROFILE\0", _ALL),
    (0xFFE8, b"mrfx", 5),
    (0xFFEE, b"Adobe", 12),
)


class _Fragment:
    """Be the bytes of one fragment, read as far as they are asked for."""

    def __init__(self, fetch: Fetch, start: int, length: int) -> None:
        self._fetch, self.start, self.length = fetch, start, length
        self._head = fetch(start, min(length, _HEAD))

    def read(self, at: int, length: int) -> bytes:
        if at + length <= len(self._head):
            return self._head[at : at + length]
        return self._fetch(self.start + at, max(0, min(length, self.length - at)))


def notes_in(fetch: Fetch, value: Fragments) -> tuple[Range, ...]:
    """Return where notes lie in encapsulated pixel data.

    Raises CannotDeidentify where one does not end in its fragment.
    """
    found: list[Range] = []
    at, end, first = value.start, value.start + value.length, True
    while at + 8 <= end:
        length = _ITEM(fetch(at, 8))[2]
        at += 8
        if not first and length > 4:  # the first item is the Basic Offset Table
            found += _of_fragment(_Fragment(fetch, at, length))
        at, first = at + length, False
    return tuple(found)


def _of_fragment(fragment: _Fragment) -> Iterator[Range]:
    begin = fragment.read(0, 4)
    if begin.startswith(_JPEG):
        return _of_jpeg(fragment)
    return _of_jpeg_2000(fragment) if begin == _JPEG_2000 else iter(())


def _of_jpeg(fragment: _Fragment) -> Iterator[Range]:
    for marker, at, length in _segments(fragment, 2, _START_OF_SCAN):
        if marker == _COMMENT or marker in _APPLICATION:
            kept = _needed(marker, fragment.read(at, 16))
            if length > kept:
                yield fragment.start + at + kept, length - kept


def _of_jpeg_2000(fragment: _Fragment) -> Iterator[Range]:
    at = 2
    while at < fragment.length:
        next_part = 0
        for marker, body, length in _segments(fragment, at, _START_OF_DATA):
            if marker == _COMMENT_2000 and length > 2:  # two bytes say whether it is text
                yield fragment.start + body + 2, length - 2
            if marker == _START_OF_TILE_PART and length == 8:
                tile_part = _TILE_PART(fragment.read(body - 4, 10))[3]
                next_part = body - 4 + tile_part if tile_part >= 14 else 0
        if not next_part:
            return
        at = next_part


def _segments(fragment: _Fragment, at: int, last: int) -> Iterator[tuple[int, int, int]]:
    """Yield marker, begin and length of the body of each segment ahead of a marker."""
    while at + 4 <= fragment.length:
        marker, length = _SEGMENT(fragment.read(at, 4))
        if marker == 0xFFFF:  # fill bytes may stand ahead of a marker
            at += 1
            continue
        if marker in {last, _END} or marker < 0xFF01 or length < 2:
            return
        if at + 2 + length > fragment.length:
            raise CannotDeidentify("malformed", "The header of a compressed frame does not end in its fragment.")
        yield marker, at + 4, length - 2
        at += 2 + length


def _needed(marker: int, begin: bytes) -> int:
    return next((kept for each, name, kept in _NEEDED if each == marker and begin.startswith(name)), 0)
