"""Read a deflated data set without inflating more of it than is asked for (PS3.5 section A.5).

What was inflated is kept, so that the stream can seek; beyond 32 MiB on disk. Of a stream that expands further than
data sets do nothing more is inflated: a few bytes would otherwise decide how much time and room is used.
"""

import io
import tempfile
import zlib
from typing import BinaryIO

from config.errors import Malformed, TooLarge

IN_MEMORY_BYTES = 32 << 20
FREE_BYTES = 64 << 20
MAXIMUM_RATIO = 64
MAXIMUM_BYTES = 2 << 30

_CHUNK = 1 << 16
_PIECE = 1 << 20


class Inflating(io.RawIOBase):
    """A deflated stream as the bytes it stands for.

    Reading raises Malformed where it is damaged, TooLarge where it expands beyond `MAXIMUM_BYTES`, or beyond
    `FREE_BYTES` by a ratio of more than `MAXIMUM_RATIO`.
    """

    def __init__(self, source: BinaryIO) -> None:
        super().__init__()
        self._source, self._begin = source, source.tell()
        self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        self._taken = 0
        self._kept = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115 closed with this stream
        self._length = 0
        self._place = 0

    def readable(self) -> bool:
        """Say yes."""
        return True

    def seekable(self) -> bool:
        """Say yes: forward it inflates."""
        return True

    def tell(self) -> int:
        """Return the place in the inflated bytes."""
        return self._place

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place; nothing is inflated until there is something to read. The end (2) inflates everything."""
        if whence == io.SEEK_END:
            while self._inflate_piece():
                pass
            offset += self._length
        elif whence == io.SEEK_CUR:
            offset += self._place
        self._place = max(0, offset)
        return self._place

    def read(self, size: int | None = -1) -> bytes:
        """Return up to `size` bytes, or all that is left."""
        wanted = None if size is None or size < 0 else self._place + size
        while (wanted is None or self._length < wanted) and self._inflate_piece():
            pass
        self._kept.seek(min(self._place, self._length))
        data = self._kept.read() if wanted is None else self._kept.read(max(0, wanted - self._place))
        self._place += len(data)
        return data

    def close(self) -> None:
        """Drop what was kept; the source stays open."""
        self._kept.close()
        super().close()

    def _inflate_piece(self) -> bool:
        if self._inflater.eof:
            return False
        chunk = self._inflater.unconsumed_tail
        if not chunk:
            self._source.seek(self._begin + self._taken)
            chunk = self._source.read(_CHUNK)
            self._taken += len(chunk)
        try:
            piece = self._inflater.decompress(chunk, _PIECE) if chunk else b""
        except zlib.error:
            raise Malformed("the deflated data set is damaged") from None
        self._kept.seek(self._length)
        self._kept.write(piece)
        self._length += len(piece)
        bomb = self._length > FREE_BYTES and self._length > MAXIMUM_RATIO * self._taken
        if bomb or self._length > MAXIMUM_BYTES:
            raise TooLarge("the deflated data set expands beyond what this node inflates")
        return bool(chunk)
