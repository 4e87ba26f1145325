"""Metadata, instances, frames and bulk data over HTTP; who may ask, and what is noted."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, JPEGLSLossless
from sqlalchemy import select

from viewer_api.dicomweb import make_router
from worklist.models import ReadingAudit
from worklist.room import ReadingRoom

STUDY = "/dicom-web/studies/2.25.100"
INSTANCE = f"{STUDY}/series/2.25.200/instances/2.25.301"
ARRAY = (np.arange(3 * 16 * 18).reshape(3, 16, 18) * 5).astype(np.uint16)
DICOM = {"Accept": 'multipart/related; type="application/dicom"; transfer-syntax=*'}


@pytest.fixture
def stored(make_image: Callable[..., bytes], publish: Callable[..., str]) -> bytes:
    item = Dataset()
    item.add_new("LUTData", "OW", bytes(range(200)))
    part10 = make_image(ARRAY, VOILUTSequence=[item], WindowCenter=100, WindowWidth=200)
    publish(part10)
    return part10


@pytest.fixture
def compressed(make_image: Callable[..., bytes], publish: Callable[..., str]) -> bytes:
    image = dcmread(BytesIO(make_image(ARRAY)))
    image.compress(JPEGLSLossless, generate_instance_uid=False)
    target = BytesIO()
    dcmwrite(target, image, enforce_file_format=True)
    publish(target.getvalue())
    return target.getvalue()


def _parts(answer: object) -> list[bytes]:
    content_type = answer.headers["Content-Type"]  # type: ignore[attr-defined]
    boundary = content_type.split("boundary=")[1].encode()
    pieces = answer.content.split(b"--" + boundary)  # type: ignore[attr-defined]
    assert pieces[-1].strip() == b"--"
    return [piece.split(b"\r\n\r\n", 1)[1][:-2] for piece in pieces[1:-1]]


def test_an_instance_comes_byte_for_byte_as_it_was_published(client: TestClient, stored: bytes) -> None:
    assert _parts(client.get(INSTANCE, headers=DICOM)) == [stored]
    assert _parts(client.get(STUDY, headers={"Accept": "*/*"})) == [stored]
    alone = client.get(INSTANCE, headers={"Accept": "application/dicom; transfer-syntax=*"})
    assert alone.content == stored
    assert alone.headers["Content-Length"] == str(len(stored))


def test_a_compressed_instance_is_decoded_for_a_client_that_names_no_syntax(
    client: TestClient, compressed: bytes
) -> None:
    [part] = _parts(client.get(INSTANCE, headers={"Accept": 'multipart/related; type="application/dicom"'}))
    decoded = dcmread(BytesIO(part))
    assert decoded.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    assert np.array_equal(decoded.pixel_array, ARRAY)


@pytest.mark.parametrize("accept", ["image/png", "application/dicom; transfer-syntax=1.2.840.10008.1.2.4.90"])
def test_an_instance_in_another_form_is_406(client: TestClient, stored: bytes, accept: str) -> None:
    assert client.get(INSTANCE, headers={"Accept": accept}).status_code == 406


def test_several_instances_never_come_as_one(
    client: TestClient, make_image: Callable[..., bytes], publish: Callable[..., str], stored: bytes
) -> None:
    publish(make_image(ARRAY, number=2))
    assert client.get(STUDY, headers={"Accept": "application/dicom; transfer-syntax=*"}).status_code == 406
    assert len(_parts(client.get(STUDY, headers=DICOM))) == 2


def test_frames_come_in_the_order_they_are_asked_for(client: TestClient, stored: bytes) -> None:
    answer = client.get(f"{INSTANCE}/frames/3,1")
    assert answer.headers["Content-Type"].startswith('multipart/related; type="application/octet-stream"')
    assert b"transfer-syntax=1.2.840.10008.1.2.1" in answer.content
    assert _parts(answer) == [ARRAY[2].tobytes(), ARRAY[0].tobytes()]


def test_one_frame_may_come_alone(client: TestClient, compressed: bytes) -> None:
    answer = client.get(f"{INSTANCE}/frames/2", headers={"Accept": "application/octet-stream"})
    assert answer.content == ARRAY[1].tobytes()
    kept = client.get(f"{INSTANCE}/frames/2", headers={"Accept": "image/jls"})
    assert kept.headers["Content-Type"] == "image/jls; transfer-syntax=1.2.840.10008.1.2.4.80"
    assert kept.content.startswith(b"\xff\xd8")


@pytest.mark.parametrize(("numbers", "status"), [("4", 404), ("1,4", 404), ("0", 400), ("1,x", 400), ("1,,2", 400)])
def test_frames_that_do_not_exist_are_refused(client: TestClient, stored: bytes, numbers: str, status: int) -> None:
    assert client.get(f"{INSTANCE}/frames/{numbers}").status_code == status


def test_a_frame_that_cannot_be_decoded_is_refused_before_the_answer_begins(
    client: TestClient, make_image: Callable[..., bytes], publish: Callable[..., str]
) -> None:
    publish(make_image(ARRAY[0], syntax=JPEGLSLossless, frames=[b"\xff\xd8damaged\xff\xd9"]))
    assert client.get(f"{INSTANCE}/frames/1").status_code == 422
    assert client.get(f"{INSTANCE}/frames/1", headers={"Accept": "image/jls"}).status_code == 200


def test_metadata_points_to_bulk_data_that_can_be_fetched(client: TestClient, stored: bytes) -> None:
    [header] = client.get(f"{INSTANCE}/metadata").json()
    pixels = header["7FE00010"]["BulkDataURI"]
    assert _parts(client.get(pixels)) == [frame.tobytes() for frame in ARRAY]
    nested = header["00283010"]["Value"][0]["00283006"]["BulkDataURI"]
    assert nested.endswith("/bulkdata/00283010/0/00283006")
    assert client.get(nested, headers={"Accept": "application/octet-stream"}).content == bytes(range(200))


@pytest.mark.parametrize(
    "path", ["00283010", "00283010/1/00283006", "7FE00008", "00100020", "x", "../../etc", "00990099"]
)
def test_bulk_data_that_does_not_exist_is_404(client: TestClient, stored: bytes, path: str) -> None:
    assert client.get(f"{INSTANCE}/bulkdata/{path}").status_code == 404


def test_unchanged_metadata_is_304_until_the_series_grows(
    client: TestClient, make_image: Callable[..., bytes], publish: Callable[..., str], stored: bytes
) -> None:
    tag = client.get(f"{STUDY}/metadata").headers["ETag"]
    assert client.get(f"{STUDY}/metadata", headers={"If-None-Match": tag}).status_code == 304
    publish(make_image(ARRAY, number=2))
    grown = client.get(f"{STUDY}/metadata", headers={"If-None-Match": tag})
    assert (grown.status_code, len(grown.json())) == (200, 2)


def test_metadata_is_served_without_opening_a_file(
    client: TestClient, room: ReadingRoom, publish: Callable[..., str], stored: bytes
) -> None:
    room.published.delete(publish(stored))
    assert client.get(f"{INSTANCE}/metadata").status_code == 200
    assert client.get(INSTANCE, headers=DICOM).status_code == 404


@pytest.mark.parametrize("path", ["", "/metadata", "/series/2.25.1", "/series/2.25.1/metadata", "/rendered"])
def test_what_is_not_published_is_404(client: TestClient, stored: bytes, path: str) -> None:
    assert client.get(f"/dicom-web/studies/2.25.9999{path}", headers=DICOM if not path else {}).status_code == 404


def test_parts_of_dicomweb_that_are_not_served_say_so(client: TestClient) -> None:
    for method, path in (("GET", "/workitems"), ("GET", "/workitems/2.25.1"), ("POST", "/studies")):
        answer = client.request(method, f"/dicom-web{path}")
        assert answer.status_code == 501
        assert answer.json()["detail"]


def test_every_route_refuses_strangers(app: FastAPI, room: ReadingRoom) -> None:
    client = TestClient(app)
    walked = 0
    for route in make_router(room).routes:
        path = route.path  # type: ignore[attr-defined]
        for name in ("study", "series", "instance", "numbers", "number", "path:path", "workitem"):
            path = path.replace("{" + name + "}", "1")
        for method in route.methods - {"HEAD"}:  # type: ignore[attr-defined]
            assert client.request(method, path).status_code == 401, path
            wrong = {"Authorization": "Bearer ovr_" + "x" * 43}
            assert client.request(method, path, headers=wrong).status_code == 401, path
            walked += 1
    assert walked > 25


def test_looks_are_noted_once_in_a_while_and_not_for_each_frame(
    client: TestClient, room: ReadingRoom, stored: bytes
) -> None:
    def noted() -> list[tuple[str, str, str]]:
        with room.database.read() as session:
            rows = session.scalars(select(ReadingAudit).where(ReadingAudit.action.like("%viewed")))
            return [(row.actor, row.action, row.subject) for row in rows]

    for number in (1, 2, 3, 1):
        client.get(f"{INSTANCE}/frames/{number}/rendered")
    assert noted() == [("tests", "images-viewed", "2.25.100")]
    client.get(f"{STUDY}/metadata")
    assert noted()[1:] == [("tests", "metadata-viewed", "2.25.100")]
    room.clock.advance(timedelta(minutes=11))  # type: ignore[attr-defined]
    client.get(f"{INSTANCE}/thumbnail")
    assert len(noted()) == 3
