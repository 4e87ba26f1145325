"""Black boxes of a JPEG frame without decoding it, and prove it with another decoder.

Whole MCUs become black, since they are what can be written anew. Outside of them every coefficient stays; hence the
decoder, which mixes shared colours of neighbours, may change a colour next to a blacked MCU, but no luminance.
"""

from collections.abc import Iterable

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from pydicom import uid

from anonymizer.errors import CannotDeidentify
from anonymizer.pixels.box import Box
from anonymizer.pixels.codestream import adobe_colours
from anonymizer.pixels.jpeg_blocks import blacked_jpeg, touched_mcus
from anonymizer.pixels.jpeg_segments import JpegImage, read_jpeg
from anonymizer.pixels.layout import PixelLayout

BLOCK_SYNTAXES = frozenset({uid.JPEGBaseline8Bit, uid.JPEGExtended12Bit})
_BLACK = {"RGB": (0, 0, 0), "YBR_FULL": (0, 128, 128)}
_GREY = {"MONOCHROME1": (255,), "MONOCHROME2": (0,)}
_COLOURS = frozenset({"RGB", "YBR_FULL", "YBR_FULL_422"})
_MIXED = 2  # pixels next to an MCU, that a decoder may mix its colours into


def mcu_of(frame: bytes, layout: PixelLayout) -> tuple[int, int] | None:
    """Return the columns and rows of an MCU; None where the frame cannot be blacked without decoding it."""
    try:
        image = read_jpeg(frame)
    except ValueError:
        return None
    same = (image.rows, image.columns, len(image.components)) == (layout.rows, layout.columns, layout.samples)
    known = layout.photometric in (_GREY if layout.samples == 1 else _COLOURS)
    return image.mcu if same and known and layout.stored == layout.allocated == 8 else None


def blank_jpeg(frame: bytes, layout: PixelLayout, boxes: tuple[Box, ...]) -> bytes:
    """Return a frame with the MCUs blacked that boxes touch.

    Raises CannotDeidentify where that cannot be done, or the decoder does not show it.
    """
    blacks = _blacks(frame, layout)
    try:
        result = blacked_jpeg(frame, boxes, blacks)
        proven = _is_proven(frame, result, boxes, blacks)
    except (ValueError, RuntimeError):
        raise CannotDeidentify("pixels-not-cleanable", "The JPEG data is damaged or of a kind not known.") from None
    if not proven:
        raise CannotDeidentify("pixels-not-cleanable", "The cleaned pixels are not what they must be.")
    return result


def _blacks(frame: bytes, layout: PixelLayout) -> tuple[int, ...]:
    if layout.samples == 1:
        return _GREY[layout.photometric]
    return _BLACK[adobe_colours(frame) or ("RGB" if layout.photometric == "RGB" else "YBR_FULL")]


def _is_proven(frame: bytes, result: bytes, boxes: Iterable[Box], blacks: tuple[int, ...]) -> bool:
    """Tell whether each component is black inside and the same outside, as libjpeg decodes both."""
    image = read_jpeg(frame)
    across, down = image.mcu
    inside = touched_mcus(image, boxes).repeat(down, 0).repeat(across, 1)[: image.rows, : image.columns]
    before, after = _components(frame, image), _components(result, image)
    for place, (component, black) in enumerate(zip(image.components.values(), blacks, strict=True)):
        mixed = _MIXED if (component.across * 8, component.down * 8) != image.mcu else 0
        surely, perhaps = ~_grown(~inside, mixed), _grown(inside, mixed)
        if (after[surely, place] != black).any() or (after[~perhaps, place] != before[~perhaps, place]).any():
            return False
    return True


def _components(frame: bytes, image: JpegImage) -> NDArray[np.uint8]:
    """Return the samples of all components, whatever they mean."""
    space = "YCBCR" if len(image.components) == 3 else None
    samples = np.asarray(imagecodecs.jpeg8_decode(frame, colorspace=space, outcolorspace=space))
    return samples.reshape(image.rows, image.columns, len(image.components))


def _grown(mask: NDArray[np.bool_], by: int) -> NDArray[np.bool_]:
    wide = np.pad(mask, by)
    rows, columns = mask.shape
    grown = np.zeros(mask.shape, np.bool_)
    for down in range(2 * by + 1):
        for across in range(2 * by + 1):
            grown |= wide[down : down + rows, across : across + columns]
    return grown
