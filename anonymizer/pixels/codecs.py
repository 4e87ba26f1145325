"""Decode a compressed frame to its stored values and encode them again without loss (PS3.5 Annex A).

Values come as the codestream holds them, without sign where it has none, so that what is encoded again is the same.
What was compressed with loss becomes the lossless form of its decoded values: nothing is lost a second time.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from struct import Struct
from threading import Lock, get_ident
from typing import Any

import imagecodecs
import jpeg_ls
import numpy as np
from numpy.typing import NDArray
from pydicom import uid
from rle.utils import encode_pixel_data

from anonymizer.pixels.codestream import adobe_colours, precision, transforms_colours
from anonymizer.pixels.layout import PixelLayout

Pixels = NDArray[Any]
_END = b"\xff\xd9"  # EOI, EOC: nothing within a scan or a code-block can look like it
_TAIL = 64  # bytes that may pad a frame, besides zeros
_RLE_HEADER = Struct("<16L")
_SAME_COLOURS = {1: None, 3: "RGB"}  # three samples stay what they are, whatever they mean
_HEARING = Lock()
_BY_PIXEL = 2  # interleave mode of JPEG-LS: the samples of a pixel stand together


@dataclass(frozen=True, slots=True)
class Codec:
    """Be how one transfer syntax is read, and in which one and how it is written again."""

    decode: Callable[[bytes, PixelLayout], Pixels]
    encode: Callable[[Pixels, PixelLayout, bytes], bytes]
    written_as: str
    written: Callable[[PixelLayout], PixelLayout] = lambda layout: layout


def _decode_rle(frame: bytes, layout: PixelLayout) -> Pixels:
    _require_segments(frame)  # its decoder would read what lies behind the frame
    dtype = np.dtype(f"<u{max(layout.allocated // 8, 1)}")
    planes = np.frombuffer(imagecodecs.dicomrle_decode(frame, dtype), dtype)
    planes = planes.reshape(layout.samples, layout.rows, layout.columns)
    return planes[0].copy() if layout.samples == 1 else np.ascontiguousarray(np.moveaxis(planes, 0, 2))


def _encode_rle(pixels: Pixels, layout: PixelLayout, _: bytes) -> bytes:
    data = pixels.astype(pixels.dtype.newbyteorder("<"), copy=False).tobytes()
    return bytes(
        encode_pixel_data(
            data,
            byteorder="<",
            rows=layout.rows,
            columns=layout.columns,
            samples_per_pixel=layout.samples,
            bits_allocated=layout.allocated,
        )
    )


def _decode_jpeg(frame: bytes, layout: PixelLayout) -> Pixels:
    """Decode every JPEG process; colours come as RGB but for lossless JPEG, whose samples stay what they are."""
    _require_end(frame)  # its decoder would fill up with grey what is missing
    if layout.samples == 1:
        return np.asarray(imagecodecs.jpeg8_decode(frame))
    stored = adobe_colours(frame) or ("RGB" if layout.photometric == "RGB" else "YBR_FULL")
    spaces = {"RGB": "RGB", "YBR_FULL": "YCBCR"}
    return np.asarray(imagecodecs.jpeg8_decode(frame, colorspace=spaces[stored], outcolorspace="RGB"))


def _decode_lossless_jpeg(frame: bytes, layout: PixelLayout) -> Pixels:
    _require_end(frame)
    space = _SAME_COLOURS[layout.samples]
    return np.asarray(imagecodecs.jpeg8_decode(frame, colorspace=space, outcolorspace=space))


def _encode_lossless_jpeg(pixels: Pixels, layout: PixelLayout, frame: bytes) -> bytes:
    space = _SAME_COLOURS[layout.samples]
    return bytes(
        imagecodecs.jpeg8_encode(
            pixels, lossless=True, predictor=1, bitspersample=precision(frame), colorspace=space, outcolorspace=space
        )
    )


def _decode_jpeg_ls(frame: bytes, _: PixelLayout) -> Pixels:
    _require_end(frame)  # its decoder would look for it for ever
    return np.asarray(imagecodecs.jpegls_decode(frame))


def _encode_jpeg_ls(pixels: Pixels, layout: PixelLayout, frame: bytes) -> bytes:
    bits = max(precision(frame), 2)
    data = np.ascontiguousarray(pixels).tobytes()
    mode = _BY_PIXEL if layout.samples == 3 else 0
    return bytes(jpeg_ls.encode_buffer(data, layout.rows, layout.columns, layout.samples, bits, 0, mode))


def _decode_jpeg_2000(frame: bytes, _: PixelLayout) -> Pixels:
    return np.asarray(imagecodecs.jpeg2k_decode(frame, numthreads=1))


def _encode_jpeg_2000(pixels: Pixels, layout: PixelLayout, frame: bytes) -> bytes:
    transformed = layout.samples == 3 and transforms_colours(frame)
    bits = min(layout.stored, pixels.dtype.itemsize * 8)
    return bytes(
        imagecodecs.jpeg2k_encode(
            pixels, codecformat="j2k", reversible=True, bitspersample=bits, mct=transformed, numthreads=1
        )
    )


def _decode_htj2k(frame: bytes, _: PixelLayout) -> Pixels:
    _require_end(frame)  # its decoder would leave out what is missing
    with _failing_aloud():
        return np.asarray(imagecodecs.htj2k_decode(frame))


def _encode_htj2k(pixels: Pixels, layout: PixelLayout, frame: bytes) -> bytes:
    if layout.samples == 3 and not transforms_colours(frame):
        raise ValueError("colours that are not transformed cannot be written")
    return bytes(imagecodecs.htj2k_encode(pixels, reversible=True, rgb=layout.samples == 3))


def _require_segments(frame: bytes) -> None:
    """Raise ValueError where an RLE frame lacks a segment that its header names, or has one before another (G.5)."""
    count, *offsets = _RLE_HEADER.unpack_from(frame.ljust(_RLE_HEADER.size, b"\0"))
    places = [_RLE_HEADER.size - 1, *offsets[:count], len(frame)]
    if not 1 <= count <= len(offsets) or any(before >= after for before, after in pairwise(places)):
        raise ValueError("the segments are not all within the frame")


def _require_end(frame: bytes) -> None:
    if _END not in frame[-_TAIL:] and _END not in frame.rstrip(b"\0")[-_TAIL:]:
        raise ValueError("the frame ends before its image does")


@contextmanager
def _failing_aloud() -> Iterator[None]:
    """Raise ValueError for what a codec reports in passing, after which it hands out what it has, the rest not set.

    The process has one place for such reports: one thread at a time is here, and hears none of other threads.
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


def _as_rgb(layout: PixelLayout) -> PixelLayout:
    return replace(layout, photometric="RGB", planar=0) if layout.samples == 3 else layout


def _by_pixel(layout: PixelLayout) -> PixelLayout:
    return replace(layout, planar=0)


def _reversible(layout: PixelLayout) -> PixelLayout:
    """Return the layout with the colour transformation that loses nothing in the place of the one that does."""
    return replace(layout, photometric="YBR_RCT") if layout.photometric == "YBR_ICT" else layout


_JPEG_TO_LS = Codec(_decode_jpeg, _encode_jpeg_ls, uid.JPEGLSLossless, _as_rgb)
_LOSSLESS_JPEG = Codec(_decode_lossless_jpeg, _encode_lossless_jpeg, uid.JPEGLosslessSV1)
_JPEG_LS = Codec(_decode_jpeg_ls, _encode_jpeg_ls, uid.JPEGLSLossless, _by_pixel)
_JPEG_2000 = Codec(_decode_jpeg_2000, _encode_jpeg_2000, uid.JPEG2000Lossless, _reversible)
_HTJ2K = Codec(_decode_htj2k, _encode_htj2k, uid.HTJ2KLossless, _reversible)

CODECS: dict[str, Codec] = {
    uid.RLELossless: Codec(_decode_rle, _encode_rle, uid.RLELossless),
    uid.JPEGBaseline8Bit: _JPEG_TO_LS,
    uid.JPEGExtended12Bit: _JPEG_TO_LS,
    uid.JPEGLossless: _LOSSLESS_JPEG,
    uid.JPEGLosslessSV1: _LOSSLESS_JPEG,
    uid.JPEGLSLossless: _JPEG_LS,
    uid.JPEGLSNearLossless: _JPEG_LS,
    uid.JPEG2000Lossless: _JPEG_2000,
    uid.JPEG2000: _JPEG_2000,
    uid.HTJ2KLossless: _HTJ2K,
    uid.HTJ2KLosslessRPCL: _HTJ2K,
    uid.HTJ2K: _HTJ2K,
}
# Their codestreams hold bits, whatever the header says of signs.
WITHOUT_SIGNS = frozenset({uid.JPEGLossless, uid.JPEGLosslessSV1, uid.JPEGLSLossless, uid.JPEGLSNearLossless})
