"""Marks that a reader needs stay; names, dates, numbers and whatever is not listed do not."""

import pytest

from anonymizer.pixels.marks import is_mark


@pytest.mark.parametrize(
    "text", ["L", "r", "5 cm", "10", "MI 0.8", "TIS: 0.4", "FR 25Hz", "LAO 30", "12dB", "AP", "2D 40 %", "5.", "10 ·"]
)
def test_marks_stay(text):
    assert is_mark(text, 0.95)


@pytest.mark.parametrize(
    "text",
    [
        "SMITH",
        "L SMITH",
        "1952",
        "12.03.1952",
        "12 03 52",
        "11:42:07",
        "MRN 1",
        "19520309",
        "",
        "555 123 4567",
        "12. 3.",
        ".",
    ],
)
def test_all_other_text_goes(text):
    assert not is_mark(text, 0.99)


def test_a_mark_that_was_read_badly_goes():
    assert is_mark("L", 0.9)
    assert not is_mark("L", 0.6)
