"""Raw images of a CD: whole sectors with their headers and check codes, read as the 2048 bytes of data in each.

Sectors are those of ECMA-130: sync, address and mode before the data (14.2, 14.3); of mode 2, form 1, a subheader more;
some programs leave out the sync, others add the subchannel. Where files lie is counted in sectors, so that nothing else
of a disc image changes.
"""

import io
from typing import BinaryIO, cast

from gateway.bundles.views import View

_DATA = 2048
_DESCRIPTOR_SECTOR = 16
_MARKS = (b"CD001", b"BEA01")
_LAYOUTS = ((2352, 16), (2352, 24), (2448, 16), (2448, 24), (2336, 8))
"""The length of a sector, and where its data begin."""
_MOST_SECTORS = 512  # read at once


def raw_layout(head: bytes) -> tuple[int, int] | None:
    """Return length and start of data of the sectors of an image that begins with `head`, None if it is no raw one."""
    for sector, start in _LAYOUTS:
        at = _DESCRIPTOR_SECTOR * sector + start + 1
        if head[at : at + 5] in _MARKS:
            return sector, start
    return None


class RawSectors(View):
    """The data of a raw image, as if it were an ordinary one."""

    def __init__(self, source: BinaryIO, layout: tuple[int, int]) -> None:
        super().__init__(source)
        self._sector, self._start = layout

    def _length(self) -> int:
        return self._source.seek(0, io.SEEK_END) // self._sector * _DATA

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        sector, behind = divmod(self._position, _DATA)
        wanted = min(len(buffer), (_MOST_SECTORS * _DATA) - behind)
        count = (behind + wanted + _DATA - 1) // _DATA
        self._source.seek(sector * self._sector)
        raw = self._source.read(count * self._sector)
        parts = (raw[at + self._start : at + self._start + _DATA] for at in range(0, len(raw), self._sector))
        data = b"".join(parts)[behind : behind + wanted]
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)


def data_of(source: BinaryIO, layout: tuple[int, int]) -> BinaryIO:
    """Return the data of a raw image as a stream that can seek."""
    return cast(BinaryIO, RawSectors(source, layout))
