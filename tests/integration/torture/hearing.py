"""What a peer of bare bytes hears from the door, and whether anything is left of it when it is gone."""

import select
import socket
import struct
import time

from scp.query_statuses import SUCCESS
from scp.statuses import ANSWERS

from .workstation_conversations import ALLOWED, responses

ANSWERING = {2: "accept", 3: "reject", 4: "data", 6: "released", 7: "abort"}
ABORTS = {(0, 0), *((2, reason) for reason in (0, 1, 2, 4, 5, 6))}  # PS3.8 table 9-26
STATUSES = ALLOWED | {"store": {int(answer.status) for answer in ANSWERS.values()} | {SUCCESS}}
LARGEST_ANSWER = 4096
GROWTH = 24 * 1024 * 1024


def answers_to(port, said, leave="waits", patience=0.0):
    """Say the PDUs and return what is answered until the connection ends.

    Who is in a hurry does not wait for the association, which a well-behaved peer must (PS3.8 section 9.2); who closes
    or resets the connection hears nothing. With patience the peer says that it has no more to say after a silence of so
    many seconds, or once the association has ended: a query on a connection that is half closed is not served.
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
            if patience:
                heard += until_silence(peer, patience)
            peer.shutdown(socket.SHUT_WR)
            while piece := peer.recv(1 << 16):
                heard += piece
        except OSError:
            pass  # the door has closed it with something unread
    return bytes(heard)


def until_silence(peer, seconds):
    """Return what is heard until the association or the connection ends, or nothing comes for so long."""
    heard = bytearray()
    while select.select([peer], [], [], seconds)[0] and (piece := peer.recv(1 << 16)):
        heard += piece
        if {kind for kind, _ in pdus(heard)} & {6, 7}:
            break
    return heard


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
    statuses = list(responses(found))
    assert all(status in STATUSES[operation] for operation, status in statuses), statuses
    return statuses.count(("store", SUCCESS))


def at_rest(node):
    """Return the footprint of the door once nobody is there: its threads and descriptors stay the same for a while."""
    seen = []

    def is_steady():
        seen.append(node.footprint())
        time.sleep(0.3)
        return len(seen) > 8 and len({(each.threads, each.descriptors) for each in seen[-6:]}) == 1

    node.wait_until(is_steady, "the door is at rest")
    return seen[-1]


def nothing_is_left(node, before, *, descriptors=0):
    """Check that the door holds what it held before; `descriptors` are those it may keep open for its next work."""
    node.wait_until(lambda: node.footprint().threads <= before.threads, "no thread is left")
    most = before.descriptors + descriptors
    node.wait_until(lambda: node.footprint().descriptors <= most, "no descriptor is left")
    node.wait_until(lambda: node.litter() == [], "no temporary file is left")
    assert node.footprint().resident - before.resident < GROWTH * len(node.processes)
