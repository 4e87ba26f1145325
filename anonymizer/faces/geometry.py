"""Place slices in the patient: the Image Plane module of PS3.3 C.7.6.2.1, in millimetres.

Patient coordinates are those of the standard: x grows to the left, y to the back, z to the head. Slices of one volume
are parallel, of one size and at regular places; a gantry that is tilted shifts each against the next, which is no harm.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from anonymizer.faces.unsure import unsure

Vector = tuple[float, float, float]
Numbers = NDArray[np.float64]

_SAME_DIRECTION = 1e-3
_SAME_PLACE, _ASTRAY = 0.02, 1.5  # mm
_FEWEST_PLACES = 10
_WIDEST_STEP = 8.0  # mm; with more between two slices nobody can tell a surface
_WIDEST_PIXEL = 4.0
_SHORTEST, _LONGEST = 60.0, 420.0  # mm of a volume along its normal
_IRREGULAR = 1.6  # of the usual step: a slice is missing


@dataclass(frozen=True, slots=True)
class Slice:
    """Be one frame in the patient: the centre of its first pixel, unit vectors along a row and down a column, spacing.

    `between_rows` and `between_columns` are the two values of Pixel Spacing (0028,0030).
    """

    rows: int
    columns: int
    position: Vector
    along_row: Vector
    down_column: Vector
    between_rows: float
    between_columns: float

    @property
    def normal(self) -> Numbers:
        """Return the unit vector that stands on the plane."""
        return np.cross(self.along_row, self.down_column)

    def points(self, rows: Numbers, columns: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        """Return x, y and z of pixels, for rows and columns that broadcast."""
        right = columns * self.between_columns
        down = rows * self.between_rows
        return (
            self.position[0] + right * self.along_row[0] + down * self.down_column[0],
            self.position[1] + right * self.along_row[1] + down * self.down_column[1],
            self.position[2] + right * self.along_row[2] + down * self.down_column[2],
        )


class Stack:
    """Order the slices of one volume along their normal; several may lie at one place, as in a series over time.

    Raises Refused where slices are no volume of which a surface can be told.
    """

    def __init__(self, slices: Sequence[Slice]) -> None:
        if not slices:
            raise unsure("there is no slice")
        self.first = min(slices, key=lambda each: each.position)
        if any(not _alike(self.first, each) for each in slices):
            raise unsure("the slices of the series are not parallel and of one size")
        normal = self.first.normal
        along = np.array([normal @ each.position for each in slices])
        order = np.argsort(along, kind="stable")
        begins = np.concatenate(([True], np.diff(along[order]) > _SAME_PLACE))
        self.place_of = np.empty(len(slices), np.int64)
        self.place_of[order] = np.cumsum(begins) - 1
        self.along = along[order][begins]
        positions = np.array([slices[index].position for index in order])
        self.positions = positions[begins]
        self._check()
        straight = self._straight()[self.place_of[order]]
        if np.abs(positions - straight).max() > _ASTRAY:
            raise unsure("the slices of the series do not lie in a row")

    def _check(self) -> None:
        if len(self.along) < _FEWEST_PLACES:
            raise unsure("the series has too few slices to show a surface")
        steps, extent = np.diff(self.along), self.along[-1] - self.along[0]
        if steps.max() > _WIDEST_STEP or max(self.first.between_rows, self.first.between_columns) > _WIDEST_PIXEL:
            raise unsure("the slices lie too far apart, or are too coarse, to tell a surface")
        if steps.max() > _IRREGULAR * np.median(steps) + _SAME_PLACE:
            raise unsure("slices of the series are missing, or its slices do not lie at regular places")
        if not _SHORTEST <= extent <= _LONGEST:
            raise unsure("the series shows too little of a head to tell its face, or more of the body than a head")

    def _straight(self) -> Numbers:
        """Return where each place is if all lie on the line from the first to the last."""
        part = (self.along - self.along[0]) / (self.along[-1] - self.along[0])
        return np.asarray(self.positions[0] + part[:, None] * (self.positions[-1] - self.positions[0]))

    @cached_property
    def corners(self) -> Numbers:
        """Return the eight corners of the volume, one a row."""
        ends = []
        for position in (self.positions[0], self.positions[-1]):
            for row in (0, self.first.rows - 1):
                for column in (0, self.first.columns - 1):
                    right = column * self.first.between_columns * np.array(self.first.along_row)
                    down = row * self.first.between_rows * np.array(self.first.down_column)
                    ends.append(position + right + down)
        return np.array(ends)

    def indices(self, x: Numbers, y: Numbers, z: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        """Return the place, row and column of points, as fractions; places outside are -1."""
        normal = self.first.normal
        along = normal[0] * x + normal[1] * y + normal[2] * z
        number = np.arange(len(self.along), dtype=np.float64)
        place = np.interp(along, self.along, number, left=-1, right=-1)
        origin = [np.interp(place, number, self.positions[:, axis]) for axis in range(3)]
        away = (x - origin[0], y - origin[1], z - origin[2])
        right = sum(part * unit for part, unit in zip(away, self.first.along_row, strict=True))
        down = sum(part * unit for part, unit in zip(away, self.first.down_column, strict=True))
        return place, np.asarray(down / self.first.between_rows), np.asarray(right / self.first.between_columns)


def _alike(one: Slice, other: Slice) -> bool:
    size = (one.rows, one.columns) == (other.rows, other.columns)
    vectors = np.subtract(one.along_row, other.along_row), np.subtract(one.down_column, other.down_column)
    spacing = np.subtract((one.between_rows, one.between_columns), (other.between_rows, other.between_columns))
    return size and max(np.abs(vectors).max(), np.abs(spacing).max()) <= _SAME_DIRECTION
