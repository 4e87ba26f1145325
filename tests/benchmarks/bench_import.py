"""Import a zip of CT images: our door beside `unzip` and a copy that syncs every file, in turns within one run.

    python tests/benchmarks/bench_import.py [--instances 400] [--rounds 3]

Ours reads each member, digests it, and makes it durable in the spool (write, fsync, rename, fsync of the folder), then
takes it in (header, vault, row). The other side unpacks and then copies each file with fsync. Medians of the rounds.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--instances", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    os.environ["OVERREAD_DICOM__RESERVE_BYTES"] = "0"
    durable, taken, plain = [], [], []
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        bundle = root / "cd.zip"
        with zipfile.ZipFile(bundle, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in ct_series(root / "series", count=asked.instances, rows=512, seed=5):
                archive.write(path, path.name)
        for turn in range(asked.rounds):
            for folder in ("ours", "plain"):
                (root / f"{folder}{turn}").mkdir()
            first, second = ours(bundle, root / f"ours{turn}")
            durable.append(first)
            taken.append(second)
            plain.append(unzip_and_copy(bundle, root / f"plain{turn}"))
        size = bundle.stat().st_size / 1e6
    base = statistics.median(plain)
    print(f"{asked.instances} images, zip of {size:.0f} MB, {asked.rounds} rounds")
    for what, times in (("unzip, copy, fsync", plain), ("ours, durable", durable), ("ours, taken in", taken)):
        middle = statistics.median(times)
        print(f"{what:20} {middle:7.2f} s   {asked.instances / middle:7.0f} images/s   ratio {middle / base:5.2f}")


if __name__ == "__main__":
    main()
