"""From stored values to the values of the modality: rescale or Modality LUT (PS3.3 section C.11.1).

An enhanced image says it per frame in Pixel Value Transformation (C.7.6.16.2.9). An image that says nothing is shown by
its stored values.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from viewer_api.errors import CannotRender
from viewer_api.rendering.functional_groups import in_functional_groups
from viewer_api.rendering.lookup_table import LookupTable, read_lookup_table
from viewer_api.rendering.numbers import decimal

MODALITY_TAGS: Sequence[int] = (0x00283000, 0x00281052, 0x00281053)


@dataclass(frozen=True, slots=True)
class Modality:
    """A rescale, or a table that takes its place."""

    slope: float = 1.0
    intercept: float = 0.0
    table: LookupTable | None = None

    def apply(self, stored: NDArray[Any]) -> NDArray[np.float64]:
        """Return the values of the modality."""
        if self.table is not None:
            return self.table.apply(stored).astype(np.float64)
        return stored.astype(np.float64) * self.slope + self.intercept


def read_modality(header: Dataset, frame: int, *, signed: bool, little_endian: bool) -> Modality:
    """Read the modality transformation of a frame, counted from 0.

    Raises:
        CannotRender: a slope of zero, which would make every value the same, or a damaged table.
    """
    for source in (in_functional_groups(header, frame, "PixelValueTransformationSequence"), header):
        if source is None:
            continue
        for item in (source.get("ModalityLUTSequence") or [])[:1]:
            if item.get("LUTDescriptor") is None:
                continue
            table = read_lookup_table(
                item.get("LUTDescriptor"), item.get("LUTData"), little_endian=little_endian, signed=signed
            )
            return Modality(table=table)
        slope, intercept = decimal(source.get("RescaleSlope")), decimal(source.get("RescaleIntercept"))
        if slope is not None or intercept is not None:
            if slope == 0:
                raise CannotRender("the rescale slope is zero")
            return Modality(1.0 if slope is None else slope, intercept or 0.0)
    return Modality()
