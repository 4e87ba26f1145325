"""Coloured text on a coloured ground stands out in one of the views, and in colour in what a person looks at."""

import numpy as np
import pytest

from anonymizer import CannotDeidentify
from anonymizer.pixels import grey_views, picture, read_image_header, text_candidates
from tests.unit.anonymizer.pixels.pictures import as_file, image
from tests.unit.anonymizer.pixels.test_screening import written

WHITE, RED, BLUE, BLACK = (255, 255, 255), (255, 0, 0), (0, 0, 255), (0, 0, 0)
INK = written(16) > 100


def header_of(values, photometric, palette=()):
    ds = image(values[None], photometric)
    ds.PixelData = values.tobytes()
    ds["PixelData"].VR = "OB"
    for colour, table in zip(("Red", "Green", "Blue"), palette, strict=False):
        setattr(ds, f"{colour}PaletteColorLookupTableDescriptor", [len(table), 0, 8])
        setattr(ds, f"{colour}PaletteColorLookupTableData", bytes(table))
    return read_image_header(as_file(ds))


def rgb(ink, ground):
    return np.where(INK[:, :, None], np.array(ink, np.uint8), np.array(ground, np.uint8))


@pytest.mark.parametrize(
    ("ink", "ground"),
    [(RED, WHITE), (BLUE, WHITE), (WHITE, RED), (BLUE, BLACK), (RED, (0, 255, 0)), (RED, (255, 0, 255))],
)
def test_coloured_text_stands_out_in_a_view(ink, ground):
    values = rgb(ink, ground)
    views = grey_views(values, header_of(values, "RGB"), "RGB")
    assert any(text_candidates(view) for view in views)
    assert np.array_equal(picture(values, header_of(values, "RGB"), "RGB"), values)


def test_text_of_the_same_luminance_stands_out_in_a_view():
    values = np.where(INK[:, :, None], np.array((90, 128, 240), np.uint8), np.array((90, 128, 128), np.uint8))
    views = grey_views(values, header_of(values, "YBR_FULL"), "YBR_FULL")
    assert any(text_candidates(view) for view in views)


def test_text_in_the_colours_of_a_palette_stands_out_where_they_are_equally_light():
    places = INK[:, :, None].astype(np.uint8)
    known = header_of(places, "PALETTE COLOR", ([0, 255], [255, 0], [0, 0]))
    assert any(text_candidates(view) for view in grey_views(places, known, "PALETTE COLOR"))
    assert tuple(picture(places, known, "PALETTE COLOR")[INK][0]) == RED


def test_a_palette_that_cannot_be_read_is_refused():
    places = INK[:, :, None].astype(np.uint8)
    with pytest.raises(CannotDeidentify):
        grey_views(places, header_of(places, "PALETTE COLOR"), "PALETTE COLOR")


def test_grey_in_three_samples_is_seen_once():
    values = rgb(WHITE, BLACK)
    assert len(grey_views(values, header_of(values, "RGB"), "RGB")) == 1
