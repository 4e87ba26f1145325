"""Import a zip of CT images: our door beside `unzip` with a copy that syncs, and Orthanc's, in turns within one run.

    python tests/benchmarks/bench_import.py [--instances 400] [--rounds 3]

Ours reads each member, digests it, and makes it durable in the spool (write, fsync, rename, fsync of the folder), then
takes it in (header, vault, row). `unzip` unpacks, and each file is then copied with fsync. Orthanc takes the zip at
`POST /instances` with its defaults (it syncs, and does not encrypt). Medians of the rounds.
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
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path

from config.settings import Settings
from gateway.home import make_home
from gateway.intake import take_in
from gateway.node import open_node
from gateway.sites import SiteChange, add_site
from gateway.uploads import import_paths
from sample_studies import ct_series


def ours(bundle: Path, folder: Path) -> tuple[float, float]:
    """Return the seconds until everything is durable in the spool, and until it is taken in."""
    make_home(folder / "home")
    with open_node(Settings.load(folder / "home")) as node:
        add_site(node, "north", SiteChange(), actor="bench")
        begun = time.perf_counter()
        import_paths(node, [bundle], site="north", case_number=None)
        durable = time.perf_counter() - begun
        while entries := list(islice(node.spool.entries(), 32)):
            take_in(node, entries)
        return durable, time.perf_counter() - begun


def unzip_and_copy(bundle: Path, folder: Path) -> float:
    """Return the seconds that `unzip` and a copy with fsync of every file take."""
    program = shutil.which("unzip") or sys.exit("unzip is not installed")
    begun = time.perf_counter()
    subprocess.run([program, "-q", str(bundle), "-d", str(folder / "unpacked")], check=True)
    target = folder / "copied"
    target.mkdir()
    for path in sorted((folder / "unpacked").rglob("*")):
        if path.is_file():
            with path.open("rb") as source, (target / path.name).open("wb") as copy:
                shutil.copyfileobj(source, copy, 1 << 20)
                copy.flush()
                os.fsync(copy.fileno())
    return time.perf_counter() - begun


@contextmanager
def running_orthanc(folder: Path) -> Iterator[str]:
    """Start an empty Orthanc and give the root of its REST interface."""
    program = shutil.which("Orthanc") or sys.exit("Orthanc is not installed")
    settings = {"StorageDirectory": str(folder / "db"), "IndexDirectory": str(folder / "db"), "Plugins": []}
    settings |= {"HttpPort": _free_port(), "DicomServerEnabled": False, "AuthenticationEnabled": False}
    (folder / "orthanc.json").write_text(json.dumps(settings))
    process = subprocess.Popen(
        [program, str(folder / "orthanc.json")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    root = f"http://127.0.0.1:{settings['HttpPort']}"
    try:
        _wait_for(root, process)
        yield root
    finally:
        process.terminate()
        process.wait(30)


def orthanc(bundle: Path, folder: Path, instances: int) -> float:
    """Return the seconds that Orthanc takes to answer for a zip."""
    with running_orthanc(folder) as root:
        request = urllib.request.Request(f"{root}/instances", data=bundle.read_bytes(), method="POST")
        begun = time.perf_counter()
        with urllib.request.urlopen(request, timeout=600) as answer:
            stored = len(json.load(answer))
        seconds = time.perf_counter() - begun
    if stored != instances:
        sys.exit(f"Orthanc stored {stored} of {instances} images")
    return seconds


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(root: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        try:
            with urllib.request.urlopen(f"{root}/system", timeout=5):
                return
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.1)
    sys.exit("Orthanc did not start")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instances", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    os.environ["OVERREAD_DICOM__RESERVE_BYTES"] = "0"
    durable, taken, plain, theirs = [], [], [], []
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        bundle = root / "cd.zip"
        with zipfile.ZipFile(bundle, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in ct_series(root / "series", count=asked.instances, rows=512, seed=5):
                archive.write(path, path.name)
        for turn in range(asked.rounds):
            for folder in ("ours", "plain", "orthanc"):
                (root / f"{folder}{turn}").mkdir()
            first, second = ours(bundle, root / f"ours{turn}")
            durable.append(first)
            taken.append(second)
            plain.append(unzip_and_copy(bundle, root / f"plain{turn}"))
            theirs.append(orthanc(bundle, root / f"orthanc{turn}", asked.instances))
        size = bundle.stat().st_size / 1e6
    base = statistics.median(plain)
    print(f"{asked.instances} images, zip of {size:.0f} MB, {asked.rounds} rounds")
    rows = (
        ("unzip, copy, fsync", plain),
        ("Orthanc, zip", theirs),
        ("ours, durable", durable),
        ("ours, taken in", taken),
    )
    for what, times in rows:
        middle = statistics.median(times)
        print(f"{what:20} {middle:7.2f} s   {asked.instances / middle:7.0f} images/s   ratio {middle / base:5.2f}")


if __name__ == "__main__":
    main()
