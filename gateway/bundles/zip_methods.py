"""Zip members packed with bzip2 or LZMA (APPNOTE 4.4.5), unpacked within bounds.

The standard library unpacks these too, but as much at once as a few packed kilobytes give, which can be gigabytes. So
it hands over the packed bytes here, as if they were stored, and the decoders are asked for a piece at a time.
"""

import bz2
import copy
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, Protocol, cast

from config.errors import Malformed
from gateway.bundles.streams import PEEKED, needs_memory

_LZMA_HEADER = struct.Struct("<2xHBL")  # versions, length of the properties, lc/lp/pb, dictionary (APPNOTE 5.8.8)
_LZMA_PROPERTIES = 5
_LARGEST_PROPERTIES = 9 * 5 * 5


class _Decoder(Protocol):
    """What the decoders of the standard library have in common."""

    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class UnpackedMember(io.RawIOBase):
    """The content of a member, compared with its size and check sum at its end.

    Raises:
        Malformed: it is damaged.
        NotOffered: it needs more memory than allowed.
    """

    def __init__(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, memory: int) -> None:
        super().__init__()
        self._packed = cast(BinaryIO, archive.open(_as_stored(info)))
        self._decoder = DECODERS[info.compress_type](self._packed, memory)
        self._left = info.file_size
        self._expected = info.CRC
        self._sum = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        if self._left == 0:
            if self._sum != self._expected:
                raise zipfile.BadZipFile
            return 0
        data = b""
        while not data:
            if self._decoder.eof:
                raise EOFError
            packed = self._packed.read(PEEKED) if self._decoder.needs_input else b""
            if not packed and self._decoder.needs_input:
                raise EOFError
            data = self._decoder.decompress(packed, min(len(buffer), self._left))
        buffer[: len(data)] = data
        self._left -= len(data)
        self._sum = zlib.crc32(data, self._sum)
        return len(data)

    def close(self) -> None:
        self._packed.close()
        super().close()


def _as_stored(info: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """Return the same member as if its packed bytes were its content."""
    raw: Any = copy.copy(info)
    raw.compress_type = zipfile.ZIP_STORED
    raw.file_size = info.compress_size
    del raw.CRC  # that of the content, which is checked where it is unpacked
    return cast(zipfile.ZipInfo, raw)


def _bzip2(_: BinaryIO, __: int) -> _Decoder:
    return bz2.BZ2Decompressor()


def _lzma(packed: BinaryIO, memory: int) -> _Decoder:
    length, packed_properties, dictionary = _LZMA_HEADER.unpack(packed.read(_LZMA_HEADER.size))
    if length != _LZMA_PROPERTIES or packed_properties >= _LARGEST_PROPERTIES:
        raise Malformed("the file is damaged: its headers are wrong")
    if dictionary > memory:
        raise needs_memory("a file in the zip", memory)
    rest, literal_context = divmod(packed_properties, 9)
    position, literal_position = divmod(rest, 5)
    chain = {
        "id": lzma.FILTER_LZMA1,
        "dict_size": dictionary,
        "lc": literal_context,
        "lp": literal_position,
        "pb": position,
    }
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[chain])


DECODERS: Mapping[int, Callable[[BinaryIO, int], _Decoder]] = {zipfile.ZIP_BZIP2: _bzip2, zipfile.ZIP_LZMA: _lzma}
