"""An answer is of the size of what was shown, and nothing in it is as high as it is wide."""

import numpy as np
import pytest

from anonymizer.pixels import answering
from anonymizer.pixels.answering import answer, without_blobs
from anonymizer.pixels.contrast import MIDDLE
from anonymizer.pixels.text_reading import GRID


def test_a_picture_of_any_size_is_shown_on_whole_squares_and_answered_at_its_own(monkeypatch):
    shown = []
    monkeypatch.setattr(answering, "likely_text", lambda canvas: shown.append(canvas) or canvas.astype(np.float32))
    picture = np.full((GRID + 5, 3), 9, np.uint8)
    assert np.array_equal(answer(picture), picture)
    (canvas,) = shown
    assert canvas.shape == (2 * GRID, GRID) and (canvas[GRID + 5 :] == MIDDLE).all()


def test_a_blob_is_taken_away_with_all_that_hangs_on_it_and_the_text_beside_it_stays():
    likely = np.zeros((160, 160), np.float32)
    likely[10:100, 10:100] = 0.9
    likely[60:70, 100:150] = 0.8
    likely[130:142, 20:140] = 0.7
    seen, blind = without_blobs(likely)
    assert blind and not seen[:110].any() and (seen[130:142, 20:140] == np.float32(0.7)).all()


@pytest.mark.parametrize("shape", [(20, 400), (160, 160)])
def test_lines_of_text_are_no_blob(shape):
    likely = np.zeros(shape, np.float32)
    likely[2:18] = 0.9
    seen, blind = without_blobs(likely)
    assert not blind and np.array_equal(seen, likely)
