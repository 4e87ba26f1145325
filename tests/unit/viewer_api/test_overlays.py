"""Overlay planes against planes drawn by hand (PS3.3 C.9.2, PS3.5 section 8.1.2)."""

from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
from pydicom import dcmread, dcmwrite

from viewer_api.errors import CannotRender
from viewer_api.rendering.voi import Window

Make = Callable[..., bytes]
Render = Callable[..., np.ndarray]

EXACT = Window(127.5, 255, "LINEAR_EXACT")


def _overlaid(part10: bytes, planes: np.ndarray, group: int = 0x6000, **more: int) -> bytes:
    """Return the image with an overlay of bits of its own, from planes of frames x rows x columns."""
    image = dcmread(BytesIO(part10))
    image.add_new((group, 0x0010), "US", planes.shape[1])
    image.add_new((group, 0x0011), "US", planes.shape[2])
    image.add_new((group, 0x0040), "CS", "G")
    image.add_new((group, 0x0050), "SS", [more.get("row", 1), more.get("column", 1)])
    image.add_new((group, 0x0100), "US", 1)
    image.add_new((group, 0x0102), "US", 0)
    if len(planes) > 1 or "first" in more:
        image.add_new((group, 0x0015), "IS", len(planes))
        image.add_new((group, 0x0051), "US", more.get("first", 1))
    packed = np.packbits(planes.ravel(), bitorder="little").tobytes()
    image.add_new((group, 0x3000), "OW", packed + b"\0" * (len(packed) % 2))
    target = BytesIO()
    dcmwrite(target, image, enforce_file_format=True)
    return target.getvalue()


def test_an_overlay_is_drawn_only_when_it_is_asked_for(make_image: Make, render: Render) -> None:
    plane = np.eye(5, dtype=np.uint8)[None]
    image = _overlaid(make_image(np.full((5, 5), 100, np.uint16)), plane)
    assert (render(image, window=EXACT) == 100).all()
    assert render(image, window=EXACT, overlays=True).tolist() == np.where(plane[0], 255, 100).tolist()


def test_an_overlay_lies_where_its_origin_says_and_is_cut_at_the_edges(make_image: Make, render: Render) -> None:
    image = make_image(np.zeros((4, 4), np.uint16))
    drawn = {
        place: render(_overlaid(image, np.ones((1, 2, 3), np.uint8), row=place[0], column=place[1]), overlays=True)
        for place in ((2, 2), (0, 0), (4, 4), (9, 9))
    }
    assert drawn[2, 2].tolist() == [[0, 0, 0, 0], [0, 255, 255, 255], [0, 255, 255, 255], [0, 0, 0, 0]]
    assert drawn[0, 0].tolist() == [[255, 255, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert (drawn[4, 4].sum(), drawn[4, 4][3, 3], drawn[9, 9].sum()) == (255, 255, 0)


def test_frames_of_an_overlay_lie_on_their_frames_of_the_image(make_image: Make, render: Render) -> None:
    planes = np.zeros((2, 3, 5), np.uint8)  # 15 bits a frame: the second begins inside a byte
    planes[0, 0, 0] = planes[1, 2, 2] = 1
    image = _overlaid(make_image(np.zeros((4, 3, 5), np.uint16)), planes, first=2)
    marked = [np.argwhere(render(image, index, window=EXACT, overlays=True)).tolist() for index in range(4)]
    assert marked == [[], [[0, 0]], [[2, 2]], []]


def test_an_overlay_in_the_unused_bits_of_the_pixels(make_image: Make, render: Render) -> None:
    words = np.array([[0x1064, 0x0064], [0x0032, 0xF032]], np.uint16)
    image = dcmread(BytesIO(make_image(words, BitsStored=12, HighBit=11)))
    image.add_new((0x6002, 0x0010), "US", 2)
    image.add_new((0x6002, 0x0011), "US", 2)
    image.add_new((0x6002, 0x0050), "SS", [1, 1])
    image.add_new((0x6002, 0x0100), "US", 16)
    image.add_new((0x6002, 0x0102), "US", 12)
    target = BytesIO()
    dcmwrite(target, image, enforce_file_format=True)
    assert render(target.getvalue(), window=EXACT).tolist() == [[100, 100], [50, 50]]
    assert render(target.getvalue(), window=EXACT, overlays=True).tolist() == [[255, 100], [50, 255]]


def test_an_overlay_on_colour_is_white(make_image: Make, render: Render) -> None:
    image = _overlaid(make_image(np.full((1, 2, 3), 9, np.uint8)), np.array([[[0, 1]]], np.uint8))
    assert render(image, overlays=True).tolist() == [[[9, 9, 9], [255, 255, 255]]]


def test_a_short_overlay_is_refused(make_image: Make, render: Render) -> None:
    image = dcmread(BytesIO(_overlaid(make_image(np.zeros((9, 9), np.uint16)), np.ones((1, 9, 9), np.uint8))))
    image[0x6000, 0x3000].value = b"\0\0"
    target = BytesIO()
    dcmwrite(target, image, enforce_file_format=True)
    with pytest.raises(CannotRender, match="overlay"):
        render(target.getvalue(), overlays=True, window=EXACT)
