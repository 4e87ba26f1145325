"""Know how much of a segment of JPEG 2000 is what its marker says (ITU-T T.800 Annex A, T.801 A.3, T.814 A.3).

What a segment holds depends on the image: `Parts` is what its headers said of that. Segments of other markers are
nothing to a decoder; those of the extensions of T.801 only to one that was told to expect them.
"""

from collections.abc import Callable
from dataclasses import dataclass

COMMENT, SIZE, CODING, CODING_OF_ONE = 0xFF64, 0xFF51, 0xFF52, 0xFF53
TILE_PART, QUANTIZATION, QUANTIZATION_OF_ONE = 0xFF90, 0xFF5C, 0xFF5D
CAPABILITIES, PROFILE, PROFILE_OF_T814, REGION, ORDER = 0xFF50, 0xFF56, 0xFF59, 0xFF5E, 0xFF5F
TILE_PART_LENGTHS, PACKET_LENGTHS, PACKET_LENGTHS_OF_ONE = 0xFF55, 0xFF57, 0xFF58
PACKED_HEADERS = frozenset({0xFF60, 0xFF61})
_EXTENSIONS = range(0xFF70, 0xFF7A)
_DECOMPOSITIONS = frozenset({0xFF72, 0xFF73})
_MOST_LEVELS = 32
_EXTENDED = 0x8000  # of the capabilities in SIZ (T.801 A.2.1)
_BY_PARTS = 0x4000  # of the same: that CAP says more
_PARTS_KNOWN = 0xFFFF8000  # bits of CAP: the parts 1 to 17 of the standard
_FEW_COMPONENTS = 257  # up to here the number of a component takes one byte
_MOST_ORDER = 4  # of five progressions
OF_MAIN_HEADER = frozenset({SIZE, CAPABILITIES, PROFILE, PROFILE_OF_T814, TILE_PART_LENGTHS, PACKET_LENGTHS})
_ONCE = frozenset({SIZE, CODING, QUANTIZATION, CAPABILITIES, PROFILE, PROFILE_OF_T814, ORDER})
_ONCE_A_COMPONENT = frozenset({CODING_OF_ONE, QUANTIZATION_OF_ONE, REGION})


@dataclass(slots=True)
class Parts:
    """Be what the headers of a code stream say: its components, its levels at most, what it may be extended by."""

    components: int = 1
    levels: int = 0
    extended: bool = False
    by_parts: bool = False
    decomposed_freely: bool = False

    def heed(self, marker: int, body: bytes) -> None:
        """Learn from a segment."""
        if marker == SIZE:
            self.components = int.from_bytes(body[34:36], "big")
            capabilities = int.from_bytes(body[:2], "big")
            self.extended, self.by_parts = bool(capabilities & _EXTENDED), bool(capabilities & _BY_PARTS)
        elif marker == CODING:
            self.levels = max(self.levels, _at(body, 5) & 0x3F)
        elif marker == CODING_OF_ONE:
            self.levels = max(self.levels, _at(body, self.wide + 1) & 0x3F)
        elif marker in _DECOMPOSITIONS:
            self.decomposed_freely = True

    def once(self, marker: int, body: bytes) -> bytes:
        """Return what may stand once in a header, empty for what may stand there more often."""
        if marker in _ONCE_A_COMPONENT:
            return marker.to_bytes(2, "big") + body[: self.wide]
        return marker.to_bytes(2, "big") if marker in _ONCE else b""

    def is_order(self, body: bytes) -> bool:
        """Tell whether a POC segment holds changes of progression: five numbers and an order each (T.800 A.6.6)."""
        one, firsts = 5 + 2 * self.wide, body[:: 5 + 2 * self.wide]
        orders, lasts = body[one - 1 :: one], body[self.wide + 3 :: one]
        within = max(firsts, default=0) <= _MOST_LEVELS and max(lasts, default=0) <= _MOST_LEVELS + 1
        return len(body) % one == 0 and within and max(orders, default=0) <= _MOST_ORDER

    @property
    def wide(self) -> int:
        """Return how many bytes the number of a component takes."""
        return 1 if self.components < _FEW_COMPONENTS else 2

    @property
    def subbands(self) -> int:
        """Return of how many subbands a step size may be told."""
        return 1 + 3 * (_MOST_LEVELS if self.decomposed_freely else min(self.levels, _MOST_LEVELS))

    def size(self, marker: int, body: bytes) -> int:
        """Return how many bytes of a segment its marker asks for; it may be more than there are."""
        if marker in _EXTENSIONS:
            return len(body) if self.extended else 0
        size = _SIZES.get(marker)
        return size(body, self) if size else 0


def _at(body: bytes, index: int) -> int:
    return body[index] if index < len(body) else 0


def _precincts(levels: int, style: int) -> int:
    return (levels + 1) * (style & 1)


def _steps(body: bytes, at: int, parts: Parts) -> int:
    """Return the size of the step sizes of QCD and QCC, by their style (T.800 A.6.4)."""
    return at + 1 + {0: parts.subbands, 1: 2}.get(_at(body, at) & 31, 2 * parts.subbands)


def _of_one(body: bytes, parts: Parts, size: int) -> int:
    """Return the size of a segment of one component, nothing where there is no such component."""
    return size if int.from_bytes(body[: parts.wide], "big") < parts.components else 0


def _capabilities(body: bytes, parts: Parts) -> int:
    known = int.from_bytes(body[:4], "big")
    return 4 + 2 * known.bit_count() if parts.by_parts and not known & ~_PARTS_KNOWN else 0


_SIZES: dict[int, Callable[[bytes, Parts], int]] = {
    COMMENT: lambda body, parts: 2,  # whether it is text
    SIZE: lambda body, parts: 36 + 3 * parts.components,
    TILE_PART: lambda body, parts: 8,
    CODING: lambda body, parts: 10 + _precincts(_at(body, 5), _at(body, 0)),
    CODING_OF_ONE: lambda body, parts: _of_one(
        body, parts, parts.wide + 6 + _precincts(_at(body, parts.wide + 1), _at(body, parts.wide))
    ),
    QUANTIZATION: lambda body, parts: _steps(body, 0, parts),
    QUANTIZATION_OF_ONE: lambda body, parts: _of_one(body, parts, _steps(body, parts.wide, parts)),
    CAPABILITIES: _capabilities,
    PROFILE: lambda body, parts: 2 if parts.by_parts else 0,
    PROFILE_OF_T814: lambda body, parts: 2 if parts.by_parts else 0,
    REGION: lambda body, parts: _of_one(body, parts, parts.wide + 2),
    ORDER: lambda body, parts: len(body),
    TILE_PART_LENGTHS: lambda body, parts: len(body),
    PACKET_LENGTHS: lambda body, parts: len(body),
    PACKET_LENGTHS_OF_ONE: lambda body, parts: len(body),
}
