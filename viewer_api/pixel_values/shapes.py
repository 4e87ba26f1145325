"""Regions in image coordinates (PS3.3 C.18.6.1.1): the upper left corner of the first pixel is 0,0, its centre 0.5,0.5.

A pixel belongs to a region when its centre lies in it. Areas and lengths are those of the shape itself, in pixels of a
width and a height that may differ.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from config.errors import Malformed

Kind = Literal["rectangle", "ellipse", "polygon", "line"]
KINDS: tuple[Kind, ...] = ("rectangle", "ellipse", "polygon", "line")
MOST_CORNERS = 500
_FARTHEST = 1e5

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Shape:
    """A region by its corners: column and row; of an ellipse the box around it, of a line its two or more points."""

    kind: Kind
    points: tuple[Point, ...]

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Return the left, top, right and bottom edges."""
        columns, rows = [x for x, _ in self.points], [y for _, y in self.points]
        return min(columns), min(rows), max(columns), max(rows)

    def area(self, width: float, height: float) -> float:
        """Return the area for pixels of a width and a height; a line has none."""
        left, top, right, bottom = self.box
        if self.kind == "ellipse":
            return math.pi / 4 * (right - left) * (bottom - top) * width * height
        if self.kind == "line":
            return 0.0
        return abs(sum(x * y2 - x2 * y for (x, y), (x2, y2) in pairwise(self._closed()))) / 2 * width * height

    def length(self, width: float, height: float) -> float:
        """Return the length of a line or the way around another shape; an ellipse's by Ramanujan's second formula."""
        if self.kind == "ellipse":
            left, top, right, bottom = self.box
            a, b = (right - left) * width / 2, (bottom - top) * height / 2
            h = ((a - b) / (a + b)) ** 2
            return math.pi * (a + b) * (1 + 3 * h / (10 + math.sqrt(4 - 3 * h)))
        way = self.points if self.kind == "line" else self._closed()
        return sum(math.hypot((x2 - x) * width, (y2 - y) * height) for (x, y), (x2, y2) in pairwise(way))

    def mask(self, rows: int, columns: int) -> NDArray[np.bool_]:
        """Return rows x columns: which pixels belong to the shape; to a line those that it runs through."""
        if self.kind == "line":
            return _along(self.points, rows, columns)
        x, y = np.arange(columns) + 0.5, (np.arange(rows) + 0.5)[:, None]
        left, top, right, bottom = self.box
        if self.kind == "rectangle":
            return np.asarray((x >= left) & (x < right) & (y >= top) & (y < bottom))
        if self.kind == "ellipse":
            across, down = (x - (left + right) / 2) * 2 / (right - left), (y - (top + bottom) / 2) * 2 / (bottom - top)
            return np.asarray(across**2 + down**2 <= 1)
        inside = np.zeros((rows, columns), bool)
        for (x1, y1), (x2, y2) in pairwise(self._closed()):
            if y1 != y2:
                crossed = (y1 > y) != (y2 > y)
                inside ^= crossed & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
        return inside

    def _closed(self) -> Sequence[Point]:
        left, top, right, bottom = self.box
        corners = self.points
        if self.kind == "rectangle":
            corners = ((left, top), (right, top), (right, bottom), (left, bottom))
        return (*corners, corners[0])


def parse_shape(given: Mapping[str, str]) -> Shape:
    """Read the one shape that is given.

    `rectangle` and `ellipse` are left,top,right,bottom; `polygon` and `line` are x,y,x,y and so on.

    Raises:
        Malformed: none or several shapes, or one that cannot be read or has no extent.
    """
    named = [kind for kind in KINDS if given.get(kind)]
    if len(named) != 1:
        raise Malformed(f"name one region: {', '.join(KINDS)}")
    kind = named[0]
    try:
        numbers = [float(part) for part in given[kind].split(",")]
    except ValueError:
        raise Malformed(f"{kind} holds something that is no number") from None
    if not all(math.isfinite(number) and abs(number) <= _FARTHEST for number in numbers):
        raise Malformed(f"{kind} reaches too far")
    if len(numbers) % 2 or not _FEWEST[kind](len(numbers) // 2):
        raise Malformed(f"{kind} has {_WORDS[kind]}")
    shape = Shape(kind, tuple(zip(numbers[::2], numbers[1::2], strict=True)))
    if kind == "line":
        if shape.length(1, 1) == 0:
            raise Malformed("the line has no length")
    elif shape.area(1, 1) == 0:
        raise Malformed(f"the {kind} has no area")
    return shape


_FEWEST: Mapping[Kind, Callable[[int], bool]] = {
    "rectangle": lambda points: points == 2,
    "ellipse": lambda points: points == 2,
    "polygon": lambda points: 3 <= points <= MOST_CORNERS,
    "line": lambda points: 2 <= points <= MOST_CORNERS,
}
_WORDS: Mapping[Kind, str] = {
    "rectangle": "four numbers: left,top,right,bottom",
    "ellipse": "four numbers: left,top,right,bottom of the box around it",
    "polygon": f"three to {MOST_CORNERS} corners: x,y,x,y,x,y",
    "line": f"two to {MOST_CORNERS} points: x,y,x,y",
}


def _along(points: Sequence[Point], rows: int, columns: int) -> NDArray[np.bool_]:
    """Return the pixels that a way runs through, looked at four times a pixel."""
    through = np.zeros((rows, columns), bool)
    for (x1, y1), (x2, y2) in pairwise(points):
        steps = int(4 * max(abs(x2 - x1), abs(y2 - y1))) + 2
        x: NDArray[Any] = np.floor(np.linspace(x1, x2, steps)).astype(int)
        y: NDArray[Any] = np.floor(np.linspace(y1, y2, steps)).astype(int)
        known = (x >= 0) & (x < columns) & (y >= 0) & (y < rows)
        through[y[known], x[known]] = True
    return through
