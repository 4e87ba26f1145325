"""Compare each pixel with the mean of what is around it: strokes stand out, brightness and slow changes go."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_GAIN = 3
_NOISE = 3  # of 255: so much of every contrast is not made stronger
MIDDLE = 128


def local_contrast(grey: NDArray[np.uint8], reach: int) -> NDArray[np.int16]:
    """Return how much brighter each pixel is than the mean of the square that reaches so far to each side."""
    values = grey.astype(np.int32)
    side = 2 * reach + 1
    sums = _sums(_sums(values, 0, reach), 1, reach)
    return np.asarray((values - sums // (side * side)).astype(np.int16))


def strongest(contrasts: Sequence[NDArray[np.int16]]) -> NDArray[np.int16]:
    """Return one contrast for several views of a frame: the first one's, where no other is clearly stronger.

    Clearly, so that in writing which is bright in one colour and dark in another noise does not choose the colour.
    """
    best = contrasts[0]
    for other in contrasts[1:]:
        best = np.where(2 * np.abs(other) > 3 * np.abs(best) + _NOISE, other, best)
    return best


def amplified(contrast: NDArray[np.int16]) -> NDArray[np.uint8]:
    """Return a picture of contrasts, in which faint writing is as clear as what is black on white."""
    strong = np.sign(contrast) * np.maximum(np.abs(contrast) - _NOISE, 0)
    return np.asarray(np.clip(MIDDLE + _GAIN * strong, 0, 255).astype(np.uint8))


def _sums(values: NDArray[Any], axis: int, reach: int) -> NDArray[Any]:
    """Return the sum of the surroundings of each value along an axis; at its ends the last value goes on."""
    around = [(0, 0), (0, 0)]
    around[axis] = (reach + 1, reach)
    total = np.pad(values, around, mode="edge").cumsum(axis=axis, dtype=np.int32)
    behind, ahead = [slice(None)] * 2, [slice(None)] * 2
    behind[axis], ahead[axis] = slice(None, -2 * reach - 1), slice(2 * reach + 1, None)
    return np.asarray(total[tuple(ahead)] - total[tuple(behind)])
