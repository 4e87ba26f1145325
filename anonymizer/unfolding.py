"""Read an object with every sequence opened, for those who look at all of it and change nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from anonymizer.charset import encodings_in
from anonymizer.cutting import Cutter
from anonymizer.dictionary import public_vr
from anonymizer.element import PIXEL_DATA, Element, Encoding, Items, RawItems
from anonymizer.errors import CannotDeidentify
from anonymizer.part10 import TRANSFER_SYNTAX_UID, open_data_set
from anonymizer.scanning import Fetch, items_of

ASCII_COMPATIBLE = ("iso8859",)


def vr_of(element: Element) -> str:
    """Return the VR of an element, the dictionary's where it came as unknown."""
    return element.vr if element.vr != "UN" else public_vr(element.tag) or "UN"


@dataclass(frozen=True, slots=True)
class Unfolded:
    """Hold the elements of an object, its sequences as lists of items, and where its large values are read from."""

    elements: list[Element]
    encoding: Encoding
    fetch: Fetch
    transfer_syntax_uid: str = ""

    @property
    def pixels(self) -> Element | None:
        """Return the pixel data, None when there is none."""
        return next((element for element in self.elements if element.tag in PIXEL_DATA), None)


def unfold(source: BinaryIO, cutter: Cutter | None = None) -> Unfolded:
    """Return the elements of a seekable Part 10 file; raises CannotDeidentify where it cannot be read.

    A cutter recognises what it has cut before: elements that files have in common are opened once and shared.
    """
    data_set = open_data_set(source)
    elements: list[Element] = []
    position = None
    if cutter is not None:
        pieces, position = data_set.pieces(cutter)
        for piece in pieces:
            if piece.opened is None:
                cutter.keep_opened(piece, [_opened(element, 0) for element in piece.elements])
            elements += piece.opened or []
    elements += [_opened(span.element, 0) for span in data_set.spans(position)]
    return Unfolded(elements, data_set.encoding, data_set.fetch, data_set.meta.get(TRANSFER_SYNTAX_UID, ""))


def _opened(element: Element, depth: int) -> Element:
    value = element.value
    if isinstance(value, RawItems | list):
        return Element(element.tag, "SQ", _items(element, depth))
    if isinstance(value, bytes) and element.vr == "UN" and public_vr(element.tag) == "SQ":
        try:
            return Element(element.tag, "SQ", _items(element, depth))
        except CannotDeidentify:
            return element  # not what its tag says: bytes like any other
    return element


def _items(element: Element, depth: int) -> Items:
    return [[_opened(inner, depth + 1) for inner in item] for item in items_of(element, depth + 1)]


def every_element(
    elements: list[Element], encodings: tuple[str, ...] = ASCII_COMPATIBLE
) -> Iterator[tuple[Element, tuple[str, ...]]]:
    """Yield the elements of an unfolded data set at any depth, with the codecs of the text around them."""
    encodings = encodings_in(elements, encodings)
    for element in elements:
        yield element, encodings
        if isinstance(element.value, list):
            for item in element.value:
                yield from every_element(item, encodings)
