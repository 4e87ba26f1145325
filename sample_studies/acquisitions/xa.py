"""X-ray angiography: runs of both coronary arteries, 8 and 12 bits deep (PS3.3 A.14, C.8.7)."""

from collections.abc import Iterator

import numpy as np
from pydicom.uid import ExplicitVRLittleEndian, RLELossless, XRayAngiographicImageStorage

from sample_studies.acquisitions.codes import code
from sample_studies.phantoms.coronary import angiogram
from sample_studies.plan import Elements, Picture, Size, StudyPlan

_SIDE = 512
_FRAME_TIME = 66.7


def coronary_runs(plan: StudyPlan, size: Size) -> Iterator[Picture]:
    """Inject the left artery (8 bits, run-length coded), then the right one (12 bits, uncompressed)."""
    left = angiogram(_SIDE, size.frames, left=True, seed=5)
    elements = {**_run(primary=-30, secondary=25), "BitsStored": 8, "WindowCenter": "128", "WindowWidth": "256"}
    yield Picture(
        XRayAngiographicImageStorage, 1, 1, elements, np.rint(left).astype(np.uint8), RLELossless,
        series_elements={"SeriesDescription": "LCA RAO30 CRA25", "ProtocolName": "CORO 15 FPS"},
    )  # fmt: skip
    right = angiogram(_SIDE, max(2, size.frames // 2), left=False, seed=6)
    elements = {**_run(primary=30, secondary=0), "BitsStored": 12, "WindowCenter": "2048", "WindowWidth": "4096"}
    yield Picture(
        XRayAngiographicImageStorage, 2, 1, elements, np.rint(right * 16).astype(np.uint16), ExplicitVRLittleEndian,
        series_elements={"SeriesDescription": "RCA LAO30", "ProtocolName": "CORO 15 FPS"},
    )  # fmt: skip


def _run(*, primary: int, secondary: int) -> Elements:
    """Return the XA Image, Acquisition, Positioner and Multi-frame modules (C.8.7.1 to C.8.7.5)."""
    return {
        "ImageType": ["ORIGINAL", "PRIMARY", "SINGLE PLANE"],
        "PixelIntensityRelationship": "LIN",
        "RadiationSetting": "GR",
        "KVP": "78",
        "XRayTubeCurrent": "640",
        "ExposureTime": "7",
        "Exposure": "4",
        "AveragePulseWidth": "7",
        "RadiationMode": "PULSED",
        "TypeOfFilters": "",
        "IntensifierSize": "200",
        "FieldOfViewShape": "RECTANGLE",
        "FieldOfViewDimensions": ["200", "200"],
        "ImagerPixelSpacing": ["0.39", "0.39"],
        "FocalSpots": "0.8",
        "DistanceSourceToDetector": "1100",
        "DistanceSourceToPatient": "760",
        "EstimatedRadiographicMagnificationFactor": "1.44737",
        "PositionerMotion": "STATIC",
        "PositionerPrimaryAngle": f"{primary}",
        "PositionerSecondaryAngle": f"{secondary}",
        "TableMotion": "STATIC",
        "ShutterShape": "RECTANGULAR",
        "ShutterLeftVerticalEdge": "6",
        "ShutterRightVerticalEdge": "506",
        "ShutterUpperHorizontalEdge": "6",
        "ShutterLowerHorizontalEdge": "506",
        "FrameTime": f"{_FRAME_TIME}",
        "FrameIncrementPointer": 0x00181063,
        "CineRate": 15,
        "RecommendedDisplayFrameRate": 15,
        "ContrastBolusAgent": "Iopromide 370",
        "ContrastBolusIngredient": "IODINE",
        "PatientOrientation": "",
        "AnatomicRegionSequence": [code("80891009", "Heart")],
        "LossyImageCompression": "00",
    }
