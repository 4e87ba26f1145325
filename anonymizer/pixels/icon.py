"""Make the icon of a de-identified object of its decoded pixels, and write the object with it (PS3.3 C.7.6.1.1.6).

What a person or a rule blacked is black in the icon, as it is made of what is published.
"""

from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from anonymizer.cutting import cutter
from anonymizer.errors import CannotDeidentify
from anonymizer.header import Header
from anonymizer.icon import icon_of, icon_places, icon_shape
from anonymizer.part10 import open_part10
from anonymizer.pixels.image_header import ImageHeader
from anonymizer.pixels.markers import ready
from anonymizer.pixels.view import as_numbers, picture
from anonymizer.writing import write_part10

_WEIGHTS = np.array((299, 587, 114))
_GREYS = frozenset({"MONOCHROME1", "MONOCHROME2"})
_LARGEST = 1 << 32
_MEDIA_CLASS, _MEDIA_INSTANCE = 0x00020002, 0x00020003


def icon_values(samples: NDArray[Any], header: ImageHeader, photometric: str) -> list[int]:
    """Return the values that an icon shows of a decoded frame: stored ones of a grey image, else grey from 0 to 255.

    Raises CannotDeidentify where nobody can tell the colours.
    """
    layout = header.layout
    down, across = icon_places(layout.rows, layout.columns)
    if is_grey(header):
        shown = as_numbers(samples.reshape(layout.rows, layout.columns), header)
    else:
        seen = picture(samples, header, photometric)
        shown = seen if seen.ndim == 2 else seen.astype(np.int64) @ _WEIGHTS // 1000
    return [int(value) for value in shown[np.ix_(down, across)].reshape(-1)]


def is_grey(header: ImageHeader) -> bool:
    """Tell whether an image is grey as it is stored."""
    return header.layout.samples == 1 and header.layout.photometric in _GREYS


def write_with_icon(source: BinaryIO, sink: BinaryIO, header: ImageHeader, values: list[int]) -> None:
    """Write a de-identified object with an icon of some values, which `icon_values` gave.

    Raises CannotDeidentify where they are not as many, or not of the kind, that an icon of the image has.
    """
    original = open_part10(source, cutter("cleaned"))
    rows, columns = icon_shape(header.layout.rows, header.layout.columns)
    largest = _LARGEST if is_grey(header) else 256
    if len(values) != rows * columns or not all(-largest < value < largest for value in values):
        raise CannotDeidentify("pixels-unclear", "The values are not those of an icon.")
    icon = icon_of(Header(original), values, original.encoding, as_stored=is_grey(header))
    elements = [ready(element) for element in original.elements()]
    write_part10(
        original,
        [*elements, icon],
        sink,
        sop_class_uid=original.meta[_MEDIA_CLASS],
        sop_instance_uid=original.meta[_MEDIA_INSTANCE],
    )
