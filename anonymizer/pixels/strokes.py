"""Tell writing from what a detector takes for it: ticks, crosses, arrows, traces of an ECG, and the grain of a picture.

A detector that is shown a tick or a peak, and nothing else, takes it for a letter. One simple stroke by itself is no
word: no line crosses it twice. A line along writing crosses some strokes for each height of a letter, along a trace
fewer, in the speckle of ultrasound more.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from anonymizer.pixels.box import Box
from anonymizer.pixels.components import Components, components
from anonymizer.pixels.contrast import Contrast, local_contrast
from anonymizer.pixels.view import Grey

_REACH = 8  # pixels to each side, that a contrast is measured against
_BESIDE = 24  # pixels around a box, that its strokes are compared with
_STROKE, _RINGING = 0.45, 0.08  # of the strongest contrast: what is a stroke, and what an encoder leaves around it
_FAINTEST, _VISIBLE = 8, 12  # of 255
_SPECK, _SPECKS = 4, 12  # pixels of the least stroke, and of all that does not count beside one
_SMEARED = 2  # pixels around a stroke
_CROSSED = 1.3  # times that a column, or a row, crosses a simple stroke in the mean
_WIDEST = 2  # times its height; what is wider may be a word that ran together
_THIN, _STRAIGHT = 4, 0.8  # pixels of a tick, and how much of its box it fills
_MOST_TICKS = 4
_WHOLE = 0.8  # of what is as strong as a stroke, that belongs to strokes: else they fell to pieces
_LARGEST_DRAWN = 64  # pixels
_FEWEST_CROSSED, _MOST_CROSSED = 3.5, 10.5  # times for each height of a letter, that writing is
_SURELY_CROSSED, _OF_TRACE = 4.2, 2.1
_STROKES, _DENSER = 4, 1.8  # of writing that is less clear: how many, and how many times those around it


def is_drawn(view: Grey, box: Box, height: float) -> bool:
    """Tell whether what may be letters of a height is a stroke by itself, a few ticks, or a trace from side to side."""
    if min(box.width, box.height) > _LARGEST_DRAWN:
        return False
    inside, _ = _contrasts(view, box)
    # A dark stroke is as good as a bright one; around it is a shade of the other sign, which is no stroke.
    inside = inside if inside.max() >= -inside.min() else -inside
    mask = inside > max(_FAINTEST, _STROKE * int(inside.max()))
    strokes = _strokes(mask)
    if strokes.area.sum() < _WHOLE * mask.sum() or len(strokes) > _MOST_TICKS:
        return False
    if len(strokes) == 1:
        peak = max(mask.shape) <= _WIDEST * min(mask.shape)
        trace = _is_trace(mask, strokes) and (peak or _crossed(np.abs(inside), height) < _FEWEST_CROSSED)
        simple = trace or _is_sign(mask, strokes)
    else:
        simple = len(strokes) > 1 and _are_ticks(strokes)
    return simple and not _is_more(view[box.y : box.bottom, box.x : box.right], mask, int(inside.max()))


def is_crossed(view: Grey, box: Box, height: float) -> bool:
    """Tell whether a box holds more strokes than a trace has, for letters of a height."""
    inside, _ = _contrasts(view, box)
    return _is_crossed(inside, height)


def is_written(view: Grey, box: Box, height: float, *, clear: bool) -> bool:
    """Tell whether a box holds strokes of letters of a height; where it is not `clear`, denser ones than around it."""
    inside, around = _contrasts(view, box)
    crossed = _crossed(np.abs(inside), height)
    if not _FEWEST_CROSSED <= crossed <= _MOST_CROSSED:
        return False
    if clear and crossed >= _SURELY_CROSSED:
        return True
    bright, dark = (float((np.maximum(sign * inside, 0).astype(np.float32) ** 2).sum()) for sign in (1, -1))
    sign = 1 if bright >= dark else -1
    strokes = sign * around > max(_FAINTEST, 0.4 * float(np.percentile(sign * inside, 98)))
    top, left = min(box.y, _BESIDE), min(box.x, _BESIDE)
    within = strokes[top : top + inside.shape[0], left : left + inside.shape[1]]
    beside = (strokes.sum() - within.sum()) / max(1, strokes.size - within.size)
    area = components(within).area
    return int((10 * area >= area.max(initial=1)).sum()) >= _STROKES and within.mean() >= _DENSER * max(beside, 0.01)


def _contrasts(view: Grey, box: Box) -> tuple[Contrast, Contrast]:
    """Return the contrast in a box, and that with its surroundings."""
    left, top = max(0, box.x - _BESIDE), max(0, box.y - _BESIDE)
    around = local_contrast(view[top : box.bottom + _BESIDE, left : box.right + _BESIDE], _REACH)
    return around[box.y - top :, box.x - left :][: box.height, : box.width], around


def _is_more(inside: Grey, strokes: NDArray[np.bool_], strongest: int) -> bool:
    """Tell whether anything stands out in a box when its strokes, and what is smeared around them, are taken away."""
    smeared = Image.fromarray(strokes.astype(np.uint8)).filter(ImageFilter.MaxFilter(2 * _SMEARED + 1))
    rest = np.asarray(smeared) == 0
    share, sums = (_blurred(values) for values in (rest, np.where(rest, inside, 0)))
    differs = np.abs(inside - sums / np.maximum(share, np.float32(1e-6)))
    return int((differs[rest] > max(_VISIBLE, _RINGING * strongest)).sum()) > _SPECKS


def _blurred(values: NDArray[Any]) -> NDArray[np.float32]:
    """Return the mean of the surroundings of each value."""
    side = 2 * _REACH + 1
    around = np.pad(values.astype(np.float32), ((_REACH + 1, _REACH), (_REACH + 1, _REACH)), mode="edge")
    total = around.cumsum(axis=0).cumsum(axis=1)
    sums = total[side:, side:] - total[:-side, side:] - total[side:, :-side] + total[:-side, :-side]
    return np.asarray(sums / (side * side), np.float32)


def _strokes(mask: NDArray[np.bool_]) -> Components:
    parts = components(mask)
    return parts.only(parts.area >= _SPECK)


def _is_trace(mask: NDArray[np.bool_], one: Components) -> bool:
    stroke = _cut_out(mask, one)
    if stroke.shape[1] == mask.shape[1]:
        return _crossings(stroke) <= _CROSSED
    return stroke.shape[0] == mask.shape[0] and _crossings(stroke.T) <= _CROSSED


def _is_sign(mask: NDArray[np.bool_], one: Components) -> bool:
    stroke = _cut_out(mask, one)
    rows, columns = stroke.shape
    if rows == mask.shape[0] or columns == mask.shape[1]:
        return False
    word = max(rows, columns) > _WIDEST * min(rows, columns) and min(rows, columns) > _THIN
    return not word and max(_crossings(stroke), _crossings(stroke.T)) <= _CROSSED


def _cut_out(mask: NDArray[np.bool_], one: Components) -> NDArray[np.bool_]:
    return np.asarray(mask[one.top[0] : one.bottom[0] + 1, one.left[0] : one.right[0] + 1])


def _are_ticks(parts: Components) -> bool:
    thin = np.minimum(parts.width, parts.height) <= _THIN
    return bool((thin & (parts.area >= _STRAIGHT * parts.width * parts.height)).all())


def _crossings(stroke: NDArray[np.bool_]) -> float:
    """Return how many times a column crosses a stroke in the mean."""
    return float(_begins(stroke.T).sum() / max(1, stroke.any(axis=0).sum()))


def _crossed(strength: Contrast, height: float, least: float | None = None) -> float:
    """Return how many strokes the rows, or the columns, that cross most do cross for each height of a letter."""
    mask = strength > (least or max(_VISIBLE, 0.3 * float(np.percentile(strength, 99.7))))
    found = []
    for each in (mask, mask.T):
        counts = np.sort(_begins(each).sum(axis=1))
        found.append(float(counts[-max(1, len(counts) // 4) :].mean()) * height / each.shape[1])
    return float(max(found))


def _is_crossed(contrast: Contrast, height: float) -> bool:
    strength = np.abs(contrast)
    return bool(max(_crossed(strength, height), _crossed(strength, height, _VISIBLE)) >= _OF_TRACE)


def _begins(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return where strokes begin in the rows of a mask."""
    begins = mask.copy()
    begins[:, 1:] &= ~mask[:, :-1]
    return begins
