"""Tar archives as a stream, read once from front to back; links and devices are members without content.

The standard library takes a damaged header for the end of the archive: here the block at which it stopped is looked
at, and anything but zeros there is damage.
"""

import io
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

from config.errors import Malformed, TooLarge
from gateway.bundles.budget import Budget, Meter
from gateway.bundles.member import Member, nothing_of_its_own
from gateway.bundles.names import decode_names, tidy
from gateway.bundles.streams import member_stream, readable

_BLOCK = 512
_TAIL = 32 * 1024


def read_tar(source: BinaryIO, budget: Budget, *, counted: bool = False) -> Iterator[Member]:
    """Return the members of a tar in its order; `counted` says that the source counts its bytes itself.

    Raises:
        Malformed: the tar is damaged or ends too early; what came before was returned.
        TooLarge: headers that would fill the memory.
    """
    watched = _Watched(source, budget.limits.maximum_header_bytes)
    with readable("the tar"):
        archive = tarfile.open(fileobj=watched, mode="r|", errorlevel=2)  # noqa: SIM115 - closed with its source
    found = False
    while (info := _next(archive, watched)) is not None:
        archive.members.clear()  # type: ignore[attr-defined]  # or every header stays in memory
        if not info.isdir():
            found = True
            spend = None if counted and not info.issparse() else budget.meter()
            yield _member(archive, info, spend)
    watched.refuse_damage(archive.offset)
    if not found:
        raise Malformed("the tar holds no files")


class _Watched(io.RawIOBase):
    """The bytes of a tar as the library takes them: bounded between two members, the last of them remembered."""

    def __init__(self, source: BinaryIO, longest_headers: int) -> None:
        super().__init__()
        self._source = source
        self._tail = b""
        self._longest_headers = longest_headers
        self.position = 0
        self._allowance: int | None = longest_headers  # opening reads the first header

    def read(self, size: int = -1, /) -> bytes:
        with readable("the tar"):
            data = self._source.read(size)
        self.position += len(data)
        self._tail = (self._tail + data)[-_TAIL:]
        if self._allowance is not None:
            self._allowance -= len(data)
            if self._allowance < 0:
                raise TooLarge(
                    f"the tar has headers of more than {self._longest_headers} bytes for one file"
                    " (uploads.maximum_header_bytes)"
                )
        return data

    @contextmanager
    def headers(self, *, before: int) -> Iterator[None]:
        """Bound what is read of headers in the block, behind so many bytes of the file before.

        Raises (in `read`):
            TooLarge: headers of one file longer than uploads.maximum_header_bytes.
        """
        self._allowance = before + self._longest_headers
        yield
        self._allowance = None

    def refuse_damage(self, offset: int) -> None:
        """Refuse an end that is not the end of a tar: its last header, at `offset`, is absent or all zeros."""
        start = offset - (self.position - len(self._tail))
        block = self._tail[start : start + _BLOCK]
        if block and (len(block) < _BLOCK or any(block)):
            raise Malformed("the tar is damaged or ends too early")


def _next(archive: tarfile.TarFile, watched: _Watched) -> tarfile.TarInfo | None:
    with watched.headers(before=max(archive.offset - watched.position, 0)), readable("the tar"):
        return archive.next()


def _member(archive: tarfile.TarFile, info: tarfile.TarInfo, spend: Meter | None) -> Member:
    path = tidy(decode_names([info.name.encode("utf-8", "surrogateescape")])[0])
    if not info.isfile():
        return nothing_of_its_own(path)
    return Member(path, info.size, lambda: member_stream(lambda: _content(archive, info), spend))


def _content(archive: tarfile.TarFile, info: tarfile.TarInfo) -> BinaryIO:
    content = archive.extractfile(info)
    if content is None:
        raise Malformed("the tar is damaged: a file in it has no content")
    return cast(BinaryIO, content)
