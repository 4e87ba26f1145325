"""Dose of radiotherapy: one window for all planes of a grid (PS3.3 section C.8.8.3).

Shown in grey from no dose to the highest of the whole grid, so that planes can be compared and one of stray dose does
not look like one of full dose. The values are those of Dose Grid Scaling, in Dose Units: `window` is in them too.
"""

from typing import BinaryIO

from pydicom import uid

from viewer_api.rendering.grey import WordLayout, stored_values
from viewer_api.rendering.grey_rules import read_grey_rules
from viewer_api.rendering.image import StoredImage, read_frame
from viewer_api.rendering.voi import Window, full_range

_MOST_BYTES = 256 << 20


def whole_dose(source: BinaryIO, image: StoredImage) -> Window | None:
    """Return the window of a dose grid that brings none, or None for every other image and for grids beyond 256 MiB."""
    format_ = image.format
    if image.header.get("SOPClassUID") != uid.RTDoseStorage or not format_.monochrome:
        return None
    if format_.frame_bits // 8 * format_.frames > _MOST_BYTES or read_grey_rules(image, 0).voi:
        return None
    highest = 0.0
    for index in range(format_.frames):
        frame = read_frame(source, image, index)
        layout = WordLayout(format_.allocated, format_.stored, frame.high_bit, format_.signed)
        values = read_grey_rules(image, index).modality.apply(stored_values(frame, layout))
        highest = max(highest, float(values.max()))
    return full_range(0.0, highest) if highest > 0 else None
