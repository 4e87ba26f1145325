"""Look at a frame with the detector of text, so that nothing in it hides the writing.

The detector sees the contrast of each pixel with its surroundings, evened out: writing that is faint in the picture, or
in one colour only, is clear to it. It sees small pieces, since in a large one that is mostly speckle it is blind for
the rest; where it takes even a piece for one text, it sees that as it is. What it is not sure of it sees once more, and
the whole made smaller, for letters that are larger than a piece shows.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from anonymizer.pixels.answering import Likely, answer, without_blobs
from anonymizer.pixels.box import Box, clipped
from anonymizer.pixels.contrast import MIDDLE, evened, local_contrast, strongest
from anonymizer.pixels.looking_closer import look_closer
from anonymizer.pixels.mosaic import Squares, pieces, pixels_of, squares_near, squares_with, with_neighbours
from anonymizer.pixels.outlining import Outline, outlined
from anonymizer.pixels.strokes import is_crossed, is_written
from anonymizer.pixels.text_reading import GRID
from anonymizer.pixels.view import Grey

SURROUNDINGS = 8  # pixels to each side: more, and the shades of the anatomy are made stronger, too
LEAST_CONTRAST = 10  # of 255: what differs less from what is around it is not looked at
NO_CHANGE = 12  # of 255, in evened contrasts: what changed less between two frames is the same
CLEAR, _RATHER_CLEAR = 0.85, 0.82  # how sure text is, of which less need be told by its strokes
_HIGH = (30, 48)  # pixels: larger letters must have some strokes, and still larger ones many
_CERTAIN = 0.6  # of text of the first of these heights
_ASLANT_SURE = 0.57  # of text that runs aslant, or is still larger
_EDGE = 16  # pixels of nothing around a picture: the detector misses what begins where its own picture does
_SMALLER = 4  # times: the picture in which large letters are looked for
_LARGE = 36  # pixels: the least height of text that counts there
_NEAR, _FAR = 0, 1  # the pictures of a frame: as it is, and smaller


@dataclass(slots=True)
class Seen:
    """Remember what was looked at in a film, so that of the next frame only what changed is looked at."""

    pictures: dict[int, Grey] = field(default_factory=dict)

    def changed(self, which: int, picture: Grey) -> NDArray[np.bool_]:
        """Return where a picture of a frame is not as it was when that place was last looked at."""
        known = self.pictures.get(which)
        if known is None or known.shape != picture.shape:
            known = self.pictures[which] = np.full(picture.shape, MIDDLE, np.uint8)
        return np.asarray(np.abs(picture.astype(np.int16) - known) > NO_CHANGE)

    def looked_at(self, which: int, picture: Grey, where: NDArray[np.bool_]) -> None:
        """Remember a picture of a frame in the places that were looked at."""
        self.pictures[which] = np.where(where, picture, self.pictures[which])


def texts(views: tuple[Grey, ...], seen: Seen | None) -> list[Outline]:
    """Return the outlines of what is likely text in the views of a frame; in a film, of what changed."""
    found = outlined(_looked_at(views, seen))
    large = [text for text in _large(views, seen) if not any(_is_part(each, text) for each in found)]
    return [*large, *(text for text in found if _is_text(views, text, large))]


def clearest(views: tuple[Grey, ...], box: Box) -> Grey:
    """Return the view in which the values in a box differ most."""
    return max(views, key=lambda view: float(view[box.y : box.bottom, box.x : box.right].std()))


def _looked_at(views: tuple[Grey, ...], seen: Seen | None) -> Likely:
    """Return how likely each pixel of a frame is text, where there are strokes."""
    contrast = strongest([local_contrast(view, SURROUNDINGS) for view in views])
    picture = evened(contrast)
    wanted = squares_near(np.pad(np.abs(contrast) > LEAST_CONTRAST, _EDGE))
    if seen is not None:
        wanted &= with_neighbours(squares_with(np.pad(seen.changed(_NEAR, picture), _EDGE)))
        seen.looked_at(_NEAR, picture, _inside(pixels_of(wanted), picture.shape))
    framed = np.pad(picture, _EDGE, constant_values=MIDDLE)
    likely = _in_pieces(framed, views[0], wanted)[: framed.shape[0], : framed.shape[1]]
    look_closer(likely, framed, np.pad(contrast, _EDGE))
    return _inside(likely, picture.shape)


def _in_pieces(framed: Grey, view: Grey, wanted: Squares) -> Likely:
    likely = np.zeros((wanted.shape[0] * GRID, wanted.shape[1] * GRID), np.float32)
    as_it_is = None
    for piece in pieces(wanted):
        said, blind = without_blobs(answer(piece.of(framed, MIDDLE)))
        if blind:
            as_it_is = np.pad(view, _EDGE, mode="edge") if as_it_is is None else as_it_is
            said = np.maximum(said, without_blobs(answer(piece.of(as_it_is, 0)))[0])
        likely[piece.place] = np.maximum(likely[piece.place], said)
    return likely


def _inside(framed: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    return framed[_EDGE : _EDGE + shape[0], _EDGE : _EDGE + shape[1]]


def _large(views: tuple[Grey, ...], seen: Seen | None) -> Iterator[Outline]:
    """Yield the outlines of large text, which is looked for in the frame made smaller."""
    rows, columns = views[0].shape
    size = max(columns // _SMALLER, 1), max(rows // _SMALLER, 1)
    small = tuple(np.asarray(Image.fromarray(view).resize(size, Image.Resampling.BOX)) for view in views)
    picture = evened(strongest([local_contrast(view, SURROUNDINGS) for view in small]))
    if seen is not None:
        changed = seen.changed(_FAR, picture)
        seen.looked_at(_FAR, picture, changed)
        if not changed.any():
            return
    for text in outlined(answer(picture)):
        middle = clipped((text.middle,), size[0], size[1])[0]
        high = _SMALLER * text.height >= _LARGE and text.sure >= CLEAR
        if high and is_written(clearest(small, middle), middle, text.height, clear=True):
            larger = clipped((_times(box, _SMALLER) for box in text.boxes), columns, rows)
            yield Outline(larger, _SMALLER * text.height, _times(text.middle, _SMALLER), text.sure)


def _is_part(text: Outline, large: Outline) -> bool:
    """Tell whether what was taken for large text has this in it, and so is many small ones."""
    return 2 * text.height < large.height and 2 * _shared(text.whole, large.whole) > text.whole.area


def _is_text(views: tuple[Grey, ...], text: Outline, large: list[Outline]) -> bool:
    """Tell whether text that runs aslant is sure enough, and high text the same as large text, or of such strokes."""
    if len(text.boxes) > 1 and text.sure < _ASLANT_SURE:
        return False
    if text.height <= _HIGH[0]:
        return True
    rows, columns = views[0].shape
    box = clipped((text.whole,), columns, rows)[0]
    if any(other.height <= 2 * text.height and 2 * _shared(box, other.whole) > box.area for other in large):
        return True
    rather_clear = text.sure >= _RATHER_CLEAR
    crossed = text.sure >= _CERTAIN and any(is_crossed(view, box, text.height) for view in views)
    if text.height <= _HIGH[1]:
        return crossed or rather_clear
    clear = text.sure >= CLEAR
    written = text.sure >= _ASLANT_SURE and is_written(clearest(views, box), box, text.height, clear=clear)
    return written or (crossed and rather_clear)


def _shared(one: Box, other: Box) -> int:
    across = min(one.right, other.right) - max(one.x, other.x)
    down = min(one.bottom, other.bottom) - max(one.y, other.y)
    return max(across, 0) * max(down, 0)


def _times(box: Box, factor: int) -> Box:
    return Box(factor * box.x, factor * box.y, factor * box.width, factor * box.height)
