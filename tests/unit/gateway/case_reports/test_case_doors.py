"""Case reports at the doors: HTTP and the command line, one case and several, and the documents given out again."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from fastapi import FastAPI
from fastapi.testclient import TestClient

from config.settings import Settings
from gateway.case_reports.fhir.outcome import operation_outcome
from gateway.case_reports.hl7.acknowledgment import refusal_of
from gateway.cli import cli
from gateway.desk.at_desk import case_at_desk
from gateway.http import case_reports
from gateway.node import Node
from gateway.roles import ROLES, roles_of
from worklist.access.tokens import create_token
from worklist.problems import STATUS, install_problem_handlers

HL7 = b"MSH|^~\\&|RIS|N|O|R|1||ORM^O01|1|P|2.5\rPID|1||P-1||Planted^Identity\rORC|NW|1|2\rOBR|1|1|2|X^CT\r"
FHIR = {"Content-Type": "application/fhir+json"}
TARGET = "/intake/cases?site=north"


@pytest.fixture
def client(node: Node) -> TestClient:
    """Return a client that bears a coordinator's token."""
    app = FastAPI()
    app.include_router(case_reports.make_router(node))
    install_problem_handlers(app)
    with node.reading.write() as session:
        token = create_token(session, node.clock, role="coordinator", name="desk")
    return TestClient(app, headers={"Authorization": f"Bearer {token}"})


def test_message_is_one_case_and_can_be_fetched_again(client: TestClient, view) -> None:
    first = client.post(TARGET, content=HL7, headers={"Content-Type": "application/hl7-v2"})
    assert (first.status_code, first.json()["outcome"]) == (201, "created")
    number = first.json()["case_number"]
    (document,) = view(number)["documents"]
    fetched = client.get(f"/intake/cases/{number}/documents/{document['id']}")
    assert (fetched.content, fetched.headers["content-type"]) == (HL7, "application/hl7-v2")
    assert "attachment" in fetched.headers["content-disposition"]
    assert client.get(f"/intake/cases/{number}/documents/999").status_code == 404
    assert client.post(TARGET, content=HL7).status_code == 200


def test_case_that_tells_nothing_to_match_by_is_filed_and_said_to_be_such(client: TestClient, node) -> None:
    said = "nothing to match by: only its upload link or case number finds it"
    first = client.post(TARGET, json={"patient": {}, "question": "?"}).json()
    assert (first["outcome"], first["reason"]) == ("created", said)
    with node.identity.read() as session:
        assert case_at_desk(session, node, first["case_number"])["nothing_to_match_by"]
    assert client.post(TARGET, json={"patient": {"name": "ANONYMOUS"}}).json()["reason"] == said
    assert "reason" not in client.post(TARGET, json={"patient": {}, "accession_numbers": ["A1"]}).json()
    assert "reason" not in client.post(TARGET, json={"patient": {"name": "Klein^Anna"}}).json()


def test_list_is_answered_row_by_row(client: TestClient) -> None:
    headers = {"Content-Type": "text/csv"}
    answer = client.post(TARGET, content=b"Name,DOB\nPlanted^Identity,1960-01-02\nPlanted,never\n", headers=headers)
    assert answer.status_code == 201
    assert [each["outcome"] for each in answer.json()["cases"]] == ["created", "refused"]
    assert "Planted" not in answer.text
    refused = client.post(TARGET, content=b"Name,DOB\nPlanted,never\nPlanted,soon\n", headers=headers)
    assert (refused.status_code, len(refused.json()["cases"])) == (422, 2)


FAULTS = [
    (b'{"resourceType": "Bundle"}', TARGET, 400, "invalid"),
    (b"Planted", TARGET, 400, "invalid"),
    (b'{"resourceType": "Bundle"}', "/intake/cases?site=nowhere", 404, "not-found"),
    (b"{" + b" " * (17 << 20), TARGET, 413, "too-long"),
]


def test_fhir_client_gets_its_errors_as_operation_outcomes(client) -> None:
    for content, target, status, code in FAULTS:
        answer = client.post(target, content=content, headers=FHIR)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/fhir+json")
        assert answer.json()["resourceType"] == "OperationOutcome"
        assert answer.json()["issue"][0]["code"] == code
        assert "Planted" not in answer.text


def test_fhir_client_gets_outcomes_also_before_its_document_is_looked_at(client) -> None:
    nowhere = client.post("/intake/cases", content=b"{}", headers=FHIR)
    stranger = client.post(TARGET, content=b"{}", headers=FHIR | {"Authorization": "Bearer nobody"})
    assert [nowhere.status_code, stranger.status_code] == [400, 401]
    assert [each.json()["issue"][0]["code"] for each in (nowhere, stranger)] == ["invalid", "login"]
    assert "query.site" in nowhere.json()["issue"][0]["diagnostics"]
    assert stranger.headers["www-authenticate"] == "Bearer"
    plain = client.post("/intake/cases", content=b"{}")
    assert (plain.status_code, plain.headers["content-type"]) == (422, "application/problem+json")


NOTHING = [b"", b"\xff\xd8\xff", b"PK\x03\x04rest", b"%PDF-1.4", b"\0" * 128 + b"DICM"]


def test_what_is_nothing_of_all_that_is_a_problem(client: TestClient) -> None:
    for content in NOTHING:
        answer = client.post(TARGET, content=content)
        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")


@pytest.mark.parametrize("error", STATUS)
def test_every_error_has_an_answer_in_fhir_and_hl7(error) -> None:
    assert operation_outcome(error("why"))["issue"][0]["diagnostics"] == "why"
    assert refusal_of(error("why")).code in {"AE", "AR"}


def test_command_line_takes_every_kind_and_goes_on_past_a_bad_one(node: Node, tmp_path: Path) -> None:
    files = {
        "order.hl7": HL7,
        "list.csv": b"Name;MRN\nPlanted^One;7\nPlanted^Two;8\n",
        "bad.txt": b"Nobody is named here.",
        "case.json": json.dumps({"patient": {"name": "Planted^Three"}}).encode(),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    paths = [str(tmp_path / name) for name in files]
    command = ["case", "import", *paths, "--site", "north", "--json", "--home", str(node.settings.home)]
    result = CliRunner().invoke(cli, command)
    taken = json.loads(result.stdout)
    assert result.exit_code == 1
    assert [each["outcome"] for each in taken] == ["created", "created", "created", "refused", "created"]
    assert "names no patient" in taken[3]["reason"]


def test_what_is_wrong_is_told_with_its_place_also_where_only_errors_are_looked_at(node: Node, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("Name;Patient ID;Birth date\nOne;1;1950-03-04\nTwo;2;1950-13-04\n")
    command = ["case", "import", str(tmp_path / "list.csv"), "--site", "north", "--home", str(node.settings.home)]
    said = CliRunner().invoke(cli, command).stderr
    assert "list.csv  row 3: birth_date" in said


def test_hl7_door_is_a_role_of_its_own_where_it_has_a_port(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    open_door = settings.hl7.model_copy(update={"port": 2575})
    assert roles_of(settings) == ROLES
    assert roles_of(settings.model_copy(update={"hl7": open_door})) == (*ROLES, "hl7")


def test_facility_belongs_to_one_site(node: Node) -> None:
    home = ["--home", str(node.settings.home)]
    run = CliRunner().invoke
    owned = ["--hl7-facility", "RIS|RAD", "--hl7-facility", "HIS"]
    assert run(cli, ["site", "set", "north", *owned, *home]).exit_code == 0
    shown = json.loads(run(cli, ["site", "show", "north", "--json", *home]).stdout)
    assert shown["hl7_facilities"] == ["HIS", "RIS|RAD"]
    taken = run(cli, ["site", "set", "south", "--hl7-facility", "HIS", *home])
    assert (taken.exit_code, "belongs to the site north" in str(taken.exception)) == (1, True)
    assert run(cli, ["site", "set", "north", "--hl7-facility", "a|b|c", *home]).exit_code == 1
    assert run(cli, ["site", "set", "north", "--hl7-facility", "", *home]).exit_code == 0
    assert json.loads(run(cli, ["site", "show", "north", "--json", *home]).stdout)["hl7_facilities"] == []


SAMPLES = {
    "dcm4che_OMI_O23-ImagingOrder": ("CT", "AccessionNumber", ""),
    "dcm4che_ORM_O01-GeneralOrder": ("CT", "AccessionNumber", ""),
    "dcm4che_ORU_R01-CDA": ("", "AccessionNumber", "The trachea is midline"),
    "dcm4che_ORU_R01-PDF": ("", "AccessionNumber", "A Simple PDF File"),
    "dcm4che_ORU_R01-SR": ("", "AccessionNumber", "The right kidney is slightly enlarged"),
    "linuxforhealth_ORU-multiline-short": ("CT", "FON_0d70c6c8", "ED Encounter Arrival Date"),
    "linuxforhealth_ORU-multiline-short-mixed": ("CT", "FON_0d70c6c8", "ED Encounter Arrival Date"),
}


def test_messages_of_other_makers_are_read(shared_corpus: Path, file_in, view) -> None:
    folder = shared_corpus.parent / "reports" / "hl7v2"
    for name, (modality, accession, words) in SAMPLES.items():
        (filed,) = file_in((folder / f"{name}.hl7").read_bytes())
        case = view(filed.case_number)
        assert (case["accession_numbers"], words in case["report"]["text"]) == ([accession], True), name
        assert modality in ("", case["modality"]), name
    for event, outcomes in (
        ("A31-UpdatePersonInfo", []),
        ("A40-PatientMerge", ["kept"]),
        ("A47-ChangePatientID", ["kept"]),
    ):
        filed = file_in((folder / f"dcm4che_ADT_{event}.hl7").read_bytes())
        assert [each.outcome for each in filed] == outcomes, event
