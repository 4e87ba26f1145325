"""Receive CT images: our door and node, DCMTK's storescp, pynetdicom and Orthanc in turns within one run.

    python tests/benchmarks/bench_receive.py [--rows bytes durable indexed nagle set-up idle crowd node]
        [--instances 200] [--rounds 3] [--associations 1 4 8] [--processes 1]

Figures are medians of the rounds and mean something as ratios of one run. Senders: `cheap` (cheap_sender.py, no Nagle),
and `storescu` and `dcmsend` as shipped (Nagle on, one association). CPU is that of the receiver's whole process tree.

bytes    to disk and no further, as storescp does: ours without digest and sync
durable  ours as it is: digest, sync, rename and sync of the folder before the response
indexed  durable, and taken into the index and the encrypted vault behind it: until the last one is there
nagle    senders of DCMTK, ours as it is and as in `bytes`, with the 99th percentile of the time from one image to the
         next (one file each)
set-up   associations that propose one class, and 128, of a receiver that has all; made and released one by one
idle     what 50 idle associations cost
crowd    200 associations at once, and 1,000 of one image each: stored, or rejected as transient, and nothing lost
node     the whole node: until every image is published and its study is on the worklist
"""

import argparse
import itertools
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import many_associations
import numpy
import whole_node
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian
from receivers import (
    CALLED,
    CALLING,
    ENVIRONMENT,
    HERE,
    MINIMAL_PYNETDICOM,
    ORTHANC_NO_SYNC,
    ORTHANC_SYNC,
    STOCK_PYNETDICOM,
    STORESCP,
    Receiver,
    Running,
    need,
    overread,
    overread_indexing,
    running,
    wait_until,
)


@dataclass
class Figures:
    """What was measured of one receiver in one way."""

    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    steps: list[float] = field(default_factory=list)  # milliseconds

    @property
    def rate(self) -> float:
        return statistics.median(self.rates)


Table = dict[str, dict[str, Figures]]
"""Figures by receiver and by column."""


def write_ct(path: Path) -> None:
    """Write a CT image of 512 x 512 with a phantom in noise."""
    y, x = numpy.mgrid[-1:1:512j, -1:1:512j]
    noise = numpy.random.default_rng(1).normal(0, 12, (512, 512))
    pixels = (numpy.where(x * x + y * y < 0.7, 40, -1000) + noise).astype("<i2")
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = CTImageStorage, "1.2.826.0.1.3680043.10.99.1234567890"
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "1.2.826.0.1.3680043.10.98", "1.2.826.0.1.3680043.10.97"
    dataset.Modality, dataset.PatientID, dataset.PatientName = "CT", "BENCH", "Bench^Mark"
    dataset.PatientBirthDate, dataset.PatientSex, dataset.StudyDate = "19700101", "O", "20260102"
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.Rows = dataset.Columns = 512
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit, dataset.PixelRepresentation, dataset.SamplesPerPixel = 15, 1, 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.RescaleSlope, dataset.RescaleIntercept = 1, 0
    dataset.add_new("PixelData", "OW", pixels.tobytes())
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.save_as(path, enforce_file_format=True)


def push_cheap(port: int, image: Path, associations: int, instances: int) -> float:
    """Send with the cheap sender and return the seconds it took."""
    words = [sys.executable, str(HERE / "cheap_sender.py"), str(port), CALLED, str(image), str(associations)]
    each = str(instances // associations)
    done = subprocess.run([*words, each], env=ENVIRONMENT, capture_output=True, text=True, check=True)
    return float(done.stdout)


def push_dcmtk(program: str, port: int, image: Path, instances: int) -> float:
    """Send with a program of DCMTK as it is shipped and return the seconds it took."""
    names = ["-aet", CALLING, "-aec", CALLED, "127.0.0.1", str(port)]
    with tempfile.TemporaryDirectory() as folder:
        files = [str(image)]
        if program == "dcmsend":
            data = image.read_bytes()
            for number in range(instances):
                copy = Path(folder) / f"{number}.dcm"
                copy.write_bytes(data.replace(b"99.1234567890", f"99.{number + 1000000000}".encode()))
            files = [str(each) for each in Path(folder).iterdir()]
        else:
            names = ["--repeat", str(instances), *names]
        began = time.perf_counter()
        subprocess.run([need(program), *names, *files], check=True, capture_output=True)
        return time.perf_counter() - began


def measure(table: Table, receiver: Receiver, column: str, instances: int, work: Callable[[Running], float]) -> None:
    """Run one receiver once; `work` returns the seconds."""
    with running(receiver) as program:
        before = program.cpu_seconds()
        seconds = work(program)
        time.sleep(0.2)
        figures = table.setdefault(receiver.name, {}).setdefault(column, Figures())
        figures.rates.append(instances / seconds)
        figures.cpu.append((program.cpu_seconds() - before) * 1000 / instances)
        written = program.written()
        gaps = [(later - earlier) / 1e6 for earlier, later in itertools.pairwise(written)]
        figures.steps.append(float(numpy.percentile(gaps, 99)) if gaps else 0.0)


def throughput(receivers: list[Receiver], options: argparse.Namespace, image: Path) -> Table:
    """Measure the cheap sender on 1, 4 and 8 associations at several receivers in turns."""
    table: Table = {}
    for _ in range(options.rounds):
        for count in options.associations:
            for receiver in receivers:

                def work(program: Running, count: int = count) -> float:
                    return push_cheap(program.port, image, count, options.instances)

                measure(table, receiver, f"cheap x{count}", options.instances, work)
    return table


def show(title: str, table: Table, *, steps: bool = False) -> None:
    """Print a table: images a second, how many times the first receiver is as fast, CPU seconds for 1000."""
    columns = list(next(iter(table.values())))
    base = next(iter(table.values()))
    print(f"\n{title}\n{'images/s (first: this) [CPU s/1000]':44}" + "".join(f"{column:>24}" for column in columns))
    for name, row in table.items():
        line = f"{name:44}"
        for column in columns:
            figures = row[column]
            ratio, cpu = base[column].rate / figures.rate, statistics.median(figures.cpu)
            line += f"{figures.rate:9.0f} ({ratio:4.2f}) [{cpu:4.2f}]"
            if steps and any(figures.steps):
                line += f" 99 %: {statistics.median(figures.steps):.0f} ms"
        print(line, flush=True)


def undurable(options: argparse.Namespace) -> Receiver:
    """Return our door without digest and sync, which no setting gives: it does what storescp does."""
    return overread(options.processes, "undurable", name="overread, bytes to disk")


def row_bytes(options: argparse.Namespace, image: Path) -> None:
    show("bytes to disk", throughput([undurable(options), STORESCP, MINIMAL_PYNETDICOM], options, image))


def row_durable(options: argparse.Namespace, image: Path) -> None:
    receivers = [overread(options.processes), ORTHANC_NO_SYNC, ORTHANC_SYNC]
    show("durable before the response", throughput(receivers, options, image))


def row_indexed(options: argparse.Namespace, image: Path) -> None:
    ours, table = overread_indexing(options.processes), {}
    for _ in range(options.rounds):
        for count in options.associations:
            for receiver in (ours, ORTHANC_NO_SYNC):

                def work(program: Running, receiver: Receiver = receiver, count: int = count) -> float:
                    began = time.perf_counter()
                    push_cheap(program.port, image, count, options.instances)
                    if receiver is ours:
                        wait_until(lambda: whole_node.taken_in(program.folder) >= options.instances, "all is indexed")
                    return time.perf_counter() - began

                measure(table, receiver, f"cheap x{count}", options.instances, work)
    show("durable, then indexed and encrypted, to the last one", table)


def row_nagle(options: argparse.Namespace, image: Path) -> None:
    table: Table = {}
    instances = max(options.instances // 2, 50)
    for _ in range(options.rounds):
        for program_name in ("storescu", "dcmsend"):
            for receiver in (overread(options.processes), undurable(options), STORESCP, ORTHANC_NO_SYNC):

                def work(program: Running, sender: str = program_name) -> float:
                    return push_dcmtk(sender, program.port, image, instances)

                measure(table, receiver, program_name, instances, work)
    show("senders of DCMTK as shipped", table, steps=True)


def row_set_up(options: argparse.Namespace, _image: Path) -> None:
    table: Table = {}
    count = max(options.instances // 4, 20)
    requests = {"1 context": many_associations.ONE_CLASS, "128 contexts": many_associations.ALL_CLASSES}
    for _ in range(options.rounds):
        for column, request in requests.items():
            for receiver in (overread(options.processes), STOCK_PYNETDICOM, STORESCP):

                def work(program: Running, request: bytes = request) -> float:
                    return many_associations.set_up(program.port, count, request)

                measure(table, receiver, column, count, work)
    show("association set-up, all classes (associations/s)", table)


def row_idle(options: argparse.Namespace, _image: Path) -> None:
    with running(overread(options.processes)) as program:
        percent, more = many_associations.idle(program, 50, seconds=10)
    print(f"\n50 idle associations: {percent:.1f} % of a core, {more:.1f} MB more", flush=True)


def row_crowd(options: argparse.Namespace, image: Path) -> None:
    print()
    for count, at_once in ((200, 200), (1000, 8)):
        with running(overread(options.processes)) as program:
            outcomes = many_associations.crowd(program.port, image, count, at_once)
            kept = len(list((program.folder / "spool" / "new").iterdir()))
        lost = "nothing lost" if kept == outcomes["stored"] else f"{outcomes['stored']} acknowledged, {kept} KEPT"
        print(f"{count} associations, {at_once} at once: {dict(outcomes)}; {lost}", flush=True)


def row_node(options: argparse.Namespace, image: Path) -> None:
    table: Table = {}
    for _ in range(options.rounds):
        for receiver in (whole_node.OVERREAD, ORTHANC_NO_SYNC):

            def work(program: Running, receiver: Receiver = receiver) -> float:
                began = time.perf_counter()
                push_cheap(program.port, image, 4, options.instances)
                if receiver is whole_node.OVERREAD:
                    whole_node.wait_enlisted(program.folder, options.instances)
                return time.perf_counter() - began

            measure(table, receiver, "cheap x4", options.instances, work)
    show("whole node: received, durable, indexed, de-identified, published and on the worklist", table)


ROWS: dict[str, Callable[[argparse.Namespace, Path], None]] = {
    "bytes": row_bytes,
    "durable": row_durable,
    "indexed": row_indexed,
    "nagle": row_nagle,
    "set-up": row_set_up,
    "idle": row_idle,
    "crowd": row_crowd,
    "node": row_node,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=list(ROWS))
    parser.add_argument("--instances", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--associations", type=int, nargs="+", default=[1, 4, 8])
    parser.add_argument("--processes", type=int, default=1, help="how many of our receivers share the port")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder) / "ct.dcm"
        write_ct(image)
        for row in options.rows:
            ROWS[row](options, image)
    return 0


if __name__ == "__main__":
    sys.exit(main())
