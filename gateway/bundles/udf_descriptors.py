"""The descriptors of UDF as they lie in a block (ECMA-167 parts 3 and 4, OSTA UDF 2.60), each checked before it counts.

Pure bytes in, values out. Offsets are those of the clauses named; all numbers are little endian.
"""

import binascii
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum, IntFlag

from config.errors import Malformed

DAMAGED = "the directories of the disc image are damaged"
_TAG = struct.Struct("<HHBBHHHL")
_LENGTH_BITS = 0x3FFFFFFF
_PLAIN_STRATEGY = 4  # ECMA-167 4/A.5
_LARGEST_NAME = 255


class Tag(IntEnum):
    """What a descriptor is (ECMA-167 3/7.2.1 and 4/7.2.1)."""

    ANCHOR = 2
    POINTER = 3
    PARTITION = 5
    LOGICAL_VOLUME = 6
    TERMINATOR = 8
    FILE_SET = 256
    FILE_IDENTIFIER = 257
    ALLOCATION_EXTENT = 258
    FILE_ENTRY = 261
    EXTENDED_FILE_ENTRY = 266


class FileType(IntEnum):
    """What a file is (ECMA-167 4/14.6.6; UDF 2.3.5.2), as far as it matters here."""

    UNSPECIFIED = 0
    DIRECTORY = 4
    BYTES = 5
    VIRTUAL_ALLOCATION_TABLE = 248
    REAL_TIME = 249


class Characteristic(IntFlag):
    """What the entry of a directory says of its file (ECMA-167 4/14.4.3)."""

    HIDDEN = 1
    DIRECTORY = 2
    DELETED = 4
    PARENT = 8


class Recorded(IntEnum):
    """What an extent holds (ECMA-167 4/14.14.1.1)."""

    BYTES = 0
    CONTINUATION = 3


class Form(IntEnum):
    """How a file's extents are written into its entry (ECMA-167 4/14.6.8, bits 0 to 2)."""

    SHORT = 0
    LONG = 1
    EMBEDDED = 3


@dataclass(frozen=True, slots=True)
class Allocation:
    """An extent of a file: blocks of a partition."""

    recorded: int
    length: int
    partition: int
    block: int


@dataclass(frozen=True, slots=True)
class FileEntry:
    """The entry of a file; `allocations` are its extents still packed, or its content where `form` is EMBEDDED.

    `embedded_at` is where those begin in the block of the entry.
    """

    file_type: int
    size: int
    form: int
    allocations: bytes
    embedded_at: int


@dataclass(frozen=True, slots=True)
class FileIdentifier:
    """One entry of a directory."""

    name: str
    characteristics: Characteristic
    partition: int
    block: int


def tag_of(block: bytes, location: int | None = None) -> int | None:
    """Return the tag of a descriptor whose check sums hold and which lies where it says, else None.

    `location` None takes any place: some writers get it wrong where nothing depends on it.
    """
    if len(block) < _TAG.size:
        return None
    identifier, _, checksum, _, _, crc, crc_length, own_location = _TAG.unpack_from(block)
    if (sum(block[:4]) + sum(block[5:16])) & 0xFF != checksum or not any(block[:16]):
        return None
    body = block[_TAG.size : _TAG.size + crc_length]
    if len(body) < crc_length or binascii.crc_hqx(body, 0) != crc:
        return None
    return int(identifier) if location in {None, own_location} else None


def file_entry(block: bytes) -> FileEntry:
    """Return the entry of a file, or an extended one (ECMA-167 4/14.9 and 4/14.17).

    Raises:
        Malformed: the block holds none, or one for media on which files are written over again and again.
    """
    starts = {Tag.FILE_ENTRY: 168, Tag.EXTENDED_FILE_ENTRY: 208}
    lengths_at = starts.get(tag_of(block))  # type: ignore[call-overload]
    if lengths_at is None or len(block) < lengths_at + 8:
        raise Malformed(DAMAGED)
    (strategy,) = struct.unpack_from("<H", block, 20)
    if strategy != _PLAIN_STRATEGY:
        raise Malformed(
            "the file is written in a way that is not read here (UDF, strategy 4096): send its folder as a zip"
        )
    flags, (size,) = struct.unpack_from("<H", block, 34)[0], struct.unpack_from("<Q", block, 56)
    attributes, allocated = struct.unpack_from("<LL", block, lengths_at)
    start = lengths_at + 8 + attributes
    if start + allocated > len(block):
        raise Malformed(DAMAGED)
    return FileEntry(block[27], size, flags & 7, block[start : start + allocated], start)


def allocations(form: int, packed: bytes, partition: int) -> Iterator[Allocation]:
    """Return the extents that are packed in an entry up to the one of length 0 (ECMA-167 4/14.14.1 and 4/14.14.2).

    Raises:
        Malformed: another form than the two that UDF 2.3.10 allows.
    """
    if form not in {Form.SHORT, Form.LONG}:
        raise Malformed(DAMAGED)
    step = 8 if form == Form.SHORT else 16
    for at in range(0, len(packed) - step + 1, step):
        length, block = struct.unpack_from("<LL", packed, at)
        if not length & _LENGTH_BITS:
            return
        own = partition if form == Form.SHORT else struct.unpack_from("<H", packed, at + 8)[0]
        yield Allocation(length >> 30, length & _LENGTH_BITS, own, block)


def continuation(block: bytes) -> bytes:
    """Return the packed extents of the block that continues those of an entry (ECMA-167 4/14.5).

    Raises:
        Malformed: the block is none.
    """
    if tag_of(block) != Tag.ALLOCATION_EXTENT:
        raise Malformed(DAMAGED)
    (length,) = struct.unpack_from("<L", block, 20)
    return block[24 : 24 + length]


def file_identifier(head: bytes) -> tuple[FileIdentifier, int]:
    """Return the entry of a directory that begins with `head`, and its length in bytes (ECMA-167 4/14.4).

    Raises:
        Malformed: there is none.
    """
    if tag_of(head) != Tag.FILE_IDENTIFIER:
        raise Malformed(DAMAGED)
    characteristics, name_length = head[18], head[19]
    block, partition = struct.unpack_from("<LH", head, 24)
    (use_length,) = struct.unpack_from("<H", head, 36)
    name = head[38 + use_length : 38 + use_length + name_length]
    length = (38 + use_length + name_length + 3) & ~3
    return FileIdentifier(_name(name), Characteristic(characteristics), partition, block), length


def largest_file_identifier(block_size: int) -> int:
    """Return how long the entry of a directory can be: it fits into a block (UDF 2.3.4), but for its name."""
    return block_size + _LARGEST_NAME


def _name(stored: bytes) -> str:
    """Return a name in OSTA's compressed Unicode (UDF 2.1.1): eight or sixteen bits a character."""
    text = stored[1:].decode("utf-16-be" if stored[:1] in {b"\x10", b"\xff"} else "latin-1", "replace")
    return text.replace("/", "_") or "unnamed"
