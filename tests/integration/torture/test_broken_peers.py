"""Each way in which a peer can break off, lie or lose its way: no thread, descriptor, file or memory is left of it."""

import os
import socket
import struct
from concurrent.futures import ThreadPoolExecutor

from .conversations import RELEASE, associate, pdata, store
from .hearing import at_rest, check_answers, nothing_is_left, pdus

EACH = 6
REFUSED = {"abort", ""}
SAID = {6: "released", 7: "abort"}
COMMAND, FIRST, *REST = store(1, 1)


def say(port, *said, leave=False):
    """Say the PDUs on an association; return how it ended, with the instances that were acknowledged.

    Who does not leave stays until the door ends the connection.
    """
    with socket.create_connection(("127.0.0.1", port), timeout=180) as peer:
        heard = bytearray()
        try:
            if said and said[0] == associate():
                peer.sendall(said[0])
                heard += peer.recv(1 << 16)
                said = said[1:]
            peer.sendall(b"".join(said))
            while not leave and (piece := peer.recv(1 << 16)):
                heard += piece
                if SAID.get(heard[-10]) == "released":
                    break
        except ConnectionError:
            pass  # ended with something unread
    kinds = [kind for kind, _ in pdus(heard)]
    return SAID.get(kinds[-1] if kinds else 0, ""), check_answers([b"", *said], heard)


def lying(length):
    """Return a P-DATA-TF whose one item says that it is of another length than it is."""
    return b"\x04\x00" + struct.pack(">LLBB", 106, length, 1, 2) + bytes(100)


PEERS = {
    "stalls in the middle of a PDU": lambda port: say(port, associate(), COMMAND, FIRST[:-30]),
    "drops in the middle of a PDV": lambda port: say(port, associate(), COMMAND, FIRST[:-30], leave=True),
    "says that an item is longer than it is": lambda port: say(port, associate(), COMMAND, lying(0xFFFFFFFF)),
    "says that an item is shorter than it is": lambda port: say(port, associate(), COMMAND, lying(1)),
    "says that a PDU is longer than any": lambda port: say(port, associate(), b"\x04\x00\x7f\xff\xff\xff"),
    "says that an element is longer than it is": lambda port: say(
        port, associate(), pdata((1, 3, b"\0\0\x02\0\xff\xff\0\0" + bytes(20)))
    ),
    "connects and says nothing": say,
    "associates and says nothing": lambda port: say(port, associate()),
    "sends garbage": lambda port: say(port, b"\x99" + os.urandom(300)),
    "sends garbage on an association": lambda port: say(port, associate(), b"\x99" + os.urandom(300)),
    "interleaves contexts": lambda port: say(port, associate(), COMMAND, FIRST, *store(2, 5), *REST, RELEASE),
    "interleaves messages": lambda port: say(port, associate(), COMMAND, FIRST, COMMAND, *REST, RELEASE),
}


def test_no_broken_peer_leaves_a_thread_a_descriptor_a_file_or_memory(door):
    node = door(receivers=2, network_timeout_seconds=2)
    honest = [associate(), *store(3, 1), RELEASE]
    with ThreadPoolExecutor(EACH) as peers:
        assert list(peers.map(lambda _: say(node.port, *honest), range(4 * EACH))) == [("released", 1)] * 4 * EACH
        before = at_rest(node)
        for name, behave in PEERS.items():
            ended = list(peers.map(lambda _, behave=behave: behave(node.port), range(EACH)))
            assert {how for how, _ in ended} <= REFUSED, name
            assert {acknowledged for _, acknowledged in ended} == {0}, name
            nothing_is_left(node, before)
        assert say(node.port, *honest) == ("released", 1), "it serves as before"
    assert node.end() == 0


def test_a_peer_that_repeats_its_message_ids_has_each_message_answered(door):
    node = door(network_timeout_seconds=5)
    again = store(1 + 0xFFFF, 1)  # another instance under the number of the first message
    assert say(node.port, associate(), *store(1, 1), *again, *store(1, 1), RELEASE) == ("released", 3)
    nothing_is_left(node, at_rest(node))
    names = [node.spool.open(entry)[0].sop_instance_uid.rpartition(".")[2] for entry in node.spool.entries()]
    assert sorted(names) == ["1", "1", "65536"]
    assert node.end() == 0
