"""A JPEG XL code stream goes on where it is one picture and nothing else; of boxes only the code stream does."""

import imagecodecs
import numpy as np
import pytest
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import HTJ2KLossless

from anonymizer import CannotDeidentify
from anonymizer.jpeg_xl_header import end_of_picture
from tests.unit.anonymizer.code_streams import NOTE, VALUES, compressed

SYNTAX = b"1.2.840.10008.1.2.4.110"
BARE = imagecodecs.jpegxl_encode(VALUES, lossless=True)


def box(kind: bytes, content: bytes) -> bytes:
    return (len(content) + 8).to_bytes(4, "big") + kind + content


BEGIN = box(b"JXL ", b"\r\n\x87\n") + box(b"ftyp", b"jxl \0\0\0\0jxl ")
CONTAINED = BEGIN + box(b"jxlc", BARE)
IN_PARTS = BEGIN + box(b"jxlp", bytes(4) + BARE[:99]) + box(b"jxlp", b"\x80\0\0\1" + BARE[99:])


@pytest.fixture
def passed(clean, image, as_bytes):
    """Return what gives the one frame of an image in JPEG XL as it goes on."""

    def run(frame: bytes) -> bytes:
        data = as_bytes(compressed(image, [frame], HTJ2KLossless))  # pydicom does not write the other one
        result = clean(data.replace(HTJ2KLossless.encode(), SYNTAX))
        (left,) = generate_frames(result.ds.PixelData, number_of_frames=1)
        return left

    return run


@pytest.mark.parametrize("frame", [BARE, CONTAINED, IN_PARTS, BEGIN + box(b"jxll", b"\x0a") + box(b"jxlc", BARE)])
def test_a_picture_alone_stays_as_it_is(passed, frame):
    assert passed(frame)[: len(frame)] == frame


@pytest.mark.parametrize("kind", [b"Exif", b"xml ", b"jumb", b"brob", b"free", b"note"])
def test_boxes_of_words_are_blanked(passed, kind):
    for frame in (CONTAINED + box(kind, NOTE), BEGIN + box(kind, NOTE) + box(b"jxlc", BARE)):
        left = passed(frame)
        assert NOTE not in left and kind not in left and len(left) == len(frame) + len(frame) % 2
        assert np.array_equal(imagecodecs.jpegxl_decode(left[: len(frame)]), VALUES)


@pytest.mark.parametrize(
    "frame",
    [
        CONTAINED + box(b"jbrd", NOTE),
        BEGIN + box(b"jxlc", BARE + NOTE),
        BEGIN + box(b"jxlp", b"\0\0\0\5" + BARE),
        CONTAINED + b"\0\0\0\x02abcd",
        BEGIN,
        imagecodecs.jpegxl_encode(np.dstack([VALUES] * 4), lossless=True),
        imagecodecs.jpegxl_encode(np.stack([VALUES] * 2), lossless=True),
        b"\xff\x0a" + NOTE,
        NOTE,
    ],
    ids=[
        "a-jpeg-file",
        "behind",
        "no-such-part",
        "no-box",
        "no-code-stream",
        "alpha",
        "two-pictures",
        "words",
        "other",
    ],
)
def test_what_is_more_than_a_picture_is_refused(passed, frame):
    with pytest.raises(CannotDeidentify) as refused:
        passed(frame)
    assert refused.value.code in {"pixels-unclear", "malformed"}


@pytest.mark.parametrize("frame", [BARE, CONTAINED + box(b"Exif", NOTE)], ids=["bare", "boxes"])
def test_frames_may_be_cut_into_fragments(clean, image, as_bytes, frame):
    ds = compressed(image, [frame, frame], HTJ2KLossless)
    ds.PixelData = encapsulate([frame, frame], fragments_per_frame=3)
    result = clean(as_bytes(ds).replace(HTJ2KLossless.encode(), SYNTAX))
    assert NOTE not in result.data
    for left in generate_frames(result.ds.PixelData, number_of_frames=2):
        assert np.array_equal(imagecodecs.jpegxl_decode(left[: len(frame)]), VALUES)


def test_what_stands_behind_a_bare_code_stream_is_blanked(passed):
    left = passed(BARE + NOTE)
    assert left.startswith(BARE) and not left[len(BARE) :].strip(b"\0")


@pytest.mark.parametrize("shape", [(48, 64), (300, 700), (90, 130, 3)])
@pytest.mark.parametrize(
    "how", [{"lossless": True}, {"distance": 1.0}, {"level": 60}], ids=["lossless", "near", "lossy"]
)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_the_end_of_a_code_stream_is_found_without_decoding_it(shape, how, dtype):
    values = (np.arange(np.prod(shape)).reshape(shape) * 7 % 251).astype(dtype)
    data = imagecodecs.jpegxl_encode(values, usecontainer=False, **how)
    data = data[data.index(b"\xff\x0a") :]  # some are put into boxes all the same
    more = data + b"\xff\xff"
    found = end_of_picture(lambda at, count: more[at : at + count], len(more))
    assert found == (len(data), (*shape[:2], 3 if len(shape) == 3 else 1))
