"""Black boxes in one compressed frame, and prove it: the result is decoded again and compared.

Inside the boxes every sample must be black, outside every sample must be what it was. What cannot be shown to be so is
refused. This is the part that a node runs in a process of its own, since it decodes strangers' pixels.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from anonymizer.errors import CannotDeidentify
from anonymizer.pixels.box import Box, clipped
from anonymizer.pixels.codecs import CODECS, WITHOUT_SIGNS, Pixels
from anonymizer.pixels.codestream import precision
from anonymizer.pixels.encapsulation import Piece
from anonymizer.pixels.jpeg_blanking import blank_jpeg
from anonymizer.pixels.layout import PixelLayout

BAD_FRAME = (
    ValueError,
    RuntimeError,
    NotImplementedError,
    OSError,
    TypeError,
    AttributeError,
    IndexError,
    OverflowError,
)


@dataclass(frozen=True, slots=True)
class FrameOrder:
    """Say what to do with one frame: where its fragments lie, how its values lie, and what becomes black.

    `by_blocks` wants the blocks of a JPEG frame blacked and all others left as they are, rather than decode it.
    """

    syntax: str
    layout: PixelLayout
    pieces: tuple[Piece, ...]
    boxes: tuple[Box, ...]
    by_blocks: bool = False


def written_form(syntax: str, layout: PixelLayout) -> tuple[str, PixelLayout]:
    """Return the transfer syntax and the layout that frames of a syntax have after `recode`.

    Raises CannotDeidentify for a transfer syntax that nobody here can write.
    """
    codec = CODECS.get(syntax)
    if codec is None:
        raise CannotDeidentify("pixels-not-cleanable", "Pixels compressed in this way cannot be cleaned.")
    return codec.written_as, codec.written(layout)


def read_frame(source: BinaryIO, pieces: Iterable[Piece]) -> bytes:
    """Return the compressed bytes of one frame."""
    parts = []
    for start, length in pieces:
        source.seek(start)
        parts.append(source.read(length))
    return b"".join(parts)


def decode_frame(frame: bytes, syntax: str, layout: PixelLayout) -> Pixels:
    """Return the values of a frame as the codestream holds them, colours of lossy JPEG as RGB.

    Raises CannotDeidentify when no decoder can read it.
    """
    codec = CODECS.get(syntax)
    shape = (layout.rows, layout.columns) + ((3,) if layout.samples == 3 else ())
    try:
        pixels = codec.decode(frame, layout) if codec else None
    except BAD_FRAME:
        pixels = None
    if pixels is None or pixels.shape != shape:
        raise CannotDeidentify("pixels-damaged", "The compressed pixels cannot be decoded.")
    return pixels


def recode(source: BinaryIO, order: FrameOrder) -> bytes:
    """Return one frame with its boxes blacked; raises CannotDeidentify where that cannot be done or be shown."""
    frame = read_frame(source, order.pieces)
    if order.by_blocks:
        return blank_jpeg(frame, order.layout, order.boxes)
    pixels = decode_frame(frame, order.syntax, order.layout)
    _, layout = written_form(order.syntax, order.layout)
    try:
        expected = blacked(pixels, layout, order.boxes, sample_bits(frame, order.syntax, order.layout, pixels))
    except BAD_FRAME:
        raise CannotDeidentify("pixels-not-cleanable", "The compressed pixels cannot be blacked.") from None
    return compressed_again(expected, order.syntax, order.layout, frame)


def compressed_again(expected: Pixels, syntax: str, layout: PixelLayout, frame: bytes) -> bytes:
    """Return altered values compressed as their frame was, or in the lossless form of that.

    Raises CannotDeidentify unless exactly these values come out when they are decoded again.
    """
    written_as, written = written_form(syntax, layout)
    try:
        result = CODECS[syntax].encode(expected, written, frame)
    except BAD_FRAME:
        raise CannotDeidentify("pixels-not-cleanable", "The cleaned pixels cannot be compressed again.") from None
    again = decode_frame(result, written_as, written)
    if again.dtype != expected.dtype or not np.array_equal(again, expected):
        raise CannotDeidentify("pixels-not-cleanable", "The cleaned pixels are not the same after compression.")
    return result


def sample_bits(frame: bytes, syntax: str, layout: PixelLayout, pixels: Pixels) -> int:
    """Return the bits that a sample has where it is written: a codestream need not hold the sign of the header."""
    if layout.signed and pixels.dtype.kind == "u" and syntax in WITHOUT_SIGNS:
        return precision(frame)
    return int(pixels.dtype.itemsize * 8)


def blacked(pixels: Pixels, layout: PixelLayout, boxes: Iterable[Box], bits: int) -> Pixels:
    """Return a copy of decoded pixels, whose samples have so many bits, with black in the boxes."""
    result = np.array(pixels, copy=True, order="C")
    black = np.array([value & (1 << bits) - 1 for value in layout.blacks()], f"u{result.dtype.itemsize}")
    black = black.view(result.dtype)
    for box in clipped(boxes, layout.columns, layout.rows):
        result[box.y : box.bottom, box.x : box.right] = black if layout.samples == 3 else black[0]
    return result
