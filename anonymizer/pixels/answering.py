"""Ask the detector how likely each pixel is text, and believe it nothing that is as high as it is wide.

Shown speckle or a strong edge the detector may take all of it for one text. That is a blob: it is no text, and hides
what is.
"""

import numpy as np
from numpy.typing import NDArray

from anonymizer.pixels.components import connected_to
from anonymizer.pixels.contrast import MIDDLE
from anonymizer.pixels.outlining import LIKELY
from anonymizer.pixels.text_reading import GRID, likely_text
from anonymizer.pixels.view import Grey

Likely = NDArray[np.float32]
BLOB = 56  # pixels: what is taken for text of that height in a piece is none
_FILLED = 0.9  # of a square of that side


def answer(picture: Grey) -> Likely:
    """Return what the detector says of a picture of contrasts, of whatever size."""
    rows, columns = picture.shape
    canvas = np.pad(picture, ((0, -rows % GRID), (0, -columns % GRID)), constant_values=MIDDLE)
    return likely_text(canvas)[:rows, :columns]


def without_blobs(likely: Likely, side: int = BLOB) -> tuple[Likely, bool]:
    """Return an answer without what holds a square of that side, and whether there was such a thing."""
    mask = likely > LIKELY
    if mask.sum() < side * side or min(mask.shape) < side:
        return likely, False
    sums = np.pad(mask, ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1)
    filled = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    corners = filled > _FILLED * side * side
    if not corners.any():
        return likely, False
    seeds = np.zeros(mask.shape, np.bool_)
    seeds[side // 2 :, side // 2 :][: corners.shape[0], : corners.shape[1]] = corners
    return np.where(connected_to(mask, seeds), np.float32(0), likely), True
