"""Find what hangs together in a mask: runs of a row that touch runs of the next (8 neighbours), by numpy alone."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Components:
    """Hold arrays with one entry a component: its first and last column and row, pixels, and runs of pixels in rows."""

    left: Numbers
    right: Numbers
    top: Numbers
    bottom: Numbers
    area: Numbers
    runs: Numbers

    @property
    def height(self) -> Numbers:
        return self.bottom - self.top + 1

    @property
    def width(self) -> Numbers:
        return self.right - self.left + 1

    def only(self, chosen: Numbers) -> "Components":
        """Return the components that an array of truth values or of places chooses."""
        fields = (self.left, self.right, self.top, self.bottom, self.area, self.runs)
        return Components(*(field[chosen] for field in fields))

    def __len__(self) -> int:
        return len(self.left)


def components(mask: NDArray[np.bool_]) -> Components:
    """Return the components of a mask of rows and columns."""
    rows, starts, ends = _runs(mask)
    labels = _labels(rows, starts, ends, mask.shape[1] + 2)
    count = int(labels.max()) + 1 if len(labels) else 0
    extremes = []
    for values, function, first in (
        (starts, np.minimum, mask.shape[1]),
        (ends, np.maximum, -1),
        (rows, np.minimum, mask.shape[0]),
        (rows, np.maximum, -1),
    ):
        found = np.full(count, first, np.int64)
        function.at(found, labels, values)
        extremes.append(found)
    area = np.bincount(labels, ends - starts + 1, count).astype(np.int64)
    left, right, top, bottom = extremes
    return Components(left, right, top, bottom, area, np.bincount(labels, minlength=count))


def connected_to(mask: NDArray[np.bool_], seeds: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the components of a mask in which there is a seed."""
    rows, starts, ends = _runs(mask)
    found = np.zeros(mask.shape, np.bool_)
    if not len(rows):
        return found
    sums = np.pad(seeds & mask, ((0, 0), (1, 0))).cumsum(axis=1)
    labels = _labels(rows, starts, ends, mask.shape[1] + 2)
    seeded = np.bincount(labels, sums[rows, ends + 1] - sums[rows, starts]) > 0
    for row, start, end in zip(*(side[seeded[labels]] for side in (rows, starts, ends)), strict=True):
        found[row, start : end + 1] = True
    return found


def _runs(mask: NDArray[np.bool_]) -> tuple[Numbers, Numbers, Numbers]:
    """Return the row, first and last column of every run of true values, in reading order."""
    padded = np.zeros((mask.shape[0], mask.shape[1] + 2), np.bool_)
    padded[:, 1:-1] = mask
    values = padded.reshape(-1)
    # Every row begins and ends with nothing, so that each second change is an end.
    changes = np.flatnonzero(values[1:] != values[:-1])
    rows, starts = np.divmod(changes[::2], padded.shape[1])
    return rows, starts, changes[1::2] % padded.shape[1] - 1


def _labels(rows: Numbers, starts: Numbers, ends: Numbers, stride: int) -> Numbers:
    """Return the number of the component of every run."""
    first, last = rows * stride + starts, rows * stride + ends
    low = np.searchsorted(last, first + stride - 1)  # runs of the next row that end at our start, or one before
    high = np.searchsorted(first, last + stride + 1, side="right")
    counts = np.maximum(high - low, 0)
    above = np.repeat(np.arange(len(rows)), counts)
    below = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts) + np.repeat(low, counts)
    labels = np.arange(len(rows))
    while True:
        least = np.minimum(labels[above], labels[below])
        changed = labels.copy()
        np.minimum.at(changed, labels[above], least)
        np.minimum.at(changed, labels[below], least)
        np.minimum.at(changed, above, least)
        np.minimum.at(changed, below, least)
        while not np.array_equal(shorter := changed[changed], changed):
            changed = shorter
        if np.array_equal(changed, labels):
            return np.unique(labels, return_inverse=True)[1].reshape(-1)
        labels = changed
