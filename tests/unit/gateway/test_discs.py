"""A DICOMDIR says what a delivery lacks, in whatever shape it was written, and never stands in the way."""

from io import BytesIO
from pathlib import Path

import pytest
from pydicom import Dataset, dcmread
from pydicom.data import get_testdata_file
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset

from gateway.discs import Promises, is_directory_name
from gateway.discs.directory import listed_files

TESTS = Path(str(get_testdata_file("DICOMDIR"))).parent


def _record(kind: str, file_id: list[str] | None = None, in_use: int = 0xFFFF) -> Dataset:
    record = Dataset()
    record.OffsetOfTheNextDirectoryRecord = record.OffsetOfReferencedLowerLevelDirectoryEntity = 0
    record.RecordInUseFlag = in_use
    record.DirectoryRecordType = kind
    if file_id is not None:
        record.ReferencedFileID = file_id
    return record


def _directory(*records: Dataset, implicit: bool = False, little: bool = True) -> bytes:
    directory = Dataset()
    directory.FileSetID = "DISC"
    directory.DirectoryRecordSequence = list(records)
    target = DicomBytesIO()
    target.is_implicit_VR, target.is_little_endian = implicit, little
    write_dataset(target, directory)
    return bytes(128) + b"DICM" + target.getvalue()


IMAGES = (_record("PATIENT"), _record("IMAGE", ["DICOM", "IM1"]), _record("IMAGE", ["DICOM", "IM2"]))


def _missing(*paths: str, directory: str = "DICOMDIR", data: bytes | None = None) -> tuple[int, tuple[str, ...]]:
    promises = Promises()
    promises.add_directory(directory, data or _directory(*IMAGES))
    for path in (directory, *paths):
        promises.add(path)
    kept = promises.kept()
    assert kept is not None
    assert kept.missing_count == len(kept.missing)
    return kept.listed, kept.missing


@pytest.mark.parametrize("implicit", [True, False])
@pytest.mark.parametrize("little", [True, False])
def test_a_directory_is_read_in_any_syntax_whatever_it_declares(implicit, little):
    data = _directory(*IMAGES, implicit=implicit, little=little)
    assert listed_files(data) == [("DICOM", "IM1"), ("DICOM", "IM2")]


@pytest.mark.parametrize("name", ["DICOMDIR", "DICOMDIR-bigEnd", "DICOMDIR-implicit", "DICOMDIR-reordered"])
def test_the_variants_of_one_real_directory_list_the_same_files(name):
    expected = {tuple(each.ReferencedFileID) for each in dcmread(TESTS / "DICOMDIR").DirectoryRecordSequence
                if "ReferencedFileID" in each}  # fmt: skip
    assert set(listed_files((TESTS / name).read_bytes())) == expected


def test_records_of_any_kind_promise_and_those_out_of_use_do_not():
    data = _directory(
        _record("PRIVATE", ["PRIV"]), _record("SPECTROSCOPY", ["SP", "1"]), _record("IMAGE", ["GONE"], in_use=0)
    )
    assert listed_files(data) == [("PRIV",), ("SP", "1")]


@pytest.mark.parametrize(
    "data", [b"", b"DICM", bytes(132), b"not a directory at all", _directory(*IMAGES)[:200], b"\xff" * 5000]
)
def test_what_is_no_directory_lists_nothing(data):
    assert listed_files(data) == []


def test_a_whole_disc_lacks_nothing():
    assert _missing("DICOM/IM1", "DICOM/IM2", "autorun.inf") == (2, ())


def test_a_scratched_disc_lacks_what_dangles():
    assert _missing("DICOM/IM2") == (2, ("DICOM/IM1",))


@pytest.mark.parametrize(
    "paths",
    [
        ("dicom/im1", "dicom/im2"),
        ("DICOM/IM1;1", "DICOM/IM2.;1"),
        ("DICOM/IM1.dcm", "DICOM/IM2.DCM"),
        ("DICOM/IM1#2", "DICOM/IM2"),
    ],
)
def test_case_version_and_extension_of_a_name_do_not_matter(paths):
    assert _missing(*paths) == (2, ())


@pytest.mark.parametrize(
    ("directory", "base"), [("CD/DICOMDIR", "CD/"), ("dicomdir;1", "export/"), ("a/index/DICOMDIR", "a/")]
)
def test_a_directory_may_lie_beside_above_or_below_its_files(directory, base):
    assert _missing(f"{base}DICOM/IM1", f"{base}DICOM/IM2", directory=directory) == (2, ())


def test_files_of_another_disc_in_the_same_delivery_keep_no_promise():
    assert _missing("one/x", "two/deep/DICOM/IM1", "two/deep/DICOM/IM2", directory="one/DICOMDIR")[1] != ()


def test_only_the_first_thousand_missing_files_are_named():
    promises = Promises()
    promises.add_directory("DICOMDIR", _directory(*(_record("IMAGE", [f"IM{number:05}"]) for number in range(1200))))
    kept = promises.kept()
    assert kept is not None
    assert (kept.listed, len(kept.missing), kept.missing_count) == (1200, 1000, 1200)


def test_without_a_directory_there_is_no_promise():
    promises = Promises()
    promises.add("DICOM/IM1")
    promises.add_directory("DICOMDIR", b"scratched")
    assert promises.kept() is None


@pytest.mark.parametrize(
    ("path", "expected"),
    [("DICOMDIR", True), ("cd/dicomdir;1", True), ("CD/DICOMDIR.#2", True), ("DICOMDIR/IM1", False), ("IM1", False)],
)
def test_a_directory_is_known_by_its_name(path, expected):
    assert is_directory_name(path) is expected


def test_a_directory_in_deflated_or_other_clothes_lists_nothing_and_raises_nothing():
    assert listed_files(bytes(128) + b"DICM" + BytesIO(b"\x02\x00\x10\x00UI\xff\xff").read()) == []
