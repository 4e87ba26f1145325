"""An acknowledged upload is durable, and its report accounts for every file."""

import stat

import pytest
from sqlalchemy import select

from config.errors import Conflict, Malformed, NotFound, StorageFull, TooLarge
from config.settings import MIB
from gateway import intake
from gateway.cases import close_case
from gateway.models import IdentityAudit, ReceivedObject, Study
from gateway.sites import remove_site
from gateway.uploads import pending_uploads, receive_upload, unpack_upload, upload_report
from tests.unit.gateway.bundles_sent import delivery_of, receive, report_of, with_settings, zipped


def test_a_finished_upload_is_a_private_file_a_row_and_an_audit_entry(node, case_number):
    upload_id = receive(node, b"bundle", "Planted^Identity.zip", case_number)
    files = {path.name: path for path in node.uploads.iterdir()}
    assert set(files) == {f"{upload_id}.bundle", f"{upload_id}.json"}
    assert files[f"{upload_id}.bundle"].read_bytes() == b"bundle"
    assert {stat.S_IMODE(path.stat().st_mode) for path in files.values()} == {0o600}
    delivery = delivery_of(node, upload_id)
    assert (delivery.site, delivery.door, delivery.case_number) == ("north", "upload", case_number)
    assert (delivery.unpacked_at, delivery.expected) == (None, None)
    with node.identity.read() as session:
        entry = session.scalars(select(IdentityAudit).where(IdentityAudit.subject == upload_id)).one()
    assert entry.action == "delivery-opened"
    assert "Planted" not in entry.detail


def test_an_upload_that_is_not_finished_leaves_no_trace(node):
    with pytest.raises(RuntimeError), receive_upload(node, site="north", case_number=None) as sink:
        sink.write(b"half")
        raise RuntimeError
    assert list(node.uploads.iterdir()) == []


def test_an_empty_upload_is_malformed(node):
    with pytest.raises(Malformed, match="empty"):
        receive(node, b"")
    assert list(node.uploads.iterdir()) == []


def test_only_a_site_that_is_there_and_an_open_case_of_its_own_can_be_addressed(node, case_number):
    with pytest.raises(NotFound):
        receive_upload(node, site="nowhere", case_number=None)
    with pytest.raises(NotFound):
        receive_upload(node, site="south", case_number=case_number)
    with pytest.raises(Malformed):
        receive_upload(node, site="north", case_number="123")
    remove_site(node, "south", actor="test")
    with pytest.raises(NotFound):
        receive_upload(node, site="south", case_number=None)
    close_case(node, case_number, actor="test")
    with pytest.raises(Conflict, match="closed"):
        receive_upload(node, site="north", case_number=case_number)
    assert not node.uploads.is_dir() or not list(node.uploads.iterdir())


def test_an_upload_that_grows_over_the_limit_stops_and_leaves_nothing(node):
    small = with_settings(node, "uploads", maximum_bytes=MIB)
    with (
        pytest.raises(TooLarge, match=r"uploads\.maximum_bytes"),
        receive_upload(small, site="north", case_number=None) as sink,
    ):
        sink.write(bytes(MIB))
        sink.write(b"x")
    assert list(node.uploads.iterdir()) == []


def test_a_disk_with_nothing_but_the_reserve_takes_no_upload(node):
    full = with_settings(node, "dicom", reserve_bytes=1 << 60)
    with pytest.raises(StorageFull):
        receive_upload(full, site="north", case_number=None)


def test_what_a_dead_process_was_receiving_is_swept_and_a_live_upload_is_not(node):
    with receive_upload(node, site="north", case_number=None) as sink:
        sink.write(b"live")
        dead = node.uploads / f"{'0' * 32}.part"
        dead.write_bytes(b"half")
        assert pending_uploads(node) == []
        assert not dead.exists()
        assert [path.suffix for path in node.uploads.iterdir()] == [".part"]
        sink.finish("a")


def test_an_identifier_that_is_none_names_no_file(node):
    for upload_id in ("../../etc/passwd", "0" * 31, "0" * 32):
        with pytest.raises(NotFound):
            unpack_upload(node, upload_id)


def test_the_report_follows_an_upload_to_its_end(node, part10):
    image = part10(1, StudyInstanceUID="1.2.3", SeriesInstanceUID="1.2.3.4")
    upload_id = receive(node, zipped(IM1=image, notes=b"text"))
    nothing_yet = {"state": "unpacking", "failure": None, "files": [], "counts": {}, "promised": None}
    assert report_of(node, upload_id) == nothing_yet
    unpack_upload(node, upload_id)
    assert report_of(node, upload_id)["state"] == "processing"
    assert report_of(node, upload_id)["counts"] == {"pending": 2}
    intake.take_in(node, list(node.spool.entries()))
    report = report_of(node, upload_id)
    with node.identity.read() as session:
        study_uid = session.scalars(select(Study.study_uid)).one()
    assert report["files"] == [
        {"path": "IM1", "disposition": None, "reason": "on its way", "study_uid": study_uid},
        {"path": "notes", "disposition": "kept", "reason": "not a DICOM object", "study_uid": None},
    ]
    assert (report["state"], report["counts"]) == ("processing", {"pending": 1, "kept": 1})
    with node.identity.write() as session:
        study = session.scalars(select(Study)).one()
        study.state, study.finished_revision = "unmatched", study.wanted_revision
    report = report_of(node, upload_id)
    assert (report["state"], report["files"][0]["reason"]) == ("done", "waiting for a case")
    with node.identity.write() as session:
        session.scalars(select(ReceivedObject).where(ReceivedObject.path == "IM1")).one().disposition = "published"
    assert report_of(node, upload_id)["counts"] == {"published": 1, "kept": 1}


def test_the_report_of_a_broken_bundle_fails_with_its_reason_once_all_is_settled(node):
    upload_id = receive(node, b"Rar!\x1a\x07\x01\x00", "cd.rar")
    unpack_upload(node, upload_id)
    assert report_of(node, upload_id)["state"] == "processing"
    intake.take_in(node, list(node.spool.entries()))
    report = report_of(node, upload_id)
    assert report["state"] == "failed"
    assert "RAR archives are not read" in report["failure"]
    assert [file["path"] for file in report["files"]] == ["cd.rar"]


def test_there_is_no_report_of_what_was_never_delivered(node):
    with node.identity.read() as session, pytest.raises(NotFound):
        upload_report(session, "0" * 32)
