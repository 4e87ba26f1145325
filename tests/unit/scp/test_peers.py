"""The AE rules: default deny, exact titles, seen when replaced."""

import json
import os
import stat

import pytest

from config.errors import Conflict, Misconfigured
from config.identifiers import AETitle
from scp.peers import DoorTerms, Peers, SiteRule, write_peers


def rule(site, *titles):
    return SiteRule(site, tuple(AETitle(title) for title in titles))


def site_of(peers, title):
    found = peers.rule_of(title)
    return found and found.site


@pytest.fixture
def path(tmp_path):
    return tmp_path / "peers.json"


def test_terms_come_back_as_they_were_written(path):
    terms = DoorTerms(
        networks=("10.0.0.0/8",), certificates=("ab" * 32,), user="n", password_hash="h", bytes_per_hour=7
    )
    write_peers(path, [SiteRule("north", (AETitle("N1"),), terms), rule("south", "S1")])
    peers = Peers(path)
    assert peers.rule_of("N1").terms == terms
    assert peers.rule_of("S1").terms == DoorTerms()


def test_an_absent_file_knows_nobody(path):
    assert Peers(path).rule_of("NORTH") is None


def test_each_title_leads_to_its_site(path):
    write_peers(path, [rule("north", "N1", "N2"), rule("south", "S1")])
    peers = Peers(path)
    assert [site_of(peers, title) for title in ("N1", "N2", "S1", "S2")] == ["north", "north", "south", None]


def test_blanks_around_a_title_do_not_matter_and_case_does(path):
    write_peers(path, [rule("north", "N1")])
    peers = Peers(path)
    assert site_of(peers, " N1       ") == "north"
    assert site_of(peers, "n1") is None


@pytest.mark.parametrize("title", ["", "   ", "X" * 17, "N\\1", "N\x001", "Ä"])
def test_what_is_no_title_is_nobody(path, title):
    write_peers(path, [rule("north", "N1")])
    assert site_of(Peers(path), title) is None


def test_a_replaced_file_is_seen_at_the_next_question(path):
    peers = Peers(path)
    write_peers(path, [rule("north", "N1")])
    assert site_of(peers, "N1") == "north"
    write_peers(path, [rule("south", "N1")])
    assert site_of(peers, "N1") == "south"
    path.unlink()
    assert site_of(peers, "N1") is None


def test_an_unchanged_file_is_not_read_again(path, monkeypatch):
    write_peers(path, [rule("north", "N1")])
    peers = Peers(path)
    assert site_of(peers, "N1") == "north"
    monkeypatch.setattr(type(path), "read_text", lambda *_a, **_k: pytest.fail("read again"))
    assert site_of(peers, "N1") == "north"


def test_one_title_cannot_belong_to_two_sites_and_the_old_rules_stay(path):
    write_peers(path, [rule("north", "N1")])
    with pytest.raises(Conflict):
        write_peers(path, [rule("north", "N1"), rule("south", "N1")])
    assert site_of(Peers(path), "N1") == "north"


def test_the_file_is_the_documented_json_and_private(path):
    write_peers(path, [rule("north", "N1")])
    assert json.loads(path.read_text()) == {
        "sites": [{"site": "north", "ae_titles": ["N1"]}],
        "workstations": [],
    }
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [item.name for item in path.parent.iterdir()] == ["peers.json"]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"sites": 3}', '{"sites": [{"site": "x", "ae_titles": ["\\\\"]}]}']
)
def test_a_damaged_file_is_said_to_be_so_each_time_and_admits_nobody(path, text):
    path.write_text(text)
    peers = Peers(path)
    for _ in range(2):
        with pytest.raises(Misconfigured):
            site_of(peers, "N1")


def test_a_failed_write_leaves_no_temporary_file(path, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "full")))
    with pytest.raises(OSError, match="full"):
        write_peers(path, [rule("north", "N1")])
    assert list(path.parent.iterdir()) == []
