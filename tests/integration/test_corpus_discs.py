"""Every real disc and zip arrives whole: one disposition for each file, and nothing lost that DCMTK can read."""

import hashlib
import json
import shutil
import subprocess
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from pydicom.data import get_testdata_file

pytestmark = [pytest.mark.foreign, pytest.mark.slow]

NOT_DICOM = ("not a DICOM object", "attachment: ")
DIRECTORY = "the directory of a disc (DICOMDIR)"
DISPOSITIONS = {"published", "duplicate", "conflict", "quarantined", "kept"}


def _pydicom_discs() -> Path:
    return Path(str(get_testdata_file("DICOMDIR"))).parent


@pytest.fixture(scope="module")
def open_node(live_node):
    live_node.do("site", "set", "northfield", "--require-case", "no")
    return live_node


def _imported(node, bundle: Path) -> dict:
    """Import a bundle; what is quarantined shows in the exit code."""
    done = node.run("import", str(bundle), "--site", "northfield", "--json")
    report = json.loads(done.stdout)
    assert done.returncode == (3 if report["counts"].get("quarantined") else 0), done.stderr
    return report


@pytest.fixture
def bundle(request, shared_corpus) -> Path:
    """Return a tree or an archive of the corpus."""
    if request.param == "dicomdirtests":
        return _pydicom_discs()
    return shared_corpus / request.param


def _unpacked(bundle: Path, folder: Path) -> Path:
    """Lay a bundle out for DCMTK and for counting."""
    if bundle.is_dir():
        shutil.copytree(bundle, folder)
    else:
        with zipfile.ZipFile(bundle) as archive:
            archive.extractall(folder)
    return folder


def _readable(files: list[Path], dcmftest: str, dcmdump: str) -> set[Path]:
    """Return the files that DCMTK takes for DICOM: Part 10 by dcmftest, or a data set that dcmdump reads to its end."""
    return {path for path in files if _runs(dcmftest, path) or _is_bare(dcmdump, path)}


def _is_bare(dcmdump: str, path: Path) -> bool:
    command = [dcmdump, "-q", "-f", "-t=", "+P", "SOPInstanceUID", str(path)]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    return done.returncode == 0 and b"(0008,0018)" in done.stdout


def _runs(program: str, path: Path) -> bool:
    return subprocess.run([program, str(path)], capture_output=True, check=False, timeout=60).returncode == 0


@pytest.mark.parametrize(
    "bundle",
    [
        "tool-written-cds/dcmmkdir_1002",
        "tool-written-cds/orthanc_archive_patient1001.zip",
        "zips/dcmqi_pm-example.zip",
        "zips/dwv_bbmri.zip",
        "zips/fo-dicom_abd1.zip",
        "dicomdirtests",
    ],
    indirect=True,
)
def test_every_file_ends_in_one_disposition_and_no_readable_instance_is_lost(
    open_node, bundle, tmp_path, foreign_program, record_property
):
    report = _imported(open_node, bundle)
    files = [path for path in _unpacked(bundle, tmp_path / "disc").rglob("*") if path.is_file()]
    by_path = {each["path"]: each for each in report["files"]}

    assert report["state"] == "done"
    assert len(by_path) == len(report["files"]) == len(files)
    assert {each["disposition"] for each in report["files"]} <= DISPOSITIONS
    named = {path: by_path[path.relative_to(tmp_path / "disc").as_posix()] for path in files}

    readable = _readable(files, foreign_program("dcmftest"), foreign_program("dcmdump"))
    lost = [path.name for path in readable if (named[path]["reason"] or "").startswith(NOT_DICOM)]
    assert lost == []
    instances = {path for path in readable if named[path]["reason"] != DIRECTORY}
    taken = {"published", "quarantined", "kept", "duplicate"}
    assert all(named[path]["disposition"] in taken for path in instances)
    different = {hashlib.sha256(path.read_bytes()).hexdigest() for path in instances}
    counts = Counter(each["disposition"] for each in report["files"])
    row = f"{bundle.name}: {len(files)} files, {len(readable)} readable, {len(different)} instances, {dict(counts)}"
    promised = report["promised"]
    print(row, "promised", promised and (promised["listed"], promised["missing_count"]))
    record_property("row", row)


def test_a_whole_written_disc_keeps_its_promises_and_a_scratched_one_names_what_it_lacks(
    open_node, shared_corpus, tmp_path
):
    disc = tmp_path / "disc"
    shutil.copytree(shared_corpus / "tool-written-cds" / "dcmmkdir_1002", disc)
    whole = _imported(open_node, disc)["promised"]
    assert (whole["listed"] > 0, whole["missing"]) == (True, [])
    gone = next(path for path in sorted((disc / "DICOM").rglob("*")) if path.is_file())
    gone.chmod(0o600)
    gone.unlink()
    scratched = _imported(open_node, disc)["promised"]
    assert scratched["listed"] == whole["listed"]
    assert scratched["missing"] == [gone.relative_to(disc).as_posix().upper()]
