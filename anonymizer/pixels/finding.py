"""Find all text of one frame: what a detector takes for text goes, unless it is a mark, or was drawn and not written.

A mark is read, and stays when it is listed. Ticks, arrows and traces stay where they stand by themselves. One text that
would cover a large part of the image is unsure: a person looks.
"""

from dataclasses import dataclass

from anonymizer.pixels.box import Box, clipped, grown
from anonymizer.pixels.detecting import HIGHEST_LETTER, LARGEST_SHARE, texts
from anonymizer.pixels.marks import is_mark
from anonymizer.pixels.outlining import Outline
from anonymizer.pixels.reading import is_read, read
from anonymizer.pixels.seen import Seen
from anonymizer.pixels.strokes import is_drawn
from anonymizer.pixels.view import Grey, clearest

WIDEST_MARK = 6  # times its height; what is wider is no mark, and need not be read
NARROWEST_LETTER = 0.9  # of a box's width by its height, that a letter of a mark fills at most
_MARGIN = 3  # pixels: what an encoder smears around letters


@dataclass(frozen=True, slots=True)
class Found:
    """Be the text of a frame: what is to be blacked, what stays as a mark, and whether that is unsure."""

    boxes: tuple[Box, ...]
    marks: tuple[Box, ...]
    unsure: bool


def find_text(views: tuple[Grey, ...], seen: Seen | None = None, *, apart: int = 0) -> Found:
    """Find the text in pictures of one frame; in the next frames of a film, what is not where it was before.

    Who hands in what was seen keeps the boxes that were found in earlier frames. A mark stays only so many pixels
    `apart` from what is blacked, for who blacks more than the boxes.
    """
    rows, columns = views[0].shape
    boxes: set[Box] = set()
    marks: set[Box] = set()
    drawn: set[Box] = set()
    unsure = False
    for text in texts(views, seen):
        box = clipped((text.whole,), columns, rows)[0]
        if text.height > HIGHEST_LETTER and not is_read(clearest(views, box), box):
            continue
        if sum(each.area for each in text.boxes) > LARGEST_SHARE * rows * columns:
            unsure = True
        elif _is_drawn(views, text):
            drawn.add(box)
        elif len(text.boxes) == 1 and _is_mark(clearest(views, box), box):
            marks.add(box)
        else:
            boxes.update(text.boxes)
    # A stroke beside text belongs to it: the letter I, a hyphen.
    boxes |= {stroke for stroke in drawn if any(_overlap(stroke, box) for box in boxes)}
    blacked = {grown(box, _MARGIN) for box in boxes}
    # A mark of which a part goes would say something else: it goes as a whole, and may then cut the next.
    while cut := {mark for mark in marks if any(_overlap(grown(mark, apart), box) for box in blacked)}:
        blacked |= cut
        marks -= cut
    return Found(clipped(blacked, columns, rows), clipped(marks, columns, rows), unsure)


def _is_drawn(views: tuple[Grey, ...], text: Outline) -> bool:
    rows, columns = views[0].shape
    middle = clipped((text.middle,), columns, rows)[0]
    return is_drawn(clearest(views, middle), middle, text.height)


def _is_mark(view: Grey, box: Box) -> bool:
    if box.width > WIDEST_MARK * box.height:
        return False
    line = read(view, box)
    if line is None or not is_mark(line.text, line.score):
        return False
    letters = len(line.text.replace(" ", ""))
    return letters >= NARROWEST_LETTER * box.width / box.height  # else more stands there than was read


def _overlap(one: Box, other: Box) -> bool:
    return one.x < other.right and other.x < one.right and one.y < other.bottom and other.y < one.bottom
