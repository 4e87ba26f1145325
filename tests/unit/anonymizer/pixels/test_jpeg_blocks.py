"""Blocks of JPEG are blacked in their coefficients: all others stay, in every layout; what is damaged is refused."""

import os
from itertools import pairwise

import imagecodecs
import numpy as np
import pytest

from anonymizer.pixels import Box
from anonymizer.pixels.huffman import HuffmanTable
from anonymizer.pixels.jpeg_blanking import blank_jpeg
from anonymizer.pixels.jpeg_blocks import blacked_jpeg
from anonymizer.pixels.jpeg_segments import TableSlot, read_jpeg
from anonymizer.pixels.layout import PixelLayout
from tests.unit.anonymizer.pixels.pictures import jpeg

ROWS, COLUMNS = 70, 93  # no multiples of a block
BOX = Box(20, 17, 40, 9)
ROUNDS = int(os.environ.get("OVERREAD_EXAMPLES", "80"))


def scene(samples):
    """Return a picture with edges, flats and noise."""
    rng = np.random.default_rng(samples)
    y, x = np.mgrid[0:ROWS, 0:COLUMNS]
    planes = [(x * (2 + each) + 60 * ((y // 11 + each) % 2) + rng.integers(0, 25, x.shape)) % 256 for each in range(3)]
    return np.stack(planes[:samples], 2).astype(np.uint8)


def components(data, samples):
    """Return the samples as libjpeg decodes them, colours not transformed."""
    space = "YCBCR" if samples == 3 else None
    decoded = np.asarray(imagecodecs.jpeg8_decode(data, colorspace=space, outcolorspace=space))
    return decoded.reshape(ROWS, COLUMNS, samples)


def inside(across, down):
    mask = np.zeros((ROWS, COLUMNS), bool)
    mask[
        BOX.y // down * down : -(-BOX.bottom // down) * down,
        BOX.x // across * across : -(-BOX.right // across) * across,
    ] = True
    return mask


@pytest.mark.parametrize("how", [{}, {"optimize": True}, {"restart_marker_blocks": 3}, {"restart_marker_rows": 1}])
@pytest.mark.parametrize(("subsampling", "mcu"), [(0, (8, 8)), (1, (16, 8)), (2, (16, 16))])
def test_luminance_is_black_inside_and_the_same_outside(subsampling, mcu, how):
    data = jpeg(scene(3), subsampling=subsampling, **how)
    before, after = components(data, 3), components(blacked_jpeg(data, [BOX], (0, 128, 128)), 3)
    mask = inside(*mcu)
    assert (after[mask, 0] == 0).all()
    assert np.array_equal(after[~mask, 0], before[~mask, 0])
    if subsampling == 0:
        assert (after[mask] == (0, 128, 128)).all() and np.array_equal(after[~mask], before[~mask])


def test_a_table_that_no_scan_reads_need_not_be_one():
    data = jpeg(scene(1))
    blanked = b"\xff\xc4\0\x1b\3" + bytes([0] * 7 + [8] + [0] * 8) + bytes(8)
    assert (
        blacked_jpeg(data[:2] + blanked + data[2:], [BOX], (0,))
        == data[:2] + blanked + blacked_jpeg(data, [BOX], (0,))[2:]
    )


@pytest.mark.parametrize("black", [0, 255])
def test_grey_is_black_inside_and_the_same_outside(black):
    data = jpeg(scene(1), optimize=True)
    before, after = components(data, 1), components(blacked_jpeg(data, [BOX], (black,)), 1)
    mask = inside(8, 8)
    assert (after[mask] == black).all() and np.array_equal(after[~mask], before[~mask])


@pytest.mark.parametrize("subsampling", [0, 1, 2])
def test_the_proof_holds_for_every_sampling(subsampling):
    layout = PixelLayout(ROWS, COLUMNS, 1, 3, "YBR_FULL_422", 0, 8, 8, False)
    assert blank_jpeg(jpeg(scene(3), subsampling=subsampling), layout, (BOX, Box(92, 69, 1, 1)))


def test_blacking_again_changes_nothing():
    once = blacked_jpeg(jpeg(scene(3), subsampling=2), [BOX], (0, 128, 128))
    assert blacked_jpeg(once, [BOX], (0, 128, 128)) == once


def test_without_a_box_the_image_stays_byte_by_byte():
    for how in ({}, {"optimize": True}, {"restart_marker_blocks": 2}):
        data = jpeg(scene(3), **how)
        assert blacked_jpeg(data, [], (0, 128, 128)) == data


def test_components_in_scans_of_their_own_are_blacked_too():
    """A scan of one component is written as an image of that component alone: three such make one image."""
    colours = scene(3)
    planes = [colours[:, :, :1], colours[:, ::2, 1:2], colours[:, ::2, 2:3]]
    parts = [read_jpeg(jpeg(np.ascontiguousarray(plane), quality=90)) for plane in planes]
    tables = b"".join(each for each in parts[0].segments if isinstance(each, bytes) and each[1] == 0xDB)
    frame = b"\xff\xc0" + bytes([0, 17, 8, 0, ROWS, 0, COLUMNS, 3, 1, 0x21, 0, 2, 0x11, 0, 3, 0x11, 0])
    codes = b"".join(
        b"\xff\xc4"
        + (len(slot.table.body()) + 3).to_bytes(2, "big")
        + bytes([slot.kind_and_number])
        + slot.table.body()
        for slot in parts[0].segments
        if isinstance(slot, TableSlot)
    )
    data = b"\xff\xd8" + tables + frame + codes
    for number, part in enumerate(parts, 1):
        data += b"\xff\xda" + bytes([0, 8, 1, number, 0, 0, 63, 0])
        data += part.segments[-1].intervals[0].replace(b"\xff", b"\xff\x00")
    data += b"\xff\xd9"
    before, after = components(data, 3), components(blacked_jpeg(data, [BOX], (0, 128, 128)), 3)
    mask = inside(16, 8)
    assert (after[mask, 0] == 0).all() and np.array_equal(after[~mask, 0], before[~mask, 0])
    assert (after[20, 34:58] == (0, 128, 128)).all()


def test_a_table_that_lacks_a_symbol_gets_it_and_no_code_moves():
    table = HuffmanTable(bytes([0, 3, *[0] * 14]), bytes([1, 2, 3]))
    more = table.with_symbols({0, 11})
    assert {symbol: (more.lengths[symbol], more.codes[symbol]) for symbol in (1, 2, 3)} == {
        1: (2, 0), 2: (2, 1), 3: (2, 2),
    }  # fmt: skip
    texts = sorted(f"{more.codes[symbol]:0{more.lengths[symbol]}b}" for symbol in more.codes)
    assert not any(later.startswith(earlier) for earlier, later in pairwise(texts))
    assert "1" * 16 not in texts and len(texts) == 5


def test_a_flat_image_has_too_few_codes_for_black_and_gets_them():
    flat = np.full((ROWS, COLUMNS, 1), 128, np.uint8)
    data = jpeg(flat, optimize=True)
    after = components(blacked_jpeg(data, [BOX], (0,)), 1)
    mask = inside(8, 8)
    assert (after[mask] == 0).all() and (after[~mask] == 128).all()


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\xff\xd8\xff\xd9", jpeg(scene(3), progressive=True), jpeg(scene(1))[:-400], jpeg(scene(1))[:-2],
        jpeg(scene(1)).replace(b"\xff\xda", b"\xff\xdb"), jpeg(scene(1)) [:-2] + b"\x00" * 40 + b"\xff\xd9",
    ],
)  # fmt: skip
def test_what_is_no_whole_sequential_image_is_refused(data):
    with pytest.raises(ValueError, match=r"\w"):
        blacked_jpeg(data, [BOX], (0,))


def test_damaged_images_are_refused_or_stay_as_long_as_they_are():
    """Whatever the bytes are, there is an answer at once: an error of one kind, or an image of the same size."""
    rng = np.random.default_rng(8)
    whole = [jpeg(scene(3)[:32, :48], subsampling=2, restart_marker_blocks=2), jpeg(scene(1)[:32, :48], optimize=True)]
    refused = 0
    for number in range(ROUNDS):
        data = bytearray(whole[number % 2])
        for _ in range(int(rng.integers(1, 6))):
            data[int(rng.integers(2, len(data)))] = int(rng.choice((0, 255, rng.integers(256))))
        try:
            result = blacked_jpeg(bytes(data), [Box(3, 3, 20, 9)], (0, 128, 128) if number % 2 == 0 else (0,))
        except ValueError:
            refused += 1
        else:
            assert len(result) < 2 * len(data)
    assert 0 < refused < ROUNDS
