"""Work on shapes of voxels and on maps around an axis: grow, shrink, open, fill, keep the largest piece."""

import numpy as np
from numpy.typing import NDArray

Shape = NDArray[np.bool_]
Map = NDArray[np.float32]


def grown(shape: Shape, radius: float) -> Shape:
    """Return a shape with everything that lies within some voxels of it."""
    return _over_ball(shape, radius, np.logical_or, outside=False)


def shrunk(shape: Shape, radius: float) -> Shape:
    """Return what of a shape lies more than some voxels inside; the edge of the volume is no outside."""
    return _over_ball(shape, radius, np.logical_and, outside=True)


def opened(shape: Shape, radius: float) -> Shape:
    """Return a shape without what is thinner than a ball."""
    return grown(shrunk(shape, radius), radius)


def _over_ball(shape: Shape, radius: float, join: np.ufunc, *, outside: bool) -> Shape:
    reach = int(radius)
    padded = np.pad(shape, reach, constant_values=outside)
    result = shape.copy()
    steps = range(-reach, reach + 1)
    for z, y, x in ((z, y, x) for z in steps for y in steps for x in steps if z * z + y * y + x * x <= radius * radius):
        moved = padded[
            reach + z : reach + z + shape.shape[0],
            reach + y : reach + y + shape.shape[1],
            reach + x : reach + x + shape.shape[2],
        ]
        join(result, moved, out=result)
    return result


def connected(seed: Shape, shape: Shape) -> Shape:
    """Return what of a shape can be reached from a seed, along the three axes."""
    found = seed & shape
    count = -1
    while count != (count := int(found.sum())):
        for axis in range(3):
            found = np.moveaxis(_along_runs(np.moveaxis(found, axis, 2), np.moveaxis(shape, axis, 2)), 2, axis)
    return np.ascontiguousarray(found)


def _along_runs(found: Shape, shape: Shape) -> Shape:
    """Fill every run along the last axis of which a part is found."""
    wide = (*shape.shape[:2], shape.shape[2] + 1)  # one voxel of nothing parts the lines
    runs, hits = np.zeros(wide, np.bool_), np.zeros(wide, np.bool_)
    runs[:, :, :-1], hits[:, :, :-1] = shape, found
    flat = runs.ravel()
    starts = np.flatnonzero(np.concatenate(([True], flat[1:] != flat[:-1])))
    any_hit = np.logical_or.reduceat(hits.ravel(), starts)
    filled = np.repeat(any_hit, np.diff(np.append(starts, flat.size))) & flat
    return np.asarray(filled.reshape(wide)[:, :, :-1])


def largest_piece(shape: Shape) -> Shape:
    """Return the largest connected piece of a shape; of equal ones the first."""
    left, best, size = shape.copy(), np.zeros_like(shape), 0
    while int(left.sum()) > size:
        seed = np.zeros_like(shape)
        seed.flat[int(left.argmax())] = True
        piece = connected(seed, left)
        left &= ~piece
        if int(piece.sum()) > size:
            best, size = piece, int(piece.sum())
    return best


def filled_in(shape: Shape, gap: float) -> Shape:
    """Return a shape with its hollows: what cannot be reached from the sides through more than a gap of voxels.

    Its ends above and below are cut surfaces and let nothing in.
    """
    around = ~grown(shape, gap)
    sides = np.zeros_like(shape)
    sides[:, [0, -1], :] = sides[:, :, [0, -1]] = True
    return ~grown(connected(sides, around), gap) | shape


def lowest_around(values: Map, reach: tuple[int, int]) -> Map:
    """Return the least value within so many rows and columns; columns go round, the first and last row go on."""
    found = _padded(values, reach)
    windows = np.lib.stride_tricks.sliding_window_view(found, 2 * reach[0] + 1, axis=0).min(-1)
    return np.asarray(np.lib.stride_tricks.sliding_window_view(windows, 2 * reach[1] + 1, axis=1).min(-1))


def mean_around(values: Map, reach: tuple[int, int]) -> Map:
    """Return the mean within so many rows and columns, as `lowest_around`."""
    found = _padded(values, reach)
    windows = np.lib.stride_tricks.sliding_window_view(found, 2 * reach[0] + 1, axis=0).mean(-1)
    means = np.lib.stride_tricks.sliding_window_view(windows, 2 * reach[1] + 1, axis=1).mean(-1)
    return np.asarray(means, np.float32)


def highest_around(values: Map, reach: tuple[int, int]) -> Map:
    """Return the greatest value within so many rows and columns, as `lowest_around`."""
    return -lowest_around(-values, reach)


def _padded(values: Map, reach: tuple[int, int]) -> Map:
    rows = np.pad(values, ((reach[0], reach[0]), (0, 0)), mode="edge")
    return np.pad(rows, ((0, 0), (reach[1], reach[1])), mode="wrap")
