"""Homes that are told and that nobody can place: no default stands for them, and nobody is licensed there."""

import json

import pytest

from gateway.case_reports.countries import jurisdiction_of
from gateway.decisions import match_by_person
from gateway.desk.at_desk import case_at_desk
from gateway.desk.own_form import change_case

from .conftest import message
from .test_where_patients_live import american, home, licensed, order, site  # noqa: F401


@pytest.fixture
def texan(american, site) -> None:  # noqa: F811
    site(jurisdiction="US-TX")


@pytest.mark.parametrize(
    ("text", "code"),
    [("NGA", "NG"), ("rus", "RU"), ("NG", "NG"), ("de-by", "DE-BY"), ("FR-75", "FR-75")]
    + [(wrong, "") for wrong in ("XY", "ZZ", "GER", "US-ZZ", "DE-99", "XY-1", "D")],
)
def test_code_is_one_of_a_country_and_of_its_states_where_these_are_known(text: str, code: str) -> None:
    assert jurisdiction_of(text) == code


@pytest.mark.parametrize(
    ("pid_11", "lives", "words"),
    [
        ("1 A St^^Lagos^^^NGA", ("NG", "report"), None),
        ("1 A St^^Toronto^ON", ("", "unplaced"), "the patient's state"),
        ("1 A St^^Lagos^^^Lagosland", ("", "unplaced"), "the patient's country"),
        ("1 A St^^Tbilisi^^^Georgia", ("", "unplaced"), "the patient's country"),
        ("1 A St^^Tbilisi^GA^^Georgien", ("", "unplaced"), "the patient's country"),
        ("1 A St^^Boston^MA^^GER", ("", "unplaced"), "the patient's country"),
        ("1 A St^^Boston^ZZ^^USA", ("US", "report"), "the patient's country is told without"),
        ("1 A St^^Austin^^^USA", ("US-TX", "site"), None),
        ("1 A St^^Austin^UNK^^unknown", ("US-TX", "site"), None),
        ("", ("US-TX", "site"), None),
    ],
)
def test_default_of_a_site_stands_for_nothing_that_a_report_told(texan, order, view, pid_11, lives, words) -> None:  # noqa: F811
    filed = order(pid_11)
    assert home(view, filed) == lives
    assert (filed.note or "").startswith(words or "")
    assert bool(filed.note) == bool(words)


def test_country_without_its_state_is_told_where_the_site_says_none(american, order, view) -> None:  # noqa: F811
    filed = order("1 A St^^^^^USA")
    assert home(view, filed) == ("US", "report")
    assert "send the state" in filed.note


def test_country_alone_takes_the_state_from_nobody(american, order, view) -> None:  # noqa: F811
    filed = order("1 A St^^Boston^MA^^USA")
    assert order("1 A St^^Boston^^^USA").note is None
    assert home(view, filed) == ("US-MA", "report")
    order("1 A St^^Toronto^^^CAN")
    assert home(view, filed) == ("CA", "report")


@pytest.mark.parametrize(
    ("way", "lives"),
    [("Country: Lagosland", "unplaced"), ("Country: Unknown", "site"), ("Land: Bayern", "report"), ("", "site")],
)
def test_country_behind_a_label_is_no_default_either(site, file_in, view, way: str, lives: str) -> None:  # noqa: F811
    site(country="DE", jurisdiction="DE")
    (filed,) = file_in(f"Name: One, Anna\nMRN: P-1\n{way}\nBefund: normal.\n", content_type="text/plain")
    assert home(view, filed)[1] == lives


def test_list_and_fhir_keep_a_state_that_its_country_lacks(texan, file_in, view) -> None:
    (filed,) = file_in("Name;Country;State\nOne^Anna;USA;ZZ\n", content_type="text/csv", name="a.csv")
    assert (home(view, filed)[0], "told without" in filed.note) == ("US", True)
    who = {"resourceType": "Patient", "id": "p", "name": [{"family": "One"}], "address": [{"country": "Lagosland"}]}
    request = {"resourceType": "ServiceRequest", "contained": [who], "code": {}, "subject": {"reference": "#p"}}
    (filed,) = file_in(json.dumps(request), content_type="application/fhir+json")
    assert home(view, filed) == ("", "unplaced")


def test_nobody_reads_before_a_person_says_where_the_patient_lives(
    texan,
    gate,
    order,  # noqa: F811
    view,
    part10,
    licensed,  # noqa: F811
) -> None:
    filed = order("1 A St^^Lagos^^^Lagosland")
    gate.receive(part10(PatientID="P-1", PatientName="One^Anna", PatientBirthDate="19500304"))
    gate.run()
    match_by_person(gate.node, filed.case_number, gate.study().study_uid, actor="casey")
    assert gate.run() == "enlist"
    assert [licensed(each) for each in ("US-TX", "US", "NG")] == [False, False, False]
    with gate.node.identity.read() as session:
        assert case_at_desk(session, gate.node, filed.case_number)["unplaced_state"] == filed.note
    change_case(gate.node, filed.case_number, {"jurisdiction": "NG", "question": "?"}, None, actor="casey")
    gate.run()
    assert [licensed(each) for each in ("US-TX", "NG")] == [False, True]
    assert home(view, filed) == ("NG", "report")


def test_correction_tells_of_a_country_that_is_none_and_moves_nobody(texan, order, view, tell) -> None:  # noqa: F811
    filed = order("1 A St^^Boston^MA")
    assert tell(message("A08", "PID|1||P-1||One^Anna||19500304|F|||1 B St^^Lagos^^^Lagosland")) == ("AA", "101")
    assert home(view, filed) == ("US-MA", "report")
