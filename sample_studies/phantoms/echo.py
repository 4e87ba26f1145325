"""A beating heart in the apical four-chamber view of an ultrasound sector, with the screen of the machine around it.

The burned-in text is the point: names and numbers that only pixels hold. A frame is RGB, because the trace of the ECG
and the colour bar are green and orange on a grey image, as on real machines.
"""

import math
from collections.abc import Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from sample_studies.phantoms.noise import FloatImage, texture
from sample_studies.phantoms.plane import radius_in_ellipse, ramp

RgbImage = NDArray[np.uint8]

_APEX_ROW = 0.09
_HALF_ANGLE = 0.68


def cine(rows: int, columns: int, frames: int, banner: Sequence[str]) -> RgbImage:
    """Return one heart beat as (frames, rows, columns, 3); the lines of `banner` are burned in at the top."""
    screen = _screen(rows, columns, banner)
    result = np.empty((frames, rows, columns, 3), dtype=np.uint8)
    # Millimetres do not matter here: 1 is the depth of the sector, x grows to the right, y away from the probe.
    y = np.linspace(-_APEX_ROW / 0.86, (1 - _APEX_ROW) / 0.86, rows, dtype=np.float32)[:, None]
    x = np.linspace(-0.5, 0.5, columns, dtype=np.float32)[None, :] * np.float32(columns / rows / 0.86)
    wall, beams, sector = _wall(x, y), *_beams(x, y)
    for frame in range(frames):
        phase = frame / frames
        shape = (rows, columns)
        speckle = 0.30 + 0.55 * np.hypot(texture(shape, 1.4, 61, frame % 5), texture(shape, 1.4, 62, frame % 5))
        grey = np.clip(_beating(x, y, wall, phase) * speckle * beams, 0.0, 1.0) ** 0.85 * sector * 225.0
        result[frame] = np.maximum(grey.astype(np.uint8)[:, :, None], screen)
        _draw_trace(result[frame], phase)
    return result


def _beams(x: FloatImage, y: FloatImage) -> tuple[FloatImage, FloatImage]:
    """Return the strength of the beam at each pixel, and 1 inside the sector and 0 outside."""
    depth, angle = np.hypot(x, y), np.arctan2(x, y)
    streaks = 1.0 + 0.10 * np.sin(angle * 61.0) + 0.06 * np.sin(angle * 23.0 + 1.0)
    edges = ramp(np.abs(angle), _HALF_ANGLE, _HALF_ANGLE - 0.012) * ramp(depth, 0.02, 0.03) * ramp(depth, 1.0, 0.99)
    return np.asarray(streaks * np.exp(-0.55 * depth) * 1.25, dtype=np.float32), edges


def _wall(x: FloatImage, y: FloatImage) -> FloatImage:
    """Return the echo of what does not move: surrounding tissue, heart muscle, pericardium."""
    heart = radius_in_ellipse(x, y - 0.52, (0.245, 0.40), power=2.3)
    return 0.30 + 0.14 * ramp(heart, 1.06, 0.98) + 0.40 * ramp(np.abs(heart - 1.03), 0.035, 0.008)


def _beating(x: FloatImage, y: FloatImage, wall: FloatImage, phase: float) -> FloatImage:
    """Return the echo with chambers and valves at the point of the beat given by `phase` in 0..1."""
    squeeze = math.sin(math.pi * phase / 0.45) ** 2 if phase < 0.45 else 0.0
    chambers = (
        (0.085, 0.36, 0.085 * (1 - 0.30 * squeeze), 0.19 * (1 - 0.14 * squeeze), 6.0),
        (-0.105, 0.40, 0.062 * (1 - 0.22 * squeeze), 0.15 * (1 - 0.14 * squeeze), -9.0),
        (0.085, 0.71, 0.088 * (1 + 0.16 * squeeze), 0.105 * (1 + 0.12 * squeeze), 0.0),
        (-0.11, 0.70, 0.085 * (1 + 0.14 * squeeze), 0.10 * (1 + 0.10 * squeeze), 0.0),
    )
    echo = wall.copy()
    for centre_x, centre_y, half_width, half_height, turn in chambers:
        radius = radius_in_ellipse(x - centre_x, y - centre_y, (half_width, half_height), turn)
        echo += 0.16 * ramp(np.abs(radius - 1.06), 0.10, 0.02)
        echo *= 1.0 - 0.94 * ramp(radius, 1.03, 0.95)
    for hinge, strength in ((0.085, 0.55), (-0.108, 0.44)):
        line = np.abs(y - 0.575 + 0.10 * (1.0 - squeeze) * (1.0 - np.abs(x - hinge) / 0.085))
        reach = ramp(np.abs(np.abs(x - hinge) - 0.045), 0.040, 0.030)
        echo += strength * ramp(line, 0.010, 0.003) * reach
    return echo


def _screen(rows: int, columns: int, banner: Sequence[str]) -> RgbImage:
    """Draw what stays the same on every frame: text, depth marks and the grey bar."""
    image = Image.new("RGB", (columns, rows))
    draw = ImageDraw.Draw(image)
    size = rows // 30
    # The machine's own font has no ideographs, so the banner carries the romanised name, as consoles do.
    font = cast(ImageFont.FreeTypeFont, ImageFont.load_default(size=size))
    for number, line in enumerate(banner):
        draw.text((8, 4 + number * int(size * 1.25)), line, fill=(225, 225, 225), font=font)
    for number, line in enumerate(("TIS 0.8  MI 1.3", "P4-2 / Adult Echo", "FR 48 Hz  16 cm", "2D  64%  C 50  P Low")):
        draw.text((8, rows // 4 + number * int(size * 1.25)), line, fill=(170, 200, 235), font=font)
    for mark in range(17):
        y = int(rows * (_APEX_ROW + 0.86 * mark / 16))
        draw.line((columns - 24, y, columns - (10 if mark % 5 else 4), y), fill=(190, 190, 190))
    for step in range(rows // 4):
        level = 255 - step * 255 // (rows // 4)
        draw.line((columns - 50, 20 + step, columns - 38, 20 + step), fill=(level, level, level * 3 // 4))
    return np.asarray(image)


def _draw_trace(frame: RgbImage, phase: float) -> None:
    """Draw the ECG at the bottom with the marker at the current point of the beat."""
    rows, columns = frame.shape[:2]
    beat = (np.arange(columns) / columns * 3.0) % 1.0
    wave = 0.12 * np.exp(-(((beat - 0.12) / 0.03) ** 2)) + np.exp(-(((beat - 0.22) / 0.012) ** 2))
    wave += 0.25 * np.exp(-(((beat - 0.48) / 0.05) ** 2)) - 0.2 * np.exp(-(((beat - 0.25) / 0.012) ** 2))
    level = (rows * 0.965 - wave * rows * 0.05).astype(int)
    columns_drawn = np.arange(columns)
    for thickness in (0, 1):
        frame[level + thickness, columns_drawn] = (40, 220, 90)
    marker = int((1 + phase) / 3.0 * columns)
    frame[int(rows * 0.90) : int(rows * 0.985), marker : marker + 2] = (240, 160, 40)
