"""Read the frames of an image one by one, look at them coarsely, and write air where they are cut.

Uncompressed frames are read where they lie; compressed ones are decoded, and what is cut is compressed again without
loss and decoded once more: outside the cut every value must be what it was. An order can be carried out in another
process, where strangers' pixels are decoded.
"""

from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from anonymizer.element import Bulk, Fragments
from anonymizer.errors import CannotDeidentify
from anonymizer.faces.cut import FaceCut
from anonymizer.faces.geometry import Slice
from anonymizer.faces.images import FaceImage
from anonymizer.faces.tissue import AIR_OF_CT, CT
from anonymizer.faces.volume import Values, averaged
from anonymizer.part10 import Part10
from anonymizer.pixels.codestream import is_one_codestream
from anonymizer.pixels.encapsulation import Piece, frame_pieces
from anonymizer.pixels.layout import PixelLayout
from anonymizer.pixels.recoding import compressed_again, decode_frame, read_frame, sample_bits

PIXEL_DATA, EXTENDED_OFFSETS = 0x7FE00010, 0x7FE00001
_RLE = "1.2.840.10008.1.2.5"
_DARKEST_OF_CT, _BRIGHTEST_OF_CT = -1024.0, 3071.0
Stored = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Frame:
    """Say where the bytes of a frame lie, how its values lie in them, and what the values mean.

    `syntax` is empty for uncompressed ones; small pixel data is `held`.
    """

    pieces: tuple[Piece, ...]
    syntax: str
    layout: PixelLayout
    modality: str
    scale: tuple[float, float]
    padding: int | None
    big: bool = False
    held: bytes = b""


@dataclass(frozen=True, slots=True)
class CutOrder:
    """Say from which frame what is to be cut; `place` is where it lies in the patient."""

    frame: Frame
    place: Slice
    cut: FaceCut


def frames_in(original: Part10, image: FaceImage) -> tuple[Frame, ...]:
    """Return the frames of an opened image; raises CannotDeidentify where their bytes are not what the header says."""
    element = original.by_tag().get(PIXEL_DATA)
    layout = image.layout
    if element is None or not isinstance(element.value, bytes | Bulk | Fragments):
        raise CannotDeidentify("pixels-not-cleanable", "The object has no pixel data of whole numbers.")
    value, syntax, held = element.value, "", b""
    if isinstance(value, Fragments):
        syntax, pieces = original.transfer_syntax_uid, _fragments(original, value, layout)
    else:
        size = layout.frame_bits // 8
        length = value.length if isinstance(value, Bulk) else len(value)
        if length < size * layout.frames:
            raise CannotDeidentify("truncated", "The pixel data ends before its last frame.")
        if layout.allocated == 8 and element.vr == "OW" and not original.encoding.little:
            raise CannotDeidentify("pixels-not-cleanable", "Pixels in swapped bytes cannot be cleaned.")
        start, held = (value.start, b"") if isinstance(value, Bulk) else (0, value)
        pieces = tuple(((start + number * size, size),) for number in range(layout.frames))
    big = not original.encoding.little
    return tuple(
        Frame(where, syntax, layout, image.modality, scale, image.padding, big, held)
        for where, scale in zip(pieces, image.scales, strict=True)
    )


def _fragments(original: Part10, value: Fragments, layout: PixelLayout) -> tuple[tuple[Piece, ...], ...]:
    extended = original.by_tag().get(EXTENDED_OFFSETS)
    table = extended.value if extended is not None and isinstance(extended.value, bytes) else b""
    pieces = frame_pieces(original.fetch, value, layout.frames, table)
    for frame in pieces:
        one = original.transfer_syntax_uid == _RLE and len(frame) == 1
        if not one and not is_one_codestream(read_frame(original.source, frame)):
            raise CannotDeidentify("pixels-unclear", "A compressed frame holds more than one picture, or none.")
    return pieces


def stored_values(source: BinaryIO, frame: Frame) -> tuple[bytes, Stored]:
    """Return the bytes of a frame, and its stored values by row and column, without their sign where it has none."""
    if frame.held:
        start, size = frame.pieces[0]
        data = frame.held[start : start + size]
    else:
        data = read_frame(source, frame.pieces)
    if frame.syntax:
        return data, decode_frame(data, frame.syntax, frame.layout)
    values = np.frombuffer(data, f"{'>' if frame.big else '<'}u{frame.layout.allocated // 8}")
    return data, values.reshape(frame.layout.rows, frame.layout.columns)


def look_at(source: BinaryIO, frame: Frame, block: int) -> Values:
    """Return the values of a frame in the modality's units, averaged over blocks of pixels; padding is air."""
    numbers = _numbers(stored_values(source, frame)[1], frame.layout)
    values = (numbers * frame.scale[0] + frame.scale[1]).astype(np.float32)
    if frame.modality == CT:
        if frame.padding is not None:
            values[numbers == frame.padding] = AIR_OF_CT
        np.clip(values, _DARKEST_OF_CT, _BRIGHTEST_OF_CT, out=values)
    return averaged(values, block)


def cut_frame(source: BinaryIO, order: CutOrder) -> bytes:
    """Return the bytes of a frame with air where it is cut, compressed as it was or in the lossless form of that.

    Raises CannotDeidentify where it cannot be written so that the rest stays what it is.
    """
    frame = order.frame
    data, stored = stored_values(source, frame)
    expected = painted(stored, order, sample_bits(data, frame.syntax, frame.layout, stored))
    return compressed_again(expected, frame.syntax, frame.layout, data) if frame.syntax else expected.tobytes()


def painted(stored: Stored, order: CutOrder, bits: int) -> Stored:
    """Return stored values with that of air in the cut; padding stays, since nothing is seen there."""
    frame, mask = order.frame, order.cut.mask(order.place)
    result = np.array(stored, copy=True, order="C")
    if frame.padding is not None:
        mask = mask & (_numbers(stored, frame.layout) != frame.padding)
    kind = result.dtype
    air = np.array([air_of(order) & (1 << bits) - 1], f"u{kind.itemsize}")
    result[mask] = air.view(f"{kind.kind}{kind.itemsize}")[0]
    return result


def air_of(order: CutOrder) -> int:
    """Return the stored value, with its sign, that is nearest to air."""
    layout, (slope, intercept) = order.frame.layout, order.frame.scale
    low = -(1 << layout.stored - 1) if layout.signed else 0
    return min(max(round((order.cut.air - intercept) / slope), low), low + (1 << layout.stored) - 1)


def _numbers(stored: Stored, layout: PixelLayout) -> NDArray[np.int64]:
    """Return stored values as numbers with their sign, without bits that are not theirs (PS3.5 section 8.1.1)."""
    numbers = stored.astype(np.int64)
    if stored.dtype.kind == "i":
        return numbers
    numbers &= (1 << layout.stored) - 1
    half = 1 << layout.stored - 1
    return (numbers ^ half) - half if layout.signed else numbers
