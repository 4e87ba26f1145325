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


@pytest.mark.parametrize("named", [{"system": "urn:ris", "value": "PL-1"}, ACCESSION])
def test_report_that_names_its_request_by_a_number_joins_the_case(named, file_in, view) -> None:
    (asked,) = file_in(json.dumps(REQUEST))
    report = REPORT | {"basedOn": [{"identifier": named}], "subject": {"reference": "#p1"}, "contained": [PATIENT]}
    (answered,) = file_in(json.dumps(report | {"imagingStudy": [], "identifier": [{"value": "REP-1"}]}))
    assert (answered.case_number, answered.outcome) == (asked.case_number, "updated")
    assert view(asked.case_number)["report"]["text"] == "No haemorrhage."


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


def born(day: str) -> str:
    return json.dumps(REQUEST | {"contained": [PATIENT | {"birthDate": day}]})


@pytest.mark.parametrize("day", ["1960-13-45", "02.01.1960", "soon"])
def test_birth_date_that_is_none_is_said_to_be_none(day: str, file_in, count_cases) -> None:
    with pytest.raises(Malformed, match="birthDate is no date") as raised:
        file_in(born(day), content_type="application/fhir+json")
    assert day not in str(raised.value)
    assert count_cases() == 0


@pytest.mark.parametrize(("day", "known"), [("1960", ""), ("1960-01", ""), ("1960-01-02T00:00:00Z", "19600102")])
def test_birth_date_of_a_year_or_month_alone_is_not_told(day: str, known: str, file_in, view) -> None:
    (filed,) = file_in(born(day), content_type="application/fhir+json")
    assert view(filed.case_number)["patient"]["birth_date"] == known
    assert ("tells no day" in (filed.note or "")) == (not known)


def test_report_of_another_patient_than_its_request_is_refused(file_in) -> None:
    other = PATIENT | {"id": "p2"}
    request = {**REQUEST, "subject": {"reference": "Patient/p1"}, "contained": []}
    with pytest.raises(Malformed, match="two patients"):
        file_in(bundle(PATIENT, other, request, REPORT | {"subject": {"reference": "Patient/p2"}}))


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ({"occurrenceDateTime": "2025-02-27T09:00:00Z"}, "20250227"),
        ({"occurrencePeriod": {"start": "2025-02-26", "end": "2025-02-27"}}, "20250226"),
        ({"occurrencePeriod": {"end": "2025-02-27"}}, "20250227"),
        ({"occurrenceDateTime": "2095-02-27"}, ""),
        ({"occurrencePeriod": {"start": "2095-02-27"}}, ""),
        ({"occurrenceDateTime": "2025-02"}, ""),
        ({"authoredOn": "2025-02-20"}, ""),
    ],
)
def test_day_of_a_request_is_that_of_its_occurrence_once_it_has_come(file_in, view, said, day: str) -> None:
    (filed,) = file_in(json.dumps(REQUEST | said))
    assert view(filed.case_number)["study_date"] == day


def test_day_of_a_report_is_the_start_of_its_period_and_goes_before_the_request_s(file_in, view) -> None:
    request = REQUEST | {"subject": {"reference": "Patient/p1"}, "occurrenceDateTime": "2025-01-01"}
    report = REPORT | {"imagingStudy": [], "effectivePeriod": {"start": "2025-02-03T10:00:00Z", "end": "2025-02-04"}}
    report.pop("effectiveDateTime")
    (filed,) = file_in(bundle(PATIENT, request, report))
    assert view(filed.case_number)["study_date"] == "20250203"


def test_report_without_a_day_of_issue_has_that_of_its_document_and_its_language_is_guessed(file_in, view) -> None:
    data = base64.b64encode(b"Kein Hinweis auf eine Blutung, und die Ventrikel sind nicht erweitert.").decode()
    form = {"contentType": "text/plain", "data": data, "creation": "2025-03-05T07:00:00Z"}
    told = REPORT | {"presentedForm": [form], "conclusion": ""}
    told.pop("issued")
    (filed,) = file_in(bundle(PATIENT, told))
    report = view(filed.case_number)["report"]
    assert (report["language"], report["date"]) == ("de", "20250305")
    (said,) = file_in(bundle(PATIENT, told | {"language": "nl-NL", "id": "d2"}))
    assert view(said.case_number)["report"]["language"] == "nl-NL"


def test_imaging_studies_go_to_the_requests_that_they_are_based_on(file_in, view) -> None:
    patient = {"subject": {"reference": "Patient/p1"}}
    first = REQUEST | patient
    second = first | {"id": "r2", "identifier": [{"system": "urn:ris", "value": "PL-2"}]}
    study = STUDY | {"basedOn": [{"reference": "ServiceRequest/r2"}]}
    filed = file_in(bundle(PATIENT, first, second, study))
    assert [view(each.case_number)["study_uids"] for each in filed] == [[], ["1.2.840.5"]]


def test_imaging_studies_that_a_request_refers_to_or_that_are_named_by_their_uid_are_known(file_in, view) -> None:
    contained = STUDY | {"id": "s1"}
    uid = {"system": "urn:dicom:uid", "value": "urn:oid:1.2.840.6"}
    request = REQUEST | {"contained": [PATIENT, contained]}
    request |= {"supportingInfo": [{"reference": "#s1"}, {"identifier": uid}, {"reference": "Condition/1"}]}
    (filed,) = file_in(json.dumps(request))
    case = view(filed.case_number)
    assert (case["study_uids"], case["study_date"]) == (["1.2.840.5", "1.2.840.6"], "20250301")


def test_only_study_of_a_document_is_not_taken_for_another_patient_s(file_in, view) -> None:
    other = PATIENT | {"id": "p2", "identifier": [{"value": "P-2"}], "name": [{"family": "LIU", "given": ["Anna"]}]}
    study = STUDY | {"subject": {"reference": "Patient/p2"}}
    (filed,) = file_in(bundle(PATIENT, other, REQUEST | {"subject": {"reference": "Patient/p1"}}, study))
    assert view(filed.case_number)["study_uids"] == []


def test_only_study_of_a_document_is_nobody_s_where_several_requests_may_be_meant(file_in, view) -> None:
    head = REQUEST | {"subject": {"reference": "Patient/p1"}, "identifier": [{"system": "urn:ris", "value": "PL-1"}]}
    knee = head | {"id": "r2", "identifier": [{"system": "urn:ris", "value": "PL-2"}], "code": {"text": "MR knee"}}
    cases = [view(each.case_number) for each in file_in(bundle(PATIENT, head, knee, STUDY))]
    asked = [(each["study_uids"], [one["description"] for one in each["requested_studies"]]) for each in cases]
    assert asked == [([], ["CT head"]), ([], ["MR knee"])]
