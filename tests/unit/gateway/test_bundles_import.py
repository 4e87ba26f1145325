"""A bundle on its way in: headless files, passwords, a disc's promises, kill -9, and memory that stays flat."""

import io
import logging
import os
import pty
import signal
import subprocess
import sys
import time
import zipfile
from contextlib import suppress
from pathlib import Path

import py7zr
import pytest
import pyzipper
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydicom import dcmread
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from sqlalchemy import select

from config.settings import MIB
from gateway.headers import NotDicom, read_header
from gateway.http.intake import make_router
from gateway.intake import take_in
from gateway.models import Delivery, IdentityAudit, Patient, ReceivedObject, Study
from gateway.node import Node
from gateway.uploads import import_paths, pending_uploads, upload_report
from gateway.uploads.held import end_abandoned
from worklist.access.tokens import create_token

PASSWORD = "correct horse"


def _headless(data: bytes, *, implicit: bool, little: bool = True) -> bytes:
    """Return the data set of a file alone, in a syntax."""
    dataset = dcmread(io.BytesIO(data))
    target = DicomBytesIO()
    target.is_implicit_VR, target.is_little_endian = implicit, little
    write_dataset(target, dataset)
    return target.getvalue()


def _encrypted(files: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with pyzipper.AESZipFile(target, "w", encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(PASSWORD.encode())
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()


def _take_in_all(node: Node) -> None:
    take_in(node, list(node.spool.entries()))


@pytest.mark.parametrize(
    ("implicit", "little", "syntax"),
    [(True, True, "1.2.840.10008.1.2"), (False, True, "1.2.840.10008.1.2.1"), (False, False, "1.2.840.10008.1.2.2")],
)
def test_a_file_without_preamble_and_meta_is_dicom_and_its_bytes_are_kept(gate, implicit, little, syntax):
    bare = _headless(gate.part10(), implicit=implicit, little=little)
    received = gate.receive(bare)
    assert (received.transfer_syntax_uid, received.disposition) == (syntax, None)
    with gate.node.vault.open(received.blob) as original:
        assert original.read() == bare


def test_a_headless_file_is_published_like_any_other(gate):
    gate.case()
    gate.receive(_headless(gate.part10(), implicit=True))
    assert gate.run() == "enlist"
    assert gate.dispositions() == [("published", None)]


def test_a_truncated_headless_file_is_quarantined_with_its_reason(gate):
    gate.case()
    gate.receive(_headless(gate.part10(), implicit=True)[:-100])
    gate.run()
    assert gate.dispositions() == [("quarantined", "truncated")]


@pytest.mark.parametrize(
    "data",
    [
        b"\x08\x00\x05\x00" + bytes(200),
        b"\x08\x00\x00\x00UL\x04\x00abcd" + os.urandom(200),
        bytes(500),
        b"\x00\x08" * 99,
    ],
)
def test_what_only_begins_like_a_data_set_is_no_dicom(data):
    with pytest.raises(NotDicom):
        read_header(io.BytesIO(data))


def test_a_disc_of_two_patients_with_one_instance_twice_is_two_studies_and_a_duplicate(node, part10, tmp_path):
    disc = tmp_path / "disc"
    for folder in ("DICOM/A", "DICOM/B"):
        (disc / folder).mkdir(parents=True)
    (disc / "DICOM/A/IM1").write_bytes(part10(1))
    (disc / "DICOM/B/COPY.DCM").write_bytes(part10(1))
    other = part10(2, PatientID="PATIENT-2", PatientName="Somebody^Else", StudyInstanceUID="1.2.3")
    (disc / "DICOM/B/IM2").write_bytes(other)
    (disc / "AUTORUN.INF").write_bytes(b"[autorun]\r\nopen=VIEWER.EXE\r\n")
    delivery = import_paths(node, [disc], site="north", case_number=None)
    _take_in_all(node)
    with node.identity.read() as session:
        report = upload_report(session, delivery)
        found = session.execute(
            select(ReceivedObject.path, ReceivedObject.disposition, Patient.patient_id)
            .outerjoin(Study, Study.id == ReceivedObject.study_id)
            .outerjoin(Patient, Patient.id == Study.patient_id)
            .order_by(ReceivedObject.path)
        ).all()
    assert [tuple(row) for row in found] == [
        ("AUTORUN.INF", "kept", None),
        ("DICOM/A/IM1", None, "PATIENT-1"),
        ("DICOM/B/COPY.DCM", "duplicate", "PATIENT-1"),
        ("DICOM/B/IM2", None, "PATIENT-2"),
    ]
    assert len(report["files"]) == 4


def test_somebody_at_a_terminal_is_asked_for_the_password_of_an_archive(node, part10, tmp_path):
    locked = tmp_path / "disc.zip"
    locked.write_bytes(_encrypted({"IM1": part10(1)}))
    arguments = ["-m", "gateway.cli", "import", str(locked), "--site", "north"]
    child, terminal = pty.fork()
    if child == 0:
        os.environ["OVERREAD_HOME"] = str(node.settings.home)
        os.execv(sys.executable, [sys.executable, *arguments])
    said = b""
    while b"password of the archive" not in said:
        said += os.read(terminal, 4096)
    os.write(terminal, f"{PASSWORD}\n".encode())
    with suppress(OSError):  # the end of a terminal
        while data := os.read(terminal, 4096):
            said += data
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, said.decode()
    assert PASSWORD.encode() not in said
    with node.identity.read() as session:
        assert [row.path for row in session.scalars(select(ReceivedObject))] == ["IM1"]


def test_the_report_names_what_the_directory_of_a_disc_promises_and_the_delivery_lacks(gate, tmp_path, shared_corpus):
    disc = shared_corpus / "tool-written-cds" / "dcmmkdir_1002"
    files = sorted(path for path in disc.rglob("*") if path.is_file())
    with zipfile.ZipFile(tmp_path / "cd.zip", "w") as archive:
        for path in files[1:]:
            archive.write(path, Path("CD") / path.relative_to(disc))
    delivery = import_paths(gate.node, [tmp_path / "cd.zip"], site="north", case_number=None)
    with gate.node.identity.read() as session:
        promised = upload_report(session, delivery)["promised"]
    assert promised["listed"] == len(files) - 1
    assert promised["missing"] == [files[0].relative_to(disc).as_posix()]


def test_an_import_with_the_password_takes_what_is_encrypted(node, spooled, tmp_path):
    (tmp_path / "cd.zip").write_bytes(_encrypted({"IM1": b"one"}))
    import_paths(node, [tmp_path / "cd.zip"], site="north", case_number=None, password=PASSWORD)
    assert [payload for _, payload in spooled()] == [b"one"]


def test_an_import_without_the_password_says_so_and_keeps_the_bundle(gate, tmp_path):
    with py7zr.SevenZipFile(tmp_path / "cd.7z", "w", password=PASSWORD) as archive:
        archive.writestr(b"one", "IM1")
    import_paths(gate.node, [tmp_path / "cd.7z"], site="north", case_number=None)
    _take_in_all(gate.node)
    lost, whole = gate.objects()
    assert (lost.path, lost.disposition) == ("IM1", "quarantined")
    assert "send it again with its password" in str(lost.reason)
    with gate.node.vault.open(whole.blob) as kept:
        assert kept.read() == (tmp_path / "cd.7z").read_bytes()


def test_the_password_of_an_upload_opens_it_and_is_found_nowhere_afterwards(gate, spooled, caplog):
    node, app = gate.node, FastAPI()
    app.include_router(make_router(node))
    with node.reading.write() as session:
        token = create_token(session, node.clock, role="coordinator", name="clerk")
    client = TestClient(app, headers={"Authorization": f"Bearer {token}"})
    with caplog.at_level(logging.DEBUG):
        answer = client.post(
            "/intake/uploads?site=north",
            content=_encrypted({"IM1": b"one", "IM2": b"two"}),
            headers={"Overread-Bundle-Password": PASSWORD},
        )
    assert answer.status_code == 202
    _wait_until(lambda: pending_uploads(node) == [])
    assert sorted(payload for _, payload in spooled()) == [b"one", b"two"]
    assert PASSWORD not in caplog.text
    with node.identity.read() as session:
        rows = [*session.scalars(select(Delivery)), *session.scalars(select(IdentityAudit))]
    assert PASSWORD not in repr([vars(row) for row in rows])
    for path in node.settings.home.rglob("*"):
        assert not path.is_file() or PASSWORD.encode() not in path.read_bytes()


def test_kill_9_during_an_import_and_another_run_double_nothing(gate, tmp_path):
    node, count = gate.node, 300
    with zipfile.ZipFile(tmp_path / "cd.zip", "w") as archive:
        for number in range(count):
            archive.writestr(f"IM{number}", gate.part10(number))
    script = (
        "import sys, time; from itertools import islice; from pathlib import Path;"
        "from config.settings import Settings;"
        "from gateway.node import open_node; from gateway.uploads import import_paths, spooling\n"
        "def members(*arguments, **options):\n"
        "    yield from islice(real(*arguments, **options), 200); time.sleep(600)\n"  # never over too soon
        "real, spooling.members = spooling.members, members\n"
        "with open_node(Settings.load(Path(sys.argv[1]))) as node:"
        " import_paths(node, [Path(sys.argv[2])], site='north', case_number=None)"
    )
    child = subprocess.Popen([sys.executable, "-c", script, str(node.settings.home), str(tmp_path / "cd.zip")])
    _wait_until(lambda: node.spool.count() >= 20 or child.poll() is not None)
    child.send_signal(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    before = node.spool.count()
    assert end_abandoned(node) == 1
    import_paths(node, [tmp_path / "cd.zip"], site="north", case_number=None)
    _take_in_all(node)
    with node.identity.read() as session:
        rows = session.scalars(select(ReceivedObject)).all()
        broken_off, again = session.scalars(select(Delivery).order_by(Delivery.failure.is_(None))).all()
    assert sum(row.first for row in rows) == count
    assert (broken_off.expected, "ended before" in broken_off.failure) == (len(rows) - count, True)
    assert (again.expected, again.failure) == (count, None)
    assert sum(row.disposition == "duplicate" for row in rows) == len(rows) - count >= before - 1


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["zip", "7z"])
def test_a_large_object_in_an_archive_is_imported_in_little_memory(node, tmp_path, kind):
    large = tmp_path / "IM1"
    with large.open("wb") as file:
        for _ in range(96):
            file.write(os.urandom(MIB // 4) * 4)
    archive = tmp_path / f"cd.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
            packed.write(large, "IM1")
    else:
        with py7zr.SevenZipFile(archive, "w", filters=[{"id": py7zr.FILTER_COPY}]) as packed:
            packed.write(large, "IM1")
    large.unlink()
    script = (
        "import re, sys; from pathlib import Path; from config.settings import Settings;"
        "from gateway.node import open_node; from gateway.uploads import import_paths;"
        "from gateway.intake import take_in\n"
        "most = lambda: int(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1])\n"
        "with open_node(Settings.load(Path(sys.argv[1]))) as node:\n"
        "    idle = most(); import_paths(node, [Path(sys.argv[2])], site='north', case_number=None)\n"
        "    laid_down = most(); take_in(node, list(node.spool.entries())); print(laid_down - idle, most() - idle)"
    )
    command = [sys.executable, "-c", script, str(node.settings.home), str(archive)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    laid_down, taken_in = map(int, done.stdout.split())
    assert laid_down < 48 * 1024
    assert taken_in < 80 * 1024


def _wait_until(holds) -> None:
    deadline = time.monotonic() + 240
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)
