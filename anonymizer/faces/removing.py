"""Rewrite a de-identified image without its face, one frame after the other, and look at what was written.

Uncompressed pixels are copied and then only the cut frames written over; of compressed images every frame is written
anew, as cut ones cannot stay as long as they were. In the file that results every value outside the cut is what it was.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from anonymizer import our_notes
from anonymizer.copying import copy_range
from anonymizer.cutting import cutter
from anonymizer.element import EXPLICIT_LITTLE, Bulk, Element, Encoding
from anonymizer.errors import CannotDeidentify
from anonymizer.faces.cut import FaceCut
from anonymizer.faces.frames import PIXEL_DATA, CutOrder, air_of, cut_frame, frames_in, stored_values
from anonymizer.faces.images import FaceImage, read_face_image
from anonymizer.header import RECOGNIZABLE_VISUAL_FEATURES
from anonymizer.part10 import DEFLATED_SYNTAX, EXPLICIT_SYNTAX, Part10, open_part10
from anonymizer.pixels.encapsulation import write_frames
from anonymizer.pixels.layout import PixelLayout
from anonymizer.pixels.markers import Marking, marked
from anonymizer.pixels.recoding import written_form
from anonymizer.recognizable import OPTION
from anonymizer.writing import write_part10

FACE_CUT = Marking(OPTION, our_notes.FACE_CUT, RECOGNIZABLE_VISUAL_FEATURES)
_SOP_CLASS_UID, _SOP_INSTANCE_UID = 0x00020002, 0x00020003
CutFrame = Callable[[CutOrder], bytes]
"""Do what `cut_frame` does with an order, for instance in another process."""


@dataclass(frozen=True, slots=True)
class Removed:
    """Tell of one image how many frames it has, in how many something was cut, and the share of its pixels."""

    frames: int
    touched: int
    share: float
    transfer_syntax_uid: str


def remove_face(source: BinaryIO, sink: BinaryIO, cut: FaceCut, *, cut_frame_with: CutFrame | None = None) -> Removed:
    """Write a de-identified Part 10 file without what is cut away, and say so in its header.

    `source` and `sink` must be seekable, `sink` readable too. Raises Refused or CannotDeidentify where that cannot be
    done or is not what was written; what the sink holds then is worth nothing.
    """
    image = read_face_image(source)
    original = open_part10(source, cutter("cut"))
    frames = frames_in(original, image)
    orders = [CutOrder(frame, place, cut) for frame, place in zip(frames, image.slices, strict=True)]
    pixels = [int(cut.mask(place).sum()) for place in image.slices]
    touched = sum(count > 0 for count in pixels)

    def cut_one(order: CutOrder) -> bytes:
        return cut_frame_with(order) if cut_frame_with and order.frame.syntax else cut_frame(original.source, order)

    begin, syntax = sink.tell(), original.transfer_syntax_uid
    if not touched:
        _write(original, marked(original, image.layout, image.layout, changed=False, marking=FACE_CUT), syntax, sink)
    elif frames[0].syntax:
        syntax = _compressed(original, image, sink, map(cut_one, orders))
    else:
        syntax = _native(original, image, sink, orders)
    sink.flush()
    sink.seek(begin)
    _check(original, image, sink, orders)
    sink.seek(0, 2)
    size = image.layout.rows * image.layout.columns * len(orders)
    return Removed(len(orders), touched, sum(pixels) / size, syntax)


def _native(original: Part10, image: FaceImage, sink: BinaryIO, orders: list[CutOrder]) -> str:
    element = original.by_tag()[PIXEL_DATA]
    syntax = original.transfer_syntax_uid
    syntax = EXPLICIT_SYNTAX if syntax == DEFLATED_SYNTAX else syntax
    _write_header(original, image.layout, image.layout, syntax, sink)
    value = element.value
    length = value.length if isinstance(value, Bulk) else len(value) if isinstance(value, bytes) else 0
    sink.write(_header_of(element.vr, length + length % 2, original.encoding))
    start = sink.tell()
    if isinstance(value, Bulk):
        copy_range(original.source, value.start, value.kept, sink)
        sink.write(bytes(value.surplus))
    else:
        sink.write(orders[0].frame.held)
    sink.write(bytes(length % 2))
    end, size = sink.tell(), image.layout.frame_bits // 8
    for number, order in enumerate(orders):
        data = cut_frame(original.source, order)
        sink.seek(start + number * size)
        sink.write(data)
    sink.seek(end)
    return syntax


def _compressed(original: Part10, image: FaceImage, sink: BinaryIO, frames: Iterator[bytes]) -> str:
    syntax, after = written_form(original.transfer_syntax_uid, image.layout)
    _write_header(original, image.layout, after, syntax, sink)
    sink.write(_header_of("OB", 0xFFFFFFFF, EXPLICIT_LITTLE))
    write_frames(sink, frames, image.layout.frames)
    return syntax


def _check(original: Part10, image: FaceImage, sink: BinaryIO, orders: list[CutOrder]) -> None:
    """Raise CannotDeidentify unless the file that was written has air in every cut, and all else as it was."""
    written = open_part10(sink, cutter("cut again"))
    again = frames_in(written, image)
    for order, frame in zip(orders, again, strict=True):
        if frame.syntax and order.frame.syntax:
            continue  # each was decoded again where it was compressed, in the process that may do so
        before, after = stored_values(original.source, order.frame)[1], stored_values(written.source, frame)[1]
        if not _as_wanted(before, after, order):
            raise CannotDeidentify("pixels-not-cleanable", "The cut pixels are not what they must be.")


def _as_wanted(before: Any, after: Any, order: CutOrder) -> bool:
    differs = before != after
    mask = order.cut.mask(order.place)
    bits = (1 << 8 * before.dtype.itemsize) - 1
    air = air_of(order) & bits
    left = mask & (after != air)
    padding = order.frame.padding
    if padding is not None:
        stored = (1 << order.frame.layout.stored) - 1
        left &= (after & stored) != padding & stored
    return not (differs & ~mask).any() and not left.any()


def _write_header(original: Part10, before: PixelLayout, after: PixelLayout, syntax: str, sink: BinaryIO) -> None:
    elements = marked(original, before, after, changed=True, marking=FACE_CUT)
    _write(original, [element for element in elements if element.tag < PIXEL_DATA], syntax, sink)


def _write(original: Part10, elements: list[Element], syntax: str, sink: BinaryIO) -> None:
    write_part10(
        replace(original, transfer_syntax_uid=syntax),
        elements,
        sink,
        sop_class_uid=original.meta[_SOP_CLASS_UID],
        sop_instance_uid=original.meta[_SOP_INSTANCE_UID],
    )


def _header_of(vr: str, length: int, encoding: Encoding) -> bytes:
    group, number = PIXEL_DATA >> 16, PIXEL_DATA & 0xFFFF
    if not encoding.explicit:
        return encoding.tag_and_length.pack(group, number, length)
    return encoding.explicit_header.pack(group, number, vr.encode(), 0) + encoding.length.pack(length)
