"""Tar archives as a stream, read once from front to back; links and devices are members without content.

The standard library takes a damaged header for the end of the archive: here the block at which it stopped is looked
at, and anything but zeros there is damage.
"""

import io
import tarfile
from collections.abc import Iterator
from typing import BinaryIO, cast

from config.errors import Malformed, TooLarge
from gateway.bundles.budget import Budget
from gateway.bundles.member import Member, nothing_of_its_own
from gateway.bundles.names import decode_names, tidy
from gateway.bundles.streams import member_stream, readable

_BLOCK = 512
_TAIL = 32 * 1024
_LONGEST_HEADERS = 1 << 20


def read_tar(source: BinaryIO, budget: Budget) -> Iterator[Member]:
    """Return the members of a tar in its order.

    Raises:
        Malformed: the tar is damaged or ends too early; what came before was returned.
        TooLarge: headers that would fill the memory.
    """
    watched = _Watched(source)
    with readable("the tar"):
        archive = tarfile.open(fileobj=watched, mode="r|", errorlevel=2)  # noqa: SIM115 - closed with its source
    found = False
    while (info := _next(archive, watched)) is not None:
        archive.members.clear()  # type: ignore[attr-defined]  # or every header stays in memory
        if not info.isdir():
            found = True
            yield _member(archive, info, budget)
    watched.refuse_damage(archive.offset)
    if not found:
        raise Malformed("the tar holds no files")


class _Watched(io.RawIOBase):
    """The bytes of a tar as the library takes them: bounded between two members, the last of them remembered."""

    def __init__(self, source: BinaryIO) -> None:
        super().__init__()
        self._source = source
        self._tail = b""
        self.position = 0
        self.allowance: int | None = _LONGEST_HEADERS  # opening reads the first header

    def read(self, size: int = -1, /) -> bytes:
        with readable("the tar"):
            data = self._source.read(size)
        self.position += len(data)
        self._tail = (self._tail + data)[-_TAIL:]
        if self.allowance is not None:
            self.allowance -= len(data)
            if self.allowance < 0:
                raise TooLarge("the tar has headers of more than a mebibyte for one file")
        return data

    def refuse_damage(self, offset: int) -> None:
        """Refuse an end that is not the end of a tar: its last header, at `offset`, is absent or all zeros."""
        start = offset - (self.position - len(self._tail))
        block = self._tail[start : start + _BLOCK]
        if block and (len(block) < _BLOCK or any(block)):
            raise Malformed("the tar is damaged or ends too early")


def _next(archive: tarfile.TarFile, watched: _Watched) -> tarfile.TarInfo | None:
    unread = max(archive.offset - watched.position, 0)
    watched.allowance = unread + _LONGEST_HEADERS
    with readable("the tar"):
        info = archive.next()
    watched.allowance = None
    return info


def _member(archive: tarfile.TarFile, info: tarfile.TarInfo, budget: Budget) -> Member:
    path = tidy(decode_names([info.name.encode("utf-8", "surrogateescape")])[0])
    if not info.isfile():
        return nothing_of_its_own(path)
    spend = budget.meter()
    return Member(path, info.size, lambda: member_stream(lambda: _content(archive, info), spend))


def _content(archive: tarfile.TarFile, info: tarfile.TarInfo) -> BinaryIO:
    content = archive.extractfile(info)
    if content is None:
        raise Malformed("the tar is damaged: a file in it has no content")
    return cast(BinaryIO, content)
