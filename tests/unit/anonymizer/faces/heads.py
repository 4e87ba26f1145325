"""Make heads of numbers, and slices of them in DICOM: every way through the patient, in CT and MR.

A head is asked what it is at points of the patient, in mm from the middle between its ears, so that slices need not be
axial. It has skin, a skull, a brain, air behind its nose, and a face: nose, brows, eyes in their hollows, lips, a chin,
and ears.
"""

from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, dcmread
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian, MRImageStorage, generate_uid

from anonymizer.faces import Plan, Proof, plan_cut, prove_cut, remove_face

AIR, SKIN, BONE, BRAIN = 0, 1, 2, 3
CT_VALUES = np.array([-1000, 40, 900, 35])
MR_VALUES = np.array([8, 220, 40, 160])
Numbers = NDArray[np.float64]


def _within(x: Numbers, y: Numbers, z: Numbers, centre: tuple[float, ...], radii: tuple[float, ...]) -> Any:
    parts = ((each - at) / radius for each, at, radius in zip((x, y, z), centre, radii, strict=True))
    return sum(part * part for part in parts) <= 1


def what_is_at(x: Numbers, y: Numbers, z: Numbers, *, scale: float = 1.0) -> NDArray[np.int64]:
    """Return what a head is at points: x to its left, y to its back, z up, in mm from the middle between its ears."""
    x, y, z = x / scale, y / scale, z / scale
    side = np.abs(x)
    skin = _within(x, y, z, (0, 5, 30), (76, 96, 100))
    skin |= _within(x, y, z, (0, -26, -45), (64, 68, 74))  # the face
    skin |= _within(x, y, z, (0, 25, -110), (55, 58, 90)) & (z < 0)  # the neck
    skin &= ~_within(side, y, z, (32, -100, -5), (15, 15, 11))  # the hollows of the eyes
    skin |= _within(side, y, z, (32, -78, -5), (12, 12, 12))
    skin |= _within(side, y, z, (24, -84, 13), (22, 9, 6))  # brows
    skin |= (side <= 4 + 0.26 * (5 - z)) & (z < 5) & (z > -40) & (y > -94 + 0.62 * (z + 40) - 26) & (y < -60)  # nose
    skin |= _within(x, y, z, (0, -95, -58), (22, 7, 5)) | _within(x, y, z, (0, -93, -68), (19, 7, 5))  # lips
    skin |= _within(x, y, z, (0, -86, -92), (20, 12, 13))  # chin
    skin |= _within(side, y, z, (80, 12, -5), (14, 7, 32)) & (side > 70)  # ears
    kind = np.where(skin, SKIN, AIR)
    kind[_within(x, y, z, (0, 5, 30), (69, 89, 93)) & skin] = BONE
    kind[_within(x, y, z, (0, 5, 30), (62, 81, 86)) & (z > -25 - 0.25 * y)] = BRAIN
    kind[_within(side, y, z, (25, -62, -32), (13, 16, 15))] = AIR  # sinuses of the cheeks
    kind[_within(x, y, z, (0, -58, -35), (9, 26, 22))] = AIR  # behind the nose
    return kind


class Series:
    """Be a series of slices of a head: `frames` their stored values, `kinds` what each pixel is."""

    def __init__(
        self,
        *,
        modality: str = "CT",
        right: tuple[float, float, float] = (1, 0, 0),
        down: tuple[float, float, float] = (0, 1, 0),
        step: tuple[float, float, float] = (0, 0, 4.0),
        count: int = 52,
        begin: tuple[float, float, float] = (-126, -150, -118),
        size: tuple[int, int] = (100, 86),
        spacing: float = 3.0,
        scale: float = 1.0,
        noise: float = 12.0,
    ) -> None:
        rows, columns = size
        down_steps, right_steps = np.arange(rows)[:, None] * spacing, np.arange(columns)[None, :] * spacing
        self.modality, self.right, self.down, self.spacing = modality, right, down, spacing
        self.places = [
            tuple(at + number * part for at, part in zip(begin, step, strict=True)) for number in range(count)
        ]
        self.kinds = np.stack(
            [
                what_is_at(
                    *(
                        at + right_steps * across + down_steps * along
                        for at, across, along in zip(place, right, down, strict=True)
                    ),
                    scale=scale,
                )
                for place in self.places
            ]
        )
        random = np.random.default_rng(7).normal(0, noise, self.kinds.shape)
        values = (CT_VALUES if modality == "CT" else MR_VALUES)[self.kinds] + random
        self.frames = (np.clip(values, -1024, 3071) + 1024 if modality == "CT" else np.abs(values)).astype(np.uint16)

    def files(self, **elements: Any) -> list[bytes]:
        """Return the slices as Part 10 files."""
        series, study = generate_uid(entropy_srcs=["series"]), generate_uid(entropy_srcs=["study"])
        return [self._file(number, series, study, elements) for number in range(len(self.frames))]

    def _file(self, number: int, series: str, study: str, elements: dict[str, Any]) -> bytes:
        ds = Dataset()
        ds.SOPClassUID = CTImageStorage if self.modality == "CT" else MRImageStorage
        ds.SOPInstanceUID = generate_uid(entropy_srcs=[series, str(number)])
        ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.Modality = study, series, self.modality
        ds.PatientName, ds.PatientID = "Marten^Ilse", "MRN-5512"
        ds.StudyDate, ds.StudyDescription, ds.BodyPartExamined = "20240307", "CT head", "HEAD"
        ds.ImageType, ds.InstanceNumber = ["ORIGINAL", "PRIMARY", "AXIAL"], number + 1
        ds.ImagePositionPatient = [round(float(each), 4) for each in self.places[number]]
        ds.ImageOrientationPatient = [round(float(each), 6) for each in (*self.right, *self.down)]
        ds.FrameOfReferenceUID = generate_uid(entropy_srcs=["frame"])
        ds.PixelSpacing = [self.spacing, self.spacing]
        frame = self.frames[number]
        ds.Rows, ds.Columns = frame.shape
        ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
        ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
        if self.modality == "CT":
            ds.RescaleSlope, ds.RescaleIntercept = 1, -1024
        for keyword, value in elements.items():
            setattr(ds, keyword, value)
        ds.PixelData = frame.tobytes()
        ds["PixelData"].VR = "OW"
        return saved(ds)


def saved(ds: Dataset, syntax: str = ExplicitVRLittleEndian) -> bytes:
    """Return a data set as a Part 10 file."""
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = UID(syntax)
    ds.file_meta.MediaStorageSOPClassUID, ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPClassUID, ds.SOPInstanceUID
    buffer = BytesIO()
    ds.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


@dataclass
class Cut:
    """Be a series before and after its face was cut: files, and the stored values in them."""

    series: Series
    files: list[bytes]
    plan: Plan
    results: list[bytes]

    @property
    def before(self) -> NDArray[np.uint16]:
        return self.series.frames

    @property
    def after(self) -> NDArray[np.uint16]:
        return np.stack([dcmread(BytesIO(each)).pixel_array for each in self.results])

    def proof(self) -> Proof:
        return prove_cut(self.plan, len(self.results), lambda number: BytesIO(self.results[number]))


def plan_of(files: list[bytes]) -> Plan:
    """Return what is to be cut from files in memory."""
    return plan_cut(len(files), lambda number: BytesIO(files[number]))


def cut_file(file: bytes, plan: Plan) -> bytes:
    """Return a file with its part of a face cut away."""
    result = BytesIO()
    remove_face(BytesIO(file), result, plan.cut)
    return result.getvalue()


def cut_series(series: Series, **elements: Any) -> Cut:
    """Return a series whose face was cut."""
    files = series.files(**elements)
    plan = plan_of(files)
    return Cut(series, files, plan, [cut_file(each, plan) for each in files])
