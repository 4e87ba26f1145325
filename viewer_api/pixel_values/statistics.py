"""Mean, deviation and extremes of the values in a region, and its area and length where pixels are calibrated.

Computed from the decoded stored values through the modality transformation in double precision. Pixel padding is left
out and counted. The deviation is that of the pixels themselves (divisor n). What has no certain unit is given without
one and says why; a unit that is asked for by name and cannot be told is refused.
"""

from collections.abc import Mapping
from math import ceil, floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from config.errors import Malformed, TooLarge
from viewer_api.errors import CannotMeasure
from viewer_api.pixel_values.calibration import read_calibration
from viewer_api.pixel_values.quantity import HU, SUVBW, Quantity, read_quantity
from viewer_api.pixel_values.shapes import Shape
from viewer_api.pixel_values.uptake import read_suv
from viewer_api.rendering.grey_rules import read_grey_rules
from viewer_api.rendering.image import StoredImage
from viewer_api.stored_pixels import read_stored_values

AUTO, STORED = "auto", "stored"
UNITS = (AUTO, STORED, HU, SUVBW)
_MOST_WORK = 1 << 29
_PLACES = 6

Answer = dict[str, Any]


def measure_region(
    image: StoredImage, octets: bytes, frame: int, header: Mapping[str, Any], shape: Shape, unit: str
) -> Answer:
    """Return what can be said of a region of a frame counted from 0; `octets` is the frame decoded.

    Raises:
        Malformed: no pixel's centre lies in the region.
        CannotMeasure: the unit that is asked for cannot be told.
        TooLarge: a polygon of too many corners over too many pixels.
    """
    return {
        "region": shape.kind,
        "area_pixels": _rounded(shape.area(1, 1)),
        "length_pixels": _rounded(shape.length(1, 1)),
        "geometry": _geometry(header, frame, shape),
        "values": _values(image, octets, frame, header, shape, unit),
    }


def _geometry(header: Mapping[str, Any], frame: int, shape: Shape) -> Answer:
    found = read_calibration(header, frame, shape)
    if found.width is None or found.height is None:
        return {"calibration": found.kind, "reason": found.reason}
    return {
        "calibration": found.kind,
        "caveat": found.caveat,
        "pixel_width_mm": _rounded(found.width),
        "pixel_height_mm": _rounded(found.height),
        "area_mm2": _rounded(shape.area(found.width, found.height)),
        "length_mm": _rounded(shape.length(found.width, found.height)),
    }


def _values(
    image: StoredImage, octets: bytes, frame: int, header: Mapping[str, Any], shape: Shape, unit: str
) -> Answer:
    if not image.format.monochrome:
        if unit != AUTO:
            raise CannotMeasure("the values of a colour image are no quantity")
        return {"unit": None, "reason": "the values of a colour image are no quantity"}
    inside = _inside(read_stored_values(image, octets)[0], shape)
    rules = read_grey_rules(image, frame)
    padding = _is_padding(inside, rules.padding)
    known = inside[~padding]
    if unit == STORED:
        quantity, measured = Quantity(None, reason="stored values were asked for"), known.astype(np.float64)
    else:
        quantity = _quantity(header, frame, unit)
        measured = rules.modality.apply(known) * quantity.factor
    measured = measured[np.isfinite(measured)]
    answer: Answer = {"unit": quantity.unit, "pixels": int(measured.size), "left_out": int(inside.size - measured.size)}
    if quantity.reason:
        answer["reason"] = quantity.reason
    if not measured.size:
        return answer | {"reason": "the region holds nothing but padding"}
    with np.errstate(over="ignore", invalid="ignore"):
        statistics = {"mean": measured.mean(), "sd": measured.std(), "min": measured.min(), "max": measured.max()}
    if not all(np.isfinite(value) for value in statistics.values()):
        raise CannotMeasure("the values are too large to be summed up")
    return answer | {name: _rounded(float(value)) for name, value in statistics.items()}


def _quantity(header: Mapping[str, Any], frame: int, unit: str) -> Quantity:
    found = read_suv(header) if unit == SUVBW else read_quantity(header, frame)
    if unit not in (AUTO, found.unit):
        raise CannotMeasure(found.reason or f"the values are in {found.unit}, not in {unit}")
    return found


def _inside(values: NDArray[Any], shape: Shape) -> NDArray[Any]:
    """Return the values of the pixels that belong to a shape; only the box around it is looked at."""
    rows, columns = values.shape
    left, top, right, bottom = shape.box
    first_column, first_row = min(columns, max(0, floor(left))), min(rows, max(0, floor(top)))
    part = values[first_row : min(rows, ceil(bottom) + 1), first_column : min(columns, ceil(right) + 1)]
    if part.size * len(shape.points) > _MOST_WORK:
        raise TooLarge("the region has too many corners over too many pixels")
    moved = Shape(shape.kind, tuple((x - first_column, y - first_row) for x, y in shape.points))
    found: NDArray[Any] = part[moved.mask(*part.shape)] if part.size else part.ravel()
    if not found.size:
        raise Malformed("no pixel of the image has its centre in the region")
    return found


def _is_padding(stored: NDArray[Any], padding: tuple[float, float] | None) -> NDArray[np.bool_]:
    if padding is None:
        return np.zeros(stored.shape, bool)
    return np.asarray((stored >= padding[0]) & (stored <= padding[1]))


def _rounded(value: float) -> float:
    """Cut the noise of floating point; six places are far below what any image resolves."""
    return round(value, _PLACES)
