"""Projection X-ray: a digital chest in two views and a pair of mammograms (PS3.3 A.26, A.27, C.8.11)."""

from collections.abc import Iterator

import numpy as np
from pydicom.uid import (
    DigitalMammographyXRayImageStorageForPresentation,
    DigitalXRayImageStorageForPresentation,
    ExplicitVRLittleEndian,
    JPEGLSLossless,
)

from sample_studies.acquisitions import codes
from sample_studies.phantoms import radiograph
from sample_studies.phantoms.breast import Mass, View, mammogram
from sample_studies.phantoms.noise import FloatImage
from sample_studies.plan import Elements, Picture, Size, StudyPlan

_CHEST_SIDE = 2048
_CHEST_WIDTH_MM = 345.0
_BREAST = (1280, 960)
_BREAST_SPACING = 0.15
_MASSES: dict[View, Mass] = {"CC": Mass(0.30, -0.10, 24), "MLO": Mass(0.29, -0.02, 24)}


def chest_two_views(plan: StudyPlan, size: Size) -> Iterator[Picture]:
    """Expose a chest from behind and from the side: 14 bits, MONOCHROME1, a nodule in the left upper lobe."""
    side = _CHEST_SIDE // size.shrink
    spacing = _CHEST_WIDTH_MM / side
    views = (
        (radiograph.frontal, "PA", codes.POSTERO_ANTERIOR, ["L", "F"]),
        (radiograph.lateral, "LL", codes.LEFT_LATERAL, ["P", "F"]),
    )
    for number, (project, position, view, orientation) in enumerate(views, start=1):
        attenuation = project(side, side, spacing, 80 + number, (radiograph.NODULE,))
        stored = np.clip(np.rint(15400 - 52.0 * attenuation), 0, 16383).astype(np.uint16)
        elements = {
            **_projection("DIRECT", "AREA", spacing),
            "ImageType": ["ORIGINAL", "PRIMARY", ""],
            "PhotometricInterpretation": "MONOCHROME1",
            "PresentationLUTShape": "INVERSE",
            "BitsStored": 14,
            "ImageLaterality": "U",
            "AnatomicRegionSequence": [codes.CHEST],
            "ViewCodeSequence": [view],
            "ViewPosition": position,
            "PositionerType": "NONE",
            "PatientOrientation": orientation,
            "KVP": "125",
            "DistanceSourceToDetector": "1800",
            "WindowCenter": "9400",
            "WindowWidth": "12800",
        }
        yield Picture(
            DigitalXRayImageStorageForPresentation, number, 1, elements, stored, ExplicitVRLittleEndian,
            series_elements={"SeriesDescription": f"Thorax {position}", "PresentationIntentType": "FOR PRESENTATION"},
        )  # fmt: skip


def right_breast_pair(plan: StudyPlan, size: Size) -> Iterator[Picture]:
    """Expose a right breast from above and obliquely: 12 bits, JPEG-LS, a spiculated mass with calcifications."""
    rows, columns = _BREAST[0] // min(size.shrink, 2), _BREAST[1] // min(size.shrink, 2)
    spacing = _BREAST_SPACING * min(size.shrink, 2)
    views: tuple[tuple[View, Elements, list[str]], ...] = (
        ("CC", codes.CRANIO_CAUDAL, ["P", "L"]),
        ("MLO", codes.MEDIO_LATERAL_OBLIQUE, ["P", "FL"]),
    )
    for number, (position, view, orientation) in enumerate(views, start=1):
        picture: FloatImage = mammogram(rows, columns, position, 3, _MASSES[position])[:, ::-1]
        stored = np.clip(np.rint(picture * 3900), 0, 4095).astype(np.uint16)
        elements = {
            **_projection("SCINTILLATOR", "SLOT", spacing),
            **_breast(position),
            "ViewCodeSequence": [{**view, "ViewModifierCodeSequence": []}],
            "PatientOrientation": orientation,
        }
        yield Picture(
            DigitalMammographyXRayImageStorageForPresentation, 1, number, elements, stored, JPEGLSLossless,
            series_elements={"SeriesDescription": "R MAMMOGRAPHY", "PresentationIntentType": "FOR PRESENTATION"},
        )  # fmt: skip


def _breast(position: View) -> Elements:
    """Return the Mammography Image module (C.8.11.7)."""
    return {
        "ImageType": ["ORIGINAL", "PRIMARY", ""],
        "PresentationLUTShape": "IDENTITY",
        "BitsStored": 12,
        "ImageLaterality": "R",
        "OrganExposed": "BREAST",
        "AnatomicRegionSequence": [codes.BREAST],
        "PositionerType": "MAMMOGRAPHIC",
        "PositionerPrimaryAngle": "0" if position == "CC" else "45",
        "BreastImplantPresent": "NO",
        "PartialView": "NO",
        "CompressionForce": "110",
        "BodyPartThickness": "52",
        "AnodeTargetMaterial": "MOLYBDENUM",
        "OrganDose": "0.0142",
        "HalfValueLayer": "0.36",
        "EstimatedRadiographicMagnificationFactor": "1.06",
        "KVP": "29",
        "DistanceSourceToDetector": "660",
        "WindowCenter": "1950",
        "WindowWidth": "3900",
    }


def _projection(detector: str, configuration: str, spacing: float) -> Elements:
    """Return the DX Image, Detector and acquisition attributes both objects share (C.8.11.3, C.8.11.4)."""
    return {
        "AcquisitionDeviceProcessingDescription": "Standard",
        "PixelIntensityRelationship": "LOG",
        "PixelIntensityRelationshipSign": 1,
        "RescaleIntercept": "0",
        "RescaleSlope": "1",
        "RescaleType": "US",
        "LossyImageCompression": "00",
        "ImagerPixelSpacing": [f"{spacing:.5f}", f"{spacing:.5f}"],
        "DetectorType": detector,
        "DetectorConfiguration": configuration,
        "DetectorConditionsNominalFlag": "YES",
        "FieldOfViewShape": "RECTANGLE",
        "FieldOfViewHorizontalFlip": "NO",
        "FieldOfViewOrigin": ["0", "0"],
        "FieldOfViewRotation": "0",
        "ExposureTime": "12",
        "XRayTubeCurrent": "320",
        "Exposure": "4",
        "FocalSpots": "0.6",
        "FilterType": "NONE",
        "Grid": "FOCUSED",
        "AcquisitionNumber": 1,
        "AcquisitionContextSequence": [],
    }
