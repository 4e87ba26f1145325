"""A chest in axial CT slices, in Hounsfield units, after contrast.

z = 0 is the carina; the apices lie near z = 105 and the domes of the diaphragm near z = -110. Ribs are one function of
angle, height and distance from the chest wall; vessels are a tree grown once in three dimensions and cut per slice.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sample_studies.phantoms.noise import FloatImage, texture, turning
from sample_studies.phantoms.plane import Plane, Solid, radius_in_ellipse, ramp

HOUNSFIELD: dict[str, float] = {
    "air": -1000, "skin": 20, "fat": -98, "muscle": 56, "lung": -862, "vessel": 150, "blood": 205, "myocardium": 105,
    "bone": 720, "marrow": 210, "liver": 112, "spleen": 125, "stomach": 25, "nodule": 38, "trachea": -990,
    "bronchus": -960,
}  # fmt: skip

_MEDIASTINUM: tuple[Solid, ...] = (
    Solid("fat", 2, -12, 30, 34, 46, 105, taper=3, power=3, edge=4),
    Solid("fat", 0, 42, 0, 26, 22, 400, edge=4),
    Solid("myocardium", 26, -26, -62, 58, 43, 52, angle=32, edge=2),
    Solid("blood", 44, -22, -66, 25, 18, 30, angle=38, edge=4),
    Solid("blood", 4, -42, -62, 22, 24, 32, angle=20, edge=4),
    Solid("blood", -26, -22, -58, 17, 23, 30, edge=3),
    Solid("blood", 8, 6, -48, 27, 14, 22, edge=3),
    Solid("blood", -14, -22, -2, 15.5, 15.5, 34),
    Solid("blood", 7, -4, 36, 14, 35, 13, angle=-33),
    Solid("blood", 25, 32, -60, 11.5, 11.5, 92, taper=6),
    Solid("blood", 12, -30, -10, 13, 16, 22),
    Solid("blood", 8, -12, -14, 33, 8, 9, angle=-8),
    Solid("blood", -27, -22, 30, 9, 10, 56),
    Solid("blood", -13, -24, 70, 6, 6, 40, taper=5),
    Solid("blood", 16, -12, 80, 4.5, 4.5, 44, taper=5),
    Solid("blood", 26, 8, 82, 5.5, 5.5, 42, taper=5),
    Solid("muscle", 6, 24, 0, 8, 5, 200),
    Solid("bronchus", 6, 24, 0, 2, 1.2, 200, opacity=0.5),
    Solid("trachea", 0, 4, 78, 8.8, 8.2, 78, taper=12),
    Solid("trachea", -13, 4, -10, 8, 7, 17),
    Solid("trachea", 14, 5, -11, 7.5, 6.5, 17),
    Solid("trachea", -27, 6, -24, 6, 5, 13),
    Solid("trachea", 29, 8, -26, 6, 5, 13),
)
_ABDOMEN: tuple[Solid, ...] = (
    Solid("liver", -58, -6, -168, 82, 84, 74, power=2.3, edge=2),
    Solid("liver", 10, -48, -176, 56, 34, 54, edge=2),
    Solid("spleen", 98, 34, -166, 31, 46, 46, angle=28, edge=2),
    Solid("stomach", 58, -32, -166, 44, 38, 46, edge=2),
    Solid("lung", 58, -56, -160, 26, 14, 30, opacity=0.98),
)
_SPINE: tuple[Solid, ...] = (
    Solid("bone", 0, 54, 0, 17.5, 14.5, 999),
    Solid("marrow", 0, 54, 0, 15.3, 12.4, 999, edge=2),
    Solid("bone", 0, 76, 0, 15, 11, 999, edge=2),
    Solid("muscle", 0, 74.5, 0, 9.5, 8, 999),
    Solid("bone", 0, 96, 0, 3.6, 14, 999, edge=2),
)


def chest_slice(z: float, shape: tuple[int, int], spacing: float, extra: Sequence[Solid] = ()) -> FloatImage:
    """Paint one axial slice at height z; `extra` lesions lie in the lung and are painted last."""
    plane = Plane(*shape, spacing, HOUNSFIELD["air"])
    taper = 1.0 - 0.13 * float(np.clip((z - 40) / 75, 0, 1)) ** 2
    body = (172.0 * taper, 112.0 * taper)
    cage = (143.0 * (1 - 0.45 * max(0.0, (z - 30) / 90) ** 2), 92.0 * (1 - 0.36 * max(0.0, (z - 30) / 90) ** 2))
    plane.blob(HOUNSFIELD["skin"], (0, 4), body, power=2.5)
    plane.blob(HOUNSFIELD["fat"], (0, 4), (body[0] - 2.2, body[1] - 2.2), power=2.5)
    _paint_wall(plane, z, body, cage)
    _paint_lungs(plane, z, cage)
    _paint_solids(plane, z, _MEDIASTINUM)
    _paint_bones(plane, z, cage)
    _paint_solids(plane, z, extra)
    plane.pixels += 4.0 * turning(shape, 3.0 / spacing, 31, z / 12)
    _paint_table(plane)
    return plane.pixels


def _paint_solids(plane: Plane, z: float, solids: Sequence[Solid]) -> None:
    for solid in solids:
        plane.solid(solid, z, HOUNSFIELD[solid.tissue])


def _paint_wall(plane: Plane, z: float, body: tuple[float, float], cage: tuple[float, float]) -> None:
    """Lay muscle between the ribs and the fat under the skin, thicker at the shoulders and beside the spine."""
    plane.blob(HOUNSFIELD["muscle"], (0, 3), (cage[0] + 15, cage[1] + 8), power=2.3, edge=3)
    for side in (-1, 1):
        plane.blob(HOUNSFIELD["muscle"], (side * 27, 90), (24, 15), edge=3)
        plane.blob(HOUNSFIELD["muscle"], (side * 62, -84 * body[1] / 112), (40, 9), angle=side * 14, edge=3)
        plane.blob(HOUNSFIELD["muscle"], (side * 118 * body[0] / 172, 52), (22, 36), angle=side * 38, edge=3)
        if z > 10:
            plane.blob(HOUNSFIELD["bone"], (side * 96, 84 - 0.06 * z), (40, 3.2), angle=-side * 24, edge=1.5)


def _paint_lungs(plane: Plane, z: float, cage: tuple[float, float]) -> None:
    """Fill both lungs down to the domes of the diaphragm, then the vessels in them."""
    warp = turning(plane.pixels.shape, 16.0 / plane.spacing, 41, z / 40)
    wall = radius_in_ellipse(plane.x, plane.y, (cage[0] - 9, cage[1] - 6), power=2.2)
    middle = radius_in_ellipse(plane.x - 6, plane.y - 6, (30.0, 96.0), power=2.5)
    lungs = ramp(wall, 1.006, 0.994) * ramp(middle + 0.01 * warp, 0.98, 1.02)
    air = HOUNSFIELD["lung"] + 14 * texture(plane.pixels.shape, 2.2 / plane.spacing, 43, round(z))
    gravity = 28.0 * ramp(np.broadcast_to(plane.y, plane.pixels.shape), -40, 90)
    plane.paint((air + gravity).astype(np.float32), lungs)
    _paint_vessels(plane, z, lungs)
    before = plane.pixels.copy()
    _paint_solids(plane, z, _ABDOMEN)
    # The abdomen rises into the cage only, never into its wall.
    plane.pixels = before + (plane.pixels - before) * np.maximum(lungs, ramp(wall, 1.0, 0.97))


@lru_cache(maxsize=1)
def vessel_tree() -> NDArray[np.float32]:
    """Grow the pulmonary vessels from both hila: one row (x, y, z, radius) every 2 mm of length."""
    rng = np.random.default_rng(7)
    points: list[tuple[float, float, float, float]] = []
    for side in (-1.0, 1.0):
        hilum, outwards = np.array([side * 30.0, 4.0, -14.0]), np.array([side * 1.4, 0.0, 0.0])
        tips = [(hilum, outwards + rng.normal(size=3), 5.4) for _ in range(15)]
        while tips:
            place, heading, radius = tips.pop()
            for _ in range(int(5 + 2.6 * radius)):
                heading = heading / np.linalg.norm(heading) + rng.normal(scale=0.10, size=3)
                place = place + 2.0 * heading / np.linalg.norm(heading)
                points.append((float(place[0]), float(place[1]), float(place[2]), radius))
            if radius > 0.95:
                spread = rng.normal(scale=0.55, size=3)
                tips += [(place, heading + spread, radius * 0.80), (place, heading - spread, radius * 0.66)]
    return np.array(points, dtype=np.float32)


def _paint_vessels(plane: Plane, z: float, lungs: FloatImage) -> None:
    tree = vessel_tree()
    near = tree[np.abs(tree[:, 2] - z) < tree[:, 3] + 1.0]
    before = plane.pixels.copy()
    for x, y, height, radius in near:
        cut = max(float(radius**2 - (height - z) ** 2), 0.2) ** 0.5
        plane.blob(HOUNSFIELD["vessel"], (float(x), float(y)), (cut, cut), edge=1.0, opacity=min(1.0, 0.35 + cut / 2))
    plane.pixels = before + (plane.pixels - before) * lungs


def _paint_bones(plane: Plane, z: float, cage: tuple[float, float]) -> None:
    """Cut ribs, spine and sternum: a rib runs down from the spine to the front, one every 25 mm."""
    angle = np.arctan2(np.abs(plane.x), plane.y - 8).astype(np.float32)
    along = np.mod(z + 30.0 * angle + 200.0, 25.0) - 12.5
    wall = (radius_in_ellipse(plane.x, plane.y, (cage[0] - 3.5, cage[1] + 0.5), power=2.2) - 1.0) * min(cage)
    side = ramp(angle, 0.30, 0.40) * ramp(angle, 2.72, 2.60)
    for tissue, height, width in (("bone", 6.0, 4.2), ("marrow", 4.3, 2.6)):
        shell = np.sqrt((along / height) ** 2 + (wall / width) ** 2)
        plane.paint(HOUNSFIELD[tissue], ramp(shell, 1.12, 0.88) * side)
    disc = np.mod(z + 300.0, 24.0) < 4.0
    _paint_solids(plane, 0.0, _SPINE)
    if disc:
        plane.blob(95.0, (0, 54), (15.3, 12.4), edge=2)
    for side_sign in (-1, 1):
        plane.blob(HOUNSFIELD["bone"], (side_sign * 24, 72), (15, 4.2), angle=side_sign * 22, edge=2)
    if z > -85:
        front = (0.0, -cage[1] + 1)
        plane.blob(HOUNSFIELD["bone"], front, (17, 5.5), edge=1.5)
        plane.blob(HOUNSFIELD["marrow"], front, (14.5, 3.4), edge=2)


def _paint_table(plane: Plane) -> None:
    """Add the couch under the patient."""
    curve = plane.y - 128.0 + (plane.x / 210.0) ** 2 * 34.0
    couch = ramp(np.abs(curve), 3.0, 2.2) * (np.abs(plane.x) < 200)
    plane.paint(-820.0, (couch * (plane.pixels < -500)).astype(np.float32))
