"""Say what of a head is cut away: all that lies in front of a smooth surface below the skin of the face, and the ears.

The surface is made of what is lowest around each place, and of the mean of that: so it lies below the skin everywhere,
and shows neither nose nor eyes nor lips. How far from the tip of the nose a place is says how deep at least, and how
deep at most: far below where the nose was, and little at the forehead, behind which there is the brain.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from anonymizer.faces.geometry import Slice
from anonymizer.faces.head import DEGREES, DIRECTIONS, Head, from_front, standing_out
from anonymizer.faces.shapes import Map, highest_around, lowest_around, mean_around
from anonymizer.faces.volume import STEP

NEVER = 1e4  # mm: farther than anything is
# mm from the tip of the nose of an adult: what is nearer than the first is sure to be cut; the second is the end.
SURE, END = 82.0, 96.0
_RISE = 30.0  # mm by which the surface comes up from the one to the other
_SIDE, _SIDE_END = 90.0, 100.0  # degrees: no farther round the head than that
_DEPTH = ((0.0, 50.0, SURE), (5.0, 5.0, 3.0))  # at least, by the distance from the tip
_DEEPEST = ((0.0, 30.0, 45.0, 55.0, 65.0, SURE), (60.0, 40.0, 18.0, 11.0, 8.0, 5.0))
_REACH = 18.0  # mm around each place of which the lowest counts
_SOFT = 12.0
_EAR_BEGIN, _EAR_END = 60.0, 140.0  # degrees
_EAR_LOW, _EAR_HIGH = -55.0, 65.0  # mm from the height of the nose
_EAR_REACH, _LEAST_EAR = 12, 4.0  # directions, mm
_BESIDE_EAR = 15.0  # mm of air that go with an ear


@dataclass(frozen=True, eq=False)
class FaceCut:
    """Be what is cut from every slice of a series: by height and direction, from `near` to `far` of the axis, in mm.

    `first` is the height of the first row; the axis at each is `centres` (y, x). `air` is what takes the place of what
    is cut, as a value of the modality. `tip` and `scale` say where the face was.
    """

    modality: str
    air: float
    first: float
    centres: NDArray[np.float64]
    near: Map
    far: Map
    tip: tuple[float, float, float]
    scale: float

    def mask(self, slice_: Slice) -> NDArray[np.bool_]:
        """Return which pixels of a slice are cut away, by row and column; the array is kept for a while."""
        return _mask(self, slice_)


@lru_cache(maxsize=2)
def _mask(cut: FaceCut, slice_: Slice) -> NDArray[np.bool_]:
    rows, columns = np.arange(slice_.rows, dtype=np.float64)[:, None], np.arange(slice_.columns, dtype=np.float64)
    x, y, z = slice_.points(rows, columns)
    row = (z - cut.first) / STEP
    outside = (row < -0.5) | (row > len(cut.near) - 0.5)
    row = np.clip(row, 0, len(cut.near) - 1)
    number = np.arange(len(cut.centres))
    y = y - np.interp(row, number, cut.centres[:, 0])
    x = x - np.interp(row, number, cut.centres[:, 1])
    distance = np.hypot(x, y)
    result = np.zeros(distance.shape, np.bool_)
    nearest = cut.near.min(1)
    nearest = np.minimum(nearest[np.floor(row).astype(np.int64)], nearest[np.ceil(row).astype(np.int64)])
    maybe = np.asarray((distance >= nearest) & ~outside)
    if maybe.any():
        row, x, y = (np.broadcast_to(each, distance.shape)[maybe] for each in (row, x, y))
        column = (np.rad2deg(np.arctan2(x, -y)) + 180) / DEGREES
        found = distance[maybe]
        result[maybe] = (found > _looked_up(cut.near, row, column)) & (found < _looked_up(cut.far, row, column))
    result.flags.writeable = False
    return result


def _looked_up(table: Map, row: NDArray[np.float64], column: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values of a table between its places; columns go round."""
    top, left = np.floor(row).astype(np.int64), np.floor(column).astype(np.int64)
    down, right = row - top, column - left
    bottom = np.minimum(top + 1, len(table) - 1)
    left, beside = left % DIRECTIONS, (left + 1) % DIRECTIONS
    upper = table[top, left] * (1 - right) + table[top, beside] * right
    lower = table[bottom, left] * (1 - right) + table[bottom, beside] * right
    return np.asarray(upper * (1 - down) + lower * down)


def cut_of(head: Head, modality: str, air: float) -> FaceCut:
    """Return the cut that takes the face and the ears off a head."""
    face = _face(head)
    ears, beside = _ears(head)
    far = np.where(face < NEVER, np.float32(NEVER), beside)
    return FaceCut(
        modality=modality,
        air=air,
        first=float(head.heights[0]),
        centres=head.centres,
        near=np.minimum(face, ears),
        far=far,
        tip=head.tip,
        scale=head.scale,
    )


def _face(head: Head) -> Map:
    size, away = head.scale, head.from_tip() / head.scale
    least = np.interp(away, *_DEPTH) * size
    deepest = np.interp(away, *_DEEPEST) * size
    around = _reach(head, _REACH)
    low = mean_around(lowest_around(head.core, around), around)
    surface = np.maximum(low - least, mean_around(head.core, _reach(head, _SOFT)) - deepest)
    surface = np.minimum(surface, head.core - least)
    to_end = np.clip((away - SURE) / (END - SURE), 0, None)
    aside = np.clip((np.abs(from_front()) - _SIDE) / (_SIDE_END - _SIDE), 0, None)
    beyond = np.maximum(to_end, aside)
    surface = np.where(beyond < 1, surface + _RISE * size * beyond, NEVER)
    return np.asarray(np.where(head.core > 0, surface, NEVER), np.float32)


def _ears(head: Head) -> tuple[Map, Map]:
    """Return the surface under the ears, where they stand off from the head, and where the air beside them ends."""
    angles = np.abs(from_front())
    heights = (head.heights - head.tip[2]) / head.scale
    there = standing_out(head.skin, _EAR_REACH) >= _LEAST_EAR
    there &= ((angles > _EAR_BEGIN) & (angles < _EAR_END))[None, :]
    there &= ((heights > _EAR_LOW) & (heights < _EAR_HIGH))[:, None]
    there = highest_around(there.astype(np.float32), (2, 3)) > 0
    low = mean_around(lowest_around(head.core, (2, _EAR_REACH)), (2, _EAR_REACH // 2))
    nothing = np.full_like(low, NEVER)
    end = highest_around(head.skin, (2, 3)) + np.float32(_BESIDE_EAR)
    return np.where(there, low, nothing), np.where(there, end, nothing)


def _reach(head: Head, length: float) -> tuple[int, int]:
    """Return a length as rows and directions of the maps."""
    length *= head.scale
    around = float(np.median(head.core[head.core > 0])) * np.deg2rad(DEGREES)
    return max(1, round(length / STEP)), max(1, round(length / around))
