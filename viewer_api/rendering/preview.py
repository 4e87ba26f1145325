"""One frame as a picture: the steps in their order.

decode -> modality -> VOI -> polarity, or palette / colour space -> region, aspect, viewport -> JPEG or PNG
"""

from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from viewer_api.errors import CannotRender
from viewer_api.rendering.codecs import Frame
from viewer_api.rendering.colour import Palette, read_palette, render_colour
from viewer_api.rendering.encode import DEFAULT_QUALITY, ENCODERS, JPEG
from viewer_api.rendering.geometry import Viewport, fit, picture_size, read_aspect
from viewer_api.rendering.grey import GreyRules, WordLayout, render_grey, stored_values
from viewer_api.rendering.image import StoredImage, read_frame, read_small
from viewer_api.rendering.modality import read_modality
from viewer_api.rendering.numbers import decimal
from viewer_api.rendering.voi import Window, read_voi

_BINARY = Window(0.5, 1.0, "LINEAR_EXACT")


@dataclass(frozen=True, slots=True)
class PreviewRequest:
    """What is asked for; everything that changes the picture is here, so that it can be a cache key."""

    media_type: str = JPEG
    window: Window | None = None
    viewport: Viewport | None = None
    quality: int = DEFAULT_QUALITY


def render_preview(source: BinaryIO, image: StoredImage, index: int, request: PreviewRequest) -> bytes:
    """Return the picture of a frame counted from 0.

    Raises:
        NotFound: there is no such frame.
        CannotRender: the frame cannot be shown faithfully.
        Malformed, TooLarge: the viewport does not fit the image.
    """
    format_, viewport = image.format, request.viewport
    region = viewport.region if viewport else None
    size = picture_size(format_.columns, format_.rows, read_aspect(image.header, index), viewport)
    frame = (None if region else read_small(source, image, index, size)) or read_frame(source, image, index)
    pixels = render_pixels(frame, image, index, request.window)
    return ENCODERS[request.media_type](fit(Image.fromarray(pixels), size, region), request.quality)


def render_pixels(frame: Frame, image: StoredImage, index: int, window: Window | None) -> NDArray[np.uint8]:
    """Return rows x columns of grey or rows x columns x RGB, 0..255, for a decoded frame.

    Raises:
        CannotRender: the frame cannot be shown faithfully.
    """
    format_ = image.format
    layout = WordLayout(format_.allocated, format_.stored, frame.high_bit, format_.signed)
    if format_.monochrome:
        grey = render_grey(frame, layout, read_grey_rules(image, index), window)
        palette = _supplemental_palette(image)
        return grey if palette is None else palette.apply_over(grey, stored_values(frame, layout))
    if format_.photometric == "PALETTE COLOR":
        return _palette(image).apply(stored_values(frame, layout))
    if format_.signed:
        raise CannotRender("colour samples cannot be signed")
    return render_colour(frame, format_.stored)


def read_grey_rules(image: StoredImage, index: int) -> GreyRules:
    """Read how the stored values of a frame counted from 0 become grey.

    Raises:
        CannotRender: a transformation that would make the picture meaningless.
    """
    header, format_ = image.header, image.format
    modality = read_modality(header, index, signed=format_.signed, little_endian=image.little_endian)
    negative = modality.table is None and (format_.signed or modality.intercept < 0)
    voi = read_voi(header, index, signed=negative, little_endian=image.little_endian)
    shape = str(header.get("PresentationLUTShape") or "").strip()
    return GreyRules(
        modality=modality,
        voi=voi or ((_BINARY,) if format_.stored == 1 else ()),
        inverse=format_.photometric == "MONOCHROME1" or shape == "INVERSE",
        padding=_read_padding(image),
    )


def _palette(image: StoredImage) -> Palette:
    return read_palette(image.header, signed=image.format.signed, little_endian=image.little_endian)


def _supplemental_palette(image: StoredImage) -> Palette | None:
    """Return the palette that colours part of the stored values of a grey image (PS3.3 C.7.6.19), if there is one."""
    if str(image.header.get("PixelPresentation") or "").strip() not in ("COLOR", "MIXED"):
        return None
    return _palette(image) if "RedPaletteColorLookupTableDescriptor" in image.header else None


def _read_padding(image: StoredImage) -> tuple[float, float] | None:
    """Return the range of stored values that mean nothing (PS3.3 C.7.5.1.1.2)."""
    header, format_ = image.header, image.format
    value = decimal(_first_of(header, "FloatPixelPaddingValue", "DoubleFloatPixelPaddingValue", "PixelPaddingValue"))
    if value is None:
        return None
    limit = decimal(header.get("PixelPaddingRangeLimit"))
    ends = [_in_range(end, format_.stored, format_.signed) for end in (value, value if limit is None else limit)]
    return min(ends), max(ends)


def _in_range(value: float, stored: int, signed: bool) -> float:
    """Correct a padding value that was written with the other sign than the pixels have."""
    if signed and value >= 1 << (stored - 1):
        return value - (1 << stored)
    if not signed and value < 0:
        return value + (1 << stored)
    return value


def _first_of(header: Any, *keywords: str) -> Any:
    return next((header[keyword].value for keyword in keywords if keyword in header), None)
