"""Black blocks of a JPEG image in its coefficients, and leave all other coefficients as they are (ITU-T T.81, annex F).

A block that is blacked gets the first coefficient of black and no other. Of the other blocks the codes are copied bit
by bit; only the first coefficient of a block behind a blacked one is written anew, as it is told as a difference.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from anonymizer.pixels.box import Box, on_grid
from anonymizer.pixels.huffman import table_of
from anonymizer.pixels.jpeg_segments import Component, JpegImage, Scan, TableSlot, read_jpeg, written
from anonymizer.pixels.verification import mask_of

_END_OF_BLOCK, _SIXTEEN_ZEROS = 0x00, 0xF0
_PLACES = 8  # bits: above them a step through the coefficients says how many it passes
_LAST, _WRONG = 1 << 10, 1 << 12
_BEYOND = 512  # bytes: more than one block can take
_LARGEST_SIZE, _LARGEST_AC = 11, 10  # bits of a difference and of a coefficient of 8-bit samples (F.1.2)

Bits = NDArray[np.uint8]


def blacked_jpeg(data: bytes, boxes: Iterable[Box], blacks: tuple[int, ...]) -> bytes:
    """Return an image with the MCUs blacked that boxes touch; `blacks` is the sample of black of each component.

    Raises ValueError where it is no sequential image of 8 bits with Huffman codes, or is damaged.
    """
    image = read_jpeg(data)
    if len(blacks) != len(image.components):
        raise ValueError("another number of components")
    touched = touched_mcus(image, boxes)
    level = {id(each): black for each, black in zip(image.components.values(), blacks, strict=True)}
    orders = {
        place: _orders(image, segment, touched, level)
        for place, segment in enumerate(image.segments)
        if isinstance(segment, Scan)
    }
    for intervals in orders.values():
        for order in (order for interval in intervals for order in interval if isinstance(order, _Code)):
            if order.symbol not in order.slot.table.codes:
                order.slot.table = order.slot.table.with_symbols({order.symbol})
    return written(image, {place: [_packed(interval) for interval in found] for place, found in orders.items()})


def touched_mcus(image: JpegImage, boxes: Iterable[Box]) -> NDArray[np.bool_]:
    """Return for the rows and columns of MCUs whether boxes touch them."""
    across, down = image.mcu
    columns, rows = -(-image.columns // across), -(-image.rows // down)
    grid = [on_grid(box, across, down) for box in boxes]
    return mask_of(
        [Box(box.x // across, box.y // down, box.width // across, box.height // down) for box in grid], columns, rows
    )


@dataclass(frozen=True, slots=True)
class _Code:
    """Be a symbol to write, with the bits that follow it."""

    slot: TableSlot
    symbol: int
    bits: int = 0
    size: int = 0


_Order = Bits | _Code


@dataclass(slots=True)
class _Colour:
    """Follow one component through an interval: its last first coefficient as it was read and as it is written."""

    component: Component
    dc: TableSlot
    ac: TableSlot
    black: int
    dc_steps: list[int]
    ac_steps: list[int]
    read: int = 0
    wrote: int = 0


def _orders(image: JpegImage, scan: Scan, touched: NDArray[np.bool_], level: dict[int, int]) -> list[list[_Order]]:
    """Return what to write in the place of each interval of a scan; raises ValueError where it is damaged."""
    colours = [_colour(*each, level) for each in scan.components]
    if len(colours) > 1:  # the blocks of an MCU stand together (A.2.3)
        unit = [each for each in colours for _ in range(each.component.across * each.component.down)]
        blacks = touched.reshape(-1).tolist()
    else:
        unit = colours
        blacks = _own_blocks(image, colours[0].component, touched).reshape(-1).tolist()
    per = scan.restart or len(blacks)
    if len(scan.intervals) != -(-len(blacks) // per):
        raise ValueError("another number of restart intervals")
    return [
        _Walk(data).orders(unit, blacks[number * per : (number + 1) * per])
        for number, data in enumerate(scan.intervals)
    ]


def _own_blocks(image: JpegImage, component: Component, touched: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which blocks become black where a component has a scan for itself: no block beyond its edges (A.2.2)."""
    across, down = image.mcu
    columns, rows = -(-image.columns * component.across // across), -(-image.rows * component.down // down)
    return touched.repeat(component.down, 0).repeat(component.across, 1)[:rows, :columns]


class _Walk:
    """Walk through one interval of a scan."""

    def __init__(self, data: bytes) -> None:
        padded = np.frombuffer(data + bytes(_BEYOND), np.uint8).astype(np.uint32)
        whole = padded[:-3] << 24 | padded[1:-2] << 16 | padded[2:-1] << 8 | padded[3:]
        self.window: list[int] = whole.tolist()
        self.bits: Bits = np.unpackbits(np.frombuffer(data, np.uint8))
        self.at = self.copied = 0
        self.found: list[_Order] = []

    def orders(self, unit: list[_Colour], blacks: list[bool]) -> list[_Order]:
        """Return what to write in the place of the interval, whose MCUs are of these components."""
        limit = len(self.bits)
        for colour in unit:
            colour.read = colour.wrote = 0
        for black in blacks:
            for colour in unit:
                self._block(colour, black=black)
                if self.at > limit:
                    raise ValueError("the data ends before the image does")
        if limit - self.at >= _PLACES:
            raise ValueError("more data than the image has")
        self._copy(self.at)
        return self.found

    def _block(self, colour: _Colour, *, black: bool) -> None:
        begin, at, window = self.at, self.at, self.window
        step = colour.dc_steps[window[at >> 3] >> 16 - (at & 7) & 0xFFFF]
        size = step >> _PLACES
        if size > _LARGEST_SIZE:
            raise ValueError("a code that does not exist")
        at += step & (1 << _PLACES) - 1
        before = colour.read
        if size:
            value = (window[at >> 3] >> 32 - size - (at & 7)) & (1 << size) - 1
            colour.read += value if value >> size - 1 else value - (1 << size) + 1
            at += size
        first = at
        steps, passed = colour.ac_steps, 1
        while passed < 64:
            step = steps[window[at >> 3] >> 16 - (at & 7) & 0xFFFF]
            at += step & 0xFF
            passed += step >> 8
        if passed != 64 and not _LAST < passed < _LAST + 64:
            raise ValueError("a code that does not exist")
        self.at = at
        if black:
            self._copy(begin)
            self.found += [_difference(colour, colour.black), _Code(colour.ac, _END_OF_BLOCK)]
            colour.wrote, self.copied = colour.black, at
        else:
            if colour.wrote != before:
                self._copy(begin)
                self.found.append(_difference(colour, colour.read))
                self.copied = first
            colour.wrote = colour.read

    def _copy(self, end: int) -> None:
        if end > self.copied:
            self.found.append(self.bits[self.copied : end])
        self.copied = end


def _colour(component: Component, dc: TableSlot, ac: TableSlot, level: dict[int, int]) -> _Colour:
    """Return a component at the begin of an interval, with black at or beyond the end of what samples can be."""
    wanted = 8 * (level[id(component)] - 128)
    black = -(-wanted // component.step) if wanted > 0 else wanted // component.step
    return _Colour(component, dc, ac, black, _dc_steps(dc.table.body()), _ac_steps(ac.table.body()))


@lru_cache(maxsize=8)
def _dc_steps(table: bytes) -> list[int]:
    """Return for 16 bits the length of the code, and above it the size of the difference."""
    return table_of(table).steps({size: size << _PLACES for size in range(_LARGEST_SIZE + 1)}, _WRONG << _PLACES)


@lru_cache(maxsize=8)
def _ac_steps(table: bytes) -> list[int]:
    """Return for 16 bits how many bits a coefficient takes, and above that how many places it passes."""
    extra = {_END_OF_BLOCK: _LAST << _PLACES, _SIXTEEN_ZEROS: 16 << _PLACES}
    extra |= {
        zeros << 4 | size: (zeros + 1 << _PLACES) + size for zeros in range(16) for size in range(1, _LARGEST_AC + 1)
    }
    return table_of(table).steps(extra, _WRONG << _PLACES)


def _difference(colour: _Colour, value: int) -> _Code:
    """Return the code of a first coefficient, which is told as the difference from the last one (F.1.2.1)."""
    difference = value - colour.wrote
    size = abs(difference).bit_length()
    if size > _LARGEST_SIZE:
        raise ValueError("a difference that is too large")
    return _Code(colour.dc, size, difference if difference > 0 else difference + (1 << size) - 1, size)


def _packed(orders: list[_Order]) -> bytes:
    """Return orders as bytes, the last one filled up with ones (F.1.2.3)."""
    bits = np.concatenate([_bits(order) if isinstance(order, _Code) else order for order in orders])
    return np.packbits(np.concatenate([bits, np.ones(-len(bits) % 8, np.uint8)])).tobytes()


def _bits(order: _Code) -> Bits:
    table = order.slot.table
    text = f"{table.codes[order.symbol]:0{table.lengths[order.symbol]}b}"
    if order.size:
        text += f"{order.bits:0{order.size}b}"
    return np.frombuffer(text.encode(), np.uint8) - np.uint8(ord("0"))
