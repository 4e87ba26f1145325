"""Compare de-identification with gdcmanon and dcmodify in one interleaved run.

    python tests/benchmarks/bench_deidentify.py [--files 100] [--repeats 3] [--folder FOLDER]

Every tool gets the same files: a made-up CT series of 512 x 512 slices, or the DICOM files of FOLDER. The job differs
in our disfavour: the peers are told to edit some thirty top-level attributes, we walk the whole profile, refuse what
nobody can vouch for, and search the result for the identity. Quote ratios, not absolute figures.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

from anonymizer import Context, DeidentificationError, KnownIdentity, NodeKey, deidentify, load_profile, verify

REMOVED = [
    "0008,0012", "0008,0013", "0008,0021", "0008,0022", "0008,0031", "0008,0032", "0008,0080", "0008,0081",
    "0008,1010", "0008,1030", "0008,103e", "0008,1040", "0008,1050", "0008,1060", "0008,1070", "0010,1000",
    "0010,1010", "0010,1020", "0010,1030", "0010,1040", "0010,2160", "0010,4000", "0018,1000", "0018,1030",
    "0018,1200", "0020,4000", "0032,1032", "0032,1060", "0040,0244", "0040,0245", "0040,0253", "0040,0254",
    "0040,0275",
]  # fmt: skip
KNOWN = KnownIdentity(names=("Vögelein^Hildegard",), ids=("MRN-77123",), dates=(date(1952, 3, 9),))


def slice_of(number: int, study: str, series: str) -> Dataset:
    """Return a CT slice with about 170 elements, nested sequences and private blocks."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SpecificCharacterSet, ds.ImageType = "ISO_IR 100", ["ORIGINAL", "PRIMARY", "AXIAL"]
    ds.SOPClassUID, ds.SOPInstanceUID, ds.StudyInstanceUID, ds.SeriesInstanceUID = (
        CTImageStorage,
        generate_uid(),
        study,
        series,
    )
    for keyword in ("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate", "InstanceCreationDate"):
        setattr(ds, keyword, "20240215")
    for keyword in ("StudyTime", "SeriesTime", "AcquisitionTime", "ContentTime"):
        setattr(ds, keyword, "101530.5")
    for keyword in (
        "InstitutionName",
        "StationName",
        "ReferringPhysicianName",
        "OperatorsName",
        "AccessionNumber",
        "StudyID",
    ):
        setattr(ds, keyword, "Seestadt")
    ds.Modality, ds.Manufacturer, ds.ManufacturerModelName = "CT", "SIEMENS", "SOMATOM Definition AS"
    ds.StudyDescription, ds.SeriesDescription, ds.ProtocolName = (
        "CT des Schädels",
        "Kopf nativ 2.0 H70h",
        "Schaedel_nativ",
    )
    ds.PatientName, ds.PatientID, ds.PatientBirthDate, ds.PatientSex = (
        "Vögelein^Hildegard",
        "MRN-77123",
        "19520309",
        "F",
    )
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = "24725-4", "LN", "CT Head"
    request = Dataset()
    request.RequestedProcedureID, request.ScheduledProcedureStepDescription = "RP1", "Vögelein"
    request.ScheduledProtocolCodeSequence = [item]
    ds.ProcedureCodeSequence, ds.RequestAttributesSequence = [item], [request]
    ds.KVP, ds.SliceThickness, ds.XRayTubeCurrent, ds.ConvolutionKernel = "120", "2.0", "300", "H70h"
    ds.FrameOfReferenceUID, ds.ImagePositionPatient = series + ".9", ["-120", "-120", str(number)]
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


def overread(files: list[Path], target: Path, *, verified: bool) -> None:
    context = Context(NodeKey(bytes(32)), "site", "OVR-0000-0000-0000", "scope", load_profile("second-read"))
    for path in files:
        try:
            with path.open("rb") as source, (target / path.name).open("w+b") as sink:
                deidentify(source, sink, context)
                if verified and verify(sink, KNOWN):
                    raise SystemExit("a result holds an identity")
        except DeidentificationError:
            continue


def gdcmanon(files: list[Path], target: Path) -> None:
    edits = [part for tag in REMOVED for part in ("--remove", tag)]
    edits += ["--replace", "0010,0010,ANON", "--replace", "0010,0020,ANON", "--replace", "0010,0030,19000101"]
    command = ["gdcmanon", "--dumb", "-r", *edits, "-i", str(files[0].parent), "-o", str(target)]
    subprocess.run(command, check=False, capture_output=True)


def dcmodify(files: list[Path], target: Path) -> None:
    copies = [str(target / path.name) for path in files]
    edits = [part for tag in REMOVED for part in ("-ea", f"({tag})")]
    edits += ["-m", "(0010,0010)=ANON", "-m", "(0010,0020)=ANON", "-m", "(0010,0030)=19000101"]
    command = ["dcmodify", "-nb", "-ie", "-imt", "-ep", *edits, "-gst", "-gse", "-gin", *copies]
    subprocess.run(command, check=False, capture_output=True)


ROWS: dict[str, Callable[[list[Path], Path], None]] = {
    "anonymizer": lambda files, target: overread(files, target, verified=False),
    "anonymizer, verified": lambda files, target: overread(files, target, verified=True),
    "gdcmanon": gdcmanon,
    "dcmodify (in place)": dcmodify,
}


def timed(run: Callable[[list[Path], Path], None], files: list[Path], target: Path, *, in_place: bool) -> float:
    """Return the seconds for all files; the copies an editor in place needs are made before the clock starts."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    if in_place:
        for path in files:
            shutil.copyfile(path, target / path.name)
    began = time.perf_counter()
    run(files, target)
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else None  # a disk would be measured instead
    with tempfile.TemporaryDirectory(dir=memory) as scratch:
        source = Path(scratch) / "in"
        source.mkdir()
        study, series = generate_uid(), generate_uid()
        found = (
            sorted(p for p in arguments.folder.rglob("*") if p.is_file())
            if arguments.folder
            else [None] * arguments.files
        )
        for number, path in enumerate(found[: arguments.files]):
            if path is None:
                slice_of(number, study, series).save_as(source / f"{number:05}.dcm", enforce_file_format=True)
            else:
                shutil.copyfile(path, source / f"{number:05}.dcm")
        files = sorted(source.iterdir())
        rows = {
            name: run for name, run in ROWS.items() if name.startswith("anonymizer") or shutil.which(name.split()[0])
        }
        seconds: dict[str, list[float]] = {name: [] for name in rows}
        for _ in range(arguments.repeats):
            for name, run in rows.items():
                seconds[name].append(timed(run, files, Path(scratch) / "out", in_place="in place" in name))
    ours = statistics.median(seconds["anonymizer"])
    sys.stdout.write(f"{len(files)} files, {arguments.repeats} interleaved repeats, {os.cpu_count()} cores\n")
    for name, runs in seconds.items():
        median = statistics.median(runs)
        sys.stdout.write(f"{name:24s}{len(files) / median:8.0f} files/s   anonymizer is x{median / ours:.2f}\n")


if __name__ == "__main__":
    main()
