"""Real files of many makers: each is cleaned and whole, or refused with a reason; nothing else ever happens."""

import csv
import os
import shutil
import subprocess
from datetime import datetime
from io import BytesIO

import numpy as np
import pytest
from pydicom import Dataset, dcmread
from pydicom.multival import MultiValue

from anonymizer import CannotDeidentify, DeidentificationError, KnownIdentity, deidentify, verify

pytestmark = pytest.mark.slow
IDENTIFYING = ("PatientName", "OtherPatientNames", "PatientBirthName", "ReferringPhysicianName", "OperatorsName")
IDENTIFIERS = ("PatientID", "AccessionNumber", "OtherPatientIDs", "DeviceSerialNumber", "PatientAddress")


@pytest.fixture(scope="module")
def entries():
    from pathlib import Path

    corpus = Path(__file__).resolve().parents[3] / ".." / "shared" / "corpus"
    if not corpus.exists():
        pytest.skip("the corpus of real files is not beside the checkout")
    with (corpus / "MANIFEST.tsv").open(encoding="utf-8") as manifest:
        rows = list(csv.DictReader(manifest, delimiter="\t"))
    return [(row["path"], (corpus / row["path"]).read_bytes()) for row in rows]


@pytest.fixture
def cleaned(entries, context):
    from dataclasses import replace

    results, refused = [], []
    for path, data in entries:
        sink = BytesIO()
        try:
            deidentify(BytesIO(data), sink, replace(context, vouched=True))
        except DeidentificationError as error:
            assert sink.getvalue() == b""
            refused.append((path, error))
        else:
            results.append((path, data, sink.getvalue()))
    return results, refused


def pixels(ds: Dataset) -> bytes:
    for keyword in ("PixelData", "FloatPixelData", "DoubleFloatPixelData"):
        if keyword in ds:
            value = ds[keyword].value
            return value + b"\0" if len(value) % 2 else value
    return b""


def known_of(ds: Dataset, pseudonym: str) -> KnownIdentity:
    """Collect what the original says, leaving out what every file of a test set says."""

    def values(keyword):
        value = ds.get(keyword)
        return [str(each) for each in (value if isinstance(value, MultiValue) else [value])] if value else []

    names = [name for keyword in IDENTIFYING for name in values(keyword)]
    ids = [value for keyword in IDENTIFIERS for value in values(keyword) if not value.isalpha() or len(value) > 8]
    births = [
        datetime.strptime(value, "%Y%m%d").date()  # noqa: DTZ007
        for value in values("PatientBirthDate")
        if len(value) == 8 and value.isdigit() and value != ds.get("StudyDate")
    ]
    return KnownIdentity(names=tuple(names), ids=tuple(ids), dates=tuple(births))


def same_but_for_notes(before: bytes, after: bytes) -> bool:
    """Tell whether pixel data is the same but for few bytes that are zeros now: what compressors note of themselves."""
    if before == after:
        return True
    if len(before) != len(after):
        return False
    one, other = np.frombuffer(before, np.uint8), np.frombuffer(after, np.uint8)
    changed = one != other
    return int(changed.sum()) < 2000 and not other[changed].any()


def test_every_file_is_cleaned_with_its_pixels_or_refused_with_a_reason(cleaned):
    results, refused = cleaned
    assert len(results) > 340 and len(refused) < 60
    unreadable = {error.code for _, error in refused if isinstance(error, CannotDeidentify)}
    assert unreadable <= {"missing-uid", "not-dicom"}
    for path, before, after in results:
        original, ds = dcmread(BytesIO(before), force=True), dcmread(BytesIO(after))
        assert same_but_for_notes(pixels(original), pixels(ds)), path
        assert ds.SOPClassUID == ds.file_meta.MediaStorageSOPClassUID, path
        assert ds.file_meta.TransferSyntaxUID == original.file_meta.get(
            "TransferSyntaxUID", ds.file_meta.TransferSyntaxUID
        ), path
        tags = [element.tag for element in ds.iterall()]
        assert not [tag for tag in tags if tag.is_private or tag.element == 0], path
        assert ds.PatientIdentityRemoved == "YES", path


def test_no_identity_of_any_file_is_left_outside_its_pixels(cleaned, context):
    leaking = []
    for path, before, after in cleaned[0]:
        known = known_of(dcmread(BytesIO(before), force=True, stop_before_pixels=True), context.pseudonym)
        found = verify(BytesIO(after), known)
        if found:
            leaking.append((path, found))
    assert not leaking


@pytest.mark.foreign
def test_dcmtk_reads_every_result_without_complaint(cleaned, tmp_path):
    if shutil.which("dcmdump") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("dcmdump is not installed")
        pytest.skip("dcmdump is not installed")
    names = {}
    for number, (path, before, after) in enumerate(cleaned[0]):
        for kind, data in (("before", before), ("after", after)):
            (tmp_path / f"{number}-{kind}.dcm").write_bytes(data)
        names[number] = path
    complaints = []
    for number, path in names.items():
        after = subprocess.run(
            ["dcmdump", "-q", "-M", str(tmp_path / f"{number}-after.dcm")], capture_output=True, check=False
        )
        if after.returncode or after.stderr:
            before = subprocess.run(
                ["dcmdump", "-M", str(tmp_path / f"{number}-before.dcm")], capture_output=True, check=False
            )
            if not before.returncode and not before.stderr:
                complaints.append((path, after.stderr[:200]))
    assert not complaints
