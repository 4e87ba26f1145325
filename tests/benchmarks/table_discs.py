"""Import real discs and zips and print what became of their files, beside what DCMTK can read of them.

    python tests/benchmarks/table_discs.py [PATH...]

Without paths: the trees written by other tools and the zips of the corpus beside the checkout, and the media that come
with pydicom. Each is imported into a new node whose site needs no case, and goes the whole way. "readable" counts what
dcmftest takes, and what dcmdump reads as a bare data set with a SOP Instance UID; "lost" those of them that were not
taken for DICOM. Exit code 1 when something was lost, or a file has not exactly one disposition.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from pydicom.data import get_testdata_file
from sqlalchemy import select

from config.clock import FixedClock
from config.settings import Settings
from gateway.home import make_home
from gateway.intake import take_in
from gateway.models import Study
from gateway.node import Node, open_node
from gateway.pipeline.outcome import Outcome
from gateway.pipeline.stages import STAGES
from gateway.sites import SiteChange, add_site
from gateway.uploads import import_paths, upload_report

NOT_DICOM = ("not a DICOM object", "attachment: ")
DIRECTORY = "the directory of a disc (DICOMDIR)"
COLUMNS = ("published", "duplicate", "kept", "quarantined", "conflict")


def found_paths() -> list[Path]:
    """Return what is there to import without a word."""
    corpus = Path(__file__).resolve().parents[2] / ".." / "shared" / "corpus"
    trees = [path for folder in ("tool-written-cds", "zips") for path in sorted((corpus / folder).glob("*"))]
    return [*trees, Path(str(get_testdata_file("DICOMDIR"))).parent]


def imported(bundle: Path, home: Path) -> dict[str, Any]:
    """Take a bundle the whole way in a new node and return its report."""
    make_home(home)
    clock = FixedClock(datetime(2025, 3, 14, 9, 0, tzinfo=UTC))
    with open_node(Settings.load(home), clock) as node:
        add_site(node, "north", SiteChange(require_case=False), actor="bench")
        delivery = import_paths(node, [bundle], site="north", case_number=None)
        while entries := list(islice(node.spool.entries(), 32)):
            take_in(node, entries)
        clock.advance(timedelta(minutes=10))
        _run_stages(node)
        with node.identity.read() as session:
            return upload_report(session, delivery)


def _run_stages(node: Node) -> None:
    with node.identity.read() as session:
        studies = list(session.scalars(select(Study.id)))
    for study in studies:
        for stage in STAGES:
            if stage.run(node, study) is Outcome.WAIT:
                break
        with node.identity.write() as session:
            row = session.get_one(Study, study)
            row.finished_revision = row.wanted_revision


def readable(bundle: Path, folder: Path) -> dict[str, bool]:
    """Return every file of a bundle and whether DCMTK reads it."""
    if bundle.is_dir():
        folder = bundle
    else:
        with zipfile.ZipFile(bundle) as archive:
            archive.extractall(folder)
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): _is_readable(path) for path in files}


def _is_readable(path: Path) -> bool:
    if subprocess.run([_program("dcmftest"), str(path)], capture_output=True, check=False).returncode == 0:
        return True
    command = [_program("dcmdump"), "-q", "-f", "-t=", "+P", "SOPInstanceUID", str(path)]
    done = subprocess.run(command, capture_output=True, check=False)
    return done.returncode == 0 and b"(0008,0018)" in done.stdout


def _program(name: str) -> str:
    return shutil.which(name) or sys.exit(f"{name} is not installed")


def main() -> None:
    os.environ["OVERREAD_DICOM__RESERVE_BYTES"] = "0"
    paths = [Path(word) for word in sys.argv[1:]] or found_paths()
    wrong = 0
    print(_headline())
    for path in paths:
        with tempfile.TemporaryDirectory() as name:
            report = imported(path, Path(name) / "home")
            read = readable(path, Path(name) / "laid-out")
        by_path = {each["path"]: each for each in report["files"]}
        reasons = {file: by_path[file]["reason"] or "" for file in read if file in by_path}
        lost = [file for file, is_read in read.items() if is_read and reasons.get(file, "").startswith(NOT_DICOM)]
        missing = read.keys() - by_path.keys()
        counts = Counter(each["disposition"] or "none" for each in report["files"])
        directories = sum(reason == DIRECTORY for reason in reasons.values())
        wrong += len(lost) + len(missing) + counts["none"] + (len(by_path) != len(report["files"]))
        cells = [path.name, len(read), sum(read.values()), directories, *(counts[each] for each in COLUMNS), len(lost)]
        print("| " + " | ".join(map(str, cells)) + " |")
    sys.exit(wrong > 0)


def _headline() -> str:
    names = ("disc or zip", "files", "readable", "DICOMDIRs", *COLUMNS, "lost")
    return "| " + " | ".join(names) + " |\n|" + "---|" * len(names)


if __name__ == "__main__":
    main()
