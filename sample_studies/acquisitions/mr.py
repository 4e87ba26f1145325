"""Magnetic resonance: the brain in T1, T2 and FLAIR, each series in another lossless encoding (PS3.3 A.4, C.8.3.1)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.uid import (
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    MRImageStorage,
    RLELossless,
)

from sample_studies.acquisitions.geometry import axial, references
from sample_studies.phantoms import head
from sample_studies.phantoms.noise import FloatImage, texture
from sample_studies.phantoms.plane import Solid
from sample_studies.plan import Picture, Size, StudyPlan

_MATRIX = 256
_SPACING = 0.9
_PLAQUES = tuple(
    Solid("plaque", x, y, z, rx, ry, rz, angle=angle, edge=1.6)
    for x, y, z, rx, ry, rz, angle in (
        (19, -20, 58, 2.6, 5.5, 6, -40), (-20, -14, 60, 2.4, 6.0, 6, 40), (24, 18, 56, 3.2, 5.0, 7, 35),
        (-27, 24, 54, 3.0, 4.6, 6, -35), (31, -2, 66, 3.4, 3.4, 5, 0), (-16, 8, 66, 2.2, 5.5, 5, 20),
        (38, 28, 48, 2.6, 2.6, 5, 0), (-33, -24, 70, 3.0, 2.4, 5, 0),
    )
)  # fmt: skip


@dataclass(frozen=True)
class _Weighting:
    name: str
    tissue: Mapping[str, float]
    repetition: str
    echo: str
    inversion: str | None
    transfer_syntax_uid: str


_T1 = _Weighting("T1 SE TRA", head.T1, "560", "11", None, ExplicitVRLittleEndian)
_T2 = _Weighting("T2 TSE TRA", head.T2, "5200", "98", None, JPEG2000Lossless)
_FLAIR = _Weighting("T2 FLAIR TRA", head.FLAIR, "9000", "112", "2500", RLELossless)


def brain_with_plaques(plan: StudyPlan, size: Size) -> Iterator[Picture]:
    """Scan a brain with demyelinating plaques in three weightings at the same positions."""
    for series, weighting in enumerate((_T1, _T2, _FLAIR), start=1):
        yield from _series(plan, size.mr_slices, series, weighting, _PLAQUES)


def brain_plain(plan: StudyPlan, size: Size) -> Iterator[Picture]:
    """Scan a normal brain in T1 only, in the implicit little endian that old archives send."""
    plain = _Weighting(_T1.name, _T1.tissue, _T1.repetition, _T1.echo, None, ImplicitVRLittleEndian)
    yield from _series(plan, size.short_slices, 1, plain, ())


def _series(
    plan: StudyPlan, slices: int, series: int, weighting: _Weighting, extra: tuple[Solid, ...]
) -> Iterator[Picture]:
    heights = np.linspace(-6.0, 94.0, slices)
    heights[np.abs(heights - 58.0).argmin()] = 58.0
    for number, z in enumerate(heights.tolist(), start=1):
        signal = head.head_slice(z, weighting.tissue, (_MATRIX, _MATRIX), _SPACING, extra)
        stored = _acquire(signal, number + 50 * series)
        elements = {
            **axial(plan, z=z, size=_MATRIX, spacing=_SPACING, thickness=5.0),
            **(references(plan, MRImageStorage, 1, number) if series > 1 else {}),
            "ImageType": ["ORIGINAL", "PRIMARY", "M_SE", "NORM"],
            "ScanningSequence": ["SE", "IR"] if weighting.inversion else "SE",
            "SequenceVariant": "SK",
            "ScanOptions": "FS" if weighting.inversion else "PFP",
            "MRAcquisitionType": "2D",
            "SequenceName": "tse2d1" if series > 1 else "se2d1",
            "RepetitionTime": weighting.repetition,
            "EchoTime": weighting.echo,
            **({"InversionTime": weighting.inversion} if weighting.inversion else {}),
            "EchoTrainLength": 1 if series == 1 else 15,
            "NumberOfAverages": "1",
            "ImagingFrequency": "63.68",
            "ImagedNucleus": "1H",
            "EchoNumbers": 1,
            "MagneticFieldStrength": "1.5",
            "SpacingBetweenSlices": "6.0",
            "PercentSampling": "90",
            "PercentPhaseFieldOfView": "100",
            "PixelBandwidth": "130",
            "ReceiveCoilName": "HeadMatrix",
            "AcquisitionMatrix": [0, _MATRIX, 230, 0],
            "InPlanePhaseEncodingDirection": "ROW",
            "FlipAngle": "150" if series > 1 else "90",
            "SAR": "0.64",
            "AcquisitionNumber": 1,
            "BitsStored": 12,
            "WindowCenter": "480",
            "WindowWidth": "960",
        }
        named = {"SeriesDescription": weighting.name, "ProtocolName": weighting.name, "PatientPosition": "HFS"}
        yield Picture(
            MRImageStorage, series, number, elements, stored, weighting.transfer_syntax_uid, series_elements=named
        )


def _acquire(signal: FloatImage, number: int) -> NDArray[np.uint16]:
    """Shade by the coil, blur by the point spread and take the magnitude of noisy complex data."""
    place = np.linspace(-1, 1, _MATRIX, dtype=np.float32)
    coil = 1.10 - 0.22 * np.exp(-1.6 * ((place[:, None] + 0.1) ** 2 + place[None, :] ** 2))
    soft = 0.5 * signal + 0.125 * sum(np.roll(signal, step, axis) for axis in (0, 1) for step in (-1, 1))
    shape = (_MATRIX, _MATRIX)
    magnitude = np.hypot(soft * coil + 11 * texture(shape, 0.55, 71, number), 11 * texture(shape, 0.55, 72, number))
    return np.asarray(np.clip(np.rint(magnitude), 0, 4095), dtype=np.uint16)
