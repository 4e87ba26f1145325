"""One frame as a picture: the steps in their order.

decode -> modality -> VOI -> polarity, or palette / colour space / segments -> sRGB -> overlays -> region, aspect,
viewport -> JPEG or PNG
"""

from dataclasses import dataclass, replace
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from viewer_api.errors import CannotRender
from viewer_api.rendering.colour import Palette, read_palette, render_colour
from viewer_api.rendering.colour_profile import to_srgb
from viewer_api.rendering.dose import whole_dose
from viewer_api.rendering.encode import DEFAULT_QUALITY, ENCODERS, JPEG
from viewer_api.rendering.frame import Frame
from viewer_api.rendering.geometry import Viewport, fit, picture_size, read_aspect
from viewer_api.rendering.grey import WordLayout, render_grey, stored_values
from viewer_api.rendering.grey_rules import read_grey_rules
from viewer_api.rendering.image import StoredImage, read_frame, read_small
from viewer_api.rendering.overlays import draw_overlays
from viewer_api.rendering.reduced import WAVELET_SYNTAXES
from viewer_api.rendering.segments import SEGMENTATIONS, render_segments
from viewer_api.rendering.voi import Window


@dataclass(frozen=True, slots=True)
class PreviewRequest:
    """What is asked for; everything that changes the picture is here, so that it can be a cache key.

    `presentation` is which of the windows and VOI LUTs that the frame brings, counted from 0, where no window is asked
    for. A segmentation for which a window is asked is shown in grey.
    """

    media_type: str = JPEG
    window: Window | None = None
    presentation: int = 0
    viewport: Viewport | None = None
    quality: int = DEFAULT_QUALITY
    overlays: bool = False


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
    whole = region is not None or request.overlays or not _may_be_reduced(image, index, request)
    frame = (None if whole else read_small(source, image, index, size)) or read_frame(source, image, index)
    window = request.window or whole_dose(source, image)
    pixels = render_pixels(frame, image, index, window, request.presentation)
    if request.overlays:
        pixels = draw_overlays(pixels, source, frame, index)
    return ENCODERS[request.media_type](fit(Image.fromarray(pixels), size, region), request.quality)


def _may_be_reduced(image: StoredImage, index: int, request: PreviewRequest) -> bool:
    """Say whether stored values may be averaged before they are made grey or colours.

    Only where each of them is an intensity and the window does not depend on which of them there are: the mean of two
    numbers of a palette or of two segments is a third one, and next to padding there would be values that nobody
    stored.
    """
    format_ = image.format
    if image.transfer_syntax not in WAVELET_SYNTAXES:
        return False
    if not format_.monochrome:
        return format_.photometric != "PALETTE COLOR"
    if image.header.get("SOPClassUID") in SEGMENTATIONS or _supplemental_palette(image) is not None:
        return False
    rules = read_grey_rules(image, index)
    known = request.window is not None or bool(rules.voi[request.presentation :])
    return known and rules.padding is None and rules.modality.table is None


def render_pixels(
    frame: Frame, image: StoredImage, index: int, window: Window | None, presentation: int = 0
) -> NDArray[np.uint8]:
    """Return rows x columns of grey or rows x columns x RGB, 0..255, for a decoded frame.

    Raises:
        CannotRender: the frame cannot be shown faithfully.
    """
    format_ = image.format
    layout = WordLayout(format_.allocated, format_.stored, frame.high_bit, format_.signed)
    if format_.monochrome:
        segments = None if window else _segments(frame, layout, image, index)
        if segments is not None:
            return segments
        rules = read_grey_rules(image, index)
        grey = render_grey(frame, layout, replace(rules, voi=rules.voi[presentation:]), window)
        palette = _supplemental_palette(image)
        return grey if palette is None else palette.apply_over(grey, stored_values(frame, layout))
    if format_.photometric == "PALETTE COLOR":
        return to_srgb(_palette(image).apply(stored_values(frame, layout)), image.header)
    if format_.signed:
        raise CannotRender("colour samples cannot be signed")
    return to_srgb(render_colour(frame, format_.stored), image.header)


def _segments(frame: Frame, layout: WordLayout, image: StoredImage, index: int) -> NDArray[np.uint8] | None:
    if image.header.get("SOPClassUID") not in SEGMENTATIONS:
        return None
    return render_segments(stored_values(frame, layout).astype(np.int64), image.header, index)


def _palette(image: StoredImage) -> Palette:
    return read_palette(image.header, signed=image.format.signed, little_endian=image.little_endian)


def _supplemental_palette(image: StoredImage) -> Palette | None:
    """Return the palette that colours part of the stored values of a grey image (PS3.3 C.7.6.19), if there is one."""
    if str(image.header.get("PixelPresentation") or "").strip() not in ("COLOR", "MIXED"):
        return None
    return _palette(image) if "RedPaletteColorLookupTableDescriptor" in image.header else None
