"""Case reports in: ours are read strictly, foreign ones are refused by name, and no value is ever echoed."""

import json
from typing import Any

import pytest

from config.case_number import CaseNumber, check_digit
from config.errors import Conflict, Malformed, NotFound
from gateway.case_reports import import_case
from gateway.cases import case_view, close_case, list_cases

WHOLE = {
    "patient": {
        "name": "Wang^XiaoMing=王^小明",
        "birth_date": "1960-01-02",
        "sex": "female",
        "ids": [{"id": "P-1", "issuer": "NORTH"}],
    },
    "accession_numbers": ["A-1"],
    "study_uids": ["1.2.3"],
    "study_date": "2025-03-01",
    "modality": "CT",
    "body_part": "HEAD",
    "report": {"text": "无出血。", "language": "zh", "date": "20250302"},
    "question": "Blutung?",
    "referrer": "Dr. Weiß",
    "jurisdiction": "US-MA",
    "blind": True,
}
PLANTED = "Planted Identity"


def file_case(gate, document: Any, *, site: str = "north", content_type: str = "application/json"):
    payload = document if isinstance(document, bytes) else json.dumps(document, ensure_ascii=False).encode()
    return import_case(gate.node, site=site, payload=payload, content_type=content_type, actor="clerk")


def test_case_is_shown_as_it_was_filed_with_plain_dates(gate) -> None:
    outcome = file_case(gate, WHOLE)
    assert outcome.outcome == "created"
    with gate.node.identity.read() as session:
        view = case_view(session, outcome.case_number)
    assert view["patient"] == {**WHOLE["patient"], "other_names": [], "birth_date": "19600102", "sex": "F"}
    assert view["report"] == WHOLE["report"]
    assert (view["study_date"], view["blind"], view["studies"]) == ("20250301", True, [])


def test_assigned_number_has_ten_digits_and_a_check_digit_that_holds(gate) -> None:
    number = file_case(gate, WHOLE).case_number
    assert len(number) == 10
    assert check_digit(number) == "0"


def test_same_document_again_is_the_same_case(gate) -> None:
    first = file_case(gate, WHOLE)
    again = file_case(gate, WHOLE)
    assert (again.case_number, again.outcome) == (first.case_number, "unchanged")
    with gate.node.identity.read() as session:
        assert len(list_cases(session)) == 1


def test_same_document_of_another_site_is_another_case(gate) -> None:
    assert file_case(gate, WHOLE).case_number != file_case(gate, WHOLE, site="south").case_number


def test_given_number_is_kept_and_taken_only_once(gate) -> None:
    number = CaseNumber.draw().value
    assert file_case(gate, WHOLE | {"case_number": number}).case_number == number
    with pytest.raises(Conflict, match=number):
        file_case(gate, {"patient": {}, "case_number": number})


@pytest.mark.parametrize("number", ["123", "1000000000", "10000 00017", "abcdefghij"])
def test_number_whose_check_digit_does_not_hold_is_refused(gate, number: str) -> None:
    with pytest.raises(Malformed):
        file_case(gate, {"patient": {}, "case_number": number})


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({}, "patient"),
        ({"patient": {"name": [PLANTED]}}, "patient.name"),
        ({"patient": {"birth_date": PLANTED}}, "patient.birth_date"),
        ({"patient": {"birth_date": "1960-02-31"}}, "patient.birth_date"),
        ({"patient": {"birth_date": "19600102" + PLANTED}}, "patient.birth_date"),
        ({"patient": {"ids": [{"issuer": PLANTED}]}}, "patient.ids.0.id"),
        ({"patient": {"ids": [{"id": ""}]}}, "patient.ids.0.id"),
        ({"patient": {"ids": [{"id": "P"}] * 51}}, "patient.ids"),
        ({"patient": {}, "accession_numbers": [PLANTED * 5]}, "accession_numbers.0"),
        ({"patient": {}, "accession_numbers": ["A", "  "]}, "accession_numbers.1"),
        ({"patient": {}, "accession_numbers": ["A"] * 101}, "accession_numbers"),
        ({"patient": {}, "study_uids": [""]}, "study_uids.0"),
        ({"patient": {}, "study_uids": ["1" * 65]}, "study_uids.0"),
        ({"patient": {}, "study_uids": ["1.2"] * 101}, "study_uids"),
        ({"patient": {}, "study_date": PLANTED}, "study_date"),
        ({"patient": {}, "report": {"language": "en"}}, "report.text"),
        ({"patient": {}, "modality": PLANTED * 2}, "modality"),
        ({"patient": {}, "blind": PLANTED}, "blind"),
        ({"patient": {}, "case_number": 10}, "case_number"),
        ({"patient": {}, "colour": PLANTED}, "colour"),
    ],
)
def test_bad_field_is_named_and_its_value_is_not_echoed(gate, document: dict[str, Any], field: str) -> None:
    with pytest.raises(Malformed) as caught:
        file_case(gate, document)
    assert f"case report's {field}:" in str(caught.value)
    assert "Planted" not in str(caught.value)
    assert "1960" not in str(caught.value)


def test_lists_at_their_limits_are_kept_without_outer_blanks_and_an_unknown_sex_is_none(gate) -> None:
    document = {
        "patient": {"sex": "unclear", "ids": [{"id": f"P{each}"} for each in range(50)]},
        "accession_numbers": [" " + "A" * 64 + " "] * 100,
        "study_uids": ["1" * 64] * 100,
    }
    number = file_case(gate, document).case_number
    with gate.node.identity.read() as session:
        view = case_view(session, number)
    assert (view["patient"]["sex"], len(view["patient"]["ids"])) == ("", 50)
    assert view["accession_numbers"] == ["A" * 64] * 100
    assert view["study_uids"] == ["1" * 64] * 100


@pytest.mark.parametrize(
    "payload",
    [b"", b"Planted Identity", b"\xff\xfe\x00", b"[1]", b"7", b"null", b"[" * 100_000],
    ids=["empty", "text", "bytes", "list", "number", "null", "deep"],
)
def test_what_is_no_json_object_is_malformed(gate, payload: bytes) -> None:
    with pytest.raises(Malformed) as caught:
        file_case(gate, payload)
    assert "Planted" not in str(caught.value)


def test_unknown_site_files_nothing(gate) -> None:
    with pytest.raises(NotFound):
        file_case(gate, WHOLE, site="west")


def test_closed_case_stays_listed_as_closed(gate) -> None:
    number = gate.case()
    close_case(gate.node, number, actor="clerk")
    with gate.node.identity.read() as session:
        assert [(each["case_number"], each["state"]) for each in list_cases(session, "north")] == [(number, "closed")]
    assert ("case-closed", number) in gate.audited()


def test_unknown_case_is_not_found(gate) -> None:
    with gate.node.identity.read() as session, pytest.raises(NotFound):
        case_view(session, CaseNumber.draw().value)


def test_filing_is_audited_by_number_alone(gate) -> None:
    number = file_case(gate, WHOLE).case_number
    assert ("case-imported", number) in gate.audited()
