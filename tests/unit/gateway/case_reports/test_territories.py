"""Puerto Rico and other territories of the United States: one jurisdiction each, by either of their codes."""

import json
from datetime import date

import pytest
from click.testing import CliRunner

from config.jurisdictions import one_code
from gateway.case_reports.countries import country_named, home_of, in_address, jurisdiction_in, jurisdiction_of
from gateway.case_reports.texts.reading import read_residence
from gateway.cli import cli
from worklist.access.readers import add_licence, add_reader, has_licence

from .test_structured_reports import report
from .test_where_patients_live import home, order, site  # noqa: F401


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ("PR", "US-PR"),
        ("pri", "US-PR"),
        ("Puerto Rico", "US-PR"),
        ("US-PR", "US-PR"),
        ("GUM", "US-GU"),
        ("VI", "US-VI"),
        ("U.S. Virgin Islands", "US-VI"),
        ("AS", "US-AS"),
        ("MNP", "US-MP"),
        ("ES-VI", "ES-VI"),
        ("VG", "VG"),
        ("US", "US"),
        ("CN-HK", "HK"),
        ("CN-TW", "TW"),
        ("Macau", "MO"),
    ],
)
def test_territory_has_one_code(told: str, code: str) -> None:
    assert jurisdiction_of(told) == code


@pytest.mark.parametrize(
    ("country", "state", "code"),
    [
        ("PR", "", "US-PR"),
        ("PRI", "San Juan", "US-PR"),
        ("USA", "PR", "US-PR"),
        ("USA", "Puerto Rico", "US-PR"),
        ("PR", "PR", "US-PR"),
        ("", "US-PR", "US-PR"),
        ("USA", "MA", "US-MA"),
        ("DE-BY", "", "DE"),
        ("CN", "Hong Kong", "HK"),
        ("CHN", "香港", "HK"),
        ("中国", "澳门", "MO"),
        ("CN", "浙江", "CN"),
        ("HK", "", "HK"),
    ],
)
def test_address_in_a_territory_is_that_territory_s(country: str, state: str, code: str) -> None:
    assert home_of(country, state) == code


def test_hospital_in_a_territory_knows_all_states() -> None:
    assert (jurisdiction_in("PR", "PR"), jurisdiction_in("PR", "FL")) == ("US-PR", "US-FL")
    assert in_address("PR", "1 Calle Uno, San Juan, PR 00907") == "US-PR"
    assert in_address("US", "1 Calle Uno, San Juan, Puerto Rico") == "US-PR"
    assert country_named("Puerto Rico") == "US-PR"
    assert read_residence("Patient: One, Anna\nCountry: Puerto Rico\n")[0] == "US-PR"


@pytest.mark.parametrize("way", ["hl7", "list", "json", "fhir", "sr", "text"])
def test_patient_lives_there_in_whichever_way_it_is_told(way, site, order, file_in, view) -> None:  # noqa: F811
    site(country="US")
    who = {"resourceType": "Patient", "id": "p", "name": [{"family": "One"}], "address": [{"country": "PR"}]}
    request = {"resourceType": "ServiceRequest", "contained": [who], "code": {}, "subject": {"reference": "#p"}}
    payload = {
        "list": "Name;Country\nOne^Anna;Puerto Rico\n",
        "json": json.dumps({"patient": {"name": "One^Anna"}, "jurisdiction": "PR"}),
        "fhir": json.dumps(request),
        "sr": report(CountryOfResidence="PR"),
        "text": "Name: One, Anna\nCountry: Puerto Rico\nFINDINGS: none.\n",
        "hl7": "",
    }[way]
    kind = {"list": "text/csv", "text": "text/plain", "fhir": "application/fhir+json"}.get(way, "")
    filed = order("1 Calle Uno^^San Juan^^00907^PRI") if way == "hl7" else file_in(payload, content_type=kind)[0]
    assert home(view, filed) == ("US-PR", "report")


@pytest.mark.parametrize("licence", ["PR", "us-pr", "US"])
def test_licence_by_either_code_lets_its_reader_read(node, licence: str) -> None:
    with node.reading.write() as session:
        number = add_reader(session, node.clock, name="Dr Ada", email="ada@example.org")
        code = add_licence(session, name="Dr Ada", jurisdiction=licence, expires=date(2099, 1, 1))
        assert code == one_code(licence)
        for told in ("PR", "US-PR"):
            assert has_licence(session, number, told, date(2026, 1, 1))
        assert has_licence(session, number, "GU", date(2026, 1, 1)) is (licence == "US")


def test_command_says_the_one_code(node) -> None:
    with node.reading.write() as session:
        add_reader(session, node.clock, name="Dr Ada", email="ada@example.org")
    words = ["reader", "license", "add", "Dr Ada", "--jurisdiction", "pr", "--expires", "2099-01-01"]
    assert "licensed in US-PR" in CliRunner().invoke(cli, [*words, "--home", str(node.settings.home)]).output
