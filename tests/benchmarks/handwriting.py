"""Draw words as a hand does: letters of few strokes, each time a little different, round, leaning and uneven.

Each letter is a list of strokes, a stroke a list of points of two digits: column and row, from 0 to 8, where capitals
stand from row 0 to row 6, and what hangs below reaches row 8.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

_ROWS, _BASE = 9, 6
_GAP = 1.2  # columns between two letters
_BETWEEN = 6  # points that a curve has between two points of a stroke
_LETTERS = {
    "A": "06 20 46,13 33", "B": "00 06 36 44 23 03,00 30 42 23", "C": "41 20 02 04 26 45",
    "D": "00 06 36 44 42 30 00", "E": "40 00 06 46,03 33", "F": "40 00 06,03 33", "G": "41 20 02 04 26 45 43 23",
    "H": "00 06,40 46,03 43", "I": "00 06", "J": "30 34 26 05", "K": "00 06,40 03 46", "L": "00 06 46",
    "M": "06 00 24 40 46", "N": "06 00 46 40", "O": "20 02 04 26 44 42 20", "P": "06 00 30 42 23 03",
    "Q": "20 02 04 26 44 42 20,24 46", "R": "06 00 30 42 23 03 46", "S": "41 20 01 12 33 45 26 05",
    "T": "00 40,20 26", "U": "00 04 26 44 40", "V": "00 26 40", "W": "00 16 23 36 40", "X": "00 46,40 06",
    "Y": "00 23 40,23 26", "Z": "00 40 06 46", "a": "33 13 04 16 34 33 35 46", "b": "00 06 26 34 13 04",
    "c": "33 13 04 16 35", "d": "33 13 04 16 34 30 35 46", "e": "04 34 23 13 04 16 35", "f": "31 20 12 16,03 23",
    "g": "33 13 04 16 34 33 37 18 07", "h": "00 06,04 23 34 36", "i": "03 05 16,01 01", "j": "13 17 08,11 11",
    "k": "00 06,33 04 36", "l": "00 05 16", "m": "03 06,04 13 24 26,24 33 44 46", "n": "03 06,04 23 34 36",
    "o": "13 04 16 34 23 13", "p": "03 08,04 13 34 26 06", "q": "33 13 04 16 34 33 38", "r": "03 06,05 13 23",
    "s": "33 13 04 35 26 06", "t": "11 15 26 35,03 33", "u": "03 05 16 35 33 36", "v": "03 16 33",
    "w": "03 16 24 36 43", "x": "03 36,33 06", "y": "03 15 34 33 37 18 07", "z": "03 33 06 36",
    "0": "20 02 04 26 44 42 20", "1": "12 20 26", "2": "01 20 42 06 46", "3": "00 30 32 13 34 25 06",
    "4": "30 04 44,31 36", "5": "40 00 03 33 45 26 06", "6": "30 02 05 26 44 23 04", "7": "00 40 16",
    "8": "23 01 20 41 23 05 26 45 23", "9": "42 13 01 20 41 26", "-": "03 33", ".": "06 06", ",": "06 08",
    "/": "06 40", ":": "03 03,06 06",
}  # fmt: skip


def hand_written(rng: np.random.Generator, words: str, size: int) -> Image.Image:
    """Return words in letters whose capitals are so high, in pixels: light on black."""
    unit = size / _BASE
    thick = size * rng.uniform(0.06, 0.13)
    uneven, lean, stretched = rng.uniform(0.1, 0.3), rng.uniform(-0.1, 0.35), rng.uniform(0.7, 1.1)
    strokes: list[NDArray[np.float64]] = []
    left = 0.0
    for letter in words:
        shape = _LETTERS.get(letter, "")
        lift, grown = rng.normal(0, 0.25), rng.uniform(0.9, 1.1)
        for stroke in shape.split(",") if shape else ():
            points = np.array([(int(point[0]), int(point[1])) for point in stroke.split()], float)
            points = (points + rng.normal(0, uneven, points.shape)) * grown
            x = (points[:, 0] + (_BASE - points[:, 1]) * lean) * stretched + left
            strokes.append(_curve(np.stack((x, points[:, 1] + lift), axis=1)))
        widest = max((int(point[0]) for point in shape.replace(",", " ").split()), default=2)
        left += (widest + _GAP) * stretched + rng.normal(0, 0.15)
    large = Image.new("L", (round((left + 4) * unit), round((_ROWS + 2) * unit)), 0)
    draw = ImageDraw.Draw(large)
    for stroke in strokes:
        for x, y in (stroke + 1) * unit:
            draw.ellipse((x - thick / 2, y - thick / 2, x + thick / 2, y + thick / 2), fill=255)
        draw.line([tuple(point) for point in (stroke + 1) * unit], fill=255, width=max(1, round(thick)), joint="curve")
    return large


def _curve(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the points of a smooth curve through some points (Catmull and Rom)."""
    around = np.concatenate((points[:1], points, points[-1:]))
    t = np.linspace(0, 1, _BETWEEN, endpoint=False)[:, None]
    parts = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        for a, b, c, d in zip(around, around[1:], around[2:], around[3:], strict=False)
    ]
    return np.concatenate((*parts, points[-1:]))
