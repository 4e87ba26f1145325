"""Reports of one order in any order: preliminary, final, corrected, withdrawn, and again after a person's word."""

import json

import pytest

from config.errors import Malformed
from gateway.case_reports.reports_of_others import say_whose_report

from .test_reports_of_others import OTHER, report
from .test_reports_of_others import told as told_message

PID = "PID|1||P-1^^^NORTH||One^Anna||19500304|F"


@pytest.fixture
def send(file_in):
    """Return what sends a report of an order, made at some hour, and gives what became of it."""
    hours = iter(range(1000))

    def send(text: str, status: str, hour: int, observed: str = "F", *, order: str = "FI-1") -> object:
        header = f"MSH|^~\\&|RIS|NORTH|OVERREAD|NODE|202503021{hour}||ORU^R01|S{next(hours)}|P|2.5.1"
        obr = f"OBR|1|PL-{order}|{order}|CTH^CT head||||||||||||||A-{order}||||20250302||CT|{status}"
        lines = [header, PID, f"ORC|RE|PL-{order}|{order}", obr, f"OBX|1|TX|&GDT||{text}||||||{observed}"]
        return file_in("\r".join(lines) + "\r")

    return send


@pytest.mark.parametrize(
    ("messages", "left"),
    [
        ([("prelim", "P", 0), ("final", "F", 1)], "final"),
        ([("final", "F", 1), ("prelim", "P", 0)], "final"),
        ([("final", "F", 1), ("prelim", "P", 2)], "final"),
        ([("final", "F", 1), ("prelim", "", 2, "P")], "final"),
        ([("prelim", "P", 0), ("later", "P", 1), ("earlier", "P", 0)], "later"),
        ([("final", "F", 1), ("corrected", "C", 2)], "corrected"),
        ([("corrected", "C", 2), ("final", "F", 1)], "corrected"),
        ([("final", "F", 1), ("again", "F", 1)], "again"),
        ([("final", "F", 1), ("final", "C", 2, "W")], ""),
        ([("final", "F", 1), ("final", "C", 2, "D")], ""),
        ([("final", "F", 1), ("none", "X", 2, "X")], ""),
        ([("final", "F", 1), ("none", "F", 2, "X")], "final"),
        ([("final", "F", 1), ("final", "C", 2, "W"), ("final", "F", 1)], ""),
        ([("final", "F", 1), ("final", "C", 2, "W"), ("anew", "P", 3)], "anew"),
        ([("final", "C", 2, "W"), ("final", "F", 3)], "final"),
    ],
)
def test_report_of_an_order_is_its_last_final_one_in_whichever_order_they_come(send, file_in, view, messages, left):
    (ordered,) = file_in("\r".join((_header(), PID, "ORC|NW|PL-FI-1|FI-1", "OBR|1|PL-FI-1|FI-1|CTH^CT head", "")))
    for each in messages:
        send(*each)
    assert view(ordered.case_number)["report"]["text"] == left


def _header() -> str:
    return "MSH|^~\\&|RIS|NORTH|OVERREAD|NODE|20250301||ORM^O01|N1|P|2.5.1"


def test_report_that_is_withdrawn_leaves_those_of_other_orders_and_makes_no_case(send, view, count_cases) -> None:
    assert send("none", "X", 0, "X") == []
    assert count_cases() == 0
    (filed,) = send("head", "F", 1)
    other = send("neck", "F", 1, order="FI-2")[0]
    send("head", "C", 2, "W")
    assert view(filed.case_number)["report"] == {"text": "", "language": "", "date": ""}
    assert view(other.case_number)["report"]["text"] == "neck"


def test_report_of_fhir_that_was_entered_in_error_leaves_its_case(file_in, view, count_cases) -> None:
    who = {"resourceType": "Patient", "id": "p", "name": [{"family": "One", "given": ["Anna"]}]}
    who |= {"identifier": [{"system": "NORTH", "value": "P-1"}], "birthDate": "1950-03-04"}
    base = {"resourceType": "DiagnosticReport", "contained": [who], "code": {}, "subject": {"reference": "#p"}}
    base |= {"identifier": [{"system": "RIS", "value": "R-1"}], "conclusion": "bleeding"}

    def send(status: str, **more: str) -> list:
        return file_in(json.dumps(base | {"status": status} | more), content_type="application/fhir+json")

    with pytest.raises(Malformed, match="not to be used"):
        send("entered-in-error")
    assert count_cases() == 0
    (filed,) = send("final")
    assert send("preliminary", conclusion="perhaps")[0].case_number == filed.case_number
    assert view(filed.case_number)["report"]["text"] == "bleeding"
    assert send("cancelled")[0].case_number == filed.case_number
    assert view(filed.case_number)["report"]["text"] == ""


@pytest.mark.parametrize(("theirs", "left"), [(True, "no bleeding"), (False, "")])
def test_person_who_said_whose_a_report_is_is_not_asked_again_by_the_same_words(
    node, file_in, view, theirs: bool, left: str
) -> None:
    lines = [f"OBX|1|TX|||{line}||||||F" for line in report(**OTHER).splitlines()]
    (filed,) = file_in(told_message(*lines))
    say_whose_report(node, filed.case_number, theirs=theirs, actor="casey")
    (again,) = file_in(told_message(*lines, control="R2"))
    case = view(filed.case_number)
    assert (again.note, case["reports_of_others"], left in case["report"]["text"]) == (None, {}, True)
    assert bool(case["report"]["text"]) == theirs
    (other,) = file_in(told_message(*lines, "OBX|9|TX|||Another line.||||||F", control="R3"))
    assert "names another name" in other.note


def test_later_report_stays_when_an_earlier_one_of_somebody_else_comes(send, view) -> None:
    (filed,) = send("Normal.", "F", 2)
    (late,) = send("Patient: Two, Berta~DOB: 1961-07-08", "F", 1)
    assert (late.note, view(filed.case_number)["report"]["text"]) == (None, "Normal.")
