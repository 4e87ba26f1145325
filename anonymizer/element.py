"""Hold a data set as plain elements, with large values left where they are.

An element that is kept stays bytes from input to output (PS3.5 section 7.1); only what a rule touches is decoded.
"""

from dataclasses import dataclass
from struct import Struct

LONG_VRS = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"})
SHORT_VRS = frozenset(
    {"AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO", "LT"}
    | {"PN", "SH", "SL", "SS", "ST", "TM", "UI", "UL", "US"}
)
UNDEFINED_LENGTH = 0xFFFFFFFF
ITEM, ITEM_DELIMITER, SEQUENCE_DELIMITER = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
PIXEL_DATA = frozenset({0x7FE00008, 0x7FE00009, 0x7FE00010})


@dataclass(frozen=True, slots=True, eq=False)
class Encoding:
    """Name how elements are laid out: explicit or implicit VR, little or big endian (PS3.5 Annex A).

    There are three of them, each one object.
    """

    explicit: bool
    little: bool
    short: Struct
    explicit_header: Struct
    length: Struct
    tag_and_length: Struct


def _encoding(*, explicit: bool, little: bool) -> Encoding:
    order = "<" if little else ">"
    formats = ("H", "HH2sH", "L", "HHL")
    return Encoding(explicit, little, *(Struct(order + layout) for layout in formats))


EXPLICIT_LITTLE = _encoding(explicit=True, little=True)
IMPLICIT_LITTLE = _encoding(explicit=False, little=True)
EXPLICIT_BIG = _encoding(explicit=True, little=False)


@dataclass(frozen=True, slots=True)
class RawItems:
    """Keep a sequence value of defined length unparsed until a rule wants its items."""

    data: bytes
    encoding: Encoding


@dataclass(frozen=True, slots=True)
class Bulk:
    """Point to a large value that stays in the source; its last `surplus` bytes are written as zeros."""

    start: int
    length: int
    surplus: int = 0

    @property
    def kept(self) -> int:
        return self.length - self.surplus


@dataclass(frozen=True, slots=True)
class Fragments:
    """Point to the items of encapsulated pixel data in the source, without the closing delimiter (PS3.5 A.4).

    The ranges that are `blanked`, ascending offsets in the source and lengths, are written as zeros.
    """

    start: int
    length: int
    blanked: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Encoded:
    """Hold an element as it is to be written, header and all, and whether its text is ASCII."""

    data: bytes
    ascii: bool


@dataclass(slots=True)
class Element:
    """Be one data element; a sequence has a list of items, each a list of elements."""

    tag: int
    vr: str
    value: "bytes | RawItems | Bulk | Fragments | Encoded | list[list[Element]]"


Items = list[list[Element]]
