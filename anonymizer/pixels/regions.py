"""Say by rule what to black: what lies outside the ultrasound regions, and the banners of known devices.

The regions are those of (0018,6011), PS3.3 C.8.5.5. Regions that cannot be what they say, or that leave nothing
outside, are no rule. The banners stand in `data/device_banners.tsv`.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from anonymizer.pixels.box import Box, clipped, outside
from anonymizer.pixels.image_header import ImageHeader
from anonymizer.pixels.verification import mask_of

_LEAST_SHARE, _MOST_SHARE = 0.1, 0.995  # of the image, that regions may be


@dataclass(frozen=True, slots=True)
class Banner:
    """Be where a device writes: as many rows from the top and from the bottom, over the whole width."""

    modality: str
    maker: str
    model: str
    kind: str
    rows: int
    columns: int
    top: int
    bottom: int

    def fits(self, header: ImageHeader) -> bool:
        """Tell whether an image is of this device; what the rule leaves open fits every image."""
        layout = header.layout
        return (
            self.modality == header.modality
            and self.maker in header.maker
            and self.model in header.model
            and (not self.kind or any(self.kind in value for value in header.image_type))
            and self.rows in {0, layout.rows}
            and self.columns in {0, layout.columns}
        )


@dataclass(frozen=True, slots=True)
class Ruled:
    """Be what rules say: the boxes to black, and the names of the rules, which may stand in an audit."""

    boxes: tuple[Box, ...]
    rules: tuple[str, ...]


@cache
def banners() -> tuple[Banner, ...]:
    """Return the banners of known devices."""
    lines = (files("anonymizer") / "data" / "device_banners.tsv").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return tuple(Banner(*row[:4], *map(int, row[4:])) for row in rows[1:])  # type: ignore[arg-type]


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
    for banner in banners():
        if banner.fits(header):
            boxes += _of(banner, layout.columns, layout.rows)
            rules.append("device-banner")
    return Ruled(clipped(boxes, layout.columns, layout.rows), tuple(dict.fromkeys(rules)))


def _of(banner: Banner, columns: int, rows: int) -> list[Box]:
    found = []
    if banner.top:
        found.append(Box(0, 0, columns, min(banner.top, rows)))
    if banner.bottom:
        found.append(Box(0, max(0, rows - banner.bottom), columns, banner.bottom))
    return found
