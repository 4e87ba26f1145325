"""ICC profiles: colours come out in sRGB (PS3.3 C.11.15)."""

from collections.abc import Callable
from io import BytesIO
from struct import pack

import numpy as np
import pytest
from PIL import ImageCms
from pydicom.dataset import Dataset

Make = Callable[..., bytes]
Render = Callable[..., np.ndarray]

COLOURS = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [128, 128, 128], [200, 100, 50]]], np.uint8)


def _swapping_profile() -> bytes:
    """Return a matrix profile made of sRGB's by exchanging its red and blue primaries: its red is sRGB's blue."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for place in range(132, 132 + 12 * int.from_bytes(profile[128:132], "big"), 12):
        name = bytes(profile[place : place + 4])
        profile[place : place + 4] = {b"rXYZ": b"bXYZ", b"bXYZ": b"rXYZ"}.get(name, name)
    return bytes(profile).replace("sRGB".encode("utf-16-be"), "test".encode("utf-16-be"))


def _linear_profile() -> bytes:
    """Return sRGB's primaries with a linear curve: a sample of 128 is half the light, 188 in sRGB."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile += b"curv" + bytes(8)
    curve = pack(">LL", len(profile) - 12, 12)
    for place in range(132, 132 + 12 * int.from_bytes(profile[128:132], "big"), 12):
        if bytes(profile[place : place + 4]) in (b"rTRC", b"gTRC", b"bTRC"):
            profile[place + 4 : place + 12] = curve
    profile[:4] = pack(">L", len(profile))
    return bytes(profile).replace("sRGB".encode("utf-16-be"), "test".encode("utf-16-be"))


def test_primaries_of_a_profile_are_converted(make_image: Make, render: Render) -> None:
    picture = render(make_image(COLOURS, ICCProfile=_swapping_profile())).astype(int)
    assert np.abs(picture - COLOURS[..., ::-1]).max() <= 1


def test_the_curve_of_a_profile_is_converted(make_image: Make, render: Render) -> None:
    picture = render(make_image(COLOURS, ICCProfile=_linear_profile())).astype(int)
    assert np.abs(picture[0, 3] - 188).max() <= 1  # 1.055 * (128 / 255) ** (1 / 2.4) - 0.055 = 0.7370
    assert np.abs(picture[0, 0] - [255, 0, 0]).max() <= 1


def test_the_profile_of_an_optical_path_counts(make_image: Make, render: Render) -> None:
    path = Dataset()
    path.ICCProfile = _swapping_profile()
    picture = render(make_image(COLOURS, OpticalPathSequence=[path])).astype(int)
    assert np.abs(picture - COLOURS[..., ::-1]).max() <= 1


@pytest.mark.parametrize("profile", [b"", b"no profile" * 20, None])
def test_no_profile_sRGB_s_own_and_a_damaged_one_change_nothing(
    make_image: Make, render: Render, profile: bytes | None
) -> None:
    if profile is None:
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert np.array_equal(render(make_image(COLOURS, ICCProfile=profile)), COLOURS)


def test_a_palette_is_converted_too(make_image: Make, render: Render) -> None:
    elements: dict = {"PhotometricInterpretation": "PALETTE COLOR", "ICCProfile": _swapping_profile()}
    for name, value in (("Red", 255), ("Green", 0), ("Blue", 0)):
        elements[f"{name}PaletteColorLookupTableDescriptor"] = [1, 0, 8]
        elements[f"{name}PaletteColorLookupTableData"] = bytes([value, 0])
    picture = render(make_image(np.zeros((1, 2), np.uint8), **elements)).astype(int)
    assert np.abs(picture - [0, 0, 255]).max() <= 1


def test_the_profiles_of_these_tests_can_be_read() -> None:
    for profile in (_swapping_profile(), _linear_profile()):
        assert ImageCms.ImageCmsProfile(BytesIO(profile)).profile.xcolor_space == "RGB "
