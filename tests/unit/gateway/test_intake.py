"""The intake: blob first, then row, the spool entry last; every received object is told apart from every other."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from pydicom import config, dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MediaStorageDirectoryStorage
from sqlalchemy import func, select

from config.errors import NotFound
from gateway.intake import take_in
from gateway.models import Delivery, Patient
from gateway.studies import purge

Part10 = Callable[..., bytes]


def other_file_meta(payload: bytes) -> bytes:
    dataset = dcmread(BytesIO(payload))
    dataset.file_meta.ImplementationVersionName = "OTHER SENDER"
    target = BytesIO()
    dataset.save_as(target)
    return target.getvalue()


def directory_file() -> bytes:
    dataset = Dataset()
    dataset.FileSetID = "DISC"
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = MediaStorageDirectoryStorage
    dataset.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    target = BytesIO()
    dataset.save_as(target, enforce_file_format=True)
    return target.getvalue()


def test_first_object_of_a_study_waits_for_the_pipeline_and_asks_for_one_revision(gate, part10: Part10) -> None:
    row = gate.receive(part10())
    study = gate.study()
    assert (row.first, row.disposition, row.study_id) == (True, None, study.id)
    assert (study.state, study.wanted_revision, study.settling) == ("arriving", 1, True)


def test_spool_entry_is_gone_once_its_object_is_on_record(gate, part10: Part10) -> None:
    gate.receive(part10())
    assert list(gate.node.spool.entries()) == []


def test_same_bytes_again_are_a_duplicate_and_ask_for_nothing(gate, part10: Part10) -> None:
    gate.receive(part10())
    again = gate.receive(part10())
    assert (again.disposition, again.reason_code, again.first) == ("duplicate", "same-bytes", False)
    assert gate.study().wanted_revision == 1


def test_same_data_set_under_another_file_meta_is_a_duplicate(gate, part10: Part10) -> None:
    gate.receive(part10())
    assert gate.receive(other_file_meta(part10())).disposition == "duplicate"


def test_other_bytes_under_a_known_uid_are_a_conflict_kept_and_flagged(gate, part10: Part10) -> None:
    gate.receive(part10())
    other = gate.receive(part10(StudyDescription="changed"))
    assert (other.disposition, other.reason_code) == ("conflict", "other-bytes")
    assert gate.study().flagged
    assert gate.node.vault.exists(other.blob)


def test_study_that_arrives_under_another_patient_is_quarantined_object_by_object(gate, part10: Part10) -> None:
    gate.receive(part10(1))
    stranger = gate.receive(part10(2, PatientID="PATIENT-2"))
    assert (stranger.disposition, stranger.reason_code) == ("quarantined", "identity-conflict")
    assert gate.study().flagged


def test_empty_patient_ids_never_merge_two_studies(gate, part10: Part10) -> None:
    gate.receive(part10(1, PatientID=""))
    gate.receive(part10(2, PatientID="", StudyInstanceUID="1.2.826.0.1.3680043.10.99"))
    one, other = gate.studies()
    assert one.patient_id != other.patient_id


def test_same_patient_and_study_of_two_sites_stay_two(gate, part10: Part10) -> None:
    gate.receive(part10(), site="north")
    gate.receive(part10(), site="south", delivery="2" * 32)
    north, south = gate.studies()
    assert north.study_uid != south.study_uid
    assert north.patient_id != south.patient_id
    with gate.node.identity.read() as session:
        assert len(set(session.scalars(select(Patient.pseudonym)))) == 2
    assert gate.dispositions() == [(None, None), (None, None)]


def test_file_that_is_no_dicom_is_kept_and_belongs_to_no_study(gate) -> None:
    row = gate.receive(b"please find the images attached", path="readme.txt", door="upload")
    assert (row.disposition, row.reason_code, row.study_id) == ("kept", "not-dicom", None)
    assert gate.node.vault.exists(row.blob)


def test_directory_of_a_disc_is_kept(gate) -> None:
    row = gate.receive(directory_file(), path="DICOMDIR", door="upload")
    assert (row.disposition, row.reason_code, row.study_id) == ("kept", "directory", None)


@pytest.mark.parametrize("damage", [lambda whole: whole[:180], lambda whole: whole[:400] + b"\xff" * 40])
def test_object_without_its_identifiers_is_quarantined_as_unreadable(gate, part10: Part10, damage) -> None:
    row = gate.receive(damage(part10()))
    assert (row.disposition, row.reason_code) == ("quarantined", "unreadable")
    assert "Planted" not in (row.reason or "")


def test_file_that_a_bundle_lost_is_quarantined_with_the_bundle_s_reason(gate) -> None:
    row = gate.receive(b"", path="IM1", door="upload", problem="the archive is damaged at this file")
    assert (row.disposition, row.reason_code) == ("quarantined", "damaged-in-bundle")
    assert row.reason == "the archive is damaged at this file"


def test_image_that_came_out_of_its_bundle_damaged_is_not_published(gate, part10: Part10) -> None:
    row = gate.receive(part10(), path="IM1", door="upload", problem="its checksum does not hold: damaged")
    assert (row.disposition, row.first, gate.studies()) == ("quarantined", False, [])


def test_object_that_is_not_the_announced_one_is_quarantined(gate, part10: Part10) -> None:
    row = gate.receive(part10(), sop_instance_uid="1.2.3.4")
    assert (row.disposition, row.reason_code) == ("quarantined", "uid-mismatch")


def test_study_of_quarantined_objects_alone_is_held_for_a_person(gate, part10: Part10) -> None:
    gate.case()
    gate.receive(part10(), sop_instance_uid="1.2.3.4")
    assert gate.run() == "assess"
    assert gate.study().state == "held"


def test_taking_in_an_entry_twice_after_a_crash_changes_nothing(gate, part10: Part10) -> None:
    entry = gate.spool(part10())
    copy = entry.path.read_bytes()
    take_in(gate.node, [entry])
    entry.path.write_bytes(copy)
    assert take_in(gate.node, [entry]) == 1
    assert gate.dispositions() == [(None, None)]
    assert not entry.path.exists()


def test_bundle_laid_down_twice_after_a_crash_is_taken_in_once(gate, part10: Part10) -> None:
    gate.receive(part10(), path="A/IM1", door="upload")
    take_in(gate.node, [gate.spool(part10(), path="A/IM1", door="upload")])
    assert gate.dispositions() == [(None, None)]


def test_entry_that_another_worker_took_is_passed_over(gate, part10: Part10) -> None:
    entry = gate.spool(part10())
    gate.node.spool.remove(entry)
    assert take_in(gate.node, [entry]) == 0


def test_objects_of_one_delivery_share_its_row(gate, part10: Part10) -> None:
    take_in(gate.node, [gate.spool(part10(number)) for number in (1, 2, 3)])
    with gate.node.identity.read() as session:
        assert session.scalar(select(func.count()).select_from(Delivery)) == 1


def test_object_that_arrives_while_the_study_settles_joins_its_revision(gate, part10: Part10) -> None:
    gate.receive(part10(1))
    gate.receive(part10(2))
    assert gate.study().wanted_revision == 1


def test_object_that_arrives_later_asks_for_another_revision(gate, part10: Part10) -> None:
    before = gate.publish().wanted_revision
    gate.receive(part10(2))
    assert gate.study().wanted_revision == before + 1


def test_object_of_a_purged_study_waits_in_quarantine_and_wakes_nothing(gate, part10: Part10) -> None:
    study = gate.publish()
    purge(gate.node, study.study_uid, actor="test")
    wanted = gate.study().wanted_revision
    row = gate.receive(part10())
    assert (row.disposition, row.reason_code, row.first) == ("quarantined", "purged", True)
    assert (gate.study().state, gate.study().wanted_revision) == ("purged", wanted)
    assert gate.receive(part10()).disposition == "duplicate"


def test_original_comes_out_of_the_vault_as_it_was_received(gate, part10: Part10) -> None:
    row = gate.receive(part10())
    with gate.node.vault.open(row.blob) as original:
        assert original.read() == part10()


def test_original_on_disk_bears_no_name(gate, part10: Part10) -> None:
    gate.receive(part10())
    stored = [path.read_bytes() for path in (gate.node.settings.home / "vault").rglob("*") if path.is_file()]
    assert len(stored) == 1
    assert b"Planted" not in stored[0]
    assert b"PATIENT-1" not in stored[0]


def test_damaged_original_is_refused_and_never_handed_out(gate, part10: Part10) -> None:
    row = gate.receive(part10())
    path: Path = next(each for each in (gate.node.settings.home / "vault").rglob("*") if each.is_file())
    damaged = bytearray(path.read_bytes())
    damaged[-1] ^= 0xFF
    path.write_bytes(bytes(damaged))
    with pytest.raises(Exception, match=r"vault|original|decrypt") as caught:
        gate.node.vault.open(row.blob)
    assert "Planted" not in str(caught.value)


def test_absent_original_is_not_found(gate) -> None:
    with pytest.raises(NotFound):
        gate.node.vault.open("0" * 64)


def test_case_numbers_in_headers_and_of_uploads_become_hints(gate, part10: Part10) -> None:
    number = gate.case()
    gate.receive(part10(StudyDescription=f"second read {number[:4]} {number[4:]}"))
    gate.receive(part10(2), case_number="1000000017", delivery="2" * 32)
    assert gate.study().hints == sorted({number, "1000000017"})


@pytest.mark.parametrize(
    ("written", "kept", "sought"), [("2008.02.03", "20080203", []), ("3 Feb 2008", "3 Feb 20", ["3 Feb 2008"])]
)
def test_birth_date_in_the_old_form_is_a_day_and_one_in_no_form_is_looked_for_as_it_stands(
    gate, part10: Part10, monkeypatch, written: str, kept: str, sought: list[str]
) -> None:
    monkeypatch.setattr(config.settings, "writing_validation_mode", config.IGNORE)
    gate.receive(part10(PatientBirthDate=written))
    with gate.node.identity.read() as session:
        assert session.scalars(select(Patient)).one().birth_date == kept
    assert [each for each in gate.study().other_identities if "2008" in each] == sought
