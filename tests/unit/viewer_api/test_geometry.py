"""The size of a picture: square pixels, viewports, and thumbnails that need only part of a codestream."""

from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
from pydicom import dcmread, dcmwrite
from pydicom.uid import JPEG2000Lossless

from config.errors import TooLarge
from viewer_api.rendering.geometry import Viewport, picture_size
from viewer_api.rendering.image import compressed_frame, read_image
from viewer_api.rendering.reduced import decode_reduced
from viewer_api.rendering.voi import Window

Make = Callable[..., bytes]
Render = Callable[..., np.ndarray]


@pytest.mark.parametrize(
    ("elements", "shape"),
    [
        ({}, (20, 10)),
        ({"PixelSpacing": ["2", "1"]}, (40, 10)),
        ({"PixelSpacing": ["1", "2"]}, (20, 20)),
        ({"PixelAspectRatio": ["3", "1"]}, (60, 10)),
        ({"ImagerPixelSpacing": ["1", "4"]}, (20, 40)),
        ({"PixelSpacing": ["1", "1"], "PixelAspectRatio": ["3", "1"]}, (20, 10)),
        ({"PixelSpacing": ["0", "1"]}, (20, 10)),
        ({"PixelSpacing": ["1.001", "1"]}, (20, 10)),
    ],
)
def test_oblong_pixels_become_square(make_image: Make, render: Render, elements: dict, shape: tuple) -> None:
    assert render(make_image(np.zeros((20, 10), np.uint8), **elements)).shape == shape


def test_a_viewport_scales_up_and_down_by_the_same_on_both_sides() -> None:
    assert picture_size(512, 256, 1.0, Viewport(128, 128)) == (128, 64)
    assert picture_size(10, 20, 1.0, Viewport(100, 100)) == (50, 100)
    assert picture_size(4000, 2, 1.0, Viewport(100, 100)) == (100, 1)


def test_a_picture_beyond_the_limit_is_refused() -> None:
    with pytest.raises(TooLarge):
        picture_size(16000, 16000, 1.0, None)
    with pytest.raises(TooLarge):
        Viewport(16384, 16384)


@pytest.mark.parametrize("kind", ["u8", "u12", "i16", "rgb"])
def test_a_small_picture_of_jpeg_2000_looks_like_the_large_one(make_image: Make, render: Render, kind: str) -> None:
    wave = np.sin(np.linspace(0, 6, 160))
    smooth = np.add.outer(wave, wave)[:128]
    arrays = {
        "u8": (smooth * 60 + 128).astype(np.uint8),
        "u12": ((smooth + 2) * 1023).astype(np.uint16),
        "i16": (smooth * 8000).astype(np.int16),
        "rgb": np.stack([smooth * 60 + 128, 128 - smooth * 60, smooth * 0 + 90], axis=-1).astype(np.uint8),
    }
    array = arrays[kind]
    elements = {"BitsStored": 12, "HighBit": 11} if kind == "u12" else {}
    image = dcmread(BytesIO(make_image(array, **elements)))
    image.compress(JPEG2000Lossless, generate_instance_uid=False)
    target = BytesIO()
    dcmwrite(target, image, enforce_file_format=True)
    described = read_image(target)
    reduced = decode_reduced(compressed_frame(target, described, 0), described.format, (40, 32))
    assert reduced is not None
    assert reduced.pixels.shape[:2] == (32, 40)
    low, high = float(array.min()), float(array.max())
    window = None if kind == "rgb" else Window((low + high) / 2, high - low, "LINEAR_EXACT")
    small = render(target.getvalue(), viewport=Viewport(40, 32), window=window)
    plain = render(make_image(array, **elements), viewport=Viewport(40, 32), window=window)
    assert np.abs(small.astype(int) - plain).mean() < 4


def test_a_large_picture_of_jpeg_2000_is_decoded_whole(make_image: Make) -> None:
    described = read_image(BytesIO(make_image(np.zeros((64, 64), np.uint8))))
    assert decode_reduced(b"\xff\x4f\xff\x51" + b"\0" * 60, described.format, (40, 40)) is None
