"""Look at a frame made smaller, where writing hangs together that close by falls to pieces.

Letters of separate dots, of seven strokes as on a clock, or by hand are many small things to a detector that sees them
close by: at half the size, and a little blurred, their parts touch. Still larger letters are more than a piece of a
frame shows: at a quarter of the size they are small. What is seen there has to be surer than what is seen close by, or
to be readable, and to cross as many strokes as writing does; and at half the size, where grain and single things look
like letters, too, to be a line.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from anonymizer.pixels.answering import Likely, answer
from anonymizer.pixels.box import Box, clipped, shared
from anonymizer.pixels.contrast import MIDDLE
from anonymizer.pixels.mosaic import pieces
from anonymizer.pixels.outlining import Outline, is_line, outlined
from anonymizer.pixels.outstanding import Outstanding, outstanding, smaller
from anonymizer.pixels.reading import SURELY_READ, is_read
from anonymizer.pixels.seen import Seen
from anonymizer.pixels.strokes import is_written
from anonymizer.pixels.text_reading import GRID
from anonymizer.pixels.view import Grey, clearest


@dataclass(frozen=True, slots=True)
class Distance:
    """Be how many times smaller a frame is seen, blurred by how many pixels, and what is text there.

    That is how sure it has to be by itself, and where it can be read, too; how high; and how long for that.
    """

    times: int
    smeared: float
    sure: float
    sure_when_read: float
    height: float
    long: float


_WITHIN = 0.9  # of a text by its area, that is within another: then that is the same
DISTANCES = (Distance(2, 0.75, 0.75, 0.6, 0, 1.4), Distance(4, 0, 0.85, 0.85, 36, 0))


def from_afar(views: tuple[Grey, ...], seen: Seen | None, near: list[Outline]) -> Iterator[Outline]:
    """Yield the outlines of text that is seen in a frame made smaller; in a film, of what changed.

    What is a part of one text that was seen `near` is left out. What is not sure by itself is read, where no line of
    such text stands.
    """
    rows, columns = views[0].shape
    for distance in DISTANCES:
        small = smaller(views, distance.times, distance.smeared)
        for text in outlined(_likely(outstanding(small, distance.times, seen))):
            larger = _enlarged(text, distance.times, columns, rows)
            if not _may_be_text(small, text, distance) or any(_is_within(larger, each) for each in near):
                continue
            if text.sure >= distance.sure or (not _holds(larger, near) and _is_read(views, larger)):
                yield larger


def _likely(found: Outstanding) -> Likely:
    likely = np.zeros((found.wanted.shape[0] * GRID, found.wanted.shape[1] * GRID), np.float32)
    for piece in pieces(found.wanted, largest=max(found.wanted.shape)):
        likely[piece.place] = answer(piece.of(found.picture, MIDDLE))
    return found.inside(likely)


def _may_be_text(small: tuple[Grey, ...], text: Outline, distance: Distance) -> bool:
    if text.sure < distance.sure_when_read or distance.times * text.height < distance.height:
        return False
    short, long = sorted((text.whole.width, text.whole.height))
    if long < distance.long * short:
        return False
    rows, columns = small[0].shape
    middle = clipped((text.middle,), columns, rows)[0]
    return is_written(clearest(small, middle), middle, text.height, clear=True)


def _is_within(text: Outline, other: Outline) -> bool:
    return len(other.boxes) == 1 and shared(text.middle, other.whole) > _WITHIN * text.middle.area


def _holds(text: Outline, near: list[Outline]) -> bool:
    lines = (each.whole for each in near if is_line(each))
    return any(2 * shared(line, text.whole) > line.area for line in lines)


def _is_read(views: tuple[Grey, ...], text: Outline) -> bool:
    rows, columns = views[0].shape
    box = clipped((text.whole,), columns, rows)[0]
    return is_read(clearest(views, box), box, SURELY_READ)


def _enlarged(text: Outline, times: int, columns: int, rows: int) -> Outline:
    boxes = clipped((_times(box, times) for box in text.boxes), columns, rows)
    return Outline(boxes, times * text.height, _times(text.middle, times), text.sure)


def _times(box: Box, factor: int) -> Box:
    return Box(factor * box.x, factor * box.y, factor * box.width, factor * box.height)
