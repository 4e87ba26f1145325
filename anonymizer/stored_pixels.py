"""Let no more be published with the pixels than the pixels: nothing behind the last one, no notes in compressed frames.

An object has one kind of pixel data (PS3.3 C.7.6.3, C.7.6.24, C.7.6.25), and as much of it as its header says.
"""

from anonymizer.codestream_notes import notes_in
from anonymizer.element import PIXEL_DATA, Bulk, Element, Fragments
from anonymizer.errors import CannotDeidentify
from anonymizer.header import Header
from anonymizer.scanning import Fetch


def bound_pixels(kept: dict[int, Element], header: Header, fetch: Fetch) -> None:
    """Blank in the elements of a result what is no pixel; no compressed data is decoded.

    Raises CannotDeidentify where nobody can tell what belongs to the picture.
    """
    found = PIXEL_DATA & kept.keys()
    if len(found) > 1:
        raise CannotDeidentify("pixels-unclear", "The object has pixel data of more than one kind.")
    for tag in found:
        element = kept[tag]
        if isinstance(element.value, Fragments):
            notes = notes_in(fetch, element.value)
            if notes:
                kept[tag] = Element(tag, element.vr, Fragments(element.value.start, element.value.length, notes))
        else:
            kept[tag] = _without_surplus(element, header)


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
