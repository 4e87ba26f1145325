"""What was asked for stays known when the report of it comes, which often says it in fewer words."""

import json

import pytest

_ORDER = """MSH|^~\\&|RIS|NORTH|OVERREAD|NODE|20261112101010||OMI^O23|A1|P|2.5.1
PID|1||N-1^^^MPI^MR||One^Anna||19500304|F
ORC|NW|PL1^RIS|FN1^RIS
OBR|1|PL1^RIS|FN1^RIS|KNEE^Left knee^L|||20261112
IPC|ACC-A|RP1|1.2.3.4.1|SPS1|CR
IPC|ACC-B|RP2|1.2.3.4.2|SPS2|MR"""
_REPORT = """MSH|^~\\&|RIS|NORTH|OVERREAD|NODE|20261112111010||ORU^R01|A2|P|2.5.1
PID|1||N-1^^^MPI^MR||One^Anna||19500304|F
OBR|1|PL1^RIS|FN1^RIS|KNEE^Knee^L|||20261112||||||||||||||||||F
OBX|1|TX|KNEE||Radiograph of the knee. Normal.||||||F"""
_ASKED = [
    {"modality": "CR", "description": "Left knee", "accession_number": "ACC-A", "study_uid": "1.2.3.4.1"},
    {"modality": "MR", "description": "Left knee", "accession_number": "ACC-B", "study_uid": "1.2.3.4.2"},
]


def hl7(message: str) -> str:
    return "\r".join(message.splitlines())


def test_report_takes_nothing_from_what_was_asked_for(file_in, view):
    (case,) = file_in(hl7(_ORDER))
    (same,) = file_in(hl7(_REPORT))

    assert same.case_number == case.case_number
    assert view(case.case_number)["requested_studies"][:2] == _ASKED
    assert view(case.case_number)["report"]["text"] == "Radiograph of the knee. Normal."


def test_report_adds_what_no_order_told(file_in, view):
    order = "\n".join(line for line in _ORDER.splitlines() if not line.startswith("IPC"))
    report = _REPORT.replace("||||||||||||||||||F", "|||||||||||||||||MR|F")
    (case,) = file_in(hl7(order))
    file_in(hl7(report))

    assert view(case.case_number)["requested_studies"] == [
        {"modality": "MR", "description": "Left knee", "accession_number": "FN1"}
    ]


def test_report_without_an_order_says_what_was_asked_for(file_in, view):
    (case,) = file_in(hl7(_REPORT))

    assert view(case.case_number)["requested_studies"] == [{"description": "Knee", "accession_number": "FN1"}]


def test_order_told_anew_says_anew_what_is_asked_for(file_in, view):
    (case,) = file_in(hl7(_ORDER))
    file_in(hl7(_ORDER.replace("Left knee", "Right knee").replace("|A1|", "|A3|").replace("ORC|NW", "ORC|XO")))

    asked = view(case.case_number)["requested_studies"]
    assert [each["description"] for each in asked] == ["Right knee", "Right knee"]


@pytest.mark.parametrize("with_report", [False, True], ids=["order", "order and report"])
def test_fhir_order_with_its_report_says_what_is_asked_for(file_in, view, with_report):
    patient = {"resourceType": "Patient", "id": "p", "name": [{"family": "One", "given": ["Anna"]}]}
    order = {
        "resourceType": "ServiceRequest",
        "id": "s",
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/p"},
        "identifier": [{"type": {"coding": [{"code": "ACSN"}]}, "value": "ACC-A"}],
        "code": {"text": "Radiograph of the left knee"},
        "bodySite": [{"text": "Left knee"}],
    }
    report = {
        "resourceType": "DiagnosticReport",
        "status": "final",
        "subject": {"reference": "Patient/p"},
        "basedOn": [{"reference": "ServiceRequest/s"}],
        "code": {"text": "Radiograph"},
        "conclusion": "Normal.",
    }
    resources = [patient, order, *([report] if with_report else [])]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in resources]}
    (case,) = file_in(json.dumps(bundle), content_type="application/fhir+json")

    (asked,) = view(case.case_number)["requested_studies"]
    assert (asked["body_part"], asked["accession_number"]) == ("Left knee", "ACC-A")
