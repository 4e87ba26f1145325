"""Make images as devices make them, with or without identities burned in, and the mask of the ink that must go.

For measuring only: nothing in `anonymizer` was tuned on these images but what its documentation says. Every image is
made anew from its number and a seed; names and identifiers belong to nobody.
"""

from dataclasses import dataclass
from importlib.resources import files
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

NAMES = (
    "VANDERBERG^ANNELIES", "Okonkwo, Chidi", "MUELLER-LUEDENSCHEIDT HEINZ", "Dvořáková Ludmila", "Ивашкина Вера",
    "O'SULLIVAN^SIOBHAN^M", "王秀英", "さとう けんじ", "Nguyễn Thị Hạnh", "SMITHSON, J.", "Petersen^Ole", "김민수",
)  # fmt: skip
PLACES = ("ST ELSEWHERE HOSPITAL", "Klinikum am Wald", "Northfield Imaging", "Clinique du Lac")
MARKS = ("L", "R", "5 cm", "MI 0.8", "TIS 0.4", "FR 25Hz", "12 dB", "AP", "10", "15")
LAYOUTS = ("banner", "two-lines", "corners", "column", "footer")
GROUNDS = ("sector", "slice", "gradient", "page")


@dataclass(frozen=True)
class Case:
    """Be one image: grey values, where ink of identities stands, and what is hard about it."""

    grey: NDArray[np.uint8]
    ink: NDArray[np.bool_]
    ground: str


def make(number: int, *, hard: bool, text: bool = True) -> Case:
    """Return the image of a number."""
    rng = np.random.default_rng([number, hard, text, 20])
    columns, rows = ((800, 600), (1024, 768), (640, 480))[number % 3]
    ground = GROUNDS[number % len(GROUNDS)]
    image = Image.fromarray(_ground(rng, columns, rows, ground))
    ink = Image.new("L", (columns, rows), 0)
    _marks(rng, image)
    if text:
        size = int(rng.integers(8, 12) if hard else rng.integers(10, 37))
        turn = float(rng.choice((0, 3, -4, 90))) if hard else 0.0
        for place, words in _layout(rng, LAYOUTS[number % len(LAYOUTS)], columns, rows, size):
            _write(rng, image, ink, place, words, size, turn, hard=hard)
    quality = int(rng.integers(45, 65) if hard else rng.integers(75, 96))
    return Case(_smeared(image, quality) if number % 2 else np.asarray(image), np.asarray(ink) > 96, ground)


def film(number: int, frames: int) -> list[Case]:
    """Return a film: a banner that stays, speckle that moves, and a clock that ticks."""
    first = make(number * 4, hard=False)
    shown = []
    for frame in range(frames):
        rng = np.random.default_rng([number, frame])
        grey = first.grey.copy()
        moving = ~_dilated(first.ink) & (grey > 20)
        grey[moving] = np.clip(grey[moving].astype(int) + rng.integers(-12, 13, int(moving.sum())), 0, 255)
        image, ink = Image.fromarray(grey), Image.fromarray(first.ink.astype(np.uint8) * 255)
        place = (image.width - 150, image.height - 30)
        for canvas in (image, ink):
            ImageDraw.Draw(canvas).text(place, f"11:42:{frame:02}", font=_font("1", 16), fill=255)
        shown.append(Case(np.asarray(image), np.asarray(ink) > 96, first.ground))
    return shown


def _ground(rng: np.random.Generator, columns: int, rows: int, kind: str) -> NDArray[np.uint8]:
    y, x = np.mgrid[0:rows, 0:columns]
    if kind == "page":
        return np.full((rows, columns), 235, np.uint8)
    if kind == "gradient":
        return (
            (40 + 100 * x / columns + 30 * np.sin(y / 60) + rng.normal(0, 3, (rows, columns))).clip(0, 255).astype("u1")
        )
    if kind == "slice":
        body = ((x - columns / 2) / (columns * 0.3)) ** 2 + ((y - rows / 2) / (rows * 0.33)) ** 2 < 1
        organ = ((x - columns * 0.45) / (columns * 0.1)) ** 2 + ((y - rows * 0.5) / (rows * 0.1)) ** 2 < 1
        return (body * 110 + organ * 50 + rng.normal(0, 6, (rows, columns)) * body).clip(0, 255).astype("u1")
    speckle = rng.rayleigh(34, (rows, columns))
    for _ in range(2):
        speckle = (speckle + np.roll(speckle, 1, 1) + np.roll(speckle, 2, 1) + np.roll(speckle, 1, 0)) / 4
    fan = (abs(x - columns / 2) < (y - rows * 0.12) * 0.75) & (
        (x - columns / 2) ** 2 + (y - rows * 0.12) ** 2 < (rows * 0.8) ** 2
    )
    return (np.clip(speckle * 2.2 - 30, 0, 230) * fan).astype("u1")


def _marks(rng: np.random.Generator, image: Image.Image) -> None:
    draw = ImageDraw.Draw(image)
    level = 20 if image.getpixel((2, 2)) > 128 else 220
    for place in range(3):
        words = str(rng.choice(MARKS))
        draw.text((image.width - 60, int(image.height * (0.4 + 0.12 * place))), words, font=_font("1", 14), fill=level)
    for tick in range(10):
        y = int(image.height * (0.2 + 0.06 * tick))
        draw.line((8, y, 14 if tick % 5 else 20, y), fill=level)


def _layout(
    rng: np.random.Generator, layout: str, columns: int, rows: int, size: int
) -> list[tuple[tuple[int, int], str]]:
    name, place = str(rng.choice(NAMES)), str(rng.choice(PLACES))
    number = f"MRN {rng.integers(100000, 9999999)}"
    born = f"{rng.integers(1, 29):02}.{rng.integers(1, 13):02}.19{rng.integers(30, 99)}"
    line = int(size * 1.5)
    if layout == "banner":
        return [((6, 4), f"{place}   {name}"), ((6, 4 + line), f"{number}   {born}")]
    if layout == "two-lines":
        return [((columns // 4, 6), name), ((columns // 4, 6 + line), f"{number} DOB {born}")]
    if layout == "corners":
        return [((6, 6), name), ((6, 6 + line), born), ((6, rows - 2 * line), number), ((columns // 2, 6), place)]
    if layout == "column":
        return [((8, 30 + line * index), words) for index, words in enumerate((name, number, born, place))]
    return [((6, rows - line - 6), f"{name} {number}"), ((6, rows - 2 * line - 8), born)]


def _write(
    rng: np.random.Generator,
    image: Image.Image,
    ink: Image.Image,
    place: tuple[int, int],
    words: str,
    size: int,
    turn: float,
    *,
    hard: bool,
) -> None:
    font = _font(words, size)
    left, top, right, bottom = font.getbbox(words)
    stamp = Image.new("L", (int(right - left) + 4, int(bottom - top) + 4), 0)
    ImageDraw.Draw(stamp).text((2 - left, 2 - top), words, font=font, fill=255)
    if turn:
        stamp = stamp.rotate(turn, expand=True, resample=Image.Resampling.BICUBIC)
    if turn == 90:
        place = (place[0] + place[1], 20)
    there = image.getpixel((min(place[0], image.width - 1), min(place[1], image.height - 1)))
    contrast = int(rng.integers(40, 80) if hard else rng.integers(110, 200))
    level = there + contrast if there < 128 else there - contrast
    image.paste(Image.new("L", stamp.size, int(np.clip(level, 0, 255))), place, stamp)
    ink.paste(255, place, stamp)


def _font(words: str, size: int) -> Any:
    if any(ord(symbol) > 0x2E80 for symbol in words):
        return ImageFont.truetype(str(files("noto_cjk_sans_otc") / "NotoSansCJK-Regular.ttc"), size)
    return ImageFont.truetype(str(files("font_source_sans_pro") / "files" / "SourceSansPro-Regular.ttf"), size)


def _smeared(image: Image.Image, quality: int) -> NDArray[np.uint8]:
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer))


def _dilated(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    grown = mask.copy()
    for axis in (0, 1):
        for step in (-2, -1, 1, 2):
            grown |= np.roll(mask, step, axis)
    return grown
