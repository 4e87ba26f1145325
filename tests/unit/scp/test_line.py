"""The line: data sets go out in fragments, and no faster than the peer takes them."""

import queue

from scp.line import Line, StoreOffer, cut_to

OFFER = StoreOffer("1.2.840.10008.5.1.4.1.1.2", "2.25.1")


def test_fragments_hold_the_same_bytes_and_the_last_is_marked():
    for pieces in ([b"abcdefg"], [b"ab", b"", b"cdefg"], [b"abc", b"defg", b""], [b"abcdef", b"g"]):
        cut = list(cut_to(pieces, 3))
        assert b"".join(fragment for fragment, _ in cut) == b"abcdefg"
        assert [last for _, last in cut] == [False] * (len(cut) - 1) + [True]
        assert all(len(fragment) <= 3 for fragment, _ in cut)
    assert list(cut_to([], 3)) == [(b"", True)]


class StuckPeer:
    """As much of an association as a line sees, with a peer that reads nothing."""

    is_established = True
    accepted_contexts = ()

    def __init__(self):
        self.dul = self.acse = self.dimse = self
        self.to_provider_queue = queue.Queue()
        self.maximum_pdu_size = 16384
        self.socket = None

    def is_alive(self):
        return True

    def is_aborted(self):
        return False

    def send_pdu(self, primitive):
        self.to_provider_queue.put(primitive)


def test_no_more_is_read_of_an_object_than_the_peer_takes_and_a_stuck_one_is_cut_off():
    read = []

    def endless():
        while True:
            read.append(None)
            yield bytes(16384)

    peer = StuckPeer()
    assert Line(peer, silence_seconds=0.0).store(1, OFFER, endless()) is None
    assert len(read) < 20
    assert not peer.is_established
