"""Find what is no picture in compressed frames: notes of writers, and what stands behind the end of a code stream.

JPEG and JPEG-LS are followed by `jpeg_stream`, JPEG 2000 by `jpeg_2000_stream`, JPEG XL by `jpeg_xl_stream`. Behind the
end of a code stream a decoder reads nothing, so that all of it up to the end of the fragment is none of the picture. A
Basic Offset Table that points elsewhere than to fragments says nothing of them. No data is decoded: what a decoder
leaves unread inside a scan or a tile is not found.
"""

from dataclasses import dataclass

from anonymizer.element import Fragments
from anonymizer.errors import CannotDeidentify
from anonymizer.fragment_stream import Fetch, FragmentStream, Range
from anonymizer.jpeg_2000_stream import follow_jpeg_2000
from anonymizer.jpeg_stream import follow_jpeg
from anonymizer.jpeg_xl_stream import JPEG_XL, follow_jpeg_xl
from anonymizer.marker_segments import JPEG, JPEG_2000, Picture, lost

_FOLLOWED = {JPEG: follow_jpeg, JPEG_2000: follow_jpeg_2000, **dict.fromkeys(JPEG_XL, follow_jpeg_xl)}
_LONGEST_BEGIN = max(map(len, _FOLLOWED))
_FAMILIES = "1.2.840.10008.1.2.4."
# How a frame may begin, which is a code stream (PS3.5 A.4.1, A.4.3, A.4.4, A.4.12).
_KINDS = {
    **{
        f"{_FAMILIES}{number}": (JPEG, JPEG_2000)
        for number in (*range(50, 67), 70, 80, 81, 90, 91, 92, 93, 201, 202, 203)
    },
    **{f"{_FAMILIES}{number}": JPEG_XL for number in (110, 111, 112)},
}
_CHUNK = 1 << 18


@dataclass(frozen=True, slots=True)
class Walked:
    """Say where what is no picture lies, ascending, and how many code streams there are; None for another kind.

    A table of offsets that are none is one of these places. `pictures` are the sizes of the pictures.
    """

    notes: tuple[Range, ...]
    frames: int | None
    stream: FragmentStream
    pictures: frozenset[Picture] = frozenset()


def notes_in(fetch: Fetch, value: Fragments, syntax: str) -> tuple[Range, ...]:
    """Return where in encapsulated pixel data there is no picture; raises as `walk`."""
    return walk(fetch, value, syntax).notes


def walk(fetch: Fetch, value: Fragments, syntax: str) -> Walked:
    """Follow the code streams of encapsulated pixel data in a transfer syntax from the first to the last.

    Raises CannotDeidentify where one cannot be followed to its end, where none begins behind another, or where one is
    of another kind than the transfer syntax says.
    """
    stream, kinds = FragmentStream(fetch, value), _KINDS.get(syntax, ())
    found = [] if stream.points_at_fragments() else [stream.table]
    pictures: set[Picture] = set()
    if not kinds:
        return Walked(tuple(found), None, stream)
    if stream.length and _kind(stream, 0, kinds) is None:
        raise CannotDeidentify("pixels-unclear", "The frames are not of the kind that the transfer syntax says.")
    at = frames = 0
    while at < stream.length:
        kind = _kind(stream, at, kinds)
        if kind is not None:
            notes, at, picture = _FOLLOWED[kind](stream, at)
            frames += 1
            pictures |= {picture} if picture else set()
        elif not stream.read(at, min(stream.end_of_fragment(at + 1) - at, _CHUNK)).strip(b"\0"):
            notes, at = [], stream.end_of_fragment(at + 1)
        else:
            raise lost()
        behind = stream.end_of_fragment(at)
        if any(_kind(stream, at + pad, kinds) for pad in (0, 1) if at + pad < behind):
            raise CannotDeidentify("pixels-unclear", "Pictures stand behind each other in one frame.")
        for start, length in (*notes, (at, behind - at)):
            found += [each for each in stream.ranges(start, length) if _says_something(fetch, each, start == at)]
        at = behind
    return Walked(tuple(found), frames, stream, frozenset(pictures))


def _kind(stream: FragmentStream, at: int, kinds: tuple[bytes, ...]) -> bytes | None:
    """Return how the code stream of some kinds begins that stands at a position, None where none does."""
    begin = stream.read(at, _LONGEST_BEGIN)
    return next((kind for kind in kinds if begin.startswith(kind)), None)


def _says_something(fetch: Fetch, where: Range, behind: bool) -> bool:
    """Tell whether bytes are to be blanked: zeros need not be, nor the one byte that makes the length even."""
    if where[1] > _CHUNK:
        return True
    data = fetch(*where)
    return bool(data.strip(b"\0")) and not (behind and data == b"\xff")
