"""Where and how the detector is made to look, shown by detectors that see, are blinded or are unsure on command."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from anonymizer.pixels import Seen, answering, detecting
from anonymizer.pixels.contrast import MIDDLE
from anonymizer.pixels.mosaic import LARGEST
from anonymizer.pixels.text_reading import GRID

ROWS, COLUMNS = 300, 480


def page(*lines, paper=5):
    picture = Image.new("L", (COLUMNS, ROWS), paper)
    for x, y, size, words in lines:
        ImageDraw.Draw(picture).text((x, y), words, font=ImageFont.load_default(size), fill=230)
    return np.asarray(picture)


def strokes(canvas, sure=0.9):
    """Take every place near a strong stroke for text."""
    strong = Image.fromarray((np.abs(canvas.astype(int) - MIDDLE) > 60).astype(np.uint8))
    return np.asarray(strong.filter(ImageFilter.MaxFilter(5)), np.float32) * np.float32(sure)


@pytest.fixture
def looked(monkeypatch):
    canvases = []

    def look(canvas):
        canvases.append(canvas)
        return look.answer(canvas)

    look.answer = strokes
    monkeypatch.setattr(answering, "likely_text", look)
    return canvases, look


def covers(outlines, x, y):
    boxes = [box for text in outlines for box in text.boxes]
    return any(box.x <= x < box.right and box.y <= y < box.bottom for box in boxes)


def test_only_places_with_strokes_are_looked_at_in_small_pieces(looked):
    canvases, _ = looked
    found = detecting.texts((page((30, 40, 16, "MARTEN"), (300, 240, 16, "MRN-5512")),), None)
    assert covers(found, 40, 50) and covers(found, 310, 250)
    *close, small = canvases
    assert all(max(canvas.shape) <= LARGEST * GRID for canvas in close)
    assert small.shape == (-(-ROWS // 4 // GRID) * GRID, -(-COLUMNS // 4 // GRID) * GRID)
    assert sum(canvas.size for canvas in close) < 0.5 * ROWS * COLUMNS


def test_a_piece_that_is_taken_for_one_text_is_seen_as_it_is(looked):
    """The evened picture of grain blinds this detector; the picture itself does not."""
    _, look = looked
    grain = np.random.default_rng(2).integers(60, 100, (ROWS, COLUMNS)).astype(np.uint8)
    grain[140:150, 200:260] = 255

    def answer(canvas):
        if canvas.max() == 255 and (canvas == 255).mean() < 0.1 and canvas.min() >= 60:
            return (canvas == 255).astype(np.float32)
        return np.ones(canvas.shape, np.float32)

    look.answer = answer
    found = detecting.texts((grain,), None)
    assert covers(found, 230, 145) and not covers(found, 60, 60)


def test_a_line_that_was_cut_between_pieces_is_looked_at_again_as_a_whole(looked):
    """This detector is unsure of strokes at the edge of what it is shown."""
    canvases, look = looked

    def answer(canvas):
        said = strokes(canvas)
        return said * (0.3 if said[:, 0].any() or said[:, -1].any() else 1)

    look.answer = answer
    (text,) = detecting.texts((page((60, 40, 10, "M" * 36)),), None)
    assert len(canvases) > 3 and text.sure > 0.7
    assert text.whole.x <= 62 and text.whole.right >= 300


def test_writing_that_only_one_colour_shows_is_looked_at_in_the_same_pieces(looked):
    canvases, _ = looked
    words = page((30, 40, 16, "MARTEN"))
    assert covers(detecting.texts((words,), None), 40, 50)
    shapes = [canvas.shape for canvas in canvases]
    canvases.clear()
    assert covers(detecting.texts((np.full_like(words, 90), words), None), 40, 50)
    assert [canvas.shape for canvas in canvases] == shapes


def test_in_a_film_what_did_not_change_is_not_looked_at(looked):
    canvases, _ = looked
    still, clock = (30, 40, 16, "MARTEN"), (300, 240, 16, "11:42")
    seen = Seen()
    detecting.texts((page(still),), seen)
    canvases.clear()
    assert detecting.texts((page(still),), seen) == [] and canvases == []
    found = detecting.texts((page(still, clock),), seen)
    assert covers(found, 310, 250) and not covers(found, 40, 50)


def test_text_at_the_very_edge_is_looked_at_with_room_around_it(looked):
    canvases, _ = looked
    detecting.texts((page((0, -4, 16, "MARTEN")),), None)
    assert (canvases[0][:8] == MIDDLE).all() and (canvases[0][:, :8] == MIDDLE).all()


def test_an_image_of_one_pixel_and_a_plain_one_have_no_text(looked):
    assert detecting.texts((np.zeros((1, 1), np.uint8),), None) == []
    assert detecting.texts((np.full((ROWS, COLUMNS), 7, np.uint8),), None) == []


def test_high_writing_that_is_sure_is_text_and_a_trace_as_high_is_none():
    likely = np.zeros((ROWS, COLUMNS), np.float32)
    likely[100:138, 40:420] = 0.84
    words = page((60, 100, 34, "M i l l e r   Anna"))
    trace = Image.new("L", (COLUMNS, ROWS), 5)
    beats = [(x + step, y) for x in range(40, 420, 95) for step, y in ((0, 130), (40, 130), (43, 102), (46, 130))]
    ImageDraw.Draw(trace).line(beats, fill=230)
    found = detecting.outlined(likely)
    assert found[0].height > 48
    assert detecting._is_text((words,), found[0], [])
    assert not detecting._is_text((np.asarray(trace),), found[0], [])
