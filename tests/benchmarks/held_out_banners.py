"""Make images with burned-in identities that nothing was tuned on: other fonts, layouts, grounds and faults.

Kept apart from `banners.py`, on which thresholds were tried: what is measured here is reported as it is. Who changes
the finding of text because of a miss here has to write other images, since these are then held out no more.
"""

from importlib.resources import files
from io import BytesIO
from typing import Any

import numpy as np
from banners import Case
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

NAMES = (
    "Achterberg, Wilhelmina", "OYELARAN TEMITOPE", "Szczepańska^Grażyna", "Ó Raghallaigh Pádraig", "陈志强",
    "田中 一郎", "Μαρία Παπαδοπούλου", "Ferreira da Silva, J. M.",
    "Kowalczuk-Ruiz^Inés^^Dr", "박지훈", "Шевченко Олена", "Li^Na",
)  # fmt: skip
WARDS = ("Ward 7B / Dr. Fairweather", "Praxis Lindenhof", "EASTGATE MEDICAL CENTRE", "Hôpital des Tilleuls")
SCALES = ("L", "RT", "12 cm", "TI 1.1", "FR 31Hz", "0", "20", "PA")
LAYOUTS = ("right", "white-box", "bar", "across", "sheet", "lower-right")
GROUNDS = ("fan", "film", "clouds", "form")
READABLE = 20  # of 255: ink that differs less from its ground is seen by nobody, and does not count
FONTS = ("Vera.ttf", "VeraBd.ttf", "VeraIt.ttf")


def make_held_out(number: int, *, hard: bool, text: bool = True) -> Case:
    """Return the image of a number."""
    rng = np.random.default_rng([number, hard, text, 7742])
    columns, rows = ((720, 540), (640, 512), (960, 720), (512, 512))[number % 4]
    ground = GROUNDS[number // 2 % len(GROUNDS)]
    image = Image.fromarray(_ground(rng, columns, rows, ground))
    ink = Image.new("L", image.size, 0)
    face = FONTS[number % len(FONTS)]
    _scales(rng, image, face)
    before = np.asarray(image).astype(int)
    if text:
        size = int(rng.integers(8, 12) if hard else rng.integers(11, 34))
        turn = float(rng.choice((0, 0, 2, -5, 270))) if hard else 0.0
        contrast = int(rng.integers(35, 75) if hard else rng.integers(100, 190))
        layout = LAYOUTS[number % len(LAYOUTS)]
        lines = _lines(rng, layout)
        _paper(image, layout, len(lines), size, contrast)
        before = np.asarray(image).astype(int)
        for row, words in enumerate(lines):
            stamp = _stamp(words, face, size, turn)
            place = _place(layout, image.size, stamp.size, row, size, turn)
            _press(image, ink, stamp, place, contrast)
    written = np.asarray(ink) > 96
    written &= np.abs(np.asarray(image).astype(int) - before) >= READABLE
    return Case(_worn(rng, image, hard=hard), written, "sector" if ground == "fan" else ground)


def _ground(rng: np.random.Generator, columns: int, rows: int, kind: str) -> NDArray[np.uint8]:
    y, x = np.mgrid[0:rows, 0:columns]
    if kind == "form":
        page = np.full((rows, columns), 225, np.uint8)
        page[rows // 3 :: 48] = 120
        return page
    if kind == "clouds":
        coarse = rng.normal(90, 28, (rows // 32 + 2, columns // 32 + 2)).clip(0, 255).astype(np.uint8)
        smooth = Image.fromarray(coarse).resize((columns, rows), Image.Resampling.BICUBIC)
        return (np.asarray(smooth) + rng.normal(0, 4, (rows, columns))).clip(0, 255).astype(np.uint8)
    if kind == "film":
        ribs = 60 + 45 * np.sin(y / 17 + (x - columns / 2) ** 2 / 20000) * (abs(x - columns / 2) < columns * 0.3)
        return (
            (ribs + 40 * np.exp(-(((x - columns / 2) / 60) ** 2)) + rng.normal(0, 5, x.shape)).clip(0, 255).astype("u1")
        )
    depth = np.hypot(x - columns / 2, y - 30)
    inside = (depth < rows * 0.85) & (depth > 60) & (abs(np.arctan2(x - columns / 2, y - 30)) < 0.62)
    grain = Image.fromarray((rng.rayleigh(45, (rows, columns // 3 + 1))).clip(0, 255).astype(np.uint8))
    wide = np.asarray(grain.resize((columns, rows), Image.Resampling.BILINEAR))
    return (wide * (0.4 + 0.6 * np.cos(depth / 70) ** 2) * inside).astype(np.uint8)


def _scales(rng: np.random.Generator, image: Image.Image, face: str) -> None:
    draw = ImageDraw.Draw(image)
    level = 30 if image.getpixel((3, 3)) > 128 else 210
    for place in range(3):
        where = (14, int(image.height * (0.55 + 0.13 * place)))
        draw.text(where, str(rng.choice(SCALES)), font=_font("1", face, 13), fill=level)
    for tick in range(12):
        y = int(image.height * (0.3 + 0.05 * tick))
        draw.line((image.width - 12, y, image.width - (2 if tick % 4 else 6), y), fill=level)


def _lines(rng: np.random.Generator, layout: str) -> list[str]:
    name, ward = str(rng.choice(NAMES)), str(rng.choice(WARDS))
    born = f"{rng.integers(1930, 2015)}/{rng.integers(1, 13):02}/{rng.integers(1, 29):02}"
    number = f"{rng.integers(10, 99)}-{rng.integers(1000, 9999)}-{rng.integers(100, 999)}"
    if layout in {"bar", "across"}:
        return [f"{name}  {number}  *{born}"]
    if layout == "sheet":
        return [f"Patient: {name}", f"ID: {number}", f"Born: {born}", f"Ref: {ward}"]
    return [name, number, f"{born}  {ward}"]


def _paper(image: Image.Image, layout: str, lines: int, size: int, contrast: int) -> None:
    """Draw the light box or the bar that some devices write on."""
    draw, height = ImageDraw.Draw(image), int(size * 1.6) * lines + 12
    if layout == "white-box":
        draw.rectangle((image.width // 5, 8, image.width // 5 + 26 * size, 8 + height), fill=min(255, 60 + contrast))
    if layout == "bar":
        draw.rectangle((0, image.height - height, image.width, image.height), fill=70)


def _stamp(words: str, face: str, size: int, turn: float) -> Image.Image:
    font = _font(words, face, size)
    left, top, right, bottom = font.getbbox(words)
    stamp = Image.new("L", (int(right - left) + 4, int(bottom - top) + 4), 0)
    ImageDraw.Draw(stamp).text((2 - left, 2 - top), words, font=font, fill=255)
    return stamp.rotate(turn, expand=True, resample=Image.Resampling.BICUBIC) if turn else stamp


def _place(
    layout: str, picture: tuple[int, int], stamp: tuple[int, int], row: int, size: int, turn: float
) -> tuple[int, int]:
    step = int(size * 1.6) * row
    if turn == 270:
        return max(0, picture[0] - 2 * size - 8 - step), 20
    left, top = {
        "right": (picture[0] - stamp[0] - 8, 6 + step),
        "white-box": (picture[0] // 5 + 6, 12 + step),
        "bar": (10, picture[1] - stamp[1] - 8),
        "across": (picture[0] // 6, picture[1] // 2),
        "sheet": (40, picture[1] // 3 + 6 + 48 * row),
        "lower-right": (picture[0] - stamp[0] - 20, picture[1] - int(size * 5.2) + step),
    }[layout]
    return max(0, left), max(0, top)


def _press(image: Image.Image, ink: Image.Image, stamp: Image.Image, place: tuple[int, int], contrast: int) -> None:
    there = float(np.asarray(image.crop((*place, place[0] + stamp.width, place[1] + stamp.height))).mean())
    level = there + contrast if there < 128 else there - contrast
    image.paste(Image.new("L", stamp.size, int(np.clip(level, 0, 255))), place, stamp)
    ink.paste(255, place, stamp)


def _font(words: str, face: str, size: int) -> Any:
    if any(ord(symbol) > 0x2E80 for symbol in words):
        return ImageFont.truetype(str(files("noto_cjk_sans_otc") / "NotoSansCJK-Regular.ttc"), size)
    if any(ord(symbol) > 0x17F for symbol in words):  # what this face lacks
        return ImageFont.truetype(str(files("font_source_sans_pro") / "files" / "SourceSansPro-Regular.ttf"), size)
    return ImageFont.truetype(str(files("reportlab") / "fonts" / face), size)


def _worn(rng: np.random.Generator, image: Image.Image, *, hard: bool) -> NDArray[np.uint8]:
    """Return an image as a frame grabber or an encoder leaves it."""
    if hard and rng.random() < 0.3:
        image = image.filter(ImageFilter.GaussianBlur(0.6))
    if rng.random() < 0.3:
        return np.asarray(image)
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=int(rng.integers(45, 70) if hard else rng.integers(75, 96)))
    return np.asarray(Image.open(buffer))
