"""The coordinator's own form: a case with every field and its report as a file, made, changed, and never made twice."""

import base64
import io
import json
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest
from pydicom.uid import BasicTextSRStorage
from sqlalchemy import func, select

from config.errors import Conflict
from gateway.desk import own_form
from gateway.desk.own_form import make_case
from gateway.links import case_of, get_case
from gateway.models import Case

WHOLE = {
    "patient": {
        "name": "Planted^Ada",
        "other_names": ["Plantada^Ada", "<b>Ada</b>"],
        "birth_date": "1957-03-21",
        "sex": "F",
        "ids": [{"id": "P-1", "issuer": "HIS"}, {"id": "P-2", "issuer": ""}],
        "addresses": ["Weg 1, 53111 Bonn"],
        "telephones": ["+49 228 1234567"],
    },
    "accession_numbers": ["A-1", "A-2"],
    "accession_issuers": [{"id": "A-1", "issuer": "RIS"}],
    "orders": [{"id": "O-1", "issuer": "RIS"}],
    "requested_studies": [{"modality": "CT", "body_part": "HEAD", "laterality": "L", "series": 2}],
    "study_date": "2025-03-01",
    "report": {"text": "Normal.", "language": "en", "date": "2025-03-02"},
    "question": "Bleeding?",
    "referrer": "Zuweiser^Made",
    "payer": "insurer",
    "jurisdiction": "US-MA",
    "release": {"to": "patient", "after_days": 14},
    "blind": True,
}


def file(content: bytes, name: str = "report.txt") -> dict[str, str]:
    return {"name": name, "base64": base64.b64encode(content).decode()}


def make(desk, case, site: str = "north", **more):
    return desk.post(f"/desk/api/cases?site={site}", json={"case": case} | more)


def shown(desk, number):
    return desk.get(f"/desk/api/cases/{number}").json()


def test_case_is_made_with_everything_that_the_form_says(gate, desk) -> None:
    answer = make(desk, WHOLE, file=file(b"As it was signed."))
    assert answer.status_code == 201
    number = answer.json()["case_number"]
    case = shown(desk, number)
    for field in ("accession_numbers", "accession_issuers", "orders", "requested_studies", "payer", "release", "blind"):
        assert case[field] == WHOLE[field]
    assert case["patient"]["other_names"] == WHOLE["patient"]["other_names"]
    assert [each["kind"] for each in case["documents"]] == ["json", "text"]
    document = desk.get(f"/desk/api/cases/{number}/documents/{case['documents'][1]['id']}")
    assert (document.content, document.headers["cache-control"]) == (b"As it was signed.", "no-store")
    assert {("case-imported", number), ("case-viewed", number)} <= set(gate.audited())
    page = desk.get(f"/desk/cases/{number}").text
    assert "<b>Ada</b>" not in page and "Documents" in page
    for words in (
        "Plantada Ada",
        "&lt;b&gt;Ada&lt;/b&gt;",
        "A-1 (RIS), A-2",
        "Weg 1, 53111 Bonn",
        "O-1",
        "no report before",
    ):
        assert words in page


def test_very_same_again_is_the_same_case_and_another_under_its_number_is_refused(gate, desk) -> None:
    number = make(desk, WHOLE).json()["case_number"]
    assert make(desk, WHOLE).json()["case_number"] == number
    other = make(desk, WHOLE | {"question": "Again?"})
    assert (other.status_code, number in other.json()["detail"]) == (409, True)
    twin = WHOLE | {"patient": {"name": "Planted^Bea", "birth_date": "1957-03-21"}}
    assert make(desk, twin).status_code == 201, "another patient's number is no reason"
    with gate.node.identity.read() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 2


@pytest.mark.parametrize(
    ("case", "word"),
    [
        ({"patient": {}}, "says nothing"),
        ({"patient": {}, "payer": "self", "release": {"to": "hospital"}, "blind": True}, "says nothing"),
        ({"patient": {"birth_date": "1957-02-30"}}, "patient.birth_date"),
        ({"patient": {"name": "A"}, "report": {"text": "x" * 200_001}}, "report.text"),
        ({"patient": {"name": "A"}, "accession_numbers": [""]}, "accession_numbers.0"),
        ({"patient": {"name": "A"}, "jurisdiction": "Nowhere"}, "jurisdiction"),
        ({"patient": {"name": "\ud800"}}, "half a character"),
        ([], "not a JSON object"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_the_name_of_the_field(gate, desk, case, word) -> None:
    body = json.dumps({"case": case}).encode()
    answer = desk.post("/desk/api/cases?site=north", content=body)
    assert answer.status_code in {400, 422} and word in answer.json()["detail"]
    with gate.node.identity.read() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 0
    assert make(desk, {"patient": {"name": "A"}}, site="nowhere").status_code == 404


def test_body_beyond_the_limit_is_refused(desk, monkeypatch) -> None:
    monkeypatch.setattr("gateway.desk.case_api.MOST_BYTES", 1000)
    assert make(desk, {"patient": {"name": "A"}, "question": "x" * 2000}).status_code == 413


def test_case_is_changed_as_often_as_somebody_says_otherwise(gate, desk) -> None:
    number = make(desk, WHOLE).json()["case_number"]

    def change(**said):
        return desk.post(f"/desk/api/cases/{number}/change", json={"case": said}).status_code

    for payer in ("self", "hospital", "self"):
        assert change(payer=payer) == 204
        assert shown(desk, number)["payer"] == payer
    came = {"case": {"patient": {}, "report": {"text": "Came by mail."}}, "file": file(b"%PDF-1.4", "r.pdf")}
    assert desk.post(f"/desk/api/cases/{number}/change", json=came).status_code == 204
    case = shown(desk, number)
    assert (case["report"]["text"], case["question"]) == ("Came by mail.", "Bleeding?")
    assert "pdf" in [each["kind"] for each in case["documents"]]
    assert change() == 400
    assert ("case-updated", number) in gate.audited()
    desk.post(f"/desk/api/cases/{number}/close")
    assert change(payer="self") == 409
    assert "Open the case again" in desk.get(f"/desk/cases/{number}").text
    assert [desk.post(f"/desk/api/cases/{number}/open").status_code for _ in range(2)] == [204, 409]
    assert change(payer="hospital") == 204
    assert change(payer="self") == 204
    with gate.node.identity.read() as session:
        assert get_case(session, number).payer == "self"


def test_report_s_file_fills_the_form_and_is_not_kept(gate, desk) -> None:
    text = "Name: Ada Planted\nPatient ID: P-77\nDate of birth: 1957-03-21\n\nFindings: No haemorrhage.\n"
    said = desk.post("/desk/api/report-file", json={"file": file(text.encode())}).json()
    assert (said["patient"]["birth_date"], said["patient"]["ids"][0]["id"]) == ("19570321", "P-77")
    assert "No haemorrhage" in said["report"]["text"]
    nameless = desk.post("/desk/api/report-file", json={"file": file(b"Findings: none.")}).json()
    assert (nameless["patient"], nameless["report"]["text"].strip()) == ({}, "Findings: none.")
    with gate.node.identity.read() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 0


def test_file_that_is_no_report_is_refused_in_words(desk) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.txt", "a")
    for content, name in ((b"\x89PNG\r\n", "scan.png"), (b"MSH|^~\\&|", "a.hl7"), (packed.getvalue(), "a.zip")):
        answer = desk.post("/desk/api/report-file", json={"file": file(content, name)})
        assert (answer.status_code, "no report" in answer.json()["detail"]) == (400, True)
        assert make(desk, WHOLE, file=file(content, name)).status_code == 400
    for wrong in ({"name": "a.txt", "base64": "***"}, {"name": 7}, "x", None):
        assert desk.post("/desk/api/report-file", json={"file": wrong}).status_code == 400


def test_two_who_make_a_case_of_one_study_at_once_leave_one_case(gate, part10) -> None:
    gate.receive(part10())
    gate.run()
    uid = gate.study().study_uid

    def make_one(number: int) -> str:
        said = {"patient": {"name": "Planted^Identity"}, "question": str(number)}
        try:
            return make_case(gate.node, said, None, study_uid=uid, actor="casey").case_number
        except Conflict:
            return ""

    with ThreadPoolExecutor(6) as pool:
        made = [number for number in pool.map(make_one, range(6)) if number]
    with gate.node.identity.read() as session:
        assert session.scalars(select(Case.case_number)).all() == made
        assert case_of(session, 1).case_number == made[0]


def test_case_of_the_report_that_came_and_its_link_are_made_both_or_neither(gate, node, part10, monkeypatch) -> None:
    gate.receive(part10(1))
    gate.receive(part10(2, SOPClassUID=BasicTextSRStorage, Modality="SR"))
    gate.run()
    uid = gate.study().study_uid

    def cases() -> int:
        with node.identity.read() as session:
            return session.scalar(select(func.count()).select_from(Case)) or 0

    def end(*_: object, **__: object) -> None:
        raise KeyboardInterrupt  # as a process that is killed in between

    monkeypatch.setattr(own_form, "link_by_person", end)
    with pytest.raises(KeyboardInterrupt):
        own_form.make_case_from_report(node, uid, actor="casey")
    assert cases() == 0
    monkeypatch.undo()
    number = own_form.make_case_from_report(node, uid, actor="casey")
    with node.identity.read() as session:
        linked = case_of(session, gate.study().id)
    assert linked is not None and (linked.case_number, cases()) == (number, 1)


def test_page_of_a_new_case_offers_the_hospitals(desk) -> None:
    page = desk.get("/desk/new-case").text
    assert '<option value="north">' in page and '<option value="south">' in page
    assert '/desk/new-case"' in desk.get("/desk").text
