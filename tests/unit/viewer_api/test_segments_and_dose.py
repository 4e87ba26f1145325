"""Segmentations in their colours, dose grids in one window, against values computed by hand (PS3.3 C.8.20, C.8.8.3)."""

from collections.abc import Callable

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import RTDoseStorage, SegmentationStorage

from viewer_api.errors import CannotRender
from viewer_api.rendering.segments import cielab_to_srgb
from viewer_api.rendering.voi import Window

Make = Callable[..., bytes]
Render = Callable[..., np.ndarray]

EXACT = Window(127.5, 255, "LINEAR_EXACT")


def _cielab(lightness: float, a: float, b: float) -> list[int]:
    return [round(lightness / 100 * 65535), round((a + 128) / 255 * 65535), round((b + 128) / 255 * 65535)]


# CIELab (D50) of sRGB's own colours, as published for its profile: red, green, blue, white, mid grey, black
RED, GREEN, BLUE = _cielab(54.29, 80.81, 69.89), _cielab(87.82, -79.29, 80.99), _cielab(29.57, 68.30, -112.03)


@pytest.mark.parametrize(
    ("cielab", "rgb"),
    [
        (RED, (255, 0, 0)),
        (GREEN, (0, 255, 0)),
        (BLUE, (0, 0, 255)),
        (_cielab(100, 0, 0), (255, 255, 255)),
        (_cielab(53.59, 0, 0), (128, 128, 128)),
        (_cielab(0, 0, 0), (0, 0, 0)),
    ],
)
def test_cielab_becomes_srgb(cielab: list[int], rgb: tuple[int, int, int]) -> None:
    assert np.abs(np.subtract(cielab_to_srgb(*cielab), rgb)).max() <= 1


def _segment(number: int, cielab: list[int] | None) -> Dataset:
    segment = Dataset()
    segment.SegmentNumber, segment.SegmentLabel = number, f"S{number}"
    if cielab is not None:
        segment.RecommendedDisplayCIELabValue = cielab
    return segment


def _frame_of(number: int) -> Dataset:
    identified, groups = Dataset(), Dataset()
    identified.ReferencedSegmentNumber = number
    groups.SegmentIdentificationSequence = [identified]
    return groups


def _near(picture: np.ndarray, expected: list) -> bool:
    return bool(np.abs(picture.astype(int) - expected).max() <= 1)


def test_each_frame_of_a_binary_segmentation_has_the_colour_of_its_segment(make_image: Make, render: Render) -> None:
    frames = np.array([[[1, 0, 1, 0]], [[0, 1, 1, 0]]], np.uint8)
    image = make_image(
        frames,
        raw=np.packbits(frames.ravel(), bitorder="little").tobytes(),
        BitsAllocated=1,
        BitsStored=1,
        HighBit=0,
        SOPClassUID=SegmentationStorage,
        SegmentationType="BINARY",
        SegmentSequence=[_segment(1, RED), _segment(2, BLUE)],
        PerFrameFunctionalGroupsSequence=[_frame_of(1), _frame_of(2)],
    )
    assert _near(render(image, 0), [[[255, 0, 0], [0, 0, 0], [255, 0, 0], [0, 0, 0]]])
    assert _near(render(image, 1), [[[0, 0, 0], [0, 0, 255], [0, 0, 255], [0, 0, 0]]])


def _fractional(make_image: Make, **elements: object) -> bytes:
    usual: dict[str, object] = {
        "SOPClassUID": SegmentationStorage,
        "SegmentationType": "FRACTIONAL",
        "SegmentSequence": [_segment(1, GREEN)],
        "SharedFunctionalGroupsSequence": [_frame_of(1)],
        "MaximumFractionalValue": 200,
    }
    return make_image(np.array([[0, 50, 100, 200]], np.uint8), **{**usual, **elements})


def test_a_fractional_segmentation_is_as_strong_as_its_fraction(make_image: Make, render: Render) -> None:
    assert _near(render(_fractional(make_image)), [[[0, 0, 0], [0, 64, 0], [0, 128, 0], [0, 255, 0]]])


def test_a_segmentation_for_which_a_window_is_asked_is_grey(make_image: Make, render: Render) -> None:
    assert render(_fractional(make_image), window=EXACT).tolist() == [[0, 50, 100, 200]]


def test_a_fraction_of_nothing_known_is_refused(make_image: Make, render: Render) -> None:
    with pytest.raises(CannotRender, match="whole"):
        render(_fractional(make_image, MaximumFractionalValue=0))


def test_a_frame_of_a_segment_nobody_describes_is_refused(make_image: Make, render: Render) -> None:
    with pytest.raises(CannotRender, match="describe"):
        render(_fractional(make_image, SegmentSequence=[_segment(7, RED)]))


def test_a_segmentation_without_colours_is_grey(make_image: Make, render: Render) -> None:
    picture = render(_fractional(make_image, SegmentSequence=[_segment(1, None)]))
    assert picture.tolist() == [[0, 64, 128, 255]]


def test_a_label_map_has_the_colour_of_each_segment_and_others_get_one_of_their_own(
    make_image: Make, render: Render
) -> None:
    image = make_image(
        np.array([[0, 1, 3, 2, 2]], np.uint16),
        SOPClassUID="1.2.840.10008.5.1.4.1.1.66.7",
        SegmentationType="LABELMAP",
        SegmentSequence=[_segment(1, RED), _segment(3, BLUE), _segment(2, None)],
    )
    picture = render(image)
    assert _near(picture[:, :3], [[[0, 0, 0], [255, 0, 0], [0, 0, 255]]])
    assert picture[0, 3].tolist() == picture[0, 4].tolist() != [0, 0, 0]


def _dose(make_image: Make) -> bytes:
    grid = np.array([[[0, 1000]], [[0, 500]], [[0, 2000]]], np.uint32)
    return make_image(grid, SOPClassUID=RTDoseStorage, DoseGridScaling="0.01", DoseUnits="GY", Modality="RTDOSE")


def test_planes_of_a_dose_grid_are_shown_in_one_window(make_image: Make, render: Render) -> None:
    image = _dose(make_image)
    assert [render(image, index).tolist() for index in range(3)] == [[[0, 128]], [[0, 64]], [[0, 255]]]


def test_a_window_over_dose_is_in_gray(make_image: Make, render: Render) -> None:
    # 10 Gy in a window of 0 to 40 Gy: a quarter
    assert render(_dose(make_image), 0, window=Window(20, 40, "LINEAR_EXACT")).tolist() == [[0, 64]]
