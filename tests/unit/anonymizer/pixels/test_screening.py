"""The screening finds rows of letters, bright and dark, large and small, and is quiet where there are none."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from anonymizer.pixels import image_header, text_candidates
from anonymizer.pixels.components import components
from anonymizer.pixels.verification import mask_of
from anonymizer.pixels.view import grey_views
from tests.unit.anonymizer.pixels.pictures import as_file, image

WORDS = "MARTEN^ILSE  MRN-5512  19600102"


def written(size, *, paper=0, ink=220, words=WORDS):
    picture = Image.new("L", (700, 120), paper)
    font = ImageFont.load_default(size)
    ImageDraw.Draw(picture).text((20, 30), words, font=font, fill=ink)
    return np.asarray(picture)


@pytest.mark.parametrize("size", [9, 12, 16, 24, 36])
@pytest.mark.parametrize(("paper", "ink"), [(0, 220), (235, 20), (90, 170)])
def test_a_line_of_text_is_covered(size, paper, ink):
    grey = written(size, paper=paper, ink=ink)
    covered = mask_of(text_candidates(grey), 700, 120)
    assert covered[abs(grey.astype(int) - paper) > 40].mean() > 0.9


def test_nothing_is_found_where_nothing_is_written():
    x = np.linspace(0, 255, 500).astype(np.uint8)
    ramp = np.tile(x, (300, 1))
    body = ((np.mgrid[0:300, 0:500][0] - 150) ** 2 + (np.mgrid[0:300, 0:500][1] - 250) ** 2 < 120**2) * np.uint8(180)
    assert text_candidates(ramp) == () == text_candidates(body)


def test_noise_is_mostly_no_text():
    speckle = np.random.default_rng(4).rayleigh(30, (300, 400)).clip(0, 255).astype(np.uint8)
    assert mask_of(text_candidates(speckle), 400, 300).mean() < 0.25


def test_components_are_what_hangs_together():
    mask = np.array([[1, 1, 0, 0, 1], [0, 0, 1, 0, 0], [0, 0, 0, 0, 0], [1, 0, 0, 1, 1]], bool)
    found = components(mask)
    assert sorted(zip(found.left, found.top, found.right, found.bottom, found.area, strict=True)) == [
        (0, 0, 2, 1, 3), (0, 3, 0, 3, 1), (3, 3, 4, 3, 2), (4, 0, 4, 0, 1),
    ]  # fmt: skip


def test_text_above_the_anatomy_and_faint_text_stand_out_in_one_of_the_views():
    values = np.full((120, 700), 1000, np.uint16)
    values[written(16)[:, :] > 100] = 1030  # faint: lost between the least and the greatest value
    values[0, :4], values[119, :4] = 0, 4095
    ds = image(values[None, :, :, None], "MONOCHROME2", bits=12)
    ds.PixelData = values.tobytes()
    ds["PixelData"].VR = "OW"
    views = grey_views(values, image_header.read_image_header(as_file(ds)), "MONOCHROME2")
    assert any(text_candidates(view) for view in views)
