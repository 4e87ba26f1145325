"""Remember what was looked at in a film, so that of the next frame only what changed is looked at."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from anonymizer.pixels.contrast import MIDDLE
from anonymizer.pixels.view import Grey

NO_CHANGE = 12  # of 255, in evened contrasts: what changed less between two frames is the same


@dataclass(slots=True)
class Seen:
    """Be the pictures of the frames before, by how many times smaller than a frame they are."""

    pictures: dict[int, Grey] = field(default_factory=dict)

    def changed(self, times: int, picture: Grey) -> NDArray[np.bool_]:
        """Return where a picture of a frame is not as it was when that place was last looked at."""
        known = self.pictures.get(times)
        if known is None or known.shape != picture.shape:
            known = self.pictures[times] = np.full(picture.shape, MIDDLE, np.uint8)
        return np.asarray(np.abs(picture.astype(np.int16) - known) > NO_CHANGE)

    def looked_at(self, times: int, picture: Grey, where: NDArray[np.bool_]) -> None:
        """Remember a picture of a frame in the places that were looked at."""
        self.pictures[times] = np.where(where, picture, self.pictures[times])
