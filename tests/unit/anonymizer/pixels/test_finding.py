"""Text is found by reading: names in any script go, marks stay, and what is no text stays as it is."""

from importlib.resources import files

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from anonymizer.pixels import Box, Seen, can_read_text, find_text, grey_views, read_image_header
from anonymizer.pixels.verification import mask_of
from tests.unit.anonymizer.pixels.pictures import as_file, image

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


def test_in_a_film_only_what_changed_is_looked_at():
    still, clock = (8, 6, 14, "MARTEN^ILSE  19600102"), (300, 200, 14, "11:42:07")
    seen = Seen()
    assert covers(find_text((page(still),), seen), page(still))
    assert find_text((page(still),), seen).boxes == ()
    changed = find_text((page(still, clock),), seen)
    assert covers(changed, page(clock))
    assert not mask_of(changed.boxes, 480, 300)[:60].any()


def covers(found, grey):
    return mask_of(found.boxes, 480, 300)[grey > 100].mean() > 0.98


def test_writing_in_one_colour_only_is_found():
    words = page((8, 6, 14, "MARTEN^ILSE  19600102"))
    ground = np.full_like(words, 200)
    red_on_white = (np.minimum(ground, 255 - words), ground, np.minimum(ground, 255 - words))
    blue_on_black = (np.zeros_like(words), np.zeros_like(words), words)
    for views in (red_on_white, blue_on_black):
        assert covers(find_text(views), words)


def test_writing_outside_the_window_of_16_bit_data_is_found():
    """Writing above the anatomy, and writing of a thousandth of the range that only a narrow window would show."""
    words = page((8, 6, 14, "MARTEN^ILSE  19600102"), (8, 240, 14, "MRN-5512-4711"))
    values = np.full(words.shape, 1000, np.uint16)
    values[:120] += (words[:120] > 100).astype(np.uint16) * 60000
    values[120:] += (words[120:] > 100).astype(np.uint16) * 60
    values[150:200, 300:400] += np.arange(100, dtype=np.uint16)
    ds = image(values[None, :, :, None], "MONOCHROME2", bits=16)
    header = read_image_header(as_file(ds))
    assert covers(find_text(grey_views(values, header, "MONOCHROME2")), words)


@pytest.mark.parametrize("turn", [4, -7, 90, 270])
def test_faint_and_turned_writing_is_found(turn):
    words = Image.fromarray(page((60, 140, 15, "MARTEN ILSE 19600102")))
    ink = np.asarray(words.rotate(turn))
    found = find_text(((ink * 0.12 + 70).astype(np.uint8),))
    assert mask_of(found.boxes, 480, 300)[ink > 100].mean() > 0.95


def test_writing_between_speckle_is_found():
    """What is mostly speckle blinds the detector for the writing in it, unless it looks at a little at a time."""
    speckle = np.random.default_rng(2).rayleigh(30, (300, 480))
    picture = Image.fromarray(speckle.clip(0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(1.2))
    words = page((120, 140, 16, "MARTEN^ILSE  19600102"))
    grey = np.maximum(np.asarray(picture), (words > 100) * np.uint8(110))
    assert covers(find_text((grey,)), words)


def test_ticks_crosses_and_traces_stay():
    picture = Image.fromarray(page((8, 6, 14, "MARTEN^ILSE  19600102")))
    draw = ImageDraw.Draw(picture)
    for y in range(80, 280, 20):
        draw.line((460, y, 470, y), fill=230)
    draw.line((200, 150, 212, 150), fill=230)
    draw.line((206, 144, 206, 156), fill=230)
    for begin in range(40, 400, 90):
        points = [(0, 260), (20, 260), (26, 234), (32, 260), (90, 260)]
        draw.line([(begin + x, y) for x, y in points], fill=230)
    assert not mask_of(find_text((np.asarray(picture),)).boxes, 480, 300)[60:].any()


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


def test_a_mark_that_goes_takes_the_mark_with_it_that_it_would_cut():
    lines = page((8, 40, 18, "MARTEN^ILSE"), (8, 58, 18, "40 Hz"), (8, 76, 18, "15 cm"), (300, 76, 18, "12 dB"))
    found = find_text((lines,))
    assert len(found.marks) == 1 and found.marks[0].x > 280
    near = find_text((page((8, 40, 18, "MARTEN^ILSE"), (8, 76, 18, "15 cm")),), apart=24)
    assert near.marks == ()


def test_text_that_is_larger_than_text_can_be_is_found_or_unsure():
    picture = Image.new("L", (320, 240), 0)
    font = str(files("font_source_sans_pro") / "files/SourceSansPro-Regular.ttf")
    ImageDraw.Draw(picture).text((4, 80), "DOE JOHNNY", font=ImageFont.truetype(font, 60), fill=255)
    grey = np.asarray(picture)
    found = find_text((grey,))
    assert found.unsure or mask_of(found.boxes, 320, 240)[grey > 100].mean() > 0.95
