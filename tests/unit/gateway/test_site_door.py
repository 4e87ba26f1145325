"""On which terms a site may come in: set by the command line, told to the door, and said when it refused somebody."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from config.errors import Malformed
from config.identifiers import AETitle
from gateway.certificates import certificate_digests
from gateway.doctor import examine
from gateway.site_door import DoorChange, latest_visits, set_door
from gateway.sites import SiteChange, set_site
from scp.peers import Peers


@pytest.fixture
def visited(gate) -> Callable[..., None]:
    """Return a writer of what the door tells of one association."""
    path = gate.node.settings.visits_file

    def write(**said: object) -> None:
        visit = {"at": datetime.now(UTC).isoformat(), "site": None, "calling_ae": "STRANGER", "called_ae": "OVERREAD",
                 "host": "10.9.9.9", "tls": False, "answer": "accepted", "delivery": None,
                 "rejected_contexts": []} | said  # fmt: skip
        path.parent.mkdir(exist_ok=True)
        before = json.loads(path.read_text()) if path.exists() else []
        path.write_text(json.dumps([visit, *before]))

    return write


def refused(gate) -> list[tuple[str, str]]:
    return [(each.finding, each.advice) for each in examine(gate.node.settings) if each.what == "refused"]


def rule(gate):
    return Peers(gate.node.settings.peers_file).rule_of("NORTH")


@pytest.fixture
def north(gate):
    """Give the site north an AE title."""
    set_site(gate.node, "north", SiteChange(ae_titles=(AETitle("NORTH"),)), actor="test")
    return gate


def test_terms_reach_the_door_and_go_again(north) -> None:
    change = DoorChange(networks=("10.1.0.0/16", "10.2.3.4"), user=("pacs", "secret"), instances_per_hour=500)
    view = set_door(north.node, "north", change, actor="test")
    assert view["door"]["networks"] == ["10.1.0.0/16", "10.2.3.4/32"]
    assert "secret" not in json.dumps(view)
    terms = rule(north).terms
    assert (terms.user, terms.instances_per_hour, terms.networks) == ("pacs", 500, ("10.1.0.0/16", "10.2.3.4/32"))
    assert "secret" not in north.node.settings.peers_file.read_text()
    set_door(north.node, "north", DoorChange(networks=(), user=("", ""), instances_per_hour=0), actor="test")
    assert rule(north).terms == type(terms)()


def test_what_is_no_network_is_said_so_and_changes_nothing(north) -> None:
    with pytest.raises(Malformed, match=r"10\.1\.0\.0/16"):
        set_door(north.node, "north", DoorChange(networks=("10.1.0.1/16",)), actor="test")
    assert rule(north).terms.networks == ()


def test_a_file_without_a_certificate_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_text("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n")
    for each in (path, tmp_path / "absent.pem"):
        with pytest.raises(Malformed):
            certificate_digests(each)


@pytest.mark.parametrize(
    ("said", "advice"),
    [
        ({"answer": "calling AE title not recognized"}, "overread site add NAME --ae-title STRANGER"),
        ({"called_ae": "OTHER", "answer": "called AE title not recognized"}, "enter OVERREAD as called AE title"),
        (
            {"calling_ae": "NORTH", "answer": "address outside the networks of the site"},
            "overread site door north --network 10.9.9.9",
        ),
        (
            {"calling_ae": "NORTH", "answer": "user identity missing or wrong"},
            "overread site door north --user NAME --password-stdin",
        ),
    ],
)
def test_the_doctor_says_what_would_let_a_refused_peer_in(north, visited, said, advice) -> None:
    visited(**said)
    visited(**said)
    ((finding, advised),) = refused(north)
    assert said["answer"] in finding
    assert "10.9.9.9" in finding
    assert advised.startswith(advice)


def test_refusals_of_yesterday_are_not_the_doctors_matter(north, visited) -> None:
    visited(answer="calling AE title not recognized", at=(datetime.now(UTC) - timedelta(days=2)).isoformat())
    assert refused(north) == []


def test_a_site_shows_its_latest_associations_refused_ones_too(north, visited) -> None:
    visited(site="north", calling_ae="NORTH", rejected_contexts=["X: not taken"])
    visited(calling_ae="NORTH", answer="user identity missing or wrong")
    visited()
    shown = latest_visits(north.node.settings, "north", ["NORTH"])
    assert [each["answer"] for each in shown] == ["user identity missing or wrong", "accepted"]
    assert shown[1]["rejected_contexts"] == ["X: not taken"]
    assert "delivery" not in shown[0]
