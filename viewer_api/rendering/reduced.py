"""Decode JPEG 2000 at a half, a quarter ... of its size: a thumbnail needs few of the wavelet levels (ITU-T T.800 B.5).

Only where the result is certain: one sample of up to 16 bits, or 8-bit colour that the codec itself turns into RGB, and
a codestream whose sign is the one the header announces. Everything else is decoded whole. Whether stored values may be
averaged at all is for who asks to know (`preview`).
"""

from io import BytesIO

import numpy as np
from PIL import Image
from pydicom import uid

from viewer_api.rendering.codestream import check_codestream
from viewer_api.rendering.frame import Frame
from viewer_api.rendering.pixel_format import PixelFormat

WAVELET_SYNTAXES = frozenset({uid.JPEG2000Lossless, uid.JPEG2000})
MOST_LEVELS = 5

_PRECISION = 42  # SIZ: the byte that holds the sign and the depth of the first component
_COLOUR = frozenset({"RGB", "YBR_RCT", "YBR_ICT"})


def decode_reduced(frame: bytes, format_: PixelFormat, size: tuple[int, int]) -> Frame | None:
    """Decode a frame at the smallest power of two that is not below `size`; None when it must be decoded whole."""
    level = _levels(format_, size)
    if level == 0 or len(frame) <= _PRECISION or not frame.startswith(b"\xff\x4f\xff\x51"):
        return None
    check_codestream(frame, format_, uid.JPEG2000)
    signed, precision = bool(frame[_PRECISION] & 0x80), (frame[_PRECISION] & 0x7F) + 1
    colour = format_.samples == 3 and format_.photometric in _COLOUR and precision == 8 and not signed
    grey = format_.samples == 1 and precision <= 16 and signed == format_.signed and format_.allocated <= 16
    if not (colour or grey):
        return None
    try:
        with Image.open(BytesIO(frame), formats=("JPEG2000",)) as image:
            image.reduce = level  # type: ignore[method-assign, assignment]
            pixels = np.asarray(image)
    except (OSError, ValueError, SyntaxError):
        return None
    if colour:
        return Frame(pixels, "RGB", 7) if pixels.ndim == 3 else None
    depth = 8 * pixels.dtype.itemsize
    values = pixels.astype(np.int32) >> (depth - precision)
    if signed:
        values -= 1 << (precision - 1)
    lowest = -(1 << (format_.stored - 1)) if format_.signed else 0  # wavelets overshoot: never wrap around
    values = np.clip(values, lowest, lowest + (1 << format_.stored) - 1)
    dtype = np.dtype(f"{'i' if format_.signed else 'u'}{format_.allocated // 8}")
    return Frame(values.astype(dtype), format_.photometric, format_.stored - 1)


def _levels(format_: PixelFormat, size: tuple[int, int]) -> int:
    level = 0
    while level < MOST_LEVELS and format_.columns >> (level + 1) >= size[0] and format_.rows >> (level + 1) >= size[1]:
        level += 1
    return level
