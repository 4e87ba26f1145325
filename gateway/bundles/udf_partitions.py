"""The partitions of a UDF volume: where in the image a block of them lies.

Burners that write a disc in one go make one plain partition. Those that write in packets move blocks behind the
reader's back: through a virtual allocation table on CD-R and DVD-R (OSTA UDF 2.2.8), a sparing table on CD-RW and
DVD-RW (2.2.9), a metadata file on Blu-ray (2.2.10).
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from config.errors import Malformed
from gateway.bundles.images import Piece
from gateway.bundles.udf_descriptors import DAMAGED

UNMAPPED = 0xFFFFFFF0


class Partition(Protocol):
    """The blocks of a partition, in the image."""

    def pieces(self, block: int, length: int) -> Iterator[Piece]:
        """Return where `length` bytes lie that begin with a block.

        Raises:
            Malformed: no such block.
        """


class Plain:
    """Blocks that lie one behind the other."""

    def __init__(self, start: int, block_size: int) -> None:
        self._start = start
        self._block_size = block_size

    def pieces(self, block: int, length: int) -> Iterator[Piece]:
        yield (self._start + block) * self._block_size, length


class Virtual:
    """Blocks that a table places one by one (UDF 2.2.11)."""

    def __init__(self, plain: Plain, block_size: int, table: Sequence[int]) -> None:
        self._plain = plain
        self._block_size = block_size
        self._table = table

    def pieces(self, block: int, length: int) -> Iterator[Piece]:
        while length > 0:
            if block >= len(self._table) or self._table[block] >= UNMAPPED:
                raise Malformed(DAMAGED)
            yield from self._plain.pieces(self._table[block], min(length, self._block_size))
            block, length = block + 1, length - self._block_size


class Sparable:
    """Blocks in packets, of which worn-out ones are replaced by others (UDF 2.2.12)."""

    def __init__(self, plain: Plain, block_size: int, packet: int, spared: Mapping[int, int]) -> None:
        self._plain = plain
        self._block_size = block_size
        self._packet = packet
        self._spared = spared

    def pieces(self, block: int, length: int) -> Iterator[Piece]:
        while length > 0:
            behind = block % self._packet
            size = min(length, (self._packet - behind) * self._block_size)
            replacement = self._spared.get(block - behind)
            if replacement is None:
                yield from self._plain.pieces(block, size)
            else:
                yield (replacement + behind) * self._block_size, size
            block, length = block + self._packet - behind, length - size


class Metadata:
    """Blocks that are those of a file (UDF 2.2.13)."""

    def __init__(self, pieces: Sequence[Piece], block_size: int) -> None:
        self._block_size = block_size
        self._pieces = pieces
        self._ends: list[int] = []
        for _, length in pieces:
            self._ends.append((self._ends[-1] if self._ends else 0) + length)

    def pieces(self, block: int, length: int) -> Iterator[Piece]:
        start = block * self._block_size
        while length > 0:
            number = bisect_right(self._ends, start)
            if number == len(self._ends):
                raise Malformed(DAMAGED)
            offset, whole = self._pieces[number]
            inside = start - (self._ends[number] - whole)
            size = min(length, whole - inside)
            yield (None if offset is None else offset + inside), size
            start, length = start + size, length - size
