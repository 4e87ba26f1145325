"""Compare de-identification with other tools in one interleaved run.

    python tests/benchmarks/bench_deidentify.py [--files 200] [--repeats 3] [--folder FOLDER] [--peers FOLDER]
        [--commands] [--large GIB]

Every tool gets the same files: a made-up CT series of 512 x 512 slices, or the DICOM files of FOLDER. `--peers` names a
folder with a virtual environment for each Python package (deidentify_peers.py). The job differs in our disfavour: the
peers edit some thirty attributes or a list of tags, we walk the whole profile, refuse what nobody can vouch for, and
search the result for the identity. Rates are files for each second of CPU time: quote ratios. `--commands` adds the
command with one and two processes by the clock, `--large` the memory for one multi-frame object of that size.
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from pydicom import Dataset, dcmread
from pydicom.dataset import FileMetaDataset
from pydicom.uid import (
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    generate_uid,
)

from anonymizer import Context, DeidentificationError, KnownIdentity, NodeKey, deidentify, load_profile, verify
from tests.benchmarks.deidentify_peers import Run, peers

KNOWN = KnownIdentity(names=("Vögelein^Hildegard",), ids=("MRN-77123",), dates=(date(1952, 3, 9),))
TEXTS = ("InstitutionName", "StationName", "ReferringPhysicianName", "OperatorsName", "AccessionNumber", "StudyID")
DATES = ("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate", "InstanceCreationDate")
TIMES = ("StudyTime", "SeriesTime", "AcquisitionTime", "ContentTime")


def slice_of(number: int, study: str, series: str, frame_of_reference: str) -> Dataset:
    """Return a CT slice with about 170 elements, nested sequences and private blocks."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SpecificCharacterSet, ds.ImageType = "ISO_IR 100", ["ORIGINAL", "PRIMARY", "AXIAL"]
    ds.SOPClassUID, ds.SOPInstanceUID, ds.StudyInstanceUID = CTImageStorage, generate_uid(), study
    ds.SeriesInstanceUID, ds.FrameOfReferenceUID = series, frame_of_reference
    for keywords, value in ((DATES, "20240215"), (TIMES, f"1015{number % 60:02}.5"), (TEXTS, "Seestadt")):
        for keyword in keywords:
            setattr(ds, keyword, value)
    ds.Modality, ds.Manufacturer, ds.ManufacturerModelName = "CT", "SIEMENS", "SOMATOM Definition AS"
    ds.StudyDescription, ds.SeriesDescription = "CT des Schädels", "Kopf nativ 2.0 H70h"
    ds.ProtocolName, ds.PatientName, ds.PatientID = "Schaedel_nativ", "Vögelein^Hildegard", "MRN-77123"
    ds.PatientBirthDate, ds.PatientSex = "19520309", "F"
    item, request = Dataset(), Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = "24725-4", "LN", "CT Head"
    request.RequestedProcedureID, request.ScheduledProcedureStepDescription = "RP1", "Vögelein"
    request.ScheduledProtocolCodeSequence = [item]
    ds.ProcedureCodeSequence, ds.RequestAttributesSequence = [item], [request]
    ds.KVP, ds.SliceThickness, ds.XRayTubeCurrent, ds.ConvolutionKernel = "120", "2.0", str(300 + number), "H70h"
    ds.ImagePositionPatient, ds.SliceLocation = ["-120", "-120", str(2 * number)], str(2 * number)
    ds.ImageOrientationPatient, ds.InstanceNumber = ["1", "0", "0", "0", "1", "0"], number
    for group in (0x0019, 0x0029, 0x0051):
        ds.add_new(group << 16 | 0x0010, "LO", "SIEMENS CT VA0 COAD")
        for element in range(0x1000, 0x101E):
            ds.add_new(group << 16 | element, "LO", "private text")
    ds.Rows, ds.Columns, ds.BitsAllocated, ds.BitsStored, ds.HighBit = 512, 512, 16, 12, 11
    ds.SamplesPerPixel, ds.PixelRepresentation, ds.PhotometricInterpretation = 1, 0, "MONOCHROME2"
    ds.PixelData = bytes(range(256)) * 2048
    ds["PixelData"].VR = "OW"
    return ds


def ours(*, verified: bool) -> Run:
    """Return the library over a folder, in this process."""

    def run(source: Path, target: Path) -> tuple[int, float]:
        context = Context(NodeKey(bytes(32)), "site", "OVR-0000-0000-0000", "scope", load_profile("second-read"))
        files = sorted(source.iterdir())
        began = time.process_time()
        for path in files:
            try:
                with path.open("rb") as stream, (target / path.name).open("w+b") as sink:
                    deidentify(stream, sink, context)
                    if verified and verify(sink, KNOWN):
                        raise SystemExit("a result holds an identity")
            except DeidentificationError:
                continue
        return len(files), time.process_time() - began

    return run


def rewritten(syntax: str, source: Path, folder: Path) -> Path:
    """Return a folder with some of the files in another transfer syntax, which the general way has to take apart."""
    folder.mkdir()
    for path in sorted(source.iterdir())[:40]:
        ds = dcmread(path)
        ds.file_meta.TransferSyntaxUID = syntax
        ds.save_as(folder / path.name, enforce_file_format=True, implicit_vr=syntax == ImplicitVRLittleEndian)
    return folder


def fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def compare(source: Path, scratch: Path, repeats: int, environments: Path | None) -> None:
    """Print files for each CPU second, of all tools in turn."""
    implicit = rewritten(ImplicitVRLittleEndian, source, scratch / "implicit")
    deflated = rewritten(DeflatedExplicitVRLittleEndian, source, scratch / "deflated")
    rows: dict[str, tuple[Path, Run]] = {
        "anonymizer, verified": (source, ours(verified=True)),
        "anonymizer, not verified": (source, ours(verified=False)),
        "implicit VR, verified": (implicit, ours(verified=True)),
        "deflated, verified": (deflated, ours(verified=True)),
    } | {name: (source, run) for name, run in peers(environments).items()}
    rates: dict[str, list[float]] = {name: [] for name in rows}
    ours(verified=True)(source, fresh(scratch / "out"))  # reads the tables
    for _ in range(repeats):
        for name, (folder, run) in rows.items():
            count, seconds = run(folder, fresh(scratch / "out"))
            rates[name].append(count / seconds)
    first = statistics.median(rates["anonymizer, verified"])
    for name, found in rates.items():
        rate = statistics.median(found)
        sys.stdout.write(f"{name:26s}{rate:8.0f} files/s of CPU   the first row is x{first / rate:.2f}\n")
    sys.stdout.write(f"resident at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB\n")


def command(source: Path, scratch: Path, repeats: int) -> None:
    """Print the speed of the command by the clock, with one process and with two, start-up included and left out."""
    count = len(list(source.iterdir()))
    few = fresh(scratch / "few")
    for path in sorted(source.iterdir())[:2]:
        shutil.copyfile(path, few / path.name)
    whole: dict[int, list[float]] = {1: [], 2: []}
    start: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(repeats):
        for processes in (1, 2):
            start[processes].append(commanded(few, scratch, processes))
            whole[processes].append(commanded(source, scratch, processes))
    for name, less in (("included", {1: 0.0, 2: 0.0}), ("left out", {each: min(start[each]) for each in start})):
        one, two = (min(whole[processes]) - less[processes] for processes in (1, 2))
        sys.stdout.write(f"overread deidentify, {count} files: {count / one:.0f} files/s with one process, ")
        sys.stdout.write(f"{count / two:.0f} with two (x{one / two:.2f}), by the clock, start-up {name}\n")


def commanded(source: Path, scratch: Path, processes: int) -> float:
    """Return the seconds that the command takes for a folder."""
    target = scratch / "commanded"
    shutil.rmtree(target, ignore_errors=True)
    overread = Path(sys.executable).with_name("overread")
    began = time.perf_counter()
    subprocess.run(
        [str(overread), "deidentify", str(source), str(target), "--processes", str(processes)],
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - began


def large(gib: int, scratch: Path) -> None:
    """Print the most memory that a process of its own needs for one multi-frame object, whose file has holes."""
    ds = slice_of(0, generate_uid(), generate_uid(), generate_uid())
    ds.NumberOfFrames = gib * 2048
    ds.PixelData = b""
    path = scratch / "large.dcm"
    ds.save_as(path, enforce_file_format=True)
    length = gib * 2048 * 512 * 512 * 2
    with path.open("r+b") as file:
        length = min(length, 2**32 - 2)
        file.seek(-4, os.SEEK_END)
        file.write(length.to_bytes(4, "little"))
        file.truncate(file.tell() + length)
    script = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from tests.benchmarks.bench_deidentify import ours\n"
        "ours(verified=True)(Path(sys.argv[1]), Path(sys.argv[2]))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)\n"
    )
    (scratch / "one").mkdir()
    path.rename(scratch / "one" / path.name)
    arguments = [sys.executable, "-c", script, str(scratch / "one"), str(fresh(scratch / "out"))]
    done = subprocess.run(arguments, check=True, capture_output=True, text=True)
    written = (scratch / "out" / path.name).stat().st_size
    sys.stdout.write(f"one object of {written / 1024**3:.1f} GiB: resident at most {done.stdout.strip()} MiB\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--commands", action="store_true")
    parser.add_argument("--large", type=int, metavar="GIB")
    arguments = parser.parse_args()
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None  # a disk would be measured instead
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        scratch = Path(folder)
        source = fresh(scratch / "in")
        if arguments.folder:
            found = sorted(path for path in arguments.folder.rglob("*") if path.is_file())[: arguments.files]
            for number, path in enumerate(found):
                shutil.copyfile(path, source / f"{number:05}.dcm")
        else:
            uids = generate_uid(), generate_uid(), generate_uid()
            for number in range(arguments.files):
                slice_of(number, *uids).save_as(source / f"{number:05}.dcm", enforce_file_format=True)
        sys.stdout.write(f"{len(list(source.iterdir()))} files, {arguments.repeats} interleaved repeats\n")
        compare(source, scratch, arguments.repeats, arguments.peers)
        if arguments.commands:
            command(source, scratch, arguments.repeats)
        if arguments.large:
            large(arguments.large, scratch)


if __name__ == "__main__":
    main()
