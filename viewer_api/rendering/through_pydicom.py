"""Decode a frame with one of pydicom's decoding plugins, the second choice for most syntaxes."""

from collections.abc import Callable
from struct import pack
from typing import Any

from viewer_api.rendering.frame import Pixels
from viewer_api.rendering.pixel_format import PixelFormat


def decode_with_plugin(plugin: str) -> Callable[[bytes, PixelFormat, str], tuple[Pixels, str]]:
    """Return a codec that asks one of pydicom's decoding plugins."""

    def decode(frame: bytes, format_: PixelFormat, syntax: str) -> tuple[Pixels, str]:
        from pydicom.pixels.decoders.base import get_decoder

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


def _encapsulate(frame: bytes) -> bytes:
    """Return the frame as the value of an encapsulated element with an empty Basic Offset Table."""
    padded = frame + b"\0" * (len(frame) % 2)
    return b"".join((pack("<HHL", 0xFFFE, 0xE000, 0), pack("<HHL", 0xFFFE, 0xE000, len(padded)), padded))
