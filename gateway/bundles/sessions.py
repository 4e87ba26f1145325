"""The sessions of a disc that was written in several goes, each with a volume of its own (ECMA-119; PS3.12 annex F.3).

Every session has its descriptors sixteen sectors behind its start and counts places from the start of the disc. A
drive shows the last one; in an image they are searched for behind the end of the one before.
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO

from gateway.bundles.views import View

_SECTOR = 2048
_DESCRIPTORS = slice(16 * _SECTOR, 32 * _SECTOR)
_PRIMARY = b"\1CD001"
_CHUNK = 512 * _SECTOR
_SPACE_AT, _ROOT_EXTENT_AT = 80, 158  # ECMA-119 8.4.8; 8.4.18 with 9.1.3


def later_sessions(source: BinaryIO) -> Iterator[int]:
    """Return the sectors at which further sessions start, in their order.

    An image that lies as a file on the disc is none: its directories lie before it, by its own count.
    """
    source.seek(_DESCRIPTORS.start)
    (sector,) = struct.unpack_from("<L", source.read(_SECTOR).ljust(_SECTOR, b"\0"), _SPACE_AT)
    while True:
        source.seek(sector * _SECTOR)
        chunk = source.read(_CHUNK)
        if not chunk:
            return
        for at in range(0, len(chunk), _SECTOR):
            if chunk.startswith(_PRIMARY, at) and len(chunk) >= at + _ROOT_EXTENT_AT + 4:
                start = sector + at // _SECTOR - 16
                if struct.unpack_from("<L", chunk, at + _ROOT_EXTENT_AT)[0] > start:
                    yield start
        sector += _CHUNK // _SECTOR


class Session(View):
    """An image as a drive shows it whose last session starts at a sector: with its descriptors in the usual place."""

    def __init__(self, source: BinaryIO, start: int) -> None:
        super().__init__(source)
        self._shift = start * _SECTOR

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        wanted, moved = len(buffer), _DESCRIPTORS.start <= self._position < _DESCRIPTORS.stop
        for border in (_DESCRIPTORS.start, _DESCRIPTORS.stop):
            if self._position < border:
                wanted = min(wanted, border - self._position)
        self._source.seek(self._position + (self._shift if moved else 0))
        data = self._source.read(wanted)
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)
