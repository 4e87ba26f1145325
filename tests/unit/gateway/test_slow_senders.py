"""A sender that drips holds its place for some seconds and no longer, whatever it drips, and frees it then."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

import httpx
import pytest

from gateway.http import guarded
from gateway.http.server import run_http
from gateway.node import Node
from worklist.access.tokens import create_token

pytestmark = pytest.mark.flaky(reruns=2)  # limits of a second or two: who sends must get the processor in time
PATIENCE = 180.0
TUS = {"Tus-Resumable": "1.0.0"}


@pytest.fixture
def token(node: Node) -> str:
    with node.reading.write() as session:
        return create_token(session, node.clock, role="coordinator", name="clerk")


@contextmanager
def serving(node: Node, **limits: int) -> Iterator[int]:
    """Run the HTTP door of a node with limits of its own; the port."""
    http = node.settings.http.model_copy(update={"port": 0, **limits})
    impatient = replace(node, settings=node.settings.model_copy(update={"http": http}))
    stop, ready, ports = threading.Event(), threading.Event(), []

    def say_ready(port: int) -> None:
        ports.append(port)
        ready.set()

    thread = threading.Thread(target=run_http, args=(impatient,), kwargs={"stop": stop, "ready": say_ready})
    thread.start()
    try:
        assert ready.wait(PATIENCE)
        yield ports[0]
    finally:
        stop.set()
        thread.join(PATIENCE)


def drip(sender: socket.socket, drop: bytes) -> bytes:
    """Send a byte now and then until the server has had enough; return what it said before it closed."""
    sender.settimeout(0.1)
    deadline, heard = time.monotonic() + PATIENCE, b""
    while time.monotonic() < deadline:
        with suppress(BrokenPipeError, ConnectionResetError, TimeoutError):
            sender.sendall(drop)
        try:
            said = sender.recv(4096)
        except TimeoutError:
            continue
        except ConnectionResetError:
            return heard
        if not said:
            return heard
        heard += said
    pytest.fail("the server never closed the connection")


def head(token: str, line: str, *headers: str) -> bytes:
    lines = (line, "Host: x", f"Authorization: Bearer {token}", *headers)
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def test_a_head_that_drips_is_closed_and_so_is_a_connection_that_says_nothing(node):
    with serving(node, header_seconds=1) as port:
        for begun, drop in ((b"GET /healthz HTTP/1.1\r\nX-Slow: ", b"a"), (b"", b"")):
            with socket.create_connection(("127.0.0.1", port)) as sender:
                sender.sendall(begun)
                assert drip(sender, drop) == b""


def test_the_second_head_of_a_connection_is_as_bounded_as_the_first(node):
    with serving(node, header_seconds=2) as port, socket.create_connection(("127.0.0.1", port)) as sender:
        sender.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\nX-Slow: ")
        assert drip(sender, b"a").startswith(b"HTTP/1.1 200")


def test_a_head_without_end_is_refused_before_it_fills_the_memory(node):
    with serving(node) as port, socket.create_connection(("127.0.0.1", port)) as sender:
        sender.sendall(b"GET /healthz HTTP/1.1\r\nX-Long: ")
        assert drip(sender, b"a" * guarded.LARGEST_HEAD).startswith(b"HTTP/1.1 431")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/intake/uploads?site=north", "application/zip"),
        ("/intake/dicom-web/studies?site=north", "application/dicom"),
        ("/intake/cases?site=north", "application/json"),
        ("/api/worklist/x/claim", "application/json"),
    ],
)
def test_a_body_that_drips_is_given_up_everywhere_and_leaves_nothing(node, token, path, kind):
    with serving(node, slow_seconds=1) as port, socket.create_connection(("127.0.0.1", port)) as sender:
        sender.sendall(head(token, f"POST {path} HTTP/1.1", f"Content-Type: {kind}", "Content-Length: 100000"))
        said = drip(sender, b"a")
        assert said.startswith(b"HTTP/1.1 4")
        if "api" not in path:  # there the gate or the route may refuse before the body matters
            assert said.startswith(b"HTTP/1.1 408")
            assert b"http.minimum_bytes_per_second" in said
        assert b"connection: close" in said.lower()
    assert not list(node.uploads.iterdir())
    assert not list(node.spool.root.joinpath("tmp").iterdir())


def test_a_resumable_upload_that_drips_frees_its_place_and_keeps_what_came(node, token):
    with serving(node, slow_seconds=1) as port:
        bearer = {"Authorization": f"Bearer {token}", **TUS}
        client = httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=bearer, timeout=PATIENCE)
        created = client.post("/intake/tus?site=north", headers={"Upload-Length": "100000"})
        location = created.headers["Location"]
        with socket.create_connection(("127.0.0.1", port)) as sender:
            chunk = ("Upload-Offset: 0", "Content-Type: application/offset+octet-stream", "Content-Length: 100000")
            sender.sendall(head(token, f"PATCH {location} HTTP/1.1", "Tus-Resumable: 1.0.0", *chunk) + b"01234")
            assert drip(sender, b"x").startswith(b"HTTP/1.1 408")
        offset = int(client.head(location).headers["Upload-Offset"])
        assert offset >= 5
        rest = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
        assert client.patch(location, content=bytes(100_000 - offset), headers=rest).status_code == 204


def test_a_body_that_comes_fast_enough_may_take_longer_than_the_window(node, token):
    def pieces() -> Iterator[bytes]:
        for _ in range(14):
            yield bytes(4096)
            time.sleep(0.25)

    with serving(node, slow_seconds=3) as port:
        headers = {"Authorization": f"Bearer {token}"}
        address = f"http://127.0.0.1:{port}/intake/uploads?site=north"
        answer = httpx.post(address, content=pieces(), headers=headers, timeout=PATIENCE)
    assert answer.status_code == 202


def test_a_body_that_comes_fast_enough_but_never_ends_is_given_up_after_its_hours_and_tus_keeps_what_came(node, token):
    with serving(node, slow_seconds=300, body_hours=2 / 3600) as port:
        bearer = {"Authorization": f"Bearer {token}", **TUS}
        client = httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=bearer, timeout=PATIENCE)
        location = client.post("/intake/tus?site=north", headers={"Upload-Length": str(1 << 30)}).headers["Location"]
        kind = "Content-Type: application/offset+octet-stream"
        lines = (("POST /intake/uploads?site=north", ()), (f"PATCH {location}", ("Tus-Resumable: 1.0.0", kind)))
        for line, headers in lines:
            with socket.create_connection(("127.0.0.1", port)) as sender:
                told = ("Upload-Offset: 0", f"Content-Length: {1 << 30}", *headers)
                sender.sendall(head(token, f"{line} HTTP/1.1", *told))
                said = drip(sender, bytes(4096))
            assert said.startswith(b"HTTP/1.1 408")
            assert b"http.body_hours" in said
        assert int(client.head(location).headers["Upload-Offset"]) >= 4096
    assert not list(node.uploads.glob("*.bundle"))


def test_one_connection_too_many_is_told_so_and_admitted_once_another_went(node):
    with serving(node, maximum_connections=2, header_seconds=300) as port:
        address = ("127.0.0.1", port)
        idle = [socket.create_connection(address) for _ in range(2)]
        with socket.create_connection(address) as third:
            third.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            said = drip(third, b"")
        assert said.startswith(b"HTTP/1.1 503")
        assert b"http.maximum_connections" in said
        idle[0].close()
        wait_until(lambda: httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=PATIENCE).status_code == 200)
        idle[1].close()
