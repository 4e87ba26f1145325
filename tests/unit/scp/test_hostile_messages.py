"""Messages that no honest peer sends, or only a hurried one: one abort is the answer to all that follows, or none."""

import socket
import struct
import threading
import time

import pytest
from pydicom.uid import CTImageStorage
from pynetdicom.acse import ACSE
from pynetdicom.pdu import A_ASSOCIATE_RQ
from pynetdicom.pdu_items import MaximumLengthSubItem

from scp.spool import Spool

from .conftest import element

BY_THE_PROVIDER = b"\x07\0\0\0\0\x04\0\0\x02\0"  # source and reason of PS3.8 table 9-26
BY_THE_USER = b"\x07\0\0\0\0\x04\0\0\0\0"
PATIENCE = 180


def rest(peer):
    """Return all that comes until the end of the connection."""
    heard = b""
    peer.socket.shutdown(socket.SHUT_WR)
    while True:
        try:
            piece = peer.socket.recv(1 << 16)
        except ConnectionResetError:
            return heard
        if not piece:
            return heard
        heard += piece


def wait_until(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.02)


def request(raw_peer, port, spoil):
    """Say an A-ASSOCIATE-RQ that `spoil` has changed, and return the peer."""
    peer = raw_peer(port)
    said = []
    peer.socket, real = Mouth(said), peer.socket
    with pytest.raises(Swallowed):
        peer.associate()
    peer.socket = real
    pdu = A_ASSOCIATE_RQ()
    pdu.decode(said[0])
    spoil(pdu)
    real.sendall(pdu.encode())
    return peer


class Swallowed(Exception):
    """What was said was kept instead of sent."""


class Mouth:
    """A socket that keeps what it is given to send."""

    def __init__(self, said):
        self._said = said

    def sendall(self, data):
        self._said.append(data)
        raise Swallowed


def test_a_message_id_that_is_repeated_is_no_reason_to_lose_an_instance(scp_node, raw_peer, part10):
    node = scp_node()
    peer = raw_peer(node.port)
    peer.associate()
    for number in (1, 2, 2, 3):
        whole = part10(number)
        instance = f"1.2.826.0.1.3680043.10.1.{number}"
        assert peer.store(whole[whole.index(b"\x08\x00\x16\x00UI") :], instance, message_id=7) == 0x0000
    peer.release()
    spool = Spool(node.settings.spool)
    found = [spool.open(entry)[0].sop_instance_uid.rpartition(".")[2] for entry in spool.entries()]
    assert found == ["1", "2", "2", "3"]


def test_whatever_follows_a_lie_about_a_length_one_abort_answers_it(scp_node, raw_peer):
    peer = raw_peer(scp_node().port)
    peer.associate()
    peer.socket.sendall(b"\x04\0\x7f\xff\xff\xff" + b"\x09\0\xff\xff\xff\xff" * 20_000)
    assert rest(peer) == BY_THE_PROVIDER


@pytest.mark.parametrize(
    "said",
    [
        b"\x02\0\0\0\0\x04\0\0\0\0",  # what only an acceptor says
        b"\x03\0\0\0\0\x04\0\x01\x01\x01",
        b"\x06\0\0\0\0\x04\0\0\0\0",
        b"\x04\0\0\0\0\x06\0\0\0\x02\x09\x03",  # a context that nobody accepted
    ],
)
def test_what_cannot_be_said_on_an_association_is_aborted_by_the_provider(scp_node, raw_peer, said):
    peer = raw_peer(scp_node().port)
    peer.associate()
    peer.socket.sendall(said)
    assert rest(peer) == BY_THE_PROVIDER


def test_a_second_request_on_an_association_is_aborted(scp_node, raw_peer):
    peer = raw_peer(scp_node().port)
    assert peer.associate()[0] == 2
    assert peer.associate() == BY_THE_PROVIDER


def test_who_does_not_wait_for_the_association_is_aborted_and_no_fault_is_logged(scp_node, raw_peer, command, capfd):
    node = scp_node()
    for _ in range(5):
        peer = request(raw_peer, node.port, lambda pdu: None)
        peer.send((1, 3, command()))
        heard = rest(peer)
        assert heard.endswith(BY_THE_PROVIDER) or heard[:1] == b"\x02"  # the door may have been faster
    assert "association failed" not in capfd.readouterr().err


@pytest.mark.parametrize("kept", ["abstract_syntax", "transfer_syntax", "neither"])
def test_a_context_that_lacks_a_syntax_is_no_request_and_leaves_no_thread(scp_node, raw_peer, kept):
    def spoil(pdu):
        context = pdu.presentation_context[0]
        items = context.abstract_transfer_syntax_sub_items
        context.abstract_transfer_syntax_sub_items = [each for each in items if hasattr(each, f"{kept}_name")]

    node = scp_node()
    threads = threading.active_count()
    assert rest(request(raw_peer, node.port, spoil)) == BY_THE_USER
    wait_until(lambda: threading.active_count() <= threads)


@pytest.mark.parametrize("maximum", [None, 0, 1, 6, 7, 40])
def test_who_says_no_or_a_senseless_longest_pdu_is_answered_all_the_same(scp_node, raw_peer, maximum, capfd):
    def spoil(pdu):
        items = pdu.user_information.user_data
        (length,) = (item for item in items if isinstance(item, MaximumLengthSubItem))
        if maximum is None:
            items.remove(length)
        else:
            length.maximum_length_received = maximum

    peer = request(raw_peer, scp_node().port, spoil)
    assert peer.pdu()[:1] == b"\x02"
    words = [(0x0002, b"1.2.840.10008.1.1\0"), (0x0100, b"\x30\0"), (0x0110, b"\1\0"), (0x0800, b"\1\1")]
    peer.send((3, 3, b"".join(element(number, value) for number, value in words)))
    answer, control = b"", 0
    while control != 3:
        pdu = peer.pdu()
        assert pdu[0] == 4
        assert not maximum or len(pdu) - 6 <= max(maximum, 7)
        answer, control = answer + pdu[12:], pdu[11]
    assert element(0x0900, b"\0\0") in answer
    assert peer.release()[:1] == b"\x06"
    assert "association failed" not in capfd.readouterr().err


def test_a_fault_of_ours_in_the_negotiation_aborts_and_leaves_no_thread(scp_node, raw_peer, monkeypatch):
    def fail(_acse):
        raise RuntimeError("Planted^Identity")

    node = scp_node()
    threads = threading.active_count()
    monkeypatch.setattr(ACSE, "negotiate_association", fail)
    peer = raw_peer(node.port)
    assert peer.associate() == BY_THE_USER
    wait_until(lambda: threading.active_count() <= threads)


def test_a_request_that_trickles_is_given_up(scp_node, raw_peer):
    node = scp_node(network_timeout_seconds=2)
    peer = raw_peer(node.port)
    peer.socket.sendall(b"\x01\0\0\0\x10\0")
    deadline = time.monotonic() + PATIENCE
    with pytest.raises(ConnectionError):
        while time.monotonic() < deadline:
            peer.socket.sendall(b"\0")
            time.sleep(0.3)


def test_a_command_of_another_class_than_its_context_is_refused_and_the_next_is_taken(scp_node, raw_peer, command,
                                                                                      ct_data_set):  # fmt: skip
    peer = raw_peer(scp_node().port)
    peer.associate()
    other = command().replace(str(CTImageStorage).encode() + b"\0", b"1.2.840.10008.5.1.4.1.1.4\0")
    peer.send((1, 3, other), (1, 2, ct_data_set))
    assert peer.status() == 0x0122
    assert peer.store(ct_data_set) == 0x0000


def test_a_length_of_zero_in_the_group_length_matters_to_nobody(scp_node, raw_peer, command, ct_data_set):
    peer = raw_peer(scp_node().port)
    peer.associate()
    peer.send((1, 3, struct.pack("<HHLL", 0, 0, 4, 0) + command()[12:]), (1, 2, ct_data_set))
    assert peer.status() == 0x0000
