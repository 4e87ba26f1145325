"""Look at a frame with the detector of text, so that nothing in it hides the writing.

The detector sees the contrast of each pixel with its surroundings, evened out: writing that is faint in the picture, or
in one colour only, is clear to it. It sees small pieces, since in a large one that is mostly speckle it is blind for
the rest; where it takes even a piece for one text, it sees that as it is. What it is not sure of it sees once more, and
the whole made smaller, for letters that are larger than a piece shows, or that close by fall to pieces.
"""

import numpy as np

from anonymizer.pixels.answering import Likely, answer, without_blobs
from anonymizer.pixels.box import clipped, shared
from anonymizer.pixels.contrast import MIDDLE
from anonymizer.pixels.looking_closer import look_closer
from anonymizer.pixels.mosaic import pieces
from anonymizer.pixels.outlining import Outline, is_line, outlined
from anonymizer.pixels.outstanding import Outstanding, outstanding
from anonymizer.pixels.seen import Seen
from anonymizer.pixels.standing_back import from_afar
from anonymizer.pixels.strokes import is_crossed, is_written
from anonymizer.pixels.text_reading import GRID
from anonymizer.pixels.view import Grey, clearest

LARGEST_SHARE = 0.15  # of an image, that one piece of text may be
HIGHEST_LETTER = 96  # pixels
CLEAR, _RATHER_CLEAR = 0.85, 0.82  # how sure text is, of which less need be told by its strokes
_HIGH = (30, 48)  # pixels: larger letters must have some strokes, and still larger ones many
_CERTAIN = 0.6  # of text of the first of these heights
_ASLANT_SURE = 0.57  # of text that runs aslant, or is still larger
_MANY = 0.3  # of large text, that is lines of small ones: then it is those
_SHOWN = 0.9  # of such text, that is seen as lines


def texts(views: tuple[Grey, ...], seen: Seen | None) -> list[Outline]:
    """Return the outlines of what is likely text in the views of a frame; in a film, of what changed."""
    found = outlined(_looked_at(views, seen))
    most = LARGEST_SHARE * views[0].size
    near = [text for text in found if _is_text(views, text, []) and not _is_too_large(text, most)]
    lines = [text for text in found if is_line(text)]
    large = [text for text in from_afar(views, seen, near) if not _is_many(text, lines)]
    rest = [text for text in found if text not in near and _is_text(views, text, large)]
    return [*large, *near, *(text for text in rest if not _is_shown(text, large))]


def _looked_at(views: tuple[Grey, ...], seen: Seen | None) -> Likely:
    """Return how likely each pixel of a frame is text, where there are strokes."""
    found = outstanding(views, 1, seen)
    rows, columns = found.picture.shape
    likely = _in_pieces(found, views[0])[:rows, :columns]
    look_closer(likely, found.picture, found.contrast)
    return found.inside(likely)


def _in_pieces(found: Outstanding, view: Grey) -> Likely:
    likely = np.zeros((found.wanted.shape[0] * GRID, found.wanted.shape[1] * GRID), np.float32)
    as_it_is = None
    for piece in pieces(found.wanted):
        said, blind = without_blobs(answer(piece.of(found.picture, MIDDLE)))
        if blind:
            as_it_is = np.pad(view, found.edge, mode="edge") if as_it_is is None else as_it_is
            said = np.maximum(said, without_blobs(answer(piece.of(as_it_is, 0)))[0])
        likely[piece.place] = np.maximum(likely[piece.place], said)
    return likely


def _is_many(large: Outline, lines: list[Outline]) -> bool:
    """Tell whether what was taken for large text is mostly lines of small text, and not a few parts of its letters."""
    small = [line.whole for line in lines if 2 * line.height < large.height]
    inside = (both for line in small if 2 * (both := shared(line, large.whole)) > line.area)
    return sum(inside) > _MANY * large.whole.area


def _is_too_large(text: Outline, most: float) -> bool:
    return text.height > HIGHEST_LETTER or sum(box.area for box in text.boxes) > most


def _is_shown(text: Outline, large: list[Outline]) -> bool:
    """Tell whether very high text is seen better as lines of large text."""
    seen = sum(shared(text.middle, line.whole) for line in large if line.height < text.height)
    return text.height > _HIGH[1] and seen > _SHOWN * text.middle.area


def _is_text(views: tuple[Grey, ...], text: Outline, large: list[Outline]) -> bool:
    """Tell whether text that runs aslant is sure enough, and high text the same as large text, or of such strokes."""
    if len(text.boxes) > 1 and text.sure < _ASLANT_SURE:
        return False
    if text.height <= _HIGH[0]:
        return True
    rows, columns = views[0].shape
    box = clipped((text.whole,), columns, rows)[0]
    if any(other.height <= 2 * text.height and 2 * shared(box, other.whole) > box.area for other in large):
        return True
    rather_clear = text.sure >= _RATHER_CLEAR
    crossed = text.sure >= _CERTAIN and any(is_crossed(view, box, text.height) for view in views)
    if text.height <= _HIGH[1]:
        return crossed or rather_clear
    clear = text.sure >= CLEAR
    written = text.sure >= _ASLANT_SURE and is_written(clearest(views, box), box, text.height, clear=clear)
    return written or (crossed and rather_clear)
