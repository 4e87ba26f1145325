"""The grey-scale pipeline against values computed by hand: layout, modality, polarity, padding (PS3.3 C.11)."""

from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
from pydicom.dataset import Dataset

from viewer_api.errors import CannotRender
from viewer_api.rendering.image import read_image
from viewer_api.rendering.voi import Window

Make = Callable[..., bytes]
Render = Callable[..., np.ndarray]

EXACT = Window(127.5, 255, "LINEAR_EXACT")  # shows a value between 0 and 255 as itself


def _words(*values: int) -> bytes:
    return np.array(values, "<u2").tobytes()


def test_rescale_comes_before_the_window(make_image: Make, render: Render) -> None:
    image = make_image(np.array([[1000, 1100, 1200]], np.uint16), RescaleSlope="0.5", RescaleIntercept="-500")
    assert render(image, window=EXACT).tolist() == [[0, 50, 100]]


def test_an_intercept_alone_is_a_rescale(make_image: Make, render: Render) -> None:
    image = make_image(np.array([[1000, 1100]], np.uint16), RescaleIntercept="-1000")
    assert render(image, window=EXACT).tolist() == [[0, 100]]


def test_a_slope_of_zero_is_refused(make_image: Make, render: Render) -> None:
    with pytest.raises(CannotRender, match="slope"):
        render(make_image(np.zeros((2, 2), np.uint16), RescaleSlope="0", RescaleIntercept="0"))


def test_each_frame_has_its_own_rescale(make_image: Make, render: Render) -> None:
    def group(slope: str) -> Dataset:
        transformation, groups = Dataset(), Dataset()
        transformation.RescaleSlope, transformation.RescaleIntercept = slope, "0"
        groups.PixelValueTransformationSequence = [transformation]
        return groups

    image = make_image(np.full((2, 1, 1), 50, np.uint16), PerFrameFunctionalGroupsSequence=[group("1"), group("2")])
    assert render(image, 0, window=EXACT).tolist() == [[50]]
    assert render(image, 1, window=EXACT).tolist() == [[100]]


def test_a_modality_lut_takes_the_place_of_the_rescale(make_image: Make, render: Render) -> None:
    table = Dataset()
    table.LUTDescriptor, table.LUTData, table.ModalityLUTType = [3, 5, 16], _words(10, 200, 30), "US"
    image = make_image(np.array([[0, 5, 6, 7, 99]], np.uint16), ModalityLUTSequence=[table])
    assert render(image, window=EXACT).tolist() == [[10, 10, 200, 30, 30]]


def test_a_table_whose_first_value_is_negative(make_image: Make, render: Render) -> None:
    table = Dataset()
    table.add_new("LUTDescriptor", "SS", [3, -1, 16])
    table.add_new("LUTData", "US", [10, 20, 30])
    table.ModalityLUTType = "US"
    image = make_image(np.array([[-5, -1, 0, 1, 5]], np.int16), ModalityLUTSequence=[table])
    assert render(image, window=EXACT).tolist() == [[10, 10, 20, 30, 30]]


def test_a_table_with_too_few_entries_is_refused(make_image: Make, render: Render) -> None:
    table = Dataset()
    table.LUTDescriptor, table.LUTData, table.ModalityLUTType = [9, 0, 16], _words(1, 2), "US"
    with pytest.raises(CannotRender, match="fewer entries"):
        render(make_image(np.zeros((2, 2), np.uint16), ModalityLUTSequence=[table]))


def test_monochrome1_shows_low_values_bright(make_image: Make, render: Render) -> None:
    image = make_image(np.array([[0, 100, 255]], np.uint16), PhotometricInterpretation="MONOCHROME1")
    assert render(image, window=EXACT).tolist() == [[255, 155, 0]]


def test_monochrome1_with_its_inverse_presentation_shape_is_inverted_once(make_image: Make, render: Render) -> None:
    image = make_image(
        np.array([[0, 255]], np.uint16), PhotometricInterpretation="MONOCHROME1", PresentationLUTShape="INVERSE"
    )
    assert render(image, window=EXACT).tolist() == [[255, 0]]


def test_signed_values(make_image: Make, render: Render) -> None:
    image = make_image(np.array([[-128, 0, 127]], np.int16))
    assert render(image, window=Window(-0.5, 255, "LINEAR_EXACT")).tolist() == [[0, 128, 255]]


def test_unused_high_bits_are_masked_and_the_sign_is_restored(make_image: Make, render: Render) -> None:
    # 12 bits stored, the upper four hold an old overlay; 0xFFF is -1 as a signed 12-bit number
    words = np.array([[0xF064, 0x0064, 0xFFFF]], np.uint16)
    unsigned = make_image(words, BitsStored=12, HighBit=11)
    assert render(unsigned, window=EXACT).tolist() == [[100, 100, 255]]
    signed = make_image(words, BitsStored=12, HighBit=11, PixelRepresentation=1, RescaleIntercept="1")
    assert render(signed, window=EXACT).tolist() == [[101, 101, 0]]


def test_a_high_bit_above_the_stored_bits(make_image: Make, render: Render) -> None:
    image = make_image(np.array([[0x640F]], np.uint16), BitsStored=8, HighBit=15)
    assert render(image, window=EXACT).tolist() == [[100]]


def test_without_a_window_the_whole_range_is_shown_and_padding_left_out(make_image: Make, render: Render) -> None:
    image = make_image(np.array([[-2000, 100, 150, 200]], np.int16), PixelPaddingValue=-2000)
    assert render(image).tolist() == [[0, 0, 128, 255]]


def test_a_range_of_padding_is_left_out(make_image: Make, render: Render) -> None:
    image = make_image(np.array([[0, 5, 9, 100, 200]], np.uint16), PixelPaddingValue=0, PixelPaddingRangeLimit=9)
    assert render(image).tolist() == [[0, 0, 0, 0, 255]]


def test_a_padding_value_written_with_the_wrong_sign_is_understood(make_image: Make, render: Render) -> None:
    image = make_image(np.array([[-2000, 100, 200]], np.int16))
    wrong = make_image(np.array([[-2000, 100, 200]], np.int16), PixelPaddingValue=-2000)
    assert render(image).tolist() != render(wrong).tolist()


def test_nothing_but_padding_is_refused(make_image: Make, render: Render) -> None:
    with pytest.raises(CannotRender, match="padding"):
        render(make_image(np.zeros((2, 2), np.uint16), PixelPaddingValue=0))


def test_32_bit_values(make_image: Make, render: Render) -> None:
    image = make_image(np.array([[1_000_000, 1_500_000, 2_000_000]], np.uint32))
    assert render(image).tolist() == [[0, 128, 255]]
    assert render(image, window=Window(1_000_127.5, 255, "LINEAR_EXACT")).tolist() == [[0, 255, 255]]


def test_signed_32_bit_values(make_image: Make, render: Render) -> None:
    image = make_image(np.array([[-100, 0, 100]], np.int32))
    assert render(image).tolist() == [[0, 128, 255]]


def test_single_bits_of_frames_that_share_bytes(make_image: Make, render: Render) -> None:
    frames = np.random.default_rng(1).integers(0, 2, (2, 3, 5), np.uint8)  # 15 bits a frame
    packed = np.packbits(frames.ravel(), bitorder="little").tobytes()
    image = make_image(frames, BitsAllocated=1, BitsStored=1, HighBit=0, raw=packed)
    for index in (0, 1):
        assert render(image, index).tolist() == (frames[index] * 255).tolist()


def test_float_pixels(make_image: Make, render: Render) -> None:
    array = np.array([[0.25, 0.5, np.nan, 0.75]], np.float32)
    image = make_image(array.view(np.uint32))
    image = image.replace(b"\xe0\x7f\x10\x00OW", b"\xe0\x7f\x08\x00OF")
    assert render(image).tolist() == [[0, 128, 0, 255]]


def test_double_float_pixels_and_their_padding(make_image: Make, render: Render) -> None:
    array = np.array([[-1e30, 0.25, 0.5, 0.75]], np.float64)
    words = array.view(np.uint32)  # two columns of 32 bits where there is one of 64
    image = make_image(words, Columns=4, DoubleFloatPixelPaddingValue=-1e30)
    image = image.replace(b"\xe0\x7f\x10\x00OW", b"\xe0\x7f\x09\x00OD")
    assert render(image).tolist() == [[0, 0, 128, 255]]


@pytest.mark.parametrize(
    ("elements", "reason"),
    [
        ({"BitsStored": 17}, "contradict"),
        ({"HighBit": 16}, "contradict"),
        ({"BitsAllocated": 24, "BitsStored": 24, "HighBit": 23}, "24 bits"),
        ({"PhotometricInterpretation": "HSV"}, "photometric"),
        ({"PhotometricInterpretation": "RGB"}, "samples"),
        ({"Rows": 0}, "no rows"),
        ({"Rows": None}, "Rows is absent"),
        ({"Columns": 65535, "Rows": 65535, "BitsAllocated": 32, "BitsStored": 32, "HighBit": 31}, "larger"),
        ({"NumberOfFrames": -1}, "number of frames"),
        ({"Columns": 9}, "ends before"),
    ],
)
def test_what_contradicts_itself_is_refused(make_image: Make, render: Render, elements: dict, reason: str) -> None:
    with pytest.raises(CannotRender, match=reason):
        render(make_image(np.zeros((4, 4), np.uint16), **elements))


def test_the_header_is_read_without_the_pixels(make_image: Make) -> None:
    class Counting(BytesIO):
        taken = 0

        def read(self, size: int | None = -1, /) -> bytes:
            data = super().read(size)
            Counting.taken += len(data)
            return data

    read_image(Counting(make_image(np.zeros((1000, 1000), np.uint16))))
    assert Counting.taken < 20_000
