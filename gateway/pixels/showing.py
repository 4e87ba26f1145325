"""Show an original to the person who has to judge it, and what was found in it.

Pixels are decoded in a decoding process, like those of every stranger's image.
"""

from typing import Any, BinaryIO

from anonymizer import DeidentificationError
from anonymizer.pixels import Box, boxes_by_rule, can_read_text, read_image_header
from config.errors import Malformed, NotFound
from gateway.pixels import work
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


def findings(original: BinaryIO, frame: int, *, read_text: bool) -> dict[str, Any]:
    """Return the boxes that rules name, and those of a frame counted from 0 where something looks like text.

    Text is read where a reader is installed and wanted; else whatever looks like text is told. Raises as `picture`.
    """
    try:
        header = read_image_header(original)
        if not 0 <= frame < header.layout.frames:
            raise NotFound(f"the object has {header.layout.frames} frames")
        original.seek(0)
        ruled = boxes_by_rule(header)
        reads = read_text and can_read_text()
        seen, _ = Eyes(original, header).text(frame, ruled.boxes, work.READ if reads else work.SCREEN)
    except DeidentificationError as error:
        raise Malformed(f"the object cannot be looked at: {error.reason}") from None
    return {"rules": list(ruled.rules), "by_rule": _plain(ruled.boxes), "like_text": _plain(seen), "read": reads}


def _plain(boxes: tuple[Box, ...]) -> list[list[int]]:
    return [[box.x, box.y, box.width, box.height] for box in boxes]


def size_of(original: BinaryIO) -> tuple[int, int, int]:
    """Return the columns, rows and frames of an original; raises Malformed when it does not say them."""
    try:
        layout = read_image_header(original).layout
    except DeidentificationError as error:
        raise Malformed(f"the object has no image: {error.reason}") from None
    return layout.columns, layout.rows, layout.frames
