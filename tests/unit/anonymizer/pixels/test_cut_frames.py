"""A compressed frame that is not all there is never taken for one, nor one over which its codec breaks off."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from random import Random
from struct import pack

import imagecodecs
import numpy as np
import pytest
from pydicom import uid
from pydicom.encaps import generate_frames

from anonymizer import CannotDeidentify
from anonymizer.pixels.layout import PixelLayout
from anonymizer.pixels.recoding import decode_frame
from tests.in_a_child import in_a_child
from tests.unit.anonymizer.pixels.pictures import COLUMNS, ROWS, compressed

GREY = PixelLayout(ROWS, COLUMNS, 1, 1, "MONOCHROME2", 0, 8, 8, False)
SYNTAXES = [
    uid.RLELossless,
    uid.JPEGBaseline8Bit,
    uid.JPEGLosslessSV1,
    uid.JPEGLSLossless,
    uid.JPEG2000Lossless,
    uid.HTJ2KLossless,
]


def whole_frame(syntax: str, bits: int = 8) -> bytes:
    """Return the one frame of noise."""
    values = np.random.default_rng(7).integers(0, 1 << bits, (1, ROWS, COLUMNS, 1)).astype(f"u{bits // 8}")
    return next(generate_frames(compressed(values, "MONOCHROME2", syntax, bits=bits).PixelData, number_of_frames=1))


def refused(syntax: str, frames: list[bytes], layout: PixelLayout = GREY) -> list[bool]:
    """Return of each frame whether it is refused."""
    said = []
    for frame in frames:
        try:
            decode_frame(frame, syntax, layout)
        except CannotDeidentify:
            said.append(True)
        else:
            said.append(False)
    return said


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_a_frame_that_was_cut_off_is_refused(syntax):
    whole = whole_frame(syntax)
    cut = [whole[:end] for end in range(len(whole) // 10, len(whole) - 2, len(whole) // 15)]
    assert in_a_child(refused, syntax, [whole, *cut]) == [False] + [True] * len(cut)


@pytest.mark.parametrize("syntax", [each for each in SYNTAXES if each != uid.RLELossless])
def test_a_frame_with_many_zeros_behind_it_is_whole(syntax):
    whole = whole_frame(syntax)
    assert in_a_child(refused, syntax, [whole + bytes(count) for count in (1, 63, 65, 5000)]) == [False] * 4


def test_an_rle_frame_whose_segments_lie_elsewhere_is_refused():
    """Its decoder would read there: at other memory of the process, or at none."""
    whole = whole_frame(uid.RLELossless, bits=16)
    places = [(64, 0xFFFF_FFF0), (64, 1 << 28), (64, len(whole)), (64, 64), (63, 200), (200, 64), (0, 0)]
    spoiled = [pack("<3L", 2, *each) + whole[12:] for each in places]
    spoiled += [pack("<L", count) + whole[4:] for count in (0, 1, 3, 16, 1 << 31)]
    words = replace(GREY, allocated=16, stored=16)
    assert in_a_child(refused, uid.RLELossless, [whole, *spoiled], words) == [False] + [True] * len(spoiled)


def test_what_a_codec_says_only_aside_is_a_refusal(capfd):
    """OpenJPH's binding prints its errors and returns memory that nobody wrote."""
    random, whole = Random(5), whole_frame(uid.HTJ2KLossless)
    spoiled = [bytearray(whole) for _ in range(300)]
    for frame in spoiled:
        for _ in range(3):
            frame[random.randrange(100, len(frame) - 2)] = random.randrange(256)
    assert any(in_a_child(refused, uid.HTJ2KLossless, list(map(bytes, spoiled))))
    assert "Exception ignored" not in capfd.readouterr().err


def refused_by_turns_and_at_once() -> tuple[list[bool], list[bool]]:
    """Return which frames of HTJ2K are refused one after the other, and which by threads at the same time."""
    values = np.random.default_rng(3).integers(0, 4096, (256, 256)).astype(np.uint16)
    layout = replace(GREY, rows=256, columns=256, allocated=16, stored=16)
    whole = imagecodecs.htj2k_encode(values, reversible=True)
    random, frames = Random(5), [whole] * 100
    for number in range(0, len(frames), 2):
        spoiled = bytearray(whole)
        for _ in range(3):
            spoiled[random.randrange(120, len(spoiled) - 2)] = random.randrange(256)
        frames[number] = bytes(spoiled)
    with ThreadPoolExecutor(4) as threads:
        at_once = list(threads.map(lambda frame: refused(uid.HTJ2KLossless, [frame], layout)[0], frames))
    return refused(uid.HTJ2KLossless, frames, layout), at_once


def test_each_thread_hears_what_a_codec_says_of_its_own_frame():
    by_turns, at_once = in_a_child(refused_by_turns_and_at_once)
    assert by_turns == at_once and 5 < sum(by_turns) <= 50
