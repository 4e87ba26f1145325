"""A stream of events tells an upload from its first byte to its verdicts, each change once, and then ends."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient
from sqlalchemy import select

from gateway.http import events, intake, tus
from gateway.intake import take_in
from gateway.uploads import unpack_upload
from worklist.access.throttle import Throttled
from worklist.access.tokens import create_token, revoke_token
from worklist.models import AccessToken
from worklist.problems import install_problem_handlers

TUS = {"Tus-Resumable": "1.0.0"}
CHUNK = {**TUS, "Content-Type": "application/offset+octet-stream"}


@pytest.fixture
def app(node) -> FastAPI:
    app = FastAPI()
    for module in (intake, tus, events):
        app.include_router(module.make_router(node))
    install_problem_handlers(app)
    return app


@pytest.fixture
def served(app) -> Iterator[str]:
    """Serve the doors with uvicorn on a free port; the base address."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    thread = threading.Thread(target=lambda: server.run(sockets=[listener]), daemon=True)
    thread.start()
    deadline = time.monotonic() + 180
    while not server.started:
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.02)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


def bearer(node, name: str = "clerk") -> dict[str, str]:
    with node.reading.write() as session:
        token = create_token(session, node.clock, role="coordinator", name=name)
    return {"Authorization": f"Bearer {token}"}


def told(stream: httpx.Response) -> Iterator[tuple[str, dict[str, Any]]]:
    name = ""
    for line in stream.iter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def test_a_coordinator_follows_a_resumable_upload_from_its_middle_to_its_end(gate, served, monkeypatch):
    monkeypatch.setattr(events, "_POLL_SECONDS", 0.01)
    node, image = gate.node, gate.part10(1)
    gate.case()
    with httpx.Client(base_url=served, headers=bearer(node), timeout=60) as client:
        opened = client.post("/intake/tus?site=north", headers={**TUS, "Upload-Length": str(len(image))})
        address = opened.headers["Location"]
        upload_id = address.rpartition("/")[2]
        client.patch(address, content=image[:100], headers={**CHUNK, "Upload-Offset": "0"})
        looked = client.get(f"/intake/uploads/{upload_id}").json()
        assert (looked["state"], looked["offset"], looked["length"]) == ("receiving", 100, len(image))
        heard = []
        with client.stream("GET", f"/intake/uploads/{upload_id}/events") as stream:
            for name, data in told(stream):
                known = bool(heard) and heard[-1] == (name, data["state"])
                heard.append((name, data["state"]))
                if data["state"] == "receiving":
                    client.patch(address, content=image[100:], headers={**CHUNK, "Upload-Offset": "100"})
                elif data["state"] == "unpacking" and not known:  # it may tell again, with the row that was late
                    unpack_upload(node, upload_id)
                elif data["counts"] == {"pending": 1} and not data["files"]:
                    take_in(node, list(node.spool.entries()))
                elif name == "change" and data["files"] and data["state"] == "processing":
                    [file] = data["files"]
                    assert (file["number"], file["disposition"]) == (0, None)
                    gate.run()
        assert stream.status_code == 200
    assert list(dict.fromkeys(heard)) == [
        ("delivery", "receiving"),
        ("change", "unpacking"),
        ("change", "processing"),
        ("change", "done"),
        ("done", "done"),
    ]


def test_an_upload_that_is_not_whole_is_nobody_elses_matter(node, app):
    mine, other = (TestClient(app, headers=bearer(node, name)) for name in ("clerk", "another clerk"))
    upload_id = mine.post("/intake/tus?site=north", headers={**TUS, "Upload-Length": "9"}).headers["Location"][-32:]
    assert mine.get(f"/intake/uploads/{upload_id}").json()["state"] == "receiving"
    for address in (f"/intake/uploads/{upload_id}", f"/intake/uploads/{upload_id}/events"):
        assert other.get(address).status_code == 404


def test_a_change_bears_the_files_that_changed_and_no_others():
    files = [{"path": f"IM{number}", "disposition": None} for number in range(1000)]
    state = {"state": "processing", "failure": None, "counts": {"pending": 1000}, "files": files}
    teller = events._Teller(lambda: state)
    assert len(teller.tell()) > 20_000
    assert teller.tell() == ""
    state = {
        **state,
        "counts": {"pending": 1000, "published": 1},
        "files": [*files[:7], {**files[7], "disposition": "published"}, *files[8:], {"path": "X", "disposition": None}],
    }
    name, data = teller.tell().strip().split("\n")
    assert name == "event: change"
    assert json.loads(data.removeprefix("data: ")) == {
        "state": "processing",
        "counts": {"pending": 1000, "published": 1},
        "files": [
            {"number": 7, "path": "IM7", "disposition": "published"},
            {"number": 1000, "path": "X", "disposition": None},
        ],
    }


def test_one_owner_may_have_so_many_streams_open_and_one_that_ended_makes_room(node, app, monkeypatch):
    monkeypatch.setattr(events, "MOST_STREAMS", 1)
    streams = events.Streams()

    def look() -> dict[str, Any]:
        return {"state": "done", "counts": {}, "files": []}

    @app.get("/one")
    def one(request: Request) -> StreamingResponse:
        return streams.open(request, look, owner="me")

    held = streams.open(None, look, owner="other")
    with pytest.raises(Throttled):
        streams.open(None, look, owner="other")
    client = TestClient(app)
    assert held.status_code == 200
    for _ in range(3):
        assert "event: done" in client.get("/one").text


def test_a_stream_ends_at_its_next_look_once_its_token_is_revoked(node, served, monkeypatch):
    monkeypatch.setattr(events, "_POLL_SECONDS", 0.01)
    headers = bearer(node)
    with httpx.Client(base_url=served, headers=headers, timeout=60) as client:
        opened = client.post("/intake/tus?site=north", headers={**TUS, "Upload-Length": "100"})
        upload_id = opened.headers["Location"].rpartition("/")[2]
        with client.stream("GET", f"/intake/uploads/{upload_id}/events") as stream:
            heard = told(stream)
            assert next(heard)[0] == "delivery"
            with node.reading.write() as session:
                (token,) = session.scalars(select(AccessToken)).all()
                revoke_token(session, node.clock, token.id)
            client.headers.clear()
            assert list(heard) == []  # it ends though nothing is done, which the client's timeout would not forgive
        with client.stream("GET", f"/intake/uploads/{upload_id}/events", headers=headers) as stream:
            assert stream.status_code == 401
