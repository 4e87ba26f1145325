"""Peers that connect and say nothing, plain or over TLS, keep no place that a sender needs."""

import socket
import ssl

import pytest

from scp import listener, server
from scp.strangers import Strangers

ROOM = 12


@pytest.fixture
def pairs():
    """Return a maker of connections: their two ends."""
    made = []

    def make():
        made.append(socket.socketpair())
        return made[-1]

    yield make
    for ends in made:
        for end in ends:
            end.close()


def is_ended(end):
    end.settimeout(180)
    return end.recv(1) == b""


def test_the_host_with_most_connections_loses_its_oldest(pairs):
    strangers, ends = Strangers(), []
    for host in ("quiet", "crowd", "crowd", "crowd", "other"):
        ours, theirs = pairs()
        strangers.note(ours, host)
        ends.append((ours, theirs))
    assert [strangers.send_one_away() for _ in range(2)] == ["crowd", "crowd"]
    assert is_ended(ends[1][1])
    assert is_ended(ends[2][1])
    for ours, theirs in (ends[0], ends[3], ends[4]):
        ours.send(b"x")
        assert theirs.recv(1) == b"x", "the others stay"


def test_who_asked_for_an_association_and_who_left_are_not_sent_away(pairs):
    strangers = Strangers()
    (asked, _), (gone, _), (old, theirs), (new, _) = pairs(), pairs(), pairs(), pairs()
    for each in (asked, gone, old):
        strangers.note(each, "host")
    strangers.forget(asked)
    gone.close()
    strangers.replace(old, new, "host")
    assert strangers.send_one_away() == "host"
    old.send(b"x")
    assert theirs.recv(1) == b"x", "what stands in its place was ended instead"
    assert strangers.send_one_away() is None


@pytest.fixture
def node(scp_node, certificates, free_port, monkeypatch):
    """Run a door with room for a dozen connections, plain and over TLS, before somebody has to give way."""
    monkeypatch.setattr(server, "_NOT_ASSOCIATED", ROOM + listener._GIVING_WAY - 2)
    return scp_node(
        network_timeout_seconds=600,
        maximum_associations=2,
        tls_port=free_port(),
        tls_certificate=certificates / "server.pem",
        tls_key=certificates / "server.key",
    )


@pytest.mark.parametrize("tls", [False, True])
def test_a_sender_is_served_at_once_among_more_silent_peers_than_there_is_room_for(
    node, raw_peer, ct_data_set, certificates, tls
):
    inside = raw_peer(node.port)
    assert inside.associate()[0] == 2
    port = node.settings.dicom.tls_port if tls else node.port
    silent = [socket.create_connection(("127.0.0.1", port), timeout=180) for _ in range(2 * ROOM)]
    peer = raw_peer(port)
    if tls:
        context = ssl.create_default_context(cafile=certificates / "ca.pem")
        context.check_hostname = False
        peer.socket = context.wrap_socket(peer.socket)
    assert peer.associate()[0] == 2
    assert peer.store(ct_data_set) == 0x0000
    assert is_ended(silent[0]), "the oldest gave way"
    assert inside.store(ct_data_set, message_id=2) == 0x0000, "who is inside stays"
    for each in (inside, peer):
        each.release()
    for each in silent:
        each.close()
