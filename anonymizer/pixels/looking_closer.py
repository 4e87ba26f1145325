"""Look again where the detector was not sure of text, with that place in the middle and seen in another way.

A line of text that is cut between two pieces, or stands in one corner, is answered weakly: it is looked at once more as
a whole. What was evened out at first is now made stronger only, which shows other writing. Where lines of text ran
together they are looked at once more at twice the size, and only that counts.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from anonymizer.pixels.answering import Likely, answer, without_blobs
from anonymizer.pixels.components import components
from anonymizer.pixels.contrast import Contrast, amplified
from anonymizer.pixels.outlining import LIKELY
from anonymizer.pixels.view import Grey

MOST = 60_000  # pixels of a frame, that are looked at again at most
_WEAK, _LEAST_WEAK = 0.05, 30  # of a pixel that may be text, and how many of them are worth another look
_SOLID, _CERTAIN = 0.5, 0.6  # of such a place, that is text by itself, and how sure that must be
_THICK, _CLEAR = 20, 0.85  # pixels: text of that height, which is less sure, may be lines that ran together
_AROUND = 24  # pixels, that are looked at with such a place
_HIGHEST = 24  # pixels of text, that is believed there: what is higher was seen well enough at first
_TIMES = 2


@dataclass(frozen=True, slots=True)
class _Place:
    """Be where the detector is not sure of text, how much it saw of it, and whether lines may have run together."""

    where: tuple[slice, slice]
    weight: float
    merged: bool


def look_closer(likely: Likely, evened: Grey, contrast: Contrast) -> None:
    """Write into the answer for a picture what is seen when the places it was unsure of are looked at again.

    The likeliest come first; what is more than may be looked at again stays as it was answered.
    """
    left = MOST
    for place in _doubtful(likely):
        part = evened[place.where]
        cost = part.size * (_TIMES * _TIMES if place.merged else 1)
        if cost > left:
            continue
        left -= cost
        known = likely[place.where]
        if place.merged:
            known[...] = _enlarged(part)
        else:
            seen, _ = without_blobs(answer(amplified(contrast[place.where])), _HIGHEST)
            np.maximum(known, seen, out=known)


def _enlarged(part: Grey) -> Likely:
    rows, columns = part.shape
    larger = Image.fromarray(part).resize((_TIMES * columns, _TIMES * rows), Image.Resampling.BICUBIC)
    likely, _ = without_blobs(answer(np.asarray(larger)))
    return np.asarray(likely.reshape(rows, _TIMES, columns, _TIMES).max(axis=(1, 3)))


def _doubtful(likely: Likely) -> list[_Place]:
    """Return where the detector is not sure of text, the likeliest first."""
    found = []
    parts = components(likely > _WEAK)
    parts = parts.only(parts.area >= _LEAST_WEAK)
    sides = parts.left, parts.right, parts.top, parts.bottom
    for left, right, top, bottom, area in zip(*sides, parts.area, strict=True):
        part = likely[top : bottom + 1, left : right + 1]
        text = part[part > LIKELY]
        sure = float(text.mean()) if text.size else 0.0
        merged = bool(area > _THICK * np.hypot(*part.shape) and sure < _CLEAR)
        if merged or text.size < _SOLID * area or sure < _CERTAIN:
            rows = slice(max(0, int(top) - _AROUND), int(bottom) + _AROUND + 1)
            columns = slice(max(0, int(left) - _AROUND), int(right) + _AROUND + 1)
            found.append(_Place((rows, columns), float(part.sum()), merged))
    return sorted(found, key=lambda place: -place.weight)
