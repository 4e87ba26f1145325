"""The size that a JPEG XL codestream claims, bare or in its container (ISO/IEC 18181-1 D.2, 18181-2)."""

from struct import unpack_from

_BARE = b"\xff\x0a"
_CONTAINER = b"\x00\x00\x00\x0cJXL \r\n\x87\n"
_BITS = (9, 13, 18, 30)
_RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
_MOST_BOXES = 64
_HEADER_BYTES = 16


class _Bits:
    """Bits of a byte string, the least significant first."""

    def __init__(self, raw: bytes) -> None:
        self._value, self._left = int.from_bytes(raw, "little"), 8 * len(raw)

    def take(self, count: int) -> int:
        """Return the next bits as a number."""
        if count > self._left:
            raise ValueError("the codestream ends in its header")
        value = self._value & ((1 << count) - 1)
        self._value >>= count
        self._left -= count
        return value


def jpeg_xl_size(frame: bytes) -> tuple[int, int] | None:
    """Return rows and columns, or None when this is no JPEG XL."""
    header = _codestream(frame)
    if header is None:
        return None
    bits = _Bits(header[2:_HEADER_BYTES])
    try:
        small = bits.take(1)
        rows = _side(bits, small)
        ratio = bits.take(3)
        if ratio == 0:
            return rows, _side(bits, small)
        numerator, denominator = _RATIOS[ratio - 1]
        return rows, rows * numerator // denominator
    except ValueError:
        return None


def _side(bits: _Bits, small: int) -> int:
    if small:
        return (bits.take(5) + 1) * 8
    return 1 + bits.take(_BITS[bits.take(2)])


def _codestream(frame: bytes) -> bytes | None:
    """Return the beginning of the codestream: the whole, or that in the first box of one (jxlc, or a part in jxlp)."""
    if frame.startswith(_BARE):
        return frame[:_HEADER_BYTES]
    place = len(_CONTAINER) if frame.startswith(_CONTAINER) else len(frame)
    for _ in range(_MOST_BOXES):
        if place + 8 > len(frame):
            return None
        length, kind = unpack_from(">L4s", frame, place)
        skip = {b"jxlc": 8, b"jxlp": 12}.get(kind)
        if skip is not None:
            found = frame[place + skip : place + skip + _HEADER_BYTES]
            return found if found.startswith(_BARE) else None
        if length < 8:
            return None
        place += length
    return None
