"""Streams out of archives: metered, and with one kind of error whatever library reads them.

The messages of the libraries hold member names, so none of them is passed on.
"""

import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

import pyzipper

from config.errors import Malformed, NotOffered, OverreadError
from gateway.bundles.budget import Meter

PEEKED = 64 * 1024
_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (PermissionError, "may not be read: its permissions forbid it"),
    (EOFError, "ends too early: it was not copied or sent whole"),
    (NotImplementedError, "is packed in a way that is not read here: pack it again as an ordinary zip"),
    (zipfile.BadZipFile, "is damaged: its check sum or its headers are wrong"),
    (pyzipper.BadZipFile, "is damaged: its check sum or its headers are wrong"),
    (tarfile.TarError, "is damaged or ends too early"),
    (zlib.error, "is damaged: it does not unpack"),
    (lzma.LZMAError, "is damaged: it does not unpack"),
    (OSError, "cannot be read: the medium or the file is damaged"),
    (struct.error, "is damaged: its headers are wrong"),
    (ValueError, "is damaged: its headers are wrong"),
    (OverflowError, "is damaged: its headers are wrong"),
    (RuntimeError, "cannot be unpacked: it is encrypted or damaged"),
)
_FAULTS = tuple(kind for kind, _ in _REASONS)


@contextmanager
def readable(subject: str) -> Iterator[None]:
    """Turn whatever a library raises over damaged input into Malformed, with the subject in its message.

    Raises:
        Malformed: the input is damaged.
    """
    try:
        yield
    except OverreadError:
        raise
    except _FAULTS as error:
        reason = next(words for kind, words in _REASONS if isinstance(error, kind))
        raise Malformed(f"{subject} {reason}") from None


class MemberStream(io.RawIOBase):
    """What one member holds, opened at the first read; fills the buffer it is given unless the member ends."""

    def __init__(self, opener: Callable[[], BinaryIO], spend: Meter | None = None) -> None:
        super().__init__()
        self._opener = opener
        self._source: BinaryIO | None = None
        self._spend = spend

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        target = memoryview(buffer)
        filled = 0
        while filled < len(target):
            with readable("the file"):
                if self._source is None:
                    self._source = self._opener()
                chunk = self._source.read(len(target) - filled)
            if not chunk:
                break
            target[filled : filled + len(chunk)] = chunk
            filled += len(chunk)
            if self._spend is not None:
                self._spend(len(chunk))
        return filled

    def close(self) -> None:
        if self._source is not None:
            self._source.close()
        super().close()


def member_stream(opener: Callable[[], BinaryIO], spend: Meter | None = None) -> io.BufferedReader:
    """Return a member's content as a stream whose first `PEEKED` bytes can be looked at without taking them."""
    return io.BufferedReader(MemberStream(opener, spend), PEEKED)


class XzStream(io.RawIOBase):
    """An xz file unpacked with a bound on memory, which `lzma.open` cannot set: a dictionary may claim 4 GiB.

    Raises:
        NotOffered: it needs more memory than uploads.maximum_unpacking_memory_bytes.
    """

    def __init__(self, source: BinaryIO, memory: int) -> None:
        super().__init__()
        self._source = source
        self._memory = memory
        self._inflater = self._begin()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = b""
        while not data:
            packed = b""
            if self._inflater.eof:
                packed = self._next_stream()
                if not packed:
                    return 0
            elif self._inflater.needs_input and not (packed := self._source.read(PEEKED)):
                raise EOFError
            data = self._decompress(packed, len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def _next_stream(self) -> bytes:
        """Begin the stream behind the one that ended; there may be zeros between them."""
        rest = self._inflater.unused_data
        while not (rest := rest.lstrip(b"\0")):
            if not (rest := self._source.read(PEEKED)):
                return b""
        self._inflater = self._begin()
        return rest

    def _begin(self) -> lzma.LZMADecompressor:
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=self._memory)

    def _decompress(self, packed: bytes, most: int) -> bytes:
        try:
            return self._inflater.decompress(packed, most)
        except lzma.LZMAError as error:
            if "limit" in str(error):
                raise needs_memory("the xz file", self._memory) from None
            raise


def needs_memory(subject: str, most: int) -> NotOffered:
    """Return the refusal of what would take too much memory to unpack."""
    return NotOffered(
        f"{subject} needs more than {most} bytes of memory to unpack (uploads.maximum_unpacking_memory_bytes):"
        " pack it as an ordinary zip"
    )
