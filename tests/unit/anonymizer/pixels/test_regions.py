"""What rules say: ultrasound regions that can be believed, and the banners of known devices."""

from dataclasses import replace

import pytest
from pydicom import Dataset

from anonymizer.device_banners import banners
from anonymizer.pixels import Box, boxes_by_rule, read_image_header
from tests.unit.anonymizer.pixels.pictures import COLUMNS, ROWS, as_file, native, noise


def header(*regions, **elements):
    ds = native(noise(), "MONOCHROME2")
    ds.SequenceOfUltrasoundRegions = [region(*each) for each in regions]
    for keyword, value in elements.items():
        setattr(ds, keyword, value)
    return read_image_header(as_file(ds))


def region(left, top, right, bottom):
    item = Dataset()
    item.RegionLocationMinX0, item.RegionLocationMinY0 = left, top
    item.RegionLocationMaxX1, item.RegionLocationMaxY1 = right, bottom
    return item


def test_what_lies_outside_the_regions_is_blacked():
    ruled = boxes_by_rule(header((0, 10, COLUMNS - 1, 39)))
    assert ruled.boxes == (Box(0, 0, COLUMNS, 10), Box(0, 40, COLUMNS, ROWS - 40))
    assert ruled.rules == ("ultrasound-regions",)


@pytest.mark.parametrize(
    "regions",
    [
        [],
        [(0, 0, COLUMNS - 1, ROWS - 1)],  # leaves nothing outside
        [(0, 0, 5, 5)],  # too small to be the picture
        [(10, 30, 5, 40)],
        [(0, 10, COLUMNS + 50, 39)],
        [(0, 10, COLUMNS - 1, 39), (70, 0, 90, 5)],
    ],
)
def test_regions_that_cannot_be_the_picture_are_no_rule(regions):
    assert boxes_by_rule(header(*regions)).rules == ()


def test_the_banner_of_a_known_device_is_blacked_over_the_whole_width():
    known = header(Manufacturer="Philips Medical Systems", ManufacturerModelName="iU22")
    known = replace(known, layout=replace(known.layout, rows=600, columns=800))
    ruled = boxes_by_rule(known)
    assert (ruled.boxes, ruled.rules) == ((Box(0, 0, 800, 60),), ("device-banner",))


@pytest.mark.parametrize(
    ("modality", "kind", "rows", "columns", "too_large"),
    [("CT", "DOSE_INFO", 512, 512, True), ("US", "PRIMARY", 600, 800, False)],
)
def test_a_banner_that_takes_much_of_an_image_is_for_a_person_to_black(modality, kind, rows, columns, too_large):
    known = header(Modality=modality, Manufacturer="Philips", ManufacturerModelName="iU22", ImageType=["DERIVED", kind])
    known = replace(known, layout=replace(known.layout, rows=rows, columns=columns))
    ruled = boxes_by_rule(known)
    assert (ruled.rules, ruled.too_large) == (("device-banner",), too_large)


def test_a_device_that_is_not_known_has_no_rule():
    assert boxes_by_rule(header(Manufacturer="ACME", ManufacturerModelName="iU22")).rules == ()


def test_every_banner_in_the_table_has_a_device_and_rows_to_black():
    for banner in banners():
        assert banner.modality and banner.maker and (banner.model or banner.kind)
        assert banner.kind != "SECONDARY" or banner.rows != banner.columns  # as slices have
        assert banner.top + banner.bottom > 0 and (not banner.rows or banner.top + banner.bottom < banner.rows / 2)
