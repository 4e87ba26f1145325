"""A published report or presentation state is found, described and handed out; asked for a picture it says why not."""

from collections.abc import Callable
from io import BytesIO

import pytest
from fastapi.testclient import TestClient
from pydicom import dcmread

from tests.unit.anonymizer.content_trees import code, item, report, written

SERIES = "/dicom-web/studies/2.25.100/series/2.25.200"
INSTANCE = f"{SERIES}/instances/2.25.301"


@pytest.fixture
def stored(publish: Callable[..., str]) -> bytes:
    ds = report(item("TEXT", code("121071", "DCM", "Finding"), "no mass"))
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.SOPInstanceUID = "2.25.100", "2.25.200", "2.25.301"
    publish(written(ds))
    return written(ds)


def test_it_is_found_and_described_with_its_content(client: TestClient, stored: bytes) -> None:
    (found,) = client.get("/dicom-web/instances?Modality=SR&includefield=all").json()
    assert found["00080018"]["Value"] == ["2.25.301"] and not found.get("00280010", {}).get("Value")
    (described,) = client.get(f"{INSTANCE}/metadata").json()
    content = described["0040A730"]["Value"][0]
    assert content["0040A160"]["Value"] == ["no mass"]


def test_it_is_handed_out_as_it_is(client: TestClient, stored: bytes) -> None:
    answer = client.get(INSTANCE, headers={"Accept": 'multipart/related; type="application/dicom"'})
    assert answer.status_code == 200
    body = answer.content.split(b"\r\n\r\n", 1)[1]
    assert dcmread(BytesIO(body), force=True).ContentSequence[0].TextValue == "no mass"


@pytest.mark.parametrize("path", ["rendered", "thumbnail", "frames/1", "frames/1/rendered"])
def test_asked_for_a_picture_it_says_why_there_is_none(client: TestClient, stored: bytes, path: str) -> None:
    answer = client.get(f"{INSTANCE}/{path}")
    assert 400 <= answer.status_code < 500
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "pixel" in answer.json()["detail"] or "no such frame" in answer.json()["detail"]
