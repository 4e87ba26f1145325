"""Computed tomography: a localizer and an axial series of the head or the chest (PS3.3 A.3, C.8.2.1)."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, JPEGLSLossless

from sample_studies.acquisitions.geometry import axial, references
from sample_studies.phantoms import chest, head, radiograph
from sample_studies.phantoms.noise import FloatImage, texture
from sample_studies.phantoms.plane import Solid
from sample_studies.plan import Elements, Picture, Size, StudyPlan

_MATRIX = 512
_PADDING = -2000
_BLEED = (
    Solid("oedema", -30, -36, 62, 14, 15, 13, edge=5),
    Solid("blood", -30, -37, 62, 6, 7, 7, edge=1.5),
)
_NODULE = (Solid("nodule", -78, -20, 52, 7.5, 6.5, 8),)


def head_with_bleed(plan: StudyPlan, size: Size) -> Iterator[Picture]:
    """Scan a head without contrast: a small haemorrhage in the right frontal lobe, padded corners."""
    yield from _head(plan, size.ct_slices, _BLEED)


def head_plain(plan: StudyPlan, size: Size) -> Iterator[Picture]:
    """Scan a normal head in few thick slices."""
    yield from _head(plan, size.short_slices, ())


def head_pair(plan: StudyPlan, size: Size) -> Iterator[Picture]:
    """Scan two slices of a head, whatever the size."""
    del size
    yield from _head(plan, 2, ())


def chest_with_nodule(plan: StudyPlan, size: Size) -> Iterator[Picture]:
    """Scan a chest after contrast, losslessly compressed: a nodule in the right upper lobe."""
    heights = np.linspace(104.0, -132.0, size.ct_slices)
    heights[np.abs(heights - 52.0).argmin()] = 52.0
    yield _localizer(plan, size)
    for number, z in enumerate(heights.tolist(), start=1):
        pixels = chest.chest_slice(z, (_MATRIX, _MATRIX), 0.742, _NODULE) + 8 * _grain(number)
        stored = np.clip(np.rint(pixels) + 1024, 0, 4095).astype(np.uint16)
        elements = {
            **_scan(plan, z, 0.742, 5.0, "B40s", kvp="110"),
            **references(plan, CTImageStorage, 1, 1),
            **_contrast(),
            "BitsStored": 12,
            "RescaleIntercept": "-1024",
            "RescaleType": "HU",
            "WindowCenter": ["50", "-550"],
            "WindowWidth": ["400", "1500"],
            "WindowCenterWidthExplanation": ["MEDIASTINUM", "LUNG"],
        }
        yield Picture(
            CTImageStorage, 2, number, elements, stored, JPEGLSLossless, series_elements=_named("CHEST 5.0 B40")
        )


def head_level(plan: StudyPlan, rows: int) -> Picture:
    """Scan one level of a normal head with a matrix of `rows` by `rows`."""
    return _head_slice(plan, 1, 45.0, (), rows)


def _head(plan: StudyPlan, slices: int, extra: Sequence[Solid]) -> Iterator[Picture]:
    heights = np.linspace(-9.0, 98.0, slices)
    heights[np.abs(heights - 62.0).argmin()] = 62.0
    for number, z in enumerate(heights.tolist(), start=1):
        yield _head_slice(plan, number, z, extra, _MATRIX)


def _head_slice(plan: StudyPlan, number: int, z: float, extra: Sequence[Solid], rows: int) -> Picture:
    """Scan one slice; the corners outside the reconstruction circle hold the padding value (C.7.5.1.1.2)."""
    spacing = 230.4 / rows
    pixels = head.head_slice(z, head.HOUNSFIELD, (rows, rows), spacing, extra) + 4.5 * _grain(number, rows)
    stored = np.clip(np.rint(pixels), -1024, 3071).astype(np.int16) + np.int16(1024)
    stored[_outside(rows)] = _PADDING
    elements = {
        **_scan(plan, z, spacing, 3.0, "H31s", kvp="120", rows=rows),
        "PixelPaddingValue": _PADDING,
        "RescaleType": "HU",
        "RescaleIntercept": "-1024",
        "WindowCenter": ["40", "600"],
        "WindowWidth": ["80", "2800"],
        "WindowCenterWidthExplanation": ["BRAIN", "BONE"],
    }
    named = _named("HEAD 3.0 H31")
    return Picture(CTImageStorage, 1, number, elements, stored, ExplicitVRLittleEndian, series_elements=named)


@lru_cache(maxsize=2)
def _outside(rows: int) -> NDArray[np.bool_]:
    axis = np.arange(rows) - (rows - 1) / 2
    return np.asarray(np.hypot(axis[:, None], axis[None, :]) > rows / 2)


def _localizer(plan: StudyPlan, size: Size) -> Picture:
    """Make the scout view that the slices were planned on: a frontal projection of the trunk, in Hounsfield units."""
    side = _MATRIX // size.shrink
    pixels = radiograph.frontal(side, side, 400.0 / side, 17) * 4.0 - 500.0
    stored = np.clip(np.rint(pixels), -1024, 3071).astype(np.int16)
    elements = {
        **_scan(plan, 0.0, 400.0 / side, 400.0 / side, "T20s", kvp="120"),
        "ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"],
        "ImageOrientationPatient": ["1", "0", "0", "0", "0", "-1"],
        "ImagePositionPatient": ["-200.0", "0.0", "200.0"],
        "RescaleIntercept": "0",
        "WindowCenter": "0",
        "WindowWidth": "900",
    }
    return Picture(CTImageStorage, 1, 1, elements, stored, ExplicitVRLittleEndian, series_elements=_named("TOPOGRAM"))


def _grain(number: int, rows: int = _MATRIX) -> FloatImage:
    return texture((rows, rows), 0.8, 5, number)


def _named(description: str) -> Elements:
    return {"SeriesDescription": description, "ProtocolName": description, "PatientPosition": "HFS"}


def _scan(
    plan: StudyPlan, z: float, spacing: float, thickness: float, kernel: str, *, kvp: str, rows: int = _MATRIX
) -> Elements:
    return {
        **axial(plan, z=z, size=rows, spacing=spacing, thickness=thickness),
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
        "AcquisitionNumber": 1,
        "KVP": kvp,
        "DataCollectionDiameter": "500",
        "ReconstructionDiameter": f"{spacing * rows:.1f}",
        "GantryDetectorTilt": "0",
        "TableHeight": "152",
        "RotationDirection": "CW",
        "ExposureTime": "1000",
        "XRayTubeCurrent": "240",
        "Exposure": "240",
        "FilterType": "WEDGE_2",
        "GeneratorPower": "28",
        "FocalSpots": "1.2",
        "ConvolutionKernel": kernel,
        "SpiralPitchFactor": 0.85,
        "RescaleSlope": "1",
        "LossyImageCompression": "00",
    }


def _contrast() -> Elements:
    return {"ContrastBolusAgent": "Iohexol 350", "ContrastBolusRoute": "IV", "ContrastBolusVolume": "70"}
