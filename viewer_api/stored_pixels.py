"""The stored values of a decoded frame, read from the octets that every other part of this room hands on.

Bits that are not part of the value are masked and the sign is restored, whatever the frame was compressed with.
"""

from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from viewer_api.rendering.frame import DECODED_PHOTOMETRIC
from viewer_api.rendering.grey import WordLayout, stored_values
from viewer_api.rendering.image import StoredImage
from viewer_api.rendering.native import decode_native
from viewer_api.rendering.pixel_format import PixelFormat


def decoded_format(image: StoredImage) -> PixelFormat:
    """Return the layout that the octets of a frame have: that of the header, but for what decoding changed."""
    format_ = image.format
    if image.fragments is None:
        return format_
    photometric = DECODED_PHOTOMETRIC.get(format_.photometric, format_.photometric)
    return replace(format_, photometric=photometric, high_bit=format_.stored - 1)


def read_stored_values(image: StoredImage, octets: bytes) -> tuple[NDArray[Any], str]:
    """Return rows x columns (x samples) of stored values and the colour space they are in."""
    format_ = decoded_format(image)
    frame = decode_native(octets, 0, format_, little_endian=True)
    layout = WordLayout(format_.allocated, format_.stored, frame.high_bit, format_.signed)
    return stored_values(frame, layout), frame.photometric
