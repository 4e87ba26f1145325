"""What no honest peer says ends its association, leaves nothing, and harms nobody else (PS3.8 sections 9.2 and 9.3)."""

import struct
import threading
import time
from pathlib import Path

import pytest

ABORT = b"\x07"
PATIENCE = 180


@pytest.fixture
def node(scp_node):
    return scp_node(network_timeout_seconds=600)


@pytest.fixture
def impatient(scp_node):
    return scp_node(network_timeout_seconds=2)


def settle(node, raw_peer, ct_data_set):
    """The door still serves, and holds one instance and no litter."""
    peer = raw_peer(node.port)
    assert peer.associate()[0] == 2
    assert peer.store(ct_data_set) == 0x0000
    peer.release()
    deadline = time.monotonic() + PATIENCE
    while list((node.spool.root / "tmp").iterdir()) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert list((node.spool.root / "tmp").iterdir()) == []
    assert node.spool.count() == 1


def pdata(*items):
    body = b"".join(items)
    return b"\x04\x00" + struct.pack(">L", len(body)) + body


@pytest.mark.parametrize(
    "garbage",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # a TLS client hello
        b"\x01\x00\xff\xff\xff\xff" + bytes(100),
        b"\x01\x00\x00\x00\x00\x10" + bytes(16),
        b"\x00" * 6,
        b"\x04\x00\x00\x00\x00\x00",
        b"\x05\x00\x00\x00\x00\x04\x00\x00\x00\x00",
    ],
)
def test_garbage_instead_of_an_association(node, raw_peer, ct_data_set, garbage):
    peer = raw_peer(node.port)
    peer.socket.sendall(garbage)
    assert peer.pdu()[:1] in (ABORT, b"")
    settle(node, raw_peer, ct_data_set)


@pytest.mark.parametrize(
    "fragments",
    [
        [(5, 3, b"")],  # a context that was not accepted
        [(1, 2, b"data without a command")],
        [(1, 3, b"")],  # a command that says nothing
        [(1, 3, b"\x08\x00\x00\x00\x04\x00\x00\x00\x01\x00\x00\x00")],  # another group
        [(1, 3, b"\x00\x00\x00\x00\xff\xff\xff\xff")],  # an element that never ends
        [(1, 1, bytes(16000))] * 5,  # a command that never ends
        [(1, 1, b"\x00\x00"), (3, 3, b"\x00\x00")],  # two messages interleaved
    ],
)
def test_fragments_that_cannot_be_there(node, raw_peer, ct_data_set, fragments):
    peer = raw_peer(node.port)
    peer.associate()
    for fragment in fragments:
        peer.send(fragment)
    assert peer.pdu()[:1] in (ABORT, b"")
    settle(node, raw_peer, ct_data_set)


def test_a_command_within_a_data_set(node, raw_peer, command, ct_data_set):
    peer = raw_peer(node.port)
    peer.associate()
    peer.send((1, 3, command()))
    peer.send((1, 0, ct_data_set[:100]))
    peer.send((1, 3, command()))
    assert peer.pdu()[:1] == ABORT
    settle(node, raw_peer, ct_data_set)


def test_another_context_within_a_data_set(node, raw_peer, command, ct_data_set):
    peer = raw_peer(node.port)
    peer.associate()
    peer.send((1, 3, command()))
    peer.send((3, 2, ct_data_set))
    assert peer.pdu()[:1] == ABORT
    settle(node, raw_peer, ct_data_set)


@pytest.mark.parametrize(
    "item",
    [
        struct.pack(">LBB", 1, 1, 3),
        struct.pack(">LBB", 0, 1, 3),
        struct.pack(">LBB", 3, 1, 3),
        struct.pack(">LBB", 0xFFFFFFFF, 1, 3),
        b"\x00\x00",
    ],
)
def test_items_that_lie_about_their_length(node, raw_peer, ct_data_set, item):
    peer = raw_peer(node.port)
    peer.associate()
    peer.socket.sendall(pdata(item))
    assert peer.pdu()[:1] in (ABORT, b"")
    settle(node, raw_peer, ct_data_set)


def test_a_pdu_longer_than_announced_is_refused_before_it_is_read(node, raw_peer, ct_data_set):
    peer = raw_peer(node.port)
    peer.associate()
    peer.socket.sendall(b"\x04\x00\x7f\xff\xff\xff")
    assert peer.pdu()[:1] == ABORT
    settle(node, raw_peer, ct_data_set)


def test_a_pdu_that_never_ends_is_given_up(impatient, raw_peer, command, ct_data_set):
    peer = raw_peer(impatient.port)
    peer.associate()
    peer.send((1, 3, command()))
    peer.socket.sendall(b"\x04\x00\x00\x00\x10\x00" + b"\x00" * 10)
    deadline = time.monotonic() + PATIENCE
    with pytest.raises(ConnectionError):
        while time.monotonic() < deadline:
            peer.socket.sendall(b"\x00")  # a byte now and then does not help
            time.sleep(0.3)
    settle(impatient, raw_peer, ct_data_set)


def test_a_peer_that_says_nothing_is_sent_away(impatient, raw_peer, ct_data_set):
    peer = raw_peer(impatient.port)
    assert peer.pdu() == b""
    settle(impatient, raw_peer, ct_data_set)


def test_an_abort_mid_transfer_leaves_nothing(node, raw_peer, command, ct_data_set):
    peer = raw_peer(node.port)
    peer.associate()
    peer.send((1, 3, command()))
    peer.send((1, 0, ct_data_set[:100]))
    peer.socket.sendall(bytes((7, 0, 0, 0, 0, 4, 0, 0, 0, 0)))
    settle(node, raw_peer, ct_data_set)


def test_a_release_mid_transfer_leaves_nothing(node, raw_peer, command, ct_data_set):
    peer = raw_peer(node.port)
    peer.associate()
    peer.send((1, 3, command()))
    peer.send((1, 0, ct_data_set[:100]))
    peer.release()
    settle(node, raw_peer, ct_data_set)


def test_a_command_without_a_data_set_is_answered(node, raw_peer, command, ct_data_set):
    peer = raw_peer(node.port)
    peer.associate()
    peer.send((1, 3, command(data_set_type=0x0101)))
    assert peer.status() == 0xC000
    peer.close()
    settle(node, raw_peer, ct_data_set)


def test_command_and_data_set_in_one_pdu_and_a_command_in_pieces(node, raw_peer, command, ct_data_set):
    peer = raw_peer(node.port)
    peer.associate()
    whole = command()
    peer.send((1, 1, whole[:7]), (1, 1, whole[7:30]))
    peer.send((1, 3, whole[30:]), (1, 0, ct_data_set[:5]), (1, 0, b""), (1, 2, ct_data_set[5:]))
    assert peer.status() == 0x0000
    peer.release()
    (entry,) = node.spool.entries()
    with node.spool.open(entry)[1] as stream:
        assert stream.read().endswith(ct_data_set)


def test_a_peer_with_a_tiny_maximum_gets_its_response_in_pieces(node, raw_peer, command, ct_data_set):
    peer = raw_peer(node.port)
    peer.associate(maximum=64)
    peer.send((1, 3, command()))
    peer.send((1, 2, ct_data_set))
    pieces = []
    while not pieces or not pieces[-1][11] & 2:
        pieces.append(peer.pdu())
        assert len(pieces[-1]) - 6 <= 64
    whole = b"".join(piece[12:] for piece in pieces)
    assert struct.pack("<HHL", 0, 0x0900, 2) + b"\0\0" in whole


def test_many_who_come_and_go_leave_no_thread_and_no_descriptor(node, raw_peer, ct_data_set):
    settle(node, raw_peer, ct_data_set)
    time.sleep(0.5)
    threads, descriptors = threading.active_count(), count_descriptors()
    for number in range(60):
        peer = raw_peer(node.port)
        if number % 3:
            peer.associate()
        if number % 3 == 2:
            peer.release()
        peer.close()
    deadline = time.monotonic() + PATIENCE
    while (threading.active_count() > threads or count_descriptors() > descriptors) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert threading.active_count() <= threads
    assert count_descriptors() <= descriptors


def count_descriptors():
    return sum(1 for _ in Path("/proc/self/fd").iterdir())
