"""A file is read whole or not at all, and nothing is written before that."""

import random
from io import BytesIO
from struct import pack

import pytest

from anonymizer import CannotDeidentify, DeidentificationError, deidentify
from anonymizer.scanning import MAXIMUM_DEPTH


def refused(data, context):
    sink = BytesIO()
    with pytest.raises(CannotDeidentify) as error:
        deidentify(BytesIO(data), sink, context)
    assert sink.getvalue() == b"", "half a result was written"
    assert error.value.reason.endswith(".")
    return error.value.code


def test_a_file_cut_anywhere_is_never_half_a_result(context, image, as_bytes):
    data = as_bytes(image)
    whole = BytesIO()
    deidentify(BytesIO(data), whole, context)
    for cut in range(len(data) - 1, 131, -1):
        sink = BytesIO()
        try:
            deidentify(BytesIO(data[:cut]), sink, context)
        except CannotDeidentify:
            assert sink.getvalue() == b""
        else:
            # Cut exactly between two elements: a shorter whole object, which has lost its pixels.
            assert b"\xe0\x7f\x10\0OW" not in sink.getvalue()


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"PK\3\4" + bytes(500), bytes(1000), b"%PDF-1.7" + b"x" * 300, bytes(128) + b"DICM"]
)
def test_what_is_no_dicom_is_refused(context, data):
    assert refused(data, context) in {"not-dicom", "missing-uid", "truncated"}


def test_cut_pixels_are_truncated(context, image, as_bytes):
    image.Rows, image.Columns, image.PixelData = 512, 512, bytes(512 * 512 * 2)
    assert refused(as_bytes(image)[:-1], context) == "truncated"


def test_an_unknown_vr_is_malformed(context, image, as_bytes):
    assert refused(as_bytes(image).replace(b"\x10\0\x10\0PN", b"\x10\0\x10\0?!"), context) == "malformed"


@pytest.mark.parametrize("uid", [b"1.2.3.4.5.6.7.8.99\0", b"1.2.840.10008.1.1\0\0"])
def test_an_unknown_transfer_syntax_is_refused(context, image, as_bytes, uid):
    data = as_bytes(image).replace(b"1.2.840.10008.1.2.1", uid)
    assert refused(data, context) == "unknown-transfer-syntax"


def test_pixels_by_address_are_refused(context, image, as_bytes):
    image.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.94"
    del image.PixelData
    assert refused(as_bytes(image), context) == "pixels-elsewhere"


@pytest.mark.parametrize("keyword", ["StudyInstanceUID", "SeriesInstanceUID"])
def test_an_object_that_belongs_nowhere_is_refused(context, image, as_bytes, keyword):
    delattr(image, keyword)
    assert refused(as_bytes(image), context) == "missing-uid"


def test_nesting_without_end_is_refused(context, image, as_bytes):
    value = b""
    for _ in range(MAXIMUM_DEPTH + 5):
        item = pack("<HH2sHL", 0x0040, 0xA730, b"SQ", 0, len(value)) + value
        value = pack("<HHL", 0xFFFE, 0xE000, len(item)) + item
    element = pack("<HH2sHL", 0x0040, 0x0555, b"SQ", 0, len(value)) + value
    at = (data := as_bytes(image)).rindex(b"\xe0\x7f\x10\0OW")
    undefined = (
        pack("<HH2sHL", 0x0040, 0x0555, b"SQ", 0, 0xFFFFFFFF) + pack("<HHL", 0xFFFE, 0xE000, 0xFFFFFFFF)
    ) * 3000
    assert refused(data[:at] + undefined + data[at:], context) == "too-deep"
    sink = BytesIO()
    deidentify(BytesIO(data[:at] + element + data[at:]), sink, context)  # removed unopened


def test_a_deflated_stream_that_is_damaged_is_refused(context, image, as_bytes):
    image.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1.99"
    data = as_bytes(image)
    assert refused(data[:-40], context) == "truncated"
    assert refused(data[:-300] + b"\xff" * 300, context) in {"malformed", "truncated"}


def test_random_damage_raises_nothing_else(context, image, as_bytes):
    data, chance = as_bytes(image), random.Random(7)
    for _ in range(1500):
        damaged = bytearray(data)
        for _ in range(chance.randint(1, 4)):
            damaged[chance.randrange(132, len(data))] = chance.randrange(256)
        try:
            deidentify(BytesIO(bytes(damaged)), BytesIO(), context)
        except DeidentificationError:
            continue
