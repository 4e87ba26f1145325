"""Ranges of bytes, transfer syntaxes made on request, and bulk data of everything."""

from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
from fastapi.testclient import TestClient
from pydicom import dcmread, dcmwrite
from pydicom.uid import JPEG2000Lossless, JPEGLSLossless, RLELossless

STUDY = "/dicom-web/studies/2.25.100"
INSTANCE = f"{STUDY}/series/2.25.200/instances/2.25.301"
ARRAY = (np.arange(3 * 40 * 48).reshape(3, 40, 48) * 5 - 2000).astype(np.int16)
ALONE = {"Accept": "application/octet-stream"}
STORED = {"Accept": "application/dicom; transfer-syntax=*"}
SYNTAXES = {RLELossless: "image/dicom-rle", JPEGLSLossless: "image/jls", JPEG2000Lossless: "image/jp2"}


@pytest.fixture
def stored(make_image: Callable[..., bytes], publish: Callable[..., str]) -> bytes:
    part10 = make_image(ARRAY, RedPaletteColorLookupTableData=bytes(range(100)))
    publish(part10)
    return part10


def test_a_range_of_an_instance_is_that_range(client: TestClient, stored: bytes) -> None:
    for wanted, first, last in (
        ("bytes=0-99", 0, 100),
        ("bytes=100-", 100, None),
        ("bytes=-7", -7, None),
        ("bytes=5-99999999", 5, None),
    ):
        answer = client.get(INSTANCE, headers=STORED | {"Range": wanted})
        assert (answer.status_code, answer.content) == (206, stored[first:last])
        begin, end = first % len(stored), (len(stored) if last is None else last) - 1
        assert answer.headers["Content-Range"] == f"bytes {begin}-{end}/{len(stored)}"


def test_a_range_that_cannot_be_had_is_416_and_one_that_makes_no_sense_is_passed_over(
    client: TestClient, stored: bytes
) -> None:
    behind = client.get(INSTANCE, headers=STORED | {"Range": f"bytes={len(stored)}-"})
    assert behind.status_code == 416
    assert behind.headers["Content-Range"] == f"bytes */{len(stored)}"
    assert behind.headers["Content-Type"] == "application/problem+json"
    for nonsense in ("bytes=5-1", "bytes=0-1,4-5", "lines=1-2", "bytes=-"):
        answer = client.get(INSTANCE, headers=STORED | {"Range": nonsense})
        assert (answer.status_code, answer.content) == (200, stored)
    tag = answer.headers["ETag"]
    assert answer.headers["Accept-Ranges"] == "bytes"
    for condition, status in ((tag, 206), ('"other"', 200)):
        headers = STORED | {"Range": "bytes=0-1", "If-Range": condition}
        assert client.get(INSTANCE, headers=headers).status_code == status


def test_a_range_of_pixels_may_begin_in_one_frame_and_end_in_another(client: TestClient, stored: bytes) -> None:
    whole = ARRAY.astype("<i2").tobytes()
    address = f"{INSTANCE}/bulkdata/7FE00010"
    assert client.get(address, headers=ALONE).content == whole
    for first, last in ((0, 3840), (3830, 3850), (3840, 7680), (100, 10000)):
        answer = client.get(address, headers=ALONE | {"Range": f"bytes={first}-{last - 1}"})
        assert (answer.status_code, answer.content) == (206, whole[first:last])
    value = client.get(f"{INSTANCE}/bulkdata/00281201", headers=ALONE | {"Range": "bytes=10-12"})
    assert value.content == bytes([10, 11, 12])
    frame = client.get(f"{INSTANCE}/frames/2", headers=ALONE | {"Range": "bytes=-4"})
    assert frame.content == whole[7676:7680]


def test_an_instance_is_compressed_without_loss_for_who_asks(client: TestClient, stored: bytes) -> None:
    for syntax, media_type in SYNTAXES.items():
        _check_compressed(client, syntax, media_type)


def _check_compressed(client: TestClient, syntax: str, media_type: str) -> None:
    answer = client.get(INSTANCE, headers={"Accept": f"application/dicom; transfer-syntax={syntax}"})
    assert answer.status_code == 200
    made = dcmread(BytesIO(answer.content))
    assert made.file_meta.TransferSyntaxUID == syntax
    assert np.array_equal(made.pixel_array, ARRAY)
    assert (made.StudyDescription, made.NumberOfFrames) == ("CT HEAD", 3)
    frame = client.get(f"{INSTANCE}/frames/2", headers={"Accept": f"{media_type}; transfer-syntax={syntax}"})
    assert frame.headers["Content-Type"] == f"{media_type}; transfer-syntax={syntax}"
    assert frame.content in answer.content


def test_colour_by_plane_with_a_codec_before_it_stays_the_same_colour(
    client: TestClient, make_image: Callable[..., bytes], publish: Callable[..., str]
) -> None:
    colour = np.random.default_rng(7).integers(0, 255, (40, 36, 3), np.uint8)
    image = dcmread(BytesIO(make_image(colour)))
    image.compress(RLELossless, generate_instance_uid=False)
    target = BytesIO()
    dcmwrite(target, image, enforce_file_format=True)
    publish(target.getvalue())
    for syntax in SYNTAXES:
        answer = client.get(INSTANCE, headers={"Accept": f"application/dicom; transfer-syntax={syntax}"})
        assert np.array_equal(dcmread(BytesIO(answer.content)).pixel_array, colour)


def test_bits_beside_the_stored_value_do_not_reach_an_encoder(
    client: TestClient, make_image: Callable[..., bytes], publish: Callable[..., str]
) -> None:
    values = np.arange(16 * 16, dtype=np.uint16).reshape(16, 16) * 16 % 4096
    publish(make_image(values << 4 | 0b1010, BitsStored=12, HighBit=15))
    answer = client.get(INSTANCE, headers={"Accept": f"application/dicom; transfer-syntax={JPEGLSLossless}"})
    made = dcmread(BytesIO(answer.content))
    assert made.HighBit == 11
    assert np.array_equal(made.pixel_array, values)


@pytest.mark.parametrize("media_type", SYNTAXES.values())
def test_frames_are_compressed_on_request_alone_and_in_parts(
    client: TestClient, make_image: Callable[..., bytes], publish: Callable[..., str], media_type: str
) -> None:
    values = (np.arange(2 * 64 * 64).reshape(2, 64, 64) % 4096).astype(np.uint16)
    publish(make_image(values, BitsStored=12, HighBit=11))
    alone = client.get(f"{INSTANCE}/frames/2", headers={"Accept": media_type})
    assert alone.status_code == 200
    assert len(alone.content) > 64
    parts = client.get(f"{INSTANCE}/frames/1,2", headers={"Accept": f'multipart/related; type="{media_type}"'})
    assert parts.status_code == 200
    assert alone.content in parts.content


def test_frames_of_single_bits_that_share_bytes_are_the_value_that_is_stored(
    client: TestClient, make_image: Callable[..., bytes], publish: Callable[..., str]
) -> None:
    frames = np.random.default_rng(1).integers(0, 2, (3, 3, 5), np.uint8)
    packed = np.packbits(frames.ravel(), bitorder="little").tobytes()
    publish(make_image(frames, BitsAllocated=1, BitsStored=1, HighBit=0, raw=packed))
    bulk = f"{INSTANCE}/bulkdata/7FE00010"
    assert client.get(bulk, headers={"Accept": "application/octet-stream"}).content == packed
    ranged = client.get(bulk, headers={"Accept": "application/octet-stream", "Range": "bytes=2-4"})
    assert ranged.content == packed[2:5]


def test_a_syntax_that_is_not_made_is_406(client: TestClient, stored: bytes) -> None:
    for syntax in ("1.2.840.10008.1.2", "1.2.840.10008.1.2.4.50", "1.2.3"):
        answer = client.get(INSTANCE, headers={"Accept": f"application/dicom; transfer-syntax={syntax}"})
        assert answer.status_code == 406
        assert "transfer-syntax=*" in answer.json()["detail"]


def test_pixels_that_fit_no_encoder_are_406(
    client: TestClient, make_image: Callable[..., bytes], publish: Callable[..., str]
) -> None:
    publish(make_image(np.zeros((4, 4), np.uint32)))
    answer = client.get(INSTANCE, headers={"Accept": f"application/dicom; transfer-syntax={JPEGLSLossless}"})
    assert answer.status_code == 406
    assert client.get(f"{INSTANCE}/frames/1", headers={"Accept": "image/jls"}).status_code == 406


def test_all_bulk_data_of_an_instance_a_series_and_a_study_says_where_it_belongs(
    client: TestClient, make_image: Callable[..., bytes], publish: Callable[..., str], stored: bytes
) -> None:
    publish(make_image(ARRAY[:1], number=2))
    for address, kind, count in (
        (INSTANCE, "bulkdata", 4),
        (INSTANCE, "pixeldata", 3),
        (f"{STUDY}/series/2.25.200", "bulkdata", 5),
        (STUDY, "pixeldata", 4),
    ):
        answer = client.get(f"{address}/{kind}")
        assert answer.headers["Content-Type"].startswith('multipart/related; type="application/octet-stream"')
        assert answer.content.count(b"Content-Location: http://testserver/dicom-web/studies/2.25.100/series/") == count
        assert ARRAY[0].astype("<i2").tobytes() in answer.content
    assert client.get(f"{STUDY}/bulkdata", headers={"Accept": "image/png"}).status_code == 406
