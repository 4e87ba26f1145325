"""Know how much of a segment of JPEG or JPEG-LS is what its marker says: what is behind it, no decoder reads.

ITU-T T.81 B.2 and T.87 C.2. Segments of other markers are nothing to a decoder.
"""

from collections.abc import Callable

# Frame headers and that of a hierarchy (DHP): lossless, arithmetic, differential ones too, and that of JPEG-LS.
FRAMES = frozenset({*range(0xFFC0, 0xFFD0), 0xFFDE, 0xFFF7}) - {0xFFC4, 0xFFC8, 0xFFCC}
HUFFMAN, ARITHMETIC, QUANTIZATION, PRESET = 0xFFC4, 0xFFCC, 0xFFDB, 0xFFF8
_SCAN, _LINES, _RESTART, _EXPANSION = 0xFFDA, 0xFFDC, 0xFFDD, 0xFFDF
MOST_CONDITIONING = 2 * 2 * 4  # bytes: four tables each of DC and AC, each with its number
_WIDTHS = frozenset({3, 4})  # of a number that takes more than two bytes in JPEG-LS (T.87 C.2.5)


def size_of_segment(marker: int, body: bytes) -> int:
    """Return how many bytes of a segment its marker asks for; it may be more than there are."""
    if marker in FRAMES:
        return 6 + 3 * _at(body, 5)
    size = _SIZES.get(marker)
    return size(body) if size else 0


def size_of_huffman(body: bytes, at: int) -> int:
    """Return the size of the Huffman table that begins at an index of a DHT segment."""
    return 17 + sum(body[at + 1 : at + 17])


def size_of_quantization(body: bytes, at: int) -> int:
    """Return the size of the quantization table that begins at an index of a DQT segment."""
    return 1 + 64 * (1 + (body[at] >> 4 & 1))


def _at(body: bytes, index: int) -> int:
    return body[index] if index < len(body) else 0


def _tables(body: bytes, size: Callable[[bytes, int], int]) -> int:
    """Return where the last of several tables ends; `size` is that of the one which begins at an index."""
    at = 0
    while at < len(body):
        if at + size(body, at) > len(body):
            break
        at += size(body, at)
    return at


def _preset(body: bytes) -> int:
    """Return the size of an LSE segment: thresholds, a mapping table, what continues it, a larger size (T.87 C.2.4)."""
    return {1: 11, 2: len(body), 3: len(body), 4: 2 + 2 * _at(body, 1)}.get(_at(body, 0), 0)


_SIZES: dict[int, Callable[[bytes], int]] = {
    HUFFMAN: lambda body: _tables(body, size_of_huffman),
    QUANTIZATION: lambda body: _tables(body, size_of_quantization),
    ARITHMETIC: lambda body: min(len(body), MOST_CONDITIONING),
    _SCAN: lambda body: 4 + 2 * _at(body, 0),
    _LINES: lambda body: len(body) if len(body) in _WIDTHS else 2,
    _RESTART: lambda body: len(body) if len(body) in _WIDTHS else 2,
    _EXPANSION: lambda _: 1,
    PRESET: _preset,
}
