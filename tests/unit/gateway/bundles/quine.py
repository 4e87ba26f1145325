"""A zip whose one member is, byte for byte, that zip.

A Deflate stream can quote (a stored block) and repeat what it wrote (a match), which is enough for a program that
prints itself between a given beginning and a given end, here the two headers of a zip. Each instruction has five bytes.
The checksum stands in what it is the checksum of; since CRC-32 is affine over GF(2), it is found by linear equations.
"""

import struct
import zlib
from itertools import product

NAME = b"the-same-disc-once-again/0.zip"  # of a length that suits the match which repeats it
STEP = 5  # bytes of an instruction
_LENGTHS = (  # RFC 1951, 3.2.5: first length, extra bits, code
    *((3 + number, 0, 257 + number) for number in range(8)),
    *((11 + 2 * number, 1, 265 + number) for number in range(4)),
    *((19 + 4 * number, 2, 269 + number) for number in range(4)),
    *((35 + 8 * number, 3, 273 + number) for number in range(4)),
    *((67 + 16 * number, 4, 277 + number) for number in range(3)),
)
_DISTANCES = ((17, 3, 8), (25, 3, 9), (33, 4, 10), (49, 4, 11), (65, 5, 12), (97, 5, 13), (129, 6, 14))


def make_quine() -> bytes:
    """Return the zip."""
    size = len(_text(0, 0))
    constant = zlib.crc32(_text(size, 0))
    columns = [zlib.crc32(_text(size, 1 << bit)) ^ constant ^ (1 << bit) for bit in range(32)]
    return _text(size, _solve(columns, constant))


def _text(size: int, checksum: int) -> bytes:
    """Return the whole file as it is when it has this size and checksum, whether or not it has."""
    first = struct.pack("<5H3L2H", 20, 0, 8, 0, 33, checksum, *_sizes(size), len(NAME), 0)
    directory = struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 8, 0, 33, checksum, *_sizes(size), len(NAME), *[0] * 6)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(directory) + len(NAME), max(size - _end_length(), 0), 0)
    return _program(b"PK\3\4" + first + NAME, directory + NAME + end)


def _sizes(size: int) -> tuple[int, int]:
    return max(size - 30 - len(NAME) - _end_length(), 0), size


def _end_length() -> int:
    return 46 + len(NAME) + 22


def _program(head: bytes, tail: bytes) -> bytes:
    """Return `head`, a Deflate stream, and `tail`, where the stream unfolds to all three of them."""
    quote_head, repeat_head = _quote(len(head) + STEP), _repeat(len(head) + STEP)
    quote_tail, repeat_tail = _quote(len(tail) + STEP), _repeat(len(tail) + STEP, last=True)
    one, four, none, repeat_four = _quote(STEP), _quote(4 * STEP), _quote(0), _repeat(4 * STEP)
    said = [
        head + quote_head,
        repeat_head,
        one,
        repeat_head + one + one + four,
        repeat_four + four + repeat_four + four,
        repeat_four + none + none + quote_tail,
        repeat_tail + tail,
    ]
    stream = quote_head + said[0] + repeat_head + one + said[1] + one + said[2]
    stream += b"".join(four + each + repeat_four for each in said[3:6])
    return head + stream + none + none + quote_tail + said[6] + repeat_tail + tail


def _quote(length: int) -> bytes:
    """Return the head of a stored block of so many bytes (RFC 1951, 3.2.4)."""
    return struct.pack("<BHH", 0, length, length ^ 0xFFFF)


def _repeat(length: int, *, last: bool = False) -> bytes:
    """Return an instruction that writes the last so many bytes again, in one match or two.

    It has to end with its last bit, but for the last of a stream: so an empty block may fill it up.
    """
    cuts = [(length,), *((first, length - first) for first in range(3, length - 2))]
    for sizes, filling in product(cuts, ("", "0100000000")):
        bits = filling + ("110" if last else "010") + "".join(_match(size, length) for size in sizes) + "0000000"
        if len(bits) == 8 * STEP or (last and len(bits) < 8 * STEP):
            return int(bits[::-1], 2).to_bytes(STEP, "little")
    raise AssertionError(f"no {STEP} bytes repeat {length}: change the length of the name")


def _match(size: int, distance: int) -> str:
    """Return a match in fixed codes, its bits in the order of the stream (RFC 1951, 3.1.1 and 3.2.6)."""
    base, extra, code = max(each for each in _LENGTHS if each[0] <= size)
    found = f"{code - 256:07b}" + _extra(size - base, extra)
    base, extra, code = max(each for each in _DISTANCES if each[0] <= distance)
    return found + f"{code:05b}" + _extra(distance - base, extra)


def _extra(value: int, bits: int) -> str:
    return "".join(str(value >> bit & 1) for bit in range(bits))


def _solve(columns: list[int], constant: int) -> int:
    """Return x where the sum of the columns that x names is the constant, over GF(2)."""
    pivots: dict[int, tuple[int, int]] = {}
    for bit, column in enumerate(columns):
        rest, named = column, 1 << bit
        for pivot in sorted(pivots, reverse=True):
            if rest >> pivot & 1:
                rest, named = rest ^ pivots[pivot][0], named ^ pivots[pivot][1]
        if rest:
            pivots[rest.bit_length() - 1] = rest, named
    found = 0
    for pivot in sorted(pivots, reverse=True):
        if constant >> pivot & 1:
            constant, found = constant ^ pivots[pivot][0], found ^ pivots[pivot][1]
    assert constant == 0, "no checksum fits: change the name"
    return found
