"""Read the head of a data set within bounds, whatever the file claims.

Nothing behind group 0040 is looked at, since no identifier stands there; a deflated data set (PS3.5 section A.5) is
inflated only so far; values and what is read in all have a limit. So neither a large object nor a decompression bomb
decides how much memory the node needs.
"""

import struct
import zlib
from collections.abc import Sequence
from io import BytesIO
from typing import BinaryIO, cast

from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.filereader import read_dataset, read_partial
from pydicom.tag import BaseTag, Tag
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian

from config.errors import Malformed

MOST_BYTES = 16 << 20
_LARGEST_VALUE = 1 << 16
_LAST_GROUP = 0x0040
_PIECE = 1 << 16
_LONG_VRS = frozenset({b"OB", b"UN", b"OW", b"SQ", b"UT"})
_TRANSFER_SYNTAX = 0x0010


def read_head(stream: BinaryIO, keywords: Sequence[str] | None = None, *, force: bool = False) -> Dataset:
    """Read the elements up to group 0040, or only those named, of a file positioned anywhere.

    A value longer than 64 KiB is read when the result is asked for it, and counts then. pydicom's own exceptions pass
    through.

    Raises:
        Malformed: more than 16 MiB would have to be read.
    """
    offset, transfer_syntax = find_data_set(stream)
    tags: list[BaseTag | int] | None = None if keywords is None else [Tag(keyword) for keyword in keywords]
    if transfer_syntax != DeflatedExplicitVRLittleEndian:
        stream.seek(0)
        metered = cast(BinaryIO, _Metered(stream))
        return read_partial(metered, _is_behind, defer_size=_LARGEST_VALUE, force=force, specific_tags=tags)
    stream.seek(offset)
    inflated = BytesIO(_inflate(stream))
    head = read_dataset(
        inflated,
        is_implicit_VR=False,
        is_little_endian=True,
        stop_when=_is_behind,
        defer_size=_LARGEST_VALUE,
        specific_tags=None if tags is None else [BaseTag(tag) for tag in tags],
    )
    head.file_meta = FileMetaDataset()
    head.file_meta.TransferSyntaxUID = UID(transfer_syntax)
    return head


def find_data_set(stream: BinaryIO) -> tuple[int, str]:
    """Return where the data set begins, behind the group 0002 elements, and the transfer syntax they name, if any."""
    stream.seek(0)
    start = stream.read(132)
    offset = 132 if start[128:132] == b"DICM" else 0
    transfer_syntax = ""
    while True:
        stream.seek(offset)
        head = stream.read(12)
        if len(head) < 8 or struct.unpack_from("<H", head)[0] != 0x0002:
            return offset, transfer_syntax
        is_long = head[4:6] in _LONG_VRS
        if is_long and len(head) < 12:
            return offset, transfer_syntax
        length = struct.unpack_from("<L", head, 8)[0] if is_long else struct.unpack_from("<H", head, 6)[0]
        begin = offset + (12 if is_long else 8)
        if struct.unpack_from("<H", head, 2)[0] == _TRANSFER_SYNTAX and length <= 64:
            stream.seek(begin)
            transfer_syntax = stream.read(length).rstrip(b"\0 ").decode("ascii", "replace")
        offset = begin + length


def _inflate(stream: BinaryIO) -> bytes:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    inflated = bytearray()
    while not inflater.eof and len(inflated) < MOST_BYTES:
        piece = inflater.unconsumed_tail or stream.read(_PIECE)
        if not piece:
            break
        inflated += inflater.decompress(piece, MOST_BYTES - len(inflated))
    return bytes(inflated)


def _is_behind(tag: BaseTag, _vr: str | None, _length: int) -> bool:
    return tag.group > _LAST_GROUP


class _Metered:
    """A stream that stops a reader which asks for too much; what is skipped does not count."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._left = MOST_BYTES

    def read(self, size: int = -1) -> bytes:
        """Read, within what is left of the limit."""
        if size < 0 or size > self._left:
            data = self._stream.read(self._left + 1)
            if len(data) > self._left:
                raise Malformed(f"the header has more than {MOST_BYTES >> 20} MiB")
        else:
            data = self._stream.read(size)
        self._left -= len(data)
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move, as the stream does."""
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        """Return the position of the stream."""
        return self._stream.tell()
