"""Overlay planes, drawn in white on request (PS3.3 section C.9.2, PS3.5 section 8.1.2).

A plane lies in bits of its own (Overlay Data), or in a bit of each pixel that the pixel's value does not use. It may be
smaller or larger than the image, lie beside its origin, and have frames of its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from viewer_api.errors import CannotRender
from viewer_api.part10 import open_part10
from viewer_api.rendering.frame import Frame

_GROUPS = range(0x6000, 0x6020, 2)
_ELEMENTS = (0x0010, 0x0011, 0x0015, 0x0050, 0x0051, 0x0100, 0x0102, 0x3000)
_OVERLAY_TAGS: Sequence[int] = tuple(group << 16 | element for group in _GROUPS for element in _ELEMENTS)
_MOST_PIXELS = 1 << 28


@dataclass(frozen=True, slots=True)
class Overlay:
    """One plane as rows x columns of truth; `row` and `column` are where it begins in the image, counted from 0."""

    plane: NDArray[np.bool_]
    row: int
    column: int

    def draw(self, picture: NDArray[np.uint8]) -> None:
        """Make white what the plane marks, as far as it lies on the picture."""
        rows, columns = picture.shape[:2]
        top, left = max(0, self.row), max(0, self.column)
        bottom = min(rows, self.row + self.plane.shape[0])
        right = min(columns, self.column + self.plane.shape[1])
        if bottom > top and right > left:
            part = self.plane[top - self.row : bottom - self.row, left - self.column : right - self.column]
            picture[top:bottom, left:right][part] = 255


def draw_overlays(picture: NDArray[np.uint8], source: BinaryIO, frame: Frame, index: int) -> NDArray[np.uint8]:
    """Return a copy of a picture with the planes of a frame counted from 0.

    Raises:
        CannotRender: a plane that is damaged.
    """
    drawn = picture.copy()
    for overlay in read_overlays(source, frame, index):
        overlay.draw(drawn)
    return drawn


def read_overlays(source: BinaryIO, frame: Frame, index: int) -> Iterator[Overlay]:
    """Yield the planes that lie on a frame counted from 0."""
    part10 = open_part10(source)
    header = part10.read_header(_OVERLAY_TAGS)
    for group in _GROUPS:
        first = _number(header, group, 0x0051, 1) - 1
        rows, columns = _number(header, group, 0x0010, 0), _number(header, group, 0x0011, 0)
        frames = _number(header, group, 0x0015, 1)
        if not rows or not columns or not first <= index < first + frames:
            continue
        if rows * columns * frames > _MOST_PIXELS:
            raise CannotRender("an overlay is larger than this node draws")
        position = _number(header, group, 0x0102, 0)
        data = _value(header, group, 0x3000)
        if data is None:
            plane = _in_pixels(frame, position, rows, columns)
        else:
            plane = _in_bits(data, index - first, rows, columns, swapped=not part10.little_endian)
        if plane is not None:
            origin = _value(header, group, 0x0050) or (1, 1)
            yield Overlay(plane, int(origin[0]) - 1, int(origin[1]) - 1)


def _in_bits(data: bytes, frame: int, rows: int, columns: int, *, swapped: bool) -> NDArray[np.bool_]:
    if swapped and len(data) % 2 == 0:
        data = np.frombuffer(data, ">u2").astype("<u2").tobytes()
    count = rows * columns
    first, begin = divmod(frame * count, 8)
    raw = np.frombuffer(data, np.uint8)[first : first + (begin + count + 7) // 8]
    bits = np.unpackbits(raw, bitorder="little")[begin : begin + count]
    if len(bits) < count:
        raise CannotRender("an overlay is shorter than it says")
    return bits.reshape(rows, columns).astype(bool)


def _in_pixels(frame: Frame, position: int, rows: int, columns: int) -> NDArray[np.bool_] | None:
    """Return the plane in a bit of the pixels that is not part of their value (retired, PS3.5-2004 section 8.1.2)."""
    pixels = frame.pixels
    unused = pixels.dtype.kind in "iu" and frame.high_bit < position < 8 * pixels.dtype.itemsize
    if not unused or pixels.shape != (rows, columns):
        return None
    return (pixels.view(f"u{pixels.dtype.itemsize}") >> position & 1).astype(bool)


def _number(header: Dataset, group: int, element: int, default: int) -> int:
    value = _value(header, group, element)
    try:
        return default if value in (None, "") else int(value)
    except (TypeError, ValueError):
        raise CannotRender("the description of an overlay is damaged") from None


def _value(header: Dataset, group: int, element: int) -> Any:
    found = header.get((group, element))
    return None if found is None else found.value
