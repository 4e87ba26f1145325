"""Compare each pixel with the mean of what is around it: strokes stand out, brightness and slow changes go."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Contrast = NDArray[np.int16]
MIDDLE = 128
_GAIN, _NOISE = 3, 3  # how many times a contrast is made stronger, and how much of it, of 255, is not
_EVENED = 60  # of 255: what stands out as much as its surroundings do in the mean
_WIDER = 16  # pixels to each side: the surroundings that say how much that is
_FAINTEST = 14  # of 255: where everything stands out less than this, it is made no stronger


def local_contrast(grey: NDArray[np.uint8], reach: int) -> Contrast:
    """Return how much brighter each pixel is than the mean of the square that reaches so far to each side."""
    mean = np.asarray(Image.fromarray(grey).filter(ImageFilter.BoxBlur(reach)))
    return np.asarray(grey.astype(np.int16) - mean)


def strongest(contrasts: Sequence[Contrast]) -> Contrast:
    """Return one contrast for several views of a frame: the first one's, where no other is clearly stronger.

    Clearly, so that in writing which is bright in one colour and dark in another noise does not choose the colour.
    """
    best = contrasts[0]
    for other in contrasts[1:]:
        best = np.where(2 * np.abs(other) > 3 * np.abs(best) + _NOISE, other, best)
    return best


def amplified(contrast: Contrast) -> NDArray[np.uint8]:
    """Return a picture of contrasts, in which faint writing is as clear as what is black on white."""
    strong = np.sign(contrast) * np.maximum(np.abs(contrast) - _NOISE, 0)
    return np.asarray(np.clip(MIDDLE + _GAIN * strong, 0, 255).astype(np.uint8))


def evened(contrast: Contrast) -> NDArray[np.uint8]:
    """Return a picture of contrasts in which faint writing is as clear as strong, and clearer than what it stands on.

    Each is divided by the usual contrast of its surroundings. So what is faint on a dark plain is made strong, and what
    is faint in speckle or across ribs is not, since those would then be as strong as the writing.
    """
    values = contrast[::2, ::2].astype(np.int32)  # every second pixel tells as much
    side = _WIDER + 1
    power = _around(values * values >> 2, _WIDER // 2).astype(np.float32) * np.float32(4 / (side * side))
    gain = np.float32(_EVENED) / np.sqrt(np.maximum(power, np.float32(_FAINTEST * _FAINTEST)))
    rows, columns = contrast.shape
    gain = gain.repeat(2, axis=0)[:rows].repeat(2, axis=1)[:, :columns]
    return np.asarray(np.clip(contrast * gain + np.float32(MIDDLE), 0, 255).astype(np.uint8))


def _around(values: NDArray[np.int32], reach: int) -> NDArray[np.int32]:
    """Return the sum of the square that reaches so far to each side of a value; beyond an edge its values go on."""
    return _sums(_sums(values, 0, reach), 1, reach)


def _sums(values: NDArray[Any], axis: int, reach: int) -> NDArray[Any]:
    """Return the sum of the surroundings of each value along an axis; at its ends the last value goes on."""
    around = [(0, 0), (0, 0)]
    around[axis] = (reach + 1, reach)
    total = np.pad(values, around, mode="edge").cumsum(axis=axis, dtype=np.int32)
    behind, ahead = [slice(None)] * 2, [slice(None)] * 2
    behind[axis], ahead[axis] = slice(None, -2 * reach - 1), slice(2 * reach + 1, None)
    return np.asarray(total[tuple(ahead)] - total[tuple(behind)])
