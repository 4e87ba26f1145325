"""Find the head and its nose in an upright volume: how far the skin is from an axis, all around and at every height.

The nose is what stands out most from the front of a head, narrow and upright. It tells where the face is however the
head is turned or nodding. Where no nose can be found, or what is found is no head by its size, nobody can vouch for
anything.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anonymizer.faces.shapes import (
    Map,
    Shape,
    filled_in,
    grown,
    highest_around,
    largest_piece,
    lowest_around,
    mean_around,
    opened,
)
from anonymizer.faces.unsure import unsure
from anonymizer.faces.volume import STEP, Volume

DIRECTIONS = 180  # around the axis; 0 is straight to the back, 90 where x falls, to the patient's right
DEGREES = 360 / DIRECTIONS
_FARTHEST = 260.0  # mm from the axis
_GAP = 2.0  # voxels: nostrils and the like are no way in
_THIN = 2.0  # voxels: half of what a tube, a mask or the shell of a head rest may measure
_PIECE_OF_ALL = 0.5
_NARROWEST, _WIDEST, USUAL_WIDTH = 80.0, 205.0, 150.0  # mm from side to side
_FRONT = 28.0  # degrees to either side in which a nose is looked for
_NOSE_REACH = 8  # directions: half the width of what is narrow enough for a nose
_NOSE_HEIGHT = 4  # rows: half the height over which it stands out
_LEAST_NOSE = 8.0  # mm
_EAR_REACH = 12  # directions to either side: wider than an ear
_ASIDE = (8, 40)  # directions to either side of a nose in which a head is the same left and right
_LOPSIDED = 9.0  # mm of difference between them
_BEHIND, _BEHIND_ROWS = 0.7, 15  # of what the nose stands out: what is behind, so many rows up and down, does less
_CHIN_ROWS, _AS_CHIN = (10, 30), 0.45  # rows from a chin up to a nose, and what that stands out of what the chin does
_AT_EDGE = 4  # rows: a nose that ends so near the lower edge of the picture goes on below it
_WHOLE_NOSE, _STEEP = 22.0, 0.5  # mm that the tip of a nose stands out; mm that it gains on the way down for each mm


@dataclass(frozen=True, slots=True)
class Head:
    """Be a head around an axis: rows of maps go with `heights` (z), columns with directions.

    `centres` are y and x of the axis. `skin` is the distance to the outermost body, `core` the same without what is
    thin. `tip` is the tip of the nose (x, y, z), as far as it is in the picture, `width` the head from side to side.
    """

    heights: NDArray[np.float64]
    centres: NDArray[np.float64]
    skin: Map
    core: Map
    tip: tuple[float, float, float]
    width: float

    @property
    def scale(self) -> float:
        """Return the size of the head against that of an adult."""
        return float(np.clip(self.width / USUAL_WIDTH, 0.6, 1.2))

    def from_tip(self) -> Map:
        """Return how far from the tip of the nose each place of the core's surface is."""
        angles = np.deg2rad(from_front())
        y = self.centres[:, :1] - np.cos(angles) * self.core
        x = self.centres[:, 1:] + np.sin(angles) * self.core
        away = (x - self.tip[0]) ** 2 + (y - self.tip[1]) ** 2 + (self.heights[:, None] - self.tip[2]) ** 2
        return np.asarray(np.sqrt(away), np.float32)


def from_front() -> NDArray[np.float64]:
    """Return the angle of each direction from straight ahead, in degrees, positive to the patient's left."""
    return np.asarray(np.arange(DIRECTIONS) * DEGREES - 180.0)


def find_head(volume: Volume, least_tissue: float) -> Head:
    """Return the head in a volume; raises Refused where there is none to be sure of."""
    with np.errstate(invalid="ignore"):
        body = volume.values > least_tissue
    solid = filled_in(body, _GAP)
    core = largest_piece(opened(solid, _THIN))
    if not core.any() or core.sum() < _PIECE_OF_ALL * body.sum():
        raise unsure("body and air cannot be told apart")
    skin = grown(core, _THIN + 0.5) & solid
    centres = _axis(volume, core)
    skin_map, core_map = (_distances(volume, shape, centres) for shape in (skin, core))
    row, column, out = _nose(skin_map)
    width = _width(core_map, row)
    lower, farther = _beyond_edge(core_map, row, out, width / USUAL_WIDTH)
    angle, far = np.deg2rad(from_front()[column]), float(skin_map[row, column]) + farther
    heights = volume.axis(2)
    tip = (centres[row, 1] + np.sin(angle) * far, centres[row, 0] - np.cos(angle) * far, float(heights[row]) - lower)
    return Head(heights, centres, skin_map, core_map, tip, width)


def _axis(volume: Volume, core: Shape) -> NDArray[np.float64]:
    """Return y and x of the middle at every height: straight, leaning to a side where the head does."""
    areas = core.sum((1, 2)).astype(np.float64)
    widths = core.any(1).sum(1) * STEP
    of_head = (areas > 0.3 * areas[widths <= _WIDEST].max(initial=0)) & (widths <= _WIDEST)
    if of_head.sum() < 3:
        raise unsure("what the series shows has not the size of a head")
    rows = np.flatnonzero(of_head)
    ys = (core[rows].sum(2) * volume.axis(1)).sum(1) / areas[rows]
    xs = (core[rows].sum(1) * volume.axis(0)).sum(1) / areas[rows]
    slope, start = np.polyfit(rows, xs, 1)
    every = np.clip(np.arange(len(areas)), rows[0], rows[-1])
    return np.stack((np.full(len(areas), np.median(ys)), start + slope * every), 1)


def _distances(volume: Volume, shape: Shape, centres: NDArray[np.float64]) -> Map:
    """Return how far from the axis the last voxel of a shape lies, by height and direction; 0 for none."""
    angles = np.deg2rad(from_front())[:, None]
    along = np.arange(0, _FARTHEST, STEP / 3)
    result = np.zeros((shape.shape[0], DIRECTIONS), np.float32)
    for row, (y, x) in enumerate(centres):
        rows = np.rint((y - np.cos(angles) * along - volume.origin[1]) / STEP).astype(int)
        columns = np.rint((x + np.sin(angles) * along - volume.origin[0]) / STEP).astype(int)
        inside = (rows >= 0) & (rows < shape.shape[1]) & (columns >= 0) & (columns < shape.shape[2])
        hit = inside & shape[row, np.where(inside, rows, 0), np.where(inside, columns, 0)]
        last = along[hit.shape[1] - 1 - hit[:, ::-1].argmax(1)]
        result[row] = np.where(hit.any(1), last, 0)
    return result


def standing_out(skin: Map, reach: int) -> Map:
    """Return by how much the skin stands out from what is around it within so many directions to either side."""
    around = highest_around(lowest_around(skin, (0, reach)), (0, reach))
    return np.asarray(mean_around(skin - around, (0, 1)))


def _nose(skin: Map) -> tuple[int, int, float]:
    """Return the row and direction of the tip of the nose, and by how much it stands out."""
    out = standing_out(skin, _NOSE_REACH)
    lopsided = _lopsided(skin)
    front = np.abs(from_front()) <= _FRONT
    upright = mean_around(out, (_NOSE_HEIGHT, 1))
    likely = np.where(front, upright - lopsided, -np.inf)
    row, column = (int(each) for each in np.unravel_index(int(likely.argmax()), likely.shape))
    behind = np.abs(from_front()) > 180 - _FRONT
    opposite = upright[max(row - _BEHIND_ROWS, 0) : row + _BEHIND_ROWS + 1, behind].max()
    if upright[row, column] < _LEAST_NOSE or opposite > _BEHIND * upright[row, column]:
        raise unsure("no nose was found, by which the place of a face is known")
    if lopsided[column] > _LOPSIDED:
        raise unsure("the head is not the same left and right of what looks like a nose")
    near = np.zeros_like(out)
    part = (slice(max(row - 5, 0), row + 6), slice(column - 5, column + 6))
    near[part] = mean_around(out, (1, 3))[part]
    row, column = (int(each) for each in np.unravel_index(int(near.argmax()), near.shape))
    return row, column, float(near[row, column])


def _above_chin(likely: Map, row: int, column: int) -> tuple[int, int]:
    """Return the place that stands out far enough above another one: what was taken for the nose is the chin then."""
    above = likely[row + _CHIN_ROWS[0] : row + _CHIN_ROWS[1]]
    if not above.size or above.max() < _AS_CHIN * likely[row, column]:
        return row, column
    higher, column = (int(each) for each in np.unravel_index(int(above.argmax()), above.shape))
    return row + _CHIN_ROWS[0] + higher, column


def _lopsided(skin: Map) -> NDArray[np.float64]:
    """Return for each direction how much the two sides beside it differ, over all heights."""
    there = skin[np.median(skin, axis=1) > 0]
    differences = [np.abs(np.roll(there, -away, 1) - np.roll(there, away, 1)) for away in range(*_ASIDE)]
    return np.asarray(np.mean([np.mean(each, axis=0) for each in differences], axis=0))


def _beyond_edge(core: Map, row: int, out: float, scale: float) -> tuple[float, float]:
    """Return how much lower and farther from the axis the tip is than the picture shows; 0 where it is in it."""
    front = np.median(core[:, np.abs(from_front()) < _FRONT], axis=1)
    lowest = int((front > 0.5 * np.median(front)).argmax())
    missing = max(_WHOLE_NOSE * scale - out, 0.0)
    return (missing / _STEEP, missing) if row - lowest < _AT_EDGE else (0.0, 0.0)


def _width(core: Map, row: int) -> float:
    """Return the usual width of a head from the nose upwards, without its ears."""
    without_ears = lowest_around(core, (0, _EAR_REACH))
    left, right = DIRECTIONS // 4, 3 * DIRECTIONS // 4
    widths = without_ears[row : row + round(60 / STEP), left] + without_ears[row : row + round(60 / STEP), right]
    width = float(np.median(widths))
    if not _NARROWEST <= width <= _WIDEST:
        raise unsure("what the series shows has not the size of a head")
    return width
