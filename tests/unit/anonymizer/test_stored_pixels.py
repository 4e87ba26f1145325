"""Nothing is published with the pixels but the pixels: no notes in compressed frames, nothing behind the last one."""

from io import BytesIO

import imagecodecs
import numpy as np
import pytest
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import JPEG2000Lossless, JPEGBaseline8Bit

from anonymizer import CannotDeidentify, compare

NOTE = b"Voegelein^Hildegard"
VALUES = np.random.default_rng(3).integers(0, 200, (48, 64)).astype(np.uint8)
JPEG = imagecodecs.jpeg8_encode(VALUES, level=90)
JPEG_2000 = imagecodecs.jpeg2k_encode(VALUES, codecformat="j2k", reversible=True)


def segment(marker: int, body: bytes) -> bytes:
    return marker.to_bytes(2, "big") + (len(body) + 2).to_bytes(2, "big") + body


def behind_the_start(frame: bytes, more: bytes) -> bytes:
    at = 2 if frame.startswith(b"\xff\xd8") else 4 + int.from_bytes(frame[4:6], "big")
    return frame[:at] + more + frame[at:]


def in_the_tile_part(frame: bytes, more: bytes) -> bytes:
    start = frame.index(b"\xff\x90")
    length = int.from_bytes(frame[start + 6 : start + 10], "big") + len(more)
    return frame[: start + 6] + length.to_bytes(4, "big") + frame[start + 10 : start + 12] + more + frame[start + 12 :]


def compressed(image, frames, syntax):
    image.file_meta.TransferSyntaxUID = syntax
    image.Rows, image.Columns, image.BitsAllocated, image.BitsStored, image.HighBit = 48, 64, 8, 8, 7
    image.NumberOfFrames = len(frames)
    image.PixelData = encapsulate(frames)
    image["PixelData"].VR = "OB"
    image["PixelData"].is_undefined_length = True
    return image


@pytest.mark.parametrize(
    ("frame", "syntax"),
    [
        (behind_the_start(JPEG, segment(0xFFFE, NOTE)), JPEGBaseline8Bit),
        (behind_the_start(JPEG, segment(0xFFE1, b"Exif\0\0" + NOTE)), JPEGBaseline8Bit),
        (behind_the_start(JPEG, segment(0xFFE0, b"JFXX\0\x10" + NOTE)), JPEGBaseline8Bit),
        (
            behind_the_start(JPEG, segment(0xFFED, bytes(5000) + NOTE) + b"\xff" + segment(0xFFEE, NOTE)),
            JPEGBaseline8Bit,
        ),
        (behind_the_start(JPEG_2000, segment(0xFF64, b"\0\1" + NOTE)), JPEG2000Lossless),
        (in_the_tile_part(JPEG_2000, segment(0xFF64, b"\0\1" + NOTE)), JPEG2000Lossless),
    ],
)
def test_what_is_noted_in_compressed_frames_is_blanked_and_the_picture_is_the_same(
    clean, image, as_bytes, context, frame, syntax
):
    assert NOTE in frame
    ds = compressed(image, [frame, frame], syntax)
    result = clean(ds)
    assert NOTE not in result.data
    decode = imagecodecs.jpeg8_decode if syntax == JPEGBaseline8Bit else imagecodecs.jpeg2k_decode
    frames = list(generate_frames(result.ds.PixelData, number_of_frames=2))
    assert all(np.array_equal(decode(each), decode(frame)) for each in frames)
    original = as_bytes(ds)
    assert "pixels-differ" not in compare(BytesIO(original), BytesIO(result.data), context).findings
    leaking = result.data.replace(bytes(len(NOTE)), NOTE)
    assert "pixels-differ" in compare(BytesIO(original), BytesIO(leaking), context).findings


def test_what_a_picture_needs_of_its_segments_stays(clean, image):
    needed = (
        segment(0xFFE0, b"JFIF\0\1\1\0\0\1\0\1\0\0") + segment(0xFFE8, b"mrfx\1") + segment(0xFFEE, b"Adobe" + bytes(7))
    )
    frame = behind_the_start(imagecodecs.jpeg8_encode(VALUES, level=90), needed)
    result = clean(compressed(image, [frame], JPEGBaseline8Bit))
    assert result.ds.PixelData == image.PixelData


def test_a_note_that_does_not_end_in_its_fragment_is_refused(clean, image):
    with pytest.raises(CannotDeidentify) as refused:
        clean(compressed(image, [b"\xff\xd8\xff\xfe\xff\xff" + NOTE], JPEGBaseline8Bit))
    assert refused.value.code == "malformed"


def test_a_number_of_frames_with_a_sign_is_a_number(clean, image, as_bytes):
    image.NumberOfFrames, image.PixelData = 3, bytes(range(32)) * 3
    data = as_bytes(image)
    at = data.index(b"\x28\0\x08\0IS") + 8
    assert clean(data[:at] + b"+3" + data[at + 2 :]).ds.PixelData == image.PixelData
    with pytest.raises(CannotDeidentify) as refused:
        clean(data[:at] + b"3." + data[at + 2 :])
    assert refused.value.code == "pixels-unclear"


def test_more_pixels_than_shared_colours_need_are_refused(clean, image):
    image.SamplesPerPixel, image.PhotometricInterpretation, image.PlanarConfiguration = 3, "YBR_FULL_422", 0
    image.BitsAllocated = image.BitsStored = 8
    image.HighBit = 7
    image.PixelData = bytes(image.Rows * image.Columns * 2)
    assert clean(image).ds.PixelData == image.PixelData
    image.PixelData = bytes(image.Rows * image.Columns * 3)
    with pytest.raises(CannotDeidentify) as refused:
        clean(image)
    assert refused.value.code == "pixels-unclear"


def test_pixels_of_two_kinds_are_refused(clean, image):
    image.FloatPixelData = bytes(64)
    with pytest.raises(CannotDeidentify) as refused:
        clean(image)
    assert refused.value.code == "pixels-unclear"
