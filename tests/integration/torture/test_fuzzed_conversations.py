"""Spoiled conversations with a running door: whatever is said, it answers within bounds, keeps nothing and lives on.

`OVERREAD_EXAMPLES` says how many conversations are tried.
"""

import hashlib
import os
import socket
import struct
import time
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from scp.statuses import ANSWERS

from .conversations import CONVERSATIONS, PLANTED, spoiled

EXAMPLES = int(os.environ.get("OVERREAD_EXAMPLES", "100"))
SUCCESS = 0x0000
STORE_RESPONSE = struct.pack("<HHLH", 0, 0x0100, 2, 0x8001)
STATUS = struct.pack("<HHL", 0, 0x0900, 2)
ANSWERING = {2: "accept", 3: "reject", 4: "data", 6: "released", 7: "abort"}
ABORTS = {(0, 0), *((2, reason) for reason in (0, 1, 2, 4, 5, 6))}  # PS3.8 table 9-26
STATUSES = {int(answer.status) for answer in ANSWERS.values()} | {SUCCESS}
LARGEST_ANSWER = 1024
UNWANTED = (PLANTED, "1.2.826.0.1.3680043.10.7", "WARNING:", "Traceback", "association failed", "connection failed")
GROWTH = 24 * 1024 * 1024


def answers_to(port, said, leave="waits"):
    """Say the PDUs and return what is answered until the connection ends.

    Who is in a hurry does not wait for the association, which a well-behaved peer must (PS3.8 section 9.2); who closes
    or resets the connection hears nothing.
    """
    heard = bytearray()
    with socket.create_connection(("127.0.0.1", port), timeout=180) as peer:
        try:
            if leave != "hurries" and said and is_request(said[0]):
                peer.sendall(said[0])
                heard += peer.recv(1 << 16)
                said = said[1:]
            peer.sendall(b"".join(said))
            if leave == "resets":
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            if leave in {"resets", "closes"}:
                return b""
            peer.shutdown(socket.SHUT_WR)
            while piece := peer.recv(1 << 16):
                heard += piece
        except OSError:
            pass  # the door has closed it with something unread
    return bytes(heard)


def is_request(pdu):
    """Say whether this is a whole A-ASSOCIATE-RQ, to which there is always an answer."""
    return pdu[:1] == b"\x01" and len(pdu) > 6 and int.from_bytes(pdu[2:6], "big") == len(pdu) - 6


def pdus(heard):
    """Return (type, body) of each PDU, whole ones only; the last may be cut off where the connection was."""
    found, at = [], 0
    while at + 6 <= len(heard):
        end = at + 6 + int.from_bytes(heard[at + 2 : at + 6], "big")
        if end <= len(heard):
            found.append((heard[at], heard[at + 6 : end]))
        at = end
    return found


def check_answers(said, heard):
    """Check that an answer is one that the standard knows, and in proportion; return the acknowledged instances."""
    found = pdus(heard)
    kinds = [ANSWERING[kind] for kind, _ in found]  # another type is no answer of an acceptor
    assert len(heard) <= LARGEST_ANSWER * (2 + len(said)) + sum(map(len, said)), "answers are bounded"
    assert not kinds or kinds[0] in {"accept", "reject", "abort"}
    assert sum(kind in {"accept", "reject"} for kind in kinds) <= 1
    for kind, body in found:
        if kind == 7:
            assert (body[2], body[3]) in ABORTS
    statuses = [
        int.from_bytes(body[at : at + 2], "little")
        for kind, body in found
        if kind == 4 and STORE_RESPONSE in body and (at := body.find(STATUS) + len(STATUS)) >= len(STATUS)
    ]
    assert set(statuses) <= STATUSES
    return statuses.count(SUCCESS)


def at_rest(node):
    """Return the footprint of the door once nobody is there: its threads and descriptors stay the same for a while."""
    seen = []

    def is_steady():
        seen.append(node.footprint())
        time.sleep(0.3)
        return len(seen) > 8 and len({(each.threads, each.descriptors) for each in seen[-6:]}) == 1

    node.wait_until(is_steady, "the door is at rest")
    return seen[-1]


@pytest.mark.timeout(600 + EXAMPLES)
def test_no_spoiled_conversation_breaks_the_door_or_leaves_anything(door):
    node = door(network_timeout_seconds=5)
    acknowledged, outcomes = 0, Counter()

    @settings(
        max_examples=EXAMPLES,
        phases=(Phase.reuse, Phase.generate),  # nothing to shrink: what comes depends on the moment too
        suppress_health_check=list(HealthCheck),
    )
    @given(spoiled(), st.sampled_from(("waits", "waits", "waits", "hurries", "closes", "resets")))
    def converse(said, leave):
        nonlocal acknowledged
        heard = answers_to(node.port, said, leave)
        acknowledged += check_answers(said, heard)
        outcomes[tuple(ANSWERING[kind] for kind, _ in pdus(heard)[-1:])] += 1
        assert node.process.poll() is None

    for said in CONVERSATIONS * 4:
        acknowledged += check_answers(said, answers_to(node.port, said))
    assert acknowledged == 4 * 5
    before = at_rest(node)
    converse()
    assert len(outcomes) > 1, "the conversations end in different ways"
    node.wait_until(lambda: node.footprint().threads <= before.threads, "no thread is left")
    node.wait_until(lambda: node.footprint().descriptors <= before.descriptors, "no descriptor is left")
    node.wait_until(lambda: node.litter() == [], "no temporary file is left")
    assert node.footprint().resident - before.resident < GROWTH
    assert check_answers(CONVERSATIONS[0], answers_to(node.port, CONVERSATIONS[0])) == 2, "it serves as before"
    assert node.end() == 0
    kept = list(node.spool.entries())
    assert len(kept) >= acknowledged + 2
    for entry in kept:
        with node.spool.open(entry)[1] as stream:
            assert hashlib.sha256(stream.read()).hexdigest() == entry.digest
    log = node.log.read_text()
    for unwanted in UNWANTED:
        assert unwanted not in log
