"""Read what the header of an object says of its pixels and of the device that made them.

Nothing of it names the patient: maker, model and the kind of image are what the rules for devices go by.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from struct import Struct
from typing import Any, BinaryIO

from pydicom import dcmread
from pydicom.dataset import Dataset

from anonymizer.errors import CannotDeidentify
from anonymizer.pixels.box import Box
from anonymizer.pixels.layout import PixelLayout, unclear

_TAGS = (
    "SOPClassUID", "Modality", "Manufacturer", "ManufacturerModelName", "ImageType", "ConversionType",
    "SequenceOfUltrasoundRegions", "SamplesPerPixel", "PhotometricInterpretation", "PlanarConfiguration",
    "NumberOfFrames", "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation",
    "PixelPaddingValue", "RedPaletteColorLookupTableDescriptor", "RedPaletteColorLookupTableData",
    "GreenPaletteColorLookupTableData", "BluePaletteColorLookupTableData",
)  # fmt: skip
_MOST_REGIONS = 64
Palette = tuple[int, tuple[tuple[int, ...], ...]]


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """Hold the layout of the pixels, the ultrasound regions, and what the device says of itself in upper case.

    `palette` is the first stored value that a palette maps, and red, green and blue, from 0 to 255, of it and those
    behind it.
    """

    layout: PixelLayout
    sop_class_uid: str
    modality: str
    maker: str
    model: str
    image_type: tuple[str, ...]
    regions: tuple[Box, ...]
    regions_damaged: bool = False
    palette: Palette = (0, ())


def read_image_header(source: BinaryIO) -> ImageHeader:
    """Read the header of a Part 10 file.

    Raises CannotDeidentify when it is damaged or does not say how the pixels lie.
    """
    source.seek(0)
    try:
        header = dcmread(source, stop_before_pixels=True, specific_tags=list(_TAGS), force=True)
        return _read(header)
    except CannotDeidentify:
        raise
    except Exception:  # noqa: BLE001 - what a reader makes of a damaged header says nothing to anybody
        raise unclear("elements") from None


def _read(header: Dataset) -> ImageHeader:
    allocated, palette = _number(header, "BitsAllocated", 0), _palette(header)
    layout = PixelLayout(
        rows=_number(header, "Rows", 0),
        columns=_number(header, "Columns", 0),
        frames=_number(header, "NumberOfFrames", 1) or 1,
        samples=_number(header, "SamplesPerPixel", 1),
        photometric=_text(header, "PhotometricInterpretation"),
        planar=_number(header, "PlanarConfiguration", 0),
        allocated=allocated,
        stored=_number(header, "BitsStored", allocated),
        signed=_number(header, "PixelRepresentation", 0) == 1,
        black=_black(header, palette),
    )
    regions, damaged = _regions(header, layout)
    return ImageHeader(
        layout=layout,
        sop_class_uid=_text(header, "SOPClassUID"),
        modality=_text(header, "Modality"),
        maker=_text(header, "Manufacturer"),
        model=_text(header, "ManufacturerModelName"),
        image_type=tuple(str(each).strip().upper() for each in _several(header.get("ImageType"))),
        regions=regions,
        regions_damaged=damaged,
        palette=palette,
    )


def _palette(header: Dataset) -> Palette:
    """Return the colours of a palette; none where there is no palette or its tables are segmented."""
    if "RedPaletteColorLookupTableDescriptor" not in header:
        return 0, ()
    entries, first, bits = (int(each) for each in _several(header.RedPaletteColorLookupTableDescriptor))
    entries = entries or 1 << 16
    tables = []
    for colour in ("Red", "Green", "Blue"):
        data = header.get(f"{colour}PaletteColorLookupTableData")
        wide = isinstance(data, bytes) and len(data) >= 2 * entries
        form = Struct(f"<{entries}{'H' if wide else 'B'}")
        if not isinstance(data, bytes) or len(data) < form.size:
            return first, ()
        shift = 8 if wide and bits > 8 else 0
        tables.append([value >> shift for value in form.unpack_from(data)])
    return first, tuple(zip(*tables, strict=True))


def _black(header: Dataset, palette: Palette) -> int | None:
    """Return the stored value that the header makes black: a palette's darkest entry, or the padding value."""
    if _text(header, "PhotometricInterpretation") == "PALETTE COLOR":
        first, colours = palette
        return first + min(range(len(colours)), key=lambda place: sum(colours[place])) if colours else first
    value = header.get("PixelPaddingValue")
    return int(value) if isinstance(value, int) else None


def _regions(header: Dataset, layout: PixelLayout) -> tuple[tuple[Box, ...], bool]:
    """Return the ultrasound regions (0018,6011), and whether one of them cannot be what it says."""
    found: list[Box] = []
    items = header.get("SequenceOfUltrasoundRegions") or ()
    for item in list(items)[:_MOST_REGIONS]:
        left, top = _number(item, "RegionLocationMinX0", -1), _number(item, "RegionLocationMinY0", -1)
        right, bottom = _number(item, "RegionLocationMaxX1", -1), _number(item, "RegionLocationMaxY1", -1)
        if not (0 <= left < right <= layout.columns and 0 <= top < bottom <= layout.rows):
            return (), True
        found.append(Box(left, top, min(right + 1, layout.columns) - left, min(bottom + 1, layout.rows) - top))
    return tuple(found), len(items) > _MOST_REGIONS


def _number(header: Dataset, keyword: str, default: int) -> int:
    value = header.get(keyword)
    values = _several(value)
    return default if value in (None, "") or not values else int(values[0])


def _text(header: Dataset, keyword: str) -> str:
    values = _several(header.get(keyword))
    return str(values[0] or "").strip().upper() if values else ""


def _several(value: Any) -> Sequence[Any]:
    return value if isinstance(value, Sequence) and not isinstance(value, str | bytes) else [value]
