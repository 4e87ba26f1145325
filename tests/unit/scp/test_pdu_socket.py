"""A socket gives whole PDUs, however they come, and holds no more than a peer makes it hold."""

import queue
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import Malformed
from scp.pdu_socket import PduSocket
from scp.wire import P_DATA_TF

MAXIMUM = 131072
ABORT = bytes((7, 0, 0, 0, 0, 4, 0, 0, 0, 0))


def data_pdu(body: bytes) -> bytes:
    return bytes((P_DATA_TF, 0)) + len(body).to_bytes(4, "big") + body


@dataclass
class Line:
    """A connection: where the peer sends, and what reads."""

    peer: socket.socket
    reader: PduSocket

    def taken(self) -> list[bytes]:
        """Return the PDUs that can be taken by now, read as far as there is anything."""
        found = []
        while True:
            pdu = self.reader.take_pdu(MAXIMUM)
            if pdu is not None:
                found.append(bytes(pdu.data))
            elif not self.reader.read_more():
                return found


def connect() -> Line:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    association = SimpleNamespace(dul=SimpleNamespace(event_queue=queue.Queue()))
    return Line(theirs, PduSocket(cast(Any, association), client_socket=ours))


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    monkeypatch.setattr("scp.pdu_socket.acknowledge", lambda _sock: None)  # there is none on a pair of sockets
    made = connect()
    yield made
    made.peer.close()
    made.reader._shutdown_socket()


def test_all_that_has_come_is_read_at_once_and_taken_one_by_one(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    line.peer.sendall(data_pdu(b"one") + data_pdu(b"two") + ABORT)
    reads = []
    take = line.reader.read_more
    monkeypatch.setattr(line.reader, "read_more", lambda: reads.append(1) or take())
    assert line.taken() == [data_pdu(b"one"), data_pdu(b"two"), ABORT]
    assert len(reads) == 2  # the second one found nothing


@given(st.lists(st.binary(max_size=9000), max_size=6), st.lists(st.integers(1, 9000), min_size=1, max_size=6))
def test_the_same_pdus_come_out_however_they_were_cut(bodies: list[bytes], cuts: list[int]) -> None:
    line = connect()
    stream, found = b"".join(map(data_pdu, bodies)), []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("scp.pdu_socket.acknowledge", lambda _sock: None)
        sender = threading.Thread(target=send_in_pieces, args=(line.peer, stream, cuts))
        sender.start()
        while len(found) < len(bodies):
            found += line.taken()
        sender.join()
    line.peer.close()
    line.reader._shutdown_socket()
    assert found == [data_pdu(body) for body in bodies]


def send_in_pieces(peer: socket.socket, stream: bytes, cuts: list[int]) -> None:
    at = 0
    while at < len(stream):
        for cut in cuts:
            peer.sendall(stream[at : at + cut])
            at += cut


def test_what_is_no_pdu_or_longer_than_agreed_is_refused_before_it_is_read(line: Line) -> None:
    line.peer.sendall(bytes((P_DATA_TF, 0)) + (MAXIMUM + 100).to_bytes(4, "big"))
    assert line.reader.read_more()
    with pytest.raises(Malformed):
        line.reader.take_pdu(MAXIMUM)
    line.reader.drop()
    line.peer.sendall(b"GET / HTTP/1.1")
    assert line.reader.read_more()
    with pytest.raises(Malformed):
        line.reader.take_pdu(MAXIMUM)


def test_a_peer_that_sends_little_costs_little_and_one_that_sends_much_is_read_far_ahead(line: Line) -> None:
    line.peer.sendall(data_pdu(b"echo"))
    line.taken()
    assert len(line.reader._buffer) <= 4096
    sender = threading.Thread(target=line.peer.sendall, args=(data_pdu(bytes(MAXIMUM)) * 4,))
    sender.start()
    found: list[bytes] = []
    while len(found) < 4:
        found += line.taken()
    sender.join()
    assert 2 * MAXIMUM < len(line.reader._buffer) < 4 * MAXIMUM


def test_a_long_request_for_an_association_leaves_no_long_buffer(line: Line) -> None:
    request = bytes((1, 0)) + (100_000).to_bytes(4, "big") + bytes(100_000)
    sender = threading.Thread(target=line.peer.sendall, args=(request,))
    sender.start()
    while not (taken := line.taken()):
        pass  # until the sender is on its way
    assert taken == [request]
    sender.join()
    assert len(line.reader._buffer) <= 4096


def test_a_pdu_that_trickles_is_given_up_and_one_that_ends_within_is_gone(line: Line) -> None:
    line.reader.pdu_seconds = 0.05
    line.peer.sendall(data_pdu(b"whole") + data_pdu(b"begun")[:-1])
    assert line.reader.read_more()
    assert line.reader.take_pdu(MAXIMUM) is not None
    assert line.reader.take_pdu(MAXIMUM) is None
    with pytest.raises(TimeoutError):
        line.reader.read_more()
    line.peer.close()
    with pytest.raises((ConnectionResetError, TimeoutError)):
        line.reader.read_more()


def test_what_was_read_ahead_is_ready_and_dropped_behind_an_abort(line: Line) -> None:
    assert not line.reader.ready
    line.peer.sendall(data_pdu(b"one") + data_pdu(b"two"))
    line.reader.read_more()
    line.reader.take_pdu(MAXIMUM)
    assert line.reader.has_read_ahead
    assert line.reader.ready
    line.reader.drop()
    assert not line.reader.ready
    line.peer.close()
    with pytest.raises(ConnectionResetError):
        line.reader.drop()


def test_a_tls_record_that_was_decrypted_is_ready_though_the_connection_is_silent(line: Line) -> None:
    class Decrypted(ssl.SSLSocket):
        def __new__(cls) -> "Decrypted":
            return cast(Decrypted, socket.socket.__new__(cls))

        def __init__(self) -> None:
            pass

        def pending(self) -> int:
            return 3

    real, line.reader.socket = line.reader.socket, Decrypted()
    assert line.reader.ready
    line.reader.socket = real
