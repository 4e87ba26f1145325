"""Segmentations in the colours they recommend (PS3.3 sections C.8.20 and C.10.7.1.1).

A frame of a binary or fractional segmentation belongs to one segment and is its colour, as strong as the fraction. In a
label map each stored value is a segment; one without a colour of its own gets one by its number, always the same. Where
nothing is segmented it is black.
"""

import colorsys
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydicom import uid
from pydicom.dataset import Dataset

from viewer_api.errors import CannotRender
from viewer_api.rendering.functional_groups import in_functional_groups

SEGMENT_TAGS: Sequence[int] = (0x00620001, 0x00620002, 0x0062000E)
SEGMENTATIONS = frozenset({uid.SegmentationStorage, "1.2.840.10008.5.1.4.1.1.66.7"})
_GOLDEN_ANGLE = 0.61803398875
_MOST_LABELS = 1 << 16

# ICC PCS (D50) to linear sRGB (D65), the Bradford adaptation included (IEC 61966-2-1, ICC.1 annex E)
_TO_LINEAR = np.array(
    [
        [3.1338561, -1.6168667, -0.4906146],
        [-0.9787684, 1.9161415, 0.0334540],
        [0.0719453, -0.2289914, 1.4052427],
    ]
)
_WHITE = np.array([0.9642, 1.0, 0.8249])

Rgb = tuple[int, int, int]


def render_segments(stored: NDArray[np.int64], header: Dataset, index: int) -> NDArray[np.uint8] | None:
    """Return rows x columns x RGB of a segmentation's frame counted from 0, or None where nothing says a colour.

    Raises:
        CannotRender: a segment that the object does not describe.
    """
    kind = str(header.get("SegmentationType") or "").strip()
    segments = {
        int(item.SegmentNumber): item for item in header.get("SegmentSequence") or [] if "SegmentNumber" in item
    }
    if kind == "LABELMAP":
        return _render_labels(stored, segments)
    identified = in_functional_groups(header, index, "SegmentIdentificationSequence")
    number = None if identified is None else identified.get("ReferencedSegmentNumber")
    if number is None:
        return None
    if number not in segments:
        raise CannotRender("the segmentation does not describe the segment of this frame")
    colour = recommended_colour(segments[number])
    if colour is None:
        return None
    whole = int(header.get("MaximumFractionalValue") or 0) if kind == "FRACTIONAL" else 1
    if whole < 1:
        raise CannotRender("the segmentation does not say which value is the whole")
    strength = np.clip(stored / whole, 0, 1)[..., None]
    picture: NDArray[np.uint8] = np.floor(strength * np.array(colour) + 0.5).astype(np.uint8)
    return picture


def recommended_colour(segment: Dataset) -> Rgb | None:
    """Return the colour a segment recommends, in sRGB, or None."""
    values = segment.get("RecommendedDisplayCIELabValue")
    return cielab_to_srgb(*(int(value) for value in values)) if values is not None and len(values) == 3 else None


def cielab_to_srgb(lightness: int, a: int, b: int) -> Rgb:
    """Return 8-bit sRGB of a CIELab colour in DICOM's encoding: L* 0 to 100, a* and b* -128 to 127, as 0 to FFFFH."""
    fy = (lightness / 65535 * 100 + 16) / 116
    steps = np.array([fy + (a / 65535 * 255 - 128) / 500, fy, fy - (b / 65535 * 255 - 128) / 200])
    xyz = _WHITE * np.where(steps > 6 / 29, steps**3, 3 * (6 / 29) ** 2 * (steps - 4 / 29))
    linear = np.clip(_TO_LINEAR @ xyz, 0, 1)
    gamma = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    red, green, blue = (int(value) for value in np.floor(gamma * 255 + 0.5))
    return red, green, blue


def _render_labels(stored: NDArray[np.int64], segments: dict[int, Dataset]) -> NDArray[np.uint8]:
    lowest, highest = int(stored.min()), int(stored.max())
    if lowest < 0 or highest >= _MOST_LABELS:
        raise CannotRender("the label map holds values that are no segment's number")
    table = np.zeros((highest + 1, 3), np.uint8)
    for number in np.flatnonzero(np.bincount(stored.ravel(), minlength=highest + 1)):
        if number:
            segment = segments.get(int(number))
            colour = None if segment is None else recommended_colour(segment)
            table[number] = colour or _colour_of(int(number))
    return table[stored]


def _colour_of(number: int) -> Rgb:
    red, green, blue = colorsys.hsv_to_rgb(number * _GOLDEN_ANGLE % 1, 0.75, 1.0)
    return round(red * 255), round(green * 255), round(blue * 255)
