"""The doors of the identified zone over HTTP admit the right people, stream to disk and answer when it is durable."""

import contextlib
import io
import json
import socket
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient

from config.settings import MIB
from gateway import intake as spool_intake
from gateway.http import case_reports
from gateway.http.intake import make_router
from gateway.http.pace import Pace
from gateway.node import Node
from gateway.uploads import pending_uploads, unpack_upload
from worklist.access.readers import add_reader
from worklist.access.tokens import create_token
from worklist.problems import install_problem_handlers

PATIENCE = 180
ROUTES = [
    ("POST", "/intake/uploads?site=north"),
    ("GET", f"/intake/uploads/{'0' * 32}"),
    ("POST", "/intake/dicom-web/studies?site=north"),
    ("POST", "/intake/dicom-web/studies/1.2.3?site=north"),
    ("POST", "/intake/cases?site=north"),
]


@pytest.fixture
def tokens(node: Node) -> dict[str, str]:
    with node.reading.write() as session:
        add_reader(session, node.clock, name="reader", email="reader@example.org", specialty=None)
        return {
            role: create_token(session, node.clock, role=role, name=role)
            for role in ("reader", "coordinator", "integrator", "admin")
        }


def _app(node: Node) -> FastAPI:
    app = FastAPI()
    app.include_router(make_router(node))
    app.include_router(case_reports.make_router(node))
    app.add_middleware(Pace, http=node.settings.http)
    install_problem_handlers(app)
    return app


@pytest.fixture
def client(node: Node, tokens: dict[str, str]) -> TestClient:
    """Return a client of the intake that bears a coordinator's token."""
    return TestClient(_app(node), headers={"Authorization": f"Bearer {tokens['coordinator']}"})


@pytest.fixture
def served(node: Node) -> Iterator[str]:
    """Serve the intake with uvicorn on a free port; the base address."""
    with _serving(_app(node)) as port:
        yield f"http://127.0.0.1:{port}"


def _zip(**files: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()


def _bundle(node: Node, upload_id: str) -> bytes:
    return (node.uploads / f"{upload_id}.bundle").read_bytes()


def _small(node: Node, **values: int) -> Node:
    uploads = node.settings.uploads.model_copy(update=values)
    return replace(node, settings=node.settings.model_copy(update={"uploads": uploads}))


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_nobody_and_the_wrong_roles_are_refused_everywhere(node, tokens, method, path):
    client = TestClient(_app(node))
    assert client.request(method, path, content=b"x").status_code == 401
    assert client.request(method, path, content=b"x", headers={"Authorization": "Bearer ovr_x"}).status_code == 401
    for role in ("reader", "integrator"):
        headers = {"Authorization": f"Bearer {tokens[role]}"}
        assert client.request(method, path, content=b"x", headers=headers).status_code == 403
    assert list(node.spool.entries()) == []
    assert not list(node.uploads.iterdir())


def test_the_routes_tried_for_access_are_all_there_are(node):
    taking_in = [*make_router(node).routes, *case_reports.make_router(node).routes]
    routes = {(method, route.path) for route in taking_in for method in route.methods if method == "POST"}
    routes |= {(method, route.path) for route in make_router(node).routes for method in route.methods}
    names = {"0" * 32: "{upload_id}", "1.2.3": "{study}"}
    tried = {
        (method, "/".join(names.get(each, each) for each in path.split("?")[0].split("/"))) for method, path in ROUTES
    }
    assert routes == tried


@pytest.mark.parametrize("role", ["coordinator", "admin"])
def test_a_raw_body_is_a_bundle(node, tokens, role):
    client = TestClient(_app(node), headers={"Authorization": f"Bearer {tokens[role]}"})
    answer = client.post("/intake/uploads?site=north", content=b"bundle")
    assert answer.status_code == 202
    upload_id = answer.json()["upload_id"]
    assert answer.headers["Location"] == f"/intake/uploads/{upload_id}"
    assert _bundle(node, upload_id) == b"bundle"
    assert client.get(answer.headers["Location"]).json()["state"] == "unpacking"


def test_a_form_with_one_file_is_a_bundle_under_the_name_without_folders(node, client):
    data = bytes(range(256)) * 5000 + b"\r\n--not the boundary\r\n"
    answer = client.post(
        "/intake/uploads?site=north", data={"comment": "field before"}, files={"file": ("C:\\cd\\disc.zip", data)}
    )
    assert answer.status_code == 202
    upload_id = answer.json()["upload_id"]
    assert _bundle(node, upload_id) == data
    assert json.loads((node.uploads / f"{upload_id}.json").read_text())["filename"] == "disc.zip"


def test_a_form_needs_exactly_one_file(node, client):
    none = client.post("/intake/uploads?site=north", files={"comment": (None, b"no file")})
    two = client.post("/intake/uploads?site=north", files=[("a", ("a", b"1")), ("b", ("b", b"2"))])
    assert (none.status_code, two.status_code) == (400, 400)
    assert "no file" in none.json()["detail"]
    assert "one zip" in two.json()["detail"]
    assert not list(node.uploads.iterdir())


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data; boundary=b", b"--b\r\nContent-Disposition: form-data; filename=a\r\n\r\nhalf"),
        ("multipart/form-data; boundary=b", b"no boundary at all"),
        ("multipart/form-data", b"--b--"),
        ("multipart/form-data; boundary=" + "b" * 300, b"--b--"),
        ("multipart/mixed; boundary=b", b"--b--"),
        ("application/zip", b""),
    ],
)
def test_a_body_that_is_not_what_it_says_is_400_and_leaves_nothing(node, client, content_type, body):
    answer = client.post("/intake/uploads?site=north", content=body, headers={"Content-Type": content_type})
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert not list(node.uploads.iterdir())


def test_an_unknown_site_and_a_foreign_case_are_404_and_a_mistyped_case_400(client, case_number):
    assert client.post("/intake/uploads?site=nowhere", content=b"x").status_code == 404
    assert client.post(f"/intake/uploads?site=south&case={case_number}", content=b"x").status_code == 404
    assert client.post("/intake/uploads?site=north&case=1234567890", content=b"x").status_code in {400, 404}
    assert client.post(f"/intake/uploads?site=north&case={case_number}", content=b"x").status_code == 202


def test_a_declared_body_over_the_limit_is_413_before_it_is_read(node, tokens):
    client = TestClient(_app(_small(node, maximum_bytes=MIB)), headers={"Authorization": f"Bearer {tokens['admin']}"})
    announced = client.post("/intake/uploads?site=north", content=b"x", headers={"Content-Length": str(3 * MIB)})
    assert announced.status_code == 413
    chunked = client.post("/intake/uploads?site=north", content=iter([bytes(MIB), b"x"]))
    assert chunked.status_code == 413
    assert "uploads.maximum_bytes" in chunked.json()["detail"]
    assert not list(node.uploads.iterdir())


def test_an_upload_larger_than_the_disk_is_507_before_it_is_read(node, client):
    dicom = node.settings.dicom.model_copy(update={"reserve_bytes": max(node.spool.free_bytes() - 500 * MIB, 0)})
    nearly_full = replace(node, settings=node.settings.model_copy(update={"dicom": dicom}))
    near = TestClient(_app(nearly_full), headers=dict(client.headers))
    announced = {"Content-Length": str(5000 * MIB)}
    assert near.post("/intake/uploads?site=north", content=b"x", headers=announced).status_code == 507
    assert not list(node.uploads.iterdir())


def test_an_upload_goes_to_the_spool_and_its_report_names_every_file(node, client, part10):
    image = part10(1, StudyInstanceUID="1.2.3", SeriesInstanceUID="1.2.3.4")
    location = client.post("/intake/uploads?site=north", content=_zip(IM1=image, notes=b"text")).headers["Location"]
    for upload_id in pending_uploads(node):
        unpack_upload(node, upload_id)
    spool_intake.take_in(node, list(node.spool.entries()))
    report = client.get(location).json()
    assert [(file["path"], file["disposition"]) for file in report["files"]] == [("IM1", None), ("notes", "kept")]
    assert report["counts"] == {"pending": 1, "kept": 1}


def test_the_same_bytes_twice_at_once_are_both_answered_and_kept_once(gate, tokens, served, part10):
    images = {f"IM{number}": part10(number, StudyInstanceUID="1.2.3") for number in (1, 2, 3)}
    bundle, start, answers = _zip(**images), threading.Barrier(2), []

    def send() -> None:
        headers = {"Authorization": f"Bearer {tokens['coordinator']}"}
        start.wait(PATIENCE)
        address = f"{served}/intake/uploads?site=north"
        answers.append(httpx.post(address, content=bundle, headers=headers, timeout=PATIENCE))

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert [answer.status_code for answer in answers] == [202, 202]
    first, second = pending_uploads(gate.node)
    assert first != second
    unpackers = [threading.Thread(target=unpack_upload, args=(gate.node, each)) for each in (first, second)]
    for thread in unpackers:
        thread.start()
    for thread in unpackers:
        thread.join(PATIENCE)
    assert spool_intake.take_in(gate.node, list(gate.node.spool.entries())) == 6
    bearer = {"Authorization": f"Bearer {tokens['coordinator']}"}
    reports = [httpx.get(served + each.headers["Location"], headers=bearer, timeout=PATIENCE) for each in answers]
    counts = [report.json()["counts"] for report in reports]
    assert sum(each.get("duplicate", 0) for each in counts) == 3
    assert sum(each.get("pending", 0) for each in counts) == 3
    originals = {row.blob for row in gate.objects()}
    assert (len(originals), sum(row.first for row in gate.objects())) == (3, 3)


def test_a_report_of_no_upload_is_404(client):
    assert client.get("/intake/uploads/..%2F..%2Fetc").status_code == 404
    assert client.get(f"/intake/uploads/{'0' * 32}").status_code == 404


def test_a_connection_that_breaks_leaves_nothing(node, tokens, served):
    port = int(served.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port)) as sender:
        head = f"POST /intake/uploads?site=north HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {tokens['admin']}\r\n"
        sender.sendall(head.encode() + b"Content-Length: 5000000\r\n\r\n" + bytes(3_000_000))
        _wait_until(lambda: any(path.suffix == ".part" for path in node.uploads.iterdir()))
    _wait_until(lambda: not list(node.uploads.iterdir()))


def test_large_uploads_at_once_are_streamed_and_whole(node, tokens, served):
    answers: list[int] = []

    def pieces() -> Iterator[bytes]:
        yield from (bytes([number]) * MIB for number in range(24))

    def send() -> None:
        headers = {"Authorization": f"Bearer {tokens['coordinator']}"}
        address = f"{served}/intake/uploads?site=north"
        answers.append(httpx.post(address, content=pieces(), headers=headers, timeout=PATIENCE).status_code)

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert answers == [202] * 4
    expected = b"".join(bytes([number]) * MIB for number in range(24))
    assert [_bundle(node, upload_id) == expected for upload_id in pending_uploads(node)] == [True] * 4


def test_a_case_document_is_created_once(client):
    document = {"patient": {"name": "Planted^Identity"}, "question": "second look"}
    first = client.post("/intake/cases?site=north", json=document)
    again = client.post("/intake/cases?site=north", json=document)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["case_number"] == again.json()["case_number"]
    assert (first.json()["outcome"], again.json()["outcome"]) == ("created", "unchanged")


def test_a_case_document_that_is_sent_again_with_its_key_changes_nothing(client):
    def send(question: str, key: str) -> str:
        content = f"Name,Patient ID,Accession number,Question\nAnna One,P-1,A-1,{question}\n"
        headers = {"Content-Type": "text/csv", "Idempotency-Key": key}
        return client.post("/intake/cases?site=north", content=content, headers=headers).json()["outcome"]

    sent = (("First?", "a"), ("Second?", "b"), ("First?", "a"), ("First?", "c"))
    assert [send(*each) for each in sent] == ["created", "updated", "unchanged", "updated"]


def test_a_case_document_that_cannot_be_taken_is_answered_by_its_fault(client):
    assert client.post("/intake/cases?site=nowhere", json={"patient": {"name": "A"}}).status_code == 404
    assert client.post("/intake/cases?site=north", content=b"{", headers=_JSON).status_code == 400
    assert client.post("/intake/cases?site=north", content=bytes(17 * MIB), headers=_JSON).status_code == 413
    assert client.post("/intake/cases?site=north", json={"resourceType": "Bundle"}).status_code == 400


def test_no_answer_repeats_what_was_sent(client):
    body = b'--b\r\nContent-Disposition: form-data; name="f"; filename="Planted^Identity"\r\n\r\nx\r\n--b'
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    answer = client.post("/intake/uploads?site=north", content=body, headers=headers)
    assert answer.status_code == 400
    assert "Planted" not in answer.text


_JSON = {"Content-Type": "application/json"}


@contextlib.contextmanager
def _serving(app: FastAPI) -> Iterator[int]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    thread = threading.Thread(target=lambda: server.run(sockets=[listener]), daemon=True)
    thread.start()
    _wait_until(lambda: server.started)
    yield listener.getsockname()[1]
    server.should_exit = True
    thread.join(10)


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
