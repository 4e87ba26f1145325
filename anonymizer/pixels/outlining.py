"""Draw boxes around what a detector says is likely text: along a line of text, whichever way it runs.

The detector finds the middle of text; boxes are larger by what its training took away. Text that runs aslant or in a
curve is covered by several boxes along it, since one would cover much else, and could be as large as no text is.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anonymizer.pixels.box import Box, grown
from anonymizer.pixels.components import components

LIKELY, SURE = 0.3, 0.5  # of a pixel that belongs to text, and of all pixels of one text in the mean
_UNCLIPPED = 1.6  # so many times a text's area by its outline are added around
_LEAST_SIDE = 3
_ASLANT = 1.8  # times its thickness: where a text is higher than that, it does not run straight
_LINE, _LINE_SURE = 2, 0.7  # times its height: what is as long is a line, if it is so sure


@dataclass(frozen=True, slots=True)
class Outline:
    """Be one text: the boxes that cover it, how high its letters are at most, what of it was seen, and how surely."""

    boxes: tuple[Box, ...]
    height: float
    middle: Box
    sure: float

    @property
    def whole(self) -> Box:
        """Return the one box around all boxes."""
        left, top = min(box.x for box in self.boxes), min(box.y for box in self.boxes)
        return Box(left, top, max(box.right for box in self.boxes) - left, max(box.bottom for box in self.boxes) - top)


def outlined(likely: NDArray[np.float32]) -> list[Outline]:
    """Return the outlines of what is likely text in the detector's answer."""
    mask = likely > LIKELY
    mask[1:] |= mask[:-1]
    mask[:, 1:] |= mask[:, :-1]
    parts = components(mask)
    parts = parts.only((parts.width >= _LEAST_SIDE) & (parts.height >= _LEAST_SIDE))
    found = []
    for left, right, top, bottom in zip(parts.left, parts.right, parts.top, parts.bottom, strict=True):
        inside = slice(top, bottom + 1), slice(left, right + 1)
        text = mask[inside]
        sure = float(likely[inside][text].mean())
        if sure >= SURE:
            found.append(_outline(text, int(left), int(top), sure))
    return found


def is_line(text: Outline) -> bool:
    """Tell whether a text is surely a line of several letters, and not one, or a part of a large one."""
    return text.sure >= _LINE_SURE and max(text.whole.width, text.whole.height) >= _LINE * text.height


def _outline(text: NDArray[np.bool_], left: int, top: int, sure: float) -> Outline:
    rows, columns = text.shape
    across = columns >= rows
    long, short = max(rows, columns), min(rows, columns)
    thickness = float(text.sum()) / float(np.hypot(rows, columns))
    straight = short <= _ASLANT * thickness
    height = short if straight else thickness
    step = long if straight else max(round(1.5 * thickness), _LEAST_SIDE)
    more = round(_UNCLIPPED * long * height / (2 * (long + height))) + 1
    boxes = []
    for begin in range(0, long, step):
        part = text[:, begin : begin + step] if across else text[begin : begin + step]
        down, along = np.nonzero(part)
        if len(down):
            x, y = int(along.min()) + (begin if across else 0), int(down.min()) + (0 if across else begin)
            box = Box(left + x, top + y, int(np.ptp(along)) + 1, int(np.ptp(down)) + 1)
            boxes.append(grown(box, more))
    return Outline(tuple(boxes), height + 2 * more, grown(Box(left, top, columns, rows), 2), sure)
