"""Put a series into one coarse volume that stands upright in the patient, whatever way its slices were cut.

Slices are made small one by one, by the mean of blocks, so that a volume of any size needs some megabytes. At one place
the brightest of several slices counts: a surface that one of them shows is a surface.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anonymizer.faces.geometry import Stack

STEP = 3.0  # mm from voxel to voxel, in every direction
_BLOCK = 2.6  # mm: about what pixels are averaged over
Values = NDArray[np.float32]
Look = Callable[[int, int], Values]
"""Return a slice by its number as the modality's values, averaged over blocks of so many pixels each way."""


@dataclass(frozen=True, slots=True)
class Volume:
    """Be values at steps of `STEP` from `origin` (x, y, z) on, by z, y and x; outside of the slices they are NaN."""

    values: Values
    origin: tuple[float, float, float]

    def axis(self, number: int) -> NDArray[np.float64]:
        """Return the coordinates along x (0), y (1) or z (2)."""
        return np.asarray(self.origin[number] + STEP * np.arange(self.values.shape[2 - number]), np.float64)


def block_of(stack: Stack) -> int:
    """Return over how many pixels each way a slice is averaged."""
    return max(1, round(_BLOCK / max(stack.first.between_rows, stack.first.between_columns)))


def averaged(values: NDArray[np.float32], block: int) -> Values:
    """Return the means of whole blocks of a slice; what is left over at the end is left out."""
    rows, columns = values.shape[0] // block, values.shape[1] // block
    cut = values[: rows * block, : columns * block].reshape(rows, block, columns, block)
    return np.asarray(cut.mean((1, 3)), np.float32)


def volume_of(stack: Stack, look: Look) -> Volume:
    """Return the volume of a stack, whose slices `look` gives."""
    block = block_of(stack)
    shape = (len(stack.along), stack.first.rows // block, stack.first.columns // block)
    small = np.full(shape, -np.inf, np.float32)
    for number, place in enumerate(stack.place_of):
        np.maximum(small[place], look(number, block), out=small[place])
    return _upright(stack, small, block)


def _upright(stack: Stack, small: Values, block: int) -> Volume:
    low, high = stack.corners.min(0), stack.corners.max(0)
    counts = np.floor((high - low) / STEP).astype(int) + 1
    xs, ys, zs = (low[axis] + STEP * np.arange(counts[axis]) for axis in range(3))
    values = np.empty((counts[2], counts[1], counts[0]), np.float32)
    for number, z in enumerate(zs):
        place, row, column = stack.indices(xs[None, :], ys[:, None], np.full((1, 1), z))
        place = np.broadcast_to(place, (counts[1], counts[0]))
        middle = (block - 1) / 2
        values[number] = _between(small, place, (row - middle) / block, (column - middle) / block)
    return Volume(values, (float(low[0]), float(low[1]), float(low[2])))


def _between(
    small: Values, place: NDArray[np.float64], row: NDArray[np.float64], column: NDArray[np.float64]
) -> Values:
    """Return values between places, at the nearest row and column; half a block beyond the edge is still inside."""
    rows, columns = np.rint(row).astype(int), np.rint(column).astype(int)
    inside = (place >= 0) & (rows >= 0) & (rows < small.shape[1]) & (columns >= 0) & (columns < small.shape[2])
    rows, columns = np.where(inside, rows, 0), np.where(inside, columns, 0)
    below = np.clip(np.floor(place), 0, small.shape[0] - 1).astype(int)
    above = np.minimum(below + 1, small.shape[0] - 1)
    part = (place - below).astype(np.float32)
    found = small[below, rows, columns] * (1 - part) + small[above, rows, columns] * part
    return np.asarray(np.where(inside, found, np.nan), np.float32)
