"""Boxes follow a line of text whichever way it runs, and cover little else."""

import numpy as np
from PIL import Image, ImageDraw

from anonymizer.pixels.outlining import outlined
from anonymizer.pixels.verification import mask_of


def likely(*lines, width=12, sure=0.9):
    picture = Image.new("L", (400, 300), 0)
    for line in lines:
        ImageDraw.Draw(picture).line(line, fill=255, width=width)
    return (np.asarray(picture) / 255 * sure).astype(np.float32)


def test_a_straight_line_of_text_is_one_box_larger_than_what_was_seen():
    (found,) = outlined(likely((50, 60, 250, 60)))
    (box,) = found.boxes
    assert box.x < 50 and box.right > 250 and 24 <= box.height <= 36
    assert box == found.whole and found.height == box.height
    assert found.middle.x == 48 and found.middle.right in {254, 255}
    assert 0.8 < found.sure < 0.9


def test_text_that_runs_aslant_is_covered_by_boxes_along_it_and_is_no_higher_for_it():
    answer = likely((40, 250, 300, 40))
    (found,) = outlined(answer)
    covered = mask_of(found.boxes, 400, 300)
    assert len(found.boxes) > 3
    assert covered[answer > 0.5].all()
    assert covered.mean() < 0.45 * found.whole.area / covered.size
    assert found.height < 40


def test_what_is_unlikely_or_a_speck_is_no_text():
    assert outlined(likely((50, 60, 250, 60), sure=0.4)) == []
    assert outlined(likely((50, 60, 51, 60), width=1)) == []


def test_each_line_is_a_text_of_its_own():
    assert len(outlined(likely((50, 60, 250, 60), (50, 120, 250, 120)))) == 2
