"""Know how much of a segment is what its marker says: what is behind it, no decoder reads.

ITU-T T.81 B.2 for JPEG, T.87 C.2 for JPEG-LS, T.800 Annex A for JPEG 2000, with the markers of T.801 and T.814.
Segments of other markers are nothing to a decoder. Lists of lengths (TLM, PLM, PLT) and packed headers (PPM, PPT) are
as long as they are.
"""

from collections.abc import Callable

# Frame headers and that of a hierarchy (DHP): lossless, arithmetic, differential ones too, and that of JPEG-LS.
_FRAMES = frozenset({*range(0xFFC0, 0xFFD0), 0xFFDE, 0xFFF7}) - {0xFFC4, 0xFFC8, 0xFFCC}
_HUFFMAN, _ARITHMETIC, _SCAN, _QUANTIZATION = 0xFFC4, 0xFFCC, 0xFFDA, 0xFFDB
_LINES, _RESTART, _EXPANSION, _PRESET = 0xFFDC, 0xFFDD, 0xFFDF, 0xFFF8
_MOST_CONDITIONINGS = 8  # four tables each of DC and AC
_WIDTHS = frozenset({3, 4})  # of a number that takes more than two bytes in JPEG-LS (T.87 C.2.5)
_COMMENT_2000, _SIZE_2000, _TILE_PART = 0xFF64, 0xFF51, 0xFF90
_CODING, _CODING_OF_ONE, _REGION = 0xFF52, 0xFF53, 0xFF5E
_QUANTIZATIONS = (0xFF5C, 0xFF5D)
_MOST_SUBBANDS = 97
# Lengths, headers and order of packets; of T.801 and T.814 offsets, transformations, kernels, depths, capabilities.
_AS_LONG_AS_THEY_ARE = (0xFF50, 0xFF55, 0xFF56, 0xFF57, 0xFF58, 0xFF59, 0xFF5F, 0xFF60, 0xFF61, *range(0xFF70, 0xFF7A))


def size_of_segment(marker: int, body: bytes) -> int:
    """Return how many bytes of a segment of JPEG or JPEG-LS its marker asks for; it may be more than there are."""
    if marker in _FRAMES:
        return 6 + 3 * _at(body, 5)
    size = _SIZES.get(marker)
    return size(body) if size else 0


def size_of_part(marker: int, body: bytes) -> int:
    """Return how many bytes of a segment of JPEG 2000 its marker asks for; it may be more than there are."""
    size = _PARTS.get(marker)
    return size(body) if size else 0


def _at(body: bytes, index: int) -> int:
    return body[index] if index < len(body) else 0


def _tables(body: bytes, size: Callable[[int], int]) -> int:
    """Return where the last of several tables ends; `size` is that of the one which begins at an index."""
    at = 0
    while at < len(body):
        if at + size(at) > len(body):
            break
        at += size(at)
    return at


def _huffman(body: bytes) -> int:
    return _tables(body, lambda at: 17 + sum(body[at + 1 : at + 17]))


def _quantization(body: bytes) -> int:
    return _tables(body, lambda at: 1 + 64 * (1 + (body[at] >> 4 & 1)))


def _preset(body: bytes) -> int:
    """Return the size of an LSE segment: thresholds, a mapping table, what continues it, a larger size (T.87 C.2.4)."""
    return {1: 11, 2: len(body), 3: len(body), 4: 2 + 2 * _at(body, 1)}.get(_at(body, 0), 0)


_SIZES: dict[int, Callable[[bytes], int]] = {
    _HUFFMAN: _huffman,
    _QUANTIZATION: _quantization,
    _ARITHMETIC: lambda body: min(len(body), 2 * 2 * _MOST_CONDITIONINGS),
    _SCAN: lambda body: 4 + 2 * _at(body, 0),
    _LINES: lambda body: len(body) if len(body) in _WIDTHS else 2,
    _RESTART: lambda body: len(body) if len(body) in _WIDTHS else 2,
    _EXPANSION: lambda _: 1,
    _PRESET: _preset,
}


def _coding(body: bytes) -> int:
    return 10 + (_at(body, 5) + 1) * (_at(body, 0) & 1)


_PARTS: dict[int, Callable[[bytes], int]] = {
    **dict.fromkeys(_AS_LONG_AS_THEY_ARE, len),
    _COMMENT_2000: lambda _: 2,  # whether it is text
    _SIZE_2000: lambda body: 36 + 3 * int.from_bytes(body[34:36], "big"),
    _TILE_PART: lambda _: 8,
    _CODING: _coding,
    _CODING_OF_ONE: lambda body: min(len(body), 42),
    _REGION: lambda _: 4,
    **dict.fromkeys(_QUANTIZATIONS, lambda body: min(len(body), 3 + 2 * _MOST_SUBBANDS)),
}
