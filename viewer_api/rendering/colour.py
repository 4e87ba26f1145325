"""From stored colour to 8-bit RGB (PS3.3 sections C.7.6.3.1.2 and C.7.9).

Windows do not apply to colour. More than 8 bits a sample keep their most significant 8.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom.dataset import Dataset

from viewer_api.errors import CannotRender
from viewer_api.rendering.frame import Frame
from viewer_api.rendering.lookup_table import LookupTable, read_lookup_table

PALETTE_TAGS: Sequence[int] = (
    0x00281101,
    0x00281102,
    0x00281103,
    0x00281201,
    0x00281202,
    0x00281203,
    0x00281221,
    0x00281222,
    0x00281223,
)
_YBR = frozenset({"YBR_FULL", "YBR_FULL_422"})


@dataclass(frozen=True, slots=True)
class Palette:
    """The red, green and blue tables of a PALETTE COLOR image."""

    red: LookupTable
    green: LookupTable
    blue: LookupTable

    def apply(self, stored: NDArray[Any]) -> NDArray[np.uint8]:
        """Return rows x columns x RGB."""
        return np.stack([_to_8_bits(table.apply(stored), table.bits) for table in self._tables()], axis=-1)

    def apply_over(self, grey: NDArray[np.uint8], stored: NDArray[Any]) -> NDArray[np.uint8]:
        """Return RGB: the palette from its first mapped value on, grey below (PS3.3 C.7.6.19, supplemental palette)."""
        coloured = (stored >= self.red.first)[..., None]
        return np.where(coloured, self.apply(stored), grey[..., None])

    def _tables(self) -> tuple[LookupTable, ...]:
        return self.red, self.green, self.blue


def read_palette(header: Dataset, *, signed: bool, little_endian: bool) -> Palette:
    """Read the three tables, plain or segmented.

    Raises:
        CannotRender: a table is absent or damaged.
    """
    tables = []
    for name in ("Red", "Green", "Blue"):
        descriptor = header.get(f"{name}PaletteColorLookupTableDescriptor")
        plain = header.get(f"{name}PaletteColorLookupTableData")
        segmented = header.get(f"Segmented{name}PaletteColorLookupTableData")
        if descriptor is None or (plain is None and segmented is None):
            raise CannotRender("the palette is incomplete")
        table = read_lookup_table(
            descriptor,
            segmented if plain is None else plain,
            little_endian=little_endian,
            signed=signed,
            segmented=plain is None,
        )
        tables.append(table)
    return Palette(*_really_8_bits(tables))


def render_colour(frame: Frame, stored_bits: int) -> NDArray[np.uint8]:
    """Return rows x columns x RGB of a frame in RGB or YBR.

    Raises:
        CannotRender: a colour space that the decoder should have resolved.
    """
    samples = _to_8_bits(frame.pixels.view(f"u{frame.pixels.dtype.itemsize}"), stored_bits)
    if frame.photometric == "RGB":
        return samples
    if frame.photometric in _YBR:
        return np.asarray(Image.fromarray(np.ascontiguousarray(samples), "YCbCr").convert("RGB"))
    raise CannotRender("the colour space of the decoded frame is not one this node converts")


def _to_8_bits(samples: NDArray[Any], bits: int) -> NDArray[np.uint8]:
    if bits == 8:
        return samples.astype(np.uint8, copy=False)
    if bits < 8:
        return (samples.astype(np.uint16) * 255 // ((1 << bits) - 1)).astype(np.uint8)
    return (samples >> (bits - 8)).astype(np.uint8)


def _really_8_bits(tables: Sequence[LookupTable]) -> Sequence[LookupTable]:
    """Some writers announce 16 bits and store 8 in all three tables: such a palette would come out black."""
    if all(table.bits > 8 and int(table.entries.max()) <= 0xFF for table in tables):
        return [LookupTable(table.first, table.entries, 8) for table in tables]
    return tables
