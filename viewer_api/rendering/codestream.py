"""Read what a compressed frame claims before a decoder believes it: size, colour transformation.

A codec allocates what the codestream says, so a few bytes could ask for gigabytes, and a frame of another size than the
header announces is not this image. JPEG and JPEG-LS: SOF (ITU-T T.81 B.2.2, T.87 C.2.2); JPEG 2000: SIZ and COD (T.800
A.5.1, A.6.1); JPEG XL: its headers (ISO/IEC 18181-1 annex D); RLE claims no size, but cannot expand by more than 64,
and says where its segments are (PS3.5 G.5).
"""

from collections.abc import Iterator
from itertools import pairwise
from struct import Struct, unpack_from

from pydicom import uid

from viewer_api.errors import CannotRender
from viewer_api.rendering.codestream_xl import jpeg_xl_size
from viewer_api.rendering.pixel_format import PixelFormat

_JPEG = b"\xff\xd8"
_J2K = b"\xff\x4f\xff\x51"
_J2K_COD, _J2K_SOT = 0x52, 0x90
_WRAPPER = 4096  # some writers leave the codestream in its JP2 file format, which begins with boxes
_SOF = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF, 0xF7})
_SOS, _APP14 = 0xDA, 0xEE
_END = b"\xff\xd9"  # EOI, EOC: nothing within a scan or a code-block can look like it
_TAIL = 64  # bytes that may pad a frame, besides zeros
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
_RLE_EXPANSION = 64
_RLE_HEADER = Struct("<16L")
_LARGE_BYTES = 16 << 20
_PLAUSIBLE_EXPANSION = 2000
_MOST_TILES = 4096


def check_codestream(frame: bytes, format_: PixelFormat, syntax: str) -> None:
    """Compare what a codestream claims with the header, and with the bytes there are.

    Raises:
        CannotRender: they differ, nothing is claimed, or so much cannot come of so little.
    """
    claimed = format_.rows * format_.columns * format_.samples * max(1, format_.allocated // 8)
    if claimed > _LARGE_BYTES and claimed > _PLAUSIBLE_EXPANSION * len(frame):
        raise CannotRender("the image claims more pixels than its compressed bytes can hold")
    if syntax == uid.RLELossless:
        if claimed > _RLE_EXPANSION * len(frame):
            raise CannotRender("the compressed frame is damaged: it is too short for the size the header announces")
        if not has_its_segments(frame):
            raise CannotRender("the compressed frame is damaged: its segments are not all within it")
        return
    size = codestream_size(frame)
    if size is None:
        raise CannotRender("the compressed frame is damaged: it does not begin as its transfer syntax demands")
    if size[:2] != (format_.rows, format_.columns) or size[2] not in (0, format_.samples):
        raise CannotRender("the compressed frame has another size than the header announces")
    if _tiles(frame) > _MOST_TILES:
        raise CannotRender("the compressed frame is cut into more tiles than an image of its size needs")


def codestream_size(frame: bytes) -> tuple[int, int, int] | None:
    """Return rows, columns and components (0 where they are not said) that a codestream claims, or None."""
    if frame.startswith(_JPEG):
        return next(
            (unpack_from(">HHB", frame, place + 5) for marker, place in _segments(frame) if marker in _SOF), None
        )
    start = _find_siz(frame)
    if start is not None:
        width, height, left, top = unpack_from(">4L", frame, start + 8)
        (components,) = unpack_from(">H", frame, start + 40)
        return height - top, width - left, components
    size = jpeg_xl_size(frame)
    return None if size is None else (*size, 0)


def has_its_segments(frame: bytes) -> bool:
    """Say whether an RLE frame holds the segments that its header names, one behind the other; a codec looks there."""
    if len(frame) < _RLE_HEADER.size:
        return False
    count, *offsets = _RLE_HEADER.unpack_from(frame)
    places = [_RLE_HEADER.size - 1, *offsets[:count], len(frame)]
    return 1 <= count <= len(offsets) and all(before < after for before, after in pairwise(places))


def has_end(frame: bytes) -> bool:
    """Say whether a codestream of JPEG, JPEG-LS or JPEG 2000 reaches its last marker, perhaps padded."""
    return _END in frame[-_TAIL:] or _END in frame.rstrip(b"\0")[-_TAIL:]


def adobe_transform(frame: bytes) -> int | None:
    """Return what the Adobe marker of a JPEG says of its colours: 0 none, 1 YCbCr; None without the marker."""
    for marker, place in _segments(frame):
        if marker == _APP14 and frame[place + 4 : place + 9] == b"Adobe" and len(frame) > place + 15:
            return frame[place + 15]
    return None


def transforms_components(frame: bytes) -> bool:
    """Say whether a JPEG 2000 codestream bears the component transformation that its decoder turns back into RGB."""
    start = _find_siz(frame)
    place = -1 if start is None else start + 2
    while 0 <= place < len(frame) - 9 and frame[place] == 0xFF and frame[place + 1] != _J2K_SOT:
        if frame[place + 1] == _J2K_COD:
            return frame[place + 8] == 1
        place += 2 + int(unpack_from(">H", frame, place + 2)[0])
    return False


def _segments(frame: bytes) -> Iterator[tuple[int, int]]:
    """Yield each marker of a JPEG's header and where it lies, up to the first scan."""
    place = 2
    while place + 9 < len(frame) and frame[place] == 0xFF:
        marker = frame[place + 1]
        if marker == 0xFF:
            place += 1
        elif marker in _ALONE:
            place += 2
        else:
            yield marker, place
            if marker == _SOS:
                return
            place += 2 + int(unpack_from(">H", frame, place + 2)[0])


def _find_siz(frame: bytes) -> int | None:
    start = frame.find(_J2K, 0, _WRAPPER)
    return start if start >= 0 and len(frame) >= start + 42 else None


def _tiles(frame: bytes) -> int:
    start = None if frame.startswith(_JPEG) else _find_siz(frame)
    if start is None:
        return 1
    width, height, _, _, tile_width, tile_height, left, top = unpack_from(">8L", frame, start + 8)
    if not tile_width or not tile_height:
        raise CannotRender("the compressed frame is damaged: it has tiles of no size")
    return int(-(-(width - left) // tile_width) * -(-(height - top) // tile_height))
