"""A decoded frame as the octets of native Pixel Data in little endian (PS3.5 section 8.1.1 and annex A.2).

The layout is the one that the instance's own header announces, so that a client can read them by the metadata it has.
"""

import numpy as np

from viewer_api.rendering.frame import Frame
from viewer_api.rendering.pixel_format import PixelFormat


def to_octets(frame: Frame, format_: PixelFormat) -> bytes:
    """Return rows x columns x samples in little endian, by plane where the header says so; single bits are packed."""
    pixels = frame.pixels
    if format_.allocated == 1:
        return np.packbits(pixels.ravel(), bitorder="little").tobytes()
    if pixels.ndim == 3 and format_.planar == 1:
        pixels = np.moveaxis(pixels, 2, 0)
    return np.ascontiguousarray(pixels).astype(pixels.dtype.newbyteorder("<"), copy=False).tobytes()
