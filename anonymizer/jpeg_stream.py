"""Follow a JPEG or JPEG-LS code stream from segment to segment, and tell what in it is no picture.

COM and APPn segments (ITU-T T.81 B.2.4.5 and B.2.4.6) stand ahead of a scan and between scans. What a picture needs of
them stays: the density of JFIF, the colours of Adobe and of ICC, the colour transformation of JPEG-LS. Of the tables
(B.2.4, T.87 C.2.4) those stay that a scan reads, and of the others their class, number and counts, so that no decoder
takes them for tables of another number; the tables of T.81 annex K say nothing and stay as well. There is one frame
header, unless the stream is hierarchical, of at most four components.
"""

import re
from dataclasses import dataclass, field
from hashlib import sha256

from anonymizer.colour_profile import places_of_words
from anonymizer.fragment_stream import FragmentStream, Range
from anonymizer.marker_segments import (
    END,
    MOST_SEGMENTS,
    START,
    START_OF_SCAN,
    Picture,
    lost,
    next_match,
    segment_at,
    unclear,
)
from anonymizer.segment_sizes import (
    ARITHMETIC,
    FRAMES,
    HUFFMAN,
    MOST_CONDITIONING,
    PRESET,
    QUANTIZATION,
    size_of_huffman,
    size_of_quantization,
    size_of_segment,
)

_COMMENT, _APPLICATION = 0xFFFE, range(0xFFE0, 0xFFF0)
_FRAME_OF_JPEG_LS, _HIERARCHY = 0xFFF7, 0xFFDE
_LOSSLESS = frozenset({0xFFC3, 0xFFC7, 0xFFCB, 0xFFCF, _FRAME_OF_JPEG_LS})
_BY_ARITHMETIC = frozenset(range(0xFFC9, 0xFFD0)) - {ARITHMETIC}
_MAPPING, _MAPPING_GOES_ON = b"\2", b"\3"  # kinds of LSE segments
_MOST_COMPONENTS = 4
# What ends compressed data: no stuffed byte and no restart. In JPEG-LS a stuffed bit leaves bytes below 80.
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_MARKER_OF_JPEG_LS = re.compile(rb"\xff[\x80-\xcf\xd8-\xfe]")
_PROFILE, _PROFILE_HEADER = b"ICC_PROFILE\0", 14
# Which application segments a picture needs: the marker, how its body begins, and how many bytes of it stay.
_NEEDED = ((0xFFE0, b"JFIF\0", 14), (0xFFE8, b"mrfx", 5), (0xFFEE, b"Adobe", 12))
# SHA-256 of the counts and symbols of the four tables in T.81 K.3.
_TYPICAL = frozenset(
    bytes.fromhex(digest)
    for digest in (
        "2f66814c875b53173f057d784a16a34d0d1f9aa91cdfa7143c41be02c9c7b005",
        "a6283a08f5d97906b66adcc812e32396ea83059e55dd4cc91934cf447559aeb6",
        "602f734c8c12c1d9d049a18fd91d9ef3d3d8c402665f90db3d97721fc49e4804",
        "13f90e3c9dc476c66f24347f6ad29cea93262e99faed279970c2f74e0557f445",
    )
)
_Key = tuple[int, int]


@dataclass(slots=True)
class _Tables:
    """Follow which tables are read: what of each goes if no scan reads it, by marker and number as they stand now."""

    now: dict[_Key, list[Range]] = field(default_factory=dict)
    unread: dict[_Key, list[Range]] = field(default_factory=dict)
    never_read: list[Range] = field(default_factory=list)

    def define(self, key: _Key, where: Range, *, more: bool = False) -> None:
        """Put a table in the place of one, or `more` to it."""
        if not more:
            self.never_read += self.unread.pop(key, [])
        self.unread.setdefault(key, []).append(where)

    def read(self, keys: set[_Key]) -> None:
        """Tell that a scan reads tables."""
        for key in keys:
            self.unread.pop(key, None)

    def left(self) -> list[Range]:
        """Return what no scan read."""
        return self.never_read + [where for places in self.unread.values() for where in places]


@dataclass(slots=True)
class _Frame:
    """Be what the frame header says: its marker, and which quantization each component has."""

    marker: int = 0
    quantizations: dict[int, int] = field(default_factory=dict)
    picture: Picture | None = None
    hierarchical: bool = False


def follow_jpeg(stream: FragmentStream, start: int) -> tuple[list[Range], int, Picture | None]:
    """Return what is no picture, where the code stream ends, and the size that its header tells.

    Raises CannotDeidentify where it cannot be followed, or nobody can tell what of it is the picture.
    """
    notes: list[Range] = []
    tables, frame = _Tables(), _Frame()
    at, data = start + 2, _MARKER
    for _ in range(MOST_SEGMENTS):
        marker, at, length = segment_at(stream, at)
        if marker == END:
            break
        if marker == START:
            if not stream.begins(at - 2):
                raise lost()
            at -= 2  # the one before had no end
            break
        body = stream.read(at, length)
        notes += [(at + begin, size) for begin, size in _notes(marker, body)]
        _define(tables, marker, body, at)
        _heed(frame, marker, body)
        at += length
        if marker == START_OF_SCAN:
            tables.read(_read_by(frame, body))
            at = next_match(stream, at, data) or stream.length
            if at == stream.length:
                break  # the last one had no end
        elif marker == _FRAME_OF_JPEG_LS:
            data = _MARKER_OF_JPEG_LS
    else:
        raise lost()
    return sorted(notes + tables.left()), at, frame.picture


def _notes(marker: int, body: bytes) -> list[Range]:
    """Return what of the body of a segment no picture needs."""
    if marker == 0xFFE2 and body.startswith(_PROFILE):
        return _profile_notes(body)
    if marker == _COMMENT or marker in _APPLICATION:
        kept = next((kept for each, name, kept in _NEEDED if each == marker and body.startswith(name)), 0)
    else:
        kept = size_of_segment(marker, body)
    kept = min(kept, len(body))
    return [(kept, len(body) - kept)]


def _profile_notes(body: bytes) -> list[Range]:
    """Return where words stand in a profile of colours; one that is told in several segments goes whole."""
    places = places_of_words(body[_PROFILE_HEADER:]) if body[12:14] == b"\1\1" else None
    if places is None:
        return [(0, len(body))]
    return [(_PROFILE_HEADER + begin, size) for begin, size in places]


def _define(tables: _Tables, marker: int, body: bytes, at: int) -> None:
    index = 0
    while marker in {HUFFMAN, QUANTIZATION} and index < len(body):
        head, size = (17, size_of_huffman) if marker == HUFFMAN else (1, size_of_quantization)
        end = index + size(body, index)
        if end > len(body):
            break
        number = body[index] if marker == HUFFMAN else body[index] & 15
        typical = marker == HUFFMAN and sha256(body[index + 1 : end]).digest() in _TYPICAL
        tables.define((marker, number), (at + index + head, 0 if typical else end - index - head))
        index = end
    if marker == ARITHMETIC:
        tables.define((ARITHMETIC, 0), (at, min(len(body), MOST_CONDITIONING)), more=True)
    elif marker == PRESET and body[:1] in {_MAPPING, _MAPPING_GOES_ON} and len(body) > 3:
        tables.define((PRESET, body[1]), (at + 3, len(body) - 3), more=body[:1] == _MAPPING_GOES_ON)


def _heed(frame: _Frame, marker: int, body: bytes) -> None:
    """Learn from a frame header; raises CannotDeidentify for a second one, or more components than pictures have."""
    if marker not in FRAMES:
        return
    components = body[5] if len(body) > 5 else 0
    if components > _MOST_COMPONENTS or (frame.marker and not frame.hierarchical):
        raise unclear()
    if marker == _HIERARCHY:
        frame.hierarchical = True
        return
    frame.marker = marker
    triples = zip(*[iter(body[6 : 6 + 3 * components])] * 3, strict=False)
    frame.quantizations = {number: quantization for number, _, quantization in triples}
    if not frame.hierarchical:
        frame.picture = (int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big"), components)


def _read_by(frame: _Frame, body: bytes) -> set[_Key]:
    """Return which tables a scan reads (T.81 B.2.3, T.87 C.2.3)."""
    count = body[0] if body else 0
    if count > _MOST_COMPONENTS:
        raise unclear()
    found: set[_Key] = set()
    for number, which in zip(*[iter(body[1 : 1 + 2 * count])] * 2, strict=False):
        if frame.marker == _FRAME_OF_JPEG_LS:
            found |= {(PRESET, which)} if which else set()
            continue
        if frame.marker in _BY_ARITHMETIC:
            found.add((ARITHMETIC, 0))
        else:
            found.add((HUFFMAN, which >> 4))
        if frame.marker not in _LOSSLESS:
            found |= {(HUFFMAN, 0x10 | which & 15), (QUANTIZATION, frame.quantizations.get(number, 0))}
    return found
