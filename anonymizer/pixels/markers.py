"""Say in the object that its pixels were cleaned: PS3.15 E.3.1, E.3.2 and E.1.1, PS3.3 C.7.6.1 and C.7.6.1.1.2."""

from dataclasses import dataclass

from anonymizer import our_notes
from anonymizer.element import Element, RawItems
from anonymizer.header import Header
from anonymizer.part10 import Part10
from anonymizer.pixels.layout import PixelLayout
from anonymizer.profile import OPTION_CODES
from anonymizer.scanning import items_of
from anonymizer.writing import text_value

IMAGE_TYPE, DERIVATION, METHOD_CODES, BURNED_IN = 0x00080008, 0x00082111, 0x00120064, 0x00280301
PHOTOMETRIC, PLANAR = 0x00280004, 0x00280006
# What says of the pixels what need not be so any more; both are optional in every IOD (PS3.3 C.7.6.3).
_SMALLEST_AND_LARGEST = frozenset({0x00280106, 0x00280107})
_OFFSETS = frozenset({0x7FE00001, 0x7FE00002})
_LONGEST_DESCRIPTION = 1024


@dataclass(frozen=True, slots=True)
class Marking:
    """Be what is said of a cleaning: its option, how the image was derived, and the element that has become NO."""

    option: str
    description: str
    no_more: int


TEXT_BLACKED = Marking("clean-pixel-data", our_notes.TEXT_BLACKED, BURNED_IN)


def marked(
    original: Part10, before: PixelLayout, after: PixelLayout, *, changed: bool, marking: Marking = TEXT_BLACKED
) -> list[Element]:
    """Return the elements of a de-identified object whose pixels were cleaned, ready to be written.

    `changed` says whether any pixel was: where nothing was to be, the image is as original as before.
    """
    elements = {element.tag: element for element in original.elements()}
    if changed:
        _tell_of_change(elements, Header(original), marking.description)
    _put(elements, marking.no_more, "CS", "NO")
    if before.photometric != after.photometric:
        _put(elements, PHOTOMETRIC, "CS", after.photometric)
    if after.samples == 3 and before.planar != after.planar:
        elements[PLANAR] = Element(PLANAR, "US", original.encoding.short.pack(after.planar))
    codes = elements.get(METHOD_CODES)
    items = [[ready(each) for each in item] for item in items_of(codes, 1)] if codes is not None else []
    value, meaning = OPTION_CODES[marking.option]
    elements[METHOD_CODES] = Element(METHOD_CODES, "SQ", [*items, _code_item(value, meaning)])
    return [ready(element) for element in elements.values()]


def _tell_of_change(elements: dict[int, Element], header: Header, description: str) -> None:
    for tag in _SMALLEST_AND_LARGEST | _OFFSETS:
        elements.pop(tag, None)
    kinds = header.text(IMAGE_TYPE).split("\\")
    _put(elements, IMAGE_TYPE, "CS", "\\".join(["DERIVED", *(kinds[1:] or ["PRIMARY"])]))
    said = header.text(DERIVATION)
    described = f"{said}; {description}" if said else description
    _put(elements, DERIVATION, "ST", described if len(described) <= _LONGEST_DESCRIPTION else description)


def ready(element: Element) -> Element:
    """Return an element that can be written: a sequence that was not taken apart keeps the bytes it was read with."""
    if isinstance(element.value, RawItems):
        return Element(element.tag, element.vr, element.value.data)
    return element


def _put(elements: dict[int, Element], tag: int, vr: str, text: str) -> None:
    elements[tag] = Element(tag, vr, text_value(vr, text))


def _code_item(value: str, meaning: str) -> list[Element]:
    pairs = ((0x00080100, "SH", value), (0x00080102, "SH", "DCM"), (0x00080104, "LO", meaning))
    return [Element(tag, vr, text_value(vr, text)) for tag, vr, text in pairs]
