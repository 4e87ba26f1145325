"""Decode one frame: for each transfer syntax a table of codecs, the fastest correct one first (PS3.5 annex A).

The order comes from measurements (pyjpegls decodes JPEG-LS five times faster than its rivals, GDCM is the only
permissively licensed decoder of lossless and 12-bit JPEG here); the next codec is tried when one fails. A decoded frame
comes as it is stored, in the colour space that is returned beside it: no step here changes a value.
"""

from collections.abc import Callable
from dataclasses import dataclass
from struct import pack
from typing import Any

import gdcm
import numpy as np
from numpy.typing import NDArray
from pydicom import uid
from pydicom.pixels.decoders.base import get_decoder

from viewer_api.errors import CannotRender
from viewer_api.rendering.codestream import check_codestream
from viewer_api.rendering.pixel_format import PixelFormat

Pixels = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Frame:
    """A decoded frame, rows x columns (x samples), with the colour space it is in and the bit it ends at."""

    pixels: Pixels
    photometric: str
    high_bit: int


Codec = Callable[[bytes, PixelFormat, str], tuple[Pixels, str]]


def _through_pydicom(plugin: str) -> Codec:
    """Return a codec that asks one of pydicom's decoding plugins."""

    def decode(frame: bytes, format_: PixelFormat, syntax: str) -> tuple[Pixels, str]:
        options: dict[str, Any] = {
            "rows": format_.rows,
            "columns": format_.columns,
            "number_of_frames": 1,
            "samples_per_pixel": format_.samples,
            "photometric_interpretation": format_.photometric,
            "planar_configuration": format_.planar,
            "bits_allocated": format_.allocated,
            "bits_stored": format_.stored,
            "pixel_representation": int(format_.signed),
            "pixel_keyword": "PixelData",
        }
        pixels, properties = get_decoder(syntax).as_array(
            _encapsulate(frame), index=0, raw=True, decoding_plugin=plugin, **options
        )
        return pixels, str(properties["photometric_interpretation"])

    return decode


def _through_gdcm(frame: bytes, format_: PixelFormat, syntax: str) -> tuple[Pixels, str]:
    """Decode 12-bit JPEG Extended, which GDCM can and pydicom's plugin for it declines."""
    fragment = gdcm.Fragment()
    fragment.SetByteStringValue(frame)
    fragments = gdcm.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((format_.columns, format_.rows, 1))
    image.SetDataElement(element)
    kind = gdcm.PhotometricInterpretation.GetPIType(format_.photometric)
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(kind))
    image.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.GetTSType(syntax)))
    image.SetPixelFormat(
        gdcm.PixelFormat(format_.samples, format_.allocated, format_.stored, format_.high_bit, int(format_.signed))
    )
    raw = image.GetBuffer().encode("utf-8", "surrogateescape")
    pixels = np.frombuffer(raw, f"<{'i' if format_.signed else 'u'}{format_.allocated // 8}")
    return pixels.reshape(_shape(format_)), format_.photometric


_PYLIBJPEG = _through_pydicom("pylibjpeg")
_PYDICOM = _through_pydicom("pydicom")
_PYJPEGLS = _through_pydicom("pyjpegls")
_PILLOW = _through_pydicom("pillow")
_GDCM = _through_pydicom("gdcm")

CODECS: dict[str, tuple[Codec, ...]] = {
    uid.RLELossless: (_PYLIBJPEG, _PYDICOM),
    uid.JPEGBaseline8Bit: (_PILLOW, _GDCM),
    uid.JPEGExtended12Bit: (_PILLOW, _through_gdcm),
    uid.JPEGLossless: (_GDCM,),
    uid.JPEGLosslessSV1: (_GDCM,),
    uid.JPEGLSLossless: (_PYJPEGLS, _GDCM),
    uid.JPEGLSNearLossless: (_PYJPEGLS, _GDCM),
    uid.JPEG2000Lossless: (_PYLIBJPEG, _GDCM, _PILLOW),
    uid.JPEG2000: (_PYLIBJPEG, _GDCM, _PILLOW),
    uid.HTJ2KLossless: (_PYLIBJPEG,),
    uid.HTJ2KLosslessRPCL: (_PYLIBJPEG,),
    uid.HTJ2K: (_PYLIBJPEG,),
}


def decode_encapsulated(frame: bytes, format_: PixelFormat, syntax: str) -> Frame:
    """Decode one compressed frame.

    Raises:
        CannotRender: no codec for the transfer syntax, or none of them can decode this frame.
    """
    if syntax not in CODECS:
        raise CannotRender("this node has no decoder for the transfer syntax of the image")
    if syntax != uid.RLELossless:  # its frames claim no size
        check_codestream(frame, format_)
    for codec in CODECS[syntax]:
        try:
            pixels, photometric = codec(frame, format_, syntax)
        except (ValueError, RuntimeError, NotImplementedError, OSError, TypeError, AttributeError, IndexError):
            continue
        if pixels.shape == _shape(format_):
            return Frame(pixels, photometric, format_.stored - 1)
    raise CannotRender("the compressed frame is damaged: no decoder could read it")


def decode_native(raw: bytes, first_bit: int, format_: PixelFormat, *, little_endian: bool) -> Frame:
    """Decode one uncompressed frame; `first_bit` is where it begins in `raw`."""
    if format_.allocated == 1:
        count = format_.rows * format_.columns * format_.samples
        bits = np.unpackbits(np.frombuffer(raw, np.uint8), bitorder="little")[first_bit : first_bit + count]
        return Frame(bits.reshape(_shape(format_)), format_.photometric, 0)
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
    return Frame(samples.reshape(_shape(format_)), format_.photometric, format_.high_bit)


def _expand_422(samples: Pixels, format_: PixelFormat) -> Pixels:
    """Give each of two neighbours the colour they share: Y1 Y2 CB CR becomes Y1 CB CR, Y2 CB CR."""
    if format_.columns % 2:
        raise CannotRender("subsampled colour needs an even number of columns")
    pairs = samples.reshape(-1, 4)
    whole = np.empty((len(pairs), 2, 3), samples.dtype)
    whole[:, :, 0] = pairs[:, :2]
    whole[:, :, 1:] = pairs[:, None, 2:]
    return whole.reshape(_shape(format_))


def _shape(format_: PixelFormat) -> tuple[int, ...]:
    if format_.samples == 1:
        return (format_.rows, format_.columns)
    return (format_.rows, format_.columns, format_.samples)


def _encapsulate(frame: bytes) -> bytes:
    """Return the frame as the value of an encapsulated element with an empty Basic Offset Table."""
    padded = frame + b"\0" * (len(frame) % 2)
    return b"".join((pack("<HHL", 0xFFFE, 0xE000, 0), pack("<HHL", 0xFFFE, 0xE000, len(padded)), padded))
