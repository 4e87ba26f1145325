"""See what stands out in a frame: its contrasts, evened out, and in which squares of them there are strokes."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from anonymizer.pixels.contrast import MIDDLE, Contrast, evened, local_contrast, strongest
from anonymizer.pixels.mosaic import Squares, pixels_of, squares_near, squares_with, with_neighbours
from anonymizer.pixels.seen import Seen
from anonymizer.pixels.view import Grey

SURROUNDINGS = 8  # pixels to each side: more, and the shades of the anatomy are made stronger, too
LEAST_CONTRAST = 10  # of 255: what differs less from what is around it is not looked at
EDGE = 16  # pixels of a frame: so much nothing around it, as what begins where a picture does is missed


@dataclass(frozen=True, slots=True)
class Outstanding:
    """Be the evened picture and the contrasts of a frame, with an edge around them, and the squares to look at."""

    picture: Grey
    contrast: Contrast
    wanted: Squares
    edge: int

    def inside(self, framed: NDArray[Any]) -> NDArray[Any]:
        """Return what lies within the edge, of the picture or of a whole number of squares."""
        rows, columns = self.contrast.shape
        return framed[self.edge : rows - self.edge, self.edge : columns - self.edge]


def outstanding(views: tuple[Grey, ...], times: int, seen: Seen | None) -> Outstanding:
    """Return what stands out in views that show a frame so many times smaller; in a film, where it changed."""
    edge = EDGE // times
    contrast = strongest([local_contrast(view, SURROUNDINGS) for view in views])
    picture = evened(contrast)
    framed, around = np.pad(picture, edge, constant_values=MIDDLE), np.pad(contrast, edge)
    found = Outstanding(framed, around, squares_near(np.abs(around) > LEAST_CONTRAST), edge)
    if seen is None:
        return found
    wanted = found.wanted & with_neighbours(squares_with(np.pad(seen.changed(times, picture), edge)))
    seen.looked_at(times, picture, found.inside(pixels_of(wanted)))
    return replace(found, wanted=wanted)


def smaller(views: tuple[Grey, ...], times: int, smeared: float) -> tuple[Grey, ...]:
    """Return views that are so many times smaller, and blurred by so many of their pixels."""
    rows, columns = views[0].shape
    size = max(columns // times, 1), max(rows // times, 1)
    small = (Image.fromarray(view).resize(size, Image.Resampling.BOX) for view in views)
    return tuple(np.asarray(view.filter(ImageFilter.GaussianBlur(smeared))) for view in small)
