"""A decoded frame, as it is stored: no step before it changes a value."""

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from viewer_api.rendering.pixel_format import PixelFormat

Pixels = NDArray[Any]

DECODED_PHOTOMETRIC = {"YBR_FULL_422": "YBR_FULL", "YBR_RCT": "RGB", "YBR_ICT": "RGB"}
"""What a colour space of compressed frames is when they are decoded: no sample is left out any more, no component
transformation is left to undo (PS3.3 C.7.6.3.1.2). The others stay as they are."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A decoded frame, rows x columns (x samples), with the colour space it is in and the bit it ends at."""

    pixels: Pixels
    photometric: str
    high_bit: int


def frame_shape(format_: PixelFormat) -> tuple[int, ...]:
    """Return the shape of a frame's array."""
    if format_.samples == 1:
        return (format_.rows, format_.columns)
    return (format_.rows, format_.columns, format_.samples)
