"""Uncompressed frames: bits, planes, byte order and shared colour (PS3.5 section 8.1, PS3.3 C.7.6.3.1)."""

import numpy as np

from viewer_api.errors import CannotRender
from viewer_api.rendering.frame import Frame, Pixels, frame_shape
from viewer_api.rendering.pixel_format import PixelFormat


def decode_native(raw: bytes, first_bit: int, format_: PixelFormat, *, little_endian: bool) -> Frame:
    """Decode one uncompressed frame; `first_bit` is where it begins in `raw`."""
    if format_.allocated == 1:
        count = format_.rows * format_.columns * format_.samples
        bits = np.unpackbits(np.frombuffer(raw, np.uint8), bitorder="little")[first_bit : first_bit + count]
        return Frame(bits.reshape(frame_shape(format_)), format_.photometric, 0)
    kind = "f" if format_.floating else ("i" if format_.signed else "u")
    dtype = np.dtype(f"{'<' if little_endian else '>'}{kind}{format_.allocated // 8}")
    samples = np.frombuffer(raw, dtype)
    if not dtype.isnative:
        samples = samples.astype(dtype.newbyteorder("="))
    if format_.subsampled:
        return Frame(_expand_422(samples, format_), "YBR_FULL", format_.high_bit)
    if format_.samples > 1 and format_.planar == 1:
        planes = samples.reshape(format_.samples, format_.rows, format_.columns)
        return Frame(np.moveaxis(planes, 0, 2), format_.photometric, format_.high_bit)
    return Frame(samples.reshape(frame_shape(format_)), format_.photometric, format_.high_bit)


def _expand_422(samples: Pixels, format_: PixelFormat) -> Pixels:
    """Give each of two neighbours the colour they share: Y1 Y2 CB CR becomes Y1 CB CR, Y2 CB CR."""
    if format_.columns % 2:
        raise CannotRender("subsampled colour needs an even number of columns")
    pairs = samples.reshape(-1, 4)
    whole = np.empty((len(pairs), 2, 3), samples.dtype)
    whole[:, :, 0] = pairs[:, :2]
    whole[:, :, 1:] = pairs[:, None, 2:]
    return whole.reshape(frame_shape(format_))
