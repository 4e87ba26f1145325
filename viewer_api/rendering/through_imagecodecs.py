"""Decode a frame with imagecodecs: the fastest for every syntax it knows, by measurement (docs/rendering.md).

What a codec gives is brought to the layout that the header announces: the same bits, in samples of the announced size
and sign. The colour space is that of the codestream where it says so: an Adobe marker in JPEG (ITU-T T.872 6.5.3), the
component transformation in JPEG 2000 (T.800 A.6.1), which its decoder undoes.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock, get_ident
from typing import Any

import imagecodecs
import numpy as np

from viewer_api.rendering.codestream import adobe_transform, has_end, transforms_components
from viewer_api.rendering.frame import Pixels, frame_shape
from viewer_api.rendering.pixel_format import PixelFormat

_HEARING = Lock()
_THREADS = min(2, os.cpu_count() or 1)
_ADOBE_SPACES: Mapping[int | None, str] = {0: "RGB", 1: "YBR_FULL"}
_JPEG_SPACES = {"RGB": "RGB", "YBR_FULL": "YCBCR"}


def decode_rle(frame: bytes, format_: PixelFormat, _syntax: str) -> tuple[Pixels, str]:
    """Decode RLE (PS3.5 annex G)."""
    dtype = _dtype(format_)
    planes = np.frombuffer(imagecodecs.dicomrle_decode(frame, dtype), dtype)
    if format_.samples == 1:
        return planes.reshape(format_.rows, format_.columns), format_.photometric
    planes = planes.reshape(format_.samples, format_.rows, format_.columns)
    return np.ascontiguousarray(np.moveaxis(planes, 0, 2)), format_.photometric


def decode_jpeg(frame: bytes, format_: PixelFormat, _syntax: str) -> tuple[Pixels, str]:
    """Decode every sequential JPEG process of 8, 12 and up to 16 bits, lossy and lossless (ITU-T T.81)."""
    _require_end(frame)  # its decoder would fill up with grey what is missing
    if format_.samples == 1:
        return _as_announced(imagecodecs.jpeg8_decode(frame), format_), format_.photometric
    announced = "RGB" if format_.photometric == "RGB" else "YBR_FULL"
    stored = _ADOBE_SPACES.get(adobe_transform(frame), announced)
    wanted = announced if stored == "YBR_FULL" else stored
    pixels = imagecodecs.jpeg8_decode(frame, colorspace=_JPEG_SPACES[stored], outcolorspace=_JPEG_SPACES[wanted])
    return _as_announced(pixels, format_), wanted


def decode_jpeg_ls(frame: bytes, format_: PixelFormat, _syntax: str) -> tuple[Pixels, str]:
    """Decode JPEG-LS (ITU-T T.87)."""
    _require_end(frame)  # its decoder would look for it for ever
    return _as_announced(imagecodecs.jpegls_decode(frame), format_), format_.photometric


def decode_jpeg_2000(frame: bytes, format_: PixelFormat, _syntax: str) -> tuple[Pixels, str]:
    """Decode JPEG 2000 (ITU-T T.800)."""
    pixels = imagecodecs.jpeg2k_decode(frame, numthreads=_THREADS)
    return _as_announced(pixels, format_), "RGB" if transforms_components(frame) else format_.photometric


def decode_htj2k(frame: bytes, format_: PixelFormat, _syntax: str) -> tuple[Pixels, str]:
    """Decode High-Throughput JPEG 2000 (ITU-T T.814)."""
    _require_end(frame)  # its decoder would leave out what is missing
    with _failing_aloud():
        pixels = imagecodecs.htj2k_decode(frame)
    return _as_announced(pixels, format_), "RGB" if transforms_components(frame) else format_.photometric


def decode_jpeg_xl(frame: bytes, format_: PixelFormat, _syntax: str) -> tuple[Pixels, str]:
    """Decode JPEG XL (ISO/IEC 18181-1), whose decoder gives RGB or grey."""
    pixels = imagecodecs.jpegxl_decode(frame)
    return _as_announced(pixels, format_), format_.photometric if format_.samples == 1 else "RGB"


def _require_end(frame: bytes) -> None:
    if not has_end(frame):
        raise ValueError("the frame ends before its image does")


@contextmanager
def _failing_aloud() -> Iterator[None]:
    """Raise what a codec reports in passing, after which it hands out what it has, the rest never written.

    The process has one place for such reports: one thread at a time is here, and hears none of other threads.

    Raises:
        ValueError: it reported something.
    """
    mine, reports = get_ident(), list[object]()

    def hear(report: Any) -> None:
        if get_ident() == mine:
            reports.append(report.exc_type)
        else:
            before(report)

    with _HEARING:
        before, sys.unraisablehook = sys.unraisablehook, hear
        try:
            yield
        finally:
            sys.unraisablehook = before
    if reports:
        raise ValueError("the codec broke off")


def _as_announced(pixels: Pixels, format_: PixelFormat) -> Pixels:
    """Bring samples to the announced size; of a sign that codestream and header disagree on, the bits are kept.

    Raises:
        ValueError: another size than announced, or samples too large for it.
    """
    dtype = _dtype(format_)
    if pixels.shape != frame_shape(format_) or pixels.dtype.kind not in "iu" or pixels.dtype.itemsize > dtype.itemsize:
        raise ValueError("the codestream holds something else than the header announces")
    if pixels.dtype.itemsize == dtype.itemsize:
        return pixels.view(dtype)
    return pixels.astype(dtype)


def _dtype(format_: PixelFormat) -> np.dtype[Any]:
    if format_.allocated not in (8, 16, 32):
        raise ValueError("samples of whole bytes only")
    return np.dtype(f"<{'i' if format_.signed else 'u'}{format_.allocated // 8}")
