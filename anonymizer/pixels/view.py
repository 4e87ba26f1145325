"""See stored values as grey pictures, in which text stands out whatever the window of a viewer would show.

Two ways of seeing: from the least to the greatest value, where text that lies above the anatomy is bright, and from
hundredth to hundredth of what is there, where faint text is. Colours are seen by their brightest sample.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from anonymizer.pixels.image_header import ImageHeader

Grey = NDArray[np.uint8]


def grey_views(samples: NDArray[Any], header: ImageHeader, photometric: str) -> tuple[Grey, ...]:
    """Return pictures of rows and columns, at least one, of decoded samples in the colour space that is said."""
    layout = header.layout
    values = samples.reshape(layout.rows, layout.columns, -1)
    if values.shape[2] == 3:
        return (_stretched(values[:, :, 0] if photometric.startswith("YBR") else values.max(axis=2)),)
    grey = _as_numbers(values[:, :, 0], header)
    first, light = header.palette
    if layout.photometric == "PALETTE COLOR" and light:
        table = np.array(light, np.uint8)
        return (table[np.clip(grey.astype(np.int64) - first, 0, len(table) - 1)],)
    whole = _stretched(grey)
    if layout.allocated <= 8:
        return (whole,)
    low, high = np.percentile(grey[:: max(1, layout.rows // 256)], (1, 99))
    middle = _stretched(np.clip(grey, low, high)) if high > low else whole
    return (whole, middle)


def _as_numbers(values: NDArray[Any], header: ImageHeader) -> NDArray[Any]:
    """Return values with their sign, without the bits that are not theirs."""
    layout = header.layout
    if values.dtype.kind == "i" or layout.allocated == 1:
        return values
    numbers = values.astype(np.int64) & (1 << layout.stored) - 1
    if layout.signed:
        numbers = (numbers ^ 1 << layout.stored - 1) - (1 << layout.stored - 1)
    return numbers


def _stretched(values: NDArray[Any]) -> Grey:
    low, high = int(values.min()), int(values.max())
    if high == low:
        return np.zeros(values.shape, np.uint8)
    if values.dtype == np.uint8 and low < 64 and high > 192:
        return np.ascontiguousarray(values)
    return ((values.astype(np.float32) - low) * (255.0 / (high - low))).astype(np.uint8)
