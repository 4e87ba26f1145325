"""Windows and VOI LUTs against values computed by hand (PS3.3 C.11.2)."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from pydicom.dataset import Dataset

from config.errors import Malformed
from viewer_api.rendering.voi import Window, full_range, read_voi


def _grey(window: Window, *values: float) -> list[int]:
    return window.apply(np.array(values, np.float64)).tolist()


def test_linear_follows_the_standard_s_own_example() -> None:
    # C.11.2.1.2.1 note: c=2048, w=4096 maps 0..4095 onto the whole output range
    assert _grey(Window(2048, 4096), -1, 0, 4095, 5000) == [0, 0, 255, 255]
    # ((2048 - 2047.5) / 4095 + 0.5) * 255 = 127.53
    assert _grey(Window(2048, 4096), 2048) == [128]


def test_linear_of_width_one_is_a_threshold() -> None:
    # c - 0.5 - (w - 1) / 2 and c - 0.5 + (w - 1) / 2 are the same: at most black, above white
    assert _grey(Window(100, 1), 99, 99.5, 99.6, 100) == [0, 0, 255, 255]


def test_linear_exact_uses_the_width_itself() -> None:
    # ((x - c) / w + 0.5) * 255 with c=50 w=100: 0 -> 0, 25 -> 63.75, 50 -> 127.5, 100 -> 255
    assert _grey(Window(50, 100, "LINEAR_EXACT"), -5, 0, 25, 50, 100, 101) == [0, 0, 64, 128, 255, 255]


def test_sigmoid_is_half_at_its_center_and_never_steps() -> None:
    assert _grey(Window(10, 20, "SIGMOID"), 10) == [128]
    # 255 / (1 + exp(-4 * (20 - 10) / 20)) = 255 / (1 + e^-2)
    assert _grey(Window(10, 20, "SIGMOID"), 20) == [round(255 / (1 + math.exp(-2)))]
    assert _grey(Window(10, 20, "SIGMOID"), -1e9, 1e9) == [0, 255]


@pytest.mark.parametrize(
    ("center", "width", "function"),
    [(0, 0, "LINEAR"), (0, 0.9, "LINEAR"), (0, -1, "SIGMOID"), (0, 0, "LINEAR_EXACT"), (math.nan, 1, "LINEAR")],
)
def test_a_window_the_standard_does_not_permit_is_malformed(center: float, width: float, function: str) -> None:
    with pytest.raises(Malformed):
        Window(center, width, function)  # type: ignore[arg-type]


def test_full_range_spreads_lowest_to_highest_over_all_greys() -> None:
    assert _grey(full_range(-10, 10), -10, 0, 10) == [0, 128, 255]
    assert _grey(full_range(7, 7), 7) == [0]


def test_several_windows_keep_their_order_and_useless_ones_are_passed_over() -> None:
    header = Dataset()
    header.WindowCenter, header.WindowWidth = [40, 50, 60], [400, 0, 80]
    assert read_voi(header, 0, signed=False, little_endian=True) == (Window(40, 400), Window(60, 80))


def test_a_narrow_linear_window_in_a_file_is_taken_exactly() -> None:
    header = Dataset()
    header.WindowCenter, header.WindowWidth = 0.5, 0.25
    assert read_voi(header, 0, signed=False, little_endian=True) == (Window(0.5, 0.25, "LINEAR_EXACT"),)


def test_an_unknown_function_leaves_the_window_out() -> None:
    header = Dataset()
    header.WindowCenter, header.WindowWidth, header.VOILUTFunction = 1, 2, "CURVED"
    assert read_voi(header, 0, signed=False, little_endian=True) == ()


def test_the_frame_s_own_window_comes_before_the_shared_and_the_common_one() -> None:
    def group(center: int) -> Dataset:
        voi, groups = Dataset(), Dataset()
        voi.WindowCenter, voi.WindowWidth = center, 10
        groups.FrameVOILUTSequence = [voi]
        return groups

    header = Dataset()
    header.WindowCenter, header.WindowWidth = 1, 10
    header.SharedFunctionalGroupsSequence = [group(2)]
    header.PerFrameFunctionalGroupsSequence = [group(3), Dataset()]
    assert read_voi(header, 0, signed=False, little_endian=True) == (Window(3, 10),)
    assert read_voi(header, 1, signed=False, little_endian=True) == (Window(2, 10),)
    del header.SharedFunctionalGroupsSequence
    assert read_voi(header, 1, signed=False, little_endian=True) == (Window(1, 10),)


def test_a_voi_lut_is_used_when_there_is_no_window(
    make_image: Callable[..., bytes], render: Callable[..., np.ndarray]
) -> None:
    table = Dataset()
    table.LUTDescriptor, table.LUTData = [4, 10, 12], np.array([0, 4095, 1000, 2048], "<u2").tobytes()
    image = make_image(np.array([[9, 10, 11, 12, 13, 14]], np.uint16), VOILUTSequence=[table])
    # output / 4095 * 255; below the first mapped value its entry, above the last one the last entry
    assert render(image).tolist() == [[0, 0, 255, 62, 128, 128]]
