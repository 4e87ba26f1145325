"""Boxes: what is no box is refused, and what lies outside regions is covered exactly."""

import numpy as np
import pytest

from anonymizer.pixels import Box, outside, parse_box
from anonymizer.pixels.verification import mask_of


@pytest.mark.parametrize("text", ["", "1,2,3", "1,2,3,4,5", "-1,0,5,5", "0,0,0,5", "0,0,5,0", "a,b,c,d", "1.5,0,3,3"])
def test_what_is_no_box_is_refused(text):
    with pytest.raises(ValueError, match="box"):
        parse_box(text)


def test_a_box_is_four_numbers():
    assert parse_box("10, 20,300,40") == Box(10, 20, 300, 40)


@pytest.mark.parametrize("seed", range(8))
def test_outside_and_regions_are_the_whole_image_and_share_nothing(seed):
    rng = np.random.default_rng(seed)
    regions = [Box(*(int(value) for value in rng.integers((0, 0, 1, 1), (50, 40, 60, 50)))) for _ in range(seed)]
    inside = mask_of(regions, 60, 50)
    assert np.array_equal(mask_of(outside(regions, 60, 50), 60, 50), ~inside)
