"""A door that workstations knock at, over a reading zone of its own, and DCMTK's programs to knock with."""

import hashlib
import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import Dataset, dcmread
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGBaseline8Bit, RLELossless

from config.blobs import open_blob_store
from config.clock import FixedClock
from config.database import Database
from config.identifiers import AETitle
from config.settings import Dicom, Settings
from gateway.retrieval.archive import open_archive
from scp.peers import DoorTerms, SiteRule, WorkstationRule, write_peers
from scp.server import run_scp
from viewer_api.indexing import instance_record, instance_record_parts, series_record, study_record
from worklist.access.readers import add_reader
from worklist.access.workstations import add_workstation
from worklist.models import Base, ReadingAudit
from worklist.publishing import publish_study
from worklist.room import ReadingRoom


@dataclass
class ReadingDoor:
    """A door that workstations knock at, over a reading zone of its own."""

    room: ReadingRoom
    port: int
    store_port: int

    def audit(self) -> list[tuple[str, str, str, dict[str, Any]]]:
        """Return actor, action, subject and detail of every entry."""
        with self.room.database.read() as session:
            rows = session.query(ReadingAudit).order_by(ReadingAudit.seq)
            return [(row.actor, row.action, row.subject, json.loads(row.detail)) for row in rows]


@pytest.fixture
def door(tmp_path: Path, part10: Any, free_port: Any) -> Iterator[ReadingDoor]:
    """Open a door with two readers' workstations and three published studies of two patients."""
    home = tmp_path / "home"
    home.mkdir()
    settings = Settings(home=home, dicom=Dicom(port=0, reserve_bytes=0))
    database = Database(settings.reading_url)
    Base.metadata.create_all(database.engine)
    clock = FixedClock(datetime(2026, 3, 1, 12, tzinfo=UTC))
    room = ReadingRoom(database, open_blob_store(settings.published_url), clock, settings)
    store_port = free_port()
    with database.write() as session:
        add_reader(session, clock, name="Ada", email="ada@example.org")
        add_reader(session, clock, name="Ben", email="ben@example.org")
        for title, reader in (("READING_ROOM", "Ada"), ("ADA_HOME", "Ada"), ("BENS", "Ben")):
            add_workstation(session, clock, ae_title=AETitle(title), reader=reader, host="127.0.0.1", port=store_port)
    for file in _studies(part10):
        publish(room, file)
    write_peers(
        settings.peers_file,
        [SiteRule("north", (AETitle("NORTH"),))],
        [
            WorkstationRule(AETitle("READING_ROOM")),
            WorkstationRule(AETitle("ADA_HOME")),
            WorkstationRule(AETitle("BENS")),
            WorkstationRule(AETitle("ELSEWHERE"), DoorTerms(networks=("10.9.9.0/24",))),
        ],
    )
    stop, up, ports = threading.Event(), threading.Event(), list[int]()

    def ready(port: int) -> None:
        ports.append(port)
        up.set()

    def serve() -> None:
        run_scp(settings, stop=stop, ready=ready, open_archive=lambda: open_archive(settings))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    assert up.wait(60), "the door did not open"
    yield ReadingDoor(room, ports[0], store_port)
    stop.set()
    thread.join(60)
    assert not thread.is_alive(), "the door did not stop"
    database.close()


def publish(room: ReadingRoom, file: bytes) -> None:
    key = hashlib.sha256(file).hexdigest()
    room.published.put(key, BytesIO(file))
    header = instance_record_parts(BytesIO(file))
    with room.database.write() as session:
        publish_study(
            session,
            room.clock,
            study_record(header, site="north", received_at=room.clock()),
            [series_record(header)],
            [instance_record(header, blob=key, size=len(file))],
        )


def _studies(part10: Any) -> Iterator[bytes]:
    def make(number: int, study: str, series: str, patient: str, **elements: object) -> bytes:
        return part10(
            number,
            StudyInstanceUID=f"2.25.{study}",
            SeriesInstanceUID=f"2.25.{series}",
            SOPInstanceUID=f"2.25.9{number}",
            PatientID=patient,
            PatientName=patient,
            InstanceNumber=number,
            **elements,
        )

    yield make(1, "10", "101", "OVR-AAAA", StudyDate="20240105", StudyTime="101500", StudyDescription="CT HEAD")
    yield make(2, "10", "101", "OVR-AAAA", StudyDate="20240105", StudyTime="101500", StudyDescription="CT HEAD")
    yield make(3, "10", "102", "OVR-AAAA", StudyDate="20240105", Modality="SR", StudyDescription="CT HEAD")
    yield make(4, "20", "201", "OVR-AAAA", StudyDate="20240301", Modality="MR", StudyDescription="MR KNEE")
    yield make(
        5, "30", "301", "OVR-BBBB", StudyDate="20240401", StudyDescription="Röntgen", SpecificCharacterSet="ISO_IR 192"
    )


@pytest.fixture
def compressed(door: ReadingDoor, part10: Any) -> bytes:
    """Publish an RLE image and one whose pixels cannot be decoded in a study; return the pixels of the first."""
    pixels = np.arange(256, dtype="<u2").reshape(16, 16) * 7
    image = dcmread(BytesIO(part10(6)))
    image.PixelData = pixels.tobytes()
    image.compress(RLELossless)
    same = {"StudyInstanceUID": "2.25.40", "SeriesInstanceUID": "2.25.401", "PatientID": "OVR-CCCC"}
    first = {"PixelData": image.PixelData, "SOPInstanceUID": "2.25.96"}
    publish(door.room, part10(6, transfer_syntax=RLELossless, **same, **first))
    second = {"PixelData": encapsulate([b"no picture" * 10]), "SOPInstanceUID": "2.25.97"}
    publish(door.room, part10(7, transfer_syntax=JPEGBaseline8Bit, **same, **second))
    return pixels.tobytes()


@pytest.fixture
def tools(foreign_program: Any, door: ReadingDoor, tmp_path: Path) -> "Tools":
    return Tools(foreign_program, door, tmp_path)


class Tools:
    """DCMTK's programs in the hands of a workstation."""

    def __init__(self, program: Any, door: ReadingDoor, folder: Path) -> None:
        self._program, self._door, self._folder = program, door, folder

    def run(self, program: str, *words: str, calling: str = "READING_ROOM") -> subprocess.CompletedProcess[str]:
        command = [self._program(program), "-v", "-aet", calling, "-aec", "OVERREAD", *words]
        command += ["127.0.0.1", str(self._door.port)]
        environment = os.environ | {"TCP_NODELAY": "1"}
        return subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, check=False)

    def run_files(self, program: str, *files: Path) -> subprocess.CompletedProcess[str]:
        command = [self._program(program), "-v", "-aet", "READING_ROOM", "-aec", "OVERREAD", "127.0.0.1"]
        command += [str(self._door.port), *map(str, files)]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    def find(self, model: str, *keys: str, calling: str = "READING_ROOM") -> list[Dataset]:
        """Return the answers to a query, which must end in success."""
        folder = self._folder / f"answers{time.monotonic_ns()}"
        folder.mkdir()
        words = [word for key in keys for word in ("-k", key)]
        done = self.run("findscu", model, "-X", "-od", str(folder), *words, calling=calling)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Success" in done.stdout + done.stderr, done.stdout + done.stderr
        return [dcmread(path, force=True) for path in sorted(folder.iterdir())]

    def receive(self, *options: str) -> "Receiver":
        """Start a storescp where the workstations say they take instances."""
        return Receiver(self._program("storescp"), self._door.store_port, self._folder, options)

    def get(self, model: str, *keys: str, options: tuple[str, ...] = (), calling: str = "READING_ROOM") -> "Got":
        """Retrieve by C-GET into a folder of its own."""
        folder = self._folder / f"got{time.monotonic_ns()}"
        folder.mkdir()
        words = [word for key in keys for word in ("-k", key)]
        done = self.run("getscu", model, *options, "-od", str(folder), *words, calling=calling)
        return Got(done.returncode, done.stdout + done.stderr, [dcmread(path) for path in sorted(folder.iterdir())])

    def move(self, model: str, *keys: str, to: str = "READING_ROOM", calling: str = "READING_ROOM") -> str:
        """Ask for a C-MOVE and return what the program said."""
        words = [word for key in keys for word in ("-k", key)]
        done = self.run("movescu", "-d", model, "-aem", to, *words, calling=calling)
        return done.stdout + done.stderr


@dataclass
class Got:
    """What a retrieval brought."""

    code: int
    said: str
    files: list[Dataset]


class Receiver:
    """A storescp for the time of a `with`; `files` are what it got."""

    def __init__(self, program: str, port: int, folder: Path, options: tuple[str, ...]) -> None:
        self._folder = folder / f"moved{time.monotonic_ns()}"
        self._folder.mkdir()
        self._command = [program, *options, "-od", str(self._folder), str(port)]
        self._port = port

    def __enter__(self) -> "Receiver":
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self._port), timeout=5).close()
                return self
            except OSError:
                assert time.monotonic() < deadline, "storescp did not start"
                time.sleep(0.05)

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(60)

    @property
    def files(self) -> list[Dataset]:
        """Return what came, in no order."""
        return [dcmread(path) for path in self._folder.iterdir()]
