"""What is told, told otherwise, and told again as at first: the last word holds, and a repetition changes nothing."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from gateway.case_reports import Filed, receive

WHO = {"resourceType": "Patient", "id": "p", "name": [{"family": "One", "given": ["Anna"]}], "birthDate": "1950-03-04"}
WHO |= {"identifier": [{"system": "NORTH", "value": "P-1"}]}

Tells = Callable[..., Filed]


def fhir(question: str, at: str = "", status: str = "active") -> tuple[str, str, str]:
    request: dict[str, Any] = {"resourceType": "ServiceRequest", "status": status, "subject": {"reference": "#p"}}
    request |= {"contained": [WHO], "identifier": [{"system": "RIS", "value": "R-1"}]}
    request |= {"reasonCode": [{"text": question}]} | ({"meta": {"lastUpdated": at}} if at else {})
    return json.dumps(request), "application/fhir+json", ""


def rows(*questions: str, suffix: str = "csv") -> tuple[str, str, str]:
    head = "Name,Date of birth,Patient ID,Accession number,Question\n"
    return head + "".join(f"Anna One,1950-03-04,P-1,A-1,{each}\n" for each in questions), "", f"list.{suffix}"


def text(question: str) -> tuple[str, str, str]:
    head = "Name: Anna One\nDate of birth: 1950-03-04\nPatient ID: P-1\nAccession number: A-1\n"
    return f"{head}Clinical question: {question}\n\nFindings: none.\n", "text/plain", ""


def order(question: str, number: int) -> tuple[str, str, str]:
    head = f"MSH|^~\\&|RIS|NORTH|OVERREAD|NODE|||ORM^O01|T{number}|P|2.5.1\rPID|1||P-1||One^Anna||19500304"
    return f"{head}\rORC|NW|R-1\rOBR|1|R-1||CT\rNTE|1||{question}\r", "", ""


@pytest.fixture
def tell(node) -> Tells:
    def tell(document: tuple[str, str, str], key: str = "") -> Filed:
        content, kind, name = document
        payload = content.encode()
        told = receive(
            node, site="north", payload=payload, actor="clerk", content_type=kind, file_name=name, told_as=key
        )
        return told[-1]

    return tell


@pytest.mark.parametrize("way", [fhir, rows, text])
def test_what_is_told_again_after_something_else_holds(tell, view, count_cases, way) -> None:
    first = tell(way("First?"))
    assert tell(way("First?")).outcome == "unchanged"
    assert tell(way("Second?")).outcome == "updated"
    assert tell(way("First?")).outcome == "updated"
    assert tell(way("First?")).outcome == "unchanged"
    case = view(first.case_number)
    assert (case["question"], len(case["documents"]), count_cases()) == ("First?", 3, 1)
    assert tell(way("Second?")).outcome == "updated"
    assert view(first.case_number)["question"] == "Second?"


def test_messages_are_told_apart_by_their_numbers(tell, view) -> None:
    first = tell(order("First?", 1))
    tell(order("Second?", 2))
    assert tell(order("First?", 1)).outcome == "unchanged"
    assert view(first.case_number)["question"] == "Second?"
    assert tell(order("First?", 3)).outcome == "updated"
    assert view(first.case_number)["question"] == "First?"


def test_retry_that_says_that_it_is_one_changes_nothing(tell, view) -> None:
    first = tell(fhir("First?"), "key-1")
    tell(fhir("Second?"), "key-2")
    assert tell(fhir("First?"), "key-1").outcome == "unchanged"
    assert view(first.case_number)["question"] == "Second?"
    assert tell(fhir("First?"), "key-3").outcome == "updated"
    assert view(first.case_number)["question"] == "First?"


def test_retry_bears_the_time_of_making_and_a_change_back_another(tell, view) -> None:
    early, late, last = (f"2025-03-0{day}T10:00:00Z" for day in (1, 2, 3))
    first = tell(fhir("First?", early))
    tell(fhir("Second?", late))
    assert tell(fhir("First?", early)).outcome == "unchanged"
    assert view(first.case_number)["question"] == "Second?"
    assert tell(fhir("First?", last)).outcome == "updated"
    assert view(first.case_number)["question"] == "First?"


def test_request_made_before_another_and_coming_late_puts_nothing_back(tell, view) -> None:
    first = tell(fhir("Second?", "2025-03-02T10:00:00+01:00"))
    tell(fhir("First?", "2025-03-02T08:30:00Z"))
    assert view(first.case_number)["question"] == "Second?"


def test_list_that_repeats_what_it_said_last_takes_back_nothing_said_in_another_way(tell, view) -> None:
    first = tell(rows("First?"))
    tell(text("Second?"))
    assert tell(rows("First?")).outcome == "unchanged"
    assert view(first.case_number)["question"] == "Second?"


def test_list_that_tells_a_case_twice_is_repeated_as_a_whole(tell, file_in, view) -> None:
    first = tell(rows("First?", "Second?"))
    content, _, name = rows("First?", "Second?")
    assert [each.outcome for each in file_in(content, name=name)] == ["unchanged", "unchanged"]
    assert view(first.case_number)["question"] == "Second?"


def test_request_that_was_revoked_and_is_active_again_opens_its_case(tell, view) -> None:
    first = tell(fhir("First?"))
    assert tell(fhir("First?", status="revoked")).outcome == "closed"
    assert tell(fhir("First?")).outcome == "updated"
    assert view(first.case_number)["state"] == "open"


def test_request_revoked_later_than_it_was_active_stays_revoked(tell, view) -> None:
    first = tell(fhir("First?", "2025-03-01T10:00:00Z"))
    tell(fhir("First?", "2025-03-03T10:00:00Z", status="revoked"))
    tell(fhir("First?", "2025-03-02T10:00:00Z"))
    assert view(first.case_number)["state"] == "closed"


def test_time_that_only_the_patient_tells_makes_no_request_late(tell, view) -> None:
    first = tell(order("First?", 1))
    content, kind, name = fhir("Second?")
    request = json.loads(content)
    request["contained"][0] = WHO | {"meta": {"lastUpdated": "2020-01-01T00:00:00Z"}}
    request["identifier"] = [{"system": "placer", "value": "R-1"}]
    tell((json.dumps(request), kind, name))
    assert view(first.case_number)["question"] == "Second?"
