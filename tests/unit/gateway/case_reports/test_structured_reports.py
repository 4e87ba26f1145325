"""Structured reports: sent in as documents, and found among the images, where they become the report of the case."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import BasicTextSRStorage, ExplicitVRLittleEndian

from config.errors import Conflict, Malformed
from gateway.attachments.reading import read_waiting
from gateway.case_reports.parts import Part
from gateway.case_reports.structured_reports.arrival import make_case_of_report, reports_among_images
from gateway.case_reports.structured_reports.reading import read_structured_report
from gateway.decisions import match_by_person, unmatch_by_person
from gateway.links import history_of_study
from gateway.sites import SiteChange, set_site

from .conftest import message


def code(meaning: str) -> list[Dataset]:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = "121070", "DCM", meaning
    return [item]


def item(kind: str, name: str, **elements: Any) -> Dataset:
    content = Dataset()
    content.RelationshipType, content.ValueType = "CONTAINS", kind
    content.ConceptNameCodeSequence = code(name)
    for keyword, value in elements.items():
        setattr(content, keyword, value)
    return content


def report(number: int = 900, text: str = "Keine Blutung.<br>Normal.", **elements: Any) -> bytes:
    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.SOPClassUID, dataset.Modality = BasicTextSRStorage, "SR"
    dataset.SOPInstanceUID = f"1.2.826.0.1.3680043.10.1.{number}"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "1.2.826.0.1.3680043.10.2", "1.2.826.0.1.3680043.10.9"
    dataset.PatientID, dataset.PatientName, dataset.PatientBirthDate = "PATIENT-1", "Planted^Identity", "19600102"
    dataset.AccessionNumber, dataset.StudyDate = "ACC-1", "20250301"
    measured = Dataset()
    measured.NumericValue, measured.MeasurementUnitsCodeSequence = "12.5", code("mm")
    dataset.ContentSequence = [
        item("CONTAINER", "Findings", ContentSequence=[item("TEXT", "Finding", TextValue=text)]),
        item("NUM", "Diameter", MeasuredValueSequence=[measured]),
        item("UIDREF", "Silent", UID="1.2.3"),
    ]
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    target = BytesIO()
    dcmwrite(target, dataset, enforce_file_format=True)
    return target.getvalue()


def test_report_that_is_sent_in_is_a_case(file_in, view) -> None:
    (filed,) = file_in(report())
    case = view(filed.case_number)
    assert (case["patient"]["name"], case["accession_numbers"]) == ("Planted^Identity", ["ACC-1"])
    assert case["study_uids"] == ["1.2.826.0.1.3680043.10.2"]
    assert case["report"]["text"] == "Findings\n  Finding: Keine Blutung.\n  Normal.\nDiameter: 12.5 mm"
    assert [each.outcome for each in file_in(report())] == ["unchanged"]


@pytest.mark.parametrize("payload", [b"\0" * 128 + b"DICM" + b"\0" * 40, b"\0" * 128 + b"DICM"])
def test_what_is_no_report_is_malformed(file_in, part10, payload: bytes) -> None:
    for each in (payload, part10()):
        with pytest.raises(Malformed):
            file_in(each)


def test_report_among_the_images_becomes_the_report_of_their_case(gate, view, part10: Callable[..., bytes]) -> None:
    number = gate.case(accession_numbers=["ACC-1"])
    gate.receive(part10(1, AccessionNumber="ACC-1"))
    gate.receive(report())
    assert read_waiting(gate.node) == 1
    match_by_person(gate.node, number, gate.study().study_uid, actor="clerk")
    case = view(number)
    assert case["report"]["text"].startswith("Findings\n  Finding: Keine Blutung.")
    assert [(each["kind"], each["state"]) for each in case["attachments"]] == [("sr", "done")]
    unmatch_by_person(gate.node, number, gate.study().study_uid, actor="clerk")
    case = view(number)
    assert (case["report"]["text"], case["attachments"]) == ("", [])


def test_report_that_was_filed_goes_before_one_that_comes_with_the_images(gate, view, part10, file_in) -> None:
    number = gate.case(report={"text": "As filed."})
    gate.receive(part10(1))
    match_by_person(gate.node, number, gate.study().study_uid, actor="clerk")
    gate.receive(report())
    assert read_waiting(gate.node) == 1
    case = view(number)
    assert case["report"]["text"] == "As filed."
    assert "Keine Blutung." in case["attachments"][0]["text"]


def test_report_among_the_images_makes_their_case_when_a_coordinator_asks(gate, view, part10) -> None:
    gate.receive(part10(1, AccessionNumber="ACC-1", Modality="CT"))
    gate.receive(report())
    assert read_waiting(gate.node) == 1
    assert gate.run() == "match"
    uid = gate.study().study_uid
    with gate.node.identity.read() as session:
        (shown,) = reports_among_images(session, gate.study())
    assert (shown["kind"], shown["state"], shown["start"][:8]) == ("structured report", "done", "Findings")
    number = make_case_of_report(gate.node, uid, actor="clerk")
    match_by_person(gate.node, number, uid, actor="clerk")
    case = view(number)
    assert (case["patient"]["name"], case["patient"]["birth_date"]) == ("Planted^Identity", "19600102")
    assert (case["accession_numbers"], case["modality"]) == (["ACC-1"], "CT")
    assert "Keine Blutung." in case["report"]["text"]
    assert make_case_of_report(gate.node, uid, actor="clerk") == number, "the same report is the same case"
    later = gate.case(patient={"name": "Planted^Identity", "birth_date": "1960-01-02"}, accession_numbers=["ACC-1"])
    assert later != number, "our JSON makes a case of its own; other documents change this one"


def test_report_among_the_images_makes_their_case_by_itself_where_the_site_says_so(gate, view, part10) -> None:
    set_site(gate.node, "north", SiteChange(case_from_report=True), actor="test")
    gate.receive(part10(1, AccessionNumber="ACC-1", PatientBirthDate="19600102"))
    gate.receive(report())
    assert read_waiting(gate.node) == 1
    assert gate.run() == "enlist"
    with gate.node.identity.read() as session:
        (match,) = history_of_study(session, 1)
    assert (match["how"], "study UID equal" in match["reasons"]) == ("auto", True)
    assert "Keine Blutung." in view(match["case_number"])["report"]["text"]


def test_report_among_the_images_makes_no_case_beside_one_that_is_near(gate, count_cases, part10) -> None:
    set_site(gate.node, "north", SiteChange(case_from_report=True), actor="test")
    gate.case(patient={"name": "Planted^Identity", "birth_date": "1960-01-02", "sex": "M"}, study_date="2025-03-01")
    gate.receive(part10(1, PatientBirthDate="19600102", PatientSex="F", StudyDate="20250301"))
    gate.receive(report())
    assert gate.run() == "match"
    assert count_cases() == 1


def test_measurements_and_logs_are_no_reports(gate, part10) -> None:
    gate.receive(report(SOPClassUID="1.2.840.10008.5.1.4.1.1.88.67"))
    assert read_waiting(gate.node) == 0


def test_real_reports_say_what_their_transcripts_say(node, shared_corpus: Path) -> None:
    texts = {}
    for path in sorted((shared_corpus.parent / "reports" / "sr").glob("openradx_*.txt")):
        texts[path.stem.rsplit("_", 1)[1]] = path.read_text(encoding="utf-8")
    found = 0
    for path in shared_corpus.glob("openradx-adit/dicoms/*/*/FUJI*/*.dcm"):
        (part,) = read_structured_report(node, path.read_bytes())
        found += _agrees(part, texts)
    assert found == len(texts) == 3


def _agrees(part: Part, texts: dict[str, str]) -> int:
    document = part.document
    assert document is not None
    assert document.report is not None
    (accession,) = document.accession_numbers
    told = texts[accession]
    assert f"PatientName: {document.patient.name}" in told
    assert f"StudyInstanceUID: {document.study_uids[0]}" in told
    assert f"StudyDate: {document.study_date}" in told.replace("-", "")
    words = told.split("Diagnosis: ")[1].replace("<br>", "\n").split()
    assert document.report.text.split("Diagnosis: ")[1].split() == words
    return 1


@pytest.mark.parametrize(
    ("name", "born"), [("Klein^Berta", "19800102"), ("Klein^Anna", "20080102")], ids=["twin", "another birth date"]
)
def test_report_makes_no_case_somebody_else_s_whose_number_it_bears(gate, view, part10, name, born) -> None:
    patient = {"name": "Klein^Anna", "birth_date": "1980-01-02", "sex": "F", "ids": [{"id": "K1"}]}
    number = gate.case(patient=patient, accession_numbers=["ACC-1"])
    told = {"PatientName": name, "PatientBirthDate": born, "PatientID": "K1", "AccessionNumber": "ACC-1"}
    gate.receive(part10(1, **told))
    gate.receive(report(**told))
    assert read_waiting(gate.node) == 1
    gate.run()
    with pytest.raises(Conflict, match=number):
        make_case_of_report(gate.node, gate.study().study_uid, actor="clerk")
    assert view(number)["patient"]["name"] == "Klein^Anna"


_MSH = "MSH|^~\\&|RIS|NORTH|OVERREAD|NODE|{}||{}|R{}|P|2.5.1"


def test_report_among_the_images_puts_nothing_back_that_was_told_after_they_were_made(gate, view, part10, file_in):
    patient = {"PatientName": "Klein^Anna", "PatientBirthDate": "19800102", "PatientID": "K1", "PatientSex": "M"}
    pid = "PID|1||K1||Klein^Anna||19800102|M"
    order = "ORC|NW|PL-1\rOBR|1|PL-1||CTH^CT head^L||||||||||||||ACC-1||||||CT"
    (filed,) = file_in("\r".join((_MSH.format("20250228120000", "ORM^O01", 1), pid, order)))
    file_in("\r".join((_MSH.format("20250303120000", "ADT^A08", 2), f"{pid[:-1]}F")))
    gate.receive(part10(1, AccessionNumber="ACC-1", **patient))
    gate.receive(report(**patient))
    assert read_waiting(gate.node) == 1
    gate.run()
    assert make_case_of_report(gate.node, gate.study().study_uid, actor="clerk") == filed.case_number
    assert view(filed.case_number)["patient"]["sex"] == "F"


def of(**elements: Any) -> Dataset:
    dataset = Dataset()
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    return dataset


IMAGES = "1.2.826.0.1.3680043.10.7"
REQUEST = {
    "StudyInstanceUID": IMAGES,
    "AccessionNumber": "ACC-7",
    "IssuerOfAccessionNumberSequence": [of(LocalNamespaceEntityID="RIS")],
    "PlacerOrderNumberImagingServiceRequest": "PL-7",
    "FillerOrderNumberImagingServiceRequest": "FI-7",
    "OrderFillerIdentifierSequence": [of(LocalNamespaceEntityID="RIS")],
    "RequestedProcedureID": "RP-7",
    "RequestedProcedureDescription": "CT Schädel nativ",
    "ReasonForTheRequestedProcedure": "Blutung?",
}


def asked(**changes: Any) -> dict[str, Any]:
    return {"ReferencedRequestSequence": [of(**(REQUEST | changes))], "AccessionNumber": ""}


def test_requests_that_a_report_answers_are_those_of_its_case(file_in, view) -> None:
    evidence = [of(StudyInstanceUID=IMAGES), of(StudyInstanceUID=f"{IMAGES}.1")]
    (filed,) = file_in(report(CurrentRequestedProcedureEvidenceSequence=evidence, **asked()))
    case = view(filed.case_number)
    assert case["accession_numbers"] == ["ACC-7"]
    assert case["accession_issuers"] == [{"id": "ACC-7", "issuer": "RIS"}]
    assert case["study_uids"] == ["1.2.826.0.1.3680043.10.2", IMAGES, f"{IMAGES}.1"]
    assert case["orders"] == [{"id": "FI-7", "issuer": "filler:RIS"}, {"id": "PL-7", "issuer": "placer"}]
    described = {"modality": "CT", "description": "CT Schädel nativ", "accession_number": "ACC-7", "study_uid": IMAGES}
    assert (case["requested_studies"], case["modality"], case["question"]) == ([described], "CT", "Blutung?")


def test_report_changes_the_case_of_the_order_that_it_answers_and_leaves_what_was_asked(file_in, view) -> None:
    pid, orc = "PID|1||PATIENT-1||Planted^Identity||19600102", "ORC|NW|PL-7|FI-7^RIS"
    order = message("O01", pid, orc, "OBR|1|PL-7|FI-7^RIS|CTH^CT Schädel mit Kontrast||||||||||||||ACC-7")
    (asked_for,) = file_in(order.replace(b"ADT^O01", b"ORM^O01"))
    (filed,) = file_in(report(**asked()))
    assert (filed.case_number, filed.outcome) == (asked_for.case_number, "updated")
    assert view(filed.case_number)["requested_studies"][0]["description"] == "CT Schädel mit Kontrast"


@pytest.mark.parametrize("told", [{"AccessionNumber": "ACC-8"}, {"StudyInstanceUID": "1.2.3.8"}])
def test_report_that_bears_numbers_of_two_examinations_is_of_neither(file_in, view, told: dict[str, str]) -> None:
    patient = "PID|1||PATIENT-1||Planted^Identity||19600102"
    numbers = []
    for number in (7, 8):
        order = f"ORC|NW|PL-{number}|FI-{number}^RIS\rOBR|1|PL-{number}|FI-{number}^RIS|X^X-ray"
        order += f"||||||||||||||ACC-{number}\rZDS|1.2.3.{number}^100^App^DICOM"
        (filed,) = file_in("\r".join((_MSH.format("20250228", "ORM^O01", f"T{number}"), patient, order)))
        numbers.append(filed.case_number)
    with pytest.raises(Conflict, match="numbers of two cases"):
        file_in(report(**(asked(StudyInstanceUID="1.2.3.7") | {"StudyInstanceUID": "1.2.3.7"} | told)))
    assert [view(each)["report"]["text"] for each in numbers] == ["", ""]
    assert [view(each)["accession_numbers"] for each in numbers] == [["ACC-7"], ["ACC-8"]]


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ({"ContentDate": "20250302", "ContentTime": "101500.25"}, "20250302"),
        (
            {"ContentDate": "20250302", "VerifyingObserverSequence": [of(VerificationDateTime="20250304080000")]},
            "20250304",
        ),
        ({"VerifyingObserverSequence": [of(VerificationDateTime="20250304")]}, "20250304"),
        ({"ContentDate": "20251399"}, ""),
        ({}, ""),
    ],
)
def test_report_s_date_is_that_of_its_verification_or_content(file_in, view, said: dict[str, Any], day: str) -> None:
    (filed,) = file_in(report(**said))
    assert view(filed.case_number)["report"]["date"] == day


def test_report_that_was_made_before_or_is_preliminary_takes_no_later_one_s_place(file_in, view) -> None:
    (filed,) = file_in(report(902, "The final words.", ContentDate="20250303", ContentTime="0900"))
    file_in(report(901, "The early words.", ContentDate="20250302", ContentTime="0900"))
    file_in(report(903, "In work.", ContentDate="20250304", ContentTime="0900", PreliminaryFlag="PRELIMINARY"))
    assert "The final words." in view(filed.case_number)["report"]["text"]
    file_in(report(904, "The last words.", ContentDate="20250305", ContentTime="0900", PreliminaryFlag="FINAL"))
    assert view(filed.case_number)["report"]["text"].endswith("The last words.\nDiameter: 12.5 mm")


def test_report_s_language_is_the_one_that_it_says_else_is_guessed(file_in, view) -> None:
    language = item("CODE", "Language of Content Item and Descendants", ConceptCodeSequence=code("French (France)"))
    language.ConceptNameCodeSequence[0].CodeValue = "121049"
    language.ConceptCodeSequence[0].CodeValue = "fr-FR"
    words = item("TEXT", "Finding", TextValue="Kein Hinweis auf eine Blutung, und die Ventrikel sind nicht erweitert.")
    (told,) = file_in(report(ContentSequence=[language, words]))
    assert view(told.case_number)["report"]["language"] == "fr-FR"
    (guessed,) = file_in(report(901, StudyInstanceUID=IMAGES, AccessionNumber="B", ContentSequence=[words]))
    assert view(guessed.case_number)["report"]["language"] == "de"


def test_spoiled_requests_cost_the_report_nothing(file_in, view) -> None:
    spoiled = {"StudyInstanceUID": "no uid", "AccessionNumber": "A" * 90, "RequestedProcedureDescription": "x" * 2000}
    (filed,) = file_in(report(ReferencedRequestSequence=[of(**spoiled), Dataset()]))
    case = view(filed.case_number)
    assert (case["accession_numbers"], case["requested_studies"]) == (["ACC-1"], [])
    assert "Keine Blutung." in case["report"]["text"]


def test_date_of_a_report_among_the_images_is_the_case_s_and_goes_with_it(gate, view, part10) -> None:
    number = gate.case(accession_numbers=["ACC-1"])
    gate.receive(part10(1, AccessionNumber="ACC-1"))
    gate.receive(report(ContentDate="20250302"))
    assert read_waiting(gate.node) == 1
    match_by_person(gate.node, number, gate.study().study_uid, actor="clerk")
    assert view(number)["report"]["date"] == "20250302"
    unmatch_by_person(gate.node, number, gate.study().study_uid, actor="clerk")
    assert (view(number)["report"]["date"], view(number)["report"]["language"]) == ("", "")


def test_case_of_a_report_among_the_images_bears_the_report_s_requests(gate, view, part10) -> None:
    gate.receive(part10(1, Modality="CT"))
    gate.receive(report(**asked(StudyInstanceUID="1.2.826.0.1.3680043.10.2")))
    assert read_waiting(gate.node) == 1
    gate.run()
    case = view(make_case_of_report(gate.node, gate.study().study_uid, actor="clerk"))
    assert (case["accession_numbers"], case["study_uids"]) == (["ACC-7"], ["1.2.826.0.1.3680043.10.2"])
    assert [each["description"] for each in case["requested_studies"]] == ["CT Schädel nativ"]
