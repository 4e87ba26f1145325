"""Read what an image says of its place in the patient and of what its values mean: PS3.3 C.7.6.2, C.7.6.16, C.11.1.

Refused is what shows a head otherwise than as a stack of slices: projections, captures, colour, kinds other than CT and
MR; and what nowhere says that it shows a head.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from pydicom import Dataset, dcmread

from anonymizer.errors import CannotDeidentify
from anonymizer.faces.geometry import Slice, Vector
from anonymizer.faces.tissue import CT, MR
from anonymizer.faces.unsure import unsure
from anonymizer.pixels.image_header import read_image_header
from anonymizer.pixels.layout import PixelLayout, unclear
from anonymizer.recognizable import FaceFacts, of_the_head

_STORAGE = "1.2.840.10008.5.1.4.1.1."
# CT, MR and their enhanced and legacy converted kinds; no colour, no spectroscopy, no surfaces.
_KINDS = {"2": CT, "2.1": CT, "2.2": CT, "4": MR, "4.1": MR, "4.4": MR}
_KIND_OF_CLASS = {_STORAGE + number: kind for number, kind in _KINDS.items()}
# What Image Type (0008,0008) says of pictures that are no slices (PS3.3 C.8.2.1.1.1, C.8.3.1.1.1, C.8.16.1).
_NO_SLICE = frozenset(
    {"LOCALIZER", "PROJECTION IMAGE", "MAX_IP", "MIN_IP", "MIP", "MAXIMUM INTENSITY PROJECTION", "VOLUME_RENDER"}
    | {"SURFACE_RENDER", "VRT", "SSD", "3D RENDERING", "SCREEN SAVE", "SECONDARY CAPTURE", "PHASE MAP"}
)  # fmt: skip
_TAGS = (
    "SOPClassUID", "ImageType", "BodyPartExamined", "StudyDescription", "SeriesDescription", "ProtocolName",
    "RecognizableVisualFeatures", "NumberOfFrames", "Rows", "Columns", "ImagePositionPatient",
    "ImageOrientationPatient", "PixelSpacing", "RescaleSlope", "RescaleIntercept", "PixelPaddingValue",
    "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence", "VolumetricProperties",
)  # fmt: skip
_NEARLY = 1e-2


@dataclass(frozen=True, slots=True)
class FaceImage:
    """Hold the layout of an image's pixels, and for each frame its place and what makes values of its stored ones.

    `scales` are slope and intercept of each frame; `padding` is the stored value of what no picture was made of.
    """

    modality: str
    layout: PixelLayout
    slices: tuple[Slice, ...]
    scales: tuple[tuple[float, float], ...]
    padding: int | None
    says_head: bool


def read_face_image(source: BinaryIO) -> FaceImage:
    """Read the header of a Part 10 file, original or de-identified.

    Raises Refused for what is no stack of slices in CT or MR, CannotDeidentify for a damaged header.
    """
    source.seek(0)
    try:
        header = dcmread(source, stop_before_pixels=True, specific_tags=list(_TAGS), force=True)
        modality = _KIND_OF_CLASS.get(str(header.get("SOPClassUID", "")))
        if modality is None:
            raise unsure("only slices of CT and MR in grey are cut")
        layout = read_image_header(source).layout
        _check_kind(header, layout)
        frames = list(_frames(header, layout.frames))
        return FaceImage(
            modality=modality,
            layout=layout,
            slices=tuple(_slice(groups, layout) for groups in frames),
            scales=tuple(_scale(groups) for groups in frames),
            padding=_padding(header),
            says_head=of_the_head(_facts(header)),
        )
    except (AttributeError, IndexError, TypeError, ValueError, OverflowError, KeyError, NotImplementedError):
        raise unclear("place") from None


def _check_kind(header: Dataset, layout: PixelLayout) -> None:
    if layout.samples != 1 or layout.photometric == "PALETTE COLOR" or layout.allocated < 8:
        raise unsure("only slices of CT and MR in grey are cut")
    kinds = {str(each).strip().upper() for each in _several(header.get("ImageType"))}
    if kinds & _NO_SLICE or str(header.get("VolumetricProperties", "")).upper() in {"DISTORTED", "SAMPLED"}:
        raise unsure("the picture is a projection, an overview or a rendering, no slice")


def _facts(header: Dataset) -> FaceFacts:
    part = str(header.get("BodyPartExamined") or "")
    words = (str(header.get(word) or "") for word in ("StudyDescription", "SeriesDescription", "ProtocolName"))
    return FaceFacts(str(header.get("RecognizableVisualFeatures") or ""), part, (part, *words))


def _frames(header: Dataset, count: int) -> Iterator[tuple[Dataset, ...]]:
    """Yield for each frame where its attributes stand: its own group, the shared one, the data set."""
    shared = _several(header.get("SharedFunctionalGroupsSequence"))
    own = _several(header.get("PerFrameFunctionalGroupsSequence"))
    common = (*shared[:1], header) if shared and shared[0] is not None else (header,)
    if not own or own[0] is None:
        if count > 1:
            raise unsure("nothing says where its frames lie in the patient")
        yield common
        return
    if len(own) != count:
        raise unclear("frames")
    yield from ((group, *common) for group in own)


def _found(groups: tuple[Dataset, ...], sequence: str, keyword: str) -> Any:
    """Return an attribute from the functional group it belongs to (PS3.3 C.7.6.16.2), or from the data set."""
    for group in groups:
        inner = group.get(sequence)
        if inner:
            return inner[0].get(keyword)
        if group.get(keyword) is not None:
            return group.get(keyword)
    return None


def _slice(groups: tuple[Dataset, ...], layout: PixelLayout) -> Slice:
    position = _found(groups, "PlanePositionSequence", "ImagePositionPatient")
    directions = _found(groups, "PlaneOrientationSequence", "ImageOrientationPatient")
    spacing = _found(groups, "PixelMeasuresSequence", "PixelSpacing")
    if not position or not directions or not spacing:
        raise unsure("nothing says where the picture lies in the patient")
    numbers = np.array([float(each) for each in directions])
    right, down = numbers[:3], numbers[3:]
    if len(numbers) != 6 or len(position) != 3 or len(spacing) != 2 or not np.isfinite(numbers).all():
        raise unclear("place")
    unit = abs(right @ right - 1) < _NEARLY and abs(down @ down - 1) < _NEARLY and abs(right @ down) < _NEARLY
    between = float(spacing[0]), float(spacing[1])
    if not unit or not all(0 < each < np.inf for each in between):
        raise unclear("place")
    return Slice(layout.rows, layout.columns, _vector(position), _vector(right), _vector(down), *between)


def _vector(values: Iterable[Any]) -> Vector:
    x, y, z = (float(each) for each in values)
    if not np.isfinite((x, y, z)).all():
        raise unclear("place")
    return x, y, z


def _scale(groups: tuple[Dataset, ...]) -> tuple[float, float]:
    slope = _found(groups, "PixelValueTransformationSequence", "RescaleSlope")
    intercept = _found(groups, "PixelValueTransformationSequence", "RescaleIntercept")
    scale = 1.0 if slope is None else float(slope), 0.0 if intercept is None else float(intercept)
    if not scale[0] or not np.isfinite(scale).all():
        raise CannotDeidentify("pixels-unclear", "The header is not clear about the values of the pixels.")
    return scale


def _padding(header: Dataset) -> int | None:
    value = header.get("PixelPaddingValue")
    return int(value) if isinstance(value, int) else None


def _several(value: Any) -> Sequence[Any]:
    return value if isinstance(value, Sequence) and not isinstance(value, str | bytes) else [value]
