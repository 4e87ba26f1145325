"""Read the size that a compressed frame claims before a decoder believes it.

A codec allocates what the codestream says, so a few bytes could ask for gigabytes, and a frame of another size than the
header announces is not this image. JPEG and JPEG-LS: SOF (ITU-T T.81 B.2.2, T.87 C.2.2); JPEG 2000: SIZ (T.800 A.5.1).
"""

from struct import unpack_from

from viewer_api.errors import CannotRender
from viewer_api.rendering.pixel_format import PixelFormat

_JPEG = b"\xff\xd8"
_J2K = b"\xff\x4f\xff\x51"
_WRAPPER = 4096  # some writers leave the codestream in its JP2 file format, which begins with boxes
_SOF = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF, 0xF7})
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})


def codestream_size(frame: bytes) -> tuple[int, int, int] | None:
    """Return rows, columns and components that a codestream claims, or None when it has no header that is known."""
    if frame.startswith(_JPEG):
        return _jpeg_size(frame)
    start = frame.find(_J2K, 0, _WRAPPER)
    if start >= 0 and len(frame) >= start + 42:
        width, height, left, top = unpack_from(">4L", frame, start + 8)
        (components,) = unpack_from(">H", frame, start + 40)
        return height - top, width - left, components
    return None


def check_codestream(frame: bytes, format_: PixelFormat) -> None:
    """Compare what a codestream claims with the header.

    Raises:
        CannotRender: they differ, or nothing is claimed.
    """
    claimed = codestream_size(frame)
    if claimed is None:
        raise CannotRender("the compressed frame is damaged: it does not begin as its transfer syntax demands")
    if claimed != (format_.rows, format_.columns, format_.samples):
        raise CannotRender("the compressed frame has another size than the header announces")


def _jpeg_size(frame: bytes) -> tuple[int, int, int] | None:
    place = 2
    while place + 9 < len(frame) and frame[place] == 0xFF:
        marker = frame[place + 1]
        if marker == 0xFF:
            place += 1
        elif marker in _ALONE:
            place += 2
        elif marker in _SOF:
            rows, columns, components = unpack_from(">HHB", frame, place + 5)
            return rows, columns, components
        else:
            place += 2 + int(unpack_from(">H", frame, place + 2)[0])
    return None
