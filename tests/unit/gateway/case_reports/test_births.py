"""Time and order of birth come in by every way that tells them, and the study's own by its header."""

import json

import pytest

from config.errors import Malformed

BIRTH_TIME = "http://hl7.org/fhir/StructureDefinition/patient-birthTime"
HL7 = "MSH|^~\\&|RIS|NORTH|OVERREAD|NODE|20250302||ORM^O01|M1|P|2.5.1\rPID|1||P1^^^HA||Klein^Baby||{}|M{}\rORC|NW|O-1\r"


@pytest.mark.parametrize(
    ("born", "told", "birth"),
    [
        ("202501020314", "|" * 16 + "Y|2", {"time": "0314", "order": 2, "multiple": True}),
        ("20250102", "|" * 16 + "N", {"multiple": False}),
        ("202501020000", "|" * 16 + "|two", None),
        ("20250102", "", None),
    ],
    ids=["a twin", "one child", "midnight and a word", "nothing"],
)
def test_hl7_tells_time_and_order(file_in, view, born: str, told: str, birth: dict | None) -> None:
    (filed,) = file_in(HL7.format(born, told))
    assert view(filed.case_number)["patient"].get("birth") == birth


def test_fhir_tells_time_and_order(file_in, view) -> None:
    patient = {
        "resourceType": "Patient",
        "id": "p",
        "name": [{"family": "Klein"}],
        "birthDate": "2025-01-02",
        "_birthDate": {"extension": [{"url": BIRTH_TIME, "valueDateTime": "2025-01-02T03:14:00+01:00"}]},
        "multipleBirthInteger": 2,
    }
    request = {
        "resourceType": "ServiceRequest",
        "status": "active",
        "subject": {"reference": "#p"},
        "contained": [patient],
        "code": {"text": "CT"},
    }
    (filed,) = file_in(json.dumps(request))
    assert view(filed.case_number)["patient"]["birth"] == {"time": "0314", "order": 2}


def test_our_json_refuses_a_time_that_is_none(file_in) -> None:
    with pytest.raises(Malformed, match="HH:MM"):
        file_in(json.dumps({"patient": {"name": "Klein^Baby", "birth": {"time": "25:00"}}}))


def test_header_tells_the_time_of_birth_and_midnight_stands_for_any(gate, part10) -> None:
    gate.receive(part10(PatientBirthTime="031415.5"))
    gate.receive(part10(2, StudyInstanceUID="1.2.826.0.1.3680043.10.9", PatientBirthTime="000000"))
    assert [each.birth_time for each in gate.studies()] == ["0314", ""]
