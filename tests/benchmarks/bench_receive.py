"""Receive CT images: our door, DCMTK's storescp and Orthanc in turns within one run, so that ratios mean something.

    python tests/benchmarks/bench_receive.py [--instances 200] [--rounds 3] [--associations 1 4 8]

Senders: `cheap` (tests/benchmarks/cheap_sender.py, no Nagle) and `storescu` as shipped (Nagle on, one association).
Ours makes each image durable (digest, fsync, rename, fsync of the folder) before its response; storescp does not sync;
Orthanc syncs and indexes. Times are the medians of the rounds; CPU is the receiver's own, in seconds per 1000 images.
"""

import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT)}
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Receiver:
    """A program under test: how to start it in a folder on a port, and what it measured."""

    name: str
    start: Callable[[Path, int], list[str]]
    called: str = "OVERREAD"
    rates: dict[str, list[float]] = field(default_factory=dict)
    cpu: dict[str, list[float]] = field(default_factory=dict)


def ours(*options: str) -> Callable[[Path, int], list[str]]:
    return lambda folder, port: [sys.executable, str(HERE / "serve_scp.py"), str(folder), str(port), *options]


def storescp(folder: Path, port: int) -> list[str]:
    return [
        need("storescp"),
        "--fork",
        "+B",
        "+xa",
        "-pdu",
        "131072",
        "-od",
        str(folder),
        "-aet",
        "OVERREAD",
        str(port),
    ]


def orthanc(folder: Path, port: int) -> list[str]:
    configuration = folder / "orthanc.json"
    settings = {
        "DicomAet": "OVERREAD",
        "DicomPort": port,
        "HttpServerEnabled": False,
        "StorageDirectory": str(folder / "db"),
        "IndexDirectory": str(folder / "db"),
        "DicomAlwaysAllowStore": True,
        "MaximumPduLength": 131072,
        "Plugins": [],
    }
    configuration.write_text(json.dumps(settings))
    return [need("Orthanc"), str(configuration)]


RECEIVERS = {
    "overread": Receiver("overread", ours()),
    "library": Receiver("overread, library path", ours("library")),
    "storescp": Receiver("storescp --fork +B", storescp),
    "orthanc": Receiver("Orthanc", orthanc),
}


def need(program: str) -> str:
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin")
    if path is None:
        raise SystemExit(f"{program} is not installed")
    return path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def write_ct(path: Path) -> None:
    """Write a CT image of 512 x 512 with a phantom in noise."""
    y, x = numpy.mgrid[-1:1:512j, -1:1:512j]
    noise = numpy.random.default_rng(1).normal(0, 12, (512, 512))
    pixels = (numpy.where(x * x + y * y < 0.7, 40, -1000) + noise).astype("<i2")
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = CTImageStorage, "1.2.826.0.1.3680043.10.99.1234567890"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "1.2.826.0.1.3680043.10.98", "1.2.826.0.1.3680043.10.97"
    dataset.Modality, dataset.PatientID, dataset.PatientName = "CT", "BENCH", "Bench^Mark"
    dataset.Rows = dataset.Columns = 512
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit, dataset.PixelRepresentation, dataset.SamplesPerPixel = 15, 1, 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.add_new("PixelData", "OW", pixels.tobytes())
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.save_as(path, enforce_file_format=True)


def cpu_seconds(pid: int) -> float:
    """Return user and system time of a process and of its children that have ended."""
    values = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return sum(map(int, values[11:15])) / CLOCK_TICKS


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def push(sender: str, port: int, receiver: Receiver, image: Path, associations: int, instances: int) -> float:
    """Send and return the seconds it took."""
    if sender == "cheap":
        each = str(instances // associations)
        command = [sys.executable, str(HERE / "cheap_sender.py"), str(port), receiver.called, str(image)]
        done = subprocess.run(
            [*command, str(associations), each], env=ENVIRONMENT, capture_output=True, text=True, check=True
        )
        return float(done.stdout)
    names = ["-aet", "NORTH", "-aec", receiver.called, "127.0.0.1", str(port)]
    repeat = ["--repeat", str(instances)]
    began = time.perf_counter()
    subprocess.run([need("storescu"), *repeat, *names, str(image)], check=True, capture_output=True)
    return time.perf_counter() - began


def measure(receiver: Receiver, sender: str, associations: int, instances: int, image: Path, key: str) -> None:
    folder, port = Path(tempfile.mkdtemp(prefix="bench-")), free_port()
    process = subprocess.Popen(
        receiver.start(folder, port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT
    )
    try:
        wait_for(port)
        time.sleep(0.3)
        before = cpu_seconds(process.pid)
        seconds = push(sender, port, receiver, image, associations, instances)
        time.sleep(0.1)
        receiver.rates.setdefault(key, []).append(instances / seconds)
        receiver.cpu.setdefault(key, []).append((cpu_seconds(process.pid) - before) * 1000 / instances)
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--instances", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--associations", type=int, nargs="+", default=[1, 4, 8])
    parser.add_argument("--receivers", nargs="+", choices=RECEIVERS, default=list(RECEIVERS))
    options = parser.parse_args()
    receivers = [RECEIVERS[name] for name in options.receivers]
    cases = [("cheap", count, options.instances) for count in options.associations]
    cases.append(("storescu", 1, max(options.instances // 4, 20)))
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder) / "ct.dcm"
        write_ct(image)
        for _ in range(options.rounds):
            for sender, associations, instances in cases:
                for receiver in receivers:
                    measure(receiver, sender, associations, instances, image, f"{sender} x{associations}")
    keys = [f"{sender} x{associations}" for sender, associations, _ in cases]
    base = {key: statistics.median(receivers[0].rates[key]) for key in keys}
    print(f"{'images/s (ours: this) [CPU s/1000]':36}" + "".join(f"{key:>24}" for key in keys))
    for receiver in receivers:
        line = f"{receiver.name:36}"
        for key in keys:
            rate, cpu = statistics.median(receiver.rates[key]), statistics.median(receiver.cpu[key])
            line += f"{rate:9.0f} ({base[key] / rate:4.2f}) [{cpu:4.2f}]"
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
