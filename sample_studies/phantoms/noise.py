"""Smooth noise that repeats for a seed: the texture of tissue and the grain of a detector.

A tile is made once by a Gaussian filter in the frequency domain and then shifted, so that a series of hundred images
costs one transform. Tiles wrap around at their edges and have mean 0 and standard deviation 1.
"""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

FloatImage = NDArray[np.float32]

_TILE = 512


@lru_cache(maxsize=64)
def tile(scale: float, seed: int) -> FloatImage:
    """Return a tile of noise with grains about `scale` pixels wide, laid twice in both directions.

    Laid twice, any shifted piece of it is a view and costs nothing.
    """
    white = np.random.default_rng(seed).standard_normal((_TILE, _TILE), dtype=np.float32)
    rows = np.fft.fftfreq(_TILE)[:, None]
    columns = np.fft.rfftfreq(_TILE)[None, :]
    attenuation = np.exp(-2.0 * (np.pi * scale) ** 2 * (rows**2 + columns**2))
    smooth = np.fft.irfft2(np.fft.rfft2(white) * attenuation, s=(_TILE, _TILE))
    smooth -= smooth.mean()
    result = np.tile(np.asarray(smooth / smooth.std(), dtype=np.float32), (2, 2))
    result.setflags(write=False)
    return result


def texture(shape: tuple[int, int], scale: float, seed: int, shift: int = 0) -> FloatImage:
    """Return noise of `shape`, not to be written to; another `shift` gives another piece of the same tile."""
    source = tile(scale, seed)
    top, left = 131 * shift % _TILE, 197 * shift % _TILE
    if max(shape) <= _TILE:
        return source[top : top + shape[0], left : left + shape[1]]
    rows, columns = (np.arange(shape[0]) + top) % _TILE, (np.arange(shape[1]) + left) % _TILE
    return source[np.ix_(rows, columns)]


def turning(shape: tuple[int, int], scale: float, seed: int, phase: float) -> FloatImage:
    """Return noise that changes gradually with `phase` (radians), as tissue does from one slice to the next."""
    first, second = texture(shape, scale, seed), texture(shape, scale, seed + 1)
    return math.cos(phase) * first + math.sin(phase) * second
