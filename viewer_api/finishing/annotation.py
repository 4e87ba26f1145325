"""Words burned into a picture on request (PS3.18 section 8.3.5.1.1), and a colour profile beside it (8.3.5.1.5).

The words are those of the published header: a pseudonym, never a name. They are drawn last, in white on a dark rim, so
that they can be read on any picture. The font that comes with Pillow has no ideographs: what it cannot draw is left
out.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from io import BytesIO
from struct import pack
from typing import Any, Literal

from PIL import Image, ImageCms, ImageDraw, ImageFont

from viewer_api.rendering.encode import JPEG

Annotation = Literal["patient", "technique"]

_DATE = slice(24, 36)  # of a profile's header (ICC.1:2022 section 7.2.8)
_PATIENT = (("00100020", "{}"), ("00100040", "{}"), ("00101010", "{}"))
_TECHNIQUE = (
    ("00080060", "{}"),
    ("00180015", "{}"),
    ("00200011", "series {}"),
    ("00200013", "image {}"),
    ("00180050", "{} mm"),
    ("00180060", "{} kV"),
)
_LINES: Mapping[Annotation, Sequence[tuple[str, str]]] = {"patient": _PATIENT, "technique": _TECHNIQUE}


def annotation_lines(attributes: Mapping[str, Any], wanted: Sequence[Annotation], frame: int, frames: int) -> list[str]:
    """Return the words for a frame counted from 0: a line for each kind of annotation that is wanted."""
    lines = []
    for kind in wanted:
        words = [form.format(value) for key, form in _LINES[kind] if (value := _first(attributes, key)) is not None]
        if kind == "technique" and frames > 1:
            words.append(f"frame {frame + 1}/{frames}")
        lines.append("  ".join(words))
    return [line for line in lines if line]


def annotate(picture: Image.Image, lines: Sequence[str]) -> Image.Image:
    """Return a picture with lines of words in its upper left corner, small enough not to leave it."""
    size = max(9, min(picture.width, picture.height) // 28)
    marked = picture.copy()
    draw = ImageDraw.Draw(marked)
    for number, line in enumerate(lines):
        text, font = drawable(line), font_of(size)
        while size > 9 and font.getlength(text) > marked.width - size:
            size -= 1
            font = font_of(size)
        white, dark = (255, 0) if marked.mode == "L" else ((255, 255, 255), (0, 0, 0))
        place = (size // 2, size // 2 + number * size * 5 // 4)
        draw.text(place, text, fill=white, font=font, stroke_width=max(1, size // 10), stroke_fill=dark)
    return marked


def encode_with_profile(picture: Image.Image, media_type: str, quality: int) -> bytes:
    """Return a JPEG or PNG that names its colours as sRGB, which is what rendered colours are in."""
    target = BytesIO()
    name, options = ("JPEG", {"quality": quality, "subsampling": 0}) if media_type == JPEG else ("PNG", {})
    picture.convert("RGB").save(target, name, icc_profile=_srgb(), **options)
    return target.getvalue()


@cache
def font_of(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return the font that words on pictures are drawn in."""
    return ImageFont.load_default(size)


def drawable(text: str) -> str:
    """Return what of a text the font can draw."""
    return "".join(character for character in text if " " <= character < "\u0180").strip()


@cache
def _srgb() -> bytes:
    """Return an sRGB profile that bears a fixed date, so that the same picture is always the same bytes."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[_DATE] = pack(">6H", 2000, 1, 1, 0, 0, 0)
    return bytes(profile)


def _first(attributes: Mapping[str, Any], key: str) -> Any:
    values = attributes.get(key, {}).get("Value", ())
    value = values[0] if values else None
    return int(value) if isinstance(value, float) and value.is_integer() else value
