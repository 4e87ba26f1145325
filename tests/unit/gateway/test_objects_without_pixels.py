"""Reports, presentation states and encapsulated documents on their way: published cleaned, or kept with the case."""

from io import BytesIO
from typing import Any

import pytest
from pydicom import Dataset, dcmread
from pydicom.uid import (
    EncapsulatedCDAStorage,
    EncapsulatedPDFStorage,
    EncapsulatedSTLStorage,
    GrayscaleSoftcopyPresentationStateStorage,
    KeyObjectSelectionDocumentStorage,
)
from sqlalchemy import select

from config.errors import Conflict
from gateway.attachments.discarding import discard_attachment
from gateway.attachments.extractor import extract
from gateway.attachments.reading import read_waiting
from gateway.cases import case_view
from gateway.decisions import match_by_person
from gateway.links import get_case
from gateway.models import Case
from gateway.pipeline import blind
from tests.unit.anonymizer.content_trees import code, item, report, written
from tests.unit.gateway.papers import pdf
from worklist.models import PublishedInstance, PublishedSeries, PublishedStudy

STUDY = "1.2.826.0.1.3680043.10.2"
FINDING = code("121071", "DCM", "Finding")


def structured(text: str = "no mass, seen by Planted", **elements: Any) -> bytes:
    return written(of_the_patient(report(item("TEXT", FINDING, text)), **elements))


def encapsulated(sop_class: str, document: bytes, media_type: str) -> bytes:
    ds = report(sop_class=sop_class)
    for keyword in ("ContentSequence", "ValueType", "ContinuityOfContent", "CompletionFlag", "VerificationFlag"):
        delattr(ds, keyword)
    return written(
        of_the_patient(ds, Modality="DOC", EncapsulatedDocument=document, MIMETypeOfEncapsulatedDocument=media_type)
    )


def of_the_patient(ds: Dataset, **elements: Any) -> Dataset:
    """Return an object as one of the study that `part10` makes."""
    ds.PatientID, ds.PatientName, ds.PatientBirthDate = "PATIENT-1", "Planted^Identity", ""
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.SOPInstanceUID = STUDY, f"{STUDY}.8", f"{STUDY}.8.1"
    ds.AccessionNumber = ""
    for keyword, value in elements.items():
        setattr(ds, keyword, value)
    return ds


def published(gate, modality: str) -> list[Dataset]:
    with gate.node.reading.read() as session:
        blobs = [row.blob for row in session.query(PublishedInstance).all()]
    found = []
    for blob in blobs:
        with gate.node.published.open(blob) as stream:
            found.append(dcmread(BytesIO(stream.read())))
    return [ds for ds in found if ds.Modality == modality]


def test_a_report_is_published_beside_its_images_and_names_nobody(gate, part10) -> None:
    gate.case()
    gate.receive(part10(PixelSpacing=["1", "1"]))
    gate.receive(structured())
    assert gate.run() == "enlist"
    assert gate.dispositions() == [("published", None)] * 2
    (ds,) = published(gate, "SR")
    assert ds.ContentSequence[0].TextValue == "no mass, seen by [name]"
    assert ds.StudyInstanceUID == gate.study().study_uid
    assert gate.study().fitness["findings"] == []


def test_what_the_case_knows_of_the_patient_is_taken_out_of_the_report(gate, part10) -> None:
    number = gate.case(patient={"name": "Chest^Mary", "ids": [{"id": "PATIENT-1", "type": "MR"}]})
    gate.receive(part10())
    gate.receive(structured("chest without mass"))
    match_by_person(gate.node, number, gate.study().study_uid, actor="clerk")
    gate.run()
    (ds,) = published(gate, "SR")
    assert ds.ContentSequence[0].TextValue == "[name] without mass"


def test_a_study_of_reports_alone_is_not_fit_to_be_read(gate) -> None:
    gate.case()
    gate.receive(structured())
    assert gate.run() == "assess"
    assert (gate.study().state, gate.study().fitness["findings"][0]["code"]) == ("held", "no-images")


def test_a_key_object_selection_is_published_as_a_report(gate, part10) -> None:
    gate.case()
    gate.receive(part10())
    gate.receive(structured("chest", SOPClassUID=KeyObjectSelectionDocumentStorage, Modality="KO"))
    gate.run()
    assert gate.dispositions() == [("published", None)] * 2 and len(published(gate, "KO")) == 1


def test_what_the_first_reader_said_stays_hidden_from_a_blind_read(gate, part10) -> None:
    number = gate.case(blind=True)
    gate.receive(part10())
    gate.receive(structured())
    assert gate.run() == "enlist"
    assert gate.dispositions() == [("published", None), ("kept", "blind-read")]
    assert published(gate, "SR") == []
    with gate.node.identity.read() as session:
        assert [each["kind"] for each in case_view(session, number)["attachments"]] == ["sr"]


@pytest.fixture
def said(gate, part10):
    """Publish an image, a report, a selection and a presentation state, then tell that the read is blind."""
    case = gate.case()
    gate.receive(part10(StudyDescription="CHEST"))
    gate.receive(structured("chest"))
    for number, (sop_class, modality) in enumerate(
        ((KeyObjectSelectionDocumentStorage, "KO"), (GrayscaleSoftcopyPresentationStateStorage, "PR"))
    ):
        uids = {"SeriesInstanceUID": f"{STUDY}.9{number}", "SOPInstanceUID": f"{STUDY}.9{number}.1"}
        ds = of_the_patient(report(sop_class=sop_class), Modality=modality, **uids)
        gate.receive(written(ds))
    assert gate.run() == "enlist"
    assert gate.dispositions() == [("published", None)] * 4
    with gate.node.identity.write() as session:
        get_case(session, case).blind = True
    return gate.study()


def left(gate) -> list[tuple[str, str | None]]:
    with gate.node.reading.read() as session:
        series = session.scalars(select(PublishedSeries)).all()
        instances = session.scalars(select(PublishedInstance)).all()
        study = session.scalars(select(PublishedStudy)).one()
        assert {each.series_uid for each in instances} == {each.series_uid for each in series}
        return [(each.modality, study.description) for each in series]


def test_what_the_first_reader_said_leaves_the_reading_zone_when_the_case_turns_out_to_be_read_blind(
    gate, said
) -> None:
    blobs = [each.derived_blob for each in gate.objects()]
    for blob in blobs:
        gate.node.made.put(blob, "metadata", content=b"chest")
    assert gate.run() == "enlist"
    assert gate.dispositions() == [("published", None)] + [("kept", "blind-read")] * 3
    assert left(gate) == [("CT", "CHEST")]
    assert [gate.node.published.exists(blob) for blob in blobs] == [True, False, False, False]
    assert [gate.node.made.get(blob, "metadata") for blob in blobs] == [None] * 4
    assert (gate.study().flagged, gate.item(said.study_uid).state) == (False, "open")
    assert ("first-read-withdrawn", said.study_uid) in gate.audited()
    assert gate.run() == "enlist"
    assert [action for action, _ in gate.audited()].count("first-read-withdrawn") == 1


def test_withdrawal_for_a_blind_read_that_was_broken_off_is_finished_by_the_next_run(gate, said, monkeypatch) -> None:
    class Killed(BaseException):
        """The worker is killed."""

    def kill(_row: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(blind, "_keep", kill)
        with pytest.raises(Killed):
            gate.run()
    assert gate.run() == "enlist"
    assert gate.dispositions() == [("published", None)] + [("kept", "blind-read")] * 3


def test_reader_who_had_begun_before_the_read_was_blind_is_told_of_to_the_coordinator(gate, said) -> None:
    gate.claim(said.study_uid)
    assert gate.run() == "enlist"
    assert (gate.study().flagged, left(gate)) == (True, [("CT", "CHEST")])


def test_signed_read_keeps_what_its_reader_saw_though_the_case_is_blind_now(gate, said) -> None:
    gate.sign(said.study_uid)
    assert gate.run() == "enlist"
    assert gate.dispositions() == [("published", None)] * 4


def test_what_was_kept_back_goes_on_once_the_read_is_blind_no_more(gate, said) -> None:
    assert gate.run() == "enlist"
    with gate.node.identity.write() as session:
        session.scalars(select(Case)).one().blind = False
    assert gate.run() == "enlist"
    assert gate.dispositions() == [("published", None)] * 4
    assert {modality for modality, _ in left(gate)} == {"CT", "SR", "KO", "PR"}


@pytest.mark.parametrize(
    ("sop_class", "document", "media_type", "kind", "text"),
    [
        (EncapsulatedPDFStorage, pdf("Bericht: kein Tumor"), "application/pdf", "epdf", "Bericht: kein Tumor"),
        (
            EncapsulatedCDAStorage,
            b"<ClinicalDocument><structuredBody><text>kein Tumor</text></structuredBody></ClinicalDocument>",
            "text/XML",
            "ecda",
            "kein Tumor",
        ),
        (EncapsulatedSTLStorage, b"solid" + bytes(95), "model/stl", "model", ""),
    ],
    ids=["pdf", "cda", "stl"],
)
def test_an_encapsulated_document_is_kept_as_attachment_of_its_case(
    gate, part10, sop_class, document, media_type, kind, text
) -> None:
    number = gate.case()
    gate.receive(part10(PixelSpacing=["1", "1"]))
    gate.receive(encapsulated(sop_class, document, media_type))
    read_waiting(gate.node)
    assert gate.run() == "enlist"
    image, kept = gate.objects()
    assert image.disposition == "published"
    assert (kept.disposition, kept.reason_code) == ("kept", "encapsulated-document")
    assert kept.reason is not None and kept.reason.startswith("kept as attachment")
    assert gate.study().fitness["findings"] == []
    with gate.node.identity.read() as session:
        (attachment,) = case_view(session, number)["attachments"]
    assert (attachment["kind"], attachment["state"], attachment["text"]) == (kind, "done", text)
    assert published(gate, "DOC") == []
    with pytest.raises(Conflict):
        discard_attachment(gate.node, attachment["id"], actor="clerk")


def test_what_an_encapsulated_document_says_reaches_the_reader_cleaned(gate, part10) -> None:
    gate.case()
    gate.receive(part10())
    gate.receive(encapsulated(EncapsulatedPDFStorage, pdf("Planted Identity: no bleeding"), "application/pdf"))
    read_waiting(gate.node)
    assert gate.run() == "enlist"
    assert read_text(gate) == "[name]: no bleeding"


def test_a_document_is_no_report_of_a_case_that_has_one(gate, part10) -> None:
    gate.case(report={"text": "No fracture."})
    gate.receive(part10())
    gate.receive(encapsulated(EncapsulatedPDFStorage, pdf("consent of the patient"), "application/pdf"))
    read_waiting(gate.node)
    assert gate.run() == "enlist"
    assert read_text(gate) == "No fracture."


def read_text(gate) -> str | None:
    """Return the words of a case's report as the reading zone has them."""
    with gate.node.reading.read() as session:
        return session.get_one(PublishedStudy, gate.study().study_uid).report


def test_an_object_that_holds_no_document_says_so() -> None:
    said = extract("epdf", encapsulated(EncapsulatedPDFStorage, b"", "application/pdf"))
    assert said == {"problem": "the object holds no document"}


def test_a_case_number_in_an_encapsulated_document_is_a_hint(gate, part10) -> None:
    number = gate.case(patient={"name": "Planted^Identity"})
    gate.receive(part10())
    gate.receive(encapsulated(EncapsulatedPDFStorage, pdf(f"Case {number}"), "application/pdf"))
    read_waiting(gate.node)
    gate.run()
    assert number in gate.study().hints
