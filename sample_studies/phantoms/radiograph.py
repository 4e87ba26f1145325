"""A chest radiograph in two projections, by summing the paths of the beam through simple bodies.

The path through an ellipsoid has a closed form, so a radiograph of any size costs the same few dozen terms. Values are
attenuation (0 where the beam meets nothing); the detector's logarithm is part of the sum. The frontal view faces the
reader: the patient's right is at the left of the image.
"""

from collections.abc import Callable

import numpy as np
from PIL import Image

from sample_studies.phantoms.chest import vessel_tree
from sample_studies.phantoms.noise import FloatImage, texture
from sample_studies.phantoms.plane import Plane, Solid, radius_in_ellipse, ramp

View = Callable[[Solid], tuple[float, float, float, float]]  # solid -> centre, half width, depth, turn in a projection

_FINE = 2  # Anatomy is computed on every second detector element; the grain on every one.

_BODY: tuple[Solid, ...] = (
    Solid("body", 0, 0, -40, 166, 104, 205, power=3.2),
    Solid("body", 0, 10, 160, 52, 46, 110, power=2.4),
    *(Solid("body", side * 96, 12, 62, 104, 74, 72, angle=side * 22, power=2.4) for side in (-1, 1)),
)
_LUNGS = (Solid("lung", -68, 2, 0, 60, 82, 146, angle=-5), Solid("lung", 70, 2, 0, 58, 82, 146, angle=5))
_DOMES = ((-66.0, -74.0), (68.0, -88.0))  # the top of each diaphragm: x and z
_SOLIDS: tuple[Solid, ...] = (
    Solid("heart", 26, -24, -74, 64, 60, 46, angle=-30),
    Solid("heart", -18, -12, -66, 34, 56, 46),
    Solid("heart", 18, 0, 30, 25, 48, 24),
    Solid("heart", -14, -10, 40, 19, 36, 84),
    Solid("heart", 20, -10, -2, 27, 40, 30, angle=20),
    Solid("heart", 22, 34, -60, 14, 40, 120),
)
NODULE = Solid("nodule", 74, -10, 52, 10, 17, 9)
_AIRWAYS: tuple[Solid, ...] = (
    Solid("air", 3, 8, 90, 8.5, 8.5, 92, power=3),
    Solid("air", -17, 8, -10, 5.5, 6, 28, angle=32),
    Solid("air", 25, 8, -8, 5.5, 6, 32, angle=-48),
    Solid("air", 82, -30, -120, 34, 22, 15),
)


def frontal(rows: int, columns: int, spacing: float, seed: int, lesions: tuple[Solid, ...] = ()) -> FloatImage:
    """Return the posterior-anterior view; lesions displace air in the lungs."""
    plane = Plane(rows // _FINE, columns // _FINE, spacing * _FINE)
    height = -plane.y - 20.0
    domes = [top - 44.0 * ((plane.x - x) / 62.0) ** 2 for x, top in _DOMES]
    total = _soft_tissue(
        plane.x, height, np.where(plane.x < 2.0, *domes), lesions, lambda s: (s.x, s.rx, s.ry, s.angle)
    )
    total += _spine(plane.x, height, half_width=18.0)
    total += _ribs(plane, height)
    total += _shoulders(plane, height)
    total += _vessels(plane, height, axis=0)
    return _detector(total, (rows, columns), spacing, seed)


def lateral(rows: int, columns: int, spacing: float, seed: int, lesions: tuple[Solid, ...] = ()) -> FloatImage:
    """Return the left lateral view: the front of the patient at the left of the image."""
    plane = Plane(rows // _FINE, columns // _FINE, spacing * _FINE)
    height = -plane.y - 20.0
    dome = -72.0 - 70.0 * (np.clip(plane.x + 26.0, 0.0, None) / 96.0) ** 2 - 0.12 * np.clip(-26.0 - plane.x, 0, None)
    total = 0.8 * _soft_tissue(plane.x, height, dome, lesions, lambda s: (s.y, s.ry, min(s.rx, 105.0), 0.0))
    total += _spine(plane.x - 58.0 - 12.0 * np.cos(height / 90.0), height, half_width=19.0)
    front = plane.x + 84.0 + 10.0 * np.cos((height + 10.0) / 120.0)
    total += 13.0 * ramp(np.abs(front), 7.0, 4.0) * ramp(np.abs(height - 15.0), 95.0, 85.0)
    inside = ramp(radius_in_ellipse(plane.x - 2.0, height, (84.0, 150.0)), 1.0, 0.97)
    for shift in (0.0, 9.0):
        along = np.mod(height + 0.55 * plane.x + shift + 300.0, 25.0) - 12.5
        total += 8.0 * np.sqrt(np.clip(1.0 - (along / 5.5) ** 2, 0.0, 1.0)) * inside
    total += _vessels(plane, height, axis=1)
    return _detector(total, (rows, columns), spacing, seed)


def _soft_tissue(
    x: FloatImage, height: FloatImage, dome: FloatImage, lesions: tuple[Solid, ...], seen: View
) -> FloatImage:
    """Merge the body's outlines, hollow the lungs above the diaphragm, and fill in what displaces them."""
    body = sum(_path(x, height, solid, seen) ** 4 for solid in _BODY) ** 0.25
    air = sum(_path(x, height, solid, seen) for solid in _LUNGS) * ramp(height - dome, -1.0, 1.5)
    filled = sum(_path(x, height, solid, seen) ** 3 for solid in (*_SOLIDS, *lesions)) ** (1 / 3)
    hollow = air * np.clip(1.0 - filled / 135.0, 0.2, 1.0)
    airways = sum(_path(x, height, solid, seen) for solid in _AIRWAYS)
    return np.asarray(np.clip(body - 0.74 * hollow - 0.9 * airways, 0.0, None), dtype=np.float32)


def _path(x: FloatImage, height: FloatImage, solid: Solid, seen: View) -> FloatImage:
    """Return the length in millimetres of each beam inside a solid."""
    centre, half_width, depth, angle = seen(solid)
    radius = radius_in_ellipse(x - centre, height - solid.z, (half_width, solid.rz), angle, solid.power)
    result: FloatImage = 2.0 * depth * np.sqrt(np.clip(1.0 - radius**2, 0.0, None))
    return result


def _spine(x: FloatImage, height: FloatImage, half_width: float) -> FloatImage:
    """Stack vertebral bodies with discs between; the column is convex and widens downwards."""
    width = half_width * (1.0 - height / 900.0)
    column = np.sqrt(np.clip(1.0 - (x / width) ** 2, 0.0, 1.0))
    phase = np.abs(np.mod(height + 400.0, 25.0) - 12.5)
    body = 0.62 + 0.38 * ramp(phase, 12.0, 9.5) + 0.25 * ramp(np.abs(phase - 9.5), 1.6, 0.4)
    pedicles = ramp(np.hypot(np.abs(x) - 0.62 * width, 1.2 * (phase - 4.0)), 4.2, 2.8)
    return np.asarray(24.0 * column * body + 7.0 * pedicles, dtype=np.float32)


def _ribs(plane: Plane, height: FloatImage) -> FloatImage:
    """Draw ten pairs of ribs: a steep front arc and a flatter back arc, brightest at their rims."""
    total = np.zeros_like(plane.pixels)
    across = np.abs(plane.x)
    for number in range(10):
        top = 112.0 - 24.5 * number
        reach = 84.0 + 52.0 * min(1.0, (number + 0.6) / 5.5) - max(0, number - 7) * 4.0
        turn = np.clip(across / reach, 0.0, 1.0)
        for sag, start, strength in ((-10.0 - 26.0 * turn**2.2, 10.0, 17.0), (-86.0 + 52.0 * turn**1.8, 58.0, 11.0)):
            if start > 40 and number > 5:
                continue
            offset = (height - top - sag) / (5.4 + 0.35 * number * 0.6)
            tube = np.clip(1.0 - offset**2, 0.0, 1.0)
            rim = np.sqrt(tube) * (0.7 + 0.6 * ramp(np.abs(offset), 0.55, 0.9))
            ends = ramp(across, start, start + 14.0) * ramp(across, reach, reach - 12.0)
            total += (strength * rim * ends).astype(np.float32)
    return total


def _shoulders(plane: Plane, height: FloatImage) -> FloatImage:
    """Add collar bones and the edges of the shoulder blades."""
    across = np.abs(plane.x)
    clavicle = height - 106.0 - 0.26 * (across - 20.0) + 9.0 * np.sin((across - 20.0) / 26.0)
    bone = np.sqrt(np.clip(1.0 - (clavicle / 6.0) ** 2, 0.0, 1.0)) * ramp(across, 17, 24) * ramp(across, 142, 134)
    edge = across - 122.0 + 0.30 * (height - 60.0)
    blade = ramp(np.abs(edge), 4.5, 2.5) * ramp(height, -30, -10) * ramp(height, 120, 100)
    plate = ramp(edge, 0.0, 3.0) * ramp(edge, 52.0, 46.0) * ramp(height, -30, 40) * ramp(height, 125, 105)
    head = np.sqrt(np.clip(1.0 - radius_in_ellipse(across - 160.0, height - 96.0, (25.0, 25.0)) ** 2, 0.0, 1.0))
    return np.asarray(17.0 * bone + 7.0 * blade + 8.0 * plate + 30.0 * head, dtype=np.float32)


def _vessels(plane: Plane, height: FloatImage, axis: int) -> FloatImage:
    """Project the pulmonary vessels of the CT phantom; those under a millimetre are left to the grain."""
    result = np.zeros_like(plane.pixels)
    tree = vessel_tree()
    for point in tree[tree[:, 3] > 1.1][::3]:
        across, up, radius = float(point[axis]), float(point[2]), float(point[3])
        rows, columns = plane.box(across, -up - 20.0, radius + 1.0)
        distance = np.hypot(plane.x[:, columns] - across, height[rows] - up)
        path = 2.0 * np.sqrt(np.clip(radius**2 - distance**2, 0.0, None))
        np.maximum(result[rows, columns], path, out=result[rows, columns])
    return result


def _detector(total: FloatImage, shape: tuple[int, int], spacing: float, seed: int) -> FloatImage:
    """Resample to the detector and add quantum noise, stronger where fewer photons arrive."""
    sharp = Image.fromarray(total).resize((shape[1], shape[0]), Image.Resampling.BICUBIC)
    exposed = np.clip(np.asarray(sharp, dtype=np.float32), 0.0, None)
    grain = texture(shape, 0.8, seed) + 0.8 * texture(shape, 1.0 / spacing, seed + 1)
    return np.asarray(exposed + grain * (0.4 + 0.006 * exposed), dtype=np.float32)
