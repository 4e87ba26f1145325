"""Boxes in an image: columns and rows counted from 0 at the upper left corner, as in (0018,6018) of PS3.3 C.8.5.5."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

LARGEST = 1 << 16


@dataclass(frozen=True, slots=True, order=True)
class Box:
    """Be a rectangle of whole pixels; it is never empty."""

    x: int
    y: int
    width: int
    height: int

    def __post_init__(self) -> None:
        if not (0 <= self.x < LARGEST and 0 <= self.y < LARGEST):
            raise ValueError("a box begins inside the image")
        if not (0 < self.width <= LARGEST and 0 < self.height <= LARGEST):
            raise ValueError("a box has a width and a height")

    @property
    def right(self) -> int:
        """Return the first column that is no more in the box."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """Return the first row that is no more in the box."""
        return self.y + self.height

    @property
    def area(self) -> int:
        return self.width * self.height


def parse_box(text: str) -> Box:
    """Return the box that `x,y,width,height` describes; raises ValueError for anything else."""
    parts = text.split(",")
    if len(parts) != 4 or not all(part.strip().isdecimal() and len(part.strip()) <= 5 for part in parts):
        raise ValueError("a box is four whole numbers: x,y,width,height")
    return Box(*(int(part) for part in parts))


def clipped(boxes: Iterable[Box], columns: int, rows: int) -> tuple[Box, ...]:
    """Return the parts of boxes that lie inside an image, sorted and each once."""
    inside = {
        Box(box.x, box.y, min(box.right, columns) - box.x, min(box.bottom, rows) - box.y)
        for box in boxes
        if box.x < columns and box.y < rows
    }
    return tuple(sorted(inside))


def grown(box: Box, by: int) -> Box:
    """Return a box that is larger on each side, but never beyond the upper left corner."""
    x, y = max(0, box.x - by), max(0, box.y - by)
    return Box(x, y, box.right + by - x, box.bottom + by - y)


def shared(one: Box, other: Box) -> int:
    """Return how many pixels two boxes have in common."""
    across = min(one.right, other.right) - max(one.x, other.x)
    down = min(one.bottom, other.bottom) - max(one.y, other.y)
    return max(across, 0) * max(down, 0)


def on_grid(box: Box, across: int, down: int) -> Box:
    """Return the smallest box around a box that begins and ends at multiples of a grid."""
    x, y = box.x // across * across, box.y // down * down
    return Box(x, y, -(-box.right // across) * across - x, -(-box.bottom // down) * down - y)


def outside(regions: Iterable[Box], columns: int, rows: int) -> tuple[Box, ...]:
    """Return boxes that cover an image but for the regions, and nothing of them."""
    kept = clipped(regions, columns, rows)
    edges = sorted({0, rows, *(box.y for box in kept), *(box.bottom for box in kept)})
    found: list[Box] = []
    for top, bottom in pairwise(edges):
        spans = sorted((box.x, box.right) for box in kept if box.y <= top and box.bottom >= bottom)
        at = 0
        for begin, end in [*spans, (columns, columns)]:
            if begin > at:
                found.append(Box(at, top, begin - at, bottom - top))
            at = max(at, end)
    return tuple(found)
