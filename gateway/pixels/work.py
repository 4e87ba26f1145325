"""What runs in a decoding process: look for text in a frame, black boxes in it, cut a face out of it, draw it.

Each is `work(source, image, ...)` of `viewer_api.decoding`, answers plain bytes, and refuses with a reason that names
no value of the object.
"""

import io
import json
from functools import lru_cache
from struct import Struct
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageDraw

from anonymizer import DeidentificationError, faces, pixels
from anonymizer.pixels import (
    BLOCK_SYNTAXES,
    Box,
    FrameOrder,
    ImageHeader,
    Seen,
    find_text,
    grey_views,
    recode,
    text_candidates,
)
from viewer_api.errors import CannotRender
from viewer_api.rendering.image import StoredImage, read_frame

SCREEN, READ = "screen", "read"
SHAPE = Struct("<II")
_BLOCK = 16  # pixels: of JPEG whole blocks are blacked, which are seldom larger
_BOX_COLOUR = (255, 64, 64)


def black(source: BinaryIO, _: StoredImage, order: FrameOrder) -> bytes:
    """Return a compressed frame with its boxes blacked, looked at again."""
    try:
        return recode(source, order)
    except DeidentificationError as error:
        raise CannotRender(error.reason) from None


def text(
    source: BinaryIO,
    image: StoredImage,
    header: ImageHeader,
    frame: int,
    black_already: tuple[Box, ...],
    how: str,
    film: str,
) -> bytes:
    """Return as JSON where text stands in a frame counted from 0, outside what will be black, and what is unsure.

    `how` is `screen`: then whatever looks like text is unsure; or `read`: then text is found by reading. `film` names
    the object for as long as its frames are looked at: what does not change in them is looked at once.
    """
    decoded = read_frame(source, image, frame)
    try:
        views = tuple(view.copy() for view in grey_views(decoded.pixels, header, decoded.photometric))
    except DeidentificationError as error:
        raise CannotRender(error.reason) from None
    for view in views if black_already else ():
        usual = int(np.median(view[::8, ::8]))  # so that a box has no edges that stand out
        for box in black_already:
            view[box.y : box.bottom, box.x : box.right] = usual
    if how != SCREEN:
        apart = _BLOCK - 1 if image.transfer_syntax in BLOCK_SYNTAXES else 0
        found = find_text(views, _seen_of(film), apart=apart)
        boxes, unsure = found.boxes, found.unsure
    else:
        boxes = tuple(sorted({box for view in views for box in text_candidates(view)}))
        boxes = tuple(box for box in boxes if not any(_inside(box, each) for each in black_already))
        unsure = bool(boxes)
    return json.dumps({"boxes": [(box.x, box.y, box.width, box.height) for box in boxes], "unsure": unsure}).encode()


@lru_cache(maxsize=1)
def _seen_of(_: str) -> Seen:
    """Return what was seen of the film that is looked at now; a process that starts anew looks at all of it again."""
    return Seen()


def picture(source: BinaryIO, image: StoredImage, header: ImageHeader, frame: int, boxes: tuple[Box, ...]) -> bytes:
    """Return a frame counted from 0 as PNG that shows every value and colour, with boxes drawn."""
    decoded = read_frame(source, image, frame)
    try:
        shown = Image.fromarray(pixels.picture(decoded.pixels, header, decoded.photometric)).convert("RGB")
    except DeidentificationError as error:
        raise CannotRender(error.reason) from None
    draw = ImageDraw.Draw(shown)
    for box in boxes:
        draw.rectangle((box.x, box.y, box.right - 1, box.bottom - 1), outline=_BOX_COLOUR)
    buffer = io.BytesIO()
    shown.save(buffer, "PNG")
    return buffer.getvalue()


def icon(source: BinaryIO, image: StoredImage, header: ImageHeader) -> bytes:
    """Return as JSON the values that an icon shows of the first frame."""
    decoded = read_frame(source, image, 0)
    try:
        return json.dumps(pixels.icon_values(decoded.pixels, header, decoded.photometric)).encode()
    except DeidentificationError as error:
        raise CannotRender(error.reason) from None


def look(source: BinaryIO, _: StoredImage, frame: faces.Frame, block: int) -> bytes:
    """Return the coarse values of a compressed frame: its rows and columns, and then the numbers."""
    try:
        values = faces.look_at(source, frame, block)
    except DeidentificationError as error:
        raise CannotRender(error.reason) from None
    return SHAPE.pack(*values.shape) + values.astype("<f4").tobytes()


def cut(source: BinaryIO, _: StoredImage, order: faces.CutOrder) -> bytes:
    """Return a compressed frame with air where it is cut, looked at again."""
    try:
        return faces.cut_frame(source, order)
    except DeidentificationError as error:
        raise CannotRender(error.reason) from None


def _inside(box: Box, other: Box) -> bool:
    return other.x <= box.x and other.y <= box.y and box.right <= other.right and box.bottom <= other.bottom
