"""Limits on associations hold for all receivers of a door together, and the dead take no seat."""

import errno
import os
import signal
from collections import Counter

import pytest

from config.errors import Malformed
from config.identifiers import AETitle
from scp.admission import Admission, Knock
from scp.peers import DoorTerms, SiteRule
from scp.reception import Caller
from scp.rejections import LOCAL_LIMIT_EXCEEDED, SITE_LIMIT_EXCEEDED
from scp.seats import Seats

NORTH, SOUTH = ("north", ""), ("south", "")


class Association:
    """A peer that lives until it is told otherwise."""

    alive = True

    def is_alive(self) -> bool:
        return self.alive

    def abort(self, block: bool = True) -> None:
        self.alive = False


def receiver(folder, *, maximum=9, limit=None):
    rule = SiteRule("north", (AETitle("NORTH"),), DoorTerms(maximum_associations=limit))
    return Admission(lambda _ae: rule, called_ae="OVERREAD", maximum_associations=maximum, seats=Seats(folder))


def ask(door, peer=None):
    return door.admit(peer or Association(), Knock(calling_ae="NORTH", called_ae="OVERREAD", peer_host="127.0.0.1"))


def elsewhere(seats):
    with seats.taken_elsewhere() as taken:
        return taken


def test_what_one_receiver_gave_away_the_others_count(tmp_path):
    one, two, three = (Seats(tmp_path) for _ in range(3))
    one.tell(Counter({NORTH: 2}))
    two.tell(Counter({NORTH: 1, SOUTH: 1}))
    assert elsewhere(three) == {NORTH: 3, SOUTH: 1}
    assert elsewhere(one) == {NORTH: 1, SOUTH: 1}
    one.close()
    assert elsewhere(three) == {NORTH: 1, SOUTH: 1}


def test_a_receiver_that_was_killed_holds_no_seat_and_leaves_no_file(tmp_path):
    living = Seats(tmp_path)
    child = os.fork()
    if child == 0:
        Seats(tmp_path).tell(Counter({NORTH: 5}))
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    assert len(list(tmp_path.glob("*.seats"))) == 2
    assert elsewhere(living) == {}
    assert len(list(tmp_path.glob("*.seats"))) == 1


def test_counts_that_cannot_be_read_are_never_taken_for_free_seats(tmp_path):
    one, two = Seats(tmp_path), Seats(tmp_path)
    one.tell(Counter({NORTH: 1}))
    os.pwrite(one._own, b"}", 0)
    with pytest.raises(Malformed):
        elsewhere(two)


def test_a_count_that_was_long_and_is_short_again_can_be_read(tmp_path):
    one, two = Seats(tmp_path), Seats(tmp_path)
    many = Counter({(f"site-{number:032d}", ""): 1 for number in range(400)})
    one.tell(many)
    assert one._path.stat().st_size > 16 * 1024
    assert elsewhere(two) == many
    one.tell(Counter({NORTH: 2}))
    assert elsewhere(two) == {NORTH: 2}


def test_a_long_count_that_finds_no_room_leaves_the_one_of_before(tmp_path, monkeypatch):
    one, two = Seats(tmp_path), Seats(tmp_path)
    one.tell(Counter({NORTH: 2}))

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no room")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(OSError, match="no room"):
        one.tell(Counter({(f"site-{number:032d}", ""): 1 for number in range(400)}))
    assert elsewhere(two) == {NORTH: 2}


def test_the_limit_of_a_site_holds_across_receivers_and_a_seat_given_back_is_free_at_the_other(tmp_path):
    one, two = receiver(tmp_path, limit=1), receiver(tmp_path, limit=1)
    peer = Association()
    assert isinstance(ask(one, peer), Caller)
    assert ask(two) == SITE_LIMIT_EXCEEDED
    one.leave(peer)
    assert one.caller(peer) is not None, "who is leaving is still known"
    assert isinstance(ask(two), Caller)
    assert ask(one) == SITE_LIMIT_EXCEEDED


def test_the_limit_of_the_node_holds_across_receivers_and_who_ended_without_a_word_is_found_out(tmp_path):
    one, two = receiver(tmp_path, maximum=2), receiver(tmp_path, maximum=2)
    peers = [Association(), Association()]
    assert all(isinstance(ask(one, peer), Caller) for peer in peers)
    assert ask(two) == LOCAL_LIMIT_EXCEEDED
    peers[0].alive = False
    one.refresh()
    assert isinstance(ask(two), Caller)


def test_without_a_folder_there_is_nobody_else():
    seats = Seats()
    seats.tell(Counter({NORTH: 1}))
    assert elsewhere(seats) == {}
    seats.close()
