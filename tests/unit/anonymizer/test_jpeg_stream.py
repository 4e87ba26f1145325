"""Of a JPEG or JPEG-LS code stream stays what a scan reads, and no table or frame header that none does."""

from io import BytesIO

import imagecodecs
import numpy as np
import pytest
from PIL import Image, ImageCms
from pydicom.encaps import generate_frames
from pydicom.uid import JPEGBaseline8Bit, JPEGLSLossless

from anonymizer import CannotDeidentify
from anonymizer.colour_profile import colours_alone
from tests.unit.anonymizer.code_streams import JPEG, NOTE, VALUES, behind_the_start, compressed, segment

QUANTIZATION, HUFFMAN = b"\3" + (NOTE * 4)[:64], b"\3" + bytes([0] * 7 + [40] + [0] * 8) + NOTE * 2
MAPPING = b"\2\1\1" + NOTE
COLOURS = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def cleaned(clean, image, frame: bytes, syntax: str = JPEGBaseline8Bit) -> bytes:
    result = clean(compressed(image, [frame], syntax))
    (left,) = generate_frames(result.ds.PixelData, number_of_frames=1)
    assert len(left) == len(frame) + len(frame) % 2
    return left


@pytest.mark.parametrize(
    ("marker", "body"),
    [
        (0xFFDB, QUANTIZATION),
        (0xFFDB, b"\0" + (NOTE * 4)[:64]),
        (0xFFC4, HUFFMAN),
        (0xFFC4, b"\0" + HUFFMAN[1:]),
        (0xFFCC, NOTE),
        (0xFFE2, b"ICC_PROFILE\0\1\1" + NOTE),
        (0xFFE2, b"ICC_PROFILE\0\1\2" + COLOURS + NOTE),
    ],
    ids=["quantization", "replaced", "huffman", "huffman-replaced", "arithmetic", "no-profile", "profile-in-parts"],
)
@pytest.mark.parametrize("where", ["ahead", "behind-the-scan"])
def test_a_table_that_no_scan_reads_says_nothing(clean, image, marker, body, where):
    more = segment(marker, body)
    frame = behind_the_start(JPEG, more) if where == "ahead" else JPEG[:-2] + more + JPEG[-2:]
    left = cleaned(clean, image, frame)
    assert NOTE not in left
    assert np.array_equal(imagecodecs.jpeg8_decode(left), imagecodecs.jpeg8_decode(JPEG))


def test_tables_that_a_scan_reads_stay_in_a_file_with_those_that_none_does(clean, image):
    progressive = imagecodecs.jpeg8_encode(np.dstack([VALUES, VALUES.T.reshape(48, 64), VALUES]), level=80)
    image.SamplesPerPixel, image.PhotometricInterpretation, image.PlanarConfiguration = 3, "YBR_FULL_422", 0
    assert cleaned(clean, image, progressive)[: len(progressive)] == progressive
    image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
    at = progressive.index(b"\xff\xc4")
    tables = progressive[at : progressive.index(b"\xff\xda")]  # the typical ones, two of which a grey image never reads
    frame = behind_the_start(JPEG, tables[: tables.index(b"\xff\xc0")] if b"\xff\xc0" in tables else tables)
    assert cleaned(clean, image, frame)[: len(frame)] == frame


@pytest.mark.parametrize("bad", [segment(0xFFC3, b"\x08\0\x30\0\x40\x14" + NOTE * 3), segment(0xFFC0, bytes(9) + NOTE)])
def test_a_second_frame_header_or_one_of_many_components_is_refused(clean, image, bad):
    for frame in (behind_the_start(JPEG, bad), JPEG[:-2] + bad + JPEG[-2:]):
        with pytest.raises(CannotDeidentify) as refused:
            clean(compressed(image, [frame], JPEGBaseline8Bit))
        assert refused.value.code == "pixels-unclear"


@pytest.mark.parametrize("values", [np.vstack([VALUES, VALUES]), np.dstack([VALUES] * 3)], ids=["rows", "colours"])
def test_a_picture_of_another_size_or_with_more_colours_than_the_header_says_is_refused(clean, image, values):
    with pytest.raises(CannotDeidentify) as refused:
        clean(compressed(image, [imagecodecs.jpeg8_encode(values, level=90)], JPEGBaseline8Bit))
    assert refused.value.code == "pixels-unclear"


def test_a_mapping_table_of_jpeg_ls_stays_where_a_scan_names_it(clean, image):
    frame = behind_the_start(imagecodecs.jpegls_encode(VALUES), segment(0xFFF8, MAPPING))
    assert NOTE not in cleaned(clean, image, frame, JPEGLSLossless)
    at = frame.index(b"\xff\xda") + 4
    mapped = frame[: at + 2] + b"\1" + frame[at + 3 :]
    assert NOTE in cleaned(clean, image, mapped, JPEGLSLossless)


def test_of_a_profile_of_colours_the_colours_stay_and_no_words(clean, image):
    frame = behind_the_start(JPEG, segment(0xFFE2, b"ICC_PROFILE\0\1\1" + COLOURS))
    left = cleaned(clean, image, frame)
    assert b"sRGB" in COLOURS.replace(b"\0", b"") and b"sRGB" not in left.replace(b"\0", b"")
    kept = colours_alone(COLOURS)
    assert kept in left and len(kept) == len(COLOURS)
    image.ICCProfile = COLOURS
    assert clean(compressed(image, [JPEG], JPEGBaseline8Bit)).ds.ICCProfile == kept
    picture = Image.fromarray(np.dstack([VALUES, VALUES.T.reshape(48, 64), VALUES]))
    lab = ImageCms.createProfile("LAB")
    shown = [ImageCms.profileToProfile(picture, BytesIO(each), lab, outputMode="LAB") for each in (COLOURS, kept)]
    assert shown[0].tobytes() == shown[1].tobytes()
