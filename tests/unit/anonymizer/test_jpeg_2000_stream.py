"""Of a JPEG 2000 code stream stays what its markers ask for, and lists of lengths where they add up to the data."""

from io import BytesIO

import imagecodecs
import numpy as np
import openjpeg.utils
import pytest
from PIL import Image
from pydicom.encaps import generate_frames
from pydicom.uid import JPEG2000Lossless

from anonymizer import CannotDeidentify
from tests.unit.anonymizer.code_streams import JPEG_2000, NOTE, VALUES, behind_the_start, compressed, segment

LISTED = bytes(openjpeg.utils.encode_array(VALUES, bits_stored=8, add_tlm=True, add_plt=True))
UNLISTED = bytes(openjpeg.utils.encode_array(VALUES, bits_stored=8))
TLM, PLT = b"\xff\x55", b"\xff\x58"


def tiled(**how: object) -> bytes:
    buffer = BytesIO()
    Image.fromarray(VALUES).save(buffer, "JPEG2000", no_jp2=True, tile_size=(32, 32), comment=b"", **how)
    return buffer.getvalue()


def changed(frame: bytes, marker: bytes, place: int, by: int = 1) -> bytes:
    """Return a frame with one byte changed in the body of its first segment of a kind."""
    at = frame.index(marker) + 4 + place
    return frame[:at] + bytes([frame[at] + by & 0xFF]) + frame[at + 1 :]


def with_packets(frame: bytes, listed: bytes) -> bytes:
    """Return a frame whose main header has a PLM segment."""
    return behind_the_start(frame, segment(0xFF57, listed))


def refused(clean, image, frame: bytes) -> bool:
    try:
        clean(compressed(image, [frame], JPEG2000Lossless))
    except CannotDeidentify as error:
        assert error.code in {"pixels-unclear", "malformed"}
        return True
    return False


@pytest.mark.parametrize(
    "frame",
    [LISTED, tiled(), tiled(plt=True, quality_layers=[20, 5, 0]), tiled(precinct_size=(32, 32), progression="RPCL")],
    ids=["lists-of-lengths", "tiles", "tiles-with-lists", "precincts"],
)
def test_lists_of_lengths_that_add_up_stay(clean, image, frame):
    assert (TLM in frame) == (frame == LISTED)
    result = clean(compressed(image, [frame, frame], JPEG2000Lossless))
    for left in generate_frames(result.ds.PixelData, number_of_frames=2):
        assert np.array_equal(imagecodecs.jpeg2k_decode(left), imagecodecs.jpeg2k_decode(frame))
        assert all(left.count(marker) == frame.count(marker) for marker in (TLM, PLT))


@pytest.mark.parametrize("place", [0, 1, -1])
@pytest.mark.parametrize("marker", [TLM, PLT])
def test_lists_of_lengths_that_do_not_add_up_are_refused(clean, image, marker, place):
    at = LISTED.index(marker)
    last = int.from_bytes(LISTED[at + 2 : at + 4], "big") - 3
    assert refused(clean, image, changed(LISTED, marker, last if place < 0 else place))


@pytest.mark.parametrize("marker", [0xFF55, 0xFF57, 0xFF58, 0xFF5F, 0xFF60, 0xFF61, 0xFF5C])
def test_words_in_the_place_of_lengths_orders_and_packed_headers_are_refused(clean, image, marker):
    assert refused(clean, image, behind_the_start(JPEG_2000, segment(marker, NOTE)))
    assert refused(clean, image, behind_the_start(JPEG_2000, segment(marker, b"\0" + NOTE)))


def test_a_list_of_packets_in_the_main_header_stays_where_it_adds_up(clean, image):
    at = LISTED.index(PLT) + 4
    lengths = LISTED[at + 1 : at - 2 + int.from_bytes(LISTED[at - 2 : at], "big")]
    assert not refused(clean, image, with_packets(UNLISTED, b"\0" + bytes([len(lengths)]) + lengths))
    assert refused(clean, image, with_packets(UNLISTED, b"\0" + bytes([len(lengths)]) + lengths + b"\1\5"))


@pytest.mark.parametrize("marker", [0xFF50, 0xFF56, 0xFF59, 0xFF74, 0xFF53, 0xFF5D, 0xFF5E])
def test_segments_for_extensions_and_components_that_there_are_not_are_blanked(clean, image, marker):
    frame = behind_the_start(JPEG_2000, segment(marker, NOTE))
    result = clean(compressed(image, [frame], JPEG2000Lossless))
    assert NOTE not in result.data and NOTE[:6] not in result.data


def test_a_part_of_a_tile_that_ends_before_its_data_begins_is_refused(clean, image):
    at = JPEG_2000.index(b"\xff\x90")
    assert refused(clean, image, JPEG_2000[: at + 6] + (13).to_bytes(4, "big") + JPEG_2000[at + 10 :])


def test_the_last_part_need_not_say_how_long_it_is(clean, image):
    at = JPEG_2000.index(b"\xff\x90")
    assert not refused(clean, image, JPEG_2000[: at + 6] + bytes(4) + JPEG_2000[at + 10 :])
    assert not refused(clean, image, JPEG_2000[:-2])
