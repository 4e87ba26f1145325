"""The doorman: default deny, the right reasons, fails shut."""

import threading

import pytest

from config.errors import Misconfigured
from scp.admission import (
    CALLED_AE_NOT_RECOGNIZED,
    CALLING_AE_NOT_RECOGNIZED,
    LOCAL_LIMIT_EXCEEDED,
    NOT_NOW,
    Admission,
)
from scp.reception import Caller


class FakePeer:
    def __init__(self):
        self.alive = True

    def is_alive(self):
        return self.alive

    def abort(self, block=True):
        self.alive = False


def admission(site_of={"NORTH": "north"}.get, maximum=2):
    return Admission(site_of, called_ae="OVERREAD", maximum_associations=maximum)


def ask(door, peer=None, calling="NORTH", called="OVERREAD"):
    return door.admit(peer or FakePeer(), calling_ae=calling, called_ae=called, peer_host="10.0.0.7")


def test_who_belongs_to_a_site_is_let_in_under_a_delivery_of_its_own():
    door = admission()
    peer = FakePeer()
    first, second = ask(door, peer), ask(door)
    assert isinstance(first, Caller)
    assert (first.site, first.calling_ae, first.called_ae, first.peer_host) == (
        "north",
        "NORTH",
        "OVERREAD",
        "10.0.0.7",
    )
    assert len(first.delivery) == 32
    assert first.delivery != second.delivery
    assert door.caller(peer) == first


def test_padding_of_titles_does_not_matter():
    assert isinstance(ask(admission(), calling="NORTH   ", called=" OVERREAD "), Caller)


@pytest.mark.parametrize(
    ("calling", "called", "expected"),
    [
        ("NOBODY", "OVERREAD", CALLING_AE_NOT_RECOGNIZED),
        ("", "OVERREAD", CALLING_AE_NOT_RECOGNIZED),
        ("NORTH", "OTHER", CALLED_AE_NOT_RECOGNIZED),
        ("NORTH", "overread", CALLED_AE_NOT_RECOGNIZED),
        ("NOBODY", "OTHER", CALLED_AE_NOT_RECOGNIZED),
    ],
)
def test_everybody_else_is_refused_for_good(calling, called, expected):
    door = admission()
    assert ask(door, calling=calling, called=called) == expected
    assert expected.result == 1
    assert list(door.inside()) == []


def test_beyond_the_maximum_the_refusal_is_transient_until_one_has_left():
    door = admission(maximum=2)
    first = FakePeer()
    ask(door, first), ask(door)
    assert ask(door) == LOCAL_LIMIT_EXCEEDED
    assert (LOCAL_LIMIT_EXCEEDED.result, LOCAL_LIMIT_EXCEEDED.source, LOCAL_LIMIT_EXCEEDED.diagnostic) == (2, 3, 2)
    first.alive = False
    assert isinstance(ask(door), Caller)
    assert door.caller(first) is None


def test_at_once_no_more_than_the_maximum_are_let_in():
    door = admission(maximum=5)
    decisions = []
    threads = [threading.Thread(target=lambda: decisions.append(ask(door))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(isinstance(decision, Caller) for decision in decisions) == 5


@pytest.mark.parametrize("error", [Misconfigured("damaged"), OSError(5, "I/O error")])
def test_rules_that_cannot_be_read_admit_nobody(error):
    def site_of(_title):
        raise error

    assert ask(admission(site_of)) == NOT_NOW


def test_a_closing_door_refuses_transiently():
    door = admission()
    door.close()
    assert ask(door).result == 2
