"""Make the icon of an image anew from its pixels, where it had one (PS3.3 C.7.6.1.1.6).

An icon shows what the image showed before anything was done to it; so it never stays. The new one is made of the first
frame as it is published: grey of eight bits, at most 64 wide and high, by the image's own window or from its darkest
to its lightest. `rebuilt_icon` makes it of uncompressed grey or interleaved RGB pixels of 8 or 16 bits, which costs
next to nothing; of all others `anonymizer.pixels` does, where somebody decodes them. Where nobody does there is none.
"""

from typing import Literal

from anonymizer.element import Bulk, Element, Encoding
from anonymizer.header import BITS_ALLOCATED, COLUMNS, PHOTOMETRIC, ROWS, SAMPLES_PER_PIXEL, Header
from anonymizer.scanning import Fetch
from anonymizer.writing import text_value

ICON = 0x00880200
STORED_PIXELS = 0x7FE00010
_LONGEST_SIDE = 64
_PLANAR, _BITS_STORED, _SIGNED = 0x00280006, 0x00280101, 0x00280103
_CENTER, _WIDTH, _INTERCEPT, _SLOPE = 0x00281050, 0x00281051, 0x00281052, 0x00281053
_GREYS = frozenset({"MONOCHROME1", "MONOCHROME2"})


def rebuilt_icon(header: Header, pixels: Element | None, fetch: Fetch, encoding: Encoding) -> Element | None:
    """Return a new Icon Image Sequence, None where none is made."""
    rows, columns = header.number(ROWS) or 0, header.number(COLUMNS) or 0
    samples, bits = header.number(SAMPLES_PER_PIXEL) or 1, header.number(BITS_ALLOCATED)
    photometric = header.text(PHOTOMETRIC).upper()
    grey = samples == 1 and photometric in _GREYS
    colour = samples == 3 and photometric == "RGB" and not header.number(_PLANAR) and bits == 8
    if pixels is None or bits not in {8, 16} or not (rows and columns and (grey or colour)):
        return None
    size = samples * bits // 8
    if not isinstance(pixels.value, bytes | Bulk) or _length(pixels.value) < rows * columns * size:
        return None
    sampled = _sampled(pixels.value, fetch, rows, columns, size)
    values = [_weighted(each) for each in sampled] if colour else _stored(sampled, header, encoding)
    return icon_of(header, values, encoding, as_stored=grey)


def icon_of(header: Header, values: list[int], encoding: Encoding, *, as_stored: bool) -> Element:
    """Return an Icon Image Sequence of the values at `icon_places`: stored values, or else grey from 0 to 255."""
    height, width = icon_shape(header.number(ROWS) or 0, header.number(COLUMNS) or 0)
    photometric = header.text(PHOTOMETRIC).upper() if as_stored else "MONOCHROME2"
    icon: dict[int, tuple[str, int | str]] = {
        SAMPLES_PER_PIXEL: ("US", 1), PHOTOMETRIC: ("CS", photometric), ROWS: ("US", height),
        COLUMNS: ("US", width), BITS_ALLOCATED: ("US", 8), _BITS_STORED: ("US", 8), 0x00280102: ("US", 7),
        _SIGNED: ("US", 0),
    }  # fmt: skip
    item = [Element(tag, vr, _written(vr, value, encoding)) for tag, (vr, value) in sorted(icon.items())]
    shown = _windowed(values, header) if as_stored else bytes(values)
    item.append(Element(STORED_PIXELS, "OB" if encoding.explicit else "OW", shown + bytes(len(shown) % 2)))
    return Element(ICON, "SQ", [item])


def _length(value: bytes | Bulk) -> int:
    return value.length if isinstance(value, Bulk) else len(value)


def icon_shape(rows: int, columns: int) -> tuple[int, int]:
    """Return the rows and columns of the icon of an image."""
    longest = max(rows, columns, _LONGEST_SIDE)
    return max(1, rows * _LONGEST_SIDE // longest), max(1, columns * _LONGEST_SIDE // longest)


def icon_places(rows: int, columns: int) -> tuple[list[int], list[int]]:
    """Return which rows and columns of an image its icon shows."""
    height, width = icon_shape(rows, columns)
    return [row * rows // height for row in range(height)], [column * columns // width for column in range(width)]


def _sampled(value: bytes | Bulk, fetch: Fetch, rows: int, columns: int, size: int) -> list[bytes]:
    """Return the bytes of the pixels that the icon shows, row by row."""
    down, across = icon_places(rows, columns)
    found: list[bytes] = []
    for row in down:
        at, length = row * columns * size, columns * size
        line = fetch(value.start + at, length) if isinstance(value, Bulk) else value[at : at + length]
        found += [line[column * size : (column + 1) * size] for column in across]
    return found


def _weighted(pixel: bytes) -> int:
    red, green, blue = pixel
    return (299 * red + 587 * green + 114 * blue) // 1000


def _stored(sampled: list[bytes], header: Header, encoding: Encoding) -> list[int]:
    stored = min(header.number(_BITS_STORED) or 16, 8 * len(sampled[0]))
    mask, sign = (1 << stored) - 1, 1 << stored - 1 if header.number(_SIGNED) else 0
    order: Literal["little", "big"] = "little" if encoding.little else "big"
    return [((int.from_bytes(each, order) & mask) ^ sign) - sign for each in sampled]


def _windowed(values: list[int], header: Header) -> bytes:
    """Return stored values as bytes, by the first window of the header (PS3.3 C.11.2.1.2) or from end to end."""
    center, width = _decimal(header, _CENTER), _decimal(header, _WIDTH)
    if center is None or width is None or width < 1:
        low, high = float(min(values)), float(max(values))
    else:
        slope, intercept = _decimal(header, _SLOPE) or 1.0, _decimal(header, _INTERCEPT) or 0.0
        low = (center - width / 2 - intercept) / slope
        high = (center + width / 2 - intercept) / slope
    span = (high - low) or 1.0
    return bytes(round(255 * min(max((each - low) / span, 0.0), 1.0)) for each in values)


def _decimal(header: Header, tag: int) -> float | None:
    try:
        value = float(header.text(tag).split("\\")[0])
    except ValueError:
        return None
    return value if abs(value) < 1e12 else None


def _written(vr: str, value: int | str, encoding: Encoding) -> bytes:
    return encoding.short.pack(value) if isinstance(value, int) else text_value(vr, value)
