"""Write a picture as JPEG or PNG; nothing of the header goes along."""

from collections.abc import Callable
from io import BytesIO

from PIL import Image

JPEG = "image/jpeg"
PNG = "image/png"
DEFAULT_QUALITY = 90


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    target = BytesIO()
    picture.save(target, "JPEG", quality=quality, subsampling=0)
    return target.getvalue()


def _png(picture: Image.Image, _quality: int) -> bytes:
    target = BytesIO()
    picture.save(target, "PNG", compress_level=1)
    return target.getvalue()


ENCODERS: dict[str, Callable[[Image.Image, int], bytes]] = {JPEG: _jpeg, PNG: _png}
"""By media type; `quality` (1..100, PS3.18 8.3.5.1.2) means something to JPEG only."""
