"""A compressed frame that is not all there is refused, whatever its codec would make of it."""

import sys
from collections.abc import Callable
from io import BytesIO
from random import Random
from struct import pack

import imagecodecs
import numpy as np
import pytest
from pydicom.uid import (
    HTJ2KLossless,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from tests.in_a_child import in_a_child
from viewer_api.errors import CannotRender
from viewer_api.later_syntaxes import JPEG_XL, JPEG_XL_LOSSLESS
from viewer_api.rendering.codecs import decode_encapsulated
from viewer_api.rendering.codestream import check_codestream, has_end, has_its_segments
from viewer_api.rendering.image import read_frame, read_image
from viewer_api.rendering.pixel_format import PixelFormat
from viewer_api.rendering.through_imagecodecs import decode_htj2k

Make = Callable[..., bytes]

GREY = np.random.default_rng(3).integers(0, 4096, (64, 48)).astype(np.uint16)
COLOUR = np.random.default_rng(4).integers(0, 256, (64, 48, 3)).astype(np.uint8)
ENCODERS: dict[str, Callable[[np.ndarray], bytes]] = {
    JPEGBaseline8Bit: lambda pixels: imagecodecs.jpeg8_encode(pixels if pixels.ndim == 3 else pixels.astype(np.uint8)),
    JPEGLosslessSV1: lambda pixels: imagecodecs.jpeg8_encode(
        pixels, lossless=True, predictor=1, bitspersample=pixels.dtype.itemsize * 8
    ),
    JPEGLSLossless: imagecodecs.jpegls_encode,
    JPEG2000Lossless: lambda pixels: imagecodecs.jpeg2k_encode(pixels, codecformat="J2K", reversible=True),
    HTJ2KLossless: lambda pixels: imagecodecs.htj2k_encode(pixels, reversible=True),
    JPEG_XL_LOSSLESS: lambda pixels: imagecodecs.jpegxl_encode(pixels, lossless=True),
    JPEG_XL: lambda pixels: imagecodecs.jpegxl_encode(pixels, level=90),
}


def format_of(pixels: np.ndarray, syntax: str) -> PixelFormat:
    samples, bits = (3 if pixels.ndim == 3 else 1), (8 if syntax == JPEGBaseline8Bit else pixels.dtype.itemsize * 8)
    return PixelFormat(
        rows=pixels.shape[0],
        columns=pixels.shape[1],
        frames=1,
        samples=samples,
        photometric="RGB" if samples == 3 else "MONOCHROME2",
        planar=0,
        allocated=bits,
        stored=bits,
        high_bit=bits - 1,
        signed=False,
        floating=0,
    )


def shown_of_cut(syntax: str) -> dict[str, int]:
    """Cut frames off at many places; return how many whole ones are shown, and how many that were cut."""
    shown = {"whole": 0, "cut": 0}
    for pixels in (GREY, COLOUR):
        whole = ENCODERS[syntax](pixels)
        for end in (len(whole), *range(len(whole) // 10, len(whole) - 2, len(whole) // 12)):
            try:
                decode_encapsulated(whole[:end], format_of(pixels, syntax), syntax)
            except CannotRender:
                continue
            shown["whole" if end == len(whole) else "cut"] += 1
    return shown


@pytest.mark.parametrize("syntax", ENCODERS)
def test_a_frame_that_was_cut_off_is_never_shown(syntax: str) -> None:
    assert in_a_child(shown_of_cut, syntax) == {"whole": 2, "cut": 0}


def test_zeros_behind_a_frame_are_no_part_of_it() -> None:
    whole = ENCODERS[JPEGLSLossless](GREY)
    assert has_end(whole) and has_end(whole + bytes(65)) and has_end(whole + bytes(5000))
    assert not has_end(whole[:-2]) and not has_end(whole[:-2] + bytes(5000)) and not has_end(bytes(5000))


@pytest.mark.parametrize("syntax", [JPEG_XL_LOSSLESS, HTJ2KLossless])
@pytest.mark.parametrize("pixels", [GREY, COLOUR], ids=["grey", "colour"])
def test_an_object_of_a_later_syntax_is_shown_as_it_was(make_image: Make, syntax: str, pixels: np.ndarray) -> None:
    source = BytesIO(make_image(pixels, syntax=syntax, frames=[ENCODERS[syntax](pixels)]))
    assert np.array_equal(read_frame(source, read_image(source), 0).pixels, pixels)


@pytest.mark.parametrize(
    ("count", "offsets", "right"),
    [
        (1, [64], True),
        (2, [64, 120], True),
        (2, [64, 199], True),
        (2, [64, 200], False),  # behind the last byte: its decoder would read there, and show what it finds
        (2, [64, 4_000_000_000], False),
        (2, [120, 64], False),
        (2, [64, 64], False),
        (1, [63], False),
        (0, [], False),
        (16, [64 + each for each in range(15)], False),
    ],
)
def test_the_segments_of_an_rle_frame_lie_within_it(count: int, offsets: list[int], right: bool) -> None:
    frame = pack("<16L", count, *offsets, *[0] * (15 - len(offsets))) + bytes(136)
    assert has_its_segments(frame) is right
    assert not has_its_segments(frame[:60])
    format_ = format_of(COLOUR[:20, :20, 0], RLELossless)
    if right:
        check_codestream(frame, format_, RLELossless)
    else:
        with pytest.raises(CannotRender, match="segments"):
            check_codestream(frame, format_, RLELossless)


def broken_off() -> dict[str, int]:
    """Spoil frames of HTJ2K inside; return how many break the codec off, and how many of those it says only aside."""
    random, counts, aside = Random(5), {"refused": 0, "aside": 0}, list[object]()
    sys.unraisablehook = aside.append
    whole = {pixels.ndim: ENCODERS[HTJ2KLossless](pixels) for pixels in (GREY, COLOUR)}
    for number in range(400):
        pixels = (GREY, COLOUR)[number % 2]
        spoiled = bytearray(whole[pixels.ndim])
        for _ in range(3):
            spoiled[random.randrange(120, len(spoiled) - 2)] = random.randrange(256)
        try:
            decode_htj2k(bytes(spoiled), format_of(pixels, HTJ2KLossless), HTJ2KLossless)
        except ValueError as error:
            counts["refused"] += "broke off" in str(error)
        except RuntimeError:
            continue
    return {**counts, "aside": len(aside)}


def test_what_a_codec_says_only_aside_is_a_failure() -> None:
    """OpenJPH's binding prints its errors and returns memory that nobody wrote."""
    counts = in_a_child(broken_off)
    assert counts["refused"] > 0 and counts["aside"] == 0
