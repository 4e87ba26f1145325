"""Know what of a profile of colours (ICC.1, clause 7) says colours: the rest of it are words, of makers and of people.

The header and the table of tags stay, and the data of the tags that colours are computed by.
"""

from struct import Struct, error

_SIGNATURE, _AT_SIGNATURE, _TABLE = b"acsp", 36, 128
_COUNT, _TAG = Struct(">L"), Struct(">4sLL")
_MOST_TAGS = 100
_OF_COLOURS = frozenset(
    b"rXYZ gXYZ bXYZ rTRC gTRC bTRC kTRC wtpt bkpt lumi chad chrm gamt A2B0 A2B1 A2B2 A2B3 B2A0 B2A1 B2A2 B2A3"
    b" D2B0 D2B1 D2B2 D2B3 B2D0 B2D1 B2D2 B2D3 pre0 pre1 pre2 cicp".split()
)
# Fields of the header that name programs, a time, a maker, a model, who made the profile, and its digest.
_NAMING = ((4, 4), (24, 12), (48, 8), (80, 48))
# Types of data that hold no words, whatever the tag they stand under.
_OF_NUMBERS = frozenset(
    {b"XYZ ", b"curv", b"para", b"mft1", b"mft2", b"mAB ", b"mBA ", b"sf32", b"chrm", b"mpet", b"cicp"}
)


def places_of_words(profile: bytes) -> tuple[tuple[int, int], ...] | None:
    """Return where in a profile there is anything but colours: offset and length, ascending; None for no profile."""
    if profile[_AT_SIGNATURE : _AT_SIGNATURE + 4] != _SIGNATURE:
        return None
    try:
        (count,) = _COUNT.unpack_from(profile, _TABLE)
        tags = [_TAG.unpack_from(profile, _TABLE + 4 + number * _TAG.size) for number in range(min(count, _MOST_TAGS))]
    except error:
        return None
    head = _TABLE + _COUNT.size + count * _TAG.size
    if count > _MOST_TAGS:
        return None
    kept = [(0, head)]
    for name, start, length in sorted(tags, key=lambda tag: tag[1]):
        if start < head or start + length > len(profile):
            return None
        if name in _OF_COLOURS and profile[start : start + 4] in _OF_NUMBERS:
            kept.append((start, length))
    return (*_NAMING, *_between(kept, len(profile)))


def colours_alone(profile: bytes) -> bytes | None:
    """Return a profile with zeros for all that does not say colours; None for what is no profile."""
    places = places_of_words(profile)
    if places is None:
        return None
    left = bytearray(profile)
    for start, length in places:
        left[start : start + length] = bytes(length)
    return bytes(left)


def _between(kept: list[tuple[int, int]], end: int) -> list[tuple[int, int]]:
    found, at = [], 0
    for start, length in (*kept, (end, 0)):
        if start > at:
            found.append((at, start - at))
        at = max(at, start + length)
    return found
