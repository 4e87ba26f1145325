"""A mammogram in two projections: skin line, fat, fibroglandular tissue, pectoral muscle, and a mass if asked for.

The chest wall is at the left of the array for a left breast; the caller mirrors the right one. Values are attenuation
in 0..1 with 0 for the bare detector, brighter for denser tissue.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image

from sample_studies.phantoms.noise import FloatImage, texture
from sample_studies.phantoms.plane import ramp

View = Literal["CC", "MLO"]


@dataclass(frozen=True)
class Mass:
    """Place a spiculated mass: depth from the chest wall and height as parts of the image, radius in rows."""

    depth: float
    height: float
    radius: float


def mammogram(rows: int, columns: int, view: View, seed: int, mass: Mass | None = None) -> FloatImage:
    """Return one left mammogram with values in 0..1."""
    x = np.linspace(0.0, columns / rows, columns, dtype=np.float32)[None, :]
    y = np.linspace(-0.5, 0.5, rows, dtype=np.float32)[:, None] - (0.06 if view == "MLO" else 0.0)
    reach, half = (0.60, 0.42) if view == "CC" else (0.58, 0.40)
    radius = ((x / reach) ** 2.2 + np.abs(y / half) ** 2.4) ** np.float32(0.45)
    radius = radius + 0.009 * _coarse((rows, columns), rows / 9, seed)
    depth = 1.0 - radius
    thickness = np.clip(depth / 0.14, 0.0, 1.0) ** 0.6
    image = 0.22 * thickness + 0.17 * ramp(np.abs(depth - 0.008), 0.012, 0.004)
    image += _glandular(x, y, depth, seed)
    if view == "MLO":
        edge = 0.26 - 0.62 * (y + 0.56) + 0.03 * np.sin(6.0 * y) - x
        image += 0.30 * ramp(edge, 0.0, 0.012) * (0.85 + 0.05 * _coarse((rows, columns), 14, seed + 5))
    if mass is not None:
        near = slice(*np.searchsorted(y[:, 0], (mass.height - 0.1, mass.height + 0.1)))
        beside = slice(*np.searchsorted(x[0], (mass.depth - 0.1, mass.depth + 0.1)))
        image[near, beside] += _mass(x[:, beside], y[near], mass, rows, seed)
    image = np.where(depth > 0, image, 0.0)
    grain = texture((rows, columns), 0.7, seed + 9)
    noisy = image + grain * (0.002 + 0.008 * np.sqrt(np.clip(image, 0.0, None)))
    return np.asarray(np.clip(noisy, 0.0, 1.0), dtype=np.float32)


def _coarse(shape: tuple[int, int], scale: float, seed: int) -> FloatImage:
    """Return noise of large grain, made at an eighth of the size and enlarged."""
    small = texture((shape[0] // 8 + 1, shape[1] // 8 + 1), scale / 8, seed)
    large = Image.fromarray(small).resize((shape[1], shape[0]), Image.Resampling.BICUBIC)
    return np.asarray(large, dtype=np.float32)


def _glandular(x: FloatImage, y: FloatImage, depth: FloatImage, seed: int) -> FloatImage:
    """Spread dense tissue as a cone behind the nipple, broken up by fat and crossed by thin ligaments."""
    shape = depth.shape[0], depth.shape[1]
    cone = np.exp(-(((x - 0.27) / 0.17) ** 2) - (y / (0.13 + 0.32 * np.clip(0.5 - x, 0, 1))) ** 2)
    lobes = (
        0.75 * _coarse(shape, 40, seed + 1) + 0.55 * _coarse(shape, 17, seed + 2) + 0.3 * texture(shape, 5, seed + 3)
    )
    dense = cone * ramp(lobes + 1.6 * cone, 0.2, 1.8)
    strands = ramp(np.abs(_coarse(shape, 24, seed + 4) + 0.3 * texture(shape, 5, seed + 3)), 0.13, 0.0)
    nipple = ramp(np.hypot((x - 0.575) * 1.2, y), 0.030, 0.022)
    fine = 0.030 * texture(shape, 2.5, seed + 6) * cone
    inside = ramp(depth, 0.0, 0.06)
    result: FloatImage = (0.40 * dense + 0.09 * strands * (0.25 + cone) + fine) * inside + 0.12 * nipple
    return result


def _mass(x: FloatImage, y: FloatImage, mass: Mass, rows: int, seed: int) -> FloatImage:
    """Draw a dense core with radiating strands and a cluster of microcalcifications."""
    across, down = x - mass.depth, y - mass.height
    distance, angle = np.hypot(across, down) * rows / mass.radius, np.arctan2(down, across)
    wobble = 1.0 + 0.13 * np.sin(5 * angle + 1) + 0.09 * np.sin(9 * angle) + 0.05 * np.sin(17 * angle + 2)
    core = ramp(distance / wobble, 1.15, 0.55)
    spicules = np.clip(np.sin(13 * angle) + 0.7 * np.sin(29 * angle + 0.4) - 0.75, 0.0, 1.0) * np.exp(-distance / 1.1)
    result = 0.24 * core + 0.16 * spicules * (distance < 4.0)
    for place in np.random.default_rng(seed).normal(scale=0.55, size=(14, 2)) * mass.radius / rows:
        result += 0.30 * ramp(np.hypot(across - place[0], down - place[1]) * rows, 3.2, 1.2)
    return np.asarray(result, dtype=np.float32)
