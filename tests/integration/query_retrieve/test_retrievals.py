"""Workstations retrieve with DCMTK's getscu and movescu: what is published, and nothing for anybody else."""

import pytest
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEGBaseline8Bit, RLELossless

from config.identifiers import AETitle
from scp.spool import Spool
from worklist.access.readers import set_active
from worklist.access.workstations import add_workstation

pytestmark = pytest.mark.foreign

PATIENT_ROOT, STUDY_ROOT = "-P", "-S"


def test_a_study_comes_by_get_as_it_is_published(tools, door):
    got = tools.get(STUDY_ROOT, "QueryRetrieveLevel=STUDY", "StudyInstanceUID=2.25.10")
    assert got.code == 0, got.said
    assert {each.SOPInstanceUID for each in got.files} == {"2.25.91", "2.25.92", "2.25.93"}
    assert all(each.PixelData == bytes(range(256)) * 2 for each in got.files)
    assert door.audit()[-1] == (
        "Ada",
        "images-retrieved",
        "2.25.10",
        {"role": "reader", "service": "C-GET", "workstation": "READING_ROOM", "destination": "READING_ROOM"},
    )


def test_series_and_images_come_by_move_to_another_workstation_of_the_reader(tools, door):
    with tools.receive("+xa") as receiver:
        said = tools.move(STUDY_ROOT, "QueryRetrieveLevel=SERIES", "StudyInstanceUID=2.25.10",
                          "SeriesInstanceUID=2.25.101", to="ADA_HOME")  # fmt: skip
        assert {each.SOPInstanceUID for each in receiver.files} == {"2.25.91", "2.25.92"}, said
        said = tools.move(PATIENT_ROOT, "QueryRetrieveLevel=IMAGE", "PatientID=OVR-AAAA", "StudyInstanceUID=2.25.10",
                          "SeriesInstanceUID=2.25.102", "SOPInstanceUID=2.25.93\\2.25.99", to="ADA_HOME")  # fmt: skip
        assert len(receiver.files) == 3, said
        said = tools.move(PATIENT_ROOT, "QueryRetrieveLevel=PATIENT", "PatientID=OVR-BBBB")
        assert len(receiver.files) == 4, said
    assert door.audit()[0][3]["destination"] == "ADA_HOME"


def test_nothing_is_sent_but_to_workstations_of_the_same_reader(tools, door):
    with tools.receive() as receiver:
        for to in ("BENS", "NORTH", "NOBODY"):
            said = tools.move(STUDY_ROOT, "QueryRetrieveLevel=STUDY", "StudyInstanceUID=2.25.10", to=to)
            assert "0xa801" in said.lower()
        assert receiver.files == []
    assert door.audit() == []


def test_a_destination_that_is_down_fails_every_suboperation(tools):
    said = tools.move(STUDY_ROOT, "QueryRetrieveLevel=STUDY", "StudyInstanceUID=2.25.10").lower()
    assert "0xa702" in said
    assert "failed suboperations          : 3" in said, said


def test_compressed_images_go_as_they_are_stored_or_uncompressed_or_fail_alone(tools, door, compressed):
    keys = ("QueryRetrieveLevel=STUDY", "StudyInstanceUID=2.25.40")
    with tools.receive("+xa") as receiver:
        tools.move(STUDY_ROOT, *keys)
        assert {str(each.file_meta.TransferSyntaxUID) for each in receiver.files} == {RLELossless, JPEGBaseline8Bit}
    explicit = tools.get(STUDY_ROOT, *keys)
    (rle,) = [each for each in explicit.files if each.SOPInstanceUID == "2.25.96"]
    assert rle.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    assert rle.PixelData == compressed
    assert "0xb000" in explicit.said.lower() or "warning" in explicit.said.lower(), explicit.said
    with tools.receive("+xi") as receiver:
        said = tools.move(STUDY_ROOT, *keys)
        (rle,) = receiver.files
        assert rle.file_meta.TransferSyntaxUID == ImplicitVRLittleEndian
        assert rle.PixelData == compressed
    assert "0xb000" in said.lower()


def test_a_stranger_and_a_site_get_nothing(tools, door):
    words = (STUDY_ROOT, "-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID")
    for calling in ("NOBODY", "ELSEWHERE"):
        done = tools.run("findscu", *words, calling=calling)
        assert "Calling AE Title Not Recognized" in done.stdout + done.stderr
    done = tools.run("findscu", *words, calling="NORTH")
    assert "No Acceptable Presentation Contexts" in done.stdout + done.stderr
    assert door.audit() == []


def test_a_workstation_cannot_send(tools, door, tmp_path, part10):
    path = tmp_path / "ct.dcm"
    path.write_bytes(part10(50))
    done = tools.run_files("storescu", path)
    assert done.returncode != 0
    assert list(Spool(door.room.settings.spool).entries()) == []


def test_a_reader_who_is_shut_out_gets_nothing_though_the_door_still_knows_the_workstation(tools, door):
    with door.room.database.write() as session:
        set_active(session, name="Ada", active=False)
    done = tools.run("findscu", "-d", STUDY_ROOT, "-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID")
    assert "0x0124" in (done.stdout + done.stderr).lower()
    assert "0xff00" not in (done.stdout + done.stderr).lower()


def test_a_workstation_that_takes_tls_alone_is_sent_to_over_tls_once_its_certificate_is_proven(
    tools, door, certificates
):
    address = {"reader": "Ada", "host": "127.0.0.1", "port": door.store_port, "tls": True}
    with door.room.database.write() as session:
        for title, name in (("TLS_ROOM", "server"), ("FORGED", "client")):
            trust = (certificates / f"{name}.pem").read_text()
            add_workstation(session, door.room.clock, ae_title=AETitle(title), trust=trust, **address)
    files = (str(certificates / "server.key"), str(certificates / "server.pem"))
    keys = ("QueryRetrieveLevel=STUDY", "StudyInstanceUID=2.25.10")
    with tools.receive("+xa", "+tls", *files, "-ic") as receiver:
        for wrong in ("READING_ROOM", "FORGED"):
            assert "0xa702" in tools.move(STUDY_ROOT, *keys, to=wrong).lower()
        assert receiver.files == []
        said = tools.move(STUDY_ROOT, *keys, to="TLS_ROOM")
        assert {each.SOPInstanceUID for each in receiver.files} == {"2.25.91", "2.25.92", "2.25.93"}, said
