"""Say by rule what to black: what lies outside the ultrasound regions, and the banners of known devices.

The regions are those of (0018,6011), PS3.3 C.8.5.5. Regions that cannot be what they say, or that leave nothing
outside, are no rule. The banners stand in `data/device_banners.tsv`; where one takes more of an image than banners do,
it is for a person to say that nothing is lost by it.
"""

from dataclasses import dataclass

from anonymizer.device_banners import Banner, Device, banners_of
from anonymizer.pixels.box import Box, clipped, outside
from anonymizer.pixels.image_header import ImageHeader
from anonymizer.pixels.verification import mask_of

_LEAST_SHARE, _MOST_SHARE = 0.1, 0.995  # of the image, that regions may be
_LARGEST_BANNER = 0.2  # of the image


@dataclass(frozen=True, slots=True)
class Ruled:
    """Be what rules say: the boxes to black, and the names of the rules, which may stand in an audit.

    `too_large` says that a banner covers so much that a person must look at the image first.
    """

    boxes: tuple[Box, ...]
    rules: tuple[str, ...]
    too_large: bool = False


def boxes_by_rule(header: ImageHeader) -> Ruled:
    """Return what rules say of an image; no boxes and no names when none does."""
    layout = header.layout
    boxes: list[Box] = []
    rules: list[str] = []
    if header.regions and not header.regions_damaged:
        share = float(mask_of(header.regions, layout.columns, layout.rows).mean())
        if _LEAST_SHARE <= share <= _MOST_SHARE:
            boxes += outside(header.regions, layout.columns, layout.rows)
            rules.append("ultrasound-regions")
    found = banners_of(_device(header))
    for banner in found:
        boxes += _of(banner, layout.columns, layout.rows)
        rules.append("device-banner")
    too_large = any(banner.top + banner.bottom > _LARGEST_BANNER * layout.rows for banner in found)
    return Ruled(clipped(boxes, layout.columns, layout.rows), tuple(dict.fromkeys(rules)), too_large)


def _device(header: ImageHeader) -> Device:
    layout = header.layout
    return Device(header.modality, header.maker, header.model, header.image_type, layout.rows, layout.columns)


def _of(banner: Banner, columns: int, rows: int) -> list[Box]:
    found = []
    if banner.top:
        found.append(Box(0, 0, columns, min(banner.top, rows)))
    if banner.bottom:
        found.append(Box(0, max(0, rows - banner.bottom), columns, banner.bottom))
    return found
