"""Sites: one owner an AE title; the doors and the reading zone follow every change."""

import json
from typing import Any

import pytest

from config.errors import Conflict, Malformed, NotFound
from config.identifiers import AETitle
from config.money import Money
from gateway.sites import SiteChange, add_site, get_site, list_sites, remove_site, set_site, tell_the_doors
from worklist.models import SiteTerms


def peers(gate) -> dict[str, list[str]]:
    document = json.loads(gate.node.settings.peers_file.read_text(encoding="utf-8"))
    return {each["site"]: each["ae_titles"] for each in document["sites"]}


def terms(gate, site: str) -> tuple[str, int, str]:
    with gate.node.reading.read() as session:
        row = session.get_one(SiteTerms, site)
        return row.display_name, row.rate_minor, row.currency


def titles(*names: str) -> SiteChange:
    return SiteChange(ae_titles=tuple(AETitle(name) for name in names))


def test_new_site_takes_the_rate_of_the_settings_and_is_told_to_the_doors(gate) -> None:
    view = add_site(gate.node, "west", titles("WEST", "WEST2"), actor="admin")
    assert (view["rate_minor"], view["currency"], view["require_case"]) == (30000, "USD", True)
    assert peers(gate)["west"] == ["WEST", "WEST2"]
    assert terms(gate, "west") == ("west", 30000, "USD")
    assert ("site-added", "west") in gate.audited()


@pytest.mark.parametrize("name", ["", "West", "west field", "-west", "../west", "w" * 64, "wést"])
def test_name_that_is_no_site_s_is_refused(gate, name: str) -> None:
    with pytest.raises(Malformed):
        add_site(gate.node, name, SiteChange(), actor="admin")


def test_site_is_added_once(gate) -> None:
    with pytest.raises(Conflict, match="site set north"):
        add_site(gate.node, "north", SiteChange(), actor="admin")


def test_ae_title_of_another_site_is_refused_and_nothing_changes(gate) -> None:
    set_site(gate.node, "north", titles("NORTH"), actor="admin")
    with pytest.raises(Conflict, match="belongs to the site north"):
        set_site(gate.node, "south", SiteChange(ae_titles=(AETitle("NORTH"),), country="DE"), actor="admin")
    with gate.node.identity.read() as session:
        assert get_site(session, "south").country is None
    assert peers(gate) == {"north": ["NORTH"], "south": []}


def test_given_ae_titles_replace_those_it_had_and_free_them(gate) -> None:
    set_site(gate.node, "north", titles("A", "B"), actor="admin")
    set_site(gate.node, "north", titles("B", "C"), actor="admin")
    set_site(gate.node, "south", titles("A"), actor="admin")
    assert peers(gate) == {"north": ["B", "C"], "south": ["A"]}


def test_change_of_rate_and_name_reaches_the_reading_zone(gate) -> None:
    set_site(gate.node, "north", SiteChange(rate=Money(25000, "EUR"), display_name="Klinik Nord"), actor="admin")
    assert terms(gate, "north") == ("Klinik Nord", 25000, "EUR")


def test_what_is_not_given_stays_as_it_is(gate) -> None:
    address: Any = {"return_ae": AETitle("PACS"), "return_host": "127.0.0.1", "return_port": 104}
    set_site(gate.node, "north", SiteChange(country="US", **address), actor="admin")
    view = set_site(gate.node, "north", SiteChange(markup_percent=10), actor="admin")
    assert (view["country"], view["markup_percent"]) == ("US", 10)
    assert view["return"] == {"ae_title": "PACS", "host": "127.0.0.1", "port": 104, "tls": False}


@pytest.mark.parametrize(
    "part",
    [
        SiteChange(return_ae=AETitle("PACS")),
        SiteChange(return_host="127.0.0.1", return_port=104),
        SiteChange(return_ae=AETitle("PACS"), return_port=104),
    ],
)
def test_half_a_return_address_is_refused(gate, part: SiteChange) -> None:
    with pytest.raises(Malformed, match="return address"):
        set_site(gate.node, "north", part, actor="admin")
    with gate.node.identity.read() as session:
        assert get_site(session, "north").return_ae is None


def test_removed_site_is_shut_out_and_its_titles_are_free(gate) -> None:
    set_site(gate.node, "north", titles("NORTH"), actor="admin")
    remove_site(gate.node, "north", actor="admin")
    assert "north" not in peers(gate)
    with gate.node.identity.read() as session:
        assert [each["name"] for each in list_sites(session)] == ["south"]
        with pytest.raises(NotFound):
            get_site(session, "north")
    set_site(gate.node, "south", titles("NORTH"), actor="admin")
    assert ("site-removed", "north") in gate.audited()


def test_removed_site_can_come_back(gate) -> None:
    set_site(gate.node, "north", SiteChange(country="US"), actor="admin")
    remove_site(gate.node, "north", actor="admin")
    view = add_site(gate.node, "north", titles("NORTH"), actor="admin")
    assert (view["country"], view["ae_titles"]) == ("US", ["NORTH"])


def test_doors_can_be_told_again(gate) -> None:
    gate.node.settings.peers_file.unlink()
    tell_the_doors(gate.node)
    assert peers(gate) == {"north": [], "south": []}


def test_unknown_site_is_not_found(gate) -> None:
    with pytest.raises(NotFound):
        set_site(gate.node, "west", SiteChange(), actor="admin")
    with pytest.raises(NotFound):
        remove_site(gate.node, "west", actor="admin")
