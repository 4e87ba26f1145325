"""A frame is looked at made smaller, too: what falls to pieces close by hangs together there, and is text or is not."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from anonymizer.pixels import answering, detecting, standing_back
from anonymizer.pixels.box import Box
from anonymizer.pixels.contrast import MIDDLE
from anonymizer.pixels.outlining import Outline
from anonymizer.pixels.standing_back import from_afar

ROWS, COLUMNS = 200, 480
LETTERS = Box(60, 80, 300, 36)
_UNBROKEN = 6  # pixels: what this detector takes for a stroke


@pytest.fixture
def sure(monkeypatch):
    """Make a detector that sees strokes which are unbroken for some pixels, and is as sure as it is told to be."""
    said = {"sure": 0.9}

    def look(canvas):
        strong = canvas.astype(int) - MIDDLE > 24
        unbroken = np.lib.stride_tricks.sliding_window_view(np.pad(strong, ((0, 0), (0, _UNBROKEN - 1))), _UNBROKEN, 1)
        seen = Image.fromarray(unbroken.all(axis=2).astype(np.uint8)).filter(ImageFilter.MaxFilter(11))
        return np.asarray(seen, np.float32) * np.float32(said["sure"])

    monkeypatch.setattr(answering, "likely_text", look)
    return said


def dotted(box=LETTERS):
    """Return bars of separate dots, as letters of a dot-matrix printer are made of."""
    grey = np.full((ROWS, COLUMNS), 20, np.uint8)
    for x in range(box.x, box.right, 6):
        for y in range(box.y, box.bottom, 6):
            if (x - box.x) // 6 % 4 != 3 and (y - box.y) // 6 % 2 == 0:
                grey[y : y + 4, x : x + 4] = 220
    return grey


def covers(outlines, box):
    boxes = [each for text in outlines for each in text.boxes]
    return any(each.x <= box.x and each.right >= box.right and each.y <= box.y + 4 for each in boxes)


def near(box, sure=0.9):
    return Outline((box,), box.height, box, sure)


def test_dots_that_touch_at_half_the_size_are_text(sure):
    assert detecting.outlined(detecting._looked_at((dotted(),), None)) == [], "close by there is nothing"
    assert covers(detecting.texts((dotted(),), None), LETTERS)


def test_what_is_no_line_there_is_no_text(sure):
    assert list(from_afar((dotted(Box(60, 40, 60, 60)),), None, [])) == []


def test_what_is_a_part_of_one_text_that_was_seen_near_is_left_out(sure):
    whole = near(Box(40, 60, 340, 76))
    assert list(from_afar((dotted(),), None, [])) != [] == list(from_afar((dotted(),), None, [whole]))


@pytest.mark.parametrize("reads", [True, False])
def test_what_is_rather_sure_is_text_where_it_can_be_read(sure, reads, monkeypatch):
    monkeypatch.setattr(standing_back, "is_read", lambda view, box, score: reads)
    sure["sure"] = 0.7
    assert bool(list(from_afar((dotted(),), None, []))) == reads
    sure["sure"] = 0.5
    assert list(from_afar((dotted(),), None, [])) == []


def test_where_a_line_was_seen_near_what_is_rather_sure_is_not_read(sure, monkeypatch):
    monkeypatch.setattr(standing_back, "is_read", lambda view, box, score: True)
    sure["sure"] = 0.7
    assert list(from_afar((dotted(),), None, [near(Box(70, 84, 120, 14))])) == []


def test_large_text_that_is_lines_of_small_text_is_those_and_parts_of_its_letters_are_no_lines():
    large = near(Box(40, 60, 340, 76))
    lines = [near(Box(50, y, 300, 24)) for y in (64, 100)]
    assert detecting._is_many(large, lines)
    assert not detecting._is_many(large, [near(Box(50, 64, 70, 24))])


def test_text_larger_than_text_can_be_is_left_to_its_lines_only_where_they_show_all_of_it():
    huge = Outline((Box(20, 20, 440, 160),), 160, Box(60, 50, 340, 100), 0.9)
    lines = [near(Box(40, 30, 380, 70)), near(Box(40, 95, 380, 70))]
    assert detecting._is_shown(huge, lines)
    assert not detecting._is_shown(huge, lines[:1])
