"""What was answered weakly is looked at again in another way, the likeliest first, and no more than is allowed."""

import numpy as np
import pytest

from anonymizer.pixels import answering, looking_closer
from anonymizer.pixels.contrast import MIDDLE
from anonymizer.pixels.looking_closer import look_closer

SIZE = (200, 400)


@pytest.fixture
def shown(monkeypatch):
    """Return what the detector is shown; it is sure of whatever stands out."""
    canvases = []

    def sure(canvas):
        canvases.append(canvas)
        return (np.abs(canvas.astype(int) - MIDDLE) > 60).astype(np.float32)

    monkeypatch.setattr(answering, "likely_text", sure)
    return canvases


def frame(*lines, sure=0.4):
    """Return an answer that is so sure of lines of 10 rows, an evened picture without them, and their contrast."""
    likely, contrast = np.zeros(SIZE, np.float32), np.zeros(SIZE, np.int16)
    for row, begin, end in lines:
        likely[row : row + 10, begin:end] = sure
        contrast[row : row + 10, begin : end + 20] = 40
    return likely, np.full(SIZE, MIDDLE, np.uint8), contrast


def test_a_weak_answer_is_looked_at_again_by_its_plain_contrast_and_becomes_sure(shown):
    likely, evened, contrast = frame((50, 100, 200))
    look_closer(likely, evened, contrast)
    assert (likely[50:60, 100:220] == 1).all(), "what goes on beside it is seen, too"
    assert not likely[:50].any() and len(shown) == 1


@pytest.mark.parametrize("sure", [0.04, 0.9])
def test_what_is_no_text_and_what_surely_is_are_not_looked_at_again(shown, sure):
    likely, evened, contrast = frame((50, 100, 200), sure=sure)
    before = likely.copy()
    look_closer(likely, evened, contrast)
    assert shown == [] and np.array_equal(likely, before)


def test_a_second_answer_that_is_weaker_takes_nothing_away(shown):
    likely, evened, contrast = frame((50, 100, 200))
    look_closer(likely, evened, np.zeros_like(contrast))
    assert len(shown) == 1 and (likely[50:60, 100:200] == np.float32(0.4)).all()


def test_lines_that_ran_together_are_looked_at_at_twice_the_size_and_told_apart(shown):
    likely, evened, contrast = frame()
    likely[40:90, 100:200] = 0.8
    for row in (42, 78):
        evened[row : row + 10, 100:200] = 250
    look_closer(likely, evened, contrast)
    (canvas,) = shown
    assert canvas.shape[0] >= 2 * 50 and canvas.shape[1] >= 2 * 100
    assert (likely[43:51, 102:198] == 1).all() and (likely[79:87, 102:198] == 1).all()
    assert not likely[58:72, 100:200].any()


def test_the_likeliest_places_come_first_and_no_more_than_the_limit_is_looked_at(shown, monkeypatch):
    likely, evened, contrast = frame((20, 10, 60), (150, 100, 380))
    monkeypatch.setattr(looking_closer, "MOST", 23_000)
    look_closer(likely, evened, contrast)
    (canvas,) = shown
    assert canvas.shape[1] > 300
    assert (likely[150:160, 100:380] == 1).all() and (likely[20:30, 10:60] == np.float32(0.4)).all()


def test_a_place_at_the_edge_is_looked_at_as_far_as_the_picture_goes(shown):
    likely, evened, contrast = frame((0, 340, 400), (190, 0, 80))
    look_closer(likely, evened, contrast)
    assert (likely[:10, 340:] == 1).all() and (likely[190:, :80] == 1).all()


def test_what_is_higher_than_small_writing_is_not_believed_there(shown):
    likely, evened, contrast = frame((50, 100, 130))
    contrast[30:70, 100:140] = 40
    look_closer(likely, evened, contrast)
    assert len(shown) == 1 and likely.max() == np.float32(0.4)
