"""Decode one frame: for each transfer syntax a table of codecs, the fastest correct one first (PS3.5 annex A).

The order comes from measurements and a comparison bit for bit (docs/rendering.md); the next codec is tried when one
fails. A decoded frame comes as it is stored, in the colour space that is returned beside it: no step here changes a
value.
"""

from collections.abc import Callable

from pydicom import uid

from viewer_api.errors import CannotRender
from viewer_api.later_syntaxes import JPEG_XL, JPEG_XL_LOSSLESS, JPEG_XL_RECOMPRESSION
from viewer_api.rendering.codestream import check_codestream, has_end
from viewer_api.rendering.frame import DECODED_PHOTOMETRIC, Frame, Pixels, frame_shape
from viewer_api.rendering.pixel_format import PixelFormat
from viewer_api.rendering.through_gdcm import decode_with_gdcm
from viewer_api.rendering.through_imagecodecs import (
    decode_htj2k,
    decode_jpeg,
    decode_jpeg_2000,
    decode_jpeg_ls,
    decode_jpeg_xl,
    decode_rle,
)
from viewer_api.rendering.through_pydicom import decode_with_plugin

Codec = Callable[[bytes, PixelFormat, str], tuple[Pixels, str]]


def _of_whole_frames(codec: Codec) -> Codec:
    """Return a codec that refuses what lacks its end, for which this one would look for ever."""

    def decode(frame: bytes, format_: PixelFormat, syntax: str) -> tuple[Pixels, str]:
        if not has_end(frame):
            raise ValueError("the frame ends before its image does")
        return codec(frame, format_, syntax)

    return decode


_OPENJPEG = decode_with_plugin("pylibjpeg")
_PILLOW = decode_with_plugin("pillow")
_CHARLS = _of_whole_frames(decode_with_plugin("pyjpegls"))

CODECS: dict[str, tuple[Codec, ...]] = {
    uid.RLELossless: (decode_rle, decode_with_plugin("pylibjpeg"), decode_with_plugin("pydicom")),
    uid.JPEGBaseline8Bit: (decode_jpeg, _PILLOW, decode_with_gdcm),
    uid.JPEGExtended12Bit: (decode_jpeg, decode_with_gdcm),
    uid.JPEGLossless: (decode_jpeg, decode_with_gdcm),
    uid.JPEGLosslessSV1: (decode_jpeg, decode_with_gdcm),
    uid.JPEGLSLossless: (decode_jpeg_ls, _CHARLS, decode_with_gdcm),
    uid.JPEGLSNearLossless: (decode_jpeg_ls, _CHARLS, decode_with_gdcm),
    uid.JPEG2000Lossless: (decode_jpeg_2000, _OPENJPEG, decode_with_gdcm),
    uid.JPEG2000: (decode_jpeg_2000, _OPENJPEG, decode_with_gdcm),
    uid.HTJ2KLossless: (decode_htj2k, _OPENJPEG),
    uid.HTJ2KLosslessRPCL: (decode_htj2k, _OPENJPEG),
    uid.HTJ2K: (decode_htj2k, _OPENJPEG),
    JPEG_XL_LOSSLESS: (decode_jpeg_xl,),
    JPEG_XL_RECOMPRESSION: (decode_jpeg_xl,),
    JPEG_XL: (decode_jpeg_xl,),
}


def decode_encapsulated(frame: bytes, format_: PixelFormat, syntax: str) -> Frame:
    """Decode one compressed frame.

    Raises:
        CannotRender: no codec for the transfer syntax, or none of them can decode this frame.
    """
    if syntax not in CODECS:
        raise CannotRender("this node has no decoder for the transfer syntax of the image")
    check_codestream(frame, format_, syntax)
    for codec in CODECS[syntax]:
        try:
            pixels, photometric = codec(frame, format_, syntax)
        except (ValueError, RuntimeError, NotImplementedError, OSError, TypeError, AttributeError, IndexError):
            continue
        if pixels.shape == frame_shape(format_):
            return Frame(pixels, DECODED_PHOTOMETRIC.get(photometric, photometric), format_.stored - 1)
    raise CannotRender("the compressed frame is damaged: no decoder could read it")
