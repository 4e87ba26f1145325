"""Ticks, crosses, arrows and traces are drawn; words, even faint ones that a line crosses, are not."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from anonymizer.pixels.box import Box
from anonymizer.pixels.strokes import is_crossed, is_drawn, is_written

SIZE = (200, 60)
WHOLE = Box(0, 0, *SIZE)


def drawn(draw):
    picture = Image.new("L", SIZE, 12)
    draw(ImageDraw.Draw(picture))
    return np.asarray(picture)


def words(draw, text="MARTEN ILSE 1960", *, size=16, fill=220, at=(20, 20)):
    draw.text(at, text, font=ImageFont.load_default(size), fill=fill)


def trace(draw, fill=220):
    """Draw one beat of an ECG after the other."""
    for begin in range(0, 200, 100):
        points = [(0, 40), (18, 40), (20, 44), (23, 14), (26, 46), (28, 40), (36, 36), (42, 40), (100, 40)]
        draw.line([(begin + x, y) for x, y in points], fill=fill)


@pytest.mark.parametrize(
    ("draw", "box"),
    [
        (lambda draw: draw.line((40, 30, 52, 30), fill=220), Box(34, 24, 24, 12)),
        (lambda draw: [draw.line((40, y, 46, y), fill=220) for y in (10, 25, 40)], Box(34, 4, 18, 42)),
        (
            lambda draw: [draw.line(ends, fill=220) for ends in ((40, 30, 52, 30), (46, 24, 46, 36))],
            Box(36, 20, 20, 20),
        ),
        (lambda draw: draw.polygon([(40, 20), (40, 34), (52, 27)], fill=220), Box(34, 14, 24, 26)),
        (trace, Box(4, 8, 190, 44)),
    ],
    ids=["tick", "ticks", "cross", "arrow head", "trace"],
)
def test_signs_and_traces_are_drawn(draw, box):
    assert is_drawn(drawn(draw), box, box.height)


@pytest.mark.parametrize("fill", [220, 60])
@pytest.mark.parametrize("text", ["MARTEN ILSE 1960", "LI", "11:42", "王秀英"])
def test_words_are_not_drawn(text, fill):
    grey = drawn(lambda draw: words(draw, text, fill=fill) if text.isascii() else draw.text((20, 20), text, fill=fill))
    assert not is_drawn(grey, Box(18, 18, 150, 22), 22)


def test_faint_words_that_a_trace_or_a_tick_crosses_are_not_drawn():
    def crossed(draw):
        words(draw, fill=50, at=(20, 30))
        trace(draw)

    def marked(draw):
        words(draw, fill=50)
        draw.line((100, 26, 112, 26), fill=255, width=2)

    assert not is_drawn(drawn(crossed), Box(4, 8, 190, 44), 44)
    assert not is_drawn(drawn(marked), Box(18, 18, 150, 22), 22)


def test_words_are_crossed_more_often_than_a_trace():
    assert is_crossed(drawn(lambda draw: words(draw, size=24)), Box(16, 18, 180, 30), 30)
    assert not is_crossed(drawn(trace), Box(4, 8, 190, 44), 44)


@pytest.mark.parametrize("clear", [True, False])
def test_strokes_of_letters_are_writing_and_a_trace_and_grain_are_none(clear):
    writing = drawn(lambda draw: words(draw, "MARTEN", size=40, at=(20, 6)))
    assert is_written(writing, Box(16, 6, 170, 44), 44, clear=clear)
    assert not is_written(drawn(trace), Box(4, 8, 190, 44), 44, clear=clear)
    grain = np.random.default_rng(5).normal(90, 25, SIZE[::-1]).clip(0, 255).astype(np.uint8)
    assert not is_written(grain, WHOLE, 60, clear=clear)
