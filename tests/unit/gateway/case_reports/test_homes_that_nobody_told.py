"""Homes that nobody told, where readers need a licence: nobody reads, and desk and hospital are told what to do."""

import pytest
from fastapi.testclient import TestClient

from gateway.decisions import match_by_person
from gateway.desk.at_desk import case_at_desk
from gateway.desk.own_form import change_case
from gateway.desk.reminders import case_reminder
from gateway.desk.waiting import cases_lacking_records, counts
from gateway.letters import LANGUAGES
from tests.unit.gateway.desk_app import make_app
from worklist.access.tokens import create_token

from .test_orders_in_lists import listed  # noqa: F401
from .test_where_patients_live import american, home, licensed, order, site  # noqa: F401

HOME = "nobody has told where the patient lives"


@pytest.fixture
def asks_for_licences(node) -> None:
    asking = node.settings.worklist.model_copy(update={"require_licence": True})
    object.__setattr__(node, "settings", node.settings.model_copy(update={"worklist": asking}))


@pytest.fixture
def arrive(gate, part10):
    """Return what receives a study and links it to a case."""

    def receive(filed) -> None:
        gate.receive(part10(PatientID="P-1", PatientName="One^Anna", PatientBirthDate="19500304"))
        gate.run()
        match_by_person(gate.node, filed.case_number, gate.study().study_uid, actor="casey")
        assert gate.run() == "enlist"

    return receive


@pytest.fixture
def lacking(node):
    """Return what gives what the desk says the cases lack."""

    def look() -> list[list[str]]:
        with node.identity.read() as session:
            rows, _ = cases_lacking_records(session, now=node.clock(), licensed=node.settings.worklist.require_licence)
            counted = counts(session, now=node.clock(), goal_days=7, licensed=node.settings.worklist.require_licence)
        assert counted["cases_lacking_records"] == len(rows)
        return [each["missing"] for each in rows]

    return look


def test_nobody_reads_before_somebody_says_where_the_patient_lives(
    asks_for_licences,
    gate,
    order,  # noqa: F811
    view,
    arrive,
    lacking,
    licensed,  # noqa: F811
) -> None:
    filed = order("")
    assert filed.note.startswith(HOME)
    arrive(filed)
    assert [licensed(each) for each in ("US-TX", "US", "DE")] == [False, False, False]
    with gate.node.identity.read() as session:
        words = case_at_desk(session, gate.node, filed.case_number)["unplaced_state"]
    assert words.startswith(HOME)
    assert "overread site set north --jurisdiction" in words
    assert lacking() == [["report", "home"]]
    change_case(gate.node, filed.case_number, {"jurisdiction": "DE", "report": {"text": "Words."}}, None, actor="casey")
    gate.run()
    assert [licensed(each) for each in ("US-TX", "DE")] == [False, True]
    assert (home(view, filed), lacking()) == (("DE", "report"), [])


def test_default_of_the_site_says_it_for_all_of_its_patients(
    asks_for_licences,
    site,  # noqa: F811
    order,  # noqa: F811
    arrive,
    lacking,
    licensed,  # noqa: F811
) -> None:
    site(country="US", jurisdiction="US-TX")
    filed = order("")
    assert filed.note is None
    arrive(filed)
    assert [licensed("US-TX"), lacking()] == [True, [["report"]]]


def test_node_that_asks_for_no_licence_says_nothing_of_it(gate, order, arrive, lacking) -> None:  # noqa: F811
    filed = order("")
    assert filed.note is None
    arrive(filed)
    with gate.node.identity.read() as session:
        assert case_at_desk(session, gate.node, filed.case_number)["unplaced_state"] is None
    assert lacking() == [["report"]]


@pytest.mark.parametrize(
    "home_told", ["1 A St^^Lagos^^^Lagosland", "1 A St^^Boston^^^USA"], ids=["unplaced", "no state"]
)
def test_home_that_is_nowhere_or_told_in_part_is_missed_too(
    asks_for_licences,
    american,  # noqa: F811
    order,  # noqa: F811
    node,
    home_told,
) -> None:
    filed = order(home_told)
    with node.identity.read() as session:
        assert case_at_desk(session, node, filed.case_number)["missing"] == ["images", "report", "home"]


def test_case_that_is_closed_is_not_asked_about(asks_for_licences, listed) -> None:  # noqa: F811
    (filed,) = listed("Name;DOB;Order number\nOne^Anna;1950-03-04;PL-1\n")
    assert HOME in filed.note
    (filed,) = listed("Name;DOB;Order number;Status\nOne^Anna;1950-03-04;PL-1;cancelled\n")
    assert (filed.outcome, HOME in (filed.note or "")) == ("closed", False)


@pytest.mark.parametrize("language", LANGUAGES)
def test_letter_asks_the_hospital_in_its_language(asks_for_licences, gate, order, language: str) -> None:  # noqa: F811
    filed = order("")
    beside = case_reminder(gate.node, filed.case_number, language=language, actor="casey")
    assert beside["missing"] == ["images", "report", "home"]
    change_case(gate.node, filed.case_number, {"report": {"text": "Words."}}, None, actor="casey")
    images = case_reminder(gate.node, filed.case_number, language=language, actor="casey")["text"]
    assert images.split("\n\n")[-1] == beside["text"].split("\n\n")[-1]
    assert "{" not in images


def test_letter_asks_for_the_home_alone_where_nothing_else_is_missing(asks_for_licences, gate, order, arrive) -> None:  # noqa: F811
    filed = order("")
    arrive(filed)
    change_case(gate.node, filed.case_number, {"report": {"text": "Words."}}, None, actor="casey")
    letter = case_reminder(gate.node, filed.case_number, language="en", actor="casey")
    assert (letter["missing"], letter["link"] in letter["text"]) == (["home"], True)
    assert "nobody has told us where the patient lives" in letter["text"]


def test_pages_of_the_desk_name_it(asks_for_licences, node, order) -> None:  # noqa: F811
    filed = order("")
    with node.reading.write() as session:
        token = create_token(session, node.clock, role="coordinator", name="casey")
    desk = TestClient(make_app(node), headers={"Authorization": f"Bearer {token}"})
    assert "where the patient lives" in desk.get("/desk").text
    page = desk.get(f"/desk/cases/{filed.case_number}").text
    assert "Missing: images, report, where the patient lives" in page
    assert HOME[1:] in page
