"""What a pixel measures: in the patient, at the detector, or in a region of an ultrasound image.

PS3.3 section 10.7.1 (pixel spacing and its calibration), C.8.11.3 and C.8.19.2 (imager pixel spacing, magnification),
C.8.5.5 (ultrasound region calibration). A projection is not a section: what it measures at the detector is larger than
what stands in the patient, and that is said beside every number.
"""

from dataclasses import dataclass
from typing import Literal

from viewer_api.pixel_values.header_values import Header, groups, number, values, word
from viewer_api.pixel_values.shapes import Shape

Kind = Literal["pixel-spacing", "imager-pixel-spacing", "ultrasound-region", "none"]

_PROJECTIONS = frozenset({"CR", "DX", "MG", "XA", "RF", "IO", "PX", "RG"})
_CENTIMETRES, _TWO_DIMENSIONAL = 3, 1
_AT_DETECTOR = (
    "Measured at the detector: in the patient it is smaller, by a magnification that the image does not state."
)
_MAGNIFIED = (
    "Corrected by the estimated radiographic magnification factor: true only in the plane that the estimate is for."
)
_CALIBRATED = {
    "GEOMETRY": "Corrected by assumed or known geometry: true only at the depth that was assumed.",
    "FIDUCIAL": "Corrected by an object of known size: true only at the depth of that object.",
}


@dataclass(frozen=True, slots=True)
class Calibration:
    """Width and height of a pixel in millimetres with their caveat, or why there are none."""

    kind: Kind
    width: float | None = None
    height: float | None = None
    caveat: str | None = None
    reason: str | None = None


def read_calibration(header: Header, frame: int, shape: Shape) -> Calibration:
    """Return what pixels measure where a shape lies in a frame counted from 0."""
    if "00186011" in header:
        return _of_ultrasound(header, shape)
    for source in groups(header, frame, "00289110"):
        height, width = number(source, "00280030", 0), number(source, "00280030", 1)
        if height and width and min(height, width) > 0:
            return Calibration("pixel-spacing", width, height, caveat=_caveat(header, height, width))
    height, width = number(header, "00181164", 0), number(header, "00181164", 1)
    if not (height and width and min(height, width) > 0):
        return Calibration("none", reason="the image states no pixel spacing")
    magnification = number(header, "00181114")
    if magnification and magnification >= 1:
        width, height = width / magnification, height / magnification
        return Calibration("imager-pixel-spacing", width, height, caveat=_MAGNIFIED)
    return Calibration("imager-pixel-spacing", width, height, caveat=_AT_DETECTOR)


def _caveat(header: Header, height: float, width: float) -> str | None:
    if word(header, "00080060") not in _PROJECTIONS:
        return None
    calibrated = _CALIBRATED.get(word(header, "00280A02"))
    if calibrated:
        return calibrated
    imager = number(header, "00181164", 0), number(header, "00181164", 1)
    if imager in ((height, width), (None, None)):
        return _AT_DETECTOR
    return "Corrected by the sender, who does not say how."


def _of_ultrasound(header: Header, shape: Shape) -> Calibration:
    """Return the calibration of the one region that holds the whole shape.

    Regions bound pixels, both ends included, and may lie over each other; the shape must not leave its region.
    """
    left, top, right, bottom = shape.box
    holding = []
    for region in values(header, "00186011"):
        edges = [number(region, key) for key in ("00186018", "0018601A", "0018601C", "0018601E")]
        if None in edges:
            continue
        x0, y0, x1, y1 = (edge or 0.0 for edge in edges)
        if x0 <= left and y0 <= top and right <= x1 + 1 and bottom <= y1 + 1:
            holding.append(region)
    spatial = [region for region in holding if _is_spatial(region)]
    if not holding:
        return Calibration("none", reason="the shape does not lie in one calibrated region of the ultrasound image")
    measures = {(abs(number(one, "0018602C") or 0), abs(number(one, "0018602E") or 0)) for one in spatial}
    if len(spatial) != len(holding) or len(measures) != 1:
        return Calibration("none", reason="the region is not one of distances in both directions (such as a spectrum)")
    [(width, height)] = measures
    if not (width and height):
        return Calibration("none", reason="the ultrasound region states no size of its pixels")
    return Calibration("ultrasound-region", 10 * width, 10 * height)


def _is_spatial(region: Header) -> bool:
    units = {number(region, "00186024"), number(region, "00186026")}
    return number(region, "00186012") == _TWO_DIMENSIONAL and units == {_CENTIMETRES}
