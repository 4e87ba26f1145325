"""The grey-scale pipeline: stored value, modality, VOI, polarity (PS3.4 section N.2).

For up to 16 bits the whole pipeline is evaluated once for every possible stored word and kept as a table, so that a
frame costs one `take`. Unused bits, which may hold overlays or anything, are masked and the sign restored in the same
table. Wider and floating samples are evaluated directly.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer_api.errors import CannotRender
from viewer_api.rendering.frame import Frame
from viewer_api.rendering.modality import Modality
from viewer_api.rendering.voi import Voi, Window, full_range

_KEPT_TABLES = 256


@dataclass(frozen=True, slots=True)
class WordLayout:
    """Where the stored value lies in a word of up to 16 bits."""

    allocated: int
    stored: int
    high_bit: int
    signed: bool

    def values(self) -> NDArray[np.int32]:
        """Return the stored value of each possible word."""
        words = np.arange(1 << self.allocated, dtype=np.int32)
        values = (words >> (self.high_bit + 1 - self.stored)) & ((1 << self.stored) - 1)
        if self.signed:
            values = np.where(values >> (self.stored - 1), values - (1 << self.stored), values)
        return values.astype(np.int32)


@dataclass(frozen=True, slots=True)
class GreyRules:
    """How a frame's stored values become grey; `padding` is the inclusive range of values that mean nothing."""

    modality: Modality
    voi: tuple[Voi, ...]
    inverse: bool
    padding: tuple[float, float] | None


def render_grey(frame: Frame, layout: WordLayout, rules: GreyRules, window: Window | None) -> NDArray[np.uint8]:
    """Return rows x columns of 0..255; `window` None takes the frame's own.

    Raises:
        CannotRender: there is nothing but padding, NaN or infinity in a frame that brings no window.
    """
    pixels = frame.pixels
    if pixels.dtype.kind == "f" or pixels.dtype.itemsize > 2:
        return _render_directly(pixels, layout, rules, window)
    words = pixels.view(f"u{pixels.dtype.itemsize}")
    layout = WordLayout(8 * words.dtype.itemsize, layout.stored, frame.high_bit, layout.signed)
    voi = window or (rules.voi[0] if rules.voi else _range_of_words(words, layout, rules))
    return _word_table(layout, rules.modality, voi, rules.inverse).take(words)


def stored_values(frame: Frame, layout: WordLayout) -> NDArray[Any]:
    """Return a frame's stored values, unused bits masked and the sign restored."""
    pixels = frame.pixels
    if pixels.dtype.kind == "f" or layout.stored == 8 * pixels.dtype.itemsize:
        return pixels
    if pixels.dtype.itemsize > 2:
        return _mask_wide(pixels, layout)
    words = pixels.view(f"u{pixels.dtype.itemsize}")
    whole = WordLayout(8 * words.dtype.itemsize, layout.stored, frame.high_bit, layout.signed)
    return whole.values().take(words).astype(pixels.dtype)


@lru_cache(maxsize=_KEPT_TABLES)
def _word_table(layout: WordLayout, modality: Modality, voi: Voi, inverse: bool) -> NDArray[np.uint8]:
    grey = voi.apply(modality.apply(layout.values()))
    return 255 - grey if inverse else grey


def _range_of_words(words: NDArray[Any], layout: WordLayout, rules: GreyRules) -> Window:
    counts = np.bincount(words.ravel(), minlength=1 << layout.allocated)
    stored = layout.values()[counts > 0]
    return _range_of(stored, rules)


def _range_of(stored: NDArray[Any], rules: GreyRules) -> Window:
    if rules.padding is not None:
        lowest, highest = rules.padding
        stored = stored[(stored < lowest) | (stored > highest)]
    values = rules.modality.apply(stored)
    values = values[np.isfinite(values)]
    if not values.size:
        raise CannotRender("the frame holds nothing but padding")
    return full_range(float(values.min()), float(values.max()))


def _render_directly(
    pixels: NDArray[Any], layout: WordLayout, rules: GreyRules, window: Window | None
) -> NDArray[np.uint8]:
    stored = pixels if pixels.dtype.kind == "f" else _mask_wide(pixels, layout)
    voi = window or (rules.voi[0] if rules.voi else _range_of(stored, rules))
    values = rules.modality.apply(stored)
    known = np.isfinite(values)
    grey = voi.apply(np.where(known, values, 0.0))
    if rules.inverse:
        grey = 255 - grey
    result: NDArray[np.uint8] = np.where(known, grey, np.uint8(0))
    return result


def _mask_wide(pixels: NDArray[Any], layout: WordLayout) -> NDArray[np.int64]:
    values = pixels.astype(np.int64) >> (layout.high_bit + 1 - layout.stored)
    values &= (1 << layout.stored) - 1
    if layout.signed:
        values -= (values >> (layout.stored - 1)) << layout.stored
    return values
