"""Follow a JPEG XL code stream, bare or in boxes, and tell what in it is no picture (ISO/IEC 18181-1 and -2).

Of boxes those stay that hold the code stream; Exif, XML, JUMBF, compressed ones and all others become boxes of zeros of
no known type, which decoders pass over. Refused is what makes a JPEG file out of the picture again (`jbrd`), since that
holds the notes of the file compressed. The code stream must be one picture and nothing else (`jpeg_xl_header`).
"""

from struct import Struct

from anonymizer.fragment_stream import FragmentStream, Range
from anonymizer.jpeg_xl_header import end_of_picture
from anonymizer.marker_segments import Picture, lost, unclear

_BARE = b"\xff\x0a"
_SIGNATURE = b"\0\0\0\x0cJXL \r\n\x87\n"
JPEG_XL = (_BARE, _SIGNATURE)
_BOX, _LONG, _PART = Struct(">L4s"), Struct(">Q"), Struct(">L")
_TYPES = b"ftypjxl \0\0\0\0jxl "
_LEVELS = (b"\5", b"\x0a")
_LAST_PART = 0x80000000
_MOST_BOXES = 1024
_LARGEST = 1 << 28


def follow_jpeg_xl(stream: FragmentStream, start: int) -> tuple[list[Range], int, Picture | None]:
    """Return what is no picture, where the code stream or its last box ends, and the size that its header tells.

    Raises CannotDeidentify where it cannot be followed, or nobody can tell what of it is the picture.
    """
    if stream.read(start, 2) == _BARE:
        length, picture = end_of_picture(lambda at, count: stream.read(start + at, count), stream.length - start)
        return [], start + length, picture
    notes, parts, end = _boxes(stream, start)
    data = _whole(stream, parts)
    length, picture = end_of_picture(lambda at, count: data[at : at + count], len(data))
    if data[length:].strip(b"\0"):
        raise unclear()
    return notes, end, picture


def _boxes(stream: FragmentStream, start: int) -> tuple[list[Range], list[Range], int]:
    """Return what is no picture, where the code stream lies in parts, and where the boxes end."""
    notes: list[Range] = []
    parts: list[Range] = []
    at = start
    for number in range(_MOST_BOXES):
        head = stream.read(at, len(_SIGNATURE))
        if not head[:8].strip(b"\0") or (number and head == _SIGNATURE):
            return notes, parts, at
        kind, begin, size = _box(stream, at)
        body = stream.read(begin, min(size, 32))
        if kind == b"jbrd":
            raise unclear()
        if kind == b"jxlc":
            parts.append((begin, size))
        elif kind == b"jxlp" and size >= _PART.size and _PART.unpack(body[:4])[0] & ~_LAST_PART == len(parts):
            parts.append((begin + _PART.size, size - _PART.size))
        elif not _says_nothing(kind, body, size, number):
            notes.append((at + 4, begin + size - at - 4))
        at = begin + size
    raise lost()


def _box(stream: FragmentStream, at: int) -> tuple[bytes, int, int]:
    """Return the type of a box, where its content begins, and how long that is."""
    head = stream.read(at, 16)
    if len(head) < _BOX.size:
        raise lost()
    size, kind = _BOX.unpack(head[:8])
    begin = at + 8
    if size == 1 and len(head) == 16:
        begin, size = at + 16, _LONG.unpack(head[8:])[0]
    elif size == 0:  # to the end
        size = stream.end_of_fragment(at + 1) - at
    if size < begin - at or at + size > stream.length:
        raise lost()
    return kind, begin, size - (begin - at)


def _says_nothing(kind: bytes, body: bytes, size: int, number: int) -> bool:
    """Tell whether a box is the signature, the type of the file, or the level of the code stream."""
    if number == 0:
        return True
    return (kind + body == _TYPES and size == len(body)) or (kind == b"jxll" and size == 1 and body in _LEVELS)


def _whole(stream: FragmentStream, parts: list[Range]) -> bytes:
    if sum(size for _, size in parts) > _LARGEST:
        raise unclear()
    return b"".join(stream.read(begin, size) for begin, size in parts)
