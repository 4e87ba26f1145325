"""What is decoded at a fraction of its size shows what the whole shows; where it could not, the whole is decoded."""

from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread, dcmwrite
from pydicom.uid import JPEG2000Lossless

from viewer_api.rendering import preview
from viewer_api.rendering.geometry import Viewport
from viewer_api.rendering.image import read_image
from viewer_api.rendering.preview import PreviewRequest, render_preview
from viewer_api.rendering.voi import Window

Make = Callable[..., bytes]
y, x = np.mgrid[0:256, 0:256]
SMOOTH = (x * 4 + y * 3).astype(np.uint16)


def wavelets(part10: bytes, **elements: object) -> bytes:
    """Return the image compressed, and then changed in its header."""
    image = dcmread(BytesIO(part10))
    image.compress(JPEG2000Lossless, generate_instance_uid=False)
    for keyword, value in elements.items():
        setattr(image, keyword, value)
        if image[keyword].VR == "US or SS":
            image[keyword].VR = "US"
    target = BytesIO()
    dcmwrite(target, image, enforce_file_format=True)
    return target.getvalue()


def show(part10: bytes, side: int, **wish: object) -> np.ndarray:
    source = BytesIO(part10)
    request = PreviewRequest("image/png", viewport=Viewport(side, side), **wish)
    return np.asarray(Image.open(BytesIO(render_preview(source, read_image(source), 0, request)))).astype(int)


@pytest.fixture
def reductions(monkeypatch) -> list[bool]:
    """Return a list that learns of each picture whether less than the whole was decoded for it."""
    seen: list[bool] = []

    def watched(*arguments: object) -> object:
        frame = sound(*arguments)
        seen.append(frame is not None)
        return frame

    sound = preview.read_small
    monkeypatch.setattr(preview, "read_small", watched)
    return seen


def test_a_grey_image_with_a_window_is_decoded_at_a_fraction(make_image: Make, reductions: list[bool]) -> None:
    part10 = wavelets(make_image(SMOOTH), WindowCenter=900, WindowWidth=1800)
    small = show(part10, 32)
    assert reductions == [True]
    whole = show(part10, 256)
    assert np.abs(small - whole.reshape(32, 8, 32, 8).mean(axis=(1, 3))).max() <= 5  # the filters look to one side


@pytest.mark.parametrize(
    "elements",
    [
        {},
        {"WindowCenter": 900, "WindowWidth": 1800, "PixelPaddingValue": 0},
        {"PixelPaddingValue": 0},
    ],
    ids=["no window", "padding in a window", "padding and no window"],
)
def test_what_depends_on_each_stored_value_is_decoded_whole(
    make_image: Make, reductions: list[bool], elements: dict
) -> None:
    body = np.where((x + y) % 2 == 0, 0, SMOOTH + 1000).astype(np.uint16)
    part10 = wavelets(make_image(body), **elements)
    small, whole = show(part10, 64), show(part10, 256)
    assert True not in reductions
    assert abs(small.mean() - whole.mean()) < 3


def test_a_window_that_is_asked_for_needs_no_window_of_the_image(make_image: Make, reductions: list[bool]) -> None:
    show(wavelets(make_image(SMOOTH)), 64, window=Window(900, 1800))
    assert reductions == [True]


def test_numbers_of_a_palette_are_never_averaged(make_image: Make, reductions: list[bool]) -> None:
    """Between 0 and 2, which are red, lies 1, which is green."""
    numbers = np.where((x + y) % 2 == 0, 0, 2).astype(np.uint8)
    palette: dict[str, object] = {"PhotometricInterpretation": "PALETTE COLOR"}
    for name, entries in (("Red", [255, 0, 255]), ("Green", [0, 255, 0]), ("Blue", [0, 0, 0])):
        palette[f"{name}PaletteColorLookupTableDescriptor"] = [3, 0, 8]
        palette[f"{name}PaletteColorLookupTableData"] = bytes([*entries, 0])
    small = show(wavelets(make_image(numbers), **palette), 64)
    assert True not in reductions
    assert (small[..., 0] > 250).all() and (small[..., 1] < 5).all()
