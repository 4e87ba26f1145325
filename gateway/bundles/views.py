"""Files seen through something: what every such view has in common is where it stands."""

import io
from typing import BinaryIO


class View(io.RawIOBase):
    """A view that lays the bytes of its source out anew and keeps a place of its own; `readinto` moves it."""

    def __init__(self, source: BinaryIO) -> None:
        super().__init__()
        self._source = source
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        if whence == io.SEEK_CUR:
            offset += self._position
        elif whence == io.SEEK_END:
            offset += self._length()
        self._position = max(offset, 0)
        return self._position

    def _length(self) -> int:
        """Return how many bytes the view has."""
        return self._source.seek(0, io.SEEK_END)


class PassedOn(io.RawIOBase):
    """A view that stands where its source stands, and looks at what is read; `read` is what it is made for."""

    def __init__(self, source: BinaryIO) -> None:
        super().__init__()
        self._source = source

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._source.tell()

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return self._source.seek(offset, whence)
