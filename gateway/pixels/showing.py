"""Show an original to the person who has to judge it, in a decoding process like every stranger's image."""

from typing import BinaryIO

from anonymizer import DeidentificationError
from anonymizer.pixels import Box, read_image_header
from config.errors import Malformed, NotFound
from gateway.pixels.looking import Eyes


def picture(original: BinaryIO, frame: int, boxes: tuple[Box, ...]) -> bytes:
    """Return a frame counted from 0 as PNG with every value and colour to be seen, and boxes drawn on it.

    Raises:
        NotFound: there is no such frame.
        Malformed: the object has no image that can be shown.
    """
    try:
        header = read_image_header(original)
        if not 0 <= frame < header.layout.frames:
            raise NotFound(f"the object has {header.layout.frames} frames")
        original.seek(0)
        return Eyes(original, header).picture(frame, boxes)
    except DeidentificationError as error:
        raise Malformed(f"the object cannot be shown: {error.reason}") from None


def size_of(original: BinaryIO) -> tuple[int, int]:
    """Return the columns and rows of an original; raises Malformed when it does not say them."""
    try:
        layout = read_image_header(original).layout
    except DeidentificationError as error:
        raise Malformed(f"the object has no image: {error.reason}") from None
    return layout.columns, layout.rows
