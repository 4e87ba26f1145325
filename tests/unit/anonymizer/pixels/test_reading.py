"""A box is read once, and counts as text from some letters and some score on."""

import numpy as np
import pytest

from anonymizer.pixels import reading
from anonymizer.pixels.box import Box
from anonymizer.pixels.text_reading import TextFound

BOX = Box(10, 10, 80, 20)


@pytest.fixture
def shown(monkeypatch):
    reading._read_once.cache_clear()
    crops = []
    monkeypatch.setattr(reading, "read_line", lambda crop: crops.append(crop) or TextFound("A 12", 0.7))
    yield crops
    reading._read_once.cache_clear()


def test_what_stands_in_two_frames_is_read_once(shown):
    frame = np.arange(100 * 60, dtype=np.uint32).astype(np.uint8).reshape(60, 100)
    other = frame.copy()
    other[40:] = 0
    assert reading.read(frame, BOX) == reading.read(other, BOX) == TextFound("A 12", 0.7)
    assert [crop.shape for crop in shown] == [(20, 80)]


def test_letters_that_are_read_surely_enough_are_text(shown):
    frame = np.full((60, 100), 3, np.uint8)
    assert reading.is_read(frame, BOX)
    assert not reading.is_read(frame, BOX, reading.SURELY_READ)


def test_two_letters_are_no_text(shown, monkeypatch):
    monkeypatch.setattr(reading, "read_line", lambda crop: TextFound("L 1", 0.99))
    assert not reading.is_read(np.full((60, 100), 4, np.uint8), BOX)
