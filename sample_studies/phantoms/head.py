"""A head in axial slices, painted by tissue, so that one anatomy serves CT and every MR weighting.

z = 0 is the skull base at the level of the pons, the vertex is near z = 104. The cortex folds along noise that turns
slowly with z, so that scrolling looks like scrolling.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from sample_studies.phantoms.noise import FloatImage, turning
from sample_studies.phantoms.plane import Plane, Solid, radius_in_ellipse, ramp

HOUNSFIELD: Mapping[str, float] = {
    "air": -1000, "skin": 45, "fat": -85, "bone": 1150, "diploe": 520, "csf": 6, "grey": 39, "white": 28,
    "muscle": 55, "fluid": 14, "calcium": 190, "blood": 67, "oedema": 19, "plaque": 24, "sinus": -960,
}  # fmt: skip
T1: Mapping[str, float] = {
    "air": 6, "skin": 380, "fat": 880, "bone": 45, "diploe": 420, "csf": 130, "grey": 430, "white": 640,
    "muscle": 360, "fluid": 140, "calcium": 200, "blood": 560, "oedema": 400, "plaque": 400, "sinus": 15,
}  # fmt: skip
T2: Mapping[str, float] = {
    "air": 6, "skin": 260, "fat": 560, "bone": 30, "diploe": 260, "csf": 1050, "grey": 560, "white": 370,
    "muscle": 160, "fluid": 1080, "calcium": 150, "blood": 300, "oedema": 820, "plaque": 830, "sinus": 15,
}  # fmt: skip
FLAIR: Mapping[str, float] = {
    "air": 6, "skin": 260, "fat": 620, "bone": 30, "diploe": 270, "csf": 85, "grey": 560, "white": 430,
    "muscle": 190, "fluid": 95, "calcium": 160, "blood": 420, "oedema": 860, "plaque": 930, "sinus": 15,
}  # fmt: skip

_SKULL = Solid("bone", 0, 4, 22, 73, 91, 84, taper=2.35)


def _pair(solid: Solid) -> tuple[Solid, Solid]:
    return solid, solid.mirrored()


_DEEP: tuple[Solid, ...] = (
    *_pair(Solid("grey", 25, -4, 42, 8, 17, 14, angle=-14, edge=2.5)),
    *_pair(Solid("grey", 12, 8, 42, 8.5, 14, 13, angle=-12, edge=2.5)),
    *_pair(Solid("grey", 15, -24, 50, 5, 9, 14, angle=-10, edge=2)),
    *_pair(Solid("grey", 38, -6, 40, 2.2, 20, 18, angle=-6, edge=2, opacity=0.8)),
    *_pair(Solid("csf", 41, -8, 38, 1.8, 14, 14, angle=-14, edge=1.6, opacity=0.9)),
    *_pair(Solid("csf", 8.5, -30, 50, 3.6, 13, 14, angle=-16)),
    *_pair(Solid("csf", 11, -2, 61, 4.2, 27, 11, angle=-5)),
    *_pair(Solid("csf", 23, 34, 47, 4.6, 15, 14, angle=-20)),
    *_pair(Solid("csf", 33, 14, 20, 2.4, 9, 9, angle=-20)),
    Solid("white", 0, -20, 52, 1.1, 14, 14),
    Solid("csf", 0, 4, 37, 1.9, 12, 12),
    Solid("csf", 0, 33, 34, 9, 3.5, 8),
    *_pair(Solid("calcium", 24, 36, 46, 2.0, 2.8, 4)),
    Solid("calcium", 0, 23, 38, 1.7, 1.5, 3),
)
_BASE: tuple[Solid, ...] = (
    Solid("csf", 0, 2, 10, 18, 17, 14, edge=6, opacity=0.9),
    *_pair(Solid("grey", 24, 48, 0, 25, 24, 24, edge=2.5)),
    *_pair(Solid("white", 23, 47, 0, 13, 13, 17, edge=6)),
    Solid("grey", 0, 50, 4, 7, 20, 18, edge=3),
    Solid("white", 0, 13, 4, 13.5, 12.5, 24, edge=2),
    Solid("csf", 0, 32, 2, 6.5, 4.5, 10),
    *_pair(Solid("bone", 39, 17, -5, 25, 7, 11, angle=38, edge=3)),
    *_pair(Solid("sinus", 55, 28, -6, 8, 9, 9, edge=3, opacity=0.75)),
    Solid("bone", 0, -22, -7, 19, 16, 13, edge=2),
    Solid("sinus", 0, -25, -8, 13, 10, 11, edge=1.5),
    *_pair(Solid("bone", 36, -40, -2, 24, 3.5, 9, angle=-32, edge=2)),
    *_pair(Solid("fat", 30, -64, -4, 19, 24, 17, edge=1.5)),
    *_pair(Solid("muscle", 22, -55, -4, 1.8, 16, 7, angle=14)),
    *_pair(Solid("muscle", 41, -56, -4, 1.8, 14, 7, angle=-22)),
    *_pair(Solid("muscle", 27, -50, -4, 1.9, 15, 3, angle=22)),
    *_pair(Solid("skin", 31, -75, -4, 13.2, 13.2, 13, edge=1)),
    *_pair(Solid("fluid", 31, -75, -4, 12, 12, 12, edge=1)),
    *_pair(Solid("muscle", 31, -84, -4, 4.2, 2, 5)),
    Solid("bone", 0, -64, -6, 12.5, 25, 16, taper=3, power=3),
    *_pair(Solid("sinus", 5.6, -55, -6, 4.6, 7, 15, taper=3, power=3)),
    *_pair(Solid("sinus", 5.6, -70, -6, 4.6, 7, 15, taper=3, power=3)),
    *_pair(Solid("sinus", 9, -87, 16, 6.5, 3, 9)),
)


def head_slice(
    z: float, tissue: Mapping[str, float], shape: tuple[int, int], spacing: float, extra: Sequence[Solid] = ()
) -> FloatImage:
    """Paint one axial slice at height z; `extra` lesions are painted into the brain last."""
    plane = Plane(*shape, spacing, tissue["air"])
    scale = max(_SKULL.shrink(z), 0.12)
    a, b = _SKULL.rx * scale, _SKULL.ry * scale
    for name, growth in (("skin", 7.5), ("fat", 5.5), ("skin", 1.8), ("bone", 0.0), ("diploe", -2.0), ("bone", -4.0)):
        plane.blob(tissue[name], (0, _SKULL.y), (a + growth, b + growth * 1.1), power=2.2, edge=1.1)
    if min(a, b) > 14:
        _paint_brain(plane, z, tissue, (a - 6.5, b - 7.0))
    _paint_solids(plane, z, tissue, _DEEP)
    if z < 28:
        _paint_solids(plane, z, tissue, _BASE)
    _paint_solids(plane, z, tissue, extra)
    return plane.pixels


def _paint_solids(plane: Plane, z: float, tissue: Mapping[str, float], solids: Sequence[Solid]) -> None:
    for solid in solids:
        plane.solid(solid, z, tissue[solid.tissue])


def _paint_brain(plane: Plane, z: float, tissue: Mapping[str, float], radii: tuple[float, float]) -> None:
    """Fill the inner table: water, cortex, white matter, sulci, and the fissure between the hemispheres."""
    y = plane.y - _SKULL.y
    radius = radius_in_ellipse(plane.x, y, radii, power=2.2)
    depth = (1.0 - radius) * min(radii)
    folds = turning(plane.pixels.shape, 3.3 / plane.spacing, 11, z / 16.0)
    warp = turning(plane.pixels.shape, 11.0 / plane.spacing, 21, z / 30.0)
    plane.paint(tissue["csf"], ramp(depth, -0.6, 0.6))
    plane.paint(tissue["grey"], ramp(depth + 0.5 * warp, 1.2, 2.6))
    ridge = np.abs(folds)
    white = ramp(depth + 1.5 * warp, 5.5, 8.0) * np.maximum(ramp(ridge, 0.45, 0.75), ramp(depth + 3 * warp, 15, 20))
    plane.paint(tissue["white"], white)
    sulci = ramp(ridge, 0.17, 0.05) * ramp(depth + 2.0 * warp, 15.0, 9.0) * ramp(depth, -1.0, 1.0)
    plane.paint(tissue["csf"], sulci * 0.85)
    bent = np.abs(plane.x + 0.7 * warp)
    callosum = 62.0 - 0.011 * (y + 2.0) ** 2
    gap = np.maximum(ramp(np.abs(y + 2.0), 40, 48), ramp(np.float32(z) - callosum, 6.0, 12.0))
    inside = ramp(depth, 0.0, 1.0)
    plane.paint(tissue["grey"], ramp(bent, 4.8, 3.2) * gap * inside)
    plane.paint(tissue["csf"], ramp(bent, 1.7, 0.8) * gap * inside * 0.85)
    falx = ramp(bent, 0.6, 0.2) * gap * inside * 0.5
    plane.paint(tissue["muscle"], falx)
