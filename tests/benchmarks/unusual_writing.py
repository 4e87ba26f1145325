"""Make images with identities in writing that is not made of printed letters: of dots, of seven strokes, by hand.

For measuring only, as `banners.py`. Old devices and films write so: dot-matrix printers and frame grabbers, the clocks
of cameras, and who writes on a film or a form. Sizes run from 8 to 36 pixels, light on dark and dark on light, over
plain ground, clouds, ribs and grain. Images of the family `TRIED` may be tuned on, those of `KEPT` never.
"""

from collections.abc import Callable
from importlib.resources import files

import numpy as np
from banners import Case
from handwriting import hand_written
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

TRIED, KEPT = 3, 4
SIZES = (8, 37)
NAMES = ("VANDERBERG ANNELIES", "OKONKWO CHIDI", "SMITHSON J", "PETERSEN OLE", "FERREIRA DA SILVA", "LI NA")
GROUNDS = ("plain", "clouds", "ribs", "grain")
_FINE = 8  # times the size that shapes are drawn at
_DOTS_5X7 = {
    "A": "7E1111117E", "B": "7F49494936", "C": "3E41414122", "D": "7F4141221C", "E": "7F49494941",
    "F": "7F09090901", "G": "3E41414932", "H": "7F0808087F", "I": "00417F4100", "J": "2040413F01",
    "K": "7F08142241", "L": "7F40404040", "M": "7F020C027F", "N": "7F0408107F", "O": "3E4141413E",
    "P": "7F09090906", "Q": "3E4151215E", "R": "7F09192946", "S": "4649494931", "T": "01017F0101",
    "U": "3F4040403F", "V": "1F2040201F", "W": "7F2018207F", "X": "6314081463", "Y": "0304780403",
    "Z": "6151494543", "0": "3E5149453E", "1": "00427F4000", "2": "4261514946", "3": "2141454B31",
    "4": "1814127F10", "5": "2745454539", "6": "3C4A494930", "7": "0171090503", "8": "3649494936",
    "9": "064949291E", " ": "0000000000", "-": "0808080808", "/": "2010080402", ".": "0060600000",
    ":": "0036360000",
}  # fmt: skip
# The seven strokes of a digit, from the top clockwise and the middle one last, as bits from the lowest.
_SEGMENTS = (0x3F, 0x06, 0x5B, 0x4F, 0x66, 0x6D, 0x7D, 0x07, 0x7F, 0x6F)
_ENDS = (((0, 0), (1, 0)), ((1, 0), (1, 1)), ((1, 1), (1, 2)), ((0, 2), (1, 2)), ((0, 1), (0, 2)), ((0, 0), (0, 1)),
         ((0, 1), (1, 1)))  # fmt: skip

Writer = Callable[[np.random.Generator, int], Image.Image]


def make_unusual(kind: str, number: int, family: int) -> Case:
    """Return the image of a number in one of the `KINDS` of writing."""
    rng = np.random.default_rng([number, sorted(KINDS).index(kind), family])
    columns, rows = ((640, 480), (512, 512), (720, 540))[number % 3]
    ground = GROUNDS[number // 2 % len(GROUNDS)]
    dark_ink = bool(number % 2)
    grey = _ground(rng, columns, rows, ground)
    image = Image.fromarray(255 - grey if dark_ink else grey)
    ink = Image.new("L", image.size, 0)
    size = int(rng.integers(*SIZES))
    contrast = int(rng.integers(80, 170)) * (-1 if dark_ink else 1)
    top = int(rng.integers(6, rows // 2))
    for _ in range(3):
        stamp = KINDS[kind](rng, size)
        place = int(rng.integers(6, max(7, columns - stamp.width - 6))), top
        _press(image, ink, stamp, place, contrast)
        top += stamp.height + int(size * rng.uniform(0.4, 1.2))
    return Case(np.asarray(image), np.asarray(ink) > 96, "sector" if ground == "grain" else ground)


def _dots(rng: np.random.Generator, size: int) -> Image.Image:
    """Return words of round or square dots that do not touch."""
    words = str(rng.choice(NAMES)) if rng.random() < 0.5 else _number(rng)
    cells = _cells_7x9(words) if rng.random() < 0.5 else _cells_5x7(words)
    pitch = _FINE * size / cells.shape[0]
    radius = pitch * rng.uniform(0.28, 0.44)
    large = Image.new("L", (round(cells.shape[1] * pitch) + 1, round(cells.shape[0] * pitch) + 1), 0)
    draw = ImageDraw.Draw(large)
    shape = draw.ellipse if rng.random() < 0.7 else draw.rectangle
    for row, column in np.argwhere(cells):
        x, y = (column + 0.5) * pitch, (row + 0.5) * pitch
        shape((x - radius, y - radius, x + radius, y + radius), fill=255)
    return _reduced(large)


def _cells_5x7(words: str) -> NDArray[np.bool_]:
    columns = [int(_DOTS_5X7[letter][at : at + 2], 16) for letter in words for at in range(0, 10, 2)]
    cells = np.array([[column >> row & 1 for column in columns] for row in range(7)], np.bool_)
    return np.asarray(np.insert(cells, np.arange(5, cells.shape[1], 5), values=False, axis=1))


def _cells_7x9(words: str) -> NDArray[np.bool_]:
    """Return letters of nine rows, as the hinting of a font draws them in black and white."""
    font = ImageFont.truetype(str(files("reportlab") / "fonts" / "Vera.ttf"), 12)
    image = Image.new("1", (round(font.getlength(words)) + 8 + len(words), 16), 0)
    draw, x = ImageDraw.Draw(image), 1
    draw.fontmode = "1"
    for letter in words:
        draw.text((x, 0), letter, font=font, fill=1)
        x += round(font.getlength(letter)) + 1
    cells = np.asarray(image)
    rows, columns = np.flatnonzero(cells.any(axis=1)), np.flatnonzero(cells.any(axis=0))
    return np.asarray(cells[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])


def _segments(rng: np.random.Generator, size: int) -> Image.Image:
    """Return a number in digits of seven strokes with gaps at their ends, upright or leaning."""
    words, high = _number(rng), _FINE * size
    thick, gap = high * rng.uniform(0.07, 0.14), high * rng.uniform(0.02, 0.05)
    wide, lean = high * rng.uniform(0.45, 0.58), rng.choice((0.0, 0.12))
    step = wide + high * rng.uniform(0.2, 0.35)
    margin = lean * high + 2 * thick
    large = Image.new("L", (round(step * len(words) + 2 * margin), round(high + 2 * thick)), 0)
    draw = ImageDraw.Draw(large)
    for place, letter in enumerate(words):
        left = margin + place * step
        for ends in _strokes_of(letter):
            first, last = (
                np.array((left + x * wide + (1 - y) * lean * high / 2, thick + y * high / 2)) for x, y in ends
            )
            along = (last - first) / max(1.0, float(np.hypot(*(last - first)))) * (gap + thick / 2)
            draw.line([tuple(first + along), tuple(last - along)], fill=255, width=max(1, round(thick)))
    return _reduced(large)


def _strokes_of(letter: str) -> list[tuple[tuple[float, float], ...]]:
    if letter.isdecimal():
        return [_ENDS[bit] for bit in range(7) if _SEGMENTS[int(letter)] >> bit & 1]
    if letter == "-":
        return [_ENDS[6]]
    return [((0.4, 0.5), (0.4, 0.9)), ((0.4, 1.2), (0.4, 1.6))] if letter == ":" else []


def _number(rng: np.random.Generator) -> str:
    day = f"{rng.integers(1, 29):02}-{rng.integers(1, 13):02}-{rng.integers(1930, 2015)}"
    return day if rng.random() < 0.5 else f"{rng.integers(10000, 99999999)} {rng.integers(100, 9999)}"


def _by_hand(rng: np.random.Generator, size: int) -> Image.Image:
    words = str(rng.choice(NAMES)) if rng.random() < 0.7 else _number(rng)
    return _reduced(hand_written(rng, words if rng.random() < 0.4 else words.title(), _FINE * size))


def _reduced(large: Image.Image) -> Image.Image:
    size = max(1, -(-large.width // _FINE)), max(1, -(-large.height // _FINE))
    return large.resize(size, Image.Resampling.BOX)


def _press(image: Image.Image, ink: Image.Image, stamp: Image.Image, place: tuple[int, int], contrast: int) -> None:
    there = np.asarray(image.crop((*place, place[0] + stamp.width, place[1] + stamp.height)))
    level = int(np.clip(float(there.mean()) + contrast, 0, 255))
    image.paste(Image.new("L", stamp.size, level), place, stamp)
    ink.paste(255, place, stamp)


def _ground(rng: np.random.Generator, columns: int, rows: int, kind: str) -> NDArray[np.uint8]:
    y, x = np.mgrid[0:rows, 0:columns]
    noise = rng.normal(0, 3, (rows, columns))
    if kind == "clouds":
        coarse = rng.normal(50, 25, (rows // 24 + 2, columns // 24 + 2)).clip(0, 120).astype(np.uint8)
        noise += np.asarray(Image.fromarray(coarse).resize((columns, rows), Image.Resampling.BICUBIC))
    elif kind == "ribs":
        noise += 45 + 35 * np.sin(y / rng.uniform(9, 16) + ((x - columns / 2) / 150) ** 2)
    elif kind == "grain":
        grain = Image.fromarray(rng.rayleigh(22, (rows, columns // 2 + 1)).clip(0, 255).astype(np.uint8))
        noise = np.asarray(grain.resize((columns, rows), Image.Resampling.BILINEAR)).astype(float)
    else:
        noise += 8
    return np.asarray(noise.clip(0, 255).astype(np.uint8))


KINDS: dict[str, Writer] = {"of dots": _dots, "of seven strokes": _segments, "by hand": _by_hand}
