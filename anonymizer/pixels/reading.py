"""Read what stands in a box of a frame, once for all frames of a film."""

from functools import lru_cache

import numpy as np

from anonymizer.pixels.box import Box
from anonymizer.pixels.text_reading import TextFound, read_line
from anonymizer.pixels.view import Grey

READ, SURELY_READ = 0.6, 0.8  # from here on a reading is text, and one that little else speaks for
LEAST_LETTERS = 3


def read(view: Grey, box: Box) -> TextFound | None:
    """Return what stands in a box, as one line."""
    crop = view[box.y : box.bottom, box.x : box.right]
    return _read_once(crop.tobytes(), crop.shape[1])


def is_read(view: Grey, box: Box, score: float = READ) -> bool:
    """Tell whether some letters in a box can be read, and so surely."""
    line = read(view, box)
    return line is not None and line.score >= score and sum(map(str.isalnum, line.text)) >= LEAST_LETTERS


@lru_cache(maxsize=1024)
def _read_once(crop: bytes, columns: int) -> TextFound | None:
    return read_line(np.frombuffer(crop, np.uint8).reshape(-1, columns))
