"""The doorman: default deny, the right reasons, fails shut."""

import threading

import pytest

from config.errors import Misconfigured
from config.identifiers import AETitle
from scp.admission import Admission, Knock
from scp.peers import NO_TERMS, DoorTerms, SiteRule, WorkstationRule
from scp.quota import Quota
from scp.reception import Caller
from scp.rejections import (
    ADDRESS_NOT_PERMITTED,
    CALLED_AE_NOT_RECOGNIZED,
    CALLING_AE_NOT_RECOGNIZED,
    CERTIFICATE_NOT_PERMITTED,
    HOURLY_LIMIT_EXCEEDED,
    LOCAL_LIMIT_EXCEEDED,
    NOT_NOW,
    SITE_LIMIT_EXCEEDED,
    USER_NOT_PERMITTED,
)
from scp.user_identity import hash_password


class FakePeer:
    def __init__(self):
        self.alive = True

    def is_alive(self):
        return self.alive

    def abort(self, block=True):
        self.alive = False


def rules(terms=NO_TERMS):
    return {"NORTH": SiteRule("north", (AETitle("NORTH"),), terms), "SOUTH": SiteRule("south", (AETitle("SOUTH"),))}.get


def admission(rule_of=None, maximum=2, quota=None):
    return Admission(rule_of or rules(), called_ae="OVERREAD", maximum_associations=maximum, quota=quota)


def ask(door, peer=None, calling="NORTH", called="OVERREAD", host="10.0.0.7", **proof):
    return door.admit(peer or FakePeer(), Knock(calling_ae=calling, called_ae=called, peer_host=host, **proof))


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


def test_called_ae_title_that_bears_a_case_number_is_ours():
    assert isinstance(ask(admission(), called="OVR1000000018"), Caller)
    assert ask(admission(), called="OVR1000000019") == CALLED_AE_NOT_RECOGNIZED


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
    def rule_of(_title):
        raise error

    assert ask(admission(rule_of)) == NOT_NOW


def test_a_closing_door_refuses_transiently():
    door = admission()
    door.close()
    assert ask(door).result == 2


@pytest.mark.parametrize(
    ("host", "expected"),
    [("10.1.2.3", True), ("::ffff:10.1.2.3", True), ("192.168.7.9", True), ("10.2.0.1", False), ("fd00::1", False)],
)
def test_a_site_with_networks_comes_from_there_alone(host, expected):
    door = admission(rules(DoorTerms(networks=("10.1.0.0/16", "192.168.7.9/32"))))
    answer = ask(door, host=host)
    assert isinstance(answer, Caller) if expected else answer == ADDRESS_NOT_PERMITTED


def test_a_site_bound_to_a_certificate_comes_with_it_alone():
    door = admission(rules(DoorTerms(certificates=("ab" * 32,))))
    assert ask(door) == CERTIFICATE_NOT_PERMITTED
    assert ask(door, certificate="cd" * 32) == CERTIFICATE_NOT_PERMITTED
    assert isinstance(ask(door, certificate="ab" * 32), Caller)


def test_a_site_with_a_user_comes_under_its_name_with_its_passcode_alone():
    door = admission(rules(DoorTerms(user="north-pacs", password_hash=hash_password("right"))))
    assert ask(door) == USER_NOT_PERMITTED
    for user, password in (("north-pacs", ""), ("north-pacs", "wrong"), ("x", "right")):
        assert ask(door, user=user, password=password) == USER_NOT_PERMITTED
    assert isinstance(ask(door, user="north-pacs", password="right"), Caller)


def test_a_sites_own_maximum_does_not_keep_others_out():
    door = admission(rules(DoorTerms(maximum_associations=1)), maximum=5)
    assert isinstance(ask(door), Caller)
    assert ask(door) == SITE_LIMIT_EXCEEDED
    assert SITE_LIMIT_EXCEEDED.result == 2
    assert isinstance(ask(door, calling="SOUTH"), Caller)


def test_who_has_sent_enough_in_an_hour_is_refused_until_it_has_passed():
    now = [0.0]
    quota = Quota(lambda: now[0])
    door = admission(rules(DoorTerms(instances_per_hour=2)), quota=quota)
    quota.count("north", 1000)
    assert isinstance(ask(door), Caller)
    quota.count("north", 1000)
    assert ask(door) == HOURLY_LIMIT_EXCEEDED
    assert HOURLY_LIMIT_EXCEEDED.result == 2
    now[0] = 3660.0
    assert isinstance(ask(door), Caller)


def test_networks_that_cannot_be_read_admit_nobody():
    assert ask(admission(rules(DoorTerms(networks=("not a network",))))) == NOT_NOW


def test_the_limit_of_a_workstation_counts_its_own_associations_alone():
    terms = DoorTerms(maximum_associations=1)
    door = admission({title: WorkstationRule(AETitle(title), terms) for title in ("READING", "OTHER")}.get, maximum=9)
    first = ask(door, calling="READING")
    assert (first.workstation, first.site) == (True, "")
    assert ask(door, calling="READING") is SITE_LIMIT_EXCEEDED
    assert ask(door, calling="OTHER").calling_ae == "OTHER"
