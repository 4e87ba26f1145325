"""The size and shape of a picture: viewport, source region, pixel aspect (PS3.18 section 8.3.5.1.3, PS3.3 C.7.6.3.1.7).

A picture has square pixels. What is stored with oblong ones is stretched along the coarser side, so nothing is lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image
from pydicom.dataset import Dataset

from config.errors import Malformed, TooLarge
from viewer_api.rendering.functional_groups import in_functional_groups
from viewer_api.rendering.numbers import decimals

SPACING_TAGS: Sequence[int] = (0x00280030, 0x00181164, 0x00280034, 0x00182010)
MAXIMUM_SIDE = 16384
MAXIMUM_PIXELS = 1 << 27

_SQUARE = 0.01
_MAXIMUM_RATIO = 20.0


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the stored image in its pixels; `flip_x` and `flip_y` mirror it."""

    x: int
    y: int
    width: int
    height: int
    flip_x: bool = False
    flip_y: bool = False


@dataclass(frozen=True, slots=True)
class Viewport:
    """The box a picture is fitted into, whole; without `region` the whole image is shown."""

    width: int
    height: int
    region: Region | None = None

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1:
            raise Malformed("a viewport has at least one pixel")
        if self.width > MAXIMUM_SIDE or self.height > MAXIMUM_SIDE or self.width * self.height > MAXIMUM_PIXELS:
            raise TooLarge("the viewport is larger than this node renders")


def read_aspect(header: Dataset, frame: int) -> float:
    """Return the height of a pixel divided by its width; 1.0 when nothing usable is said."""
    measures = in_functional_groups(header, frame, "PixelMeasuresSequence")
    candidates = [None if measures is None else measures.get("PixelSpacing")]
    candidates += [header.get(k) for k in ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing")]
    candidates.append(header.get("PixelAspectRatio"))
    for candidate in candidates:
        values = decimals(candidate)
        if len(values) >= 2 and values[0] > 0 and values[1] > 0:
            ratio = values[0] / values[1]
            if abs(ratio - 1) > _SQUARE and 1 / _MAXIMUM_RATIO <= ratio <= _MAXIMUM_RATIO:
                return ratio
            return 1.0
    return 1.0


def picture_size(columns: int, rows: int, aspect: float, viewport: Viewport | None) -> tuple[int, int]:
    """Return width and height of the picture of a stored image: square pixels, fitted into the viewport.

    Raises:
        TooLarge: square pixels would need more of them than this node renders.
    """
    if viewport is not None and viewport.region is not None:
        columns, rows = viewport.region.width, viewport.region.height
    width, height = (float(columns), rows * aspect) if aspect > 1 else (columns / aspect, float(rows))
    if viewport is not None:
        scale = min(viewport.width / max(width, 1), viewport.height / max(height, 1))
        width, height = width * scale, height * scale
    size = max(1, round(width)), max(1, round(height))
    if size[0] * size[1] > MAXIMUM_PIXELS:
        raise TooLarge("the picture is larger than this node renders: ask for a viewport")
    return size


def fit(picture: Image.Image, size: tuple[int, int], region: Region | None) -> Image.Image:
    """Cut out the region and bring it to a size.

    Raises:
        Malformed: the region is not inside the image.
    """
    if region is not None:
        picture = _cut(picture, region)
    if size == picture.size:
        return picture
    return picture.resize(size, Image.Resampling.BILINEAR, reducing_gap=1.0)


def _cut(picture: Image.Image, region: Region) -> Image.Image:
    right, bottom = region.x + region.width, region.y + region.height
    if region.width < 1 or region.height < 1 or region.x < 0 or region.y < 0:
        raise Malformed("the source region of the viewport is empty or begins outside the image")
    if right > picture.width or bottom > picture.height:
        raise Malformed("the source region of the viewport reaches beyond the image")
    part = picture.crop((region.x, region.y, right, bottom))
    if region.flip_x:
        part = part.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if region.flip_y:
        part = part.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    return part
