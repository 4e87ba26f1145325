"""Find cheaply where text may stand: strokes that differ from what is around them, beside each other in a row.

It finds more than text on purpose, since somebody looks again at what it finds: a reader of text, or a person. What it
says nothing about was not looked at by anybody.
"""

from itertools import product

import numpy as np
from numpy.typing import NDArray

from anonymizer.pixels.box import Box
from anonymizer.pixels.components import Components, components
from anonymizer.pixels.contrast import local_contrast
from anonymizer.pixels.view import Grey

CLEAR, FAINT = 30, 12  # of 255, against the mean of the surroundings
SURROUNDINGS = 12  # pixels to each side
# Heights of letters, from and to: what is beside each other in a row is of one of these sizes.
SIZES = ((4, 9), (6, 12), (9, 20), (16, 36), (30, 72))
LEAST_STROKES = 4.0  # of a word, in the mean of its rows
_MARGIN = 2


def text_candidates(grey: Grey) -> tuple[Box, ...]:
    """Return boxes around rows of strokes, those of bright and of dark writing, sorted."""
    differs = local_contrast(grey, SURROUNDINGS)
    found: set[Box] = set()
    for contrast, sign in product((CLEAR, FAINT), (1, -1)):
        strokes = components(sign * differs > contrast)
        for least, most in SIZES:
            height = strokes.height
            fits = (height >= least) & (height <= most) & (strokes.width <= 40 * height) & (strokes.area >= least)
            found.update(_rows_of(strokes.only(fits), grey.shape))
    return tuple(sorted(found))


def _rows_of(strokes: Components, shape: tuple[int, ...]) -> list[Box]:
    """Return boxes around strokes of one size that stand in a row and not on top of each other."""
    if not len(strokes):
        return []
    reach = np.maximum(strokes.height // 2, 2)
    canvas = np.zeros(shape, np.bool_)
    for left, right, top, bottom, more in zip(
        strokes.left, strokes.right, strokes.top, strokes.bottom, reach, strict=True
    ):
        canvas[top : bottom + 1, max(0, left - more) : right + more + 1] = True
    rows = components(canvas)
    owner = _owner(rows, strokes, canvas)
    per_row = strokes.runs / strokes.height
    sums = np.bincount(owner, per_row, len(rows))
    heights = np.bincount(owner, strokes.height * strokes.height, len(rows)) / np.maximum(
        np.bincount(owner, strokes.height, len(rows)), 1
    )
    good = (sums >= LEAST_STROKES) & (rows.height <= 1.7 * heights) & (rows.width >= 2 * heights)
    return [_box(rows, int(place), shape) for place in np.flatnonzero(good)]


def _owner(rows: Components, strokes: Components, canvas: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the row that each stroke belongs to: the smallest that holds its first pixel's box."""
    order = np.argsort(-(rows.width * rows.height), kind="stable")
    owners = np.zeros(canvas.shape, np.int32)
    for place in order:
        owners[rows.top[place] : rows.bottom[place] + 1, rows.left[place] : rows.right[place] + 1] = place
    return owners[strokes.top, strokes.left].astype(np.int64)


def _box(rows: Components, place: int, shape: tuple[int, ...]) -> Box:
    left, top = max(0, int(rows.left[place]) - _MARGIN), max(0, int(rows.top[place]) - _MARGIN)
    right, bottom = int(rows.right[place]) + 1 + _MARGIN, int(rows.bottom[place]) + 1 + _MARGIN
    return Box(left, top, min(right, shape[1]) - left, min(bottom, shape[0]) - top)
