"""Every square that is wanted lies in a small piece with what is around it."""

import numpy as np
import pytest

from anonymizer.pixels.mosaic import (
    LARGEST,
    Piece,
    pieces,
    pixels_of,
    squares_near,
    squares_with,
    with_neighbours,
)
from anonymizer.pixels.text_reading import GRID


@pytest.mark.parametrize("shape", [(300, 480), (2200, 1500), (33, 4000), (32, 32)])
@pytest.mark.parametrize("share", [0.02, 0.3, 1.0])
def test_every_wanted_square_is_in_a_piece_where_it_is(shape, share):
    rng = np.random.default_rng(3)
    picture = rng.integers(0, 255, shape).astype(np.uint8)
    wanted = squares_with(picture >= 0)
    wanted &= rng.random(wanted.shape) < share
    wanted[0, 0] = True
    seen = np.zeros((wanted.shape[0] * GRID, wanted.shape[1] * GRID), np.uint8)
    for piece in pieces(wanted):
        assert max(piece.rows, piece.columns) <= LARGEST
        part = piece.of(picture, 255)
        assert part.shape == (piece.rows * GRID, piece.columns * GRID)
        seen[piece.place] = np.maximum(seen[piece.place], part)
    inside = pixels_of(wanted)[: shape[0], : shape[1]]
    assert np.array_equal(seen[: shape[0], : shape[1]][inside], picture[inside])


def test_pieces_of_what_is_too_large_share_squares():
    found = list(pieces(np.ones((20, 9), np.bool_)))
    covered = np.zeros((20, 9), int)
    for piece in found:
        covered[piece.top : piece.top + piece.rows, piece.left : piece.left + piece.columns] += 1
    assert covered.min() == 1
    for at in {piece.top for piece in found} - {0}:
        assert (covered[at] > 1).all()


def test_nothing_wanted_is_no_piece():
    assert list(pieces(np.zeros((2, 2), np.bool_))) == []


def test_a_piece_beyond_the_edge_is_filled_up():
    part = Piece(0, 0, 2, 2).of(np.full((40, 10), 7, np.uint8), 255)
    assert (part[:40, :10] == 7).all() and (part[40:] == 255).all() and (part[:, 10:] == 255).all()


def test_strokes_are_wanted_with_the_square_beside_them_and_specks_are_not():
    strokes = np.zeros((96, 160), np.bool_)
    strokes[30, 70] = True
    assert not squares_near(strokes).any()
    strokes[48:56, 104:106] = True
    assert np.argwhere(squares_near(strokes)).tolist() == [[1, 2], [1, 3], [2, 2], [2, 3]]


def test_neighbours_of_a_square_are_all_that_touch_it():
    squares = np.zeros((4, 5), np.bool_)
    squares[1, 4] = True
    assert np.argwhere(with_neighbours(squares)).tolist() == [[0, 3], [0, 4], [1, 3], [1, 4], [2, 3], [2, 4]]
