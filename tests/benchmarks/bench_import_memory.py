"""Import a zip that holds a huge multi-frame object, and say how much memory that took above an idle node.

    python tests/benchmarks/bench_import_memory.py [--mebibytes 2048] [--beside 1024]

The zip holds one object of the first size and as much as the second in objects of 128 MiB. One process lays all of it
into the spool and takes it in (header, encryption, vault, row); another prints its peak of resident memory while doing
nothing but having the node open. The difference is the answer; exit code 1 where it is 300 MiB or more.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from io import BytesIO
from pathlib import Path

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import ExplicitVRLittleEndian, MultiFrameGrayscaleWordSecondaryCaptureImageStorage, generate_uid

MIB = 1 << 20
_LIMIT_MIB = 300
_CHILD = """
import resource, sys
from itertools import islice
from pathlib import Path
from config.settings import Settings
from gateway.intake import take_in
from gateway.node import open_node
from gateway.sites import SiteChange, add_site
from gateway.uploads import import_paths
with open_node(Settings.load(Path(sys.argv[1]))) as node:
    if len(sys.argv) > 2:
        add_site(node, "north", SiteChange(), actor="bench")
        import_paths(node, [Path(sys.argv[2])], site="north", case_number=None)
        while entries := list(islice(node.spool.entries(), 32)):
            take_in(node, entries)
    else:
        list(node.spool.entries())
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def _head(frames: int) -> bytes:
    """Return everything of an object of 1 MiB frames before its pixels."""
    dataset = Dataset()
    dataset.SOPClassUID = MultiFrameGrayscaleWordSecondaryCaptureImageStorage
    dataset.SOPInstanceUID, dataset.StudyInstanceUID, dataset.SeriesInstanceUID = (generate_uid() for _ in range(3))
    dataset.PatientID, dataset.PatientName, dataset.Modality = "BENCH", "Bench^Mark", "OT"
    dataset.Rows, dataset.Columns, dataset.NumberOfFrames = 512, 1024, frames
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit, dataset.PixelRepresentation, dataset.SamplesPerPixel = 15, 0, 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.add_new("PixelData", "OW", b"")
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    target = BytesIO()
    dcmwrite(target, dataset, enforce_file_format=True)
    return target.getvalue()[:-4] + (frames * MIB).to_bytes(4, "little")


def write_zip(path: Path, sizes: list[int]) -> None:
    """Write a zip of one object for each size in MiB, of pixels that do not compress."""
    noise = os.urandom(MIB)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for number, size in enumerate(sizes):
            with archive.open(f"DICOM/IM{number}", "w", force_zip64=True) as member:
                member.write(_head(size))
                for frame in range(size):
                    member.write(frame.to_bytes(4, "little") + noise[4:])


def _peak(*arguments: Path) -> int:
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, *map(str, arguments)], capture_output=True, text=True, check=True
    )
    return int(done.stdout) // 1024


def main() -> None:
    from gateway.home import make_home

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mebibytes", type=int, default=2048)
    parser.add_argument("--beside", type=int, default=1024)
    asked = parser.parse_args()
    os.environ["OVERREAD_DICOM__RESERVE_BYTES"] = "0"
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        bundle = root / "cd.zip"
        write_zip(bundle, [asked.mebibytes, *[128] * (asked.beside // 128)])
        make_home(root / "home")
        idle = _peak(root / "home")
        begun = time.perf_counter()
        busy = _peak(root / "home", bundle)
        seconds = time.perf_counter() - begun
        size = bundle.stat().st_size / (1 << 30)
    print(f"zip of {size:.2f} GiB with an object of {asked.mebibytes} MiB, taken in after {seconds:.0f} s")
    print(f"peak {busy} MiB, idle {idle} MiB: {busy - idle} MiB above idle")
    sys.exit(busy - idle >= _LIMIT_MIB)


if __name__ == "__main__":
    main()
