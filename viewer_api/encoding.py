"""Compress a frame without loss, for a client that asks for a transfer syntax other than the stored one.

Nothing here loses a bit: lossy compression of what a hospital sent is never made on the way out (PS3.3 C.7.6.1.1.5).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import uid
from pydicom.pixels.encoders.base import get_encoder

from viewer_api.errors import NotAcceptable
from viewer_api.rendering.pixel_format import PixelFormat

ENCODERS: Mapping[str, str] = {
    uid.RLELossless: "pylibjpeg",
    uid.JPEGLSLossless: "pyjpegls",
    uid.JPEG2000Lossless: "pylibjpeg",
}
"""By transfer syntax the plugin that encodes it."""


def can_encode(format_: PixelFormat) -> bool:
    """Say whether frames of a layout can be compressed by every encoder: whole samples of 8 or 16 bits."""
    return not format_.floating and format_.allocated in (8, 16)


def encode_frame(values: NDArray[Any], photometric: str, format_: PixelFormat, syntax: str) -> bytes:
    """Return rows x columns (x samples) of stored values as one compressed frame.

    Raises:
        NotAcceptable: a layout that the transfer syntax cannot hold.
    """
    if not can_encode(format_):
        raise NotAcceptable(f"pixels of {format_.allocated} bits are not compressed here: ask for transfer-syntax=*")
    try:
        encoded = get_encoder(syntax).encode(
            np.ascontiguousarray(values),
            encoding_plugin=ENCODERS[syntax],
            rows=format_.rows,
            columns=format_.columns,
            samples_per_pixel=format_.samples,
            number_of_frames=1,
            bits_allocated=format_.allocated,
            bits_stored=format_.stored,
            pixel_representation=int(format_.signed),
            photometric_interpretation=photometric,
            planar_configuration=0,
        )
    except (ValueError, RuntimeError, NotImplementedError):
        raise NotAcceptable("these pixels do not fit into the transfer syntax: ask for transfer-syntax=*") from None
    return bytes(encoded)  # what some plugins return can be changed, which nothing else here expects
