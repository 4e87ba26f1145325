"""Find all text of one frame: a detector looks wherever strokes stand out, and what it finds goes unless it is a mark.

The detector sees the contrast of each pixel with its surroundings, made stronger, and of several colours the strongest:
writing that is faint in the picture, or in one colour only, is clear to it. Where it takes something for text that is
higher than letters are, as it may the speckle of ultrasound, it is blind for the rest: there it looks once more, at
smaller parts. A box that is larger than text can be and is read as text is unsure: a person looks.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from anonymizer.pixels.box import Box, clipped, grown
from anonymizer.pixels.components import components
from anonymizer.pixels.contrast import MIDDLE, amplified, local_contrast, strongest
from anonymizer.pixels.marks import is_mark
from anonymizer.pixels.mosaic import Piece, Squares, canvases, halves, pixels_of, squares_with
from anonymizer.pixels.text_reading import TextFound, likely_text, read_line
from anonymizer.pixels.view import Grey

SURROUNDINGS = 8  # pixels to each side: more, and the shades of the anatomy are made stronger, too
LEAST_CONTRAST = 10  # of 255: what differs less from what is around it is not looked at
NO_CHANGE = 12  # of 255, in strong contrasts: what changed less between two frames is the same
LIKELY, SURE = 0.3, 0.5  # of a pixel that belongs to text, and of all pixels of one text in the mean
_UNCLIPPED = 1.6  # the detector finds the middle of text: so many times its area by its outline are added around
READ = 0.6  # from here on a reading is text
WIDEST_MARK = 6  # times its height; what is wider is no mark, and need not be read
NARROWEST_LETTER = 0.9  # of a box's width by its height, that a letter of a mark fills at most
LARGEST_SHARE = 0.15  # of an image, that one piece of text may be
HIGHEST_LETTER = 96  # pixels
SMALL = 10  # squares to each side
LEAST_LETTERS = 3
_MARGIN = 3  # pixels: what an encoder smears around letters
_LEAST_SIDE = 3


@dataclass(frozen=True, slots=True)
class Found:
    """Be the text of a frame: what is to be blacked, what stays as a mark, and whether that is unsure."""

    boxes: tuple[Box, ...]
    marks: tuple[Box, ...]
    unsure: bool


@dataclass(slots=True)
class Seen:
    """Remember what was looked at in a film, so that of the next frame only what changed is looked at."""

    picture: Grey | None = None

    def changed(self, picture: Grey) -> NDArray[np.bool_]:
        """Return where a frame is not as it was when that place was last looked at."""
        if self.picture is None or self.picture.shape != picture.shape:
            self.picture = np.full(picture.shape, MIDDLE, np.uint8)
        return np.asarray(np.abs(picture.astype(np.int16) - self.picture) > NO_CHANGE)

    def looked_at(self, picture: Grey, where: Squares) -> None:
        """Remember a frame in the squares that were looked at."""
        inside = pixels_of(where, picture.shape)
        self.picture = np.where(inside, picture, picture if self.picture is None else self.picture)


def find_text(views: tuple[Grey, ...], seen: Seen | None = None, *, apart: int = 0) -> Found:
    """Find the text in pictures of one frame; in the next frames of a film, what is not where it was before.

    Who hands in what was seen keeps the boxes that were found in earlier frames. A mark stays only so many pixels
    `apart` from what is blacked, for who blacks more than the boxes.
    """
    rows, columns = views[0].shape
    boxes: set[Box] = set()
    marks: set[Box] = set()
    unsure = False
    for box in _look(views, seen):
        view = _clearest(views, box)
        if _is_huge(box) and not _is_text(view, box):
            continue
        if box.area > LARGEST_SHARE * view.size:
            unsure = True
        else:
            (marks if _is_mark(view, box) else boxes).add(box)
    blacked = {grown(box, _MARGIN) for box in boxes}
    # A mark of which a part goes would say something else: it goes as a whole, and may then cut the next.
    while cut := {mark for mark in marks if any(_overlap(grown(mark, apart), box) for box in blacked)}:
        blacked |= cut
        marks -= cut
    return Found(clipped(blacked, columns, rows), clipped(marks, columns, rows), unsure)


def _look(views: tuple[Grey, ...], seen: Seen | None) -> list[Box]:
    """Return boxes around what may be text in a frame, huge ones among them."""
    contrast = strongest([local_contrast(view, SURROUNDINGS) for view in views])
    wanted = squares_with(np.abs(contrast) > LEAST_CONTRAST)
    picture = amplified(contrast)
    if seen is not None:
        wanted &= squares_with(seen.changed(picture))
        seen.looked_at(picture, wanted)
    found: list[Box] = []
    for canvas, pieces in canvases(picture, wanted, MIDDLE):
        boxes = _boxes(likely_text(canvas))
        found += _placed(boxes, pieces, picture)
        if any(_is_huge(box) for box in boxes):
            found += [box for piece in pieces for box in _closer(views[0], picture, piece)]
    return list(dict.fromkeys(found))


def _clearest(views: tuple[Grey, ...], box: Box) -> Grey:
    """Return the view in which the values in a box differ most."""
    return max(views, key=lambda view: float(view[box.y : box.bottom, box.x : box.right].std()))


def _closer(view: Grey, picture: Grey, piece: Piece) -> list[Box]:
    """Look at the halves of a piece: what is taken for one huge text hides the text beside it.

    Where that is so in a small part, too, its contrasts mislead, and it is looked at as it is.
    """
    if max(piece.rows, piece.columns) <= SMALL:
        return _placed(_boxes(likely_text(piece.of(view, 0))), [piece], view)
    found: list[Box] = []
    for half in halves(piece):
        boxes = _boxes(likely_text(half.of(picture, MIDDLE)))
        found += _placed(boxes, [half], view)
        if any(_is_huge(box) for box in boxes):
            found += _closer(view, picture, half)
    return found


def _placed(boxes: list[Box], pieces: list[Piece], view: Grey) -> list[Box]:
    return [placed for box in boxes for piece in pieces if (placed := piece.place(box, view.shape))]


def _is_huge(box: Box) -> bool:
    return min(box.width, box.height) > HIGHEST_LETTER


def _boxes(likely: NDArray[np.float32]) -> list[Box]:
    """Return boxes around what is likely text in the detector's answer."""
    mask = likely > LIKELY
    mask[1:] |= mask[:-1]
    mask[:, 1:] |= mask[:, :-1]
    parts = components(mask)
    parts = parts.only((parts.width >= _LEAST_SIDE) & (parts.height >= _LEAST_SIDE))
    found = []
    for left, right, top, bottom in zip(parts.left, parts.right, parts.top, parts.bottom, strict=True):
        inside = slice(top, bottom + 1), slice(left, right + 1)
        if likely[inside][mask[inside]].mean() >= SURE:
            width, height = int(right - left + 1), int(bottom - top + 1)
            more = round(_UNCLIPPED * width * height / (2 * (width + height))) + 1
            found.append(grown(Box(int(left), int(top), width, height), more))
    return found


def _is_mark(view: Grey, box: Box) -> bool:
    if box.width > WIDEST_MARK * box.height:
        return False
    line = _read(view, box)
    if line is None or not is_mark(line.text, line.score):
        return False
    letters = len(line.text.replace(" ", ""))
    return letters >= NARROWEST_LETTER * box.width / box.height  # else more stands there than was read


def _is_text(view: Grey, box: Box) -> bool:
    line = _read(view, box)
    return line is not None and line.score >= READ and sum(map(str.isalnum, line.text)) >= LEAST_LETTERS


def _read(view: Grey, box: Box) -> TextFound | None:
    crop = view[box.y : box.bottom, box.x : box.right]
    return _read_once(crop.tobytes(), crop.shape[1])


@lru_cache(maxsize=1024)
def _read_once(crop: bytes, columns: int) -> TextFound | None:
    """Read a line; what stands in many frames of a film is read once."""
    return read_line(np.frombuffer(crop, np.uint8).reshape(-1, columns))


def _overlap(one: Box, other: Box) -> bool:
    return one.x < other.right and other.x < one.right and one.y < other.bottom and other.y < one.bottom
