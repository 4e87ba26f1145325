"""The documents of a signed read: built once, the same bytes ever after, nothing under another read's name."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from pydicom import Dataset, dcmread
from pydicom.dataset import FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian
from pypdf import PdfReader
from sqlalchemy import select, update

from config.errors import Conflict, NotFound
from worklist.documents import read_document
from worklist.models import PublishedInstance, PublishedSeries, ReadDocument
from worklist.reads import reading_view
from worklist.withdrawing import withdraw_study

READ = {
    "findings": "A small bleed.",
    "impression": "Subdural haematoma.",
    "key_images": [
        {"sop_instance_uid": "2.25.1.1.2", "frame": 10},
        {"sop_instance_uid": "2.25.1.1.1", "frame": 1},
    ],
}


@pytest.fixture
def signed(room, publish, as_role):
    """Return a client and the id of its signed read; the instances' files are in the store."""
    item, client = publish(age="045Y", study_date="20250101"), as_role("reader")
    with room.database.write() as session:
        for instance in session.scalars(select(PublishedInstance)):
            content = part10(instance.sop_instance_uid)
            instance.blob = hashlib.sha256(content).hexdigest()
            room.published.put(instance.blob, BytesIO(content))
    client.post(f"/api/worklist/{item}/claim")
    client.post(f"/api/worklist/{item}/read", json=READ)
    return client, client.post(f"/api/worklist/{item}/sign").json()["id"]


def part10(uid):
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = CTImageStorage, uid
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "2.25.1", "2.25.1.1"
    dataset.PatientName, dataset.PatientID, dataset.PatientBirthDate = "P25.1", "P25.1", ""
    dataset.PatientSex, dataset.StudyDate, dataset.StudyTime = "F", "20250101", "080000"
    dataset.StudyID, dataset.AccessionNumber, dataset.ReferringPhysicianName = "", "", ""
    dataset.Modality = "CT"
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    target = BytesIO()
    dataset.save_as(target, enforce_file_format=True)
    return target.getvalue()


def stored(room):
    with room.database.read() as session:
        return list(session.scalars(select(ReadDocument).order_by(ReadDocument.kind, ReadDocument.addenda)))


def test_the_pdf_is_served_and_says_what_was_read(signed):
    client, read_id = signed
    answer = client.get(f"/api/reads/{read_id}/report.pdf")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)
    assert "Subdural haematoma." in text
    assert "P25.1" in text


def test_the_structured_report_is_served_and_refers_to_the_study(signed):
    client, read_id = signed
    answer = client.get(f"/api/reads/{read_id}/report.dcm")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/dicom")
    report = dcmread(BytesIO(answer.content))
    assert (report.Modality, report.StudyInstanceUID, report.PatientID) == ("SR", "2.25.1", "P25.1")


@pytest.mark.parametrize("kind", ["sr", "pdf"])
def test_a_document_is_built_once_and_kept_by_its_content(room, signed, kind):
    _, read_id = signed
    first = read_document(room, read_id, kind)
    [document] = stored(room)
    assert document.blob == hashlib.sha256(first).hexdigest()
    with room.database.write() as session:
        session.execute(update(PublishedSeries).values(description="changed later"))
        session.execute(update(PublishedInstance).values(blob="0" * 64))
    assert read_document(room, read_id, kind) == first
    assert len(stored(room)) == 1


def test_an_addendum_makes_a_new_version_and_keeps_the_old(room, signed):
    client, read_id = signed
    first = read_document(room, read_id, "pdf")
    client.post(f"/api/reads/{read_id}/addenda", json={"text": "Also a fracture."})
    second = read_document(room, read_id, "pdf")
    assert first != second
    assert [(document.kind, document.addenda) for document in stored(room)] == [("pdf", 0), ("pdf", 1)]
    assert room.published.exists(hashlib.sha256(first).hexdigest())


def test_requests_that_build_at_once_get_the_same_bytes(room, signed):
    _, read_id = signed
    with ThreadPoolExecutor(4) as pool:
        contents = set(pool.map(lambda _: read_document(room, read_id, "sr"), range(4)))
    assert len(contents) == len(stored(room)) == 1


def test_only_signed_reads_have_documents(room, publish, as_role):
    item, client = publish(), as_role("reader")
    client.post(f"/api/worklist/{item}/claim")
    read_id = client.post(f"/api/worklist/{item}/read", json={"findings": "x"}).json()["id"]
    assert client.get(f"/api/reads/{read_id}/report.pdf").status_code == 404
    assert client.get("/api/reads/nothing/report.dcm").status_code == 404
    with pytest.raises(NotFound):
        read_document(room, read_id, "pdf")


def test_after_a_purge_a_stored_report_is_still_served_and_a_new_one_refused(room, signed):
    _, read_id = signed
    pdf = read_document(room, read_id, "pdf")
    with room.database.write() as session:
        withdraw_study(session, "2.25.1")
    assert read_document(room, read_id, "pdf") == pdf
    with pytest.raises(Conflict):
        read_document(room, read_id, "sr")


def test_a_view_names_a_frame_only_where_there_are_several(room, signed):
    with room.database.read() as session:
        view = reading_view(session, signed[1], "Overread")
    assert [(image.sop_instance_uid, image.frame, image.label) for image in view.key_images] == [
        ("2.25.1.1.2", 10, "Series 1, image 2, frame 10"),
        ("2.25.1.1.1", None, "Series 1, image 1"),
    ]
    assert (view.identified, view.subject.name, view.site_display_name) == (False, "P25.1", "north")
