"""Ultrasound: an echocardiogram with the patient's name in its pixels (PS3.3 A.6, A.7, C.8.5.6).

The loop is JPEG baseline and says that it is lossy; the still image is RGB and run-length coded. Both carry
Burned In Annotation YES, because the banner shows name, number and date.
"""

from collections.abc import Iterator

from pydicom.uid import JPEGBaseline8Bit, RLELossless, UltrasoundImageStorage, UltrasoundMultiFrameImageStorage

from sample_studies.acquisitions.codes import code
from sample_studies.phantoms.echo import cine
from sample_studies.plan import Elements, Picture, Size, StudyPlan

_ROWS, _COLUMNS = 480, 640
_FRAME_TIME = 41.7


def banner(plan: StudyPlan) -> tuple[str, str, str]:
    """Return the lines burned into every frame: who, when, where."""
    family, given, *_ = plan.patient.name.split("=")[0].split("^")
    return (
        f"{family.upper()}, {given}   {plan.patient.patient_id}",
        f"{plan.when:%m/%d/%Y %H:%M}   DOB {plan.patient.birth_date}",
        plan.site.display_name,
    )


def echocardiogram(plan: StudyPlan, size: Size) -> Iterator[Picture]:
    """Record one beat as a loop and its first frame as a still."""
    frames = cine(_ROWS, _COLUMNS, size.frames, banner(plan))
    loop = {
        **_image(),
        "EffectiveDuration": f"{size.frames * _FRAME_TIME / 1000:.3f}",
        "FrameTime": f"{_FRAME_TIME}",
        "FrameIncrementPointer": 0x00181063,
        "CineRate": 24,
        "HeartRate": 72,
        "PreferredPlaybackSequencing": 0,
    }
    series = {"SeriesDescription": "APICAL 4CH", "ProtocolName": "Adult Echo"}
    yield Picture(
        UltrasoundMultiFrameImageStorage, 1, 1, loop, frames, JPEGBaseline8Bit, lossy=True, series_elements=series
    )
    still = {**_image(), "LossyImageCompression": "00"}
    yield Picture(UltrasoundImageStorage, 1, 2, still, frames[0], RLELossless, series_elements=series)


def _image() -> Elements:
    """Return the US Image and US Region Calibration modules (C.8.5.6, C.8.5.5)."""
    return {
        "ImageType": ["ORIGINAL", "PRIMARY", "TTE", "0001"],
        "BurnedInAnnotation": "YES",
        "PatientOrientation": "",
        "UltrasoundColorDataPresent": 0,
        "NumberOfStages": 1,
        "NumberOfViewsInStage": 1,
        "StageName": "REST",
        "StageNumber": 1,
        "ViewNumber": 1,
        "TransducerData": ["P4-2", "", ""],
        "ProcessingFunction": "2D",
        "MechanicalIndex": "1.3",
        "SoftTissueThermalIndex": "0.8",
        "DepthOfScanField": 160,
        "ViewCodeSequence": [code("399214001", "apical four chamber")],
        "AnatomicRegionSequence": [code("80891009", "Heart")],
        "SequenceOfUltrasoundRegions": [
            {
                "RegionSpatialFormat": 1,
                "RegionDataType": 1,
                "RegionFlags": 0,
                "RegionLocationMinX0": 60,
                "RegionLocationMinY0": 43,
                "RegionLocationMaxX1": 580,
                "RegionLocationMaxY1": 456,
                "PhysicalUnitsXDirection": 3,
                "PhysicalUnitsYDirection": 3,
                "PhysicalDeltaX": 0.0388,
                "PhysicalDeltaY": 0.0388,
                "ReferencePixelX0": 260,
                "ReferencePixelY0": 0,
                "TransducerFrequency": 3200,
            }
        ],
    }
