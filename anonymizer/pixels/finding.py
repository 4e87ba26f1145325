"""Find all text of one frame, two ways: a finder of text on the whole, and the screening for what that overlooks.

What the finder finds is text in whatever script, and goes unless it is read as a mark. What only the screening finds is
read, upright and turned by a quarter, and goes where it says something. A box that is larger than text can be and is
read as text is unsure: a person looks.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from anonymizer.pixels.box import Box, clipped, grown
from anonymizer.pixels.marks import is_mark
from anonymizer.pixels.screening import CLEAR, text_candidates
from anonymizer.pixels.text_reading import TextFound, find_lines, read_line
from anonymizer.pixels.verification import mask_of
from anonymizer.pixels.view import Grey

READ = 0.6  # from here on a reading of strokes in a row is text
WIDEST_MARK = 8  # times its height; what is wider is no mark, and need not be read
LARGEST_SHARE = 0.15  # of an image, that one piece of text may be
LEAST_LETTERS = 3  # in strokes that only the screening found: on noise a reader sees one letter or two
_LETTERS_BY_HEIGHT = 0.6  # so many letters at least in a row as wide as it is high
_MARGIN = 3  # pixels: what an encoder smears around letters
_COVERED = 0.6


@dataclass(frozen=True, slots=True)
class Found:
    """Be the text of a frame: what is to be blacked, what stays as a mark, and whether that is unsure."""

    boxes: tuple[Box, ...]
    marks: tuple[Box, ...]
    unsure: bool


def find_text(views: tuple[Grey, ...], *, whole: bool = True) -> Found:
    """Find the text in pictures of one frame.

    Without `whole` only clear and upright writing that the screening finds is read: enough for what changes in a film
    of which other frames are looked at as a whole. Where that is larger than text can be, the whole is read after all.
    """
    rows, columns = views[0].shape
    boxes: set[Box] = set()
    marks: set[Box] = set()
    unsure = False
    for view in views:
        candidates = text_candidates(view) if whole else text_candidates(view, (CLEAR,))
        large = [candidate for candidate in candidates if candidate.area > LARGEST_SHARE * view.size]
        for box in find_lines(view) if whole or large else ():
            if box.area > LARGEST_SHARE * view.size:
                unsure = unsure or _is_text(view, box)
            else:
                (marks if _is_mark(view, box) else boxes).add(box)
        for candidate in candidates:
            if not _covers((*boxes, *marks), candidate):
                _add(view, candidate, candidate, boxes, marks)
        unsure = unsure or any(not _covers((*boxes, *marks), box) and _is_text(view, box) for box in large)
        for candidate in text_candidates(np.ascontiguousarray(np.rot90(view))) if whole else ():
            upright = Box(columns - candidate.bottom, candidate.x, candidate.height, candidate.width)
            if not _covers((*boxes, *marks), upright):
                for turns in (1, 3):
                    turned = candidate if turns == 1 else _half_turned(candidate, rows, columns)
                    seen = np.ascontiguousarray(np.rot90(view, turns))
                    unsure = unsure or (candidate.area > LARGEST_SHARE * view.size and _is_text(seen, turned))
                    _add(seen, turned, upright, boxes, marks)
    blacked = clipped((grown(box, _MARGIN) for box in boxes), columns, rows)
    # A mark of which a part goes would say something else: it goes as a whole.
    cut = tuple(mark for mark in marks if any(_overlap(mark, box) for box in blacked))
    return Found(clipped((*blacked, *cut), columns, rows), clipped(marks - set(cut), columns, rows), unsure)


def _half_turned(box: Box, columns: int, rows: int) -> Box:
    """Return where a box lies when its picture, of so many columns and rows, is turned upside down."""
    return Box(columns - box.right, rows - box.bottom, box.width, box.height)


def _is_mark(view: Grey, box: Box) -> bool:
    if box.width > WIDEST_MARK * box.height:
        return False
    line = _read(view, box)
    return line is not None and is_mark(line.text, line.score)


def _is_text(view: Grey, box: Box) -> bool:
    line = _read(view, box)
    return line is not None and line.score >= READ and sum(map(str.isalnum, line.text)) >= LEAST_LETTERS


def _add(view: Grey, candidate: Box, upright: Box, boxes: set[Box], marks: set[Box]) -> None:
    """Read what the screening found in a view; text is added where it lies in the upright image.

    What is larger than text can be is not added: who asks looks whether it is unsure.
    """
    if candidate.area > LARGEST_SHARE * view.size:
        return
    line = _read(view, candidate)
    if line is None or line.score < READ:
        return
    letters = sum(symbol.isalnum() for symbol in line.text)
    if is_mark(line.text, line.score):
        marks.add(upright)
    elif letters >= max(LEAST_LETTERS, _LETTERS_BY_HEIGHT * candidate.width / candidate.height):
        boxes.add(upright)


def _read(view: Grey, box: Box) -> TextFound | None:
    crop = view[box.y : box.bottom, box.x : box.right]
    return _read_once(crop.tobytes(), crop.shape[1])


@lru_cache(maxsize=1024)
def _read_once(crop: bytes, columns: int) -> TextFound | None:
    """Read a line; what stands in many frames of a film is read once."""
    return read_line(np.frombuffer(crop, np.uint8).reshape(-1, columns))


def _overlap(one: Box, other: Box) -> bool:
    return one.x < other.right and other.x < one.right and one.y < other.bottom and other.y < one.bottom


def _covers(boxes: tuple[Box, ...], candidate: Box) -> bool:
    """Tell whether boxes cover most of a candidate."""
    near = [
        Box(max(box.x - candidate.x, 0), max(box.y - candidate.y, 0), right, bottom)
        for box in boxes
        if (right := min(box.right, candidate.right) - max(box.x, candidate.x)) > 0
        and (bottom := min(box.bottom, candidate.bottom) - max(box.y, candidate.y)) > 0
    ]
    return float(mask_of(near, candidate.width, candidate.height).mean()) >= _COVERED if near else False
