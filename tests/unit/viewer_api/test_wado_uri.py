"""WADO-URI: what old viewers ask for by query parameters, and what they are refused."""

from collections.abc import Callable, Iterator
from io import BytesIO

import numpy as np
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image
from pydicom import dcmread
from pydicom.uid import JPEGLSLossless

from viewer_api.dicomweb.context import make_context
from viewer_api.dicomweb.router import ROLES
from viewer_api.dicomweb.wado_uri import make_router
from worklist.access.tokens import create_token
from worklist.problems import install_problem_handlers
from worklist.room import ReadingRoom

ASKED = "/wado?requestType=WADO&studyUID=2.25.100&seriesUID=2.25.200&objectUID=2.25.301"
ARRAY = np.arange(256, dtype=np.uint16).reshape(16, 16)


@pytest.fixture
def client(room: ReadingRoom) -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(make_router(make_context(room, *ROLES)))
    install_problem_handlers(app)
    with room.database.write() as session:
        token = create_token(session, room.clock, role="integrator", name="tests")
    with TestClient(app, headers={"Authorization": f"Bearer {token}"}) as client:
        yield client


@pytest.fixture
def single(make_image: Callable[..., bytes], publish: Callable[..., str]) -> bytes:
    part10 = make_image(ARRAY, WindowCenter=128, WindowWidth=256)
    publish(part10)
    return part10


def _shown(client: TestClient, query: str) -> np.ndarray:
    answer = client.get(f"{ASKED}&contentType=image/png{query}")
    assert answer.status_code == 200, answer.text
    return np.asarray(Image.open(BytesIO(answer.content)))


def test_a_single_frame_comes_as_jpeg_and_as_what_is_asked_for(client: TestClient, single: bytes) -> None:
    assert client.get(ASKED).headers["Content-Type"] == "image/jpeg"
    assert _shown(client, "").ravel().tolist() == list(range(256))
    whole = client.get(f"{ASKED}&contentType=application/dicom")
    assert (whole.headers["Content-Type"], whole.content) == ("application/dicom", single)
    compressed = client.get(f"{ASKED}&contentType=application/dicom&transferSyntax={JPEGLSLossless}")
    assert np.array_equal(dcmread(BytesIO(compressed.content)).pixel_array, ARRAY)


def test_the_parameters_of_clause_9_shape_the_picture(client: TestClient, single: bytes) -> None:
    assert _shown(client, "&windowCenter=100&windowWidth=10").ravel()[100] == 142  # as in C.11.2.1.2.1
    assert _shown(client, "&rows=8&columns=32").shape == (8, 8)
    assert _shown(client, "&rows=8").shape == (8, 8)
    assert _shown(client, "&region=0.25,0.5,0.5,0.75").tolist() == ARRAY[8:12, 4:8].tolist()
    assert _shown(client, "&region=0.25,0.5,0.5,0.75&columns=2").shape == (2, 2)
    assert _shown(client, "&annotation=patient&rows=160").shape == (160, 160)


def test_several_frames_come_as_dicom_unless_one_is_named(
    client: TestClient, make_image: Callable[..., bytes], publish: Callable[..., str]
) -> None:
    publish(
        make_image(np.stack([np.full((8, 8), 50 * n, np.uint16) for n in range(4)]), WindowCenter=128, WindowWidth=256)
    )
    assert client.get(ASKED).headers["Content-Type"] == "application/dicom"
    assert client.get(f"{ASKED}&frameNumber=2").headers["Content-Type"] == "image/jpeg"
    assert _shown(client, "&frameNumber=4")[0, 0] == 150
    assert client.get(f"{ASKED}&frameNumber=5").status_code == 404


def test_what_cannot_be_honoured_is_a_problem(client: TestClient, single: bytes) -> None:
    for change, status in (
        (("requestType=WADO", "requestType=MINE"), 400),
        (("&objectUID=2.25.301", ""), 400),
        (("2.25.301", "2.25.999"), 404),
        (("2.25.301", "2.25.301&windowCenter=5"), 400),
        (("2.25.301", "2.25.301&region=0.5,0,0.4,1"), 400),
        (("2.25.301", "2.25.301&rows=0"), 400),
        (("2.25.301", "2.25.301&rows=8&rows=9"), 400),
        (("2.25.301", "2.25.301&frameNumber=0"), 400),
        (("2.25.301", "2.25.301&imageQuality=0"), 400),
        (("2.25.301", "2.25.301&presentationUID=1.2"), 501),
        (("2.25.301", "2.25.301&whatever=1"), 400),
        (("2.25.301", "2.25.301&contentType=video/mp4"), 406),
        (("2.25.301", "2.25.301&contentType=application/dicom&transferSyntax=1.2.840.10008.1.2.4.50"), 406),
    ):
        answer = client.get(ASKED.replace(*change))
        assert answer.status_code == status, change
        assert answer.headers["Content-Type"] == "application/problem+json"
