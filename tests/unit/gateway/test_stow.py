"""STOW-RS takes whole Part 10 files, and its answer says of each part what PS3.18 annex I wants said."""

import io
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from xml.etree import ElementTree

import pydicom
import pytest
import uvicorn
from dicomweb_client.api import DICOMwebClient
from dicomweb_client.web import _load_xml_dataset
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select

from gateway.http.intake import make_router
from gateway.intake import take_in
from gateway.models import Delivery
from gateway.node import Node
from gateway.receipts.wording import catalogue
from worklist.access.tokens import create_token
from worklist.problems import install_problem_handlers

IMPLICIT, DEFLATED = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1.99"


@pytest.fixture
def token(node: Node) -> str:
    with node.reading.write() as session:
        return create_token(session, node.clock, role="coordinator", name="clerk")


def _app(node: Node) -> FastAPI:
    app = FastAPI()
    app.include_router(make_router(node))
    install_problem_handlers(app)
    return app


@pytest.fixture
def client(node: Node, token: str) -> TestClient:
    return TestClient(_app(node), headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def served(node: Node) -> Iterator[str]:
    """Serve the intake with uvicorn on a free port; the base address."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(_app(node), log_config=None, lifespan="off"))
    thread = threading.Thread(target=lambda: server.run(sockets=[listener]), daemon=True)
    thread.start()
    deadline = time.monotonic() + 180
    while not server.started:
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.02)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


def _multipart(*parts: bytes, kind: str = "application/dicom", boundary: str = "b0und") -> tuple[bytes, dict[str, str]]:
    body = b"".join(
        b"--%b\r\nContent-Type: %b\r\n\r\n%b\r\n" % (boundary.encode(), kind.encode(), part) for part in parts
    )
    header = f'multipart/related; type="application/dicom"; boundary={boundary}'
    return body + b"--%b--\r\n" % boundary.encode(), {"Content-Type": header}


def test_dicomweb_client_stores_instances(node, token, served, part10, spooled):
    files = [part10(number, StudyInstanceUID="1.2.3") for number in (1, 2, 3)]
    datasets = [pydicom.dcmread(io.BytesIO(data)) for data in files]
    client = DICOMwebClient(f"{served}/intake/dicom-web", headers={"Authorization": f"Bearer {token}"})
    answer = client.store_instances(datasets, additional_params={"site": "north"})
    stored = [item.ReferencedSOPInstanceUID for item in answer.ReferencedSOPSequence]
    assert stored == [dataset.SOPInstanceUID for dataset in datasets]
    assert "FailedSOPSequence" not in answer
    found = spooled()
    assert [envelope.path for envelope, _ in found] == ["part 1", "part 2", "part 3"]
    assert [pydicom.dcmread(io.BytesIO(payload)) for _, payload in found] == datasets
    with node.identity.read() as session:
        delivery = session.scalars(select(Delivery)).one()
    assert (delivery.door, delivery.expected, delivery.failure) == ("stow", 3, None)


def test_stow_lists_what_it_cannot_read_as_failed_and_keeps_it_all_the_same(client, part10, spooled):
    body, headers = _multipart(part10(1), b"no DICOM")
    answer = client.post("/intake/dicom-web/studies?site=north", content=body, headers=headers)
    assert answer.status_code == 202
    assert answer.headers["Content-Type"] == "application/dicom+json"
    said = answer.json()
    assert said.keys() == {"00081190", "00081199", "0008119A"}
    assert said["00081190"] == said["00081199"]["Value"][0]["00081190"] == {"vr": "UR"}
    assert said["0008119A"]["Value"] == [{"00081197": {"vr": "US", "Value": [0xC000]}}]
    assert [payload for _, payload in spooled()] == [part10(1), b"no DICOM"]


def test_stow_names_a_part_whose_data_set_is_another_object_than_its_meta_says(client, part10, spooled):
    true = pydicom.dcmread(io.BytesIO(part10(1)))
    false = part10(1).replace(true.SOPInstanceUID.encode(), b"9" + true.SOPInstanceUID.encode()[1:], 1)
    body, headers = _multipart(false)
    answer = client.post("/intake/dicom-web/studies?site=north", content=body, headers=headers)
    [failed] = pydicom.Dataset.from_json(answer.json()).FailedSOPSequence
    assert (answer.status_code, failed.FailureReason) == (409, 0xA900)
    assert failed.ReferencedSOPInstanceUID == "9" + true.SOPInstanceUID[1:]
    assert [payload for _, payload in spooled()] == [false]


@pytest.mark.parametrize("attribute", ["SOPInstanceUID", "SOPClassUID"])
def test_what_the_answer_calls_failed_is_quarantined_and_blocks_nothing(gate, client, part10, attribute):
    true = part10(1)
    uid = str(pydicom.dcmread(io.BytesIO(true))[attribute].value)
    false = true.replace(uid.encode(), b"9" + uid.encode()[1:], 1)
    headless = true[true.index(b"\x08\x00") :]
    body, headers = _multipart(false, headless)
    answer = client.post("/intake/dicom-web/studies?site=north", content=body, headers=headers)
    assert (answer.status_code, answer.json().keys()) == (409, {"00081190", "00081198", "0008119A"})
    take_in(gate.node, list(gate.node.spool.entries()))
    assert gate.dispositions() == [("quarantined", "uid-mismatch"), ("quarantined", "damaged-in-bundle")]
    assert not any(each.first for each in gate.objects())
    body, headers = _multipart(true)
    assert client.post("/intake/dicom-web/studies?site=north", content=body, headers=headers).status_code == 200
    take_in(gate.node, list(gate.node.spool.entries()))
    assert gate.objects()[-1].first


@pytest.mark.parametrize("accept", ["application/dicom+xml", "application/dicom+json;q=0.5, application/dicom+xml"])
def test_stow_answers_in_xml_when_asked(client, part10, accept):
    body, headers = _multipart(part10(1), b"no DICOM")
    answer = client.post("/intake/dicom-web/studies?site=north", content=body, headers={**headers, "Accept": accept})
    assert (answer.status_code, answer.headers["Content-Type"]) == (202, "application/dicom+xml")
    read = _load_xml_dataset(ElementTree.fromstring(answer.content))
    assert read.OtherFailuresSequence[0].FailureReason == 0xC000
    assert (
        read.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == pydicom.dcmread(io.BytesIO(part10(1))).SOPInstanceUID
    )
    assert b'<NativeDicomModel xmlns="http://dicom.nema.org/PS3.19/models/NativeDICOM">' in answer.content


def test_stow_in_no_form_that_is_understood_stores_nothing(client, part10, spooled):
    body, headers = _multipart(part10(1))
    answer = client.post(
        "/intake/dicom-web/studies?site=north", content=body, headers={**headers, "Accept": "text/html"}
    )
    assert answer.status_code == 406
    assert spooled() == []


def test_stow_of_nothing_readable_is_409(client):
    body, headers = _multipart(b"no DICOM")
    assert client.post("/intake/dicom-web/studies?site=north", content=body, headers=headers).status_code == 409


def test_stow_takes_a_single_part10_body(client, part10, spooled):
    headers = {"Content-Type": "application/dicom"}
    answer = client.post("/intake/dicom-web/studies?site=north", content=part10(7), headers=headers)
    assert answer.status_code == 200
    assert [payload for _, payload in spooled()] == [part10(7)]


@pytest.mark.parametrize(
    "content_type",
    [
        'multipart/related; type="application/dicom+json"; boundary=b',
        "application/dicom+json",
        "application/zip",
        "",
    ],
)
def test_stow_in_other_forms_is_answered_as_not_offered(client, node, content_type):
    headers = {"Content-Type": content_type}
    answer = client.post("/intake/dicom-web/studies?site=north", content=b"--b--", headers=headers)
    assert answer.status_code == 501
    with node.identity.read() as session:
        assert session.scalars(select(Delivery)).all() == []


def test_stow_that_ends_too_early_keeps_its_whole_parts_and_says_so(client, node, part10, spooled):
    body, headers = _multipart(part10(1), part10(2))
    answer = client.post("/intake/dicom-web/studies?site=north", content=body[:-200], headers=headers)
    assert answer.status_code == 400
    assert [payload for _, payload in spooled()] == [part10(1)]
    assert not list(node.spool.root.joinpath("tmp").iterdir())
    with node.identity.read() as session:
        delivery = session.scalars(select(Delivery)).one()
    assert (delivery.expected, "send it again" in (delivery.failure or "")) == (1, True)


def test_stow_of_more_than_the_disk_holds_is_refused_before_it_comes(node, token, part10, spooled):
    reserve = node.spool.free_bytes() - (1 << 30)
    dicom = node.settings.dicom.model_copy(update={"reserve_bytes": max(reserve, 0)})
    cramped = replace(node, settings=node.settings.model_copy(update={"dicom": dicom}))
    client = TestClient(_app(cramped), headers={"Authorization": f"Bearer {token}"})
    body, headers = _multipart(part10(1))
    declared = {**headers, "Content-Length": str(5 << 30)}
    assert client.post("/intake/dicom-web/studies?site=north", content=body, headers=declared).status_code == 507
    assert client.post("/intake/dicom-web/studies?site=north", content=body, headers=headers).status_code == 200
    assert len(spooled()) == 1


def test_stow_without_a_part_or_a_site_or_over_the_limits_is_refused(node, token, client, part10):
    body, headers = _multipart()
    assert client.post("/intake/dicom-web/studies?site=north", content=body, headers=headers).status_code == 400
    body, headers = _multipart(part10(1), part10(2))
    assert client.post("/intake/dicom-web/studies?site=nowhere", content=body, headers=headers).status_code == 404
    assert client.post("/intake/dicom-web/studies", content=body, headers=headers).status_code == 422
    uploads = node.settings.uploads.model_copy(update={"maximum_members": 1})
    few_parts = replace(node, settings=node.settings.model_copy(update={"uploads": uploads}))
    few = TestClient(_app(few_parts), headers={"Authorization": f"Bearer {token}"})
    assert few.post("/intake/dicom-web/studies?site=north", content=body, headers=headers).status_code == 413


def _to_study(client: TestClient, study: str, *parts: bytes):
    body, headers = _multipart(*parts)
    return client.post(f"/intake/dicom-web/studies/{study}?site=north", content=body, headers=headers)


def test_a_study_in_the_address_takes_its_own_instances_and_fails_those_of_another(gate, client, part10):
    own = [part10(1, StudyInstanceUID="1.2.3"), part10(2, StudyInstanceUID="1.2.3", transfer_syntax=DEFLATED)]
    icon = bytearray(part10(3, StudyInstanceUID="1.2.3", transfer_syntax=IMPLICIT))
    at = icon.index(b"\x20\x00\x0d\x00")
    icon[at:at] = b"\x09\x00\x10\x00" + (8).to_bytes(4, "little") + b"PRIVATE "
    icon[at + 16 : at + 16] = b"\x09\x00\x01\x10" + (300_000).to_bytes(4, "little") + bytes(300_000)
    other = part10(4, StudyInstanceUID="1.2.33")
    nameless = part10(5, StudyInstanceUID="")
    answer = _to_study(client, "1.2.3", *own, bytes(icon), other, nameless)
    said = pydicom.Dataset.from_json(answer.json())
    assert answer.status_code == 202
    assert len(said.ReferencedSOPSequence) == 3
    assert [each.FailureReason for each in said.FailedSOPSequence] == [0xA901, 0xC001]
    take_in(gate.node, list(gate.node.spool.entries()))
    quarantined = [row for row in gate.objects() if row.disposition == "quarantined"]
    assert [row.path for row in quarantined] == ["part 4", "part 5"]
    assert "another study" in quarantined[0].reason
    codes = [row.reason_code for row in quarantined]
    assert codes == ["other-study", "no-study"]
    assert all(f"reason.{code}" in catalogue(language) for code in codes for language in ("de", "es", "zh-Hans"))
    alone = _to_study(client, "1.2.3", other)
    assert alone.status_code == 409
    assert _to_study(client, "1.2.33", other).status_code == 200, "what failed once may come again where it belongs"


def test_an_address_that_names_no_study_is_refused_before_anything_is_kept(client, part10, spooled):
    for wrong in ("x", "1..2", "1" * 65, "1.2.3."):
        assert _to_study(client, wrong, part10(1)).status_code == 422
    assert spooled() == []


def test_dicomweb_client_stores_into_a_study(node, token, served, part10, spooled):
    client = DICOMwebClient(f"{served}/intake/dicom-web", headers={"Authorization": f"Bearer {token}"})
    dataset = pydicom.dcmread(io.BytesIO(part10(1, StudyInstanceUID="1.2.3")))
    answer = client.store_instances([dataset], study_instance_uid="1.2.3", additional_params={"site": "north"})
    assert [item.ReferencedSOPInstanceUID for item in answer.ReferencedSOPSequence] == [dataset.SOPInstanceUID]
    assert len(spooled()) == 1
