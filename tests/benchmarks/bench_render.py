"""Rendered frames, thumbnails, metadata and searches beside Orthanc's DICOMweb, in one interleaved run.

    python tests/benchmarks/bench_render.py [--slices 40] [--rounds 3]

Both servers hold the same synthetic CT series, one study per transfer syntax, and are asked over one kept connection
and over four. `cold` is the first time a picture is asked for, `warm` the second. Ratios above 1 are ours being faster.
"""

import argparse
import hashlib
import json
import multiprocessing
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from io import BytesIO
from pathlib import Path

import numpy as np
from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    CTImageStorage,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

ROOT = Path(__file__).resolve().parents[2]
SYNTAXES = {
    "uncompressed": ExplicitVRLittleEndian,
    "RLE": RLELossless,
    "JPEG-LS": JPEGLSLossless,
    "JPEG lossless": JPEGLosslessSV1,
    "JPEG 2000": JPEG2000Lossless,
}
CLIENTS = (1, 4)


class Refused(Exception):
    """A server does not do what it is asked."""


class Server:
    """One of the two servers: where it is and what must be said to get in."""

    def __init__(self, name: str, port: int, headers: dict[str, str]) -> None:
        self.name, self.port, self.headers = name, port, headers

    def seconds(self, requests: list[tuple[str, str]], clients: int) -> float:
        """Return the wall time of all requests, spread over kept connections."""
        parts = [requests[start::clients] for start in range(clients)]
        begin = time.perf_counter()
        with ThreadPoolExecutor(clients) as pool:
            list(pool.map(self._ask, parts))
        return time.perf_counter() - begin

    def _ask(self, requests: list[tuple[str, str]]) -> None:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=120)
        for path, accept in requests:
            connection.request("GET", path, headers={**self.headers, "Accept": accept})
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200 or not body:
                raise Refused(f"{self.name} answered {answer.status}")
        connection.close()


def make_slices(folder: Path, slices: int) -> dict[str, list[Path]]:
    """Write a head-like phantom with noise, one study per transfer syntax."""
    y, x = np.mgrid[-1:1:512j, -1:1:512j]
    written: dict[str, list[Path]] = {}
    for place, (name, syntax) in enumerate(SYNTAXES.items()):
        written[name] = []
        for number in range(slices):
            skull = np.hypot(x, y * 1.2)
            brain = np.where(skull < 0.8, 40 + 30 * np.sin(9 * x + number / 5), -1000)
            tissue = brain + 900 * ((skull > 0.8) & (skull < 0.86))
            noise = np.random.default_rng(number).normal(0, 8, skull.shape)
            pixels = (tissue + noise).astype("<i2")
            path = folder / f"{place}-{number:04d}.dcm"
            _write(path, pixels, place, number, syntax)
            written[name].append(path)
    return written


def _write(path: Path, pixels: np.ndarray, study: int, number: int, syntax: str) -> None:
    image = Dataset()
    image.SOPClassUID, image.SOPInstanceUID = CTImageStorage, f"2.25.3{study}{number:05d}"
    image.StudyInstanceUID, image.SeriesInstanceUID = f"2.25.1{study}", f"2.25.2{study}"
    image.PatientID = image.PatientName = f"OVR-{study}"
    image.StudyDate, image.StudyTime, image.StudyID, image.AccessionNumber = "20240101", "120000", "1", ""
    image.Modality, image.SeriesNumber, image.InstanceNumber = "CT", 1, number + 1
    image.Rows, image.Columns, image.SamplesPerPixel, image.PhotometricInterpretation = 512, 512, 1, "MONOCHROME2"
    image.BitsAllocated, image.BitsStored, image.HighBit, image.PixelRepresentation = 16, 16, 15, 1
    image.WindowCenter, image.WindowWidth, image.RescaleSlope, image.RescaleIntercept = 40, 400, "1", "0"
    for private in range(60):  # a header as long as a scanner's
        image.add_new(0x00091001 + private, "LO", f"VALUE {private}")
    image.add_new(0x00090010, "LO", "BENCH")
    image.add_new("PixelData", "OW", pixels.tobytes())
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    target = BytesIO()
    dcmwrite(target, image, enforce_file_format=True)
    path.write_bytes(target.getvalue())
    if syntax == JPEGLosslessSV1:
        subprocess.run(["dcmcjpeg", "+e1", path, path], check=True)
    elif syntax != ExplicitVRLittleEndian:
        image = dcmread(path)
        image.compress(syntax, generate_instance_uid=False)
        dcmwrite(path, image, enforce_file_format=True)


def serve_ours(home: Path, files: list[Path], port: int, ready: "multiprocessing.Queue[str]") -> None:
    """Publish the files and serve them; puts the token into `ready`."""
    sys.path.insert(0, str(ROOT))
    import uvicorn
    from fastapi import FastAPI

    from config.blobs import LocalFolder
    from config.clock import system_clock
    from config.database import Database
    from config.settings import Settings
    from viewer_api.dicomweb import make_router
    from viewer_api.indexing import instance_record, instance_record_parts, series_record, study_record
    from worklist.access.tokens import create_token
    from worklist.models import Base
    from worklist.publishing import publish_study
    from worklist.room import ReadingRoom

    database = Database(f"sqlite:///{home / 'reading.sqlite'}")
    Base.metadata.create_all(database.engine)
    room = ReadingRoom(database, LocalFolder(home / "published"), system_clock, Settings(home=home))
    with database.write() as session:
        for path in files:
            part10 = path.read_bytes()
            key = hashlib.sha256(part10).hexdigest()
            room.published.put(key, BytesIO(part10))
            header = instance_record_parts(BytesIO(part10))
            study = study_record(header, site="bench", received_at=system_clock())
            instance = instance_record(header, blob=key, size=len(part10))
            publish_study(session, system_clock, study, [series_record(header)], [instance])
        token = create_token(session, system_clock, role="integrator", name="bench")
    app = FastAPI()
    app.include_router(make_router(room))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error"))
    threading.Thread(target=lambda: (_wait_for(port), ready.put(token)), daemon=True).start()
    server.run()


@contextmanager
def ours(folder: Path, files: list[Path]) -> Iterator[Server]:
    """Run our server in a process of its own."""
    home = folder / "ours"
    home.mkdir()
    context = multiprocessing.get_context("spawn")
    ready: multiprocessing.Queue[str] = context.Queue()
    port = _free_port()
    process = context.Process(target=serve_ours, args=(home, files, port, ready), daemon=True)
    process.start()
    yield Server("Overread", port, {"Authorization": f"Bearer {ready.get(timeout=300)}"})
    process.terminate()
    process.join()


@contextmanager
def orthanc(folder: Path, files: list[Path]) -> Iterator[Server]:
    """Run Orthanc with its DICOMweb plugin and load the files into it."""
    program = shutil.which("Orthanc") or "/usr/sbin/Orthanc"
    home, port = folder / "orthanc", _free_port()
    home.mkdir()
    configuration = home / "orthanc.json"
    settings = {
        "StorageDirectory": str(home),
        "IndexDirectory": str(home),
        "Plugins": ["/usr/share/orthanc/plugins"],
        "HttpPort": port,
        "DicomPort": _free_port(),
        "AuthenticationEnabled": False,
        "RemoteAccessAllowed": False,
        "KeepAlive": True,
        "DicomWeb": {"Enable": True},
    }
    configuration.write_text(json.dumps(settings))
    process = subprocess.Popen([program, configuration], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _wait_for(port)
    connection = HTTPConnection("127.0.0.1", port, timeout=120)
    for path in files:
        connection.request("POST", "/instances", body=path.read_bytes())
        answer = connection.getresponse()
        if answer.status != 200:
            raise SystemExit(f"Orthanc refused {path.name}: {answer.status}")
        answer.read()
    yield Server("Orthanc", port, {})
    process.terminate()
    process.wait()


def measure(servers: list[Server], slices: int, rounds: int) -> None:
    """Ask both servers the same in turn and print a line for each kind of request."""
    for server in servers:  # what a server does once at its first request is nobody's speed
        server.seconds([("/dicom-web/studies/2.25.10/series/2.25.20/metadata", "application/dicom+json")] * 2, 1)
        server.seconds([("/dicom-web/studies/2.25.10/series/2.25.20/instances/2.25.3000000/rendered", "image/jpeg")], 1)
    print(f"{'':34}{'clients':>8}{'Overread/s':>12}{'Orthanc/s':>12}{'ratio':>8}")
    for place, name in enumerate(SYNTAXES):
        base = f"/dicom-web/studies/2.25.1{place}/series/2.25.2{place}"
        images = [f"{base}/instances/2.25.3{place}{number:05d}" for number in range(slices)]
        for clients in CLIENTS:
            quality = 70 + clients  # pictures that were not asked for yet
            cold = [(f"{image}/rendered?quality={quality}", "image/jpeg") for image in images]
            _report(servers, f"rendered cold, {name}", cold, clients, 1)
            _report(servers, f"rendered warm, {name}", cold, clients, rounds)
    base = "/dicom-web/studies/2.25.10/series/2.25.20"
    metadata = [(f"{base}/metadata", "application/dicom+json")]
    listed = [(f"{base}/instances", "application/dicom+json")]
    octets = 'multipart/related; type="application/octet-stream"'
    frames = [(f"{base}/instances/2.25.30{number:05d}/frames/1", octets) for number in range(slices)]
    for clients in CLIENTS:
        _report(servers, f"metadata of {slices} instances", metadata * clients, clients, rounds)
        _report(servers, f"search of {slices} instances", listed * clients, clients, rounds)
        _report(servers, "frames as octets", frames, clients, rounds)


def _report(servers: list[Server], what: str, requests: list[tuple[str, str]], clients: int, rounds: int) -> None:
    rates: dict[str, list[float]] = {server.name: [] for server in servers}
    refused = set()
    for _ in range(rounds):
        for server in servers:
            try:
                rates[server.name].append(len(requests) / server.seconds(requests, clients))
            except Refused:
                refused.add(server.name)
    shown = [f"{statistics.median(rates[one.name]):.1f}" if one.name not in refused else "refused" for one in servers]
    ratio = "" if refused else f"{float(shown[0]) / float(shown[1]):.1f}"
    print(f"{what:34}{clients:>8}{shown[0]:>12}{shown[1]:>12}{ratio:>8}", flush=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit("a server did not start")


def main() -> None:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slices", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = [path for paths in make_slices(folder, arguments.slices).values() for path in paths]
        with ours(folder, files) as first, orthanc(folder, files) as second:
            measure([first, second], arguments.slices, arguments.rounds)


if __name__ == "__main__":
    main()
