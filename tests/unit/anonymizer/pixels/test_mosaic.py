"""Every square that is wanted is laid on a canvas with its neighbours, and boxes found there lead back to it."""

import numpy as np
import pytest

from anonymizer.pixels.box import Box
from anonymizer.pixels.contrast import MIDDLE, amplified, local_contrast, strongest
from anonymizer.pixels.mosaic import MOST, Piece, canvases, halves, pixels_of, squares_with
from anonymizer.pixels.text_reading import GRID


@pytest.mark.parametrize("shape", [(300, 480), (2200, 1500), (33, 4000), (32, 32)])
@pytest.mark.parametrize("share", [0.02, 0.3, 1.0])
def test_every_wanted_pixel_and_what_is_around_it_is_seen_where_it_is(shape, share):
    rng = np.random.default_rng(3)
    picture = rng.integers(0, 255, shape).astype(np.uint8)
    wanted = squares_with(rng.random(shape) < 1) & (rng.random(squares_with(picture >= 0).shape) < share)
    wanted[0, 0] = True
    seen = np.zeros(shape, bool)
    for canvas, pieces in canvases(picture, wanted, 255):
        assert max(canvas.shape) <= MOST * GRID and canvas.shape[0] % GRID == canvas.shape[1] % GRID == 0
        for piece in pieces:
            whole = Box(piece.at_left * GRID, piece.at_top * GRID, piece.columns * GRID, piece.rows * GRID)
            box = piece.place(whole, shape)
            part = canvas[whole.y :, whole.x :][: box.height, : box.width]
            assert np.array_equal(part, picture[box.y : box.bottom, box.x : box.right])
            seen[box.y : box.bottom, box.x : box.right] = True
    rows, columns = np.nonzero(pixels_of(wanted, shape))
    for down, across in ((0, 0), (GRID, 0), (-GRID, GRID)):
        assert seen[np.clip(rows + down, 0, shape[0] - 1), np.clip(columns + across, 0, shape[1] - 1)].all()


def test_nothing_wanted_is_no_canvas():
    assert list(canvases(np.zeros((64, 64), np.uint8), np.zeros((2, 2), bool), 0)) == []


def test_halves_cover_a_piece_and_share_squares():
    for rows, columns in ((11, 5), (12, 32), (32, 32)):
        one, other = halves(Piece(2, 3, rows, columns))
        covered = {(row, column) for each in (one, other) for row in range(each.top, each.top + each.rows)
                   for column in range(each.left, each.left + each.columns)}  # fmt: skip
        assert covered == {(row, column) for row in range(2, 2 + rows) for column in range(3, 3 + columns)}
        assert one.rows * one.columns + other.rows * other.columns > rows * columns


def test_a_stroke_stands_out_in_the_colour_that_shows_it():
    flat, stroke = np.full((40, 60), 90, np.uint8), np.full((40, 60), 90, np.uint8)
    stroke[20:22, 10:50] = 120
    contrast = strongest([local_contrast(flat, 8), local_contrast(stroke, 8)])
    assert (contrast[20:22, 10:50] > 20).all() and abs(contrast[:10]).max() <= 1
    assert (amplified(contrast)[20, 20:40] > MIDDLE + 50).all()
