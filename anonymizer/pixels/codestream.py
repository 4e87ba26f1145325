"""Read what the markers of a compressed frame say: precision, colours (ITU-T T.81 B.2.2, T.87 C.2.2, T.800 A.6.1)."""

_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xF7}
_BEGINS = (b"\xff\xd8\xff", b"\xff\x4f\xff")
_DATA = frozenset({0xDA, 0x93, 0xD9})  # start of scan, start of data, end
_COD = 0x52
_APP14 = 0xEE
_ADOBE = {0: "RGB", 1: "YBR_FULL"}


def precision(frame: bytes) -> int:
    """Return the bits of a sample in a JPEG or JPEG-LS frame; raises ValueError where it does not say."""
    body = _segment(frame, _FRAME_HEADERS)
    if not body:
        raise ValueError("the frame has no frame header")
    return body[0]


def adobe_colours(frame: bytes) -> str | None:
    """Return the colour space that an Adobe marker names (ITU-T T.872 6.5.3), None where there is no marker."""
    body = _segment(frame, {_APP14})
    return _ADOBE.get(body[11]) if body.startswith(b"Adobe") and len(body) > 11 else None


def transforms_colours(frame: bytes) -> bool:
    """Tell whether a JPEG 2000 frame has its first three components transformed, which its decoder undoes."""
    body = _segment(frame, {_COD})
    return len(body) > 4 and body[4] == 1


def is_one_codestream(frame: bytes) -> bool:
    """Tell whether a JPEG, JPEG-LS or JPEG 2000 frame ends where its image does, but for bytes that say nothing.

    Compressed data never holds the marker of the end (FFD9); hence the first behind the header must be the last.
    """
    if not frame.startswith(_BEGINS):
        return False
    end = frame.find(b"\xff\xd9", _data(frame))
    return end > 0 and not frame[end + 2 :].strip(b"\0\xff")


def _data(frame: bytes) -> int:
    """Return where the compressed data of a frame begins, or where its header cannot be followed any more."""
    at = 2
    while at + 4 <= len(frame) and frame[at] == 0xFF and frame[at + 1] not in _DATA:
        at += 1 if frame[at + 1] == 0xFF else 2 + int.from_bytes(frame[at + 2 : at + 4], "big")
    return at


def _segment(frame: bytes, markers: set[int] | frozenset[int]) -> bytes:
    """Return the body of the first marker segment of a kind ahead of the compressed data, empty where there is none."""
    at = 2
    while at + 4 <= len(frame) and frame[at] == 0xFF:
        marker = frame[at + 1]
        if marker in _DATA:
            break
        length = int.from_bytes(frame[at + 2 : at + 4], "big")
        if marker in markers:
            return frame[at + 4 : at + 2 + length]
        at += 1 if marker == 0xFF else 2 + length
    return b""
