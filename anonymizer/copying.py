"""Copy large values from file to file without looking at them: in the kernel where both ends are files."""

import io
import os
from typing import BinaryIO, Protocol

from anonymizer.errors import CannotDeidentify

COPY_CHUNK = 1024 * 1024
_FILES = (io.BufferedReader, io.BufferedRandom, io.BufferedWriter, io.FileIO)


class Sink(Protocol):
    """Accept bytes."""

    def write(self, data: bytes, /) -> int: ...


def copy_range(source: BinaryIO, start: int, length: int, sink: Sink) -> None:
    """Append `length` bytes of the source to the sink; raises CannotDeidentify when the source has fewer."""
    end = start + length
    if isinstance(source, _FILES) and isinstance(sink, _FILES) and sink.seekable():
        start += _sent(source, start, length, sink)
    source.seek(start)
    while start < end:
        data = source.read(min(COPY_CHUNK, end - start))
        if not data:
            raise CannotDeidentify("truncated", "The file became shorter while it was read.")
        sink.write(data)
        start += len(data)


def _sent(source: io.IOBase, start: int, length: int, sink: io.IOBase) -> int:
    """Return how many bytes the kernel copied; what it cannot, another way can: a file opened for appending."""
    at, sent = sink.tell(), 0
    sink.flush()
    try:
        os.lseek(sink.fileno(), at, os.SEEK_SET)
        while sent < length and (count := os.sendfile(sink.fileno(), source.fileno(), start + sent, length - sent)):
            sent += count
    except OSError:
        pass
    sink.seek(at + sent)
    return sent


def write_zeros(count: int, sink: Sink) -> None:
    """Append zeros to the sink."""
    while count > 0:
        size = min(COPY_CHUNK, count)
        sink.write(bytes(size))
        count -= size
