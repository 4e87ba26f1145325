"""FHIR documents as cases: single resources with what they contain, Bundles, and what is no case."""

import base64
import json
from typing import Any

import pytest

from config.errors import Malformed
from gateway.case_reports.fhir.attachments import MOST_MARKUP, plain_text

REPRESENTATION = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation"
PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p1",
    "identifier": [{"system": "urn:oid:1.2.3", "value": "P-1"}, {"system": "https://kh.example/mrn", "value": "4711"}],
    "name": [
        {"use": "official", "family": "WANG", "given": ["Xiaoming"]},
        {"family": "王", "given": ["小明"], "extension": [{"url": REPRESENTATION, "valueCode": "IDE"}]},
        {"use": "maiden", "family": "LI", "given": ["Xiaoming"]},
    ],
    "gender": "female",
    "birthDate": "1960-01-02",
    "address": [{"country": "USA", "state": "MA"}],
    "extension": [{"url": "urn:x", "valueAddress": {"city": "Bonn"}}],
    "photo": [{"data": "zzz"}],
}
ACCESSION = {"type": {"coding": [{"code": "ACSN"}]}, "value": "ACC-1"}
REQUEST: dict[str, Any] = {
    "resourceType": "ServiceRequest",
    "id": "r1",
    "identifier": [{"system": "urn:ris", "value": "PL-1"}, ACCESSION],
    "status": "active",
    "intent": "order",
    "code": {"text": "CT head", "coding": [{"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "CT"}]},
    "bodySite": [{"text": "Head"}],
    "subject": {"reference": "#p1"},
    "requester": {"display": "Dr. Weiß"},
    "reasonCode": [{"text": "Fall from a ladder"}],
    "note": [{"text": "Is surgery needed?"}],
    "insurance": [{"reference": "Coverage/1"}],
    "contained": [PATIENT],
}
REPORT: dict[str, Any] = {
    "resourceType": "DiagnosticReport",
    "id": "d1",
    "status": "final",
    "code": {"text": "CT head"},
    "subject": {"reference": "Patient/p1"},
    "basedOn": [{"reference": "ServiceRequest/r1"}],
    "imagingStudy": [{"reference": "urn:uuid:study"}],
    "effectiveDateTime": "2025-03-01T10:00:00+01:00",
    "issued": "2025-03-02T08:00:00Z",
    "conclusion": "No haemorrhage.",
}
STUDY = {
    "resourceType": "ImagingStudy",
    "identifier": [{"system": "urn:dicom:uid", "value": "urn:oid:1.2.840.5"}],
    "modality": [{"code": "CT"}],
    "started": "2025-03-01",
    "numberOfSeries": 2,
    "numberOfInstances": 120,
}


def bundle(*resources: dict[str, Any], urls: tuple[str, ...] = ()) -> str:
    entries = [{"resource": each} for each in resources]
    for entry, url in zip(reversed(entries), reversed(urls), strict=False):
        entry["fullUrl"] = url  # type: ignore[assignment]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}, ensure_ascii=False)


def whole(**changes: Any) -> str:
    request = REQUEST | {"subject": {"reference": "Patient/p1"}}
    request.pop("contained")
    return bundle(PATIENT, request, REPORT | changes, STUDY, urls=("urn:uuid:study",))


def test_request_with_its_patient_inside_is_a_case(file_in, view) -> None:
    (filed,) = file_in(json.dumps(REQUEST))
    case = view(filed.case_number)
    assert case["patient"] == {
        "name": "WANG^Xiaoming=王^小明",
        "other_names": ["LI^Xiaoming"],
        "birth_date": "19600102",
        "sex": "F",
        "ids": [{"id": "P-1", "issuer": "1.2.3"}, {"id": "4711", "issuer": "https://kh.example/mrn"}],
    }
    assert (case["accession_numbers"], case["orders"]) == (["ACC-1"], [{"id": "PL-1", "issuer": "urn:ris"}])
    assert case["requested_studies"] == [
        {"modality": "CT", "body_part": "Head", "description": "CT head", "accession_number": "ACC-1"}
    ]
    assert (case["question"], case["referrer"]) == ("Fall from a ladder\nIs surgery needed?", "Dr. Weiß")
    assert (case["payer"], case["jurisdiction"], case["modality"]) == ("insurer", "US-MA", "CT")


def test_accession_number_keeps_who_issued_it_by_system_and_by_name(file_in, view) -> None:
    issued = ACCESSION | {"system": "urn:oid:1.2.840.77", "assigner": {"display": "NORTH"}}
    (filed,) = file_in(json.dumps(REQUEST | {"identifier": [issued]}))
    assert view(filed.case_number)["accession_issuers"] == [
        {"id": "ACC-1", "issuer": "1.2.840.77"},
        {"id": "ACC-1", "issuer": "NORTH"},
    ]


def test_bundle_of_request_report_and_study_is_one_case(file_in, view, count_cases) -> None:
    (filed,) = file_in(whole(), content_type="application/fhir+json")
    case = view(filed.case_number)
    assert case["report"] == {"text": "No haemorrhage.", "language": "", "date": "20250302"}
    assert (case["study_uids"], case["study_date"]) == (["1.2.840.5"], "20250301")
    assert (case["requested_studies"][0]["series"], case["requested_studies"][0]["instances"]) == (2, 120)
    (again,) = file_in(json.dumps(json.loads(whole()), indent=3))
    assert (again.case_number, again.outcome, count_cases()) == (filed.case_number, "unchanged", 1)


def test_report_that_comes_after_its_request_joins_the_case(file_in, view) -> None:
    (asked,) = file_in(json.dumps(REQUEST))
    (answered,) = file_in(whole())
    assert (answered.case_number, answered.outcome) == (asked.case_number, "updated")
    revoked = json.dumps(REQUEST | {"status": "revoked"})
    assert [each.outcome for each in file_in(revoked)] == ["closed"]
    assert view(asked.case_number)["state"] == "closed"


def test_presented_forms_are_read_and_their_addresses_are_not_followed(file_in, view) -> None:
    forms = [
        {"contentType": "text/plain", "data": base64.b64encode(b"Keine Blutung.").decode(), "language": "de"},
        {"contentType": "text/html", "data": base64.b64encode(b"<p>A &amp; B</p><script>x()</script>").decode()},
        {"contentType": "application/pdf", "url": "http://127.0.0.1:1/secret.pdf"},
    ]
    (filed,) = file_in(whole(presentedForm=forms))
    case = view(filed.case_number)
    assert case["report"]["text"] == "Keine Blutung.\n\nA & B\n\nNo haemorrhage."
    assert case["report"]["language"] == "de"
    assert [each["kind"] for each in case["documents"]] == ["fhir", "text", "text"]


def test_narrative_serves_where_nothing_else_has_words() -> None:
    assert plain_text('<div xmlns="x"><p>CT  head</p>No <b>mass</b>.<br/>End</div>') == "CT head\nNo mass.\nEnd"


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("a<script >b</script\n>c<STYLE>d</style>e", "ace"),
        ("a<script >b", "a"),
        ("a<!-- b <i> c --> d <!-- <e -->f", "a d f"),
        ("a<!-- b", "a"),
        ('a<script src="x"/>b', "ab"),
        ("size <5 mm, not > 3<br>b", "size <5 mm, not > 3\nb"),
        ('<img src="data:' + "x" * 5000 + '">a', "a"),
        ("a" + "<script " * 20_000 + ">b", "a" + " ".join(["<script"] * 19_999)),
    ],
)
def test_words_of_html_are_what_a_reader_would_see(markup: str, words: str) -> None:
    assert plain_text(markup) == words


def test_html_without_end_is_malformed() -> None:
    with pytest.raises(Malformed):
        plain_text("a" * (MOST_MARKUP + 1))


NO_CASES = [
    "{",
    "[]",
    '{"resourceType": 7}',
    '{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient"}}]}',
    '{"resourceType": "Bundle", "entry": "Planted"}',
    json.dumps(REQUEST | {"contained": []}),
    json.dumps(REQUEST | {"subject": {"reference": "http://elsewhere/Patient/p1"}}),
    json.dumps(REQUEST | {"identifier": [{"value": {"Planted": 1}}]}),
    json.dumps(REQUEST | {"contained": [PATIENT | {"name": "Planted"}]}),
    whole(status="entered-in-error"),
    whole(presentedForm=[{"contentType": "application/pdf", "data": "Planted!"}]),
    whole(presentedForm=[{"contentType": "application/pdf", "data": base64.b64encode(b"%PDF-Planted").decode()}]),
    '{"resourceType": "ServiceRequest", "contained": ' + "[" * 90_000,
]


def test_what_makes_no_case_is_malformed_and_not_echoed(file_in, count_cases) -> None:
    for document in NO_CASES:
        with pytest.raises(Malformed) as caught:
            file_in(document, content_type="application/fhir+json")
        assert "Planted" not in str(caught.value)
        assert count_cases() == 0


def test_report_of_another_patient_than_its_request_is_refused(file_in) -> None:
    other = PATIENT | {"id": "p2"}
    request = {**REQUEST, "subject": {"reference": "Patient/p1"}, "contained": []}
    with pytest.raises(Malformed, match="two patients"):
        file_in(bundle(PATIENT, other, request, REPORT | {"subject": {"reference": "Patient/p2"}}))
