"""A report's file without its words beside it: the node reads them, and says where there are none."""

import base64
from io import BytesIO
from typing import Any

import pytest
from reportlab.pdfgen.canvas import Canvas

from gateway.desk import report_files
from tests.unit.gateway.case_reports.test_structured_reports import report as structured
from tests.unit.gateway.papers import pdf

ANNA = {"name": "One^Anna", "birth_date": "1950-03-04", "ids": [{"id": "P-471190", "issuer": ""}]}
TEXT = (
    "Patient: {name}\nDOB: {born}\nReport date: 2025-03-05\n\n"
    "Findings: the ventricles are of normal size and there is no bleeding.\n"
)
OWN = TEXT.format(name="One, Anna", born="1950-03-04").encode()
OTHER = TEXT.format(name="Two, Berta", born="1961-07-08").encode()


def scanned() -> bytes:
    target = BytesIO()
    canvas = Canvas(target)
    canvas.rect(40, 40, 200, 200)
    canvas.save()
    return target.getvalue()


def file(content: bytes, name: str = "report.txt") -> dict[str, str]:
    return {"name": name, "base64": base64.b64encode(content).decode()}


def make(desk, case: dict[str, Any], content: bytes, name: str = "report.txt", at: str = "cases?site=north"):
    return desk.post(f"/desk/api/{at}", json={"case": case, "file": file(content, name)})


def change(desk, number: str, case: dict[str, Any], content: bytes | None = None, name: str = "report.txt"):
    more = {} if content is None else {"file": file(content, name)}
    return desk.post(f"/desk/api/cases/{number}/change", json={"case": case} | more)


def shown(desk, number: str) -> dict[str, Any]:
    return desk.get(f"/desk/api/cases/{number}").json()


def test_file_alone_gives_its_case_words_language_and_date(desk) -> None:
    answer = make(desk, {"patient": ANNA}, OWN)
    assert (answer.status_code, set(answer.json())) == (201, {"case_number"})
    case = shown(desk, answer.json()["case_number"])
    assert "no bleeding" in case["report"]["text"]
    assert (case["report"]["language"], case["report"]["date"]) == ("en", "20250305")
    assert [each["kind"] for each in case["documents"]] == ["json", "text"]
    assert make(desk, {"patient": ANNA}, OWN).json() == answer.json(), "the very same is the same case"


def test_what_the_form_says_stays_and_the_file_tells_nothing_of_the_patient(desk) -> None:
    said = {
        "patient": {"name": "One^Anna"},
        "study_date": "2025-03-01",
        "report": {"language": "de", "date": "2025-03-07"},
    }
    text = b"Name: One, Anna\nPatient ID: P-9\nSex: F\nAccession: A-9\nReferrer: Made Up\nFindings: none.\n"
    case = shown(desk, make(desk, said, text).json()["case_number"])
    assert (case["report"]["language"], case["report"]["date"]) == ("de", "20250307")
    assert "Findings: none." in case["report"]["text"]
    assert (case["patient"]["ids"], case["patient"]["sex"], case["accession_numbers"], case["referrer"]) == (
        [],
        "",
        [],
        "",
    )


@pytest.mark.parametrize("text", ["", " \n"])
def test_words_that_are_none_are_not_told(desk, text: str) -> None:
    said = {"patient": ANNA, "report": {"text": text, "order": "O-1"}}
    case = shown(desk, make(desk, said, OWN).json()["case_number"])
    assert "no bleeding" in case["report"]["text"]


def test_words_that_the_form_tells_are_those_of_the_case(desk, monkeypatch) -> None:
    monkeypatch.setattr("gateway.desk.report_files.said_of", None)  # nor is the file read
    case = shown(desk, make(desk, {"patient": ANNA, "report": {"text": "Typed."}}, OWN).json()["case_number"])
    assert case["report"]["text"] == "Typed."


def test_words_of_a_structured_report_and_of_a_pdf_are_read(desk) -> None:
    for content, name, words in ((structured(), "a.dcm", ""), (pdf("No bleeding."), "a.pdf", "No bleeding.")):
        case = shown(desk, make(desk, {"patient": {"name": "One^Anna"}}, content, name).json()["case_number"])
        assert case["report"]["text"].strip() and words in case["report"]["text"]


@pytest.mark.parametrize(("content", "name"), [(scanned(), "r.pdf"), (b"%PDF-1.4", "r.pdf"), (b" \n", "r.txt")])
def test_file_without_words_is_kept_and_whoever_sent_it_and_the_desk_are_told(desk, content, name) -> None:
    answer = make(desk, {"patient": ANNA}, content, name)
    assert answer.status_code == 201
    assert "cannot be read" in answer.json()["reason"]
    number = answer.json()["case_number"]
    case = shown(desk, number)
    assert case["report"]["text"] == ""
    assert [each["kind"] for each in case["documents"]] == ["json", "pdf" if name == "r.pdf" else "text"]
    assert "could not be read" in case["unread_documents"]
    assert change(desk, number, {"report": {"text": "Typed from the picture."}}).status_code == 204
    assert shown(desk, number)["unread_documents"] is None, "somebody has read it"
    again = make(desk, {"patient": ANNA}, content, name)
    assert (again.json(), shown(desk, number)["unread_documents"]) == (answer.json(), None), "a retry tells nothing new"


def test_language_and_date_that_are_told_beside_a_file_without_words_are_kept(desk) -> None:
    said = {"language": "de", "date": "2025-03-07"}
    number = make(desk, {"patient": ANNA, "report": said}, scanned(), "r.pdf").json()["case_number"]
    assert shown(desk, number)["report"] == {"text": "", "language": "de", "date": "20250307"}
    assert change(desk, number, {"report": {"date": "2025-03-08"}}, scanned(), "r.pdf").status_code == 200
    assert shown(desk, number)["report"] == {"text": "", "language": "de", "date": "20250308"}
    assert change(desk, number, {"report": {"text": "Typed.", "language": "en"}}).status_code == 204
    assert change(desk, number, {"report": said}, scanned(), "r.pdf").status_code == 200
    report = shown(desk, number)["report"]
    assert (report["text"], report["language"]) == ("Typed.", "en"), "what has words keeps what is told of them"


def test_report_without_words_is_no_report_where_no_file_has_them(desk) -> None:
    answer = desk.post("/desk/api/cases?site=north", json={"case": {"patient": ANNA, "report": {"language": "de"}}})
    assert (answer.status_code, "report.text" in answer.json()["detail"]) == (400, True)


def test_new_file_replaces_the_words_and_one_without_words_does_not(desk) -> None:
    number = make(desk, {"patient": ANNA, "report": {"text": "Typed."}}, OWN).json()["case_number"]
    assert change(desk, number, {}, OWN).status_code == 204
    assert "no bleeding" in shown(desk, number)["report"]["text"]
    assert "Typed." not in shown(desk, number)["report"]["text"]
    answer = change(desk, number, {"question": "Since when?"}, scanned(), "r.pdf")
    assert (answer.status_code, answer.json()["case_number"]) == (200, number)
    assert "cannot be read" in answer.json()["reason"]
    case = shown(desk, number)
    assert ("no bleeding" in case["report"]["text"], case["question"]) == (True, "Since when?")
    assert "could not be read" in case["unread_documents"]
    assert change(desk, number, {"report": {"text": "Typed anew."}}, scanned(), "r.pdf").status_code == 204
    case = shown(desk, number)
    assert (case["report"]["text"], case["unread_documents"]) == ("Typed anew.", None)


def test_file_that_names_somebody_else_is_noticed(desk) -> None:
    answer = make(desk, {"patient": ANNA}, OTHER)
    assert "somebody else's" in answer.json()["reason"]
    assert shown(desk, answer.json()["case_number"])["report_note"]
    number = make(desk, {"patient": ANNA}, OWN).json()["case_number"]
    told = change(desk, number, {}, OTHER)
    assert (told.status_code, "somebody else's" in told.json()["reason"]) == (200, True)
    assert shown(desk, number)["report_note"]
    assert change(desk, number, {}, OWN).status_code == 204
    assert shown(desk, number)["report_note"] is None, "its own report took the place of the other one's"
    typed = change(desk, number, {"report": {"text": OTHER.decode()}})
    assert "somebody else's" in typed.json()["reason"]


def test_words_that_somebody_took_away_as_another_s_are_not_taken_again_and_whoever_sends_them_is_told(desk) -> None:
    number = make(desk, {"patient": ANNA}, OTHER).json()["case_number"]
    assert desk.post(f"/desk/api/cases/{number}/report", json={"theirs": False}).status_code == 204
    for case, content in (({}, OTHER), ({"report": {"text": OTHER.decode()}}, None)):
        answer = change(desk, number, case, content)
        assert (answer.status_code, shown(desk, number)["report"]["text"]) == (200, "")
        assert "taken from the case" in answer.json()["reason"]
    assert change(desk, number, {}, OWN).status_code == 204
    assert "taken from the case" in change(desk, number, {}, OTHER).json()["reason"]
    assert shown(desk, number)["report"]["text"] == OWN.decode().strip(), "nor do they take its own away"


def test_case_of_a_study_gets_the_words_of_its_file(gate, desk, part10) -> None:
    gate.receive(part10())
    gate.run()
    at = f"studies/{gate.study().study_uid}/case"
    answer = make(
        desk, {"patient": {"name": "Planted^Identity"}}, OWN.replace(b"One, Anna", b"Planted, Identity"), at=at
    )
    assert answer.status_code == 201
    assert "no bleeding" in shown(desk, answer.json()["case_number"])["report"]["text"]


def test_file_is_read_before_the_transaction(gate, desk, monkeypatch) -> None:
    number = make(desk, {"patient": ANNA}, OWN).json()["case_number"]
    begun: list[str] = []
    write, read = gate.node.identity.write, report_files.words_of
    monkeypatch.setattr(type(gate.node.identity), "write", lambda self: (begun.append("write"), write())[1])
    monkeypatch.setattr(report_files, "words_of", lambda *given: (begun.append("read"), read(*given))[1])
    for send in (
        lambda: make(desk, {"patient": ANNA | {"name": "New^Ada"}}, OWN),
        lambda: change(desk, number, {}, OWN),
    ):
        begun.clear()
        assert send().status_code in {201, 200, 204}
        assert begun[0] == "read" and "write" in begun
