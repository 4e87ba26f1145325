"""Colour against values computed by hand (PS3.3 C.7.6.3.1.2, C.7.9)."""

from collections.abc import Callable

import numpy as np
import pytest

from viewer_api.errors import CannotRender
from viewer_api.rendering.voi import Window

Make = Callable[..., bytes]
Render = Callable[..., np.ndarray]


def _words(*values: int) -> bytes:
    return np.array(values, "<u2").tobytes()


def _palette(bits: int = 16, first: int = 0, **tables: bytes) -> dict:
    elements: dict = {"PhotometricInterpretation": "PALETTE COLOR"}
    for name in ("Red", "Green", "Blue"):
        elements[f"{name}PaletteColorLookupTableDescriptor"] = [3, first, bits]
        elements[f"{name}PaletteColorLookupTableData"] = tables[name.lower()]
    return elements


def test_a_palette_of_16_bits_keeps_the_upper_eight(make_image: Make, render: Render) -> None:
    elements = _palette(red=_words(0, 0x8000, 0xFFFF), green=_words(0, 0, 0x1234), blue=_words(0xFFFF, 0, 0))
    picture = render(make_image(np.array([[0, 1, 2, 3]], np.uint8), **elements))
    assert picture.tolist() == [[[0, 0, 255], [128, 0, 0], [255, 0x12, 0], [255, 0x12, 0]]]


def test_a_palette_of_8_bits_in_bytes_and_one_that_only_says_16(make_image: Make, render: Render) -> None:
    image = np.array([[0, 1, 2]], np.uint8)
    in_bytes = _palette(8, red=bytes([1, 2, 3, 0]), green=bytes([4, 5, 6, 0]), blue=bytes([7, 8, 9, 0]))
    said_16 = _palette(16, red=_words(1, 2, 3), green=_words(4, 5, 6), blue=_words(7, 8, 9))
    for elements in (in_bytes, said_16):
        assert render(make_image(image, **elements)).tolist() == [[[1, 4, 7], [2, 5, 8], [3, 6, 9]]]


def test_one_dark_table_of_16_bits_beside_bright_ones_stays_dark(make_image: Make, render: Render) -> None:
    elements = _palette(red=_words(0, 0x80, 0xFF), green=_words(0, 0x8000, 0xFFFF), blue=_words(0, 0, 0))
    image = make_image(np.array([[0, 1, 2]], np.uint8), **elements)
    assert render(image).tolist() == [[[0, 0, 0], [0, 128, 0], [0, 255, 0]]]


def test_a_palette_that_begins_above_zero(make_image: Make, render: Render) -> None:
    elements = _palette(first=100, red=_words(0, 0x0100, 0xFF00), green=_words(0, 0, 0), blue=_words(0, 0, 0))
    picture = render(make_image(np.array([[5, 100, 101, 102, 200]], np.uint8), **elements))
    assert picture[0, :, 0].tolist() == [0, 0, 1, 255, 255]


def test_a_segmented_palette_is_expanded(make_image: Make, render: Render) -> None:
    # discrete: 2 values 0, 0x1000; linear: 2 more up to 0x3000; indirect: the first segment again
    segments = _words(0, 2, 0, 0x1000, 1, 2, 0x3000, 2, 1, 0, 0)
    elements: dict = {"PhotometricInterpretation": "PALETTE COLOR"}
    for name in ("Red", "Green", "Blue"):
        elements[f"{name}PaletteColorLookupTableDescriptor"] = [6, 0, 16]
        elements[f"Segmented{name}PaletteColorLookupTableData"] = segments
    picture = render(make_image(np.arange(6, dtype=np.uint8)[None], **elements))
    assert picture[0, :, 1].tolist() == [0, 0x10, 0x20, 0x30, 0, 0x10]


@pytest.mark.parametrize("segments", [(1, 2, 3), (0, 9, 1), (7, 1, 1), (2, 1, 0, 0)])
def test_a_damaged_segmented_palette_is_refused(make_image: Make, render: Render, segments: tuple[int, ...]) -> None:
    elements: dict = {"PhotometricInterpretation": "PALETTE COLOR"}
    for name in ("Red", "Green", "Blue"):
        elements[f"{name}PaletteColorLookupTableDescriptor"] = [3, 0, 16]
        elements[f"Segmented{name}PaletteColorLookupTableData"] = _words(*segments)
    with pytest.raises(CannotRender, match="segmented"):
        render(make_image(np.zeros((1, 2), np.uint8), **elements))


def test_an_incomplete_palette_is_refused(make_image: Make, render: Render) -> None:
    with pytest.raises(CannotRender, match="palette"):
        render(make_image(np.zeros((1, 2), np.uint8), PhotometricInterpretation="PALETTE COLOR"))


def test_ybr_full_becomes_rgb(make_image: Make, render: Render) -> None:
    # PS3.3 C.7.6.3.1.2: R = Y + 1.402 (CR - 128), B = Y + 1.772 (CB - 128)
    array = np.array([[[100, 128, 128], [76, 85, 255], [29, 255, 107]]], np.uint8)
    picture = render(make_image(array, PhotometricInterpretation="YBR_FULL")).astype(int)
    assert np.abs(picture - [[[100, 100, 100], [254, 0, 0], [0, 0, 254]]]).max() <= 1


def test_uncompressed_ybr_full_422_shares_colour_between_neighbours(make_image: Make, render: Render) -> None:
    array = np.zeros((1, 2, 3), np.uint8)
    image = make_image(array, PhotometricInterpretation="YBR_FULL_422", raw=bytes([50, 200, 128, 128]))
    assert render(image).tolist() == [[[50, 50, 50], [200, 200, 200]]]


def test_16_bit_colour_keeps_the_upper_eight(make_image: Make, render: Render) -> None:
    array = np.array([[[0xFFFF, 0x80FF, 0x00FF]]], np.uint16)
    assert render(make_image(array)).tolist() == [[[255, 128, 0]]]


def test_a_window_does_not_touch_colour(make_image: Make, render: Render) -> None:
    array = np.array([[[10, 20, 30]]], np.uint8)
    assert render(make_image(array), window=Window(128, 2)).tolist() == array.tolist()


def test_signed_colour_is_refused(make_image: Make, render: Render) -> None:
    with pytest.raises(CannotRender, match="signed"):
        render(make_image(np.zeros((1, 1, 3), np.uint8), PixelRepresentation=1))


def test_a_supplemental_palette_colours_the_upper_values_of_a_grey_image(make_image: Make, render: Render) -> None:
    elements = _palette(first=200, red=_words(0xFF00, 0, 0), green=_words(0, 0xFF00, 0), blue=_words(0, 0, 0xFF00))
    elements |= {"PhotometricInterpretation": "MONOCHROME2", "PixelPresentation": "MIXED"}
    picture = render(make_image(np.array([[0, 100, 200, 201, 202]], np.uint8), **elements), window=Window(128, 256))
    assert picture.tolist() == [[[0, 0, 0], [100, 100, 100], [255, 0, 0], [0, 255, 0], [0, 0, 255]]]
