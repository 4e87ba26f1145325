"""Let no more be published with the pixels than the pixels: nothing behind the last one, no notes in compressed frames.

An object has one kind of pixel data (PS3.3 C.7.6.3, C.7.6.24, C.7.6.25), and as much of it as its header says: no more
frames, and in the frames of the JPEG families, of RLE, and in those that are deflated or not compressed at all, nothing
that is no frame. What cannot be blanked is refused.
"""

from struct import Struct

from anonymizer.codestream_notes import Walked, walk
from anonymizer.element import PIXEL_DATA, Bulk, Element, Fragments
from anonymizer.errors import CannotDeidentify
from anonymizer.fragment_stream import FragmentStream
from anonymizer.header import BITS_ALLOCATED, COLUMNS, ROWS, SAMPLES_PER_PIXEL, Header
from anonymizer.inflating import is_one_deflated
from anonymizer.marker_segments import Picture
from anonymizer.refusals import VIDEO_SYNTAXES
from anonymizer.run_lengths import is_only_picture
from anonymizer.scanning import Fetch

_RLE = "1.2.840.10008.1.2.5"
_DEFLATED_FRAMES = "1.2.840.10008.1.2.8.1"
_PLAIN = frozenset({"1.2.840.10008.1.2.1.98", _DEFLATED_FRAMES})
_LARGEST = 1 << 27
_OFFSETS, _LENGTHS = 0x7FE00001, 0x7FE00002  # one fragment a frame (PS3.3 C.7.6.3.1.8)
_NUMBER = Struct("<Q")


def bound_pixels(kept: dict[int, Element], header: Header, fetch: Fetch, syntax: str) -> None:
    """Blank in the elements of a result what is no pixel; no compressed data is decoded.

    Raises CannotDeidentify where nobody can tell what belongs to the picture.
    """
    found = PIXEL_DATA & kept.keys()
    if len(found) > 1:
        raise CannotDeidentify("pixels-unclear", "The object has pixel data of more than one kind.")
    for tag in found:
        element = kept[tag]
        if isinstance(element.value, Fragments):
            walked = _walked(element.value, header, fetch, syntax)
            if walked.notes:
                kept[tag] = Element(tag, element.vr, Fragments(element.value.start, element.value.length, walked.notes))
            fit = _fit(header, walked.stream, fetch)
        else:
            kept[tag], fit = _without_surplus(element, header), False
        if not fit:
            kept.pop(_OFFSETS, None)
            kept.pop(_LENGTHS, None)


def _walked(value: Fragments, header: Header, fetch: Fetch, syntax: str) -> Walked:
    """Follow compressed frames to their ends; raises CannotDeidentify for more of them than there are."""
    walked, frames = walk(fetch, value, syntax), header.frames()
    held = walked.frames
    if held is None:
        held = 0 if syntax.startswith(VIDEO_SYNTAXES) else len(walked.stream.starts)  # others have one fragment a frame
    if held > frames:
        raise CannotDeidentify("pixels-unclear", "There are more frames than the header tells of.")
    if not all(_fits(picture, header) for picture in walked.pictures):
        raise CannotDeidentify(
            "pixels-unclear", "The frames have another size, or other colours, than the header says."
        )
    if syntax == _RLE:
        _check_rle(walked.stream, header)
    elif syntax in _PLAIN:
        _check_plain(walked.stream, header, deflated=syntax == _DEFLATED_FRAMES)
    return walked


def _fits(picture: Picture, header: Header) -> bool:
    """Tell whether a code stream has the rows, columns and samples of the header, as far as both say them."""
    said = (header.number(ROWS), header.number(COLUMNS), header.number(SAMPLES_PER_PIXEL))
    return all(each in {wanted or each, 0} for each, wanted in zip(picture, said, strict=True))


def _fit(header: Header, stream: FragmentStream, fetch: Fetch) -> bool:
    """Tell whether the Extended Offset Table and its lengths, where there are any, are those of the fragments."""
    tables = []
    for tag in (_OFFSETS, _LENGTHS):
        data = header.whole(tag, fetch, _NUMBER.size * len(stream.starts))
        if data is None or len(data) % _NUMBER.size:
            return False
        tables.append([number for (number,) in _NUMBER.iter_unpack(data)])
    sizes = [stream.end_of_fragment(start + 1) - start for start in stream.starts]
    told = all(number <= size <= number + 1 for number, size in zip(tables[1], sizes, strict=False))
    return stream.begin_items(tables[0]) and told


def _check_rle(stream: FragmentStream, header: Header) -> None:
    bits = header.number(BITS_ALLOCATED) or 8
    pixels = (header.number(ROWS) or 0) * (header.number(COLUMNS) or 0)
    pixels = pixels if bits > 1 else (pixels + 7) // 8
    segments = (header.number(SAMPLES_PER_PIXEL) or 1) * ((bits + 7) // 8)
    for start in stream.starts:
        length = stream.end_of_fragment(start + 1) - start
        if length > _LARGEST or not is_only_picture(stream.read(start, length), pixels, segments):
            raise CannotDeidentify("pixels-unclear", "A frame of run lengths holds more, or less, than its pixels.")


def _check_plain(stream: FragmentStream, header: Header, *, deflated: bool) -> None:
    """Raise CannotDeidentify for a fragment with more in it than the pixels of a frame (PS3.5 A.4, 8.2.16)."""
    expected = header.native_length()
    if expected is None:
        raise CannotDeidentify("pixels-unclear", "The header does not say how large a frame is.")
    size = -(-expected // header.frames())
    for start in stream.starts:
        length = stream.end_of_fragment(start + 1) - start
        if length > _LARGEST:
            raise CannotDeidentify("pixels-unclear", "A frame is too large to be looked into.")
        frame = stream.read(start, length)
        if not (is_one_deflated(frame, size + 1) if deflated else not frame[size + 1 :].strip(b"\0")):
            raise CannotDeidentify("pixels-unclear", "A frame holds more than its pixels.")


def _without_surplus(element: Element, header: Header) -> Element:
    expected = header.native_length()
    value = element.value
    if expected is None or not isinstance(value, bytes | Bulk):
        return element
    expected += 1  # the even-length rule may have added a byte, which is left as it is
    length = value.length if isinstance(value, Bulk) else len(value)
    if length <= expected:
        return element
    if header.shares_colours():  # some writers say so of colours that are not shared: then it is picture
        raise CannotDeidentify("pixels-unclear", "There are more pixels than the header tells of.")
    if isinstance(value, bytes):
        return Element(element.tag, element.vr, value[:expected] + bytes(length - expected))
    return Element(element.tag, element.vr, Bulk(value.start, length, length - expected))
