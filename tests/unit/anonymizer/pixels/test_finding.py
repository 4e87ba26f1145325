"""Text is found by reading: names in any script go, marks stay, and what is no text stays as it is."""

from importlib.resources import files

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from anonymizer.pixels import Box, can_read_text, find_text
from anonymizer.pixels.verification import mask_of

pytestmark = pytest.mark.skipif(not can_read_text(), reason="RapidOCR (the extra `ocr`) is not installed")


def page(*lines: tuple[int, int, int, str]) -> np.ndarray:
    """Return a dark picture with words: column, row, size and text of each line."""
    picture = Image.new("L", (480, 300), 5)
    for x, y, size, words in lines:
        name = "noto_cjk_sans_otc" if max(map(ord, words)) > 0x2E80 else "font_source_sans_pro"
        path = {
            "noto_cjk_sans_otc": "NotoSansCJK-Regular.ttc",
            "font_source_sans_pro": "files/SourceSansPro-Regular.ttf",
        }
        ImageDraw.Draw(picture).text(
            (x, y), words, font=ImageFont.truetype(str(files(name) / path[name]), size), fill=230
        )
    return np.asarray(picture)


def test_names_are_found_in_every_script_and_marks_are_left():
    grey = page(
        (8, 6, 14, "MARTEN^ILSE  19600102"), (8, 34, 18, "王秀英"), (8, 70, 16, "Ивашкина Вера"), (420, 150, 18, "5 cm")
    )
    found = find_text((grey,))
    ink = grey > 100
    covered = mask_of(found.boxes, 480, 300)
    assert covered[:110][ink[:110]].mean() > 0.99
    assert not covered[140:200, 400:].any()
    assert not found.unsure


def test_a_line_is_read_after_the_whole_was_and_the_whole_after_a_line():
    grey = page((8, 6, 14, "MARTEN^ILSE  19600102"))
    ink = grey > 100
    for whole in (True, False, True):
        assert mask_of(find_text((grey,), whole=whole).boxes, 480, 300)[ink].mean() > 0.95


def test_an_image_without_text_stays_whole():
    y, x = np.mgrid[0:300, 0:480]
    body = (((x - 240) / 150) ** 2 + ((y - 150) / 110) ** 2 < 1) * np.uint8(120)
    assert find_text((body,)).boxes == () == find_text((np.zeros((300, 480), np.uint8),)).boxes


def test_boxes_lie_inside_the_image():
    grey = page((2, -2, 20, "MARTEN^ILSE"), (300, 280, 20, "MRN-5512-4711-99"))
    for box in find_text((grey,)).boxes:
        assert isinstance(box, Box) and box.right <= 480 and box.bottom <= 300


def test_text_that_is_turned_by_a_quarter_is_found():
    upright = page((20, 40, 16, "MARTEN^ILSE  MRN-5512"))
    for turns in (1, 3):
        grey = np.ascontiguousarray(np.rot90(upright, turns))
        covered = mask_of(find_text((grey,)).boxes, grey.shape[1], grey.shape[0])
        assert covered[grey > 100].mean() > 0.95


def test_a_mark_that_would_be_cut_goes_as_a_whole():
    found = find_text((page((8, 40, 22, "MARTEN^ILSE"), (8, 60, 22, "15")),))
    assert not any(
        mark.x < box.right and box.x < mark.right and mark.y < box.bottom and box.y < mark.bottom
        for mark in found.marks
        for box in found.boxes
    )


def test_text_that_is_larger_than_text_can_be_is_found_or_unsure_in_any_frame():
    picture = Image.new("L", (320, 240), 0)
    font = str(files("font_source_sans_pro") / "files/SourceSansPro-Regular.ttf")
    ImageDraw.Draw(picture).text((4, 80), "DOE JOHNNY", font=ImageFont.truetype(font, 60), fill=255)
    grey = np.asarray(picture)
    for whole in (False, True):
        found = find_text((grey,), whole=whole)
        assert found.unsure or mask_of(found.boxes, 320, 240)[grey > 100].mean() > 0.95
