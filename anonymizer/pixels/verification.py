"""Look at uncompressed pixels after they were blacked, with other eyes than those that did it.

The blacking counts bytes; here whole frames are laid out as arrays and compared sample by sample.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anonymizer.pixels.box import Box
from anonymizer.pixels.layout import PixelLayout


def mask_of(boxes: Iterable[Box], columns: int, rows: int) -> NDArray[np.bool_]:
    """Return an array of rows and columns that is true inside the boxes."""
    mask = np.zeros((rows, columns), np.bool_)
    for box in boxes:
        mask[box.y : box.bottom, box.x : box.right] = True
    return mask


def same_outside(
    before: bytes, after: bytes, skipped_bits: int, layout: PixelLayout, boxes: Iterable[Box], *, big: bool
) -> bool:
    """Tell whether the bytes of a frame are black inside boxes and unchanged outside.

    `skipped_bits` are those of an earlier frame in the first byte of both.
    """
    if len(before) != len(after):
        return False
    mask = mask_of(boxes, layout.columns, layout.rows)
    old, new = (as_samples(each, skipped_bits, layout, big=big) for each in (before, after))
    if layout.subsampled:
        mask = np.repeat(mask, 2, axis=1)  # two samples a pixel
        wanted = np.tile(np.array([0, 0, 1, 2]), mask.size // 4).reshape(mask.shape)
        black = np.array(layout.blacks(), old.dtype)[wanted]
        return bool(np.array_equal(np.where(mask, black, old), new))
    black = np.array(layout.blacks(), old.dtype)
    return bool(np.array_equal(np.where(mask[:, :, None], black, old), new))


def as_samples(data: bytes, skipped_bits: int, layout: PixelLayout, *, big: bool) -> NDArray[Any]:
    """Return uncompressed bytes as rows, columns and samples; subsampled colours as rows and the samples of a row."""
    if layout.allocated == 1:
        bits = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")
        samples = bits[skipped_bits : skipped_bits + layout.frame_bits]
    else:
        samples = np.frombuffer(data, f"{'>' if big else '<'}u{layout.allocated // 8}")
    if layout.subsampled:
        return samples.reshape(layout.rows, layout.columns * 2)
    if layout.samples == 3 and layout.planar == 1:
        return np.moveaxis(samples.reshape(3, layout.rows, layout.columns), 0, 2)
    return samples.reshape(layout.rows, layout.columns, layout.samples)
