"""Crowds: everybody is served within the limits or told to come back, nothing is lost, and nothing is left of them.

`OVERREAD_CROWD` says how many come at once, `OVERREAD_VISITS` how many come one after the other.
"""

import os
import socket
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from .conversations import RELEASE, associate, store

CROWD = int(os.environ.get("OVERREAD_CROWD", "60"))
VISITS = int(os.environ.get("OVERREAD_VISITS", "100"))
ROOM = 24
TRANSIENT = {(2, 3, 1), (2, 3, 2)}  # PS3.8 table 9-21
SUCCESS = b"\0\0\0\x09\2\0\0\0\0\0"
GROWTH = 24 * 1024 * 1024


def heard(peer):
    """Return the next PDU; empty at the end of the connection."""
    header = peer.recv(6, socket.MSG_WAITALL)
    return header + peer.recv(int.from_bytes(header[2:], "big"), socket.MSG_WAITALL) if header else b""


def visit(port, number, together=None):
    """Send one instance on an association of its own; return the rejection instead when there is one.

    Those who come `together` ask when all are connected, and nobody goes on before all are answered.
    """
    with socket.create_connection(("127.0.0.1", port), timeout=180) as peer:
        if together is not None:
            together.wait()
        peer.sendall(associate())
        answer = heard(peer)
        if together is not None:
            together.wait()
        if answer[:1] == b"\x03":
            return tuple(answer[7:10])
        assert answer[:1] == b"\x02", answer[:10]
        peer.sendall(b"".join(store(number, 1)))
        assert SUCCESS in heard(peer)
        peer.sendall(RELEASE)
        assert heard(peer)[:1] == b"\x06"
    return None


def kept(node):
    """Return how often each instance lies in the spool."""
    return Counter(node.spool.open(entry)[0].sop_instance_uid for entry in node.spool.entries())


def test_of_a_crowd_each_is_served_or_told_to_come_back_and_all_are_served_in_the_end(door):
    node = door(maximum_associations=ROOM)
    together, refusals, pause = threading.Barrier(CROWD, timeout=180), [], threading.Event()

    def come_until_served(number):
        refusal = visit(node.port, number, together)
        while refusal is not None:
            refusals.append(refusal)
            pause.wait(0.05)
            refusal = visit(node.port, number)

    with ThreadPoolExecutor(CROWD) as crowd:
        list(crowd.map(come_until_served, range(1, CROWD + 1)))
    assert len(refusals) >= CROWD - ROOM
    assert set(refusals) <= TRANSIENT
    assert kept(node) == {f"1.2.826.0.1.3680043.10.7.{number}": 1 for number in range(1, CROWD + 1)}
    node.wait_until(lambda: node.footprint().threads < ROOM, "they are gone")
    assert node.litter() == []
    assert node.end() == 0


def test_of_many_who_come_with_one_image_none_loses_it_and_nothing_is_left_of_them(door):
    node = door()
    with ThreadPoolExecutor(4) as senders:
        first = list(senders.map(lambda number: visit(node.port, number), range(1, 41)))
        before = node.footprint()
        rest = list(senders.map(lambda number: visit(node.port, number), range(41, VISITS + 1)))
    assert first + rest == [None] * VISITS
    assert kept(node) == {f"1.2.826.0.1.3680043.10.7.{number}": 1 for number in range(1, VISITS + 1)}
    node.wait_until(lambda: node.footprint().threads <= before.threads, "no thread is left")
    node.wait_until(lambda: node.footprint().descriptors <= before.descriptors, "no descriptor is left")
    assert node.footprint().resident - before.resident < GROWTH
    assert node.litter() == []
    assert node.end() == 0
