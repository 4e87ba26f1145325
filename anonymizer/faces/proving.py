"""Show that a face is gone, by another way than the one that found it.

The head is looked at straight from the front, as by someone who renders its surface, before and after: with another
parting of body and air, from the files as they were written. The face must have moved back everywhere; what stands out
from the front as a nose does must be gone, wherever it was; the reliefs of both must not be alike; and no more than a
face may be missing. What cannot be shown is refused.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anonymizer.faces.cut import FaceCut
from anonymizer.faces.tissue import CT
from anonymizer.faces.unsure import unsure
from anonymizer.faces.volume import STEP, Volume

_BODY_OF_CT = -500.0
_OF_MEAN = 0.6
_FACE = 70.0  # mm from the tip of the nose of an adult
_MOVED = 2.0  # mm
_FEWEST_RAYS = 150
_ALL, _ALIKE, _MOST = 0.97, 0.6, 0.2
_NEAR, _FAR = round(27 / STEP), round(45 / STEP)  # columns beside a nose: its flanks, and the cheeks
_STANDS_OUT, _FLANK, _MIDDLE = 8.0, 50.0, 45.0  # mm
_IN_A_ROW = 3  # rows
_BLUR = round(24 / STEP)
Depths = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Proof:
    """Be what was measured: the share of the face that moved back and by how much, and how alike the reliefs are.

    `depth` is how many mm the middle of the face's places moved back, `likeness` a correlation, `removed` the share of
    the body that is gone.
    """

    moved: float
    depth: float
    likeness: float
    removed: float


def prove(before: Volume, after: Volume, cut: FaceCut) -> Proof:
    """Return what was measured; raises Refused unless it shows that the face is gone and little else."""
    least = _BODY_OF_CT if cut.modality == CT else _OF_MEAN * float(np.nanmean(before.values))
    bodies = [_body(each, least) for each in (before, after)]
    first, second = (_from_front(body, before) for body in bodies)
    moved = np.where(np.isnan(second), np.inf, second - first) >= _MOVED
    face = _distance(first, before, cut) <= _FACE * cut.scale
    if face.sum() < _FEWEST_RAYS:
        raise unsure("too little of a face is in the picture to show that it is gone")
    nose = _noses(first, before, cut)
    if not nose.any():
        raise unsure("a second look at the surface finds no nose where a first one did")
    proof = Proof(
        moved=float(moved[face].mean()),
        depth=float(np.nanmedian((second - first)[face])),
        likeness=_likeness(first, second, face),
        removed=float((bodies[0] & ~bodies[1]).sum() / max(int(bodies[0].sum()), 1)),
    )
    if proof.moved < _ALL or moved[nose].mean() < _ALL or proof.likeness > _ALIKE:
        raise unsure("the surface that is left may still be known")
    if proof.removed > _MOST:
        raise unsure("more than a face would have to be cut away")
    return proof


def _body(volume: Volume, least: float) -> NDArray[np.bool_]:
    """Return where there is body: where most of nine voxels beside each other are, so that noise is none."""
    with np.errstate(invalid="ignore"):
        found = np.pad(volume.values > least, ((1, 1), (0, 0), (1, 1)), mode="edge").astype(np.int8)
    across = found[:, :, :-2] + found[:, :, 1:-1] + found[:, :, 2:]
    return np.asarray(across[:-2] + across[1:-1] + across[2:] >= 5)


def _from_front(body: NDArray[np.bool_], volume: Volume) -> Depths:
    """Return y of the first two voxels of body behind each other, by height and x; NaN where there are none."""
    thick = body[:, :-1] & body[:, 1:]
    return np.where(thick.any(1), volume.axis(1)[:-1][thick.argmax(1)], np.nan)


def _distance(depths: Depths, volume: Volume, cut: FaceCut) -> Depths:
    xs, zs = volume.axis(0)[None, :], volume.axis(2)[:, None]
    away = np.sqrt((xs - cut.tip[0]) ** 2 + (depths - cut.tip[1]) ** 2 + (zs - cut.tip[2]) ** 2)
    return np.where(np.isnan(away), np.inf, away)


def _noses(depths: Depths, volume: Volume, cut: FaceCut) -> NDArray[np.bool_]:
    """Return the places that stand out between flanks beside which cheeks go on level: no round forehead does so."""
    near = [_beside(depths, sign * _NEAR) for sign in (1, -1)]
    far = [_beside(depths, sign * _FAR) for sign in (1, -1)]
    flank, cheek = (near[0] + near[1]) / 2, (far[0] + far[1]) / 2
    out = flank - depths - 0.9 * (cheek - flank)
    middle = np.abs(volume.axis(0) - np.median(cut.centres[:, 1])) <= _MIDDLE
    level = np.maximum(far[0], far[1]) - depths <= _FLANK
    found = (np.where(np.isnan(out), 0, out) >= _STANDS_OUT * cut.scale) & level & middle[None, :]
    return _upright(found)


def _upright(found: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return of places those that stand in a row of some above each other."""
    result = np.zeros_like(found)
    windows = np.lib.stride_tricks.sliding_window_view(found, _IN_A_ROW, axis=0)
    runs = np.logical_and.reduce(windows, axis=-1)
    for row in range(_IN_A_ROW):
        result[row : row + len(runs)] |= runs
    return result


def _beside(depths: Depths, columns: int) -> Depths:
    moved = np.full_like(depths, np.nan)
    if columns > 0:
        moved[:, columns:] = depths[:, :-columns]
    else:
        moved[:, :columns] = depths[:, -columns:]
    return moved


def _likeness(first: Depths, second: Depths, face: NDArray[np.bool_]) -> float:
    """Return the correlation of two reliefs: of what is left of depths when what is smooth in them is taken away."""
    reliefs = [each - _smooth(np.where(face, each, np.nan)) for each in (first, second)]
    seen = face & np.isfinite(reliefs[0]) & np.isfinite(reliefs[1])
    one, other = (relief[seen] for relief in reliefs)
    if one.size < 2 or not one.std() or not other.std():
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])


def _smooth(depths: Depths) -> Depths:
    known = np.isfinite(depths)
    total, count = (_sums(each) for each in (np.where(known, depths, 0.0), known.astype(np.float64)))
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _sums(values: Depths) -> Depths:
    wide = np.pad(values, _BLUR)
    rows = np.lib.stride_tricks.sliding_window_view(wide, 2 * _BLUR + 1, axis=0).sum(-1)
    return np.asarray(np.lib.stride_tricks.sliding_window_view(rows, 2 * _BLUR + 1, axis=1).sum(-1))
