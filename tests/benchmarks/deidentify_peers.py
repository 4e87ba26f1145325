"""What the peers of bench_deidentify.py are told to do, each in its own way.

Programs are taken from the path. Python packages are taken from virtual environments of their own, one a package and
named by its distribution, since their dependencies differ from ours: FOLDER/dcmanon/bin/python and so on.
"""

import resource
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

REMOVED = [
    "0008,0012", "0008,0013", "0008,0021", "0008,0022", "0008,0031", "0008,0032", "0008,0080", "0008,0081",
    "0008,1010", "0008,1030", "0008,103e", "0008,1040", "0008,1050", "0008,1060", "0008,1070", "0010,1000",
    "0010,1010", "0010,1020", "0010,1030", "0010,1040", "0010,2160", "0010,4000", "0018,1000", "0018,1030",
    "0018,1200", "0020,4000", "0032,1032", "0032,1060", "0040,0244", "0040,0245", "0040,0253", "0040,0254",
    "0040,0275",
]  # fmt: skip
# Run in the package's own environment over the files of a folder, the first one for warming up; prints CPU seconds.
_SCRIPT = """
import sys, time, warnings
from pathlib import Path
warnings.simplefilter("ignore")
files, target = sorted(Path(sys.argv[1]).iterdir())[: int(sys.argv[3])], Path(sys.argv[2])
{setup}
def run(path):
    {job}
run(files[0])
began = time.process_time()
for path in files:
    run(path)
print("seconds", time.process_time() - began)
"""


@dataclass(frozen=True)
class Package:
    """How a Python package de-identifies one file, and how many files it is given: the slow ones fewer."""

    setup: str
    job: str
    most_files: int


PACKAGES = {
    "dcmanon": Package(
        "from dcmanon import Anonymizer\ntool = Anonymizer()",
        "(target / path.name).write_bytes(tool.anonymize(str(path)))",
        10_000,
    ),
    "dicom-anonymizer": Package(
        "from dicomanonymizer import anonymize_dicom_file",
        "anonymize_dicom_file(str(path), str(target / path.name))",
        40,
    ),
    "dicognito": Package(
        "import pydicom\nfrom dicognito.anonymizer import Anonymizer\ntool = Anonymizer()",
        "ds = pydicom.dcmread(path); tool.anonymize(ds); ds.save_as(target / path.name)",
        40,
    ),
    "deid": Package(
        "from deid.dicom import get_identifiers, replace_identifiers",
        "name = [str(path)]; replace_identifiers(name, ids=get_identifiers(name), save=True, "
        "output_folder=str(target), overwrite=True)",
        15,
    ),
}
Run = Callable[[Path, Path], tuple[int, float]]


def gdcmanon(source: Path, target: Path) -> tuple[int, float]:
    """Let it edit a folder; return the files and the CPU seconds."""
    edits = [part for tag in REMOVED for part in ("--remove", tag)]
    edits += ["--replace", "0010,0010,ANON", "--replace", "0010,0020,ANON", "--replace", "0010,0030,19000101"]
    return len(list(source.iterdir())), _spent(
        ["gdcmanon", "--dumb", "-r", *edits, "-i", str(source), "-o", str(target)]
    )


def dcmodify(source: Path, target: Path) -> tuple[int, float]:
    """Let it edit copies in place, which are made before the clock starts."""
    copies = [shutil.copyfile(path, target / path.name) for path in sorted(source.iterdir())]
    edits = [part for tag in REMOVED for part in ("-ea", f"({tag})")]
    edits += ["-m", "(0010,0010)=ANON", "-m", "(0010,0020)=ANON", "-m", "(0010,0030)=19000101"]
    return len(copies), _spent(
        ["dcmodify", "-nb", "-ie", "-imt", "-ep", *edits, "-gst", "-gse", "-gin", *map(str, copies)]
    )


def _spent(command: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=False, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def package_run(python: Path, package: Package) -> Run:
    """Return what runs a package in its environment."""
    script = _SCRIPT.format(setup=package.setup, job=package.job)

    def run(source: Path, target: Path) -> tuple[int, float]:
        count = min(len(list(source.iterdir())), package.most_files)
        arguments = [str(python), "-c", script, str(source), str(target), str(count)]
        done = subprocess.run(arguments, check=True, capture_output=True, text=True)
        return count, float(done.stdout.split("seconds")[-1])

    return run


def peers(environments: Path | None) -> dict[str, Run]:
    """Return the peers that are there."""
    found: dict[str, Run] = {}
    for name, package in PACKAGES.items():
        python = environments / name / "bin" / "python" if environments else None
        if python is not None and python.exists():
            found[name] = package_run(python, package)
    programs: dict[str, Run] = {"gdcmanon": gdcmanon, "dcmodify": dcmodify}
    return found | {name: run for name, run in programs.items() if shutil.which(name)}
