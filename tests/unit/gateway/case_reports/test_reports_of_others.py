"""A report whose labels name somebody else than what brought it: kept, told, and linked and read by nobody's leave."""

import base64
import json
from contextlib import suppress
from io import BytesIO
from itertools import product
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from reportlab.pdfgen.canvas import Canvas

from config.errors import SenderFault
from gateway.attachments.reading import read_waiting
from gateway.case_reports.hl7.answering import answer
from gateway.case_reports.reports_of_others import Beside, named_otherwise, say_whose_report
from gateway.case_words import DOUBTFUL
from gateway.decisions import match_by_person
from gateway.desk.at_desk import case_at_desk, study_at_desk
from gateway.merging import merge_cases
from gateway.models import Case
from sample_studies.cases import case_document
from sample_studies.catalogue import CATALOGUE
from tests.unit.gateway.desk_app import make_app
from worklist.access.tokens import create_token
from worklist.models import PublishedStudy

from .conftest import message
from .test_structured_reports import report as structured

SAMPLES = Path(__file__).parents[4].parent / "shared" / "reports"
OWN = "Patient: {name}\nMRN: {number}\nDOB: {born}\nAccession: {accession}\nFINDINGS: no bleeding.\n"
SAID = {"name": "One, Anna", "number": "P-471190", "born": "1950-03-04", "accession": "A-20"}
OTHER = {"name": "Two, Berta", "number": "Q-118004", "born": "1961-07-08", "accession": "B-77"}


def report(**changes: str) -> str:
    return OWN.format(**(SAID | changes))


def pdf(text: str) -> bytes:
    target = BytesIO()
    canvas = Canvas(target)
    for number, line in enumerate(text.splitlines()):
        canvas.drawString(40, 800 - 14 * number, line)
    canvas.save()
    return target.getvalue()


def told(*observations: str, control: str = "R1", number: str = "P-471190") -> bytes:
    pid = f"PID|1||{number}^^^HA||One^Anna||19500304|F"
    obr = "OBR|1|PL-1|FI-1|CTH^CT head||||||||||||||A-20||||20250302|||F"
    return message("A08", pid, "ORC|RE|PL-1|FI-1", obr, *observations, control=control).replace(b"ADT^A08", b"ORU^R01")


def enclosed(*texts: str) -> tuple[str, ...]:
    coded = [base64.b64encode(pdf(each)).decode() for each in texts]
    return tuple(f"OBX|{at}|ED|PDF^Report||^application^pdf^Base64^{each}||||||F" for at, each in enumerate(coded, 1))


def case_of(**facts: object) -> Case:
    said = {
        "case_number": "6408462738",
        "patient_name": "One^Anna",
        "other_names": [],
        "birth_date": "19500304",
        "birth": {},
        "sex": "F",
        "jurisdiction": "",
        "patient_ids": [{"id": "P-471190", "issuer": "HA"}],
        "accession_numbers": ["A-20"],
        "orders": [],
        "former_identities": [],
    }
    return Case(**(said | facts))


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, set()),
        ({"name": "Two, Berta"}, {"name"}),
        ({"name": "Berta Two"}, {"name"}),
        ({"name": "One, Berta"}, {"name"}),
        ({"name": "Mrs. Berta Two"}, {"name"}),
        ({"name": "ONE, ANNA"}, set()),
        ({"name": "Anna One"}, set()),
        ({"name": "One, Hanna"}, set()),
        ({"name": "One, A."}, set()),
        ({"name": "One"}, set()),
        ({"name": "Meier, Anna"}, set()),
        ({"name": "Meier, Anna", "born": "unknown", "number": "none"}, {"name"}),
        ({"name": "Анна Оне"}, set()),
        ({"name": "Анна Петрова"}, set()),
        ({"name": "Dr. Berta Two"}, set()),
        ({"name": "Berta Two, MD"}, set()),
        ({"name": "cooperative and awake"}, set()),
        ({"name": "Male Adult"}, set()),
        ({"name": "Sedated, Intubated"}, set()),
        ({"name": "男"}, set()),
        ({"name": "一般情况可"}, set()),
        ({"name": "Supine"}, set()),
        ({"name": "anonymous"}, set()),
        ({"born": "1961-07-08"}, {"birth_date"}),
        ({"born": "1950-03-05"}, set()),
        ({"born": "1950-04-03"}, set()),
        ({"born": "1970-03-04"}, {"birth_date"}),
        ({"born": "03/04/1961"}, set()),
        ({"number": "Q-118004"}, {"patient_id"}),
        ({"number": "P471190"}, set()),
        ({"number": "P-471191"}, set()),
        ({"number": "P-471191", "name": "unknown", "born": "unknown"}, {"patient_id"}),
        ({"accession": "B-77"}, {"accession_number"}),
        ({"accession": "A20"}, set()),
        ({"accession": "A-21"}, {"accession_number"}),
        ({"accession": "FI-1"}, set()),
        (OTHER, {"name", "birth_date", "patient_id", "accession_number"}),
    ],
)
def test_labels_that_name_somebody_else_are_found_and_slips_are_none(changes: dict[str, str], found: set[str]) -> None:
    assert named_otherwise(report(**changes), case_of(), Beside(["FI-1"])) == found


@pytest.mark.parametrize(
    ("known", "said", "found"),
    [
        ("Doe^Robert", "Bob Doe", set()),
        ("Doe^Robert", "Rita Doe", {"name"}),
        ("Wang^Xiaoming", "王小明", set()),
        ("王^小明", "李小芳", {"name"}),
        ("Müller^Eva", "Eva Mueller-Weiß", set()),
        ("Baby Boy^One", "Anna One", set()),
        ("", "Berta Two", set()),
    ],
)
def test_names_are_compared_as_the_matcher_compares_them(known: str, said: str, found: set[str]) -> None:
    assert named_otherwise(f"Name: {said}\n", case_of(patient_name=known)) == found


def test_what_a_case_was_told_before_and_a_stay_in_hospital_contradict_nothing() -> None:
    former = [{"name": "Born^Anna", "birth_date": "19500403", "until": "", "why": "correction of the patient"}]
    case = case_of(patient_name="One^Anna", former_identities=former)
    assert named_otherwise("Name: Born, Anna\nDOB: 1950-04-03\n", case) == set()
    assert named_otherwise("住院号:88123\n姓名:李华\n", case_of(patient_name="One^Anna")) == set()
    assert named_otherwise("MRN: 1\nAccession: 2\n", case_of(patient_ids=[], accession_numbers=[])) == set()


@pytest.mark.parametrize("way", ["pdf", "text", "second", "json", "list", "fhir", "sr"])
def test_in_every_way_that_brings_a_report_the_case_is_kept_and_who_sent_it_is_told(way, node, file_in, view) -> None:
    other = report(**OTHER)
    patient = {"name": "One^Anna", "birth_date": "1950-03-04", "ids": [{"id": "P-471190"}]}
    if way in {"pdf", "text", "second"}:
        lines = [f"OBX|1|TX|||{line}||||||F" for line in other.splitlines()]
        found = {"pdf": enclosed(other), "text": lines, "second": enclosed(report(), other)}[way]
        (filed,) = file_in(told(*found))
    elif way == "json":
        (filed,) = file_in(json.dumps({"patient": patient, "report": {"text": other}}))
    elif way == "list":
        text = other.replace("\n", "\t")
        (filed,) = file_in(f"Name;DOB;Report\nOne^Anna;1950-03-04;{text}\n", content_type="text/csv", name="a.csv")
    elif way == "sr":
        text = "Report<br>" + other.replace("\n", "<br>")
        (filed,) = file_in(structured(text=text, PatientName="One^Anna", PatientBirthDate="19500304"))
    else:
        form = {"contentType": "application/pdf", "data": base64.b64encode(pdf(other)).decode()}
        who = {"resourceType": "Patient", "id": "p", "name": [{"family": "One", "given": ["Anna"]}]}
        document = {"resourceType": "DiagnosticReport", "status": "final", "contained": [who], "code": {}}
        document |= {"subject": {"reference": "#p"}, "presentedForm": [form]}
        (filed,) = file_in(json.dumps(document), content_type="application/fhir+json")
    assert filed.outcome == "created"
    assert "the report names another name" in filed.note
    assert not any(value in filed.note for value in OTHER.values())
    assert "no bleeding" in view(filed.case_number)["report"]["text"]
    with node.identity.read() as session:
        assert case_at_desk(session, node, filed.case_number)["report_note"] in filed.note


def in_a_message(**elements: str) -> bytes:
    coded = base64.b64encode(structured(text="FINDINGS: no bleeding.", AccessionNumber="A-20", **elements)).decode()
    return told(f"OBX|1|ED|SR^Report||^application^dicom^Base64^{coded}||||||F")


def test_structured_report_in_a_message_tells_by_its_header_whose_it_is(file_in, view) -> None:
    (filed,) = file_in(in_a_message(PatientName="Two^Berta", PatientBirthDate="19610708", PatientID="Q-118004"))
    assert view(filed.case_number)["reports_of_others"] == {"FI-1": ["name", "birth_date", "patient_id"]}


@pytest.mark.parametrize(
    "elements",
    [
        {"PatientID": "P-471190"},
        {"PatientID": "OTHER-7", "IssuerOfPatientID": "PACS"},
        {"PatientName": "ONE^ANNA=一^安娜", "PatientID": "P471190"},
        {"PatientName": "", "PatientID": "", "PatientBirthDate": ""},
    ],
)
def test_structured_report_whose_header_is_the_patient_s_is_filed_without_a_word(elements, file_in) -> None:
    told_by_header = {"PatientName": "One^Anna", "PatientBirthDate": "19500304"} | elements
    (filed,) = file_in(in_a_message(**told_by_header))
    assert filed.note is None


def test_acknowledgment_of_a_message_warns_also_when_it_comes_again(node, file_in, tell) -> None:
    payload = told(*enclosed(report(**OTHER)))
    for _ in range(2):
        said = (answer(node, payload) or b"").decode()
        assert "MSA|AA|" in said
        assert "|W|" in said
        assert "the report names" in said
        assert not any(value in said for value in OTHER.values())


def test_report_that_names_its_patient_is_filed_without_a_word(file_in) -> None:
    (filed,) = file_in(told(*enclosed(report(), "FINDINGS: none.\n")))
    assert filed.note is None


def test_number_of_another_order_or_of_the_visit_in_the_same_message_is_known(file_in) -> None:
    first = told(*enclosed(report(accession="A-21", number="V-118004"))).decode()
    more = "PV1|1|I|||||||||||||||||V-118004\r"
    second = "ORC|RE|PL-2|FI-2\rOBR|2|PL-2|FI-2|CTT^CT thorax||||||||||||||A-21||||20250302|||F\r"
    filed = file_in(first.replace("ORC|", f"{more}ORC|", 1) + second)
    assert [each.note for each in filed] == [None, None]


IMAGES = {
    "PatientID": "P-471190",
    "IssuerOfPatientID": "HA",
    "PatientName": "One^Anna",
    "PatientBirthDate": "19500304",
    "AccessionNumber": "A-20",
}


def test_study_of_such_a_case_waits_for_a_person_and_goes_on_once_one_has_said_whose_it_is(
    gate, node, file_in, part10
) -> None:
    (filed,) = file_in(told(*enclosed(report(**OTHER))))
    gate.receive(part10(**IMAGES))
    assert gate.run() == "match"
    with node.identity.read() as session:
        (candidate,) = study_at_desk(session, node, gate.study().study_uid)["candidates"]
    assert candidate["reasons"][-1].endswith("the case's report names somebody else, and nobody has said whose it is")
    say_whose_report(node, filed.case_number, theirs=True, actor="casey")
    assert ("case-report-confirmed", filed.case_number) in gate.audited()
    assert gate.run() == "enlist"


def test_study_that_was_linked_before_is_parted_until_the_report_is_corrected(
    gate, node, file_in, part10, view
) -> None:
    (filed,) = file_in(told(*enclosed(report())))
    gate.receive(part10(**IMAGES))
    assert gate.run() == "enlist"
    file_in(told(*enclosed(report(**OTHER)), control="R2"))
    assert gate.study().flagged
    assert gate.run() == "match"
    assert (gate.study().state, view(filed.case_number)["studies"]) == ("unmatched", [])
    with node.reading.read() as session:
        assert session.get_one(PublishedStudy, gate.study().study_uid).report is None
    (again,) = file_in(told(*enclosed(report()), control="R3"))
    assert again.note is None
    assert gate.run() == "enlist"


def test_words_of_a_study_that_a_person_linked_wait_until_one_approves_or_takes_the_report_away(
    gate, node, file_in, part10, view
) -> None:
    (filed,) = file_in(told(*enclosed(report(**OTHER))))
    gate.receive(part10(**IMAGES))
    gate.run()
    match_by_person(node, filed.case_number, gate.study().study_uid, actor="casey")
    assert gate.run() == "assess"
    assert gate.study().state == "held"
    say_whose_report(node, filed.case_number, theirs=False, actor="casey")
    assert gate.run() == "enlist"
    case = view(filed.case_number)
    assert (case["report"]["text"], case["reports_of_others"], len(case["documents"])) == ("", {}, 2)
    with node.reading.read() as session:
        assert session.get_one(PublishedStudy, gate.study().study_uid).report is None


def test_words_of_a_report_among_the_images_that_names_somebody_else_wait_too(gate, node, part10, view) -> None:
    words = "Report<br>" + report(**OTHER).replace("\n", "<br>")
    number = gate.case(patient={"name": "One^Anna", "birth_date": "1950-03-04"}, accession_numbers=["A-20"])
    gate.receive(part10(**IMAGES))
    gate.receive(structured(**(IMAGES | {"text": words, "StudyInstanceUID": gate.study().study_instance_uid})))
    assert read_waiting(node) == 1
    assert gate.run() == "assess"
    assert (gate.study().state, gate.study().reason) == ("held", DOUBTFUL)
    assert "no bleeding" in view(number)["report"]["text"]


@pytest.mark.parametrize("text", ["Patient: Two, Berta<br>No bleeding.", "Patient: Two, Berta"])
def test_label_that_begins_what_an_item_of_a_structured_report_says_is_found(text: str, file_in, view) -> None:
    (filed,) = file_in(structured(text=text, PatientName="One^Anna", PatientBirthDate="19500304"))
    assert list(view(filed.case_number)["reports_of_others"].values()) == [["name"]]


def test_report_among_the_images_that_names_whom_they_name_waits_for_nobody(gate, node, part10) -> None:
    words = "Report<br>" + report().replace("\n", "<br>")
    number = gate.case(patient={"name": "One^Anna", "birth_date": "1950-03-04"}, accession_numbers=["A-20"])
    gate.receive(part10(**IMAGES))
    gate.receive(structured(**(IMAGES | {"text": words, "StudyInstanceUID": gate.study().study_instance_uid})))
    assert read_waiting(node) == 1
    assert gate.run() == "enlist"
    root = "1.2.826.0.1.3680043.10.77"
    prior = IMAGES | {"StudyInstanceUID": root, "SeriesInstanceUID": f"{root}.1", "AccessionNumber": "A-19"}
    gate.receive(part10(**prior, SOPInstanceUID=f"{root}.1.1"))
    words = words.replace("A-20", "A-19")
    gate.receive(structured(901, **(prior | {"text": words, "SeriesInstanceUID": f"{root}.2"})))
    assert read_waiting(node) == 1
    match_by_person(node, number, gate.study(2).study_uid, actor="casey")
    assert [gate.run(1), gate.run(2)] == ["enlist", "enlist"]


def test_signed_read_stays_and_its_study_is_flagged(gate, file_in, part10, view) -> None:
    (filed,) = file_in(told(*enclosed(report())))
    gate.receive(part10(**IMAGES))
    gate.run()
    study = gate.study()
    gate.sign(study.study_uid)
    with gate.node.identity.write() as session:
        session.get_one(type(study), study.id).state = "read"
    file_in(told(*enclosed(report(**OTHER)), control="R2"))
    gate.run()
    assert gate.study().flagged
    assert len(view(filed.case_number)["studies"]) == 1


def test_case_that_takes_in_such_a_report_is_in_doubt_too(gate, node, file_in, view) -> None:
    (gone,) = file_in(told(*enclosed(report(**OTHER))))
    kept = gate.case(patient={"name": "One^Anna", "birth_date": "1950-03-04"})
    merge_cases(node, kept, gone.case_number, actor="casey")
    assert view(kept)["reports_of_others"]


def test_page_of_the_case_asks_and_takes_the_answer(node, file_in, view) -> None:
    (filed,) = file_in(told(*enclosed(report(**OTHER))))
    with node.reading.write() as session:
        token = create_token(session, node.clock, role="coordinator", name="casey")
    desk = TestClient(make_app(node), headers={"Authorization": f"Bearer {token}"})
    assert "Say whose the report is" in desk.get(f"/desk/cases/{filed.case_number}").text
    target = f"/desk/api/cases/{filed.case_number}/report"
    assert desk.post(target, json={}).status_code == 422
    assert desk.post(target, json={"theirs": False}).status_code == 204
    assert desk.post(target, json={"theirs": False}).status_code == 409
    assert "Say whose the report is" not in desk.get(f"/desk/cases/{filed.case_number}").text


@pytest.mark.parametrize("plan", [plan for plan, _ in CATALOGUE if plan.case is not None], ids=lambda plan: plan.slug)
def test_no_sample_case_is_in_doubt(plan, file_in) -> None:
    (filed,) = file_in(json.dumps(case_document(plan, plan.case)))
    assert filed.note is None


def test_every_sample_report_in_the_case_of_another_sample_patient_is_noticed() -> None:
    said = [case_document(plan, plan.case) for plan, _ in CATALOGUE if plan.case is not None]
    for ours, theirs in product(said, said):
        patient, numbers = ours["patient"], ours["accession_numbers"]
        told = case_of(
            patient_name=patient["name"],
            birth_date=patient["birth_date"].replace("-", ""),
            patient_ids=patient["ids"],
            accession_numbers=numbers,
        )
        same = patient["name"] == theirs["patient"]["name"]
        assert bool(named_otherwise(theirs["report"]["text"], told)) is not same


@pytest.mark.skipif(not SAMPLES.exists(), reason="the shared sample reports are not here")
def test_no_sample_report_is_taken_for_somebody_else_s(file_in) -> None:
    filed = []
    for path in sorted(SAMPLES.glob("hl7v2/*")):
        with suppress(SenderFault):  # a correction without a case
            filed += file_in(path.read_bytes())
    assert len(filed) > 5
    assert not [each.place for each in filed if "the report names" in (each.note or "")]
    texts = [path.read_text("utf-8", "replace") for path in (*SAMPLES.glob("radmatch/*"), *SAMPLES.glob("biox/*"))]
    assert len(texts) > 15
    assert [named_otherwise(each, case_of()) for each in texts] == [set()] * len(texts)
