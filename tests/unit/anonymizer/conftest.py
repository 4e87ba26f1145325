"""Build small objects with pydicom and de-identify them in memory."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from pydicom import Dataset, dcmread
from pydicom.dataset import FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

from anonymizer import Context, NodeKey, Report, deidentify, load_profile

KEY = NodeKey(bytes(range(32)))
SHARED = Path(__file__).resolve().parents[3] / ".." / "shared"


@pytest.fixture
def context() -> Context:
    return Context(KEY, "st-mary", "OVR-7K3M-Q2XD-9TBA", "st-mary/MRN-77123", load_profile("second-read"))


@pytest.fixture
def basic_context() -> Context:
    return Context(KEY, "st-mary", "OVR-7K3M-Q2XD-9TBA", "st-mary/MRN-77123", load_profile("basic"))


def ct() -> Dataset:
    """Return a CT slice of 4 x 4 pixels with a patient, an order and a description."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SpecificCharacterSet = "ISO_IR 100"
    ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    ds.SOPClassUID = CTImageStorage
    ds.SOPInstanceUID, ds.StudyInstanceUID, ds.SeriesInstanceUID = generate_uid(), generate_uid(), generate_uid()
    ds.StudyDate, ds.StudyTime, ds.Modality = "20240215", "101530", "CT"
    ds.AccessionNumber, ds.StudyID = "ACC4711", "S-99"
    ds.Manufacturer, ds.StudyDescription = "SIEMENS", "CT des Schädels"
    ds.PatientName, ds.PatientID = "Vögelein^Hildegard", "MRN-77123"
    ds.PatientBirthDate, ds.PatientSex = "19520309", "F"
    ds.FrameOfReferenceUID = generate_uid()
    ds.Rows, ds.Columns, ds.BitsAllocated, ds.BitsStored, ds.HighBit = 4, 4, 16, 12, 11
    ds.SamplesPerPixel, ds.PixelRepresentation, ds.PhotometricInterpretation = 1, 0, "MONOCHROME2"
    ds.PixelData = bytes(range(32))
    ds["PixelData"].VR = "OW"
    return ds


@pytest.fixture
def image() -> Dataset:
    return ct()


@pytest.fixture
def as_bytes() -> Callable[[Dataset], bytes]:
    def write(ds: Dataset) -> bytes:
        ds.file_meta.MediaStorageSOPClassUID = ds.get("SOPClassUID", "")
        ds.file_meta.MediaStorageSOPInstanceUID = ds.get("SOPInstanceUID", "")
        buffer = BytesIO()
        ds.save_as(buffer, enforce_file_format=True)
        return buffer.getvalue()

    return write


class Result:
    """Hold what came out: bytes, the object read again, and the report."""

    def __init__(self, data: bytes, report: Report) -> None:
        self.data = data
        self.report = report
        self.ds = dcmread(BytesIO(data))


@pytest.fixture
def clean(as_bytes: Callable[[Dataset], bytes], context: Context) -> Callable[..., Result]:
    def run(source: Dataset | bytes, using: Context = context) -> Result:
        data = source if isinstance(source, bytes) else as_bytes(source)
        sink = BytesIO()
        report = deidentify(BytesIO(data), sink, using)
        return Result(sink.getvalue(), report)

    return run


@pytest.fixture
def shared() -> Path:
    if not SHARED.exists():
        pytest.skip("the folder with standards and real files is not beside the checkout")
    return SHARED
