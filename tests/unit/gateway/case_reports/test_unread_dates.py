"""Dates in reports that can be read in two ways: others tell the order, else whoever sent it is told."""

import json

import pytest
from click.testing import CliRunner
from fastapi import FastAPI
from fastapi.testclient import TestClient

from gateway.case_reports.dates import order_in
from gateway.case_reports.texts.reading import case_of_text
from gateway.case_reports.unconfirmed import known_of
from gateway.case_reports.unread_dates import note_on_dates, unread_dates
from gateway.cases import get_case
from gateway.cli import cli
from gateway.desk.at_desk import case_at_desk
from gateway.desk.case_form import correct_case
from gateway.http import case_reports
from gateway.models import Case
from tests.unit.gateway.desk_app import make_app
from worklist.access.tokens import create_token
from worklist.problems import install_problem_handlers

HEAD = "NORTH HOSPITAL\nPatient: PLANTED, Identity   MRN: N-1   DOB: {born}\nExam date: {examined}\n"
WORDS = "FINDINGS: there is no bleeding and the ventricles are normal for this age. No change to the CT.\n"
TARGET = "/intake/cases?site=north"
TEXT = {"Content-Type": "text/plain"}


def report(born: str, examined: str, last: str = "") -> str:
    return HEAD.format(born=born, examined=examined) + WORDS + last


def dates(text: str) -> tuple[str, str, str]:
    case = case_of_text(text)
    return case["patient"]["birth_date"], case["study_date"], case["report"]["date"]


@pytest.mark.parametrize(
    ("last", "told"),
    [
        ("Reported: 11/23/2026", ("19590307", "20261110", "20261123")),
        ("Reported: 23/11/2026", ("19590703", "20261011", "20261123")),
        ("Compared to 09/25/2025.", ("19590307", "20261110", "")),
        ("Printed 23-11-2026 08:14", ("19590703", "20261011", "")),
        ("Reported: 11/23/2026. Compared to 25/09/2025.", ("", "", "20261123")),
        ("Reported: 11/11/2026", ("", "", "20261111")),
        ("Reported: 2026-11-23", ("", "", "20261123")),
        ("Order 7/11/23/2026, 1.11/23/2026 and 02/30/2026", ("", "", "")),
        ("Reported: 23.11.2026", ("", "", "20261123")),
    ],
)
def test_dates_that_can_be_read_one_way_tell_the_order_of_the_others(last: str, told: tuple[str, str, str]) -> None:
    assert dates(report("03/07/1959", "11/10/2026", last)) == told


def test_language_tells_the_order_until_the_text_contradicts_it() -> None:
    assert order_in("geb. 03/07/1959", "de") == "day-first"
    assert order_in("geb. 03/07/1959, Befund vom 23/11/2026", "de") == "day-first"
    assert order_in("Nacido el 03/07/1959, informe: 11/23/2026", "es") == "unknown"
    assert order_in("", "") == "unknown"


def test_correction_knows_the_birth_date_of_a_report_by_the_same_order(file_in, node) -> None:
    payload = {"patient": {"name": "Planted^Identity"}, "report": {"text": report("03/07/1959", "", "09/25/2025")}}
    (filed,) = file_in(json.dumps(payload))
    with node.identity.read() as session:
        assert known_of(session, get_case(session, filed.case_number)).birth_dates == ("19590307",)


@pytest.fixture
def client(node) -> TestClient:
    """Return a client that bears a coordinator's token."""
    app = FastAPI()
    app.include_router(case_reports.make_router(node))
    install_problem_handlers(app)
    with node.reading.write() as session:
        token = create_token(session, node.clock, role="coordinator", name="desk")
    return TestClient(app, headers={"Authorization": f"Bearer {token}"})


def test_what_could_be_two_dates_is_told_at_the_door_and_at_the_desk_and_never_repeated(client, node) -> None:
    text = report("03/07/1959", "11/10/2026")
    answer = client.post(TARGET, content=text, headers=TEXT)
    said = answer.json()["reason"]
    assert (answer.status_code, answer.json()["outcome"]) == (201, "created")
    assert said.startswith("the birth date and the examination date in the report can be read in two ways")
    assert "YYYY-MM-DD" in said
    assert "case's page" in said
    assert not any(value in answer.text for value in ("1959", "03/07", "11/10", "PLANTED"))
    again = client.post(TARGET, content=text, headers=TEXT)
    assert (again.status_code, again.json()["reason"]) == (200, said)
    with node.identity.read() as session:
        assert case_at_desk(session, node, answer.json()["case_number"])["unread_dates"] == said


def test_examination_date_alone_is_told_without_the_page_that_cannot_take_it(client) -> None:
    said = client.post(TARGET, content=report("1959-03-07", "11/10/2026"), headers=TEXT).json()["reason"]
    assert said.startswith("the examination date in the report can be read in two ways")
    assert "page" not in said


def test_nothing_is_told_of_dates_that_are_taken_or_absent(client) -> None:
    assert "reason" not in client.post(TARGET, content=report("1959-03-07", "2026-11-10"), headers=TEXT).json()
    american = report("03/07/1959", "11/10/2026", "Reported: 11/23/2026")
    assert "reason" not in client.post(TARGET, content=american, headers=TEXT).json()
    assert "reason" not in client.post(TARGET, content=report("unknown", "same day"), headers=TEXT).json()


def test_year_of_two_digits_is_told_too() -> None:
    case = Case(report_text=report("9 March 52", "2026-11-10"), report_language="en", birth_date="", study_date="")
    case.report_date = ""
    assert unread_dates(case) == ("birth_date",)
    case.birth_date = "19520309"
    assert (unread_dates(case), note_on_dates(case, ["text"])) == ((), None)


def test_what_the_note_says_to_do_ends_it(client, node) -> None:
    number = client.post(TARGET, content=report("03/07/1959", "11/10/2026"), headers=TEXT).json()["case_number"]
    plain = report("1959-03-07", "2026-11-10", f"Case number: {number}\n")
    again = client.post(TARGET, content=plain, headers=TEXT)
    assert again.json() == {"case_number": number, "outcome": "updated"}
    other = client.post(TARGET, content=report("03/07/1960", "2026-11-10"), headers=TEXT).json()["case_number"]
    assert correct_case(node, other, name="", birth_date="1960-03-07", sex="", ids=(), actor="clerk")
    with node.identity.read() as session:
        assert case_at_desk(session, node, number)["unread_dates"] is None
        assert case_at_desk(session, node, other)["unread_dates"] is None


def test_message_whose_text_has_such_a_date_is_acknowledged_as_before(file_in, node) -> None:
    message = "MSH|^~\\&|RIS|N|O|R|1||ORU^R01|1|P|2.5\rPID|1||P-1||Planted^Identity\rOBR|1|1|2|X^CT\r"
    (filed,) = file_in(f"{message}OBX|1|TX|||DOB: 03/07/1959||||||F\r")
    assert filed.note is None
    with node.identity.read() as session:
        assert case_at_desk(session, node, filed.case_number)["unread_dates"] is None


def test_command_tells_it_beside_what_became_of_the_file(node, tmp_path) -> None:
    file = tmp_path / "report.txt"
    file.write_text(report("03/07/1959", "11/10/2026"))
    home = ["--home", str(node.settings.home)]
    done = CliRunner().invoke(cli, ["case", "import", str(file), "--site", "north", *home])
    assert (done.exit_code, "can be read in two ways" in done.stderr) == (0, True)
    done = CliRunner().invoke(cli, ["case", "import", str(file), "--site", "north", "--json", *home])
    assert "can be read in two ways" in json.loads(done.stdout)[0]["reason"]


def test_page_of_the_case_shows_it_until_the_date_is_entered(client, node) -> None:
    number = client.post(TARGET, content=report("03/07/1959", "2026-11-10"), headers=TEXT).json()["case_number"]
    desk = TestClient(make_app(node), headers=client.headers)
    assert "The birth date in the report can be read in two ways" in desk.get(f"/desk/cases/{number}").text
    correct_case(node, number, name="", birth_date="1959-03-07", sex="", ids=(), actor="clerk")
    assert "can be read in two ways" not in desk.get(f"/desk/cases/{number}").text
