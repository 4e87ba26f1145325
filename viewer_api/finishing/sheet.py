"""Many pictures on one: rows of tiles with a heading each, on the dark ground of the pages.

A tile without a picture says that there is none to show: a gap would look like an image that is black.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from config.errors import TooLarge
from viewer_api.finishing.annotation import drawable, font_of

MAXIMUM_PIXELS = 1 << 26

_GROUND, _BEHIND, _TEXT, _MUTED = (10, 13, 17), (0, 0, 0), (221, 228, 234), (148, 163, 177)
_GAP, _MARGIN = 6, 14
_NARROWEST = 420  # so that a heading over one tile can be read


@dataclass(frozen=True, slots=True)
class Tile:
    """A picture, None when it cannot be shown, and the words in its corner."""

    picture: Image.Image | None
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """Tiles side by side, under a heading where there is one; more than fit go on in the next line."""

    heading: str
    tiles: Sequence[Tile]


def draw_sheet(rows: Sequence[Row], *, tile: int, columns: int, footer: str = "") -> Image.Image:
    """Return a sheet with `columns` tiles of `tile` pixels in a line, hardly wider than its longest line.

    Raises:
        TooLarge: more pixels than a sheet may have.
    """
    letters = max(11, min(18, tile // 9))
    line = letters * 2
    longest = max(min(columns, len(row.tiles)) for row in rows)
    width = max(_NARROWEST, 2 * _MARGIN + longest * (tile + _GAP) - _GAP)
    lines = [(len(row.tiles) + columns - 1) // columns for row in rows]
    heads = [line if row.heading else 0 for row in rows]
    height = 2 * _MARGIN + sum(heads) + sum(lines) * (tile + _GAP) + (len(rows) - 1) * _GAP
    height += line if footer else 0
    if width * height > MAXIMUM_PIXELS:
        raise TooLarge("the sheet has too many pixels: ask for smaller tiles or fewer of them")
    sheet = Image.new("RGB", (width, height), _GROUND)
    draw, top = ImageDraw.Draw(sheet), _MARGIN
    for row, count, head in zip(rows, lines, heads, strict=True):
        _write(draw, (_MARGIN, top + letters // 4), row.heading, letters, width - 2 * _MARGIN, _TEXT)
        top += head
        for number, one in enumerate(row.tiles):
            place = (_MARGIN + number % columns * (tile + _GAP), top + number // columns * (tile + _GAP))
            _paste(sheet, draw, one, place, tile, letters)
        top += count * (tile + _GAP) + _GAP
    _write(draw, (_MARGIN, top), footer, letters, width - 2 * _MARGIN, _MUTED)
    return sheet


def _paste(
    sheet: Image.Image, draw: ImageDraw.ImageDraw, tile: Tile, place: tuple[int, int], size: int, letters: int
) -> None:
    left, top = place
    draw.rectangle((left, top, left + size - 1, top + size - 1), fill=_BEHIND)
    if tile.picture is None:
        _write(draw, (left + letters // 2, top + size // 2 - letters // 2), "cannot be shown", letters, size, _MUTED)
    else:
        small = tile.picture.convert("RGB")
        small.thumbnail((size, size))
        sheet.paste(small, (left + (size - small.width) // 2, top + (size - small.height) // 2))
    _write(draw, (left + 4, top + size - letters - 5), tile.caption, letters - 1, size - 8, _TEXT, rim=True)


def _write(
    draw: ImageDraw.ImageDraw,
    place: tuple[int, int],
    text: str,
    letters: int,
    width: int,
    colour: tuple[int, int, int],
    *,
    rim: bool = False,
) -> None:
    """Write one line, cut with an ellipsis where it would not fit."""
    text, font = drawable(text), font_of(letters)
    if font.getlength(text) > width:
        while text and font.getlength(f"{text}...") > width:
            text = text[:-1]
        text = f"{text.rstrip()}..."
    draw.text(place, text, fill=colour, font=font, stroke_width=2 if rim else 0, stroke_fill=_BEHIND)
