"""A door that workstations knock at, over a reading zone of its own, and DCMTK's programs to knock with."""

import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import Dataset, dcmread
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGBaseline8Bit, RLELossless

from config.settings import Dicom, Settings
from gateway.retrieval.archive import open_archive
from scp.server import run_scp
from worklist.models import ReadingAudit
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
def door(tmp_path: Path, reading_zone: Any, free_port: Any) -> Iterator[ReadingDoor]:
    """Open a door with two readers' workstations and three published studies of two patients."""
    home = tmp_path / "home"
    home.mkdir()
    settings = Settings(home=home, dicom=Dicom(port=0, reserve_bytes=0))
    store_port = free_port()
    room = reading_zone(settings, store_port)
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
    room.database.close()


@pytest.fixture
def compressed(door: ReadingDoor, part10: Any, publish: Any) -> bytes:
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
