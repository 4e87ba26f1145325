"""Nothing is published with the pixels but the pixels: no notes in compressed frames, nothing behind the last one."""

import zlib
from io import BytesIO

import imagecodecs
import numpy as np
import pytest
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import JPEG2000Lossless, JPEGBaseline8Bit, JPEGLSLossless, RLELossless

from anonymizer import CannotDeidentify, compare
from tests.unit.anonymizer.code_streams import JPEG, JPEG_2000, NOTE, VALUES, behind_the_start, compressed, segment


def run_lengths(values: np.ndarray) -> bytes:
    """Return an RLE frame of one segment: each row in literal runs (PS3.5 annex G)."""
    assert values.shape[1] <= 128
    runs = b"".join(bytes([values.shape[1] - 1]) + row.tobytes() for row in values)
    return b"".join(number.to_bytes(4, "little") for number in (1, 64, *[0] * 14)) + runs + b"\0" * (len(runs) % 2)


def in_the_tile_part(frame: bytes, more: bytes) -> bytes:
    start = frame.index(b"\xff\x90")
    length = int.from_bytes(frame[start + 6 : start + 10], "big") + len(more)
    return frame[: start + 6] + length.to_bytes(4, "big") + frame[start + 10 : start + 12] + more + frame[start + 12 :]


def with_more(frame: bytes, marker: int, more: bytes) -> bytes:
    """Return a frame with more at the end of its first segment of a kind."""
    at = frame.index(marker.to_bytes(2, "big")) + 2
    length = int.from_bytes(frame[at : at + 2], "big")
    return (
        frame[:at] + (length + len(more)).to_bytes(2, "big") + frame[at + 2 : at + length] + more + frame[at + length :]
    )


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


def lossless_ls() -> bytes:
    return imagecodecs.jpegls_encode(VALUES)


def behind_the_scan(frame: bytes, more: bytes) -> bytes:
    """Return a JPEG frame with more between its scan and its end."""
    assert frame.endswith(b"\xff\xd9")
    return frame[:-2] + more + frame[-2:]


@pytest.mark.parametrize(
    ("frame", "syntax"),
    [
        (JPEG + NOTE, JPEGBaseline8Bit),
        (JPEG + b"\xff\xd9" + JPEG[:200] + NOTE, JPEGBaseline8Bit),
        (JPEG_2000 + NOTE + b"\xff\xd9", JPEG2000Lossless),
        (lossless_ls() + NOTE, JPEGLSLossless),
        (behind_the_scan(JPEG, segment(0xFFFE, NOTE)), JPEGBaseline8Bit),
        (behind_the_scan(JPEG, segment(0xFFE7, NOTE)), JPEGBaseline8Bit),
        (behind_the_start(JPEG, segment(0xFFF5, NOTE)), JPEGBaseline8Bit),
    ],
    ids=[
        "jpeg",
        "preview",
        "jpeg-2000",
        "jpeg-ls",
        "comment-behind-scan",
        "application-behind-scan",
        "unknown-segment",
    ],
)
@pytest.mark.parametrize("cut", [False, True], ids=["whole", "in-fragments"])
def test_what_stands_behind_the_picture_in_a_frame_is_blanked(clean, image, as_bytes, context, frame, syntax, cut):
    ds = compressed(image, [frame], syntax)
    if cut:
        ds.PixelData = encapsulate([frame], fragments_per_frame=3)
    result = clean(ds)
    assert NOTE not in result.data
    (left,) = generate_frames(result.ds.PixelData, number_of_frames=1)
    if b"\xff\xf5" not in frame:  # which not every decoder passes over
        decode = {JPEGBaseline8Bit: imagecodecs.jpeg8_decode, JPEGLSLossless: imagecodecs.jpegls_decode}
        shown = decode.get(syntax, imagecodecs.jpeg2k_decode)(left)
        assert np.array_equal(shown, imagecodecs.jpeg8_decode(JPEG) if syntax == JPEGBaseline8Bit else VALUES)
    assert len(left) == len(frame) + len(frame) % 2
    assert "pixels-differ" not in compare(BytesIO(as_bytes(ds)), BytesIO(result.data), context).findings


@pytest.mark.parametrize(
    ("frames", "syntax"),
    [
        ([JPEG, JPEG], JPEGBaseline8Bit),
        ([JPEG_2000, JPEG_2000], JPEG2000Lossless),
        ([run_lengths(VALUES), run_lengths(VALUES)], RLELossless),
        ([JPEG, NOTE], JPEGBaseline8Bit),
        ([JPEG + JPEG], JPEGBaseline8Bit),
        ([NOTE], JPEGBaseline8Bit),
        ([b"\0\0\0\x0cjP  \r\n\x87\n" + JPEG_2000], JPEG2000Lossless),
        ([JPEG[:-2] + b"\xff\xd8" + JPEG[2:]], JPEGBaseline8Bit),
        ([b"\xff\xd8\xff\xdb\0\1" + NOTE], JPEGBaseline8Bit),
    ],
    ids=[
        "jpeg",
        "jpeg-2000",
        "rle",
        "words",
        "behind-each-other",
        "words-alone",
        "a-box",
        "a-frame-in-a-scan",
        "a-segment-without-length",
    ],
)
def test_frames_that_are_more_or_other_than_the_header_says_are_refused(clean, image, frames, syntax):
    ds = compressed(image, frames, syntax)
    ds.NumberOfFrames = 1
    with pytest.raises(CannotDeidentify) as refused:
        clean(ds)
    assert refused.value.code in {"pixels-unclear", "malformed"}


@pytest.mark.parametrize(
    "more",
    [
        segment(0xFFC8, NOTE),
        segment(0xFFDE, b"\x08\0\x30\0\x40\1\1\x11\0" + NOTE),
        segment(0xFFDD, b"\0\0" + NOTE),
        segment(0xFFDC, b"\0\x30" + NOTE),
        segment(0xFFF8, b"\5" + NOTE),
        segment(0xFFF8, b"\1" + bytes(10) + NOTE),
        segment(0xFFC4, b"\0" + bytes(16) + b"\1" + NOTE),
        segment(0xFFDB, bytes(65) + NOTE),
    ],
    ids=["reserved", "hierarchy", "restart", "lines", "preset-unknown", "preset-long", "huffman", "quantization"],
)
def test_no_more_stays_of_a_segment_than_its_marker_asks_for(clean, image, more):
    frame = behind_the_start(JPEG, more)
    result = clean(compressed(image, [frame], JPEGBaseline8Bit))
    (left,) = generate_frames(result.ds.PixelData, number_of_frames=1)
    assert NOTE[1:] not in result.data and len(left) == len(frame) + len(frame) % 2
    assert left[len(more) + 2 :] == frame[len(more) + 2 :] + bytes(len(frame) % 2)


@pytest.mark.parametrize(
    "frame",
    [
        behind_the_start(JPEG_2000, segment(0xFF6F, NOTE)),
        behind_the_start(JPEG_2000, segment(0xFF63, NOTE)),
        with_more(JPEG_2000, 0xFF52, NOTE),
        in_the_tile_part(JPEG_2000, segment(0xFF6F, NOTE)),
    ],
    ids=["unknown", "registration", "coding", "in-the-tile-part"],
)
def test_segments_of_jpeg_2000_that_no_picture_needs_are_blanked(clean, image, frame):
    assert NOTE in frame
    result = clean(compressed(image, [frame], JPEG2000Lossless))
    (left,) = generate_frames(result.ds.PixelData, number_of_frames=1)
    assert NOTE not in result.data and len(left) == len(frame) + len(frame) % 2
    assert left[left.index(b"\xff\x93") :].startswith(frame[frame.index(b"\xff\x93") :])


def with_table(image, table: bytes):
    ds = compressed(image, [JPEG, JPEG], JPEGBaseline8Bit)
    length = int.from_bytes(ds.PixelData[4:8], "little")
    ds.PixelData = ds.PixelData[:4] + len(table).to_bytes(4, "little") + table + ds.PixelData[8 + length :]
    return ds


def test_a_table_of_offsets_that_are_none_is_blanked(clean, image, as_bytes, context):
    ds = with_table(image, NOTE)
    result = clean(ds)
    assert NOTE not in result.data and len(result.ds.PixelData) == len(ds.PixelData)
    assert "pixels-differ" not in compare(BytesIO(as_bytes(ds)), BytesIO(result.data), context).findings
    at = result.data.index(result.ds.PixelData) + 8
    leaking = result.data[:at] + NOTE + result.data[at + len(NOTE) :]
    assert "pixels-differ" in compare(BytesIO(as_bytes(ds)), BytesIO(leaking), context).findings
    second = 8 + len(JPEG) + len(JPEG) % 2
    fine = with_table(image, bytes(4) + second.to_bytes(4, "little"))
    assert clean(fine).ds.PixelData == fine.PixelData


def test_an_extended_table_of_offsets_stays_where_it_tells_of_the_frames_alone(clean, image):
    ds = with_table(image, b"")
    second, length = 8 + len(JPEG) + len(JPEG) % 2, len(JPEG)
    ds.ExtendedOffsetTable = bytes(8) + second.to_bytes(8, "little")
    ds.ExtendedOffsetTableLengths = length.to_bytes(8, "little") * 2
    assert clean(ds).ds.ExtendedOffsetTable == ds.ExtendedOffsetTable
    for keyword in ("ExtendedOffsetTable", "ExtendedOffsetTableLengths"):
        before = ds[keyword].value
        setattr(ds, keyword, b"Anna Bea Caesar ")
        result = clean(ds)
        assert b"Caesar" not in result.data and "ExtendedOffsetTable" not in result.ds
        setattr(ds, keyword, before)
    longer = behind_the_start(JPEG, segment(0xFFFE, bytes(40)))
    ds.PixelData = encapsulate([longer, longer])
    assert "ExtendedOffsetTable" not in clean(ds).ds  # the same table, remembered, beside other frames


PLAIN, DEFLATED = "1.2.840.10008.1.2.1.98", "1.2.840.10008.1.2.8.1"


def deflated(data: bytes) -> bytes:
    deflater = zlib.compressobj(wbits=-15)
    return deflater.compress(data) + deflater.flush()


@pytest.mark.parametrize(
    ("frames", "syntax", "fine"),
    [
        ([VALUES.tobytes()], PLAIN, True),
        ([VALUES.tobytes() + b"\0\0"], PLAIN, True),
        ([VALUES.tobytes(), VALUES.tobytes()], PLAIN, False),
        ([VALUES.tobytes() + NOTE], PLAIN, False),
        ([deflated(VALUES.tobytes())], DEFLATED, True),
        ([deflated(VALUES.tobytes()), NOTE], DEFLATED, False),
        ([deflated(VALUES.tobytes()) + NOTE], DEFLATED, False),
        ([deflated(VALUES.tobytes() + NOTE)], DEFLATED, False),
        ([NOTE], DEFLATED, False),
        ([b"\xff\x0a" + NOTE, NOTE], "1.2.840.10008.1.2.4.110", False),
    ],
)
def test_frames_that_are_no_code_streams_are_as_many_and_as_large_as_the_header_says(
    clean, image, frames, syntax, fine
):
    ds = compressed(image, frames, syntax)
    ds.NumberOfFrames = 1
    if fine:
        assert clean(ds).ds.PixelData == ds.PixelData
    else:
        with pytest.raises(CannotDeidentify) as refused:
            clean(ds)
        assert refused.value.code == "pixels-unclear"


def with_a_second_segment(frame: bytes) -> bytes:
    body, second = frame[64:], len(frame).to_bytes(4, "little")
    return (2).to_bytes(4, "little") + frame[4:8] + second + frame[12:] + body


def with_a_longer_last_run(frame: bytes, more: bytes) -> bytes:
    assert len(frame) == 64 + 48 * 65
    return frame[:-65] + bytes([63 + len(more)]) + frame[-64:] + more


RLE = run_lengths(VALUES)


@pytest.mark.parametrize(
    ("frame", "fine"),
    [
        (RLE, True),
        (RLE + b"\0" * 6, True),
        (RLE + NOTE, False),
        (RLE[:40] + NOTE[:8] + RLE[48:], False),
        ((2).to_bytes(4, "little") + RLE[4:8] + len(RLE).to_bytes(4, "little") + RLE[12:] + NOTE, False),
        (RLE[:4] + (80).to_bytes(4, "little") + RLE[8:64] + NOTE[:16] + RLE[64:], False),
        (RLE[:-40], False),
        (with_a_second_segment(RLE), False),
        (with_a_longer_last_run(RLE, NOTE), False),
        (with_a_longer_last_run(RLE, bytes(2)), True),
    ],
    ids=[
        "plain",
        "zeros",
        "behind",
        "in-the-header",
        "a-segment-too-many",
        "ahead",
        "cut-off",
        "a-second-picture",
        "a-last-run-too-long",
        "a-last-run-filled",
    ],
)
def test_a_frame_of_run_lengths_holds_its_pixels_and_nothing_else(clean, image, frame, fine):
    ds = compressed(image, [frame], RLELossless)
    if fine:
        assert clean(ds).ds.PixelData == ds.PixelData
    else:
        with pytest.raises(CannotDeidentify) as refused:
            clean(ds)
        assert refused.value.code == "pixels-unclear"


def test_a_frame_that_lacks_its_end_is_still_one(clean, image):
    ds = compressed(image, [JPEG[:-2], JPEG[:-2]], JPEGBaseline8Bit)
    assert clean(ds).ds.PixelData == ds.PixelData


@pytest.mark.parametrize("endless", [b"\xff", b"\xff\xfe\0\2"], ids=["fill", "segments"])
def test_what_never_comes_to_the_picture_is_given_up(clean, image, endless):
    with pytest.raises(CannotDeidentify):
        clean(compressed(image, [b"\xff\xd8" + endless * (1 << 15) + JPEG[2:]], JPEGBaseline8Bit))
