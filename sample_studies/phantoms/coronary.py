"""A coronary angiogram: vessels that fill with contrast, empty again, and move with the beat.

The tree is drawn once into a map of thickness and a map of arrival times; a frame is then one expression. Values are
0..255 with dark vessels, as X-ray angiography shows them.
"""

import numpy as np
from numpy.typing import NDArray

from sample_studies.phantoms.noise import FloatImage, texture
from sample_studies.phantoms.plane import Plane, ramp

# A branch: points of a smooth line in millimetres, radius at its start, and when contrast reaches it (0..1 of the run).
Branch = tuple[tuple[tuple[float, float], ...], float, float]

_LEFT: tuple[Branch, ...] = (
    (((-34, -34), (-26, -33), (-16, -31)), 2.3, 0.08),
    (((-16, -31), (-4, -22), (4, -6), (14, 12), (20, 32), (16, 48)), 1.8, 0.12),
    (((-16, -31), (-20, -14), (-12, 6), (2, 22), (6, 36)), 1.7, 0.12),
    (((-8, -25), (10, -22), (26, -10), (38, 6)), 1.2, 0.16),
    (((6, -2), (22, 2), (34, 16), (40, 30)), 1.1, 0.20),
    (((-19, -16), (-30, -4), (-36, 14), (-34, 32)), 1.3, 0.17),
    (((-12, 6), (-24, 16), (-28, 34)), 1.0, 0.22),
    (((0, -16), (-4, -2), (-2, 10)), 0.8, 0.19),
    (((10, 6), (4, 14), (6, 24)), 0.7, 0.23),
    (((26, -10), (36, -14), (44, -8)), 0.7, 0.22),
    (((2, 22), (-8, 32), (-10, 44)), 0.8, 0.26),
)
_RIGHT: tuple[Branch, ...] = (
    (((-6, -36), (10, -32), (22, -18), (24, 2), (16, 18), (2, 26)), 2.0, 0.08),
    (((2, 26), (-12, 28), (-26, 22), (-38, 24)), 1.3, 0.22),
    (((2, 26), (-10, 36), (-22, 42)), 1.1, 0.23),
    (((22, -18), (34, -12), (42, 2)), 0.9, 0.14),
    (((24, 2), (36, 10), (42, 24)), 0.8, 0.17),
    (((10, -32), (8, -44), (-2, -50)), 0.7, 0.11),
    (((16, 18), (24, 30), (22, 42)), 0.7, 0.20),
)
_STENOSIS = (11.0, 6.5, 3.2)  # x, y and length of the narrowing in the left anterior descending artery


def angiogram(size: int, frames: int, *, left: bool, seed: int) -> NDArray[np.float32]:
    """Return a run of `frames` square images of the left or the right coronary artery, values 0..255."""
    plane = Plane(size, size, 110.0 / size)
    thickness, arrival = _tree(plane, _LEFT if left else _RIGHT, narrow=left)
    catheter = _catheter(plane, -34.0 if left else -6.0, -34.0 if left else -36.0)
    still = _background(plane, seed)
    result = np.empty((frames, size, size), dtype=np.float32)
    for frame in range(frames):
        time = frame / frames
        filled = ramp(np.float32(time) - arrival, 0.0, 0.06) * ramp(np.float32(time) - arrival, 0.75, 0.48)
        beat = np.sin(2 * np.pi * frame / 9.0)
        shift = (round(size * 0.012 * beat), round(size * 0.007 * beat))
        vessels = np.roll(1.0 - np.exp(-0.34 * thickness * filled), shift, axis=(0, 1))
        blush = 7.0 * ramp(np.float32(time), 0.35, 0.7) * texture((size, size), size / 24, seed + 3).clip(0, None)
        noise = texture((size, size), 0.8, seed + 7, frame) * 3.2
        result[frame] = still * (1.0 - 0.75 * vessels) * (1.0 - 0.45 * catheter) - blush + noise
    return np.clip(result, 0.0, 255.0)


def _tree(plane: Plane, branches: tuple[Branch, ...], *, narrow: bool) -> tuple[FloatImage, FloatImage]:
    """Draw all branches; return the thickness of contrast in millimetres and the arrival time of each pixel."""
    thickness = np.zeros_like(plane.pixels)
    arrival = np.full_like(plane.pixels, 2.0)
    for points, start_radius, start in branches:
        line = _smooth(np.array(points, dtype=np.float64))
        for step, (x, y) in enumerate(line):
            part = step / len(line)
            radius = start_radius * (1.0 - 0.55 * part)
            if narrow and np.hypot(x - _STENOSIS[0], y - _STENOSIS[1]) < _STENOSIS[2] and start_radius > 1.5:
                radius *= 0.30
            rows, columns = plane.box(float(x), float(y), radius + 0.6)
            distance = np.hypot(plane.x[:, columns] - x, plane.y[rows] - y)
            path = 2.0 * np.sqrt(np.clip(radius**2 - distance**2, 0.0, None))
            np.maximum(thickness[rows, columns], path, out=thickness[rows, columns])
            reached = np.where(path > 0, np.float32(start + 0.14 * part), np.float32(2.0))
            np.minimum(arrival[rows, columns], reached, out=arrival[rows, columns])
    return thickness, arrival


def _smooth(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Run a Catmull-Rom curve through the points, one sample about every third of a millimetre, slightly wavy."""
    padded = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    pieces = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        t = np.linspace(0, 1, max(4, int(3 * np.hypot(*(c - b)))), endpoint=False)[:, None]
        pieces.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3))
    line = np.vstack(pieces)
    wave = np.linspace(0, len(line) / 14.0, len(line))
    line[:, 0] += 0.45 * np.sin(wave)
    return line


def _catheter(plane: Plane, tip_x: float, tip_y: float) -> FloatImage:
    """Draw the guide from the top of the image to the ostium."""
    y = plane.y
    course = tip_x - 9.0 * ramp(y, tip_y, tip_y - 14.0) + 0.06 * (y - tip_y)
    wall = np.abs(plane.x - course)
    return (ramp(wall, 1.15, 0.85) * (0.55 + 0.45 * ramp(wall, 0.4, 0.9)) * ramp(y, tip_y + 0.5, tip_y)).astype(
        np.float32
    )


def _background(plane: Plane, seed: int) -> FloatImage:
    """Show lung, heart shadow, spine, ribs and the dome of the diaphragm, all soft, inside the collimator."""
    x, y = plane.x, plane.y
    shape = (plane.pixels.shape[0], plane.pixels.shape[1])
    image = 178.0 + 5.0 * texture(shape, shape[0] / 12, seed) - 26.0 * ramp(np.hypot(x - 4, 1.1 * (y - 6)), 52, 34)
    image -= 30.0 * ramp(y + 0.004 * (x + 10) ** 2, 38.0, 46.0)
    spine = ramp(np.abs(x + 40 + 0.12 * y), 15, 9)
    image -= spine * (24.0 + 8.0 * (np.abs(np.mod(y + 80, 24.0) - 12.0) > 10.3))
    for rib in range(-3, 4):
        offset = y - 17.0 * rib + 0.34 * x - 0.004 * x**2
        image -= 9.0 * np.sqrt(np.clip(1.0 - (offset / 4.2) ** 2, 0.0, 1.0))
    shutter = ramp(np.maximum(np.abs(x), np.abs(y)), 54.0, 53.0) * ramp(np.hypot(x, y), 70.0, 68.5)
    return np.asarray(np.clip(image, 20.0, 235.0) * shutter, dtype=np.float32)
