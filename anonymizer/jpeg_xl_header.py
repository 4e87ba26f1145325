"""Read what a JPEG XL code stream is made of, bit by bit, and refuse what is more than a picture (ISO/IEC 18181-1).

Read are the image header (annex D), the headers of frames and their tables of contents (annex F), which tell where the
code stream ends; no data is decoded. Refused, since nobody could tell what they hold, are previews, animations, extra
channels, extensions, names of frames, embedded profiles of colours and tables of contents in another order.
"""

from collections.abc import Callable

from anonymizer.marker_segments import Picture, unclear

Read = Callable[[int, int], bytes]
Distribution = tuple[int, int]
"""How many bits a number has, and what is added to it."""

_SIZE: tuple[Distribution, ...] = ((9, 1), (13, 1), (18, 1), (30, 1))
_ENUM: tuple[Distribution, ...] = ((0, 0), (0, 1), (4, 2), (6, 18))
_BITS: tuple[Distribution, ...] = ((0, 8), (0, 10), (0, 12), (6, 1))
_FLOAT_BITS: tuple[Distribution, ...] = ((0, 32), (0, 16), (0, 24), (6, 1))
_EXTRA_CHANNELS: tuple[Distribution, ...] = ((0, 0), (0, 1), (4, 2), (12, 1))
_CUSTOM_XY: tuple[Distribution, ...] = ((19, 0), (19, 524288), (20, 1048576), (21, 2097152))
_POWERS: tuple[Distribution, ...] = ((0, 1), (0, 2), (0, 4), (0, 8))
_PASSES: tuple[Distribution, ...] = ((0, 1), (0, 2), (0, 3), (3, 4))
_DOWNSAMPLINGS: tuple[Distribution, ...] = ((0, 0), (0, 1), (0, 2), (1, 3))
_LAST_PASS: tuple[Distribution, ...] = ((0, 0), (0, 1), (0, 2), (3, 0))
_LEVEL_OF_DC: tuple[Distribution, ...] = ((0, 1), (0, 2), (0, 3), (0, 4))
_NAME: tuple[Distribution, ...] = ((0, 0), (4, 0), (5, 16), (10, 48))
_CONTENT: tuple[Distribution, ...] = ((10, 0), (14, 1024), (22, 17408), (30, 4211712))
_ASPECTS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
_GREY, _XYB, _CUSTOM = 1, 2, 2
_REGULAR, _OF_DC = 0, 1
_USES_DC_FRAME = 32
_HALF = 16
_WEIGHTS = (15, 55, 210)  # half-precision numbers of upsampling by two, four and eight
_OPSIN = 16  # half-precision numbers
_MOST_FRAMES = 8


class _Bits:
    """Read numbers from bytes, the lowest bit first."""

    def __init__(self, read: Read, length: int, at: int) -> None:
        self._read, self.length, self.at = read, length, at * 8

    def number(self, count: int) -> int:
        first, last = self.at >> 3, self.at + count + 7 >> 3
        if last > self.length:
            raise unclear()
        whole = int.from_bytes(self._read(first, last - first), "little") >> (self.at & 7)
        self.at += count
        return whole & (1 << count) - 1

    def flag(self) -> bool:
        return self.number(1) == 1

    def chosen(self, distributions: tuple[Distribution, ...]) -> int:
        """Return a number whose first two bits choose its distribution (B.2.2)."""
        count, offset = distributions[self.number(2)]
        return offset + self.number(count)

    def long(self) -> int:
        """Return a number of up to 64 bits (B.2.3)."""
        choice = self.number(2)
        if choice < 3:
            return (0, 1, 17)[choice] + self.number((0, 4, 8)[choice])
        value, shift = self.number(12), 12
        while shift < 64 and self.flag():
            count = 4 if shift == 60 else 8
            value |= self.number(count) << shift
            shift += 8
        return value

    def none(self, *found: int | bool) -> None:
        """Refuse what is not expected to be there."""
        if any(found):
            raise unclear()

    def to_byte(self) -> int:
        """Pass over the bits up to the next byte, which are zeros (B.2.7), and return where it is."""
        self.none(self.number(-self.at % 8))
        return self.at >> 3


def end_of_picture(read: Read, length: int) -> tuple[int, Picture]:
    """Return where a code stream ends, and its rows, columns and colours; `read` gives bytes from a place on.

    Raises CannotDeidentify where it is more than one picture, or of a kind that is not known here.
    """
    bits = _Bits(read, length, 2)
    rows, columns = _size(bits)
    transformed, grey = _image(bits)
    for _ in range(_MOST_FRAMES):
        bits.to_byte()
        if _frame(bits, rows, columns, transformed=transformed):
            return bits.at >> 3, (rows, columns, 1 if grey else 3)
    raise unclear()


def _size(bits: _Bits) -> tuple[int, int]:
    small = bits.flag()
    rows = 8 * (1 + bits.number(5)) if small else bits.chosen(_SIZE)
    ratio = bits.number(3)
    if ratio:
        across, down = _ASPECTS[ratio - 1]
        return rows, rows * across // down
    return rows, 8 * (1 + bits.number(5)) if small else bits.chosen(_SIZE)


def _image(bits: _Bits) -> tuple[bool, bool]:
    """Return whether colours are transformed (XYB), and whether there are only greys (annex D)."""
    transformed, grey = True, False
    if not bits.flag():  # all as usual
        more = bits.flag()
        if more:
            bits.number(3)  # orientation
            bits.none(bits.flag(), bits.flag(), bits.flag())  # another size to show, a preview, an animation
        if bits.flag():  # floating point
            bits.chosen(_FLOAT_BITS)
            bits.number(4)
        else:
            bits.chosen(_BITS)
        bits.number(1)  # small buffers suffice
        bits.none(bits.chosen(_EXTRA_CHANNELS))
        transformed = bits.flag()
        grey = _colours(bits)
        if more and not bits.flag():  # how light the display is
            bits.number(2 * _HALF)
            bits.flag()
            bits.number(_HALF)
        bits.none(bits.long())  # extensions
    if not bits.flag():
        if transformed and not bits.flag():
            bits.number(_OPSIN * _HALF)
        custom = bits.number(3)
        for place, count in enumerate(_WEIGHTS):
            if custom >> place & 1:
                bits.number(count * _HALF)
    return transformed, grey


def _colours(bits: _Bits) -> bool:
    """Return whether there are only greys; refuses an embedded profile."""
    if bits.flag():
        return False
    bits.none(bits.flag())  # a profile
    space = bits.chosen(_ENUM)
    if space != _XYB:
        if bits.chosen(_ENUM) == _CUSTOM:  # white
            _points(bits, 1)
        if space != _GREY and bits.chosen(_ENUM) == _CUSTOM:  # primaries
            _points(bits, 3)
        if bits.flag():
            bits.number(24)  # gamma
        else:
            bits.chosen(_ENUM)
    bits.chosen(_ENUM)  # rendering intent
    return space == _GREY


def _points(bits: _Bits, count: int) -> None:
    for _ in range(2 * count):
        bits.chosen(_CUSTOM_XY)


def _frame(bits: _Bits, rows: int, columns: int, *, transformed: bool) -> bool:
    """Pass over a frame; return whether it is the last (annex F)."""
    shift, passes, last, upsampling, level = 1, 1, True, 1, 0
    if not bits.flag():
        kind = bits.number(2)
        modular = bits.flag()
        flags = bits.long()
        bits.none(kind not in {_REGULAR, _OF_DC})
        shared = not transformed and bits.flag()  # colours of JPEG
        if not flags & _USES_DC_FRAME:
            bits.number(6 if shared else 0)
            upsampling = bits.chosen(_POWERS)
        if modular:
            shift = bits.number(2)
        elif transformed:
            bits.number(6)
        passes = _passes(bits)
        if kind == _OF_DC:
            level, last = bits.chosen(_LEVEL_OF_DC), False
        else:
            bits.none(bits.flag(), bits.number(2))  # a part of the picture, blended with another
            last = bits.flag()
            bits.none(not last)
        bits.none(bits.chosen(_NAME))
        _restoration(bits, modular=modular)
        bits.none(bits.long())  # extensions
    side = 128 << shift
    scale = upsampling << 3 * level
    sides = [-(-each // scale) for each in (rows, columns)]
    groups, of_dc = (_groups(sides, each) for each in (side, 8 * side))
    _pass_contents(bits, 1 if groups == passes == 1 else 2 + of_dc + groups * passes)
    return last


def _passes(bits: _Bits) -> int:
    passes = bits.chosen(_PASSES)
    if passes > 1:
        count = bits.chosen(_DOWNSAMPLINGS)
        bits.number(2 * (passes - 1))
        for _ in range(count):
            bits.chosen(_POWERS)
        for _ in range(count):
            bits.chosen(_LAST_PASS)
    return passes


def _restoration(bits: _Bits, *, modular: bool) -> None:
    """Pass over the filters behind decoding (annex J)."""
    if bits.flag():
        return
    if bits.flag() and bits.flag():
        bits.number(6 * _HALF)
    if bits.number(2):
        if not modular and bits.flag():
            bits.number(8 * _HALF)
        if bits.flag():
            bits.number(5 * _HALF)
        if bits.flag():
            bits.number((3 if modular else 4) * _HALF)
        if modular:
            bits.number(_HALF)
    bits.none(bits.long())  # extensions


def _groups(sides: list[int], side: int) -> int:
    rows, columns = sides
    return -(-rows // side) * -(-columns // side)


def _pass_contents(bits: _Bits, count: int) -> None:
    """Pass over a table of contents, whose entries are as many bytes, and over those."""
    bits.none(bits.flag())  # in another order
    bits.to_byte()
    total = sum(bits.chosen(_CONTENT) for _ in range(count))
    end = bits.to_byte() + total
    bits.at = 8 * end
    if bits.at // 8 > bits.length:
        raise unclear()
