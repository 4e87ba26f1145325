"""Lay the parts of a picture that are worth a look together, so that the detector need not look at the empty rest.

A picture is divided into squares of the detector's grid. Those that are wanted are looked at with the squares around
them, so that no letter is met without its neighbours; rows and columns of squares between them are left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anonymizer.pixels.box import Box
from anonymizer.pixels.text_reading import GRID
from anonymizer.pixels.view import Grey

Squares = NDArray[np.bool_]
MOST = 32  # squares: the side of the largest piece and canvas
_OVERLAP = 2  # squares that two pieces share where one would be too large


@dataclass(frozen=True, slots=True)
class Piece:
    """Be a part of the picture, in squares, and where in the canvas it lies."""

    top: int
    left: int
    rows: int
    columns: int
    at_top: int = 0
    at_left: int = 0

    def of(self, picture: Grey, empty: int) -> Grey:
        """Return this part of a picture, filled up beyond its edges."""
        part = picture[self.top * GRID :, self.left * GRID :][: self.rows * GRID, : self.columns * GRID]
        whole = np.full((self.rows * GRID, self.columns * GRID), empty, np.uint8)
        whole[: part.shape[0], : part.shape[1]] = part
        return whole

    def place(self, box: Box, picture: tuple[int, ...]) -> Box | None:
        """Return the part of a box of the canvas that lies in this piece, where it is in a picture of that shape."""
        left, top = max(box.x, self.at_left * GRID), max(box.y, self.at_top * GRID)
        right, bottom = (
            min(box.right, (self.at_left + self.columns) * GRID),
            min(box.bottom, (self.at_top + self.rows) * GRID),
        )
        across, down = (self.left - self.at_left) * GRID, (self.top - self.at_top) * GRID
        left, right = left + across, min(right + across, picture[1])
        top, bottom = top + down, min(bottom + down, picture[0])
        return Box(left, top, right - left, bottom - top) if right > left and bottom > top else None


def squares_with(mask: NDArray[np.bool_]) -> Squares:
    """Return in which squares a mask of rows and columns is true anywhere."""
    rows, columns = (-(-side // GRID) for side in mask.shape)
    padded = np.zeros((rows * GRID, columns * GRID), np.bool_)
    padded[: mask.shape[0], : mask.shape[1]] = mask
    return np.asarray(padded.reshape(rows, GRID, columns, GRID).any(axis=(1, 3)))


def pixels_of(squares: Squares, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return an array of rows and columns that is true inside some squares."""
    return np.asarray(squares.repeat(GRID, axis=0).repeat(GRID, axis=1)[: shape[0], : shape[1]])


def canvases(picture: Grey, wanted: Squares, empty: int) -> Iterator[tuple[Grey, list[Piece]]]:
    """Yield canvases filled with the wanted squares and those around them, and the pieces on each."""
    for rows, columns, pieces in _packed(_pieces(_with_neighbours(wanted))):
        canvas = np.full((rows * GRID, columns * GRID), empty, np.uint8)
        for piece in pieces:
            top, left = piece.at_top * GRID, piece.at_left * GRID
            canvas[top:, left:][: piece.rows * GRID, : piece.columns * GRID] = piece.of(picture, empty)
        yield canvas, pieces


def halves(piece: Piece) -> list[Piece]:
    """Return both halves of a piece along its longer side, each by itself, with squares that they share."""
    if piece.rows >= piece.columns:
        rows = _split(0, piece.rows, -(-piece.rows // 2) + 1)
        return [Piece(piece.top + begin, piece.left, end - begin, piece.columns) for begin, end in rows]
    columns = _split(0, piece.columns, -(-piece.columns // 2) + 1)
    return [Piece(piece.top, piece.left + begin, piece.rows, end - begin) for begin, end in columns]


def _with_neighbours(wanted: Squares) -> Squares:
    grown = np.pad(wanted, 1)
    grown = grown[:-2] | grown[1:-1] | grown[2:]
    return np.asarray(grown[:, :-2] | grown[:, 1:-1] | grown[:, 2:])


def _pieces(wanted: Squares) -> list[Piece]:
    """Cut what is wanted at rows and columns that are not, until none is left inside a piece."""
    found: list[Piece] = []
    left_over = [(0, wanted.shape[0], 0, wanted.shape[1])]
    while left_over:
        top, bottom, left, right = left_over.pop()
        part = wanted[top:bottom, left:right]
        bands = _runs(np.any(part, axis=1))
        spans = [_runs(np.any(part[begin:end], axis=0)) for begin, end in bands]
        if len(bands) == 1 and spans == [[(0, right - left)]] and bands[0] == (0, bottom - top):
            found += _not_too_large(top, bottom, left, right)
        else:
            for (begin, end), across in zip(bands, spans, strict=True):
                left_over += [(top + begin, top + end, left + first, left + last) for first, last in across]
    return found


def _runs(wanted: NDArray[Any]) -> list[tuple[int, int]]:
    """Return the begin and end of every run of true values."""
    edges = np.flatnonzero(np.diff(np.pad(wanted, 1).astype(np.int8)))
    return [(int(begin), int(end)) for begin, end in edges.reshape(-1, 2)]


def _not_too_large(top: int, bottom: int, left: int, right: int) -> list[Piece]:
    return [
        Piece(first, begin, last - first, end - begin)
        for first, last in _split(top, bottom, MOST)
        for begin, end in _split(left, right, MOST)
    ]


def _split(begin: int, end: int, most: int) -> list[tuple[int, int]]:
    """Return parts of at most so many squares, which share some."""
    if end - begin <= most:
        return [(begin, end)]
    count = -(-(end - begin - _OVERLAP) // (most - _OVERLAP))
    cuts = [begin + (end - begin - _OVERLAP) * number // count for number in range(count + 1)]
    return [(first, last + _OVERLAP) for first, last in pairwise(cuts)]


def _packed(pieces: list[Piece]) -> Iterator[tuple[int, int, list[Piece]]]:
    """Yield the rows and columns of canvases and the pieces on them: side by side, the highest first."""
    width = max(round(sum(piece.rows * piece.columns for piece in pieces) ** 0.5), 1)
    width = min(max([width, *(piece.columns for piece in pieces)]), MOST)
    placed: list[Piece] = []
    top = left = height = widest = 0
    for piece in sorted(pieces, key=lambda piece: (-piece.rows, -piece.columns)):
        if left + piece.columns > width:
            top, left, height = top + height, 0, 0
        if top + piece.rows > MOST:
            yield top, widest, placed
            placed, top, left, height, widest = [], 0, 0, 0, 0
        placed.append(Piece(piece.top, piece.left, piece.rows, piece.columns, top, left))
        left, height = left + piece.columns, max(height, piece.rows)
        widest = max(widest, left)
    if placed:
        yield top + height, widest, placed
