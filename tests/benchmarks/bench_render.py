"""Rendered frames, thumbnails, metadata and searches beside Orthanc's DICOMweb, in one interleaved run.

    python tests/benchmarks/bench_render.py [--slices 40] [--rounds 3]

Both servers hold the same synthetic CT series, one study per transfer syntax, and a long series of small images, and
are asked over 1, 4 and 16 kept connections. `thumbnail` is the first picture of a study that has just been published,
which we make before anybody asks, for nine clients with headers of their own; `cold` is the first time a picture is
asked for, in each round in another quality, `warm` the second time, and `scroll` what OHIF asks: metadata, then each
frame as octets. Ratios of the medians above 1 are ours being faster.
"""

import argparse
import gc
import hashlib
import json
import multiprocessing
import os
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
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from io import BytesIO
from itertools import islice
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
DICOM_JSON = "application/dicom+json"
OCTETS = 'multipart/related; type="application/octet-stream"'
SYNTAXES = {
    "uncompressed": ExplicitVRLittleEndian,
    "RLE": RLELossless,
    "JPEG-LS": JPEGLSLossless,
    "JPEG lossless": JPEGLosslessSV1,
    "JPEG 2000": JPEG2000Lossless,
}
CLIENTS = (1, 4, 16)
THUMBNAIL = (256, 256)
LONG_SERIES = 9  # the number of the study whose series is long and whose images are small


class Refused(Exception):
    """A server does not do what it is asked."""


class Server:
    """One of the two servers: where it is and what must be said to get in."""

    def __init__(self, name: str, port: int, headers: dict[str, str], process: int) -> None:
        self.name, self.port, self.headers, self.process = name, port, headers, process

    def processor_seconds(self) -> float:
        """Return the processor time of its processes so far, which other work on the machine hardly changes."""
        return sum(_ticks(process) for process in _family(self.process)) / os.sysconf("SC_CLK_TCK")

    def peak_mebibytes(self) -> int:
        """Return the most memory that its processes had, each at its own peak."""
        return sum(_peak_kibibytes(process) for process in _family(self.process)) >> 10

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


def make_long_series(folder: Path, length: int) -> list[Path]:
    """Write a series of many small images, for what depends on headers alone."""
    paths = [folder / f"long-{number:05d}.dcm" for number in range(length)]
    for number, path in enumerate(paths):
        _write(path, np.full((64, 64), number, "<i2"), LONG_SERIES, number, ExplicitVRLittleEndian)
    return paths


def _write(path: Path, pixels: np.ndarray, study: int, number: int, syntax: str) -> None:
    image = Dataset()
    image.SOPClassUID, image.SOPInstanceUID = CTImageStorage, f"2.25.3{study}{number:05d}"
    image.StudyInstanceUID, image.SeriesInstanceUID = f"2.25.1{study}", f"2.25.2{study}"
    image.PatientID = image.PatientName = f"OVR-{study}"
    image.StudyDate, image.StudyTime, image.StudyID, image.AccessionNumber = "20240101", "120000", "1", ""
    image.Modality, image.SeriesNumber, image.InstanceNumber = "CT", 1, number + 1
    image.Rows, image.Columns = pixels.shape
    image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
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


def serve_ours(
    home: Path, files: list[Path], middles: list[Path], port: int, ready: "multiprocessing.Queue[str]"
) -> None:
    """Publish the files, make the thumbnail of each series as the node does, and serve; puts the token into `ready`."""
    sys.path.insert(0, str(ROOT))
    import uvicorn
    from fastapi import FastAPI

    from config.blobs import LocalFolder
    from config.clock import system_clock
    from config.database import Database
    from config.settings import Settings
    from viewer_api.decoding.pool import shared_pool
    from viewer_api.dicomweb import add_short_ways, make_router
    from viewer_api.indexing import instance_record, instance_record_parts, series_record, study_record
    from viewer_api.made import open_made
    from viewer_api.pictures import Pictures
    from viewer_api.rendering.geometry import Viewport
    from viewer_api.rendering.preview import PreviewRequest
    from worklist.access.tokens import create_token
    from worklist.models import Base
    from worklist.publishing import publish_study
    from worklist.room import ReadingRoom

    database = Database(f"sqlite:///{home / 'reading.sqlite'}")
    Base.metadata.create_all(database.engine)
    room = ReadingRoom(database, LocalFolder(home / "published"), system_clock, Settings(home=home))
    to_warm = []
    with database.write() as session:
        for path in files:
            part10 = path.read_bytes()
            key = hashlib.sha256(part10).hexdigest()
            room.published.put(key, BytesIO(part10))
            if path in middles:
                to_warm.append(key)
            header = instance_record_parts(BytesIO(part10))
            study = study_record(header, site="bench", received_at=system_clock())
            instance = instance_record(header, blob=key, size=len(part10))
            publish_study(session, system_clock, study, [series_record(header)], [instance])
        token = create_token(session, system_clock, role="integrator", name="bench")
    warm = Pictures(room.published, open_made(room.settings))
    for key in to_warm:
        warm.picture(key, 0, PreviewRequest(viewport=Viewport(*THUMBNAIL)))
    app = FastAPI()
    router = make_router(room)
    app.include_router(router)
    add_short_ways(app, room, [router])
    shared_pool().start()
    gc.collect()
    gc.freeze()  # as the node does when its door is open
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", access_log=False))
    threading.Thread(target=lambda: (_wait_for(port), ready.put(token)), daemon=True).start()
    server.run()


@contextmanager
def ours(folder: Path, files: list[Path], middles: list[Path]) -> Iterator[Server]:
    """Run our server in a process of its own."""
    home = folder / "ours"
    home.mkdir()
    context = multiprocessing.get_context("spawn")
    ready: multiprocessing.Queue[str] = context.Queue()
    port = _free_port()
    process = context.Process(target=serve_ours, args=(home, files, middles, port, ready), daemon=True)
    process.start()
    headers = {"Authorization": f"Bearer {ready.get(timeout=300)}"}
    yield Server("Overread", port, headers, process.pid or 0)
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
    yield Server("Orthanc", port, {}, process.pid)
    process.terminate()
    process.wait()


def measure(servers: list[Server], slices: int, length: int, rounds: int) -> None:
    """Ask both servers the same in turn and print a line for each kind of request."""
    for server in servers:  # what a server does once at its first request is nobody's speed
        server.seconds([("/dicom-web/studies/2.25.10/series/2.25.20/metadata", "application/dicom+json")] * 2, 1)
        for place in range(len(SYNTAXES)):
            with suppress(Refused):
                server.seconds([(f"{image}/rendered?quality=60", "image/jpeg") for image in _images(place, 4)], 4)
    print(f"{'':34}{'clients':>8}{'Overread/s':>12}{'Orthanc/s':>12}{'ratio':>8}{'CPU ms':>10}{'CPU ms':>10}")
    for place, name in enumerate(SYNTAXES):
        images = _images(place, slices)
        width, height = THUMBNAIL
        small = f"rendered?viewport={width},{height}"
        asked_anew = [[(f"{images[slices // 2]}/{small}&client={number}", "image/jpeg")] for number in range(9)]
        _report(servers, f"thumbnail, {name}", asked_anew, 1)
        qualities = iter(range(100, 60, -1))
        small_cold = [
            [(f"{image}/{small}&quality={quality}", "image/jpeg") for image in images[:8]]
            for quality in islice(qualities, rounds)
        ]
        _report(servers, f"small cold, {name}", small_cold, 1)
        for clients in CLIENTS:
            cold = [
                [(f"{image}/rendered?quality={quality}", "image/jpeg") for image in images]
                for quality in islice(qualities, rounds)
            ]
            _report(servers, f"rendered cold, {name}", cold, clients)
            _report(servers, f"rendered warm, {name}", [cold[0]] * rounds, clients)
    for clients in CLIENTS:
        _measure_headers(servers, clients, length, rounds)
        _measure_scroll(servers, clients, slices)
    for server in servers:
        print(f"{server.name}: at most {server.peak_mebibytes()} MiB")


def _measure_headers(servers: list[Server], clients: int, length: int, rounds: int) -> None:
    series = f"/dicom-web/studies/2.25.1{LONG_SERIES}/series/2.25.2{LONG_SERIES}"
    for what in ("metadata", "instances"):
        name = {"metadata": "metadata", "instances": "search"}[what]
        requests = [(f"{series}/{what}", DICOM_JSON)] * clients
        _report(servers, f"{name} of {length} instances", [requests] * rounds, clients)


def _measure_scroll(servers: list[Server], clients: int, slices: int) -> None:
    """Ask what OHIF asks while somebody scrolls once through a series: metadata, then every frame as octets."""
    for place, name in ((0, "uncompressed"), (2, "JPEG-LS")):
        images = _images(place, slices)
        metadata = [(f"/dicom-web/studies/2.25.1{place}/series/2.25.2{place}/metadata", DICOM_JSON)]
        frames = [(f"{image}/frames/1?scroll={clients}", OCTETS) for image in images]
        _report(servers, f"scroll once, {name}", [metadata + frames], clients)


def _images(place: int, slices: int) -> list[str]:
    base = f"/dicom-web/studies/2.25.1{place}/series/2.25.2{place}"
    return [f"{base}/instances/2.25.3{place}{number:05d}" for number in range(slices)]


def _report(servers: list[Server], what: str, rounds: list[list[tuple[str, str]]], clients: int) -> None:
    """Print answers a second, their ratio, and the milliseconds of processor time that an answer took."""
    rates: dict[str, list[float]] = {server.name: [] for server in servers}
    spent = dict.fromkeys(rates, 0.0)
    refused = set()
    for requests in rounds:
        for server in servers:
            before = server.processor_seconds()
            try:
                rates[server.name].append(len(requests) / server.seconds(requests, clients))
            except Refused:
                refused.add(server.name)
            spent[server.name] += server.processor_seconds() - before
    shown = [f"{statistics.median(rates[one.name]):.1f}" if one.name not in refused else "refused" for one in servers]
    ratio = "" if refused else f"{float(shown[0]) / float(shown[1]):.1f}"
    each = [
        f"{1000 * spent[one.name] / sum(map(len, rounds)):.1f}" if one.name not in refused else "" for one in servers
    ]
    print(f"{what:34}{clients:>8}{shown[0]:>12}{shown[1]:>12}{ratio:>8}{each[0]:>10}{each[1]:>10}", flush=True)


def _family(process: int) -> list[int]:
    """Return a process and all that descend from it."""
    parents = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    found = [process]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def _ticks(process: int) -> int:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _peak_kibibytes(process: int) -> int:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)


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
    parser.add_argument("--length", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        by_syntax = make_slices(folder, arguments.slices)
        files = [path for paths in by_syntax.values() for path in paths]
        middles = [paths[len(paths) // 2] for paths in by_syntax.values()]
        files += make_long_series(folder, arguments.length)
        with ours(folder, files, middles) as first, orthanc(folder, files) as second:
            measure([first, second], arguments.slices, arguments.length, arguments.rounds)


if __name__ == "__main__":
    main()
