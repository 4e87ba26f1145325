"""Black boxes in uncompressed pixels, in place: only the bytes inside are written (PS3.5 section 8.1.1, 8.2).

So memory does not grow with the image, and what lies outside the boxes cannot change.
"""

from collections.abc import Iterable
from typing import BinaryIO

import numpy as np

from anonymizer.pixels.box import Box, clipped, on_grid
from anonymizer.pixels.layout import PixelLayout, unclear


def native_boxes(layout: PixelLayout, boxes: Iterable[Box]) -> tuple[Box, ...]:
    """Return the boxes that are blacked when these are asked for: of shared colours always both neighbours."""
    if layout.subsampled:
        boxes = [on_grid(box, 2, 1) for box in boxes]
    return clipped(boxes, layout.columns, layout.rows)


def blank_native(
    sink: BinaryIO, start: int, layout: PixelLayout, frame: int, boxes: Iterable[Box], *, big: bool
) -> None:
    """Write black into the boxes of one frame, counted from 0, of pixels that begin at `start` of the sink.

    Raises CannotDeidentify for an odd number of columns with shared colours, which nobody can lay out.
    """
    if layout.subsampled and layout.columns % 2:
        raise unclear("colours")
    at = frame * layout.frame_bits
    for box in native_boxes(layout, boxes):
        if layout.allocated == 1:
            _blank_bits(sink, start, at, layout, box)
        else:
            _blank_bytes(sink, start + at // 8, layout, box, big=big)


def _blank_bytes(sink: BinaryIO, start: int, layout: PixelLayout, box: Box, *, big: bool) -> None:
    size = layout.allocated // 8
    blacks = [value.to_bytes(size, "big" if big else "little") for value in layout.blacks()]
    if layout.subsampled:  # Y1 Y2 CB CR for two neighbours
        _rows(sink, start, layout.columns * 2 * size, box, 2 * size, (blacks[0] * 2 + blacks[1] + blacks[2]), 2)
    elif layout.samples == 1 or layout.planar == 0:
        _rows(sink, start, layout.columns * layout.samples * size, box, layout.samples * size, b"".join(blacks), 1)
    else:
        plane = layout.rows * layout.columns * size
        for number, black in enumerate(blacks):
            _rows(sink, start + number * plane, layout.columns * size, box, size, black, 1)


def _rows(sink: BinaryIO, start: int, row: int, box: Box, pixel: int, pattern: bytes, pixels_of_pattern: int) -> None:
    """Write a pattern of some pixels over the rows of a box; sizes are bytes."""
    line = pattern * (box.width // pixels_of_pattern)
    for y in range(box.y, box.bottom):
        sink.seek(start + y * row + box.x * pixel)
        sink.write(line)


def _blank_bits(sink: BinaryIO, start: int, at: int, layout: PixelLayout, box: Box) -> None:
    """Write bits, of which the first pixel's is the lowest of its byte (PS3.5 section 8.1.1, figure D-1)."""
    black = layout.blacks()[0] & 1
    for y in range(box.y, box.bottom):
        first = at + y * layout.columns + box.x
        begin, end = first // 8, (first + box.width + 7) // 8
        sink.seek(start + begin)
        bits = np.unpackbits(np.frombuffer(sink.read(end - begin), np.uint8), bitorder="little")
        bits[first - 8 * begin : first - 8 * begin + box.width] = black
        sink.seek(start + begin)
        sink.write(np.packbits(bits, bitorder="little").tobytes())
