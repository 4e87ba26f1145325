"""Long frames are sent as they lie in their blob: the same bytes, any range of them, and never whole in memory."""

import tracemalloc
from io import BytesIO

import numpy as np
import pytest
from pydicom import dcmread, dcmwrite
from pydicom.encaps import generate_frames
from pydicom.uid import RLELossless

from viewer_api.dicomweb.stored_frames import LONG, StoredFrame

INSTANCE = "/dicom-web/studies/2.25.100/series/2.25.200/instances/2.25.301"
ALONE = {"Accept": "application/octet-stream"}
IN_PARTS = {"Accept": 'multipart/related; type="application/octet-stream"'}
PIXELS = np.random.default_rng(1).integers(0, 1 << 16, (2, 1500, 1600)).astype(np.uint16)


@pytest.fixture
def native(make_image, publish) -> list[bytes]:
    publish(make_image(PIXELS))
    return [frame.tobytes() for frame in PIXELS]


@pytest.fixture
def compressed(make_image, publish) -> list[bytes]:
    image = dcmread(BytesIO(make_image(PIXELS)))
    image.compress(RLELossless, generate_instance_uid=False)
    target = BytesIO()
    dcmwrite(target, image, enforce_file_format=True)
    publish(target.getvalue())
    return list(generate_frames(image.PixelData, number_of_frames=2))


def only_part(answer) -> bytes:
    assert answer.status_code == 200, answer.text
    boundary = answer.headers["Content-Type"].split("boundary=")[1].encode()
    head, _, rest = answer.content.partition(b"\r\n\r\n")
    assert head.startswith(b"--" + boundary)
    body, _, end = rest.rpartition(b"\r\n--" + boundary)
    assert end == b"--\r\n"
    return body


def test_a_long_frame_comes_as_it_is_stored(native, client):
    assert len(native[1]) > LONG
    assert client.get(f"{INSTANCE}/frames/2", headers=ALONE).content == native[1]
    assert only_part(client.get(f"{INSTANCE}/frames/2", headers=IN_PARTS)) == native[1]


def test_several_long_frames_come_in_parts(native, client):
    answer = client.get(f"{INSTANCE}/frames/2,1", headers=IN_PARTS)
    assert answer.content.index(native[1]) < answer.content.index(native[0])


@pytest.mark.parametrize(
    ("wanted", "begin", "end"),
    [("0-9", 0, 10), ("1048570-1048585", 1048570, 1048586), ("-7", -7, None), ("4799990-", 4799990, None)],
)
def test_any_range_of_a_long_frame_can_be_had(native, client, wanted, begin, end):
    answer = client.get(f"{INSTANCE}/frames/2", headers={**ALONE, "Range": f"bytes={wanted}"})
    assert answer.status_code == 206
    assert answer.content == native[1][begin:end]


def test_a_long_compressed_frame_comes_as_it_is_stored(compressed, client):
    assert len(compressed[1]) > LONG
    rle = {"Accept": f"image/dicom-rle; transfer-syntax={RLELossless}"}
    assert client.get(f"{INSTANCE}/frames/2", headers=rle).content == compressed[1]
    ranged = client.get(f"{INSTANCE}/frames/1", headers={**rle, "Range": "bytes=5-4000000"})
    assert ranged.content == compressed[0][5:4000001]
    assert client.get(f"{INSTANCE}/frames/1", headers=ALONE).content == PIXELS[0].tobytes()


def test_a_long_frame_that_ends_too_early_is_refused_before_anything_is_sent(make_image, publish, client):
    publish(make_image(PIXELS)[:-1000])
    assert client.get(f"{INSTANCE}/frames/1", headers=ALONE).content == PIXELS[0].tobytes()
    answer = client.get(f"{INSTANCE}/frames/2", headers=ALONE)
    assert answer.status_code == 422
    assert "truncated" in answer.json()["detail"]


def test_pieces_are_read_one_after_the_other_and_never_whole(room):
    content = bytes(range(256)) * (32 << 12)
    key = "ab" * 32
    room.published.put(key, BytesIO(content))
    frame = StoredFrame(room.published, key, ((100, 20 << 20), (5, 10), (30 << 20, 1 << 20)))
    whole = content[100 : 100 + (20 << 20)] + content[5:15] + content[30 << 20 : 31 << 20]
    assert frame.length == len(whole)
    for first, last in ((0, len(whole)), ((20 << 20) - 3, (20 << 20) + 12), (len(whole) - 1, len(whole)), (7, 7)):
        assert b"".join(frame.read(first, last)) == whole[first:last]
    tracemalloc.start()
    assert sum(len(chunk) for chunk in frame.read(0, frame.length)) == len(whole)
    assert tracemalloc.get_traced_memory()[1] < 8 << 20
    tracemalloc.stop()
