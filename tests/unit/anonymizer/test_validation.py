"""A foreign validator finds no error in a cleaned report, drawing or waveform that the original did not have."""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from pydicom import Dataset
from pydicom.data import get_testdata_file
from pydicom.uid import KeyObjectSelectionDocumentStorage

from tests.unit.anonymizer.content_trees import code, container, item, measured, reference, report, written
from tests.unit.anonymizer.test_graphics import presentation_state
from tests.unit.anonymizer.test_waveforms import ecg

CORPUS = Path(__file__).resolve().parents[3] / ".." / "shared" / "corpus"
REAL = (
    "highdicom/data/test_files/sr_document*.dcm",
    "dcmqi/data/sr-example/sr.dcm",
    "dwv/tests/annotation/tid1500-0/*.dcm",
    "openradx-adit/dicoms/*/*SR/FUJI*/*.dcm",
)
_UID = re.compile(r"(?<=UID )[0-9.]+")


@pytest.fixture
def errors(tmp_path):
    """Return what tells the errors of an object, without the UIDs that differ."""
    program = shutil.which("dciodvfy") or shutil.which("dciodvfy", path=str(Path(sys.executable).parent))
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("dciodvfy is not installed")
        pytest.skip("dciodvfy is not installed")

    def told(data: bytes) -> Counter[str]:
        file = tmp_path / "object.dcm"
        file.write_bytes(data)
        said = subprocess.run([program, str(file)], capture_output=True, check=False).stderr.decode("utf-8", "replace")
        lines = [line for line in said.splitlines() if line.startswith("Error")]
        assert lines or "Abort" not in said
        return Counter(_UID.sub("UID", line) for line in lines)

    return told


def a_report(sop_class: str) -> Dataset:
    finding, findings = code("121071", "DCM", "Finding"), code("121070", "DCM", "Findings")
    study, series = Dataset(), Dataset()
    series.SeriesInstanceUID, series.ReferencedSOPSequence = "1.2.276.0.999.2", [reference()]
    study.StudyInstanceUID, study.ReferencedSeriesSequence = "1.2.276.0.999.1", [series]
    ds = report(
        item("PNAME", code("121008", "DCM", "Person Observer Name"), "Wergeltok^Ida"),
        item("TEXT", code("121022", "DCM", "Accession Number"), "ACC4711"),
        container(
            findings,
            item("TEXT", finding, "Wergeltok saw no mass"),
            item("NUM", code("81827009", "SCT", "Diameter"), measured("12")),
            item("IMAGE", code("121112", "DCM", "Source of Measurement"), reference()),
            item("DATE", code("111060", "DCM", "Study Date"), "20240215"),
        ),
        sop_class=sop_class,
    )
    ds.CurrentRequestedProcedureEvidenceSequence = [study]
    return ds


@pytest.mark.foreign
def test_made_up_objects_stay_valid(clean, errors):
    for original in (
        a_report("1.2.840.10008.5.1.4.1.1.88.33"),
        a_report(KeyObjectSelectionDocumentStorage),
        presentation_state("Wergeltok", "no mass", layer="DR WERGELTOK"),
        ecg("Wergeltok"),
    ):
        data = written(original)
        assert not errors(clean(data).data) - errors(data), original.SOPClassUID.name


@pytest.mark.foreign
@pytest.mark.slow
def test_real_reports_and_waveforms_stay_valid(clean, errors):
    if not CORPUS.exists():
        pytest.skip("the corpus of real files is not beside the checkout")
    most = int(os.environ.get("OVERREAD_ROUNDS", "1"))
    paths = [path for pattern in REAL for path in sorted(CORPUS.glob(pattern))[:most]]
    paths += [Path(get_testdata_file(name)) for name in ("reportsi.dcm", "test-SR.dcm", "waveform_ecg.dcm")]
    assert len(paths) >= 7
    for path in paths:
        data = path.read_bytes()
        assert not errors(clean(data).data) - errors(data), path
