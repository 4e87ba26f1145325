"""Rewrite a de-identified object with boxes of its pixels blacked, in memory that does not grow with the image.

Uncompressed pixels are copied and then written over, compressed ones are rewritten frame by frame. What is written is
looked at again: in the boxes there is black, outside everything is as it was.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import BinaryIO

from anonymizer.copying import COPY_CHUNK, copy_range, write_zeros
from anonymizer.cutting import cutter
from anonymizer.element import EXPLICIT_LITTLE, Bulk, Element, Encoding, Fragments
from anonymizer.errors import CannotDeidentify
from anonymizer.part10 import DEFLATED_SYNTAX, EXPLICIT_SYNTAX, Part10, open_part10
from anonymizer.pixels.box import Box, clipped, on_grid
from anonymizer.pixels.codestream import is_one_codestream
from anonymizer.pixels.encapsulation import Piece, frame_pieces, write_frames
from anonymizer.pixels.image_header import read_image_header
from anonymizer.pixels.jpeg_blanking import BLOCK_SYNTAXES, mcu_of
from anonymizer.pixels.layout import PixelLayout
from anonymizer.pixels.markers import marked
from anonymizer.pixels.native import blank_native, native_boxes
from anonymizer.pixels.recoding import FrameOrder, read_frame, recode, written_form
from anonymizer.pixels.verification import mask_of, same_outside
from anonymizer.writing import write_part10

RLE = "1.2.840.10008.1.2.5"
PIXEL_DATA, EXTENDED_OFFSETS = 0x7FE00010, 0x7FE00001
SOP_CLASS_UID, SOP_INSTANCE_UID = 0x00020002, 0x00020003
Recoder = Callable[[FrameOrder], bytes]
"""Do what `recode` does with an order, for instance in another process."""


@dataclass(frozen=True, slots=True)
class Blanked:
    """Tell what was done: the boxes of every frame, how many frames, and the share of the image that is black now."""

    boxes: tuple[Box, ...]
    frames: int
    share: float
    transfer_syntax_uid: str


def blank_pixels(source: BinaryIO, sink: BinaryIO, boxes: Iterable[Box], *, recoder: Recoder | None = None) -> Blanked:
    """Write a de-identified Part 10 file with boxes blacked in every frame, and say so in its header.

    `source` and `sink` must be seekable, `sink` readable too. Raises CannotDeidentify where the pixels cannot be
    cleaned or the result is not what it must be; what the sink holds then is worth nothing.
    """
    layout = read_image_header(source).layout
    original = open_part10(source, cutter("cleaned"))
    pixels = original.by_tag().get(PIXEL_DATA)
    if pixels is None or not isinstance(pixels.value, bytes | Bulk | Fragments):
        raise CannotDeidentify("pixels-not-cleanable", "The object has no pixel data of whole numbers.")
    given = tuple(boxes)
    if not all(clipped([box], layout.columns, layout.rows) for box in given):
        raise CannotDeidentify("box-outside", "A box lies outside the image and would black nothing.")
    wanted = clipped(given, layout.columns, layout.rows)
    if not wanted:
        return _as_it_is(original, pixels, layout, sink)
    if isinstance(pixels.value, Fragments):
        done = _compressed(original, pixels.value, layout, sink, wanted, recoder)
    else:
        done = _native(original, pixels, layout, sink, wanted)
    sink.flush()
    return done


def _as_it_is(original: Part10, pixels: Element, layout: PixelLayout, sink: BinaryIO) -> Blanked:
    """Write an object in whose pixels nothing is to be blacked: only the header says that it was looked at.

    Hence there must be no frame that nobody looked at.
    """
    if isinstance(pixels.value, Fragments):
        written_form(original.transfer_syntax_uid, layout)
        _frames_of(original, pixels.value, layout)
    else:
        _native_length(original, pixels, layout)
    elements = marked(original, layout, layout, changed=False)
    _write(original, elements, original.transfer_syntax_uid, sink)
    return Blanked((), layout.frames, 0.0, original.transfer_syntax_uid)


def _native(original: Part10, pixels: Element, layout: PixelLayout, sink: BinaryIO, boxes: tuple[Box, ...]) -> Blanked:
    length = _native_length(original, pixels, layout)
    encoding = original.encoding
    if not encoding.little and layout.allocated == 8 and pixels.vr == "OW":
        raise CannotDeidentify("pixels-not-cleanable", "Pixels in swapped bytes cannot be cleaned.")
    syntax = original.transfer_syntax_uid
    syntax = EXPLICIT_SYNTAX if syntax == DEFLATED_SYNTAX else syntax
    _write_header(original, layout, layout, syntax, sink)
    sink.write(_header_of(pixels.vr, length + length % 2, encoding))
    start = sink.tell()
    if isinstance(pixels.value, Bulk):
        copy_range(original.source, pixels.value.start, length, sink)
    else:
        sink.write(_bytes(pixels))
    write_zeros(length % 2, sink)
    end = sink.tell()
    for frame in range(layout.frames):
        blank_native(sink, start, layout, frame, boxes, big=not encoding.little)
    _check(original, pixels, sink, start, layout, boxes)
    sink.seek(end)
    done = native_boxes(layout, boxes)
    return Blanked(done, layout.frames, share_of(done, layout), syntax)


def _native_length(original: Part10, pixels: Element, layout: PixelLayout) -> int:
    """Return the bytes of uncompressed pixels: what the frames take, at most one more, and zeros behind it."""
    length = pixels.value.length if isinstance(pixels.value, Bulk) else len(_bytes(pixels))
    needed = (layout.frame_bits * layout.frames + 7) // 8
    if length < needed:
        raise CannotDeidentify("truncated", "The pixel data ends before its last frame.")
    for at in range(needed + 1, length, COPY_CHUNK):
        count = min(COPY_CHUNK, length - at)
        value = pixels.value
        behind = original.fetch(value.start + at, count) if isinstance(value, Bulk) else _bytes(pixels)[at : at + count]
        if behind.strip(b"\0"):
            raise CannotDeidentify("pixels-unclear", "There are more pixels than the header tells of.")
    return length


def _check(
    original: Part10, pixels: Element, sink: BinaryIO, start: int, layout: PixelLayout, boxes: tuple[Box, ...]
) -> None:
    """Raise CannotDeidentify unless every frame is black inside and as it was outside, by another way of counting."""
    big = not original.encoding.little
    sink.flush()
    for frame in range(layout.frames):
        first = frame * layout.frame_bits
        at, size, skip = first // 8, (first % 8 + layout.frame_bits + 7) // 8, first % 8
        if isinstance(pixels.value, Bulk):
            before = original.fetch(pixels.value.start + at, size)
        else:
            before = _bytes(pixels)[at : at + size]
        sink.seek(start + at)
        if not same_outside(before, sink.read(size), skip, layout, native_boxes(layout, boxes), big=big):
            raise CannotDeidentify("pixels-not-cleanable", "The cleaned pixels are not what they must be.")


def _compressed(
    original: Part10,
    value: Fragments,
    layout: PixelLayout,
    sink: BinaryIO,
    boxes: tuple[Box, ...],
    recoder: Recoder | None,
) -> Blanked:
    pieces = _frames_of(original, value, layout)
    begin, by_blocks = sink.tell(), _boxes_of_blocks(original, layout, pieces[0], boxes)
    if by_blocks:
        try:
            _write_compressed(
                original,
                layout,
                sink,
                (original.transfer_syntax_uid, layout),
                [
                    FrameOrder(original.transfer_syntax_uid, layout, frame, by_blocks, by_blocks=True)
                    for frame in pieces
                ],
                recoder,
            )
            return Blanked(by_blocks, layout.frames, share_of(by_blocks, layout), original.transfer_syntax_uid)
        except CannotDeidentify:  # one frame is not like the first: all are written anew
            sink.seek(begin)
            sink.truncate()
    form = written_form(original.transfer_syntax_uid, layout)
    orders = [FrameOrder(original.transfer_syntax_uid, layout, frame, boxes) for frame in pieces]
    _write_compressed(original, layout, sink, form, orders, recoder)
    return Blanked(boxes, layout.frames, share_of(boxes, layout), form[0])


def _boxes_of_blocks(
    original: Part10, layout: PixelLayout, first: tuple[Piece, ...], boxes: tuple[Box, ...]
) -> tuple[Box, ...]:
    """Return the boxes that become black where whole blocks of JPEG do; none where that is not to be done."""
    if original.transfer_syntax_uid not in BLOCK_SYNTAXES:
        return ()
    mcu = mcu_of(read_frame(original.source, first), layout)
    return clipped((on_grid(box, *mcu) for box in boxes), layout.columns, layout.rows) if mcu else ()


def _write_compressed(
    original: Part10,
    layout: PixelLayout,
    sink: BinaryIO,
    form: tuple[str, PixelLayout],
    orders: list[FrameOrder],
    recoder: Recoder | None,
) -> None:
    syntax, after = form
    _write_header(original, layout, after, syntax, sink)
    sink.write(_header_of("OB", 0xFFFFFFFF, EXPLICIT_LITTLE))
    frames = (recoder(order) if recoder else recode(original.source, order) for order in orders)
    write_frames(sink, frames, layout.frames)


def _frames_of(original: Part10, value: Fragments, layout: PixelLayout) -> tuple[tuple[Piece, ...], ...]:
    """Return the fragments of each frame; raises CannotDeidentify where a frame has more than one picture."""
    extended = original.by_tag().get(EXTENDED_OFFSETS)
    table = extended.value if extended is not None and isinstance(extended.value, bytes) else b""
    pieces = frame_pieces(original.fetch, value, layout.frames, table)
    by_pieces = original.transfer_syntax_uid == RLE  # one fragment is one frame (PS3.5 A.4.2)
    for frame in pieces:
        if len(frame) != 1 if by_pieces else not is_one_codestream(read_frame(original.source, frame)):
            raise CannotDeidentify("pixels-unclear", "A compressed frame holds more than one picture, or none.")
    return pieces


def _write_header(original: Part10, before: PixelLayout, after: PixelLayout, syntax: str, sink: BinaryIO) -> None:
    elements = marked(original, before, after, changed=True)
    _write(original, [element for element in elements if element.tag < PIXEL_DATA], syntax, sink)


def _write(original: Part10, elements: list[Element], syntax: str, sink: BinaryIO) -> None:
    uids: Mapping[int, str] = original.meta
    write_part10(
        replace(original, transfer_syntax_uid=syntax),
        elements,
        sink,
        sop_class_uid=uids[SOP_CLASS_UID],
        sop_instance_uid=uids[SOP_INSTANCE_UID],
    )


def _header_of(vr: str, length: int, encoding: Encoding) -> bytes:
    group, number = PIXEL_DATA >> 16, PIXEL_DATA & 0xFFFF
    if not encoding.explicit:
        return encoding.tag_and_length.pack(group, number, length)
    return encoding.explicit_header.pack(group, number, vr.encode(), 0) + encoding.length.pack(length)


def _bytes(pixels: Element) -> bytes:
    return pixels.value if isinstance(pixels.value, bytes) else b""


def share_of(boxes: Iterable[Box], layout: PixelLayout) -> float:
    """Return the share of an image that boxes cover, each pixel counted once."""
    return float(mask_of(boxes, layout.columns, layout.rows).mean())
