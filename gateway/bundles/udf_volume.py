"""A UDF volume in an image: its anchor, the volume descriptors behind it, the partitions they name (ECMA-167 part 3).

A volume is found by what holds its check sums. Of descriptors that disagree the one with the highest number prevails;
where the main sequence is damaged the reserve is read.
"""

import struct
from array import array
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import BinaryIO, cast

from config.errors import Malformed
from gateway.bundles.images import Piece, Pieces
from gateway.bundles.udf_descriptors import (
    DAMAGED,
    Allocation,
    FileEntry,
    FileType,
    Form,
    Recorded,
    Tag,
    allocations,
    continuation,
    file_entry,
    tag_of,
)
from gateway.bundles.udf_partitions import UNMAPPED, Metadata, Partition, Plain, Sparable, Virtual

_SECTOR_SIZES = (2048, 512, 4096, 1024)
_ANCHOR_SECTORS = (256, 512)
_BLOCK_SIZES = frozenset({512, 1024, 2048, 4096})
_LONGEST_SEQUENCE = 256
_FURTHEST_TABLE = 4096
_LARGEST_TABLE = 16 << 20
_CHUNK = 1 << 20
_FIRST_PARTITION = 1 << 16
_OLD_TABLE_MARK = b"*UDF Virtual Alloc Tbl"
_SPARING_MARK = b"*UDF Sparing Table"


class Volume:
    """A UDF volume: the blocks of its partitions, and where its tree of files begins."""

    def __init__(self, source: BinaryIO, block_size: int) -> None:
        self.source = source
        self.block_size = block_size
        self.partitions: list[Partition] = []
        self.root = (0, 0)

    def block(self, partition: int, block: int) -> bytes:
        """Return one block of a partition.

        Raises:
            Malformed: no such partition, or no such block.
        """
        return self._read(self._partition(partition).pieces(block, self.block_size))

    def offset(self, partition: int, block: int) -> int:
        """Return where a block of a partition begins in the image."""
        offset, _ = next(self._partition(partition).pieces(block, self.block_size))
        return offset or 0

    def packed_allocations(self, entry: FileEntry, partition: int) -> bytes:
        """Return the extents of an entry, those in the blocks that continue it behind its own.

        Raises:
            Malformed: a block is damaged, or they go in circles.
        """
        if entry.form == Form.EMBEDDED:
            return entry.allocations
        step, packed, seen = (8 if entry.form == Form.SHORT else 16), entry.allocations, {(-1, -1)}
        parts: list[bytes] = []
        while packed:
            found = list(allocations(entry.form, packed, partition))
            last = found[-1] if found else None
            if last is None or last.recorded != Recorded.CONTINUATION:
                return b"".join([*parts, packed[: len(found) * step]])
            if (place := (last.partition, last.block)) in seen:
                raise Malformed(DAMAGED)
            seen.add(place)
            parts.append(packed[: (len(found) - 1) * step])
            packed = continuation(self.block(*place))
        return b"".join(parts)

    def pieces(self, entry: FileEntry, partition: int, block: int, packed: bytes) -> Iterator[Piece]:
        """Return where the bytes of a file lie whose entry is in a block, and whose extents are `packed`.

        Raises:
            Malformed: the extents give less than the entry claims.
        """
        left = entry.size
        if entry.form == Form.EMBEDDED:
            yield self.offset(partition, block) + entry.embedded_at, min(left, len(packed))
            left -= len(packed)
        else:
            for each in allocations(entry.form, packed, partition):
                length = min(left, each.length)
                yield from self._extent(each, length)
                left -= length
                if not left:
                    return
        if left > 0:
            raise Malformed("the file is damaged: the disc holds less of it than it claims")

    def content(self, partition: int, block: int, entry: FileEntry) -> BinaryIO:
        """Return the bytes of a file as a stream."""
        packed = self.packed_allocations(entry, partition)
        return cast(BinaryIO, Pieces(self.source, self.pieces(entry, partition, block, packed)))

    def _extent(self, allocation: Allocation, length: int) -> Iterator[Piece]:
        if allocation.recorded != Recorded.BYTES:
            yield None, length
        else:
            yield from self._partition(allocation.partition).pieces(allocation.block, length)

    def _partition(self, number: int) -> Partition:
        if number >= len(self.partitions):
            raise Malformed(DAMAGED)
        return self.partitions[number]

    def _read(self, pieces: Iterator[Piece]) -> bytes:
        stream = Pieces(self.source, pieces)
        data = b""
        while len(data) < self.block_size and (more := stream.read(self.block_size - len(data))):
            data += more
        return data


def open_volume(source: BinaryIO) -> Volume:
    """Open the UDF volume in an image.

    Raises:
        Malformed: there is no anchor, or nothing usable behind it.
    """
    end = source.seek(0, 2)
    for sector in _SECTOR_SIZES:
        for extent in _sequences(source, sector, end):
            descriptors = _descriptors(source, sector, extent)
            if Tag.LOGICAL_VOLUME in descriptors and any(key >= _FIRST_PARTITION for key in descriptors):
                return _volume(source, descriptors, end)
    raise Malformed(DAMAGED)


def _sequences(source: BinaryIO, sector: int, end: int) -> Iterator[tuple[int, int]]:
    """Return where the sequences of volume descriptors lie that an anchor names (ECMA-167 3/8.4.2), main ones first."""
    last = end // sector - 1
    reserves = []
    for location in (*_ANCHOR_SECTORS, last, last - 256):
        block = _sector(source, location, sector)
        if location > 0 and tag_of(block, location) == Tag.ANCHOR:
            length, place, reserve_length, reserve = struct.unpack_from("<LLLL", block, 16)
            yield place, length // sector
            reserves.append((reserve, reserve_length // sector))
    yield from reserves


def _descriptors(source: BinaryIO, sector: int, extent: tuple[int, int]) -> Mapping[int, bytes]:
    """Return the descriptors of a sequence that prevail by their numbers (ECMA-167 3/8.4.3).

    Damaged ones are passed over. Partitions are found under their numbers behind `_FIRST_PARTITION`.
    """
    found: dict[int, bytes] = {}
    location, left = extent
    for _ in range(_LONGEST_SEQUENCE):
        if left <= 0:
            break
        block = _sector(source, location, sector)
        tag = tag_of(block, location)
        location, left = location + 1, left - 1
        if tag == Tag.TERMINATOR:
            break
        if tag == Tag.POINTER:
            length, location = struct.unpack_from("<LL", block, 20)
            left = length // sector
        elif tag in {Tag.PARTITION, Tag.LOGICAL_VOLUME}:
            key = int(tag) if tag == Tag.LOGICAL_VOLUME else _FIRST_PARTITION + struct.unpack_from("<H", block, 22)[0]
            if key not in found or struct.unpack_from("<L", found[key], 16) <= struct.unpack_from("<L", block, 16):
                found[key] = block
    return found


def _volume(source: BinaryIO, descriptors: Mapping[int, bytes], end: int) -> Volume:
    described = descriptors[Tag.LOGICAL_VOLUME]
    block_size, file_set, file_set_partition, count = (
        struct.unpack_from("<L", described, 212)[0],
        *struct.unpack_from("<LH", described, 252),
        struct.unpack_from("<L", described, 268)[0],
    )
    if block_size not in _BLOCK_SIZES:
        raise Malformed(DAMAGED)
    volume = Volume(source, block_size)
    starts = {
        key - _FIRST_PARTITION: struct.unpack_from("<L", block, 188)[0]
        for key, block in descriptors.items()
        if key >= _FIRST_PARTITION
    }
    at = 440
    for _ in range(count):
        if at + 2 > len(described) or described[at + 1] < 6:
            raise Malformed(DAMAGED)
        volume.partitions.append(_partition(volume, described[at : at + described[at + 1]], starts, end))
        at += described[at + 1]
    volume.root = _root(volume, file_set_partition, file_set)
    return volume


def _partition(volume: Volume, described: bytes, starts: Mapping[int, int], end: int) -> Partition:
    """Return the partition that a map of the logical volume describes (ECMA-167 3/10.7; UDF 2.2.8 to 2.2.10)."""
    number_at = 4 if described[0] == 1 else 38
    (number,) = struct.unpack_from("<H", described.ljust(64, b"\0"), number_at)
    if number not in starts:
        raise Malformed(DAMAGED)
    plain = Plain(starts[number], volume.block_size)
    kind = described[5:28].rstrip(b"\0")
    if described[0] == 1:
        return plain
    if kind == b"*UDF Virtual Partition":
        return Virtual(plain, volume.block_size, _allocation_table(volume, plain, starts[number], end))
    if kind == b"*UDF Sparable Partition":
        return _sparable(volume, plain, starts[number], described)
    if kind == b"*UDF Metadata Partition":
        return _metadata(volume, plain, described)
    raise Malformed("the disc image has a partition of a kind that is not read here: send its folder as a zip")


def _root(volume: Volume, partition: int, block: int) -> tuple[int, int]:
    """Return partition and block of the root directory, from the last file set there is (ECMA-167 4/14.1)."""
    described = volume.block(partition, block)
    if tag_of(described) != Tag.FILE_SET:
        raise Malformed(DAMAGED)
    for number in range(1, _LONGEST_SEQUENCE):
        with suppress(Malformed, EOFError):
            newer = volume.block(partition, block + number)
            if tag_of(newer) == Tag.FILE_SET:
                described = newer
                continue
        break
    root, root_partition = struct.unpack_from("<LH", described, 404)
    return root_partition, root


def _allocation_table(volume: Volume, plain: Plain, start: int, end: int) -> Sequence[int]:
    """Return the virtual allocation table, whose entry is the last that was written (UDF 2.2.11)."""
    volume.partitions.append(plain)  # the table itself lies where it lies
    try:
        last = end // volume.block_size - 1 - start
        for block in range(last, max(last - _FURTHEST_TABLE, -1), -1):
            head = volume.block(len(volume.partitions) - 1, block)
            if tag_of(head, block) not in {Tag.FILE_ENTRY, Tag.EXTENDED_FILE_ENTRY}:
                continue
            entry = file_entry(head)
            if entry.file_type in {FileType.VIRTUAL_ALLOCATION_TABLE, FileType.UNSPECIFIED}:
                data = _whole(volume.content(len(volume.partitions) - 1, block, entry))
                if entry.file_type == FileType.VIRTUAL_ALLOCATION_TABLE:
                    return _entries(data[struct.unpack_from("<H", data)[0] :])
                if data[-35:].startswith(_OLD_TABLE_MARK):
                    return _entries(data[:-36])
    finally:
        volume.partitions.pop()
    raise Malformed(DAMAGED)


def _whole(stream: BinaryIO) -> bytes:
    data = b""
    while more := stream.read(_CHUNK):
        data += more
        if len(data) > _LARGEST_TABLE:
            raise Malformed(DAMAGED)
    return data


def _entries(data: bytes) -> Sequence[int]:
    table = array("I", data[: len(data) // 4 * 4])
    if array("H", b"\1\0")[0] != 1:
        table.byteswap()
    return table


def _sparable(volume: Volume, plain: Plain, start: int, described: bytes) -> Partition:
    packet, tables = struct.unpack_from("<HB", described, 40)
    if packet == 0 or 48 + 4 * tables > len(described):
        raise Malformed(DAMAGED)
    for location in struct.unpack_from(f"<{tables}L", described, 48):
        volume.source.seek(location * volume.block_size)
        head = volume.source.read(volume.block_size)
        if tag_of(head) is None or head[17 : 17 + len(_SPARING_MARK)] != _SPARING_MARK:
            continue
        (count,) = struct.unpack_from("<H", head, 48)
        head += volume.source.read(max(56 + 8 * count - len(head), 0))
        pairs = struct.iter_unpack("<LL", head[56 : 56 + min(count, (len(head) - 56) // 8) * 8])
        return Sparable(plain, volume.block_size, packet, {old: new for old, new in pairs if old < UNMAPPED})
    raise Malformed(DAMAGED)


def _metadata(volume: Volume, plain: Plain, described: bytes) -> Partition:
    """Return the partition inside the metadata file, or inside its mirror where that is damaged (UDF 2.2.10)."""
    volume.partitions.append(plain)
    number = len(volume.partitions) - 1
    try:
        for block in struct.unpack_from("<LL", described, 40):
            try:
                entry = file_entry(volume.block(number, block))
                packed = volume.packed_allocations(entry, number)
                return Metadata(list(volume.pieces(entry, number, block, packed)), volume.block_size)
            except Malformed:
                continue
    finally:
        volume.partitions.pop()
    raise Malformed(DAMAGED)


def _sector(source: BinaryIO, location: int, size: int) -> bytes:
    if location < 0:
        return b""
    source.seek(location * size)
    return source.read(size)
