"""Values of interest to 8 bits of grey: windows and VOI LUT (PS3.3 section C.11.2).

The order: the window that was asked for; the first window of the frame; the first VOI LUT; else the full range of what
the frame holds, padding left out. Results are rounded half up to 0..255.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from config.errors import Malformed
from viewer_api.rendering.functional_groups import in_functional_groups
from viewer_api.rendering.lookup_table import LookupTable, read_lookup_table
from viewer_api.rendering.numbers import decimals

VOI_TAGS: Sequence[int] = (0x00281050, 0x00281051, 0x00281056, 0x00283010)

Function = Literal["LINEAR", "LINEAR_EXACT", "SIGMOID"]
FUNCTIONS: tuple[Function, ...] = get_args(Function)
WHITE = 255.0


@dataclass(frozen=True, slots=True)
class Window:
    """A window in the values of the modality.

    Raises:
        Malformed: a width that the function does not permit (C.11.2.1.2: LINEAR at least 1, the others above 0).
    """

    center: float
    width: float
    function: Function = "LINEAR"

    def __post_init__(self) -> None:
        if not (np.isfinite(self.center) and np.isfinite(self.width)):
            raise Malformed("a window needs finite numbers")
        if self.width <= 0 or (self.function == "LINEAR" and self.width < 1):
            raise Malformed("the window is too narrow for its function")

    def apply(self, values: NDArray[np.float64]) -> NDArray[np.uint8]:
        """Return 0..255 for each value (C.11.2.1.2.1, C.11.2.1.3.1 and C.11.2.1.3.2)."""
        if self.function == "SIGMOID":
            with np.errstate(over="ignore"):
                grey = WHITE / (1 + np.exp(-4 * (values - self.center) / self.width))
            return to_bytes(grey)
        if self.function == "LINEAR_EXACT":
            return to_bytes(((values - self.center) / self.width + 0.5) * WHITE)
        if self.width == 1:
            return np.where(values > self.center - 0.5, np.uint8(255), np.uint8(0))
        return to_bytes(((values - (self.center - 0.5)) / (self.width - 1) + 0.5) * WHITE)


@dataclass(frozen=True, slots=True)
class VoiTable:
    """A VOI LUT: its output spans 0 to the largest value of its bits."""

    table: LookupTable

    def apply(self, values: NDArray[np.float64]) -> NDArray[np.uint8]:
        """Return 0..255 for each value."""
        return to_bytes(self.table.apply(values) * (WHITE / ((1 << self.table.bits) - 1)))


Voi = Window | VoiTable


def read_voi(header: Dataset, frame: int, *, signed: bool, little_endian: bool) -> tuple[Voi, ...]:
    """Return the VOI transformations of a frame counted from 0, the preferred first.

    Windows that no function permits are passed over, as are those without a number; a LINEAR window narrower than 1,
    which some makers write for scaled values, is taken as LINEAR_EXACT.
    """
    for source in (in_functional_groups(header, frame, "FrameVOILUTSequence"), header):
        if source is None:
            continue
        tables = [
            VoiTable(
                read_lookup_table(
                    item.get("LUTDescriptor"), item.get("LUTData"), little_endian=little_endian, signed=signed
                )
            )
            for item in source.get("VOILUTSequence") or []
            if item.get("LUTDescriptor") is not None
        ]
        windows: list[Voi] = [*_read_windows(source)]
        if found := (*windows, *tables):
            return found
    return ()


def full_range(lowest: float, highest: float) -> Window:
    """Return the window from the lowest to the highest value; a frame of one value becomes black."""
    width = highest - lowest
    if width <= 0:
        return Window(lowest + 0.5, 1.0, "LINEAR_EXACT")
    return Window(lowest + width / 2, width, "LINEAR_EXACT")


def to_bytes(grey: NDArray[Any]) -> NDArray[np.uint8]:
    """Round half up and clip to 0..255."""
    result: NDArray[np.uint8] = np.clip(np.floor(grey + 0.5), 0, 255).astype(np.uint8)
    return result


def _read_windows(source: Dataset) -> list[Window]:
    centers, widths = decimals(source.get("WindowCenter")), decimals(source.get("WindowWidth"))
    function = str(source.get("VOILUTFunction") or "LINEAR").strip().upper()
    if function not in FUNCTIONS:
        return []
    windows = []
    for center, width in zip(centers, widths, strict=False):
        if width <= 0:
            continue
        narrow = function == "LINEAR" and width < 1
        windows.append(Window(center, width, "LINEAR_EXACT" if narrow else function))
    return windows
