"""Cut the parts of a picture that are worth a look into small pieces, each of which the detector sees by itself.

The detector judges every place by the whole of what it is shown: where that is mostly speckle or ribs, it is blind for
the writing in between. In pieces of some letters' size it is not, and the empty rest need not be looked at. A picture
is divided into squares of the detector's grid; the pieces cover those that are wanted, and share squares, so that what
is cut in one is whole in another.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anonymizer.pixels.text_reading import GRID
from anonymizer.pixels.view import Grey

Squares = NDArray[np.bool_]
LARGEST = 6  # squares: the side of a piece
_OVERLAP = 1  # squares that two pieces share where one would be too large
_FINE = 8  # pixels: the side of the cells in which strokes are counted
_STROKES = 4  # pixels of a cell, that make it more than noise
_NEAR = 2  # cells around one with strokes, that are looked at with it


@dataclass(frozen=True, slots=True)
class Piece:
    """Be a part of the picture, in squares."""

    top: int
    left: int
    rows: int
    columns: int

    @property
    def place(self) -> tuple[slice, slice]:
        """Return the rows and columns of pixels, which may reach beyond the picture's edges."""
        return (
            slice(self.top * GRID, (self.top + self.rows) * GRID),
            slice(self.left * GRID, (self.left + self.columns) * GRID),
        )

    def of(self, picture: Grey, empty: int) -> Grey:
        """Return this part of a picture, filled up beyond its edges."""
        part = picture[self.place]
        whole = np.full((self.rows * GRID, self.columns * GRID), empty, np.uint8)
        whole[: part.shape[0], : part.shape[1]] = part
        return whole


def squares_with(mask: NDArray[np.bool_]) -> Squares:
    """Return in which squares a mask of rows and columns is true anywhere."""
    return np.asarray(_counted(mask, GRID) > 0)


def squares_near(strokes: NDArray[np.bool_]) -> Squares:
    """Return the squares that have strokes in them or close to them."""
    cells = np.pad(_counted(strokes, _FINE) >= _STROKES, _NEAR)
    side = 2 * _NEAR + 1
    near = np.lib.stride_tricks.sliding_window_view(cells, (side, side)).any(axis=(2, 3))
    squares = -(-strokes.shape[0] // GRID), -(-strokes.shape[1] // GRID)
    return np.asarray(_counted(np.asarray(near), GRID // _FINE)[: squares[0], : squares[1]] > 0)


def with_neighbours(squares: Squares) -> Squares:
    """Return squares and all that touch one of them."""
    grown = np.pad(squares, 1)
    grown = grown[:-2] | grown[1:-1] | grown[2:]
    return np.asarray(grown[:, :-2] | grown[:, 1:-1] | grown[:, 2:])


def pixels_of(squares: Squares) -> NDArray[np.bool_]:
    """Return an array of pixels that is true inside some squares."""
    return squares.repeat(GRID, axis=0).repeat(GRID, axis=1)


def pieces(wanted: Squares, largest: int = LARGEST) -> Iterator[Piece]:
    """Cut what is wanted at rows and columns that are not, until none is left inside a piece, and none is too large."""
    left_over = [(0, wanted.shape[0], 0, wanted.shape[1])]
    while left_over:
        top, bottom, left, right = left_over.pop()
        part = wanted[top:bottom, left:right]
        bands = _runs(np.any(part, axis=1))
        spans = [_runs(np.any(part[begin:end], axis=0)) for begin, end in bands]
        if len(bands) == 1 and spans == [[(0, right - left)]] and bands[0] == (0, bottom - top):
            if max(part.shape) <= largest:
                yield Piece(top, left, bottom - top, right - left)
            else:
                left_over += [
                    (first, last, begin, end)
                    for first, last in _split(top, bottom, largest)
                    for begin, end in _split(left, right, largest)
                ]
        else:
            for (begin, end), across in zip(bands, spans, strict=True):
                left_over += [(top + begin, top + end, left + first, left + last) for first, last in across]


def _counted(mask: NDArray[np.bool_], side: int) -> NDArray[np.int64]:
    """Return how many values are true in each square of that side."""
    rows, columns = (-(-length // side) for length in mask.shape)
    padded = np.zeros((rows * side, columns * side), np.bool_)
    padded[: mask.shape[0], : mask.shape[1]] = mask
    return np.asarray(padded.reshape(rows, side, columns, side).sum(axis=(1, 3)))


def _runs(wanted: NDArray[Any]) -> list[tuple[int, int]]:
    """Return the begin and end of every run of true values."""
    edges = np.flatnonzero(np.diff(np.pad(wanted, 1).astype(np.int8)))
    return [(int(begin), int(end)) for begin, end in edges.reshape(-1, 2)]


def _split(begin: int, end: int, largest: int) -> list[tuple[int, int]]:
    """Return parts of at most so many squares, which share some."""
    if end - begin <= largest:
        return [(begin, end)]
    count = -(-(end - begin - _OVERLAP) // (largest - _OVERLAP))
    cuts = [begin + (end - begin - _OVERLAP) * number // count for number in range(count + 1)]
    return [(first, last + _OVERLAP) for first, last in pairwise(cuts)]
