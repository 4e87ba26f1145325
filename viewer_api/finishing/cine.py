"""Several pictures as one animation: GIF, APNG or animated WebP, shown as fast as the instance says (PS3.3 C.7.6.5).

Grey GIFs keep each of their 256 greys. A GIF counts in hundredths of a second and browsers slow down what is faster
than two of them, so none is.
"""

from collections.abc import Iterable, Mapping
from io import BytesIO
from itertools import chain
from threading import BoundedSemaphore
from typing import Any

from PIL import Image

from config.errors import TooLarge

GIF, PNG, WEBP = "image/gif", "image/png", "image/webp"
MAXIMUM_PIXELS = 1 << 26
STACK_MILLISECONDS = 120
FRAME_MILLISECONDS = 66

_AT_ONCE = BoundedSemaphore(2)  # each holds every picture of its animation
_SHORTEST, _LONGEST = 20, 2000
_FORMATS: Mapping[str, tuple[str, dict[str, Any]]] = {
    GIF: ("GIF", {"optimize": False}),
    PNG: ("PNG", {"compress_level": 4}),
    WEBP: ("WEBP", {"quality": 80, "method": 2}),
}


def check_size(frames: int, size: tuple[int, int]) -> None:
    """Refuse an animation that would need too much memory.

    Raises:
        TooLarge: more pixels than an animation may have.
    """
    if frames * size[0] * size[1] > MAXIMUM_PIXELS:
        raise TooLarge("the animation has too many pixels: ask for a smaller viewport or fewer frames")


def encode_cine(pictures: Iterable[Image.Image], media_type: str, milliseconds: int, loops: int = 0) -> bytes:
    """Return pictures of one size as an animation that repeats for ever, or `loops` times."""
    name, options = _FORMATS[media_type]
    target = BytesIO()
    with _AT_ONCE:
        first, *others = [_for_gif(picture) if media_type == GIF else picture for picture in pictures]
        first.save(target, name, save_all=True, append_images=others, duration=milliseconds, loop=loops, **options)
    return target.getvalue()


def encode_still(picture: Image.Image) -> bytes:
    """Return one picture as a GIF."""
    target = BytesIO()
    _for_gif(picture).save(target, "GIF")
    return target.getvalue()


def frame_milliseconds(attributes: Mapping[str, Any]) -> int:
    """Return how long a frame of a multi-frame image is shown, by the first attribute that says it usably."""
    rates = (_number(attributes, key) for key in ("00082144", "00180040"))  # recommended display rate, cine rate
    times = (_number(attributes, key) for key in ("00181063", "00181065"))  # frame time, vector: its second entry
    found = chain((time for time in times if time), (1000 / rate for rate in rates if rate))
    return int(min(_LONGEST, max(_SHORTEST, next(found, FRAME_MILLISECONDS))))


def _number(attributes: Mapping[str, Any], key: str) -> float | None:
    values = attributes.get(key, {}).get("Value", ())
    usable = [value for value in values if isinstance(value, int | float) and value > 0]
    return float(usable[0]) if usable else None


def _for_gif(picture: Image.Image) -> Image.Image:
    return picture if picture.mode == "L" else picture.convert("RGB").quantize(256, Image.Quantize.MEDIANCUT)
